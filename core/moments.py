"""Dates and times of day, as certain as the words are: a month or a year is never invented."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core.labels import Rank, When
from core.message import RANGE, Message, Reference
from core.numerals import EITHER, read_number

MORNING = "06:00"
LONGEST_PHRASE = 8  # parts; time words without end are no phrase
_LIMITS = {"y": (0, 9999), "mo": (1, 12), "d": (1, 31), "h": (0, 24), "m": (0, 59), "m1": (0, 59)}


@dataclass(frozen=True)
class _Part:
    """One time word in a phrase and the numbers in it; `open` when they name no single value."""

    way: When
    start: int
    end: int
    rank: Rank
    said: Mapping[str, str]
    numbers: Mapping[str, int]
    open: bool


def not_times(message: Message) -> Iterator[Reference]:
    """What looks like a time: an age, a house number, a birthday."""
    for pattern in message.labels.not_when:
        for match in pattern.finditer(message.folded):
            yield Reference("other", "", *match.span(), match.group())


def times(message: Message) -> Iterator[Reference]:
    """Dates and times of day, neighbours joined: yesterday, afternoon, three o'clock are one."""
    for phrase in _phrases(message, _parts(message)):
        value = _moment(phrase, message.today)
        if value is not None:
            start, end = phrase[0].start, phrase[-1].end
            yield Reference("when", value, start, end, message.folded[start:end])


def _parts(message: Message) -> list[_Part]:
    """Time words from left to right; the order of the file decides when two ways fit the same words."""
    taken, parts = bytearray(message.taken), []
    for way in message.labels.when:
        for match in way.pattern.finditer(message.folded):
            start, end = match.span()
            part = _part(match, way) if taken.find(1, start, end) < 0 else None
            if part:
                taken[start:end] = b"\1" * (end - start)
                parts.append(part)
    return sorted(parts, key=lambda part: part.start)


def _part(match: re.Match[str], way: When) -> _Part | None:
    """None when the numbers name no possible time."""
    said = {name: words for name, words in match.groupdict().items() if words}
    rank = Rank.DAY if "wd" in said else way.rank
    numbers: dict[str, int] = {}
    either = False
    for name in [name for name in _LIMITS if name in said]:
        if EITHER.fullmatch(said[name]):
            either = True
            continue
        number = read_number(said[name])
        if number is not None:
            least, most = _LIMITS[name]
            if not least <= number <= most:
                return None
            numbers[name.rstrip("1")] = number  # m1: an expression cannot name m twice
    return _Part(way, *match.span(), rank, said, numbers, either or way.vague)


def _phrases(message: Message, parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Neighbours from the coarse to the fine are one phrase; words of after and before need one to follow."""
    phrase: list[_Part] = []
    for part in parts:
        if phrase and len(phrase) < LONGEST_PHRASE and _joins(message, phrase, part):
            phrase.append(part)
            continue
        if phrase:
            yield phrase
        phrase = [] if part.rank == Rank.AFTER else [part]
    if phrase:
        yield phrase


def _joins(message: Message, phrase: Sequence[_Part], part: _Part) -> bool:
    gap, before = message.folded[phrase[-1].end : part.start], phrase[-1].rank
    last = _finest(phrase)
    if part.rank == Rank.AFTER:
        return not gap and before != Rank.AFTER
    if last == Rank.CLOCK:  # from two o'clock to four
        return part.rank >= Rank.PART and (not gap if before == Rank.PART else bool(RANGE.fullmatch(gap)))
    return part.rank > last and (gap in ("", " ") or bool(message.words.joint.fullmatch(gap)))


def _finest(phrase: Sequence[_Part]) -> Rank:
    return max(it.rank for it in phrase if it.rank != Rank.AFTER)


def _moment(phrase: Sequence[_Part], today: date | None) -> str | None:
    """The ISO value as far as it is certain, "" when the words leave doubt, None for an impossible date."""
    day, clock = _date(phrase, today), _clock(phrase)
    if day is None:
        return None
    if clock is None:
        return ""
    if clock and clock < MORNING and any(it.way.hours and it.way.hours[0] > it.way.hours[1] for it in phrase):
        return clock  # a night belongs to two days
    return f"{day}T{clock}" if clock and day.count("-") == 2 else day or clock


def _date(phrase: Sequence[_Part], today: date | None) -> str | None:
    vague = any(it.open for it in phrase if it.rank <= Rank.DAY)
    if vague or (phrase[-1].rank == Rank.AFTER and _finest(phrase) <= Rank.DAY):
        return ""
    year, month, day = _year_month_day(phrase, today)
    if day and year and month:
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return None if any("mo" in it.numbers for it in phrase) else ""
    if day:
        return ""
    away = _away(phrase, today)
    if away or any(it.rank == Rank.DAY for it in phrase):
        return away
    return f"{year:04d}-{month:02d}" if year and month else _whole_year(phrase, year)


def _whole_year(phrase: Sequence[_Part], year: int | None) -> str:
    return f"{year:04d}" if year and all(it.rank in (Rank.YEAR, Rank.EDGE) for it in phrase) else ""


def _year_month_day(phrase: Sequence[_Part], today: date | None) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of the month as far as they were said, or follow from today."""
    said = {name: number for it in phrase for name, number in it.numbers.items()}
    year, month = said.get("y"), said.get("mo")
    if year is not None and year < 100:
        year += 2000
    for way in (it.way for it in phrase):
        if way.years is not None and today:
            year = today.year + way.years
        if way.months is not None and today:
            year, month = divmod(today.year * 12 + today.month - 1 + way.months, 12)
            month += 1
    return year, month, said.get("d")


def _away(phrase: Sequence[_Part], today: date | None) -> str:
    """The date of yesterday, or of a weekday of last week; a Sunday may close a week or open it."""
    for it in phrase:
        if today and it.way.days is not None:
            return (today + timedelta(days=it.way.days)).isoformat()
        if today and it.way.weeks is not None and "wd" in it.said:
            weekday = read_number(it.said["wd"])
            if weekday:
                monday = today - timedelta(days=today.weekday())
                return (monday + timedelta(days=7 * it.way.weeks + weekday - 1)).isoformat()
    return ""


def _clock(phrase: Sequence[_Part]) -> str | None:
    """HH:MM when morning or afternoon is certain: by the part of the day, or because it is above twelve. None
    when it does not fit the part: one o'clock "last night" was today."""
    clocks = [it for it in phrase if it.rank == Rank.CLOCK]
    if len(clocks) != 1 or clocks[0].open or phrase[-1].rank == Rank.AFTER:
        return ""
    it = clocks[0]
    parts = [one.way.hours for one in phrase if one.way.hours]
    hour = _hour(it.numbers["h"], parts[0]) if parts else _certain_hour(it)
    if hour is None:
        return None if parts else ""
    if "about" in it.said:
        return ""
    quarters = read_number(it.said.get("quarter", "")) or 0
    return f"{hour:02d}:{it.numbers.get('m', 30 if 'half' in it.said else 15 * quarters):02d}"


def _hour(hour: int, within: tuple[int, int]) -> int | None:
    """The one hour of the day that fits this part of it; None for none or two."""
    first, last = within
    fitting = {
        one
        for one in (hour, hour + 12)
        if one < 24 and (first <= one <= last if first <= last else one >= first or one <= last)
    }
    return fitting.pop() if len(fitting) == 1 else None


def _certain_hour(it: _Part) -> int | None:
    hour = it.numbers["h"]
    return hour if 12 < hour < 24 or it.said["h"].startswith("0") else None
