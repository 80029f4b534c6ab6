"""Preparing an installation: safe to repeat, and nobody else may read what must stay secret."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from core.roles import ACCOUNTS, LOWER, may
from office import prepare
from reception.accounts import password_fits
from settings import kept_token
from store import deliveries, users
from store.db import Database

ROOT = Path(prepare.__file__).resolve().parents[1]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def run(data, **env):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JIESU", "TWILIO"))}
    return subprocess.run(
        [sys.executable, "-m", "office.prepare"],
        cwd=ROOT,
        env={**kept, "JIESU_DATA_DIR": str(data), **env},
        capture_output=True,
        text=True,
    )


def test_twice_makes_everything_once(tmp_path):
    first, again = run(tmp_path / "var"), run(tmp_path / "var")
    logins = dict(line.split()[1:] for line in first.stdout.splitlines())
    assert set(logins) == {"agent", "supervisor"}
    assert (again.stdout, again.returncode) == ("", 0)
    for path in (tmp_path / "var", *(tmp_path / "var").iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    db = Database(f"sqlite:///{tmp_path}/var/jiesu.db")
    with db.reading() as conn:
        for login, password in logins.items():
            row = users.by_login(conn, login)
            assert row is not None
            assert password_fits(row.password_hash, password)
            assert row.public_name != login
        token = (tmp_path / "var" / "api_token").read_text()
        assert users.token_name(conn, hashlib.sha256(token.encode()).hexdigest()) == "default"
        assert deliveries.active(conn) == []


def test_the_first_supervisor_can_add_people_and_the_first_agent_is_rung_on_the_simulated_line(tmp_path):
    run(tmp_path / "var")
    db = Database(f"sqlite:///{tmp_path}/var/jiesu.db")
    with db.reading() as conn:
        people = {row.login: row for row in users.everybody(conn)}
    assert may(people["supervisor"].role, ACCOUNTS)
    assert may(people["supervisor"].role, LOWER)
    assert not may(people["agent"].role, ACCOUNTS)
    assert [people[login].phone for login in ("supervisor", "agent")] == [None, "client:agent"]


def test_the_back_office_of_the_settings_comes_and_goes(tmp_path):
    with_hook = {"JIESU_WEBHOOK_URL": "http://127.0.0.1:9/hook", "JIESU_WEBHOOK_SECRET": SECRET}
    assert run(tmp_path / "var", **with_hook).returncode == 0
    db = Database(f"sqlite:///{tmp_path}/var/jiesu.db")
    with db.reading() as conn:
        assert [row.url for row in deliveries.active(conn)] == ["http://127.0.0.1:9/hook"]
    assert run(tmp_path / "var").returncode == 0
    with db.reading() as conn:
        assert deliveries.active(conn) == []


def test_a_weak_key_is_refused_in_words_without_being_shown(tmp_path):
    short = "whsec_c2hvcnRrZXkx"
    done = run(tmp_path / "var", JIESU_WEBHOOK_URL="http://127.0.0.1:9/hook", JIESU_WEBHOOK_SECRET=short)
    assert done.returncode == 1
    assert "JIESU_WEBHOOK_SECRET" in done.stderr
    assert "Traceback" not in done.stderr
    assert short not in done.stderr


def test_without_a_key_the_address_is_refused(tmp_path):
    done = run(tmp_path / "var", JIESU_WEBHOOK_URL="http://127.0.0.1:9/hook")
    assert done.returncode == 1
    assert "JIESU_WEBHOOK_SECRET" in done.stderr


def test_a_token_is_made_once(tmp_path):
    path = tmp_path / "token"
    assert kept_token(path) == kept_token(path)
    assert [file.name for file in tmp_path.iterdir()] == ["token"]


def test_the_digest_follows_the_file(tmp_path):
    db = Database(f"sqlite:///{tmp_path}/jiesu.db")
    db.migrate()
    now = datetime.now(UTC)
    with db.writing() as conn:
        for token in ("one", "one", "two"):
            prepare.know_token(conn, token, now)
        assert users.token_name(conn, hashlib.sha256(b"one").hexdigest()) is None
        assert users.token_name(conn, hashlib.sha256(b"two").hexdigest()) == "default"
