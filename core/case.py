"""What a customer reads of a complaint, and may do with it, on a page of their own. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core import complaint

TOLD = ("callback", "plan", "progress")
"""Promises that customers are told of; the others are among ourselves."""
AHEAD, LATE, KEPT, KEPT_LATE = "ahead", "late", "kept", "kept_late"

GAP = r"[ \t\u00a0\u2000-\u200b\u2010-\u2015\u3000-]{0,3}"
MOBILE = re.compile(rf"(?<![0-9])(?:(?:\+|00)?86{GAP})?1{GAP}[3-9](?:{GAP}[0-9]){{9}}(?![0-9])")
NARROW = {0xFF10 + digit: str(digit) for digit in range(10)} | {0xFF0B: "+", 0xFF0D: "-"}
"""Full-width digits and signs as MOBILE reads them, one for one."""

LINK, NUMBER = "link", "number"
"""How somebody proved that the complaint is theirs. A number and four digits are known to more people than a
link that was sent, so they open less, and what is said on them changes less."""

SOURCES = {"case:link:": "page_link", "case:number:": "page_number", "case:": "page"}
"""How the key of a line from the page begins, and the name of its source; the last one for lines that do not
say how their writer came in."""

WRITE, REOPEN, ANEW = "write", "reopen", "anew"
"""A line to whoever works on it; the same complaint once more; a new one that is linked to it."""


def line_key(proof: str, complaint: int, digest: str) -> str:
    """The key of a line that was written on the page of this complaint."""
    return f"case:{proof}:{complaint}:{digest}"


def source_of(key: str | None) -> str:
    """Where a customer's line came from, when it was the page (SOURCES), else ""."""
    return next((name for begins, name in SOURCES.items() if (key or "").startswith(begins)), "")


class PromiseRow(Protocol):
    """A stored promise, as far as it is read here."""

    @property
    def kind(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def due_at(self) -> datetime: ...
    @property
    def kept_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Promised:
    """One promise on the page: what, by when, AHEAD, LATE, KEPT or KEPT_LATE, and when it was kept."""

    kind: str
    due_at: datetime
    mark: str
    kept_at: datetime | None = None


def promised(rows: Iterable[PromiseRow], now: datetime) -> tuple[Promised, ...]:
    """Of each kind that customers know: what is still owed, else the last one that was kept. A new time in
    the place of an old one does not hide that the old one was missed."""
    found: list[Promised] = []
    known = [row for row in rows if row.kind in TOLD]
    for kind in TOLD:
        mine = [row for row in known if row.kind == kind]
        owed = [row for row in mine if row.kept_at is None and row.state in ("open", "missed")]
        kept = [row for row in mine if row.kept_at is not None]
        shown = owed or sorted(kept, key=lambda row: row.kept_at or row.due_at)[-1:]
        found += [Promised(row.kind, row.due_at, mark(row, now), row.kept_at) for row in shown]
    return tuple(sorted(found, key=lambda one: one.due_at))


def mark(row: PromiseRow, now: datetime) -> str:
    """How a promise stands."""
    if row.kept_at is not None:
        return KEPT_LATE if row.kept_at > row.due_at else KEPT
    return LATE if row.state == "missed" or now >= row.due_at else AHEAD


def may(
    state: str, registered_at: datetime | None, closed_at: datetime | None, now: datetime, within: timedelta
) -> str:
    """What the customer's next words do. `within`: how long after its end a complaint goes on under its own
    number; one that was put away before it was registered has nothing to go on with."""
    if state not in (complaint.CLOSED, complaint.WITHDRAWN):
        return WRITE
    if registered_at is None or closed_at is None:
        return ANEW
    return REOPEN if now - closed_at <= within else ANEW


def masked_words(words: str) -> str:
    """The words with the middle of every mobile number left out: a page may be shown to somebody else."""
    parts, end = [], 0
    for found in MOBILE.finditer(words.translate(NARROW)):
        parts += [words[end : found.start()], masked_phone(re.sub(r"[^0-9]", "", found[0])[-11:])]
        end = found.end()
    return "".join([*parts, words[end:]])


def masked_phone(phone: str) -> str:
    """The two ends of a telephone number; none of a short one."""
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else ""
