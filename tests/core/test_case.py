"""What a customer reads of promises, and what their words do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from core import case, complaint
from tests.fakes.complaints import NOON

MONTH = timedelta(days=30)
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Row:
    kind: str
    state: str
    due_at: datetime
    kept_at: datetime | None = None


def shown(*rows: Row) -> list[tuple[str, str]]:
    return [(one.kind, one.mark) for one in case.promised(rows, NOON)]


def test_how_a_promise_stands() -> None:
    assert shown(Row("callback", "open", NOON + HOUR)) == [("callback", case.AHEAD)]
    assert shown(Row("callback", "open", NOON)) == [("callback", case.LATE)]
    assert shown(Row("callback", "missed", NOON - HOUR)) == [("callback", case.LATE)]
    assert shown(Row("callback", "kept", NOON, NOON - HOUR)) == [("callback", case.KEPT)]
    assert shown(Row("callback", "missed_then_kept", NOON - HOUR, NOON)) == [("callback", case.KEPT_LATE)]


def test_what_is_among_ourselves_is_not_shown() -> None:
    kinds = ("accept", "resolve", "final", "follow_up", "callback_after_wish")
    assert shown(*(Row(kind, "open", NOON + HOUR) for kind in kinds)) == []


@pytest.mark.parametrize("state", ["renewed", "replaced", "cancelled"])
def test_what_is_no_longer_owed_is_not_shown(state: str) -> None:
    assert shown(Row("plan", state, NOON)) == []


def test_of_many_notices_the_last_one_kept_and_what_is_owed_before_it() -> None:
    kept = [Row("progress", "kept", NOON - n * HOUR, NOON - n * HOUR) for n in (9, 2, 5)]
    [one] = case.promised(kept, NOON)
    assert one.kept_at == NOON - 2 * HOUR
    assert shown(*kept, Row("progress", "open", NOON + HOUR)) == [("progress", case.AHEAD)]


def test_a_new_time_does_not_hide_a_missed_one() -> None:
    rows = (Row("callback", "open", NOON + HOUR), Row("callback", "missed", NOON - HOUR))
    assert shown(*rows) == [("callback", case.LATE), ("callback", case.AHEAD)]


@pytest.mark.parametrize("state", [one for one in complaint.STATES if one not in ("closed", "withdrawn")])
def test_what_goes_on_is_written_to(state: str) -> None:
    assert case.may(state, NOON, None, NOON, MONTH) == case.WRITE


@pytest.mark.parametrize("state", ["closed", "withdrawn"])
def test_what_is_over_goes_on_for_a_month(state: str) -> None:
    assert case.may(state, NOON, NOON, NOON + MONTH, MONTH) == case.REOPEN
    assert case.may(state, NOON, NOON, NOON + MONTH + timedelta(seconds=1), MONTH) == case.ANEW
    assert case.may(state, None, NOON, NOON, MONTH) == case.ANEW


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("打13800138003。", "打138****8003。"),
        ("138 0013 8003或139-0013-8004", "138****8003或139****8004"),
        ("订单20261012138001", "订单20261012138001"),
        ("付了13800元", "付了13800元"),
        ("打+8613800138003", "打138****8003"),
        ("打0086 138 0013 8003或8613900139004", "打138****8003或139****9004"),
        ("+86-138-0013-8003转", "138****8003转"),
        ("1 38 - 0013\u30008003", "138****8003"),
        (
            "\uff0b\uff18\uff16\uff11\uff13\uff18\uff10\uff10\uff11\uff13\uff18\uff10\uff10\uff13\uff0c",
            "138****8003\uff0c",
        ),
        ("13\n800138003", "13\n800138003"),
    ],
)
def test_mobile_numbers_are_masked_in_what_was_written(said: str, seen: str) -> None:
    assert case.masked_words(said) == seen


def test_a_phone_shows_its_ends() -> None:
    assert case.masked_phone("+8613800138003") == "138****8003"
    assert case.masked_phone("1234567") == ""
