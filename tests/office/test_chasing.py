"""Promises coming due: who hears what, when, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import wiring
from core import events as names
from core.due import ZONE
from office import alarms
from office.chasing import Chaser
from reception.content import load
from store import complaints, conversations, events, messages, record
from store import promises as rows
from store.schema import promises as table
from tests.fakes.complaints import NOON, complaint, database

HOURS = timedelta(hours=1)
DUE = NOON + 2 * HOURS  # 14:00 in Shanghai, a Monday


@pytest.fixture(scope="module")
def content():
    return load(wiring.CONTENT, today=NOON.astimezone(ZONE).date())


@pytest.fixture
def db(tmp_path):
    db = database(tmp_path)
    yield db
    db.close()


@pytest.fixture
def chaser(db, content):
    return Chaser(db, content)


def promised(db, kind="callback", due=DUE, made=NOON, **options):
    with db.writing() as conn:
        id = complaint(conn, 1, **options)
        rows.make(conn, id, kind=kind, made_at=made, due_at=due, calendar="always")
    return id


def of(db):
    with db.reading() as conn:
        return conn.execute(select(table).order_by(table.c.id)).all()


def in_force(db):
    """Without those that were replaced by an earlier time when the tier was raised."""
    return [row for row in of(db) if row.state != "replaced"]


def said(db):
    with db.reading() as conn:
        return [m for m in messages.of_conversation(conn, "chat-1") if m.author != "customer"]


def told(db, id, name):
    with db.reading() as conn:
        return [event for event in events.of_complaint(conn, id) if event.name == name]


def pages(db, id):
    return [event.data["reason"] for event in told(db, id, names.SUPERVISOR_PAGED)]


def test_before_80_per_cent_nothing_happens(db, chaser):
    id = promised(db)
    chaser.chase(NOON + 1.59 * HOURS)
    assert told(db, id, names.PROMISE_WARNED) == []


def test_at_80_per_cent_the_desk_is_warned_once_and_the_customer_hears_nothing(db, chaser):
    id = promised(db)
    for minutes in (96, 97, 107):
        chaser.chase(NOON + timedelta(minutes=minutes))
    assert len(told(db, id, names.PROMISE_WARNED)) == 1
    assert said(db) == []


def test_a_grave_one_is_warned_at_half_time_too(db, chaser):
    id = promised(db, tier=3)
    for minutes in (60, 61, 96, 97):
        chaser.chase(NOON + timedelta(minutes=minutes))
    assert len(told(db, id, names.PROMISE_WARNED)) == 2


def test_at_90_per_cent_the_customer_is_told_once_with_a_stored_new_time(db, chaser):
    id = promised(db)
    at = NOON + 1.8 * HOURS
    for _ in range(3):
        chaser.chase(at)
    (line,) = said(db)
    old, new = of(db)
    assert (old.state, old.told_at, new.state, new.renews) == ("renewed", at, "open", old.id)
    assert line.author == "system"
    assert line.reply == "utter_delay_no_owner"
    assert "14:00" in line.words
    assert f"{new.due_at.astimezone(ZONE):%H:%M}" in line.words
    assert pages(db, id) == [alarms.PROMISE_LATE]
    assert len(told(db, id, names.CUSTOMER_TOLD)) == 1


def test_due_and_not_kept_is_missed_for_good_flagged_and_raised(db, chaser):
    id = promised(db)
    chaser.chase(NOON + 1.9 * HOURS)
    for _ in range(3):
        chaser.chase(DUE)
    with db.reading() as conn:
        row, flags = complaints.get(conn, id), complaints.flags(conn, id)
    assert (row.tier, flags) == (2, {"promise_missed"})
    assert (of(db)[0].state, of(db)[0].missed_at) == ("missed", DUE)
    assert len(told(db, id, names.PROMISE_MISSED)) == 1
    assert pages(db, id).count(alarms.PROMISE_MISSED) == 1
    with db.writing() as conn:
        rows.keep(conn, id, "callback", DUE + HOURS)
    assert [row.state for row in of(db)] == ["missed_then_kept", "replaced", "kept"]


def test_kept_after_the_notice_but_in_time_is_kept(db, chaser):
    id = promised(db)
    chaser.chase(NOON + 1.85 * HOURS)
    with db.writing() as conn:
        rows.keep(conn, id, "callback", NOON + 1.9 * HOURS)
    chaser.chase(DUE + 9 * HOURS)
    assert [row.state for row in of(db)] == ["kept", "kept"]
    assert told(db, id, names.PROMISE_MISSED) == []


def test_at_150_per_cent_the_head_of_service_hears_once(db, chaser):
    id = promised(db)
    for hours in (3, 3.1, 30):
        chaser.chase(NOON + hours * HOURS, may_tell=False)
    assert pages(db, id).count(alarms.PROMISE_ESCALATED) == 1


def test_a_second_miss_escalates_and_there_is_no_third_automatic_new_time(db, chaser):
    id = promised(db)
    at = NOON
    for _ in range(400):
        at += timedelta(minutes=30)
        chaser.chase(at)
    assert len(said(db)) == 2
    assert len(in_force(db)) == 3
    assert alarms.PROMISE_UNTOLD in pages(db, id)
    assert pages(db, id).count(alarms.PROMISE_ESCALATED) >= 1
    assert all(row.state == "missed" for row in in_force(db))


def test_a_short_promise_pages_at_once_and_tells_when_due(db, chaser):
    id = promised(db, due=NOON + timedelta(minutes=15))
    chaser.chase(NOON + timedelta(minutes=14))
    assert pages(db, id) == [alarms.PROMISE_LATE]
    assert said(db) == []
    chaser.chase(NOON + timedelta(minutes=15))
    assert len(said(db)) == 1


@pytest.mark.parametrize("kind", ["accept", "resolve", "final"])
def test_an_internal_promise_says_nothing_to_the_customer(db, chaser, kind):
    id = promised(db, kind=kind)
    chaser.chase(DUE + 9 * HOURS)
    assert said(db) == []
    assert pages(db, id) == [alarms.PROMISE_MISSED, alarms.PROMISE_ESCALATED]
    with db.reading() as conn:
        assert (complaints.get(conn, id).tier, complaints.flags(conn, id)) == (1, set())


def test_a_miss_hastens_what_is_still_promised_and_puts_nothing_off(db, chaser):
    id = promised(db)
    late = NOON + 400 * HOURS
    with db.writing() as conn:
        rows.make(conn, id, kind="plan", made_at=NOON, due_at=late, calendar="office")
    chaser.chase(DUE, may_tell=False)
    plans = [row for row in of(db) if row.kind == "plan"]
    assert [row.state for row in plans] == ["replaced", "open"]
    assert plans[1].due_at < late


@pytest.mark.parametrize("state", ["following_up", "feeding_back"])
def test_once_the_work_is_done_only_what_can_still_be_kept_is_chased(db, chaser, state):
    id = promised(db)
    with db.writing() as conn:
        for kind in ("plan", "resolve", "progress"):
            rows.make(conn, id, kind=kind, made_at=NOON, due_at=DUE, calendar="always")
        complaints.change(conn, id, state=state)
    chaser.chase(DUE)
    assert {row.kind for row in of(db) if row.missed_at is not None} == {"callback"}


def test_a_promise_is_read_again_only_when_there_may_be_something_to_do(db, chaser):
    promised(db)

    def due(at):
        with db.reading() as conn:
            return len(rows.chased(conn, at, (), (), ()))

    assert due(NOON) == 1
    chaser.chase(NOON)
    assert due(NOON + 0.99 * HOURS) == 0
    assert due(NOON + HOURS) == 1  # half time: in tier 3 a warning
    chaser.chase(NOON + HOURS)
    assert due(NOON + 1.59 * HOURS) == 0
    assert due(NOON + 1.6 * HOURS) == 1


def test_a_caller_who_cannot_be_written_to_is_a_task_for_a_person(db, chaser):
    id = promised(db)
    with db.writing() as conn:
        conversations.change(conn, "chat-1", channel="phone")
    for _ in range(3):
        chaser.chase(NOON + 1.9 * HOURS)
    assert said(db) == []
    assert len(of(db)) == 1
    assert of(db)[0].told_at is None
    assert pages(db, id) == [alarms.PROMISE_LATE, alarms.PROMISE_UNTOLD]


def test_with_a_clock_in_doubt_nobody_outside_hears_anything(db, chaser):
    id = promised(db)
    chaser.chase(NOON + 1.95 * HOURS, may_tell=False)
    assert said(db) == []
    assert len(told(db, id, names.PROMISE_WARNED)) == 1
    chaser.chase(NOON + 1.95 * HOURS)
    assert len(said(db)) == 1


def test_complaints_that_are_over_are_not_chased(db, chaser):
    id = promised(db)
    with db.writing() as conn:
        complaints.change(conn, id, state="closed")
    chaser.chase(DUE + 9 * HOURS)
    assert (said(db), pages(db, id)) == ([], [])


def test_a_poisoned_promise_stops_no_other(db, chaser, monkeypatch):
    promised(db)
    with db.writing() as conn:
        other = complaint(conn, 30)
        rows.make(conn, other, kind="progress", made_at=NOON, due_at=NOON + HOURS, calendar="nonsense")
        rows.make(conn, other, kind="plan", made_at=NOON, due_at=DUE, calendar="always")
    chaser.chase(DUE)
    assert [row.state for row in of(db)[:3]] == ["missed", "open", "missed"]


def test_the_record_shows_what_was_told(db, chaser):
    id = promised(db)
    chaser.chase(NOON + 1.85 * HOURS)
    with db.reading() as conn:
        whole = record.whole(conn, id)
    assert [promise["state"] for promise in whole["promises"]] == ["renewed", "open"]
