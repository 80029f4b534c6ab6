"""Complaints as they are exported: content, process, result and satisfaction of each, with what is to be
changed. In the order of the first word, read in small portions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Table, and_, func, select

from core import events as names
from core.complaint import DRAFT
from store import figures as f
from store import schema as t
from store.figures import complaint
from store.sight import visible

AT_ONCE = 400
FIELDS = ("core_issue", "issues", "wanted", "story", "reference", "subject", "loss_claimed")


class Exported(NamedTuple):
    """One complaint: its row, current facts by field, moves (events), and its rows of each later step."""

    complaint: Row[Any]
    facts: dict[str, Any]
    moves: list[Row[Any]]
    findings: list[Row[Any]]
    remedies: list[Row[Any]]
    follow_ups: list[Row[Any]]
    actions: list[Row[Any]]


def _inside(start: datetime, end: datetime, viewer: Row[Any]) -> Any:
    return and_(f.during(complaint.opened_at, start, end), complaint.state != DRAFT, visible(viewer))


def many(conn: Connection, start: datetime, end: datetime, viewer: Row[Any]) -> int:
    """How many there are of the period that this person (a row of users) may see."""
    query = select(func.count()).select_from(t.complaints).where(_inside(start, end, viewer))
    return f.count(conn, query)


def exported(conn: Connection, start: datetime, end: datetime, viewer: Row[Any]) -> Iterator[Exported]:
    """Those complaints, the oldest first; grumbles are among them, drafts are not."""
    query = select(t.complaints).where(_inside(start, end, viewer))
    rows = conn.execute(query.order_by(complaint.opened_at, complaint.id)).all()
    for begin in range(0, len(rows), AT_ONCE):
        yield from _portion(conn, rows[begin : begin + AT_ONCE])


def _portion(conn: Connection, rows: Sequence[Row[Any]]) -> Iterator[Exported]:
    ids = [row.id for row in rows]
    facts = _by_complaint(conn, _facts(ids))
    moves = _by_complaint(conn, _of(t.events, ids).where(t.events.c.name == names.STATE_MOVED))
    later = [
        _by_complaint(conn, _of(table, ids)) for table in (t.findings, t.remedies, t.follow_ups, t.actions)
    ]
    for row in rows:
        known = {fact.field: fact.value for fact in facts[row.id]}
        yield Exported(row, known, moves[row.id], *(found[row.id] for found in later))


def _facts(ids: Sequence[int]) -> Select[Any]:
    fact = t.facts.c
    return _of(t.facts, ids).where(fact.field.in_(FIELDS), fact.replaced_by.is_(None))


def _of(table: Table, ids: Sequence[int]) -> Select[Any]:
    return select(table).where(table.c.complaint_id.in_(ids)).order_by(table.c.id)


def _by_complaint(conn: Connection, query: Select[Any]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(query):
        found[row.complaint_id].append(row)
    return found
