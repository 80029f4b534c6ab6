"""Promises: absolute times in staffed hours, what watches them, and how a due time is said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

from core.content import ContentError, known_keys, list_at, mapping_at, text_at, texts_at, whole_at
from core.due import ZONE, check_words

CALENDARS = ("office", "duty", "always")
FALLS_BACK_TO = {"always": "duty", "duty": "office"}
CALENDAR_OF_TIER = {1: "office", 2: "duty", 3: "always"}
KINDS = ("accept", "callback", "callback_after_wish", "plan", "progress", "resolve", "final", "follow_up")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
STAGES = ("fine", "warn", "notify", "missed", "escalate")
_AMOUNT = re.compile(r"(?P<count>[1-9][0-9]*)(?P<unit>min|h|wh|wd|d)")
_SPAN = re.compile(r"(?P<from>[0-2][0-9]:[0-5][0-9])-(?P<to>[0-2][0-9]:[0-5][0-9])")
_LONGEST_SEARCH = 400  # days looked ahead for a staffed hour
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)

Span = tuple[int, int]  # minutes of the local day, [from, to)


@dataclass(frozen=True)
class Week:
    """One weekly calendar: the spans of each weekday (Monday first), of public holidays, and of make-up
    workdays; `day` is what one working day counts, in minutes."""

    days: tuple[tuple[Span, ...], ...]
    on_holidays: tuple[Span, ...]
    on_workdays: tuple[Span, ...]
    day: int


ALWAYS = Week((((0, 1440),),) * 7, ((0, 1440),), ((0, 1440),), 1440)


@dataclass(frozen=True)
class Hours:
    """When people work. `staffed`: the calendars with a roster; `years`: those whose holidays are known;
    `on_call`: logins of those whose phone rings at any hour for a grave complaint."""

    weeks: Mapping[str, Week]
    holidays: frozenset[date]
    workdays: frozenset[date]
    staffed: frozenset[str]
    years: frozenset[int]
    on_call: frozenset[str] = frozenset()

    @classmethod
    def from_mapping(
        cls,
        value: object,
        holidays: Collection[date] = (),
        workdays: Collection[date] = (),
        where: str = "hours.yml",
    ) -> Hours:
        """From content/hours.yml; `holidays` and `workdays` (weekend days worked in exchange) come from a
        kept library. The file's own `years` override both for a day. A year is known when the file names
        it or the injected days hold a make-up workday of it: forecasts never do. Raises ContentError."""
        given = mapping_at(value, where)
        known_keys(given, ("office", "duty", "staffed", "on_call", "years"), where)
        weeks = {name: _week(given.get(name), f"{where}.{name}") for name in ("office", "duty")}
        staffed = frozenset(texts_at(given.get("staffed"), f"{where}.staffed"))
        if not staffed or not staffed <= set(CALENDARS):
            raise ContentError(f"{where}.staffed", f"name at least one of {', '.join(CALENDARS)}")
        off, on, years = _own_days(given.get("years", {}), f"{where}.years")
        return cls(
            {**weeks, "always": ALWAYS},
            (frozenset(holidays) - on) | off,
            (frozenset(workdays) - off) | on,
            staffed,
            years | frozenset(day.year for day in workdays),
            frozenset(texts_at(given.get("on_call", []), f"{where}.on_call")),
        )

    def calendar(self, wanted: str) -> str:
        """The calendar, or the next one with a roster: always, duty, office. Raises ContentError for none."""
        name: str | None = wanted
        while name is not None:
            if name in self.staffed:
                return name
            name = FALLS_BACK_TO.get(name)
        return next(name for name in ("office", "duty", "always") if name in self.staffed)

    def spans(self, day: date, calendar: str) -> tuple[Span, ...]:
        """The staffed minutes of a local day."""
        week = self.weeks[calendar]
        if day in self.workdays:
            return week.on_workdays
        return week.on_holidays if day in self.holidays else week.days[day.weekday()]

    def staffed_at(self, at: datetime, calendar: str) -> bool:
        """True while the calendar is staffed; a span's closing minute still counts."""
        local = at.astimezone(ZONE)
        minute = local.hour * 60 + local.minute + local.second / 60
        return any(start <= minute <= end for start, end in self.spans(local.date(), calendar))

    def between(self, start: datetime, end: datetime, calendar: str) -> timedelta:
        """The staffed time from `start` to `end`, zero when `end` is not later."""
        total = timedelta(0)
        for opens, closes in self._windows(start, calendar):
            if opens >= end:
                break
            total += min(closes, end) - opens
        return total

    def add(self, start: datetime, amount: timedelta, calendar: str) -> datetime:
        """The moment when `amount` of staffed time has passed since `start`, UTC. Raises ContentError when
        the calendar has no staffed hour for more than a year."""
        if not amount:
            return start
        left, last = amount, None
        for opens, closes in self._windows(start, calendar):
            if left <= closes - opens:
                return opens + left
            left, last = left - (closes - opens), closes
        raise ContentError(f"hours.yml.{calendar}", f"no staffed hours are left after {last or start}")

    def opens(self, now: datetime, calendar: str) -> datetime:
        """The first staffed moment from `now` on: `now` itself within staffed hours. Raises ContentError as
        `add`."""
        for opens, _ in self._windows(now, calendar):
            return opens
        raise ContentError(f"hours.yml.{calendar}", f"no staffed hours are left after {now}")

    def provisional(self, start: datetime, end: datetime) -> bool:
        """True when a year on the way has no published holidays yet."""
        first, last = start.astimezone(ZONE).year, end.astimezone(ZONE).year
        return any(year not in self.years for year in range(first, last + 1))

    def _windows(self, start: datetime, calendar: str) -> Iterable[tuple[datetime, datetime]]:
        first = start.astimezone(ZONE).date()
        for ahead in range(_LONGEST_SEARCH):
            day = first + timedelta(days=ahead)
            midnight = datetime.combine(day, time(), ZONE).astimezone(timezone.utc)
            for opens, closes in self.spans(day, calendar):
                left, right = midnight + opens * MINUTE, midnight + closes * MINUTE
                if right > start:
                    yield max(left, start.astimezone(timezone.utc)), right


