"""The figures of a period (docs/reports.md): what all of them are made from, and the four on top."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from core.figures import Kept, Period, Share, Spread, Voices, Wait, gone_quiet, spread
from desk.reports.charts import Headline, Teller
from store import figures as rows
from store import outcomes
from store.db import Connection

STALE = timedelta(minutes=15)
"""The list of calls is compared every five minutes: after this, nobody has compared."""


@dataclass(frozen=True)
class Read:
    """What all figures of one period are made from. `link`: the address of a list, by its name and whatever
    narrows it."""

    conn: Connection
    period: Period
    now: datetime
    say: Teller
    link: Callable[..., str]
    category: Callable[[str], str]

    @property
    def span(self) -> tuple[datetime, datetime]:
        return self.period.start, self.period.end


@dataclass(frozen=True)
class Counted:
    """Counts that several figures share."""

    due: Sequence[rows.Due]
    running: Mapping[int, int]
    clocks: Mapping[tuple[str, int], list[Wait]]
    wishes: Mapping[str, list[Wait]]
    voices: Mapping[date, Voices]

    @classmethod
    def read(cls, conn: Connection, period: Period, now: datetime) -> Counted:
        span = (period.start, period.end)
        return cls(
            rows.promises_due(conn, *span, now),
            rows.promises_running(conn, period.end, now),
            rows.clock_waits(conn, *span, now),
            rows.human_waits(conn, *span, now),
            rows.voices(conn, *span),
        )

    @property
    def kept(self) -> Kept:
        return kept_of(self.due)

    def clock(self, kind: str) -> Spread:
        return spread([wait for (of, _), waits in self.clocks.items() if of == kind for wait in waits])

    @property
    def wished(self) -> list[Wait]:
        return [wait for waits in self.wishes.values() for wait in waits]

    @property
    def heard(self) -> Voices:
        return total(self.voices.values())


@dataclass(frozen=True)
class Before:
    """What is set beside the figures on top: the same of the period before."""

    kept: Kept
    taken: Spread
    heard: Voices

    @classmethod
    def read(cls, conn: Connection, period: Period, now: datetime) -> Before:
        span = (period.start, period.end)
        taken = rows.clock_waits(conn, *span, now, ("accept",))
        return cls(
            kept_of(rows.promises_due(conn, *span, now)),
            spread([wait for waits in taken.values() for wait in waits]),
            total(rows.voices(conn, *span).values()),
        )


def kept_of(due: Sequence[rows.Due]) -> Kept:
    return sum((one.kept for one in due), Kept())


def total(voices: Any) -> Voices:
    three = [(one.hidden, one.explicit, one.abandoned) for one in voices]
    return Voices(*(sum(column) for column in zip(*three, strict=True))) if three else Voices(0, 0, 0)


# ---- The four on top


def headlines(read: Read, counted: Counted, before: Before | None) -> list[Headline]:
    return [
        _kept(read, counted, before),
        _contacts(read),
        _owner(read, counted, before),
        _hidden(read, counted, before),
    ]


def _earlier(read: Read, told: str) -> str:
    return read.say.word("reports.before", figure=told)


def _kept(read: Read, counted: Counted, before: Before | None) -> Headline:
    say, kept = read.say, counted.kept
    link = read.link("promises")
    lines = (
        say.name(say.word("reports.kept_of", kept=f"{kept.on_time:,}", due=f"{kept.due:,}")),
        say.name(say.word("reports.kept_not", late=f"{kept.late:,}", broken=f"{kept.broken:,}"), link),
    )
    earlier = _earlier(read, say.share(before.kept.share).text) if before and before.kept.due else ""
    bad = bool(kept.broken or kept.late)
    return Headline("kept", say.word("reports.kept"), say.share(kept.share).text, lines, earlier, bad, link)


def _contacts(read: Read) -> Headline:
    """Only for the time that was compared: nobody knows of the rest."""
    say, told = read.say, outcomes.contacts(read.conn, *read.span)
    title, link = say.word("reports.contacts"), read.link("calls")
    if told.compared_at is None:
        return Headline("contacts", title, "—", (say.name(say.word("reports.contacts_never")),))
    until = say.when(told.compared_at).text
    stale = told.compared_at < min(read.now, read.period.end) - STALE
    lines = [say.name(say.word("reports.contacts_stale" if stale else "reports.contacts_until", at=until))]
    if told.found:
        lines.append(say.name(say.word("reports.contacts_found", n=str(told.found)), link))
    return Headline("contacts", title, "0", tuple(lines), "", stale, link)


def _owner(read: Read, counted: Counted, before: Before | None) -> Headline:
    say, taken = read.say, counted.clock("accept")
    link = read.link("clock", code="accept")
    lines = [say.name(say.word("reports.ninth", length=say.most(taken).text))]
    if taken.waiting:
        lines.append(say.name(say.word("reports.unowned", n=f"{taken.waiting:,}"), link))
    if taken.never:
        lines.append(say.name(say.word("reports.never_owned", n=f"{taken.never:,}"), link))
    earlier = _earlier(read, say.half(before.taken).text) if before else ""
    figure = say.half(taken).text
    return Headline("owner", say.word("reports.owner"), figure, tuple(lines), earlier, False, link)


def _hidden(read: Read, counted: Counted, before: Before | None) -> Headline:
    say, heard = read.say, counted.heard
    lines = [
        say.name(say.word("reports.hidden_of", n=f"{heard.hidden:,}"), read.link("silent")),
        say.name(say.word("reports.explicit_of", n=f"{heard.explicit:,}"), read.link("explicit")),
        say.name(say.word("reports.left_of", n=f"{heard.abandoned:,}"), read.link("left")),
    ]
    quiet = before is not None and gone_quiet(heard, before.heard)
    if quiet:
        lines.append(say.name(say.word("reports.gone_quiet")))
    earlier = _earlier(read, say.share(_ratio(before.heard)).text) if before and before.heard.explicit else ""
    figure = say.share(_ratio(heard)).text
    link = read.link("silent")
    return Headline("hidden", say.word("reports.hidden"), figure, tuple(lines), earlier, quiet, link)


def _ratio(heard: Voices) -> Share:
    """To the explicit ones, so that it may pass a hundred per cent."""
    return Share(heard.hidden, heard.explicit)
