"""What a supervisor's figures mean (docs/reports.md): shares, waits with their median and ninth decile,
causes in order, periods. Over plain values; the store counts, this says what the counts are worth.

Nobody is left out of a wait because it has not ended, or ended in vain: who is left out flatters.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from core.due import ZONE

MEDIAN, NINTH = 0.5, 0.9
LONGEST_PERIOD = timedelta(days=366)
YEARS = (2000, 2199)
DAILY, WEEKLY, MONTHLY = "day", "week", "month"
DAILY_UP_TO, WEEKLY_UP_TO = 31, 120
_WEEK = re.compile(r"(?P<year>20[0-9]{2})-W(?P<week>0[1-9]|[1-4][0-9]|5[0-3])")
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Share:
    """A part of a whole; `value` from 0 to 1, None of nothing: nothing is no hundred per cent."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        return self.part / self.whole if self.whole else None


# ---- Waits

DONE, WAITING, NEVER = "done", "waiting", "never"


@dataclass(frozen=True)
class Wait:
    """How long `count` people waited. `end`: DONE, it came; WAITING, it has not come yet, `seconds` so far;
    NEVER, the wait ended without it, so that no number of seconds is long enough."""

    seconds: int
    end: str = DONE
    count: int = 1


@dataclass(frozen=True)
class Reading:
    """A quantile. `end` is that of the one whose wait it is: WAITING means at least so long, NEVER means that
    it did not come at all."""

    seconds: int
    end: str


@dataclass(frozen=True)
class Spread:
    """All who waited, by how it ended, with the median and the ninth decile; None for nobody."""

    done: int
    waiting: int
    never: int
    p50: Reading | None
    p90: Reading | None

    @property
    def all(self) -> int:
        return self.done + self.waiting + self.never


def quantile(waits: Iterable[Wait], share: float) -> Reading | None:
    """The shortest wait that at least this share of people did not exceed (nearest rank). Who waits still
    counts with the time so far, who waited in vain as longer than anybody."""
    ordered = sorted(waits, key=lambda wait: (wait.end == NEVER, wait.seconds))
    rank = math.ceil(share * sum(wait.count for wait in ordered))
    for wait in ordered:
        rank -= wait.count
        if rank <= 0:
            return Reading(wait.seconds, wait.end)
    return None


def spread(waits: Sequence[Wait]) -> Spread:
    ends = {end: sum(wait.count for wait in waits if wait.end == end) for end in (DONE, WAITING, NEVER)}
    p50, p90 = quantile(waits, MEDIAN), quantile(waits, NINTH)
    return Spread(ends[DONE], ends[WAITING], ends[NEVER], p50, p90)


def within(waits: Sequence[Wait], seconds: int) -> Share:
    """How many had it in this time, of all who waited. Who has waited less than that so far may still get it
    in time and is not counted yet."""
    decided = [wait for wait in waits if wait.end != WAITING or wait.seconds > seconds]
    in_time = sum(wait.count for wait in decided if wait.end == DONE and wait.seconds <= seconds)
    return Share(in_time, sum(wait.count for wait in decided))


def bands(waits: Sequence[Wait], limits: Sequence[int]) -> list[int]:
    """People by how long it took: up to each limit (seconds, rising), longer, still waiting, in vain."""
    counts = [0] * (len(limits) + 3)
    for wait in waits:
        counts[_band(wait, limits)] += wait.count
    return counts


def _band(wait: Wait, limits: Sequence[int]) -> int:
    if wait.end != DONE:
        return len(limits) + (1 if wait.end == WAITING else 2)
    return next((place for place, limit in enumerate(limits) if wait.seconds <= limit), len(limits))


# ---- Promises


@dataclass(frozen=True)
class Kept:
    """Promises due: `on_time` by their first due; `late` afterwards; `broken`: not at all so far. A new time
    that was given for one heals nothing, and is not counted again."""

    on_time: int = 0
    late: int = 0
    broken: int = 0

    @property
    def due(self) -> int:
        return self.on_time + self.late + self.broken

    @property
    def share(self) -> Share:
        return Share(self.on_time, self.due)

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.on_time + other.on_time, self.late + other.late, self.broken + other.broken)


