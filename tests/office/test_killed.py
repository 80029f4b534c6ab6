"""The real office process, killed between sending and marking."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from office import prepare
from store.db import Database
from store.schema import deliveries as table
from tests.fakes.backoffice import ScriptedBackOffice
from tests.fakes.complaints import SECRET, change, complaint, destination

ROOT = Path(prepare.__file__).resolve().parents[1]


@contextmanager
def office(data, **env):
    """The office as a process of its own; stopped at the end, if it still runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JIESU", "TWILIO"))}
    environment = {**kept, "JIESU_DATA_DIR": str(data), **{k: str(v) for k, v in env.items()}}
    command = [sys.executable, "-m", "tests.fakes.office_launcher"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=15)


def until(check, seconds=30):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if check():
            return
        time.sleep(0.05)
    raise AssertionError("not in time")


@pytest.fixture
def db(tmp_path):
    db = Database(f"sqlite:///{tmp_path}/jiesu.db")
    db.migrate()
    yield db
    db.close()


def states(db):
    with db.reading() as conn:
        return list(conn.execute(select(table.c.state).order_by(table.c.id)).scalars())


def test_killed_between_sending_and_marking_the_same_id_comes_twice_and_is_kept_once(db, tmp_path):
    with ScriptedBackOffice(SECRET) as desk:
        with db.writing() as conn:
            destination(conn, url=desk.url)
            id = complaint(conn, 1, at=datetime.now(UTC))
            change(conn, id, at=datetime.now(UTC))
        with office(tmp_path, KILL_AFTER_SENDING=1) as killed:
            killed.wait(30)
        assert killed.returncode == 137
        assert (len(desk.asked), states(db)) == (1, ["waiting", "waiting"])
        with office(tmp_path, CLOCK_AHEAD=61) as second:
            until(lambda: states(db) == ["sent", "sent"])
        assert second.returncode == 0
    assert desk.asked[0] == desk.asked[1] != desk.asked[2]
    assert [one.id for one in desk.received] == [desk.asked[0], desk.asked[2]]
    assert (desk.repeated, desk.refused) == (1, 0)


def test_sigterm_ends_it_cleanly(db, tmp_path):
    with ScriptedBackOffice(SECRET) as desk:
        with db.writing() as conn:
            destination(conn, url=desk.url)
            complaint(conn, 1, at=datetime.now(UTC))
        with office(tmp_path) as process:
            until(lambda: desk.received)
            started = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(10)
        assert process.returncode == 0
        assert time.monotonic() - started < 5
        assert states(db) == ["sent"]
