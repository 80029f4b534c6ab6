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

MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9](?:[ -]?[0-9]){8}(?![0-9])")

WRITE, REOPEN, ANEW = "write", "reopen", "anew"
"""A line to whoever works on it; the same complaint once more; a new one that is linked to it."""


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
    return MOBILE.sub(lambda found: masked_phone(re.sub(r"[^0-9]", "", found[0])), words)


def masked_phone(phone: str) -> str:
    """The two ends of a telephone number; none of a short one."""
    digits = phone.removeprefix("+86")
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else ""
