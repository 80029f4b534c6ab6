"""docs/back-office.md: its receiver, started as it stands there, and its worked example of a signature."""

from __future__ import annotations

import os
import re
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from office import outgoing, webhooks
from office.courier import Courier
from store import deliveries
from tests.fakes.complaints import SECRET, change, complaint, database
from tests.office.test_webhooks import row

PAGE = Path(__file__).resolve().parents[2] / "docs" / "back-office.md"
NUMBER = "3820471683"


def block(kind: str) -> str:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)[0]


@pytest.fixture
def receiver(tmp_path):
    """The address of the page's receiver; what it keeps stands in complaints.db of tmp_path."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = tmp_path / "receiver.py"
    script.write_text(block("python"), "utf-8")
    env = {**os.environ, "WEBHOOK_SECRET": SECRET, "PORT": str(port)}
    errors = (tmp_path / "errors").open("wb")
    process = subprocess.Popen([sys.executable, str(script)], cwd=tmp_path, env=env, stderr=errors)
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}/jiesu"
    finally:
        process.kill()
        process.wait()
        errors.close()


def wait_for(port, process):
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)


def kept(path):
    db = sqlite3.connect(path / "complaints.db")
    try:
        seen = db.execute("SELECT count(*) FROM seen").fetchone()[0]
        return seen, dict(db.execute("SELECT number, sequence FROM complaints").fetchall())
    finally:
        db.close()


def sent(url, sequence, *, event=7, at=None, wrong=False):
    """The status that comes back."""
    about = row(event_id=event)
    content = webhooks.body(about, {"sequence": sequence, "number": NUMBER, "story": "破了"})
    headers = webhooks.headers(about, content, at or datetime.now(UTC))
    return outgoing.post(url, content + b" " * wrong, headers).answer.status


def test_the_office_delivers_to_the_pages_receiver(receiver, tmp_path):
    db = database(tmp_path)
    with db.writing() as conn:
        deliveries.set_destination(conn, "default", receiver, SECRET, datetime.now(UTC))
        for n in (1, 2):
            change(conn, complaint(conn, n))
    carrier = Courier(db, lambda: datetime.now(UTC))
    carrier.work(20)
    assert carrier.close(5)
    with db.reading() as conn:
        assert deliveries.backlog(conn).waiting == 0
    db.close()
    seen, complaints = kept(tmp_path)
    assert seen == 4
    assert len(complaints) == 2


def test_the_pages_receiver_drops_what_it_knows_and_what_is_older(receiver, tmp_path):
    assert [sent(receiver, 5), sent(receiver, 9), sent(receiver, 3, event=8)] == [204, 204, 204]
    assert kept(tmp_path) == (2, {NUMBER: 5})
    assert sent(receiver, 6, event=9) == 204
    assert kept(tmp_path) == (3, {NUMBER: 6})


def test_the_pages_receiver_refuses_what_we_did_not_sign(receiver, tmp_path):
    assert sent(receiver, 5, wrong=True) == 401
    assert sent(receiver, 5, at=datetime.now(UTC) - timedelta(minutes=6)) == 401
    assert kept(tmp_path) == (0, {})


def test_the_worked_example_of_a_signature():
    text, told = (
        PAGE.read_text("utf-8"),
        dict(re.findall(r"^(webhook-\w+): (.+)$", block("http"), re.MULTILINE)),
    )
    (secret,) = re.findall(r"the key `(whsec_[^`]+)`", text)
    (body,) = re.findall(r"^`(\{[^`]+\})` the signature is", text, re.MULTILINE)
    (key,) = webhooks.keys(secret)
    at = datetime.fromtimestamp(int(told["webhook-timestamp"]), UTC)
    assert key.sign(told["webhook-id"], at, body) == told["webhook-signature"]
