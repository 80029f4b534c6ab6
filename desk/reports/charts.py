"""Tables of figures, from which the page, its charts, the exports and the weekly sheet are all made. A chart
is drawn in the browser from the table beside it, so the two cannot differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.figures import NEVER, WAITING, Bar, Reading, Share, Spread
from desk.shown import ZONE, marks

COUNT, SHARE, SPAN, TEXT, WHEN = "count", "share", "span", "text", "when"
UNITS = (("desk.days_short", 86400), ("desk.hours_short", 3600), ("desk.minutes_short", 60))


@dataclass(frozen=True)
class Cell:
    """`text` as it is read; `value` as it is computed with: a count, a share of 1, seconds, or an instant."""

    text: str
    value: int | float | datetime | None = None
    link: str = ""

    @property
    def number(self) -> int | float | None:
        """What a chart draws; None for what is no number."""
        return None if isinstance(self.value, datetime) else self.value


@dataclass(frozen=True)
class Column:
    """`form`: what its values are. `drawn`: the chart shows it."""

    title: str
    form: str = TEXT
    drawn: bool = False


@dataclass(frozen=True)
class Table:
    """One figure. `code` names it in addresses and files; `chart`: how charts.js draws it, "" for not at all;
    `note`: what to know when reading it."""

    code: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    chart: str = ""
    note: str = ""


@dataclass(frozen=True)
class Headline:
    """One of the four figures on top. `figure`: as large as it is read; `lines`: what belongs to it;
    `before`: the period before; `bad`: something is to be done."""

    code: str
    title: str
    figure: str
    lines: tuple[Cell, ...]
    before: str = ""
    bad: bool = False
    link: str = ""


@dataclass(frozen=True)
class Teller:
    """Says values in the words of `content`."""

    content: Any

    def word(self, path: str, **slots: str) -> str:
        return str(self.content.page(path, **slots))

    def label(self, kind: str, code: Any) -> str:
        return marks(self.content.label(kind, str(code))) if code not in (None, "") else ""

    def name(self, text: Any, link: str = "") -> Cell:
        return Cell(marks(text), None, link)

    def count(self, many: int, link: str = "") -> Cell:
        """None opens no list."""
        return Cell(f"{many:,}", many, link if many else "")

    def share(self, share: Share | Bar, link: str = "") -> Cell:
        value = share.share if isinstance(share, Bar) else share.value
        return Cell(percent(value), value, link)

    def length(self, seconds: int) -> str:
        """A length of time in its two largest units."""
        told: list[str] = []
        for unit, size in UNITS:
            if seconds >= size and len(told) < 2:
                told.append(self.word(unit, n=str(seconds // size)))
                seconds %= size
            elif told:
                break
        return "".join(told) or self.word("desk.seconds", n=str(seconds))

    def reading(self, reading: Reading | None, never: str, link: str = "") -> Cell:
        """`never`: what is said when so many waited in vain that there is no such time."""
        if reading is None:
            return Cell("—")
        if reading.end == NEVER:
            return Cell(self.word(never), None, link)
        length = self.length(reading.seconds)
        text = self.word("reports.at_least", length=length) if reading.end == WAITING else length
        return Cell(text, reading.seconds, link)

    def half(self, told: Spread, link: str = "") -> Cell:
        """The median."""
        return self.reading(told.p50, "reports.never_half", link)

    def most(self, told: Spread, link: str = "") -> Cell:
        """The ninth decile."""
        return self.reading(told.p90, "reports.never_tenth", link)

    def when(self, at: datetime | None) -> Cell:
        return Cell(f"{at.astimezone(ZONE):%Y-%m-%d %H:%M}", at) if at else Cell("—")


def percent(value: float | None) -> str:
    """Never rounded up to all or down to nothing."""
    if value is None:
        return "—"
    rounded = round(value * 100, 1)
    if rounded in (0.0, 100.0) and value not in (0.0, 1.0):
        return "99.9%" if rounded else "0.1%"
    return f"{rounded:g}%"
