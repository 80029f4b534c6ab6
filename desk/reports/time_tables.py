"""The figures of time as tables: promises, the way to a person, the clocks, and who spoke up when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.figures import DAILY, Kept, Period, Share, Spread, bands, spread, within
from core.promises import KINDS
from desk.reports.charts import COUNT, SHARE, SPAN, TEXT, Cell, Column, Table, Teller
from desk.reports.figures import Counted, Read, total
from store import figures as rows

TIERS = (1, 2, 3)
CLOCK_NAMES = {
    "accept": "reports.clock_accept",
    "callback": "reports.clock_callback",
    "plan": "reports.clock_plan",
    "resolve": "reports.clock_resolve",
}
FAST = (15, 30)
BANDS = (*FAST, 60, 300)
"""Seconds from the wish to the person's first word; the first two are the ones that are judged."""


def tables(read: Read, counted: Counted) -> list[Table]:
    """In the order of the page."""
    makers = (kept_by_time, kept_by_tier, kept_by_kind, human, clocks, voices)
    return [make(read, counted) for make in makers]


def table(read: Read, code: str, title: str, columns: Sequence[tuple[str, str, bool]], **more: Any) -> Table:
    named = tuple(Column(read.say.word(words), form, drawn) for words, form, drawn in columns)
    return Table(code, read.say.word(title), named, **more)


def kept_by_time(read: Read, counted: Counted) -> Table:
    say, lines = read.say, []
    for bucket in read.period.buckets():
        kept = sum((one.kept for one in counted.due if bucket.first <= one.day <= bucket.last), Kept())
        row = (say.count(kept.on_time), say.count(kept.late), say.count(kept.broken), say.share(kept.share))
        lines.append((_bucket(read, bucket), *row))
    columns = (
        ("reports.day", TEXT, False),
        ("reports.on_time", COUNT, False),
        ("reports.late", COUNT, False),
        ("reports.broken", COUNT, False),
        ("reports.rate", SHARE, True),
    )
    return table(read, "kept_by_time", "reports.kept_by_time", columns, rows=tuple(lines), chart="trend")


def _bucket(read: Read, bucket: Period) -> Cell:
    if read.period.grain == DAILY:
        return Cell(f"{bucket.first:%m-%d}")
    return Cell(f"{bucket.first:%m-%d}–{bucket.last:%m-%d}")


def kept_by_tier(read: Read, counted: Counted) -> Table:
    """The gravest first. A tier without any promise has a line, too: that there is none is news."""
    say, lines = read.say, []
    for tier in reversed(TIERS):
        kept = sum((one.kept for one in counted.due if one.tier == tier), Kept())
        row = (
            say.count(kept.on_time, read.link("kept", tier=tier)),
            say.count(kept.due - kept.on_time, read.link("promises", tier=tier)),
            say.count(counted.running.get(tier, 0), read.link("running", tier=tier)),
            say.share(kept.share),
        )
        lines.append((say.name(say.label("tiers", tier)), *row))
    columns = (
        ("queue.column_tier", TEXT, False),
        ("reports.on_time", COUNT, True),
        ("reports.missed", COUNT, True),
        ("reports.running", COUNT, True),
        ("reports.rate", SHARE, False),
    )
    about = {"rows": tuple(lines), "chart": "columns", "note": say.word("reports.tier_note")}
    return table(read, "kept_by_tier", "reports.kept_by_tier", columns, **about)


def kept_by_kind(read: Read, counted: Counted) -> Table:
    say, lines = read.say, []
    for kind in KINDS:
        kept = sum((one.kept for one in counted.due if one.kind == kind), Kept())
        if kept.due:
            link = read.link("promises", code=kind)
            not_kept = (say.count(kept.late, link), say.count(kept.broken, link))
            row = (say.count(kept.on_time), *not_kept, say.share(kept.share))
            lines.append((say.name(say.label("promise_kinds", kind)), *row))
    columns = (
        ("reports.promise", TEXT, False),
        ("reports.on_time", COUNT, False),
        ("reports.late", COUNT, False),
        ("reports.broken", COUNT, False),
        ("reports.rate", SHARE, True),
    )
    about = {"rows": tuple(lines), "chart": "shares", "note": say.word("reports.kept_note")}
    return table(read, "kept_by_kind", "reports.kept_by_kind", columns, **about)


def human(read: Read, counted: Counted) -> Table:
    """Over all who asked for a person, also those who gave up."""
    say, waits = read.say, counted.wished
    many, whole = bands(waits, BANDS), sum(wait.count for wait in waits)
    names = (
        *(say.word("reports.up_to", length=say.length(limit)) for limit in BANDS),
        say.word("reports.longer"),
        say.word("reports.still_waiting"),
        say.word("reports.in_vain"),
    )
    link = read.link("wishes")
    lines = [
        (say.name(name), say.count(n, link), say.share(Share(n, whole)))
        for name, n in zip(names, many, strict=True)
    ]
    told, (fifteen, thirty) = spread(waits), (within(waits, limit) for limit in FAST)
    note = say.word(
        "reports.human_note",
        p50=say.half(told).text,
        p90=say.most(told).text,
        fifteen=say.share(fifteen).text,
        thirty=say.share(thirty).text,
    )
    columns = (
        ("reports.waited", TEXT, False),
        ("reports.people", COUNT, True),
        ("reports.share", SHARE, False),
    )
    return table(read, "human", "reports.human", columns, rows=tuple(lines), chart="bars", note=note)


def clocks(read: Read, counted: Counted) -> Table:
    say, lines = read.say, []
    for kind in rows.CLOCKS:
        for tier in TIERS:
            told = spread(counted.clocks.get((kind, tier), []))
            if told.all:
                lines.append((_clock_name(say, kind, tier), *_clock(read, kind, tier, told)))
    columns = (
        ("reports.clock", TEXT, False),
        ("reports.complaints", COUNT, False),
        ("reports.p50", SPAN, True),
        ("reports.p90", SPAN, True),
        ("reports.not_yet", COUNT, False),
        ("reports.in_vain", COUNT, False),
    )
    about = {"rows": tuple(lines), "chart": "ranges", "note": say.word("reports.clocks_note")}
    return table(read, "clocks", "reports.clocks", columns, **about)


def _clock_name(say: Teller, kind: str, tier: int) -> Cell:
    return say.name(
        say.word("reports.of_tier", what=say.word(CLOCK_NAMES[kind]), tier=say.label("tiers", tier))
    )


def _clock(read: Read, kind: str, tier: int, told: Spread) -> tuple[Cell, ...]:
    say, link = read.say, read.link("clock", code=kind, tier=tier)
    quantiles = (say.half(told, link), say.most(told, link))
    return say.count(told.all, link), *quantiles, say.count(told.waiting, link), say.count(told.never, link)


def voices(read: Read, counted: Counted) -> Table:
    say, lines = read.say, []
    for bucket in read.period.buckets():
        days = (one for day, one in counted.voices.items() if bucket.first <= day <= bucket.last)
        told = total(days)
        row = (say.count(told.explicit), say.count(told.hidden), say.count(told.abandoned))
        lines.append((_bucket(read, bucket), *row))
    columns = (
        ("reports.day", TEXT, False),
        ("reports.explicit", COUNT, True),
        ("reports.silent", COUNT, True),
        ("reports.left", COUNT, False),
    )
    about = {"rows": tuple(lines), "chart": "columns", "note": say.word("reports.voices_note")}
    return table(read, "voices", "reports.voices", columns, **about)
