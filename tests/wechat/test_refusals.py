"""Who is turned away is counted by hour and reason; nothing of what was sent is kept, little is written."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from core import wechat_refusals as why
from store import wechat_refusals as rows
from store.schema import wechat_refusals as table
from tests.wechat.conftest import APP, KEY, TOKEN
from tools import wechat_check
from wechat.envelope import Envelope
from wechat.refusals import EVERY, reason_of
from wechat.views import LARGEST


@pytest.fixture
def counted(house, clock):
    def now() -> dict[str, int]:
        with house.db.reading() as conn:
            return {row.reason: row.many for row in rows.since(conn, clock() - timedelta(hours=24))}

    return now


def sealed(customer, envelope: Envelope, **query: str):
    """A push that this envelope has sealed, signed with our own token."""
    box, at = envelope.seal("<xml></xml>", b"0" * 16), str(int(customer.clock().timestamp()))
    asked = {"timestamp": at, "nonce": "n", "msg_signature": envelope.signature(at, "n", box)}
    body = f"<xml><Encrypt><![CDATA[{box}]]></Encrypt></xml>"
    return customer.client.post("/wechat", data=body, query_string={**asked, **query})


OTHER_KEY = "Z" * 43


@pytest.mark.parametrize(
    ("envelope", "query", "reason"),
    [
        (Envelope("another token", KEY, APP), {}, why.SIGNATURE),
        (Envelope(TOKEN, KEY, "wx0000000000000000"), {}, why.ACCOUNT),
        (Envelope(TOKEN, OTHER_KEY, APP), {}, why.BROKEN),
        (Envelope(TOKEN, KEY, APP), {"msg_signature": ""}, why.UNSIGNED),
    ],
    ids=str,
)
def test_each_reason_has_its_name(customer, counted, envelope, query, reason):
    assert sealed(customer, envelope, **query).status_code == 403
    assert counted() == {reason: 1}


def test_what_is_too_large_is_counted(customer, counted):
    answer = customer.client.post("/wechat?msg_signature=x", data=b"x" * (LARGEST + 1))
    assert answer.status_code == 413
    assert counted() == {why.TOO_LARGE: 1}


def test_what_is_late_is_counted_and_taken(customer, counted, clock):
    envelope = Envelope(TOKEN, KEY, APP)
    old = str(int((clock() - timedelta(minutes=11)).timestamp()))
    box = envelope.seal("<xml></xml>", b"0" * 16)
    asked = {"timestamp": old, "nonce": "n", "msg_signature": envelope.signature(old, "n", box)}
    body = f"<xml><Encrypt><![CDATA[{box}]]></Encrypt></xml>"
    assert customer.client.post("/wechat", data=body, query_string=asked).status_code == 200
    assert counted() == {why.STALE: 1}


def test_a_flood_is_one_row_and_few_writes(customer, counted, house, clock, monkeypatch):
    writes = Counter()
    add = rows.add
    monkeypatch.setattr(rows, "add", lambda conn, counts: (writes.update(["write"]), add(conn, counts))[1])
    wrong = Envelope("another token", KEY, APP)
    for _ in range(50):
        sealed(customer, wrong)
    clock.pass_(seconds=EVERY.total_seconds())
    sealed(customer, wrong)
    assert counted() == {why.SIGNATURE: 51}
    assert writes["write"] == 2
    with house.db.reading() as conn:
        [row] = conn.execute(select(table)).all()
    assert {name for name in row._fields} == {"hour", "door", "reason", "count"}
    assert (row.hour.minute, row.door) == (0, why.SERVICE)


def test_old_hours_are_deleted(customer, house, clock):
    wrong = Envelope("another token", KEY, APP)
    for _ in range(5):
        sealed(customer, wrong)
        clock.pass_(days=1)
    with house.db.reading() as conn:
        assert len(conn.execute(select(table)).all()) == 3


def test_a_busy_store_loses_no_answer_and_no_number(customer, house, clock, counted, monkeypatch):
    wrong = Envelope("another token", KEY, APP)
    add = rows.add

    def busy(*_given):
        raise OperationalError("insert", {}, Exception("database is locked"))

    monkeypatch.setattr(rows, "add", busy)
    assert sealed(customer, wrong).status_code == 403
    assert counted() == {}
    monkeypatch.setattr(rows, "add", add)
    clock.pass_(seconds=EVERY.total_seconds())
    sealed(customer, wrong)
    assert counted() == {why.SIGNATURE: 2}


def test_all_that_the_envelope_says_has_a_reason():
    assert reason_of(ValueError("whatever"), signed=True) == why.BROKEN
    assert reason_of(ValueError("whatever"), signed=False) == why.UNSIGNED


def test_the_doctor_speaks_of_many_and_of_no_passers_by(house, clock):
    hour = clock().replace(minute=0, second=0, microsecond=0)
    with house.db.writing() as conn:
        rows.add(conn, {(hour, why.SERVICE, why.SIGNATURE): why.MANY, (hour, why.KF, why.ACCOUNT): 1})
        rows.add(conn, {(hour, why.SERVICE, why.UNSIGNED): 10_000})
        [finding] = wechat_check.turned_away(conn, clock())
    assert finding.level == "warn"
    assert f"{why.MANY} pushes in a day" in str(finding)
    assert "Check the token" in str(finding)
