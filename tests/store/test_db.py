"""What was committed is safe: the pragmas, the locks, and the refusals in plain words."""

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from store import events, limits, users
from store.db import MIGRATIONS, PRAGMAS, Database, Unfit
from tests.fakes.clock import Clock
from tests.fakes.complaints import complaint, database

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def tables_once():
    """Migrating is what is tested here: every table is made anew."""


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


def test_every_connection_keeps_its_word(db):
    db.check()
    for opened in (db.writing, db.reading):
        with opened() as conn:
            assert {name: conn.execute(text(f"PRAGMA {name}")).scalar() for name in PRAGMAS} == PRAGMAS


def test_a_weaker_database_is_refused(db, monkeypatch):
    monkeypatch.setitem(PRAGMAS, "synchronous", 3)
    with pytest.raises(Unfit, match="synchronous"):
        db.check()


def test_a_damaged_file_is_refused(tmp_path):
    path = tmp_path / "jiesu.db"
    path.write_bytes(b"not a database" * 1000)
    with pytest.raises(Unfit):
        Database(f"sqlite:///{path}").check()


def test_another_kind_of_database_is_refused_in_words():
    with pytest.raises(Unfit, match="JIESU_DATABASE_URL"):
        Database("postgresql://localhost/x")


def test_whoever_opens_a_new_file_at_once_gets_in(tmp_path):
    """SQLite tells the second that it is locked, at once and whatever its busy_timeout."""
    together, problems = threading.Barrier(4), []

    def opens():
        for n in range(60):
            db = Database(f"sqlite:///{tmp_path}/{n}.db")
            together.wait(20)
            try:
                db.check()
            except Unfit as problem:
                problems.append(problem)
            db.close()

    threads = [threading.Thread(target=opens) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


def test_an_error_that_is_no_lock_is_not_asked_again(db, monkeypatch):
    asked = []

    def broken(connection):
        asked.append(1)
        cause = sqlite3.OperationalError("disk I/O error")
        cause.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
        raise OperationalError("BEGIN IMMEDIATE", {}, cause)

    monkeypatch.setattr(Connection, "begin", broken)
    with pytest.raises(OperationalError), db.writing(patience=30):
        pass
    assert len(asked) == 1


def test_migrating_twice_and_at_once_is_safe(tmp_path):
    db = Database(f"sqlite:///{tmp_path}/jiesu.db")
    threads = [threading.Thread(target=db.migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.check()


def test_a_naive_time_is_refused(db):
    with pytest.raises(Exception, match="naive"), db.writing() as conn:
        events.append(conn, "message_heard", Clock().now.replace(tzinfo=None))


def test_writers_take_turns_and_nothing_is_lost(db):
    clock = Clock()
    with db.writing() as conn:
        id = complaint(conn, 1)

    def write():
        for _ in range(20):
            with db.writing() as conn:
                events.append(conn, "note_added", clock(), complaint_id=id)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as conn:
        numbers = [event.sequence for event in events.of_complaint(conn, id)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 160


def test_presence_ends_by_itself(db):
    clock = Clock()
    with db.writing() as conn:
        id = users.add(
            conn, login="a", public_name="A", role="agent", password_hash="", at=clock(), phone=None
        )
        users.set_presence(conn, id, users.AVAILABLE, clock.pass_(seconds=45))
        assert len(users.available(conn, clock.pass_(seconds=-1))) == 1
        assert users.available(conn, clock.pass_(seconds=2)) == []


def test_a_counter_starts_anew_after_its_window(db):
    from datetime import timedelta

    clock, minute = Clock(), timedelta(minutes=1)
    with db.writing() as conn:
        assert [limits.hit(conn, "k", clock(), minute) for _ in range(3)] == [1, 2, 3]
        assert limits.count(conn, "k", clock(), minute) == 3
        assert limits.hit(conn, "k", clock.pass_(seconds=61), minute) == 1


def test_an_earlier_version_is_brought_up_with_its_rows(tmp_path):
    """Recordings that were only noted then, and still lie with the provider, become due to be fetched."""
    db = Database(f"sqlite:///{tmp_path}/jiesu.db")
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with db.writing() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0001")
        for sid, status in (("RE1", "completed"), ("RE2", "recorded"), ("RE3", "absent")):
            row = {"sid": sid, "status": status, "at": "2026-03-02 04:00:00.000000"}
            insert = "INSERT INTO recordings (sid, call_sid, status, at) VALUES (:sid, 'CA1', :status, :at)"
            conn.execute(text(insert), row)
    db.migrate()
    db.check()
    with db.reading() as conn:
        found = conn.execute(text("SELECT sid, kind, due_at = at FROM recordings ORDER BY sid")).all()
    assert [tuple(row) for row in found] == [
        ("RE1", "message", 1),
        ("RE2", "message", 1),
        ("RE3", "message", None),
    ]


WAITING = """
from gevent import monkey
monkey.patch_all()
import sys, gevent
from store.db import Database, SQLAlchemyError
db, turns = Database(sys.argv[1]), []
def others():
    while True:
        gevent.sleep(0.01)
        turns.append(1)
going = gevent.spawn(others)
try:
    with db.writing():
        print("written", len(turns))
except SQLAlchemyError as error:
    print(type(error).__name__, len(turns))
"""


def test_one_thread_for_everybody_goes_on_while_one_waits_for_the_lock(db):
    """As a gevent worker runs: somebody else holds the database, and only whoever wants to write waits."""
    with db.writing():
        command = [sys.executable, "-c", WAITING, db.url]
        held = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    refused, turns = held.stdout.split()
    assert refused == "OperationalError"
    assert int(turns) > 20  # of a second; without a thread of its own it would be none
    assert held.stderr == ""
    free = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert free.stdout.startswith("written")
