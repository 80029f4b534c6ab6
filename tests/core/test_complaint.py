"""Seven steps, none skipped without a reason; who may do what."""

import pytest

from core.complaint import (
    CARRYING_OUT,
    CLOSED,
    CONFERRING,
    DRAFT,
    FEEDING_BACK,
    FOLLOWING_UP,
    INVESTIGATING,
    MEMO_SENT,
    MOVES,
    REGISTERED,
    STATES,
    WITHDRAWN,
    NotAllowed,
    check_move,
)

EVERYTHING = frozenset(need for move in MOVES for need in move.needs) | {"skip_reason", "second_person"}


def test_the_straight_way():
    way = [
        (DRAFT, REGISTERED, "system"),
        (REGISTERED, INVESTIGATING, "owner"),
        (INVESTIGATING, MEMO_SENT, "owner"),
        (MEMO_SENT, CONFERRING, "owner"),
        (CONFERRING, CARRYING_OUT, "owner"),
        (CARRYING_OUT, FOLLOWING_UP, "owner"),
        (FOLLOWING_UP, FEEDING_BACK, "follow_up"),
        (FEEDING_BACK, CLOSED, "supervisor"),
    ]
    for start, end, who in way:
        check_move(start, end, EVERYTHING, who)


def test_what_is_missing_is_named():
    with pytest.raises(NotAllowed) as refusal:
        check_move(CONFERRING, CARRYING_OUT, {"customer_agreed"}, "owner")
    assert refusal.value.needs == {"remedies_approved"}


def test_a_step_is_skipped_only_with_a_reason_and_never_past_the_follow_up():
    check_move(REGISTERED, FOLLOWING_UP, {"skip_reason"}, "owner")
    with pytest.raises(NotAllowed):
        check_move(REGISTERED, FOLLOWING_UP, set(), "owner")
    with pytest.raises(NotAllowed):
        check_move(REGISTERED, FEEDING_BACK, EVERYTHING, "owner")


@pytest.mark.parametrize("who", ["system", "owner", "agent", "customer"])
@pytest.mark.parametrize("start", [state for state in STATES if state not in (REGISTERED, CLOSED)])
def test_bot_and_handler_never_close(start, who):
    with pytest.raises(NotAllowed):
        check_move(start, CLOSED, EVERYTHING, who)


def test_only_what_wants_no_answer_is_closed_by_the_system():
    check_move(REGISTERED, CLOSED, {"recorded_only"}, "system")
    with pytest.raises(NotAllowed):
        check_move(REGISTERED, CLOSED, set(), "system")


def test_withdrawing_an_open_complaint_takes_a_second_person():
    with pytest.raises(NotAllowed) as refusal:
        check_move(INVESTIGATING, WITHDRAWN, {"customer_words"}, "supervisor")
    assert refusal.value.needs == {"second_person"}
