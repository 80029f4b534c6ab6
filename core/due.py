"""How a due time is said: as data, then in the words of content/promises.yml, for the eye or for the ear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from core.content import ContentError, known_keys

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class DueTime:
    """A due time as data, in Asia/Shanghai: `day` is today, tomorrow, after_tomorrow, this_year or
    other_year; `part` names the part of the day; `hour` counts from 0 to 23."""

    day: str
    on: date
    part: str
    hour: int
    minute: int


def say_due(due_at: datetime, now: datetime) -> DueTime:
    """The due time as it is said now."""
    due, today = due_at.astimezone(ZONE), now.astimezone(ZONE).date()
    ahead = (due.date() - today).days
    near = {0: "today", 1: "tomorrow", 2: "after_tomorrow"}.get(ahead)
    part = next(name for name, until in _PARTS if due.hour < until)
    day = near or ("this_year" if due.year == today.year or 0 < ahead < 60 else "other_year")
    return DueTime(day, due.date(), part, due.hour, due.minute)


_PARTS = (("night", 6), ("early", 9), ("morning", 12), ("noon", 13), ("afternoon", 18), ("evening", 24))
_WORDS = (
    "today",
    "tomorrow",
    "after_tomorrow",
    "this_year",
    "other_year",
    "night",
    "early",
    "morning",
    "noon",
    "afternoon",
    "evening",
    "chat",
    "phone",
    "weekdays",
    "spoken_this_year",
    "spoken_other_year",
    "spoken_hour",
    "spoken_half",
    "spoken_minutes",
    "digits",
    "ten",
    "two",
)


def check_words(say: Mapping[str, str], where: str) -> None:
    known_keys(say, _WORDS, where)
    for name in _WORDS:
        if name not in say:
            raise ContentError(where, f"{name!r} is missing")
    if len(say["weekdays"]) != 7 or len(say["digits"]) != 10:
        raise ContentError(where, "weekdays needs seven characters, Monday first; digits ten, nought first")


def render_due(due: DueTime, say: Mapping[str, str], form: str = "chat") -> str:
    """The words for a due time: `chat` with figures, `phone` without any. Patterns stand in promises.yml."""
    spoken = form == "phone"
    dated = due.day in ("this_year", "other_year")
    pattern = say[f"spoken_{due.day}" if spoken and dated else due.day]
    number = (lambda value: _spoken(value, say)) if spoken else str
    year = "".join(say["digits"][int(digit)] for digit in str(due.on.year)) if spoken else str(due.on.year)
    day = pattern.format(
        year=year,
        month=number(due.on.month),
        day=number(due.on.day),
        weekday=say["weekdays"][due.on.weekday()],
    )
    clock = _spoken_clock(due, say) if spoken else f"{due.hour:02d}:{due.minute:02d}"
    return say[form].format(day=day, part=say[due.part], clock=clock)


def _spoken_clock(due: DueTime, say: Mapping[str, str]) -> str:
    hour = due.hour - 12 if due.hour > 12 else due.hour
    spoken_hour = say["two"] if hour == 2 else _spoken(hour, say)
    pattern = {0: "spoken_hour", 30: "spoken_half"}.get(due.minute, "spoken_minutes")
    minute = _spoken(due.minute, say) if due.minute >= 10 else say["digits"][0] + _spoken(due.minute, say)
    return say[pattern].format(hour=spoken_hour, minute=minute)


def _spoken(value: int, say: Mapping[str, str]) -> str:
    """0 to 59 as it is read out."""
    tens, ones = divmod(value, 10)
    lead = "" if not tens else say["ten"] if tens == 1 else say["digits"][tens] + say["ten"]
    return lead + (say["digits"][ones] if ones or not tens else "")


def render_day(on: date, say: Mapping[str, str], form: str = "chat") -> str:
    """The words for a day without a clock time: `chat` with figures, `phone` without any."""
    spoken = form == "phone"
    number = (lambda value: _spoken(value, say)) if spoken else str
    pattern = say["spoken_this_year" if spoken else "this_year"]
    return pattern.format(month=number(on.month), day=number(on.day), weekday=say["weekdays"][on.weekday()])
