"""Tries to reach a customer: what is certain, and when it was enough."""

from datetime import UTC, datetime, timedelta

import pytest

from core.attempts import (
    BUSY,
    LEFT_MESSAGE,
    NOT_REACHED,
    REACHED,
    WRONG_NUMBER,
    Try,
    allowed,
    keeps,
    part_of_day,
    parts_left,
    unreachable,
)

MONDAY = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # ten in the morning in China
MORNING, AFTERNOON, EVENING = MONDAY, MONDAY + timedelta(hours=5), MONDAY + timedelta(hours=10)
NEXT_DAY = timedelta(days=1)


def vain(*moments, result=NOT_REACHED):
    return [Try(at, result) for at in moments]


def test_three_tries_in_three_parts_of_the_day_over_two_days_are_enough():
    assert unreachable(vain(MORNING, AFTERNOON, EVENING + NEXT_DAY))


@pytest.mark.parametrize(
    "tries",
    [
        vain(MORNING, AFTERNOON),
        vain(MORNING, AFTERNOON, EVENING),
        vain(MORNING, MORNING + NEXT_DAY, MORNING + 2 * NEXT_DAY),
        vain(MORNING, AFTERNOON, AFTERNOON + NEXT_DAY),
        vain(MORNING, AFTERNOON, EVENING + NEXT_DAY, result=WRONG_NUMBER),
        [],
    ],
)
def test_fewer_or_all_alike_are_not(tries):
    assert not unreachable(tries)


@pytest.mark.parametrize("result", [BUSY, LEFT_MESSAGE])
def test_a_line_that_was_busy_and_words_that_were_left_count(result):
    assert unreachable(vain(MORNING, AFTERNOON, EVENING + NEXT_DAY, result=result))


def test_one_word_of_the_customer_revives_it():
    tries = vain(MORNING, AFTERNOON, EVENING + NEXT_DAY)
    assert not unreachable(tries, heard_at=AFTERNOON + timedelta(minutes=1))
    assert unreachable(tries, heard_at=MORNING - timedelta(minutes=1))


def test_a_claim_that_somebody_was_reached_ends_nothing_until_it_is_confirmed():
    tries = vain(MORNING, AFTERNOON, EVENING + NEXT_DAY)
    later = EVENING + 2 * NEXT_DAY
    assert unreachable([*tries, Try(later, REACHED)])
    assert unreachable([*tries, Try(later, REACHED, confirmed=False)])
    assert not unreachable([*tries, Try(later, REACHED, confirmed=True)])


def test_what_is_still_to_be_tried():
    assert parts_left(vain(MORNING)) == ("afternoon", "evening")
    assert parts_left([]) == ("morning", "afternoon", "evening")


@pytest.mark.parametrize(("hour", "part"), [(3, ""), (5, "morning"), (11, "morning"), (12, "afternoon")])
def test_the_parts_of_the_day_are_those_of_china(hour, part):
    assert part_of_day(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour - 8)) == part


def test_only_what_is_certain_keeps_a_promise():
    assert keeps(REACHED, True)
    assert not keeps(REACHED, None)
    assert not keeps(REACHED, False)
    assert not keeps(NOT_REACHED, True)


def test_what_can_be_written_down():
    assert allowed("phone", "callback", BUSY)
    assert not allowed("message", "callback", BUSY)
    assert not allowed("phone", "callback", "calling")
    assert not allowed("pigeon", "callback", REACHED)
    assert not allowed("phone", "fun", REACHED)
