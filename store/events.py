"""The append-only events, and the deliveries that some of them cause in the same transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from core.events import OUTWARD
from store.rows import insert
from store.schema import complaints, deliveries, destinations
from store.schema import events as table

NEXT_SEQUENCE = (
    update(complaints)
    .where(complaints.c.id == bindparam("complaint"))
    .values(sequence=complaints.c.sequence + 1)
    .returning(complaints.c.sequence, complaints.c.registered_at)
)


def append(
    conn: Connection,
    name: str,
    at: datetime,
    *,
    complaint_id: int | None = None,
    conversation_id: str | None = None,
    user_id: int | None = None,
    **data: Any,
) -> int:
    """Write one event and return its cursor.

    A complaint's events are numbered without gaps, so that a stale save can be refused. An event
    that the back office hears of gets one delivery per active destination, here and now.
    """
    sequence, registered = _next_sequence(conn, complaint_id)
    row = {
        "name": name,
        "at": at,
        "complaint_id": complaint_id,
        "conversation_id": conversation_id,
        "user_id": user_id,
        "sequence": sequence,
        "data": data,
    }
    id = insert(conn, table, row)
    if registered and name in OUTWARD:
        _deliver(conn, id, OUTWARD[name], complaint_id, at)
    return id


def _next_sequence(conn: Connection, complaint_id: int | None) -> tuple[int | None, bool]:
    """The complaint's next number, and whether it is registered: a draft never leaves the house."""
    if complaint_id is None:
        return None, False
    sequence, registered_at = conn.execute(NEXT_SEQUENCE, {"complaint": complaint_id}).one()
    return sequence, registered_at is not None


def _deliver(conn: Connection, event_id: int, kind: str, complaint_id: int | None, at: datetime) -> None:
    for destination in conn.execute(select(destinations.c.id).where(destinations.c.active)).scalars():
        conn.execute(
            deliveries.insert().values(
                destination_id=destination,
                event_id=event_id,
                complaint_id=complaint_id,
                type=kind,
                state="waiting",
                attempts=0,
                due_at=at,
            )
        )


def after(
    conn: Connection, cursor: int, *, conversation_id: str | None = None, limit: int = 200
) -> Sequence[Row[Any]]:
    """Events past the cursor, oldest first; of one conversation when named."""
    query = select(table).where(table.c.id > cursor).order_by(table.c.id).limit(limit)
    if conversation_id is not None:
        query = query.where(table.c.conversation_id == conversation_id)
    return conn.execute(query).all()


def last(conn: Connection, conversation_id: str | None = None) -> int:
    """The newest cursor, 0 when there is none."""
    query = select(func.max(table.c.id))
    if conversation_id is not None:
        query = query.where(table.c.conversation_id == conversation_id)
    return conn.execute(query).scalar() or 0


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """A complaint's history, oldest first."""
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()


def since(conn: Connection, complaint_id: int, sequence: int) -> Sequence[Row[Any]]:
    """What happened to a complaint after this sequence number, oldest first."""
    query = select(table).where(table.c.complaint_id == complaint_id, table.c.sequence > sequence)
    return conn.execute(query.order_by(table.c.sequence)).all()


def lately(conn: Connection, complaint_id: int, at: datetime, most: int = 100) -> Sequence[Row[Any]]:
    """What happened to a complaint at that moment or later, newest first."""
    query = select(table).where(table.c.complaint_id == complaint_id, table.c.at >= at)
    return conn.execute(query.order_by(table.c.id.desc()).limit(most)).all()


def newest_of(conn: Connection, conversation_id: str, names: Collection[str]) -> str | None:
    """Which of these events a conversation had last, None for none of them."""
    query = select(table.c.name).where(table.c.conversation_id == conversation_id, table.c.name.in_(names))
    return conn.execute(query.order_by(table.c.id.desc()).limit(1)).scalar()


def named(conn: Connection, complaint_id: int, name: str) -> Sequence[Row[Any]]:
    """The events of this name that a complaint has, oldest first."""
    query = select(table).where(table.c.complaint_id == complaint_id, table.c.name == name)
    return conn.execute(query.order_by(table.c.id)).all()


def happened(conn: Connection, complaint_id: int, name: str) -> bool:
    """Whether the complaint has an event of this name."""
    query = select(table.c.id).where(table.c.complaint_id == complaint_id, table.c.name == name)
    return conn.execute(query.limit(1)).first() is not None
