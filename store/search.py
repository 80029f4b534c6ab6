"""Finding complaints: by what stands in their row, by whom they belong to, and by words in what is known.

The newest come first, page by page, each page beginning where the one before ended (never by counting from
the front), so that the last page costs what the first does.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, literal_column, or_, select, tuple_

from core.complaint import DRAFT
from core.seeking import NUMBER, PHONE, REFERENCE, TAIL, WORDS, Sought
from store import schema as t
from store.sight import visible

LOOKED_THROUGH = 10_000
"""Complaints that one search looks through; the next page goes on where it stopped. To read the words of
1,000,000 takes many seconds, and no index finds a word inside a sentence."""
FIRST_STEP = 100


ANYTHING = Sought("", "")


@dataclass(frozen=True)
class Wanted:
    """What to look for; what is empty narrows nothing. `since` and `until`: when the first word was said."""

    sought: Sought = ANYTHING
    state: str = ""
    tier: int = 0
    owner: int = 0
    department: str = ""
    category: str = ""
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Place:
    """Where a page ends: the next one begins behind it."""

    opened_at: datetime
    id: int


@dataclass(frozen=True)
class Page:
    """One page. `on`: where the next begins, None behind the last. `whole`: everything up to there was
    looked at, else the search stopped after LOOKED_THROUGH complaints."""

    ids: Sequence[int]
    on: Place | None
    whole: bool


def find(conn: Connection, wanted: Wanted, person: Row[Any], behind: Place | None, most: int) -> Page:
    """The complaints that this person (a row of users) may see, the newest first, at most `most`.

    What stands in the row is asked for by index; whether the person may see one, and whether the words stand
    in it, is then asked of those few, step by step, until the page is full."""
    found: list[Place] = []
    looked, step, at = 0, FIRST_STEP, behind
    while looked < LOOKED_THROUGH:
        rows = _next(conn, wanted, at, min(step, LOOKED_THROUGH - looked))
        fit = _fitting(conn, wanted, person, [row.id for row in rows])
        found += [Place(row.opened_at, row.id) for row in rows if row.id in fit]
        if len(found) > most:
            return Page([place.id for place in found[:most]], found[most - 1], whole=True)
        if len(rows) < min(step, LOOKED_THROUGH - looked):
            return Page([place.id for place in found], None, whole=True)
        looked, step, at = looked + len(rows), step * 2, Place(rows[-1].opened_at, rows[-1].id)
    return Page([place.id for place in found], at, whole=False)


def _next(conn: Connection, wanted: Wanted, behind: Place | None, most: int) -> Sequence[Any]:
    """The next so many whose row is as wanted, whoever may see them."""
    c = t.complaints.c
    query = select(c.id, c.opened_at).where(*_narrowed(wanted))
    if behind is not None:
        query = query.where(tuple_(c.opened_at, c.id) < tuple_(behind.opened_at, behind.id))
    if wanted.sought.kind == NUMBER:
        query = query.where(c.number == wanted.sought.value)
    elif wanted.sought.kind not in ("", WORDS):
        query = query.where(c.id.in_(_belonging(wanted.sought)))
    return conn.execute(query.order_by(c.opened_at.desc(), c.id.desc()).limit(most)).all()


def _fitting(conn: Connection, wanted: Wanted, person: Row[Any], ids: Sequence[int]) -> set[int]:
    """Those among them that the person may see, and that hold the words."""
    c = t.complaints.c
    query = select(c.id).where(c.id.in_(ids), visible(person), _begun())
    if wanted.sought.kind == WORDS:
        held = func.instr(literal_column("facts.value"), _as_stored(wanted.sought.value)) > 0
        told = select(t.facts.c.id).where(
            t.facts.c.complaint_id == c.id, t.facts.c.replaced_by.is_(None), held
        )
        query = query.where(told.exists())
    return set(conn.execute(query).scalars())


def _as_stored(words: str) -> str:
    """How the words stand in the JSON of a fact."""
    return json.dumps(words)[1:-1]


def _begun() -> ColumnElement[bool]:
    """Not a draft without a word: that is no complaint yet."""
    c = t.complaints.c
    spoken = select(t.messages.c.id).where(
        t.messages.c.complaint_id == c.id, t.messages.c.author == "customer"
    )
    return or_(c.state != DRAFT, spoken.exists())


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    c = t.complaints.c
    same = {
        c.state: wanted.state,
        c.tier: wanted.tier,
        c.owner_id: wanted.owner,
        c.department: wanted.department,
        c.category: wanted.category,
        c.channel: wanted.channel,
    }
    where = [column == value for column, value in same.items() if value]
    if wanted.since is not None:
        where.append(c.opened_at >= wanted.since)
    if wanted.until is not None:
        where.append(c.opened_at < wanted.until)
    return where


def _belonging(sought: Sought) -> Select[Any]:
    """The complaints of a telephone or an order. The conditions stand as written in the indexes, which are
    found by nothing else."""
    facts = select(t.facts.c.complaint_id).where(t.facts.c.replaced_by.is_(None))
    if sought.kind == REFERENCE:
        stored: ColumnElement[Any] = literal_column("json_extract(facts.value, '$.value')")
        return facts.where(literal_column("facts.field = 'reference'"), stored == sought.value)
    said = facts.where(literal_column("facts.field = 'phone'"))
    known = select(t.identities.c.customer_id).where(literal_column("identities.kind = 'phone'"))
    if sought.kind == PHONE:
        said = said.where(literal_column("facts.value") == json.dumps(sought.value))
        known = known.where(t.identities.c.value == sought.value)
    elif sought.kind == TAIL:
        said = said.where(literal_column("substr(facts.value, -5, 4)") == sought.value)
        known = known.where(literal_column("substr(identities.value, -4)") == sought.value)
    else:
        raise ValueError(sought.kind)
    called = select(t.complaints.c.id).where(t.complaints.c.customer_id.in_(known))
    return said.union(called)  # type: ignore[return-value]
