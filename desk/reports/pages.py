"""The supervisor's pages: the figures of a period, the list behind each number, and the weekly report."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import abort, current_app, redirect, render_template, request, url_for

from core.categories import OTHER
from core.figures import DAY, LONGEST_PERIOD, Period, of_week, today, week_of
from core.roles import EXPORT, REPORTS
from desk import door
from desk.door import allowed, blueprint, house, needs, user
from desk.queue import FIELDS, item, names, show
from desk.reports import reason_tables, time_tables
from desk.reports.charts import Headline, Table, Teller
from desk.reports.figures import Before, Counted, Read, headlines
from desk.reports.time_tables import CLOCK_NAMES
from desk.shown import marks
from store import figure_lists, overview
from store.db import Connection

SPANS = {7: "reports.last_week", 30: "reports.last_month", 90: "reports.last_quarter"}
USUAL = 30
COMPARED_UP_TO = 100
"""Days of a period that is set beside the one before: for a longer one it would take long and tell little."""
SHOWN = 200
LONGEST = 50
"""Lines of a list within the weekly report; the whole one is a click away."""
ECHARTS = "vendor/echarts.min.js"
"""Under the application's static folder; without it the tables stand alone."""
TICKS = (10, 60, 600, 3600, 6 * 3600, 86400, 4 * 86400, 15 * 86400)
"""Seconds at which the axis of waits is marked."""
LIST_TITLES = {
    "promises": "reports.list_promises",
    "kept": "reports.list_kept",
    "running": "reports.list_running",
    "clock": "reports.list_clock",
    "wishes": "reports.list_wishes",
    "left": "reports.list_left",
    "silent": "reports.list_silent",
    "explicit": "reports.list_explicit",
    "category": "reports.list_category",
    "cause": "reports.list_cause",
    "mood": "reports.list_mood",
    "channel": "reports.list_channel",
    "closed": "reports.list_closed",
    "again": "reports.list_again",
    "tiers": "reports.list_tiers",
    "calls": "reports.list_calls",
    "named": "reports.list_named",
    "low": "reports.list_low",
}
CODES = {
    "promises": "promise_kinds",
    "kept": "promise_kinds",
    "running": "promise_kinds",
    "left": "handoff_reasons",
    "silent": "kinds",
    "explicit": "kinds",
    "category": "states",
    "cause": "responsibility",
    "mood": "states",
    "channel": "states",
    "closed": "outcomes",
    "again": "states",
    "named": "states",
    "tiers": "tiers",
}
"""What the code of a list's lines is one of."""
ENDS = {"done": "reports.done", "waiting": "reports.still_waiting", "never": "reports.in_vain"}


@dataclass(frozen=True)
class Report:
    """All figures of one period, in words."""

    period: Period
    headlines: list[Headline]
    tables: list[Table]


def report(conn: Connection, period: Period, now: datetime) -> Report:
    read = reading(conn, period, now)
    counted = Counted.read(conn, period, now)
    compare = period.days <= COMPARED_UP_TO
    before = Before.read(conn, period.before(), now) if compare else None
    tables = [*time_tables.tables(read, counted), *reason_tables.tables(read, counted)]
    return Report(period, headlines(read, counted, before), tables)


def reading(conn: Connection, period: Period, now: datetime) -> Read:
    return Read(conn, period, now, Teller(door.content()), _linked(period), show().category)


def _linked(period: Period) -> Any:
    """Addresses of the lists of this period."""
    span: dict[str, Any] = {"first": period.first.isoformat(), "last": period.last.isoformat()}

    def link(what: str, number: str = "", **narrowed: Any) -> str:
        if what == "complaint":
            return url_for("desk.complaint", number=number)
        given = {name: value for name, value in narrowed.items() if value}
        return url_for("desk.report_list", what=what, **given, **span)

    return link


# ---- The page


@blueprint.get("/reports")
@needs(REPORTS)
def reports() -> Any:
    now = door.now()
    period, problem = asked(now)
    with house().db.reading() as conn:
        told = report(conn, period, now)
    about = {**_choices(period, now), **_drawn(told), "problem": problem}
    return render_template("desk/reports.html", **about), 422 if problem else 200


def _drawn(told: Report) -> dict[str, Any]:
    """What the templates draw a report with."""
    say = Teller(door.content())
    there = (Path(current_app.static_folder or "") / ECHARTS).is_file()
    ticks = json.dumps([[seconds, say.length(seconds)] for seconds in TICKS], ensure_ascii=False)
    return {"told": told, "echarts": ECHARTS if there else "", "ticks": ticks, "can_export": allowed(EXPORT)}


def asked(now: datetime) -> tuple[Period, bool]:
    """The period of the address, the usual one when there is none, and whether the one given was wrong."""
    first, last = (request.args.get(name, "") for name in ("first", "last"))
    try:
        return Period(date.fromisoformat(first), date.fromisoformat(last)), False
    except ValueError:
        return latest(USUAL, now), bool(first or last)