def _week(value: object, where: str) -> Week:
    given = mapping_at(value, where)
    known_keys(given, (*DAYS, "on_holidays", "on_workdays"), where)
    days = tuple(_spans(given.get(name), f"{where}.{name}") for name in DAYS)
    lengths = [sum(end - start for start, end in spans) for spans in days]
    if not any(lengths):
        raise ContentError(where, "no day of the week has hours; leave the calendar out of `staffed` instead")
    # The usual day: the commonest length of a day with hours, the longer one if two are as common.
    usual = max((length for length in lengths if length), key=lambda length: (lengths.count(length), length))
    return Week(
        days,
        _spans(given.get("on_holidays"), f"{where}.on_holidays"),
        _spans(given.get("on_workdays"), f"{where}.on_workdays"),
        usual,
    )


def _spans(value: object, where: str) -> tuple[Span, ...]:
    made: list[Span] = []
    for text in texts_at(value, where):
        match = _SPAN.fullmatch(text)
        if not match:
            raise ContentError(where, f'{text!r} is no span of hours; write "09:00-18:00"')
        start, end = _minutes(match["from"]), _minutes(match["to"])
        if not start < end <= 1440 or (made and start < made[-1][1]):
            raise ContentError(where, f"{text!r} ends before it starts, or before an earlier span ends")
        made.append((start, end))
    return tuple(made)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _own_days(value: object, where: str) -> tuple[frozenset[date], frozenset[date], frozenset[int]]:
    off: set[date] = set()
    on: set[date] = set()
    years: set[int] = set()
    for year, item in mapping_at(value, where).items():
        given = mapping_at(item, f"{where}.{year}")
        known_keys(given, ("holidays", "workdays", "published"), f"{where}.{year}")
        if given.get("published", True):
            years.add(
                whole_at(int(year) if year.isdigit() else year, f"{where}.{year}", least=2000, most=2200)
            )
        off |= _dates(given.get("holidays"), f"{where}.{year}.holidays")
        on |= _dates(given.get("workdays"), f"{where}.{year}.workdays")
    return frozenset(off - on), frozenset(on), frozenset(years)


