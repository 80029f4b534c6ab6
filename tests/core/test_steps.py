"""How far a complaint is, what the next move still asks for, and how a memo stands."""

from datetime import UTC, datetime, timedelta

import pytest

from core import complaint
from core.steps import (
    AHEAD,
    DONE,
    LATE,
    NOW,
    OPEN,
    RECALLED,
    REPLIED,
    SKIPPED,
    STEPS,
    TAKEN,
    UNTAKEN,
    Work,
    course,
    fair,
    memo_stage,
    next_state,
    skips,
    still_needed,
)

AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYTHING = Work(*[True] * 12)


def stages(state, *passed):
    return [one.stage for one in course(state, passed)]


def test_a_course_shows_done_now_ahead_and_skipped():
    assert stages(complaint.REGISTERED) == [NOW] + [AHEAD] * 6
    passed = (complaint.INVESTIGATING, complaint.FOLLOWING_UP)
    assert stages(complaint.FOLLOWING_UP, *passed) == [DONE, DONE, SKIPPED, SKIPPED, SKIPPED, NOW, AHEAD]
    assert stages(complaint.CLOSED, *STEPS) == [DONE] * 7
    assert stages(complaint.DRAFT) == [AHEAD] * 7
    assert [one.no for one in course(complaint.CLOSED, ())] == list(range(1, 8))


def test_every_need_of_every_straight_move_is_met_by_rows():
    """What `core.complaint` asks for between two steps is something that a row can say."""
    for state in STEPS:
        assert still_needed(state, EVERYTHING.have()) == ()


@pytest.mark.parametrize(
    ("state", "needs"),
    [
        (complaint.REGISTERED, ("owner",)),
        (complaint.INVESTIGATING, ("memo",)),
        (complaint.MEMO_SENT, ("replies_or_reason",)),
        (complaint.CONFERRING, ("customer_agreed", "remedies_approved")),
        (complaint.CARRYING_OUT, ("remedies_proved",)),
        (complaint.FOLLOWING_UP, ("answers_or_attempts",)),
        (complaint.FEEDING_BACK, ("cause", "responsibility", "passed_on", "customer_told")),
    ],
)
def test_what_is_missing_is_named_in_the_order_in_which_it_comes_up(state, needs):
    assert still_needed(state, Work().have()) == needs


def test_a_reason_buys_what_a_reason_may_buy_and_nothing_else():
    assert Work().have("no answer in three days") == {"replies_or_reason", "reason", "skip_reason"}
    assert Work().have("  ") == frozenset()
    assert Work(replies=True).have() == {"replies_or_reason"}


def test_the_next_step_and_the_steps_that_can_be_skipped_to():
    assert next_state(complaint.FEEDING_BACK) == complaint.CLOSED
    assert next_state(complaint.CLOSED) == next_state(complaint.DRAFT) == ""
    assert skips(complaint.INVESTIGATING) == STEPS[3:6]
    assert skips(complaint.CONFERRING) == (complaint.FOLLOWING_UP,)
    assert skips(complaint.CARRYING_OUT) == skips(complaint.CLOSED) == ()
    for state in STEPS:
        for to in skips(state):
            complaint.check_move(state, to, frozenset({"skip_reason"}), complaint.OWNER)


@pytest.mark.parametrize(
    ("now", "rows", "stage"),
    [
        (AT, {}, OPEN),
        (AT + HOUR, {}, UNTAKEN),
        (AT + HOUR, {"taken_at": AT}, TAKEN),
        (AT + 2 * HOUR, {"taken_at": AT}, LATE),
        (AT + 3 * HOUR, {"taken_at": AT, "replied_at": AT}, REPLIED),
        (AT + 3 * HOUR, {"recalled_at": AT}, RECALLED),
    ],
)
def test_sent_is_not_taken_and_taken_is_not_answered(now, rows, stage):
    assert memo_stage(AT + HOUR, AT + 2 * HOUR, now, **rows) == stage


def test_who_worked_on_it_or_is_kept_out_of_it_does_not_ask():
    assert fair(3, {1, 2}, {4})
    assert not fair(1, {1, 2}, {4})
    assert not fair(4, {1, 2}, {4})