def latest(days: int, now: datetime) -> Period:
    """So many days, today the last."""
    return Period(today(now) - (days - 1) * DAY, today(now))


def _choices(period: Period, now: datetime) -> dict[str, Any]:
    spans = [(words, latest(days, now)) for days, words in SPANS.items()]
    longest = str(LONGEST_PERIOD.days)
    week = week_of(today(now) - 7 * DAY)
    return {"period": period, "spans": spans, "longest": longest, "week": week}


# ---- Lists


@dataclass(frozen=True)
class Entry:
    """A line of a list: the complaint as on the first page, when, how, and how long."""

    item: Any
    at: str
    how: str
    length: str


@blueprint.get("/reports/list")
@needs(REPORTS)
def report_list() -> Any:
    """The complaints behind one number."""
    now, what = door.now(), request.args.get("what", "")
    if what not in figure_lists.LISTS:
        abort(404)
    period, problem = asked(now)
    if problem:
        abort(404)
    with house().db.reading() as conn:
        total, entries = listed(conn, what, _wanted(period, now))
    title = _narrowed(what, LIST_TITLES[what])
    about = {"title": title, "total": total, "entries": entries, "most": SHOWN, "period": period}
    return render_template("desk/report_list.html", **about, show=show())


def _narrowed(what: str, title: str) -> str:
    """The list's title, with what it was narrowed to."""
    say, given = Teller(door.content()), request.args
    code, tier, text = given.get("code", ""), given.get("tier", ""), given.get("text", "")
    named = {
        "promises": lambda: say.label("promise_kinds", code),
        "clock": lambda: say.word(CLOCK_NAMES[code]) if code in CLOCK_NAMES else "",
        "category": lambda: show().category(code),
        "cause": lambda: say.content.work.causes.get(code, ""),
        "mood": lambda: say.label("moods", code),
        "channel": lambda: say.label("channels", code),
        "wishes": lambda: say.label("channels", code),
    }
    narrower = [
        named[what]() if code and what in named else "",
        say.label("tiers", tier) if tier in ("1", "2", "3") else "",
        marks(text),
    ]
    return say.word("desk.joiner").join(filter(None, [say.word(title), *narrower]))


def _wanted(period: Period, now: datetime) -> figure_lists.Wanted:
    given = request.args
    tier = int(given["tier"]) if given.get("tier") in ("1", "2", "3") else 0
    code, text = given.get("code", "")[:60], given.get("text", "")[:200]
    return figure_lists.Wanted(*_of(period, now), code, tier, text)


def _of(period: Period, now: datetime) -> tuple[datetime, datetime, datetime, Any, timedelta]:
    return period.start, period.end, now, user(), door.content().clusters.named.within


def listed(
    conn: Connection, what: str, wanted: figure_lists.Wanted, most: int = SHOWN
) -> tuple[int, list[Entry]]:
    """How many there are, and the first of them as they are shown."""
    words, people, say = show(), names(conn), Teller(door.content())
    total, found = figure_lists.entries(conn, what, wanted, most)
    of = overview.lines(conn, [one.complaint for one in found], FIELDS)
    return total, [
        Entry(
            item(of[one.complaint], words, people, user().id, frozenset()),
            say.when(one.at).text,
            _how(say, what, one.code),
            say.length(one.seconds) if one.seconds is not None else "",
        )
        for one in found
    ]


def _how(say: Teller, what: str, code: str | None) -> str:
    if code in ENDS and what in ("clock", "wishes"):
        return say.word(ENDS[code])
    return say.label(CODES[what], code) if what in CODES else str(code or "")


# ---- The week


@dataclass(frozen=True)
class Weekly:
    """The report of one week: its figures, the promises not kept, and what fits no category."""

    week: str
    told: Report
    missed_all: int
    missed: list[Entry]
    others_all: int
    others: list[Entry]


def weekly(conn: Connection, week: str, now: datetime) -> Weekly:
    """Raises ValueError for a week that is none."""
    period = of_week(week)
    wanted = figure_lists.Wanted(*_of(period, now))
    other = replace(wanted, code=OTHER)
    missed, others = listed(conn, "promises", wanted, LONGEST), listed(conn, "category", other, LONGEST)
    return Weekly(week, report(conn, period, now), *missed, *others)


@blueprint.get("/reports/week")
@needs(REPORTS)
def this_week() -> Any:
    """The last whole week."""
    return redirect(url_for("desk.week", week=week_of(today(door.now()) - timedelta(days=7))), 303)


@blueprint.get("/reports/week/<week>")
@needs(REPORTS)
def week(week: str) -> Any:
    now = door.now()
    try:
        period = of_week(week)
    except ValueError:
        abort(404)
    with house().db.reading() as conn:
        told = weekly(conn, week, now)
    later = week_of(period.last + DAY) if period.end <= now else ""
    around = {"previous": week_of(period.first - DAY), "later": later, "period": period, "weekly": told}
    return render_template("desk/report_week.html", **around, **_drawn(told.told), show=show())
