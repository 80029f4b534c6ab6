from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.delivery import SLOTS, Again, Answer, Dead, DestinationOff, Sent, next_attempt

NOW = datetime(2025, 9, 26, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_success(status: int) -> None:
    assert next_attempt(1, Answer(status), NOW) == Sent()


@pytest.mark.parametrize("status", [None, 301, 302, 307, 408, 425, 429, 500, 502, 503, 504])
def test_the_whole_ladder_then_dead(status: int | None) -> None:
    waits = []
    for attempt in range(1, len(SLOTS)):
        outcome = next_attempt(attempt, Answer(status), NOW)
        assert isinstance(outcome, Again)
        assert outcome.counted
        waits.append(outcome.at - NOW)
    assert waits == list(SLOTS[1:])
    assert sum(waits, timedelta(0)) == timedelta(hours=75, minutes=35, seconds=5)
    assert next_attempt(len(SLOTS), Answer(status), NOW) == Dead("exhausted")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_refused_thrice_is_dead_and_alarms_at_once(status: int) -> None:
    for attempt in (1, 2):
        outcome = next_attempt(attempt, Answer(status), NOW)
        assert isinstance(outcome, Again)
        assert outcome.alarm
        assert outcome.counted
    assert next_attempt(3, Answer(status), NOW) == Dead("refused")


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_obeyed_and_not_counted(status: int) -> None:
    outcome = next_attempt(10, Answer(status, timedelta(minutes=7)), NOW)
    assert outcome == Again(NOW + timedelta(minutes=7), counted=False)


def test_gone_switches_the_destination_off() -> None:
    assert next_attempt(1, Answer(410), NOW) == DestinationOff()


@given(st.integers(1, 30), st.one_of(st.none(), st.integers(100, 599)), st.floats(0, 1))
def test_never_in_the_past_and_at_most_a_tenth_late(attempt: int, status: int | None, jitter: float) -> None:
    outcome = next_attempt(attempt, Answer(status), NOW, jitter)
    if isinstance(outcome, Again):
        slot = SLOTS[attempt]
        assert NOW + slot <= outcome.at <= NOW + slot * 1.1 + timedelta(microseconds=1)


@pytest.mark.parametrize(("attempt", "jitter"), [(0, 0.0), (1, 1.5)])
def test_nonsense_is_refused(attempt: int, jitter: float) -> None:
    with pytest.raises(ValueError, match="attempt"):
        next_attempt(attempt, Answer(200), NOW, jitter)