# ---- Causes


@dataclass(frozen=True)
class Bar:
    """One cause. `cumulative`: the share of it and of all greater ones together."""

    code: str
    count: int
    share: float
    cumulative: float


def pareto(counts: Mapping[str, int]) -> list[Bar]:
    """The greatest first, equals by their code."""
    whole, so_far, bars = sum(counts.values()), 0, []
    for code, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        so_far += count
        bars.append(Bar(code, count, count / whole, so_far / whole))
    return bars


# ---- Silence


@dataclass(frozen=True)
class Voices:
    """How the discontent of a period was heard. `hidden`: grumbles, and complaints of those who were about
    to give up instead; `explicit`: the other complaints; `abandoned`: who wished for a person and left."""

    hidden: int
    explicit: int
    abandoned: int

    @property
    def all(self) -> int:
        return self.hidden + self.explicit


def gone_quiet(now: Voices, before: Voices) -> bool:
    """Whether fewer complaints are no good news: a fifth fewer, while a greater share left without a person.
    Then the ways in are to be looked at."""
    fewer = before.all > 0 and now.all <= before.all * 0.8
    left, had_left = now.abandoned / max(now.all, 1), before.abandoned / max(before.all, 1)
    return fewer and left > had_left


# ---- Tiers


def corrections(steps: Iterable[tuple[int, int]]) -> tuple[int, int, int]:
    """How often a person set the tier higher, lower, and to 3 where no rule had: from, to of each."""
    moved = list(steps)
    up = sum(after > before for before, after in moved)
    down = sum(after < before for before, after in moved)
    return up, down, sum(after == 3 > before for before, after in moved)


# ---- Periods


@dataclass(frozen=True)
class Period:
    """Whole local days, `first` to `last`, both counted. Raises ValueError: backwards, too long, too far."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not timedelta(0) <= self.last - self.first < LONGEST_PERIOD:
            raise ValueError("a period is one to 366 days")
        if not YEARS[0] <= self.first.year <= self.last.year <= YEARS[1]:
            raise ValueError("a period of another age")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """The first moment, UTC."""
        return _midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it, UTC."""
        return _midnight(self.last + DAY)

    def before(self) -> Period:
        """As many days just before."""
        return Period(self.first - self.days * DAY, self.first - DAY)

    def buckets(self) -> list[Period]:
        """Its days when there are few, else its weeks from Monday, else its months; the ends may be cut."""
        starts = [self.first, *(day for day in self._each() if day > self.first and self._opens(day))]
        ends = [day - DAY for day in (*starts[1:], self.last + DAY)]
        return [Period(first, last) for first, last in zip(starts, ends, strict=True)]

    @property
    def grain(self) -> str:
        if self.days <= DAILY_UP_TO:
            return DAILY
        return WEEKLY if self.days <= WEEKLY_UP_TO else MONTHLY

    def _opens(self, day: date) -> bool:
        return {DAILY: True, WEEKLY: day.weekday() == 0, MONTHLY: day.day == 1}[self.grain]

    def _each(self) -> list[date]:
        return [self.first + number * DAY for number in range(self.days)]


def today(now: datetime) -> date:
    """The local day."""
    return now.astimezone(ZONE).date()


def of_week(name: str) -> Period:
    """A week by its ISO name, like 2026-W47. Raises ValueError for one that is not."""
    found = _WEEK.fullmatch(name)
    if found is None:
        raise ValueError("a week looks like 2026-W47")
    monday = date.fromisocalendar(int(found["year"]), int(found["week"]), 1)
    return Period(monday, monday + 6 * DAY)


def week_of(day: date) -> str:
    """The ISO name of the week that holds the day."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZONE).astimezone(timezone.utc)