def _dates(value: object, where: str) -> set[date]:
    made = set()
    for item in list_at(value, where):
        try:
            made.add(item if isinstance(item, date) else date.fromisoformat(text_at(item, where)))
        except ValueError as broken:
            raise ContentError(where, f"{item!r} is no date; write 2026-10-01 ({broken})") from None
    return made


def read_amount(amount: str, where: str = "promises.yml") -> tuple[int, str]:
    """("4wh") -> (4, "wh"). Units: min, h and wh (staffed minutes and hours), wd (full days of working
    minutes), d (calendar days). Raises ContentError."""
    match = _AMOUNT.fullmatch(amount)
    if not match:
        raise ContentError(where, f"{amount!r} is no length of time; write 30min, 4wh, 2wd or 15d")
    return int(match["count"]), match["unit"]


def add_working(start: datetime, amount: str, calendar: str, hours: Hours) -> datetime:
    """`start` plus staffed time, UTC, not rounded. The calendar falls back when nobody staffs it. "15d" are
    calendar days, moved back to the last staffed moment on or before them."""
    count, unit = read_amount(amount)
    calendar = hours.calendar(calendar)
    if unit == "d":
        return _staffed_on_or_before(start, start + count * DAY, calendar, hours)
    minutes = {"min": 1, "h": 60, "wh": 60, "wd": hours.weeks[calendar].day}[unit]
    return hours.add(start, count * minutes * MINUTE, calendar)


def _staffed_on_or_before(start: datetime, at: datetime, calendar: str, hours: Hours) -> datetime:
    latest = None
    for opens, closes in hours._windows(start, calendar):
        if opens >= at:
            break
        latest = min(closes, at)
    return latest.astimezone(timezone.utc) if latest else hours.add(start, MINUTE, calendar)


def round_down(start: datetime, due: datetime, window: timedelta) -> datetime:
    """Down to the half hour, windows under two hours to five minutes: what is said is never later than what
    was meant. When that would take more than half of the time left, down to the minute only; never before
    or at `start`."""
    step = timedelta(minutes=30 if window >= timedelta(hours=2) else 5)
    for size in (step, timedelta(minutes=5), MINUTE):
        rounded = _floor(due, size)
        if rounded - start >= (due - start) / 2 and rounded > start:
            return rounded
    return due


def _floor(at: datetime, size: timedelta) -> datetime:
    local = at.astimezone(ZONE)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + (local - midnight) // size * size).astimezone(timezone.utc)


@dataclass(frozen=True)
class Warnings:
    """Shares of the window, in per cent: owner warned, customer told, service head told."""

    warn: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: {1: (80,), 2: (80,), 3: (50, 80)})
    notify: int = 90
    escalate: int = 150


@dataclass(frozen=True)
class Table:
    """content/promises.yml: the window of each kind and tier, the warnings, and how times are said."""

    windows: Mapping[str, Mapping[int, str]]
    warnings: Warnings
    say: Mapping[str, str]

    @classmethod
    def from_mapping(cls, value: object, where: str = "promises.yml") -> Table:
        """Raises ContentError: an unknown or missing kind, a tier without a window, a missing word."""
        given = mapping_at(value, where)
        known_keys(given, ("promises", "warnings", "say"), where)
        rows = mapping_at(given.get("promises"), f"{where}.promises")
        windows = {kind: _windows_of(row, f"{where}.promises.{kind}") for kind, row in rows.items()}
        for kind in KINDS:
            if kind not in windows:
                raise ContentError(f"{where}.promises", f"{kind!r} is missing")
        say = {
            name: text_at(text, f"{where}.say.{name}")
            for name, text in mapping_at(given.get("say"), f"{where}.say").items()
        }
        check_words(say, f"{where}.say")
        return cls(windows, _warnings(given.get("warnings", {}), f"{where}.warnings"), say)


def _windows_of(value: object, where: str) -> dict[int, str]:
    given = mapping_at(value, where)
    known_keys(given, ("1", "2", "3"), where)
    row = {tier: text_at(given.get(str(tier)), f"{where}.{tier}") for tier in (1, 2, 3)}
    for tier, amount in row.items():
        read_amount(amount, f"{where}.{tier}")
    return row


