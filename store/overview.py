"""The desk's list of complaints. Pure reads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core.complaint import DRAFT, OPEN_STATES
from store import schema as t

#: Named one by one, so that the index on the state is used.
OPEN = (DRAFT, *OPEN_STATES)
DUE = ("open", "missed")


@dataclass(frozen=True)
class Line:
    """One complaint as the list shows it: its row, the current value of each field asked for, and the rows
    of the promise due first, the newest conversation and the open handoff, or None."""

    complaint: Row[Any]
    facts: Mapping[str, Any]
    due: Any
    chat: Any
    handoff: Any


@dataclass(frozen=True)
class Narrowed:
    """Which complaints are wanted. `of`: in this person's hands, or of a customer they are talking to;
    `late`: with a promise past its time by then."""

    of: int | None = None
    tier: int | None = None
    channel: str | None = None
    late: datetime | None = None

    def conditions(self) -> list[Any]:
        made: list[Any] = []
        if self.of is not None:
            talking = select(t.conversations.c.complaint_id).where(
                t.conversations.c.agent_id == self.of, t.conversations.c.ended_at.is_(None)
            )
            made.append((t.complaints.c.owner_id == self.of) | t.complaints.c.id.in_(talking))
        if self.tier is not None:
            made.append(t.complaints.c.tier == self.tier)
        if self.channel is not None:
            made.append(t.complaints.c.channel == self.channel)
        if self.late is not None:
            late = select(t.promises.c.complaint_id).where(*_late(self.late))
            made.append(t.complaints.c.id.in_(late))
        return made


ALL = Narrowed()


def open_lines(
    conn: Connection, fields: Iterable[str], limit: int = 100, narrowed: Narrowed = ALL
) -> list[Line]:
    """Complaints that are not over, the gravest first, then the one whose next promise is due first.

    A draft in which the customer has not said a word is left out: it is not a complaint yet.
    """
    due = (t.promises.c.complaint_id == t.complaints.c.id, t.promises.c.state.in_(DUE))
    next_due = select(func.min(t.promises.c.due_at)).where(*due).scalar_subquery()
    spoken = select(t.messages.c.id).where(
        t.messages.c.complaint_id == t.complaints.c.id, t.messages.c.author == "customer"
    )
    query = (
        select(t.complaints)
        .where(t.complaints.c.state.in_(OPEN))
        .where((t.complaints.c.state != DRAFT) | spoken.exists())
        .where(*narrowed.conditions())
        .order_by(
            t.complaints.c.tier.desc(),
            next_due.asc().nulls_last(),
            t.complaints.c.opened_at,
        )
        .limit(limit)
    )
    return _lines(conn, conn.execute(query).all(), fields)


def count_open(conn: Connection) -> int:
    """How many complaints are not over, drafts among them."""
    query = select(func.count()).select_from(t.complaints).where(t.complaints.c.state.in_(OPEN))
    return conn.execute(query).scalar() or 0


def count_late(conn: Connection, now: datetime) -> int:
    """How many promises of complaints that are not over are past their time and not kept."""
    return conn.execute(select(func.count()).select_from(t.promises).where(*_late(now))).scalar() or 0


def _late(now: datetime) -> tuple[Any, ...]:
    """Past its time by then and not kept, of a complaint that is not over: a long history costs nothing."""
    open_ones = select(t.complaints.c.id).where(t.complaints.c.state.in_(OPEN))
    return (
        t.promises.c.complaint_id.in_(open_ones),
        t.promises.c.state.in_(DUE),
        t.promises.c.due_at <= now,
    )


def lines(conn: Connection, ids: Sequence[int], fields: Iterable[str]) -> dict[int, Line]:
    """Lines of these complaints, by id."""
    rows = conn.execute(select(t.complaints).where(t.complaints.c.id.in_(ids))).all()
    return {line.complaint.id: line for line in _lines(conn, rows, fields)}


def _lines(conn: Connection, rows: Sequence[Row[Any]], fields: Iterable[str]) -> list[Line]:
    ids = [row.id for row in rows]
    known, due = _facts_of(conn, ids, list(fields)), _due_of(conn, ids)
    chats, asked = _chats_of(conn, ids), _handoffs_of(conn, ids)
    return [
        Line(row, known.get(row.id, {}), due.get(row.id), chats.get(row.id), asked.get(row.id))
        for row in rows
    ]


def _facts_of(conn: Connection, ids: Sequence[int], fields: Sequence[str]) -> dict[int, dict[str, Any]]:
    query = select(t.facts.c.complaint_id, t.facts.c.field, t.facts.c.value).where(
        t.facts.c.complaint_id.in_(ids), t.facts.c.field.in_(fields), t.facts.c.replaced_by.is_(None)
    )
    found: dict[int, dict[str, Any]] = {}
    for row in conn.execute(query):
        found.setdefault(row.complaint_id, {})[row.field] = row.value
    return found


def _due_of(conn: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The promise of each complaint that is due first and not kept yet."""
    query = select(t.promises).where(t.promises.c.complaint_id.in_(ids), t.promises.c.state.in_(DUE))
    rows = conn.execute(query.order_by(t.promises.c.due_at.desc(), t.promises.c.id.desc()))
    return {row.complaint_id: row for row in rows}


def _chats_of(conn: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The newest conversation of each complaint."""
    table = t.conversations
    query = select(table).where(table.c.complaint_id.in_(ids)).order_by(table.c.last_heard_at)
    return {row.complaint_id: row for row in conn.execute(query) if row.complaint_id is not None}


def _handoffs_of(conn: Connection, ids: Sequence[int]) -> dict[int, Row[Any]]:
    """The open handoff of each complaint."""
    query = select(t.handoffs).where(t.handoffs.c.complaint_id.in_(ids), t.handoffs.c.ended_at.is_(None))
    return {row.complaint_id: row for row in conn.execute(query.order_by(t.handoffs.c.id))}
