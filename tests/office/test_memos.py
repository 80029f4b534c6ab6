"""A memo that nobody takes, or answers in time, is told to the desk once."""

from datetime import timedelta

import pytest

from core import events as names
from office.memos import Untaken
from store import complaints, events, memos, users
from tests.fakes.complaints import NOON, complaint


@pytest.fixture
def told(house):
    """Reasons of the alarms so far."""

    def reasons():
        with house.db.reading() as conn:
            rows = events.of_complaint(conn, 1)
        return [row.data["reason"] for row in rows if row.name == names.SUPERVISOR_PAGED]

    return reasons


@pytest.fixture
def memo(house):
    with house.db.writing() as conn:
        id = complaint(conn, 1, tier=3)
        complaints.change(conn, id, state="memo_sent")
        about = {"department": "货运部", "facts": "x", "ask": "y", "due_at": NOON + timedelta(hours=4)}
        who = users.add(
            conn, login="li", public_name="李", role="agent", password_hash="", at=NOON, phone=None
        )
        return memos.send(conn, id, who, **about, at=NOON)


def test_untaken_at_half_time_and_late_are_each_told_once(house, memo, told):
    chore = Untaken(house)
    for hours in (1, 2, 2, 3, 4, 5):
        chore.look(NOON + timedelta(hours=hours))
    assert told() == ["memo_untaken", "memo_late"]


def test_one_that_was_taken_is_told_only_when_it_is_late(house, memo, told):
    with house.db.writing() as conn:
        memos.take(conn, memos.get(conn, memo), 1, NOON)
    Untaken(house).look(NOON + timedelta(hours=3))
    assert told() == []
    Untaken(house).look(NOON + timedelta(hours=4))
    assert told() == ["memo_late"]


def test_what_is_answered_or_over_is_told_no_more(house, memo, told):
    with house.db.writing() as conn:
        complaints.change(conn, 1, state="withdrawn")
    Untaken(house).look(NOON + timedelta(hours=9))
    with house.db.writing() as conn:
        complaints.change(conn, 1, state="memo_sent")
        memos.reply(conn, memos.get(conn, memo), 1, "查过", NOON)
    Untaken(house).look(NOON + timedelta(hours=9))
    assert told() == []