def _warnings(value: object, where: str) -> Warnings:
    given = mapping_at(value, where)
    known_keys(given, ("warn", "notify", "escalate"), where)
    usual = Warnings()
    warn = {
        int(tier): tuple(
            whole_at(share, f"{where}.warn", least=1, most=99) for share in list_at(shares, f"{where}.warn")
        )
        for tier, shares in mapping_at(given.get("warn", usual.warn), f"{where}.warn").items()
    }
    return Warnings(
        {**usual.warn, **warn},
        whole_at(given.get("notify", usual.notify), f"{where}.notify", least=1, most=99),
        whole_at(given.get("escalate", usual.escalate), f"{where}.escalate", least=101),
    )


@dataclass(frozen=True)
class Promise:
    """One promise as it is stored: `made_at` and `due_at` aware UTC, `calendar` the one it was counted in,
    `window` its length as in the table; `provisional` when holidays on the way are not yet published."""

    kind: str
    tier: int
    made_at: datetime
    due_at: datetime
    calendar: str
    window: str
    provisional: bool = False


def promise(kind: str, tier: int, made_at: datetime, hours: Hours, table: Table) -> Promise:
    """The promise of this kind and tier made now: always later than `made_at`, only in staffed hours,
    rounded down. Raises ContentError for an unknown kind."""
    if kind not in table.windows or tier not in CALENDAR_OF_TIER:
        raise ContentError("promises.yml", f"no promise {kind!r} in tier {tier!r}")
    window = table.windows[kind][tier]
    calendar = hours.calendar(CALENDAR_OF_TIER[tier])
    exact = add_working(made_at, window, calendar, hours)
    opened = next(iter(hours._windows(made_at, calendar)))[0]
    due = round_down(opened, exact, hours.between(made_at, exact, calendar))
    if not hours.staffed_at(due, calendar) or due <= made_at:
        due = exact
    return Promise(kind, tier, made_at, due, calendar, window, hours.provisional(made_at, due))


def warning_times(
    made_at: datetime,
    due_at: datetime,
    tier: int,
    warnings: Warnings | None = None,
    hours: Hours | None = None,
    calendar: str = "always",
) -> tuple[datetime, ...]:
    """When the owner is warned: 80 % of the way, in tier 3 also 50 %. With `hours`, of the staffed way, so
    that nobody is warned at night of what is due in the morning."""
    shares = (warnings or Warnings()).warn[tier]
    return tuple(_share(made_at, due_at, share, hours, calendar) for share in shares)


def notify_at(
    made_at: datetime,
    due_at: datetime,
    warnings: Warnings | None = None,
    hours: Hours | None = None,
    calendar: str = "always",
) -> datetime:
    """When the customer is told that it will be late: 90 % of the way."""
    return _share(made_at, due_at, (warnings or Warnings()).notify, hours, calendar)


def escalate_at(
    made_at: datetime,
    due_at: datetime,
    warnings: Warnings | None = None,
    hours: Hours | None = None,
    calendar: str = "always",
) -> datetime:
    """When the head of service is told: 150 % of the way."""
    return _share(made_at, due_at, (warnings or Warnings()).escalate, hours, calendar)


def _share(start: datetime, end: datetime, percent: int, hours: Hours | None, calendar: str) -> datetime:
    if hours is None:
        return start + (end - start) * percent / 100
    return hours.add(start, hours.between(start, end, calendar) * percent / 100, calendar)


def stage(made: Promise, now: datetime, warnings: Warnings | None = None, hours: Hours | None = None) -> str:
    """fine, warn, notify, missed or escalate, for an open promise."""
    given = (made.made_at, made.due_at)
    if now >= escalate_at(*given, warnings, hours, made.calendar):
        return "escalate"
    if now >= made.due_at:
        return "missed"
    if now >= notify_at(*given, warnings, hours, made.calendar):
        return "notify"
    first = min(warning_times(*given, made.tier, warnings, hours, made.calendar))
    return "warn" if now >= first else "fine"
