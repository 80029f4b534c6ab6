"""Calls for a supervisor: what still waits, and what was settled."""

from datetime import timedelta

import pytest

from core import complaint as states
from core import events as names
from office import alarms
from reception import settling
from reception import steps as moves
from store import alerts, complaints, events, memos, promises, remedies, steps, users
from tests.fakes.complaints import NOON, complaint, database


@pytest.fixture
def conn(tmp_path):
    with database(tmp_path).writing() as conn:
        yield conn


def page(conn, id, reason, **about):
    events.append(conn, names.SUPERVISOR_PAGED, NOON, complaint_id=id, reason=reason, **about)


def told(conn):
    return [(alert.reason, alert.settled) for alert in alerts.since(conn, NOON - timedelta(days=1))]


def test_calls_are_told_also_without_a_complaint_and_old_ones_are_not(conn):
    id = complaint(conn, 1)
    page(conn, id, "safety")
    page(conn, None, alarms.CLOCK_JUMPED)
    events.append(conn, names.SUPERVISOR_PAGED, NOON - timedelta(days=2), complaint_id=id, reason="old")
    found = alerts.since(conn, NOON - timedelta(days=1))
    assert [(one.reason, one.number is None) for one in found] == [("clock_jumped", True), ("safety", False)]


def test_what_was_settled_comes_after_what_waits(conn):
    one, other = complaint(conn, 1), complaint(conn, 2)
    page(conn, one, "safety")
    page(conn, other, "safety")
    complaints.change(conn, other, state=states.CLOSED)
    assert told(conn) == [("safety", False), ("safety", True)]
    assert alerts.since(conn, NOON)[0].number == complaints.get(conn, one).number


def test_every_reason_with_a_place_is_one_that_is_raised():
    raised = {value for name, value in vars(alarms).items() if name.isupper() and isinstance(value, str)}
    assert set(alerts.ABOUT) <= raised | {settling.WAITS, moves.WAITS}


def test_each_call_is_settled_by_the_act_that_it_waits_for(conn):
    id = complaint(conn, 1)
    user = users.add(
        conn, login="li", public_name="李敏", role="agent", password_hash="", phone=None, at=NOON
    )
    later = NOON + timedelta(hours=1)
    line = remedies.propose(
        conn, id, user, kind="refund", amount=300_000, words="退", appointment=None, approved=False, at=NOON
    )
    memo = memos.send(conn, id, user, department="货运部", facts="裂", ask="查", due_at=later, at=NOON)
    owed = promises.make(conn, id, kind="plan", made_at=NOON, due_at=later, calendar="office")
    steps.ask_withdrawal(conn, id, user, "不投诉了", NOON)
    page(conn, id, settling.WAITS)
    page(conn, id, alarms.MEMO_LATE, memo=memo)
    page(conn, id, alarms.PROMISE_LATE, promise=owed)
    page(conn, id, moves.WAITS)
    assert {settled for _, settled in told(conn)} == {False}
    remedies.approve(conn, remedies.get(conn, line), user, True, later)
    memos.reply(conn, memos.get(conn, memo), user, "查了", later)
    promises.keep(conn, id, "plan", later)
    steps.settle_withdrawal(conn, steps.withdrawal(conn, id), user, False, later)
    assert told(conn) == [
        (moves.WAITS, True),
        (alarms.PROMISE_LATE, True),
        (alarms.MEMO_LATE, True),
        (settling.WAITS, True),
    ]
