"""Pauses: spans in which the clock of a promise stands still. The due time moves by their staffed length."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import events as names
from store import events, promises
from store.rows import insert
from store.schema import messages
from store.schema import pauses as table


def begin(
    conn: Connection,
    promise: Row[Any],
    user_id: int,
    *,
    reason: str,
    at: datetime,
    until: datetime,
    due_at: datetime,
) -> int:
    """Stand still until then; `due_at` is when the promise is due after that."""
    row = {"complaint_id": promise.complaint_id, "promise_id": promise.id, "reason": reason}
    span = {"due_before": promise.due_at, "user_id": user_id, "at": at, "until": until}
    id = insert(conn, table, {**row, **span})
    promises.change(conn, promise.id, due_at=due_at, look_at=until)
    about: dict[str, Any] = {"promise": promise.id, "kind": promise.kind, "reason": reason}
    events.append(conn, names.PROMISE_PAUSED, at, complaint_id=promise.complaint_id, user_id=user_id, **about)
    return id


def end(conn: Connection, row: Row[Any], due_at: datetime, at: datetime, user_id: int | None = None) -> None:
    """The clock goes on, and the promise is due at `due_at`."""
    conn.execute(update(table).where(table.c.id == row.id).values(ended_at=at))
    promise = promises.get(conn, row.promise_id)
    promises.change(conn, promise.id, due_at=due_at, look_at=None)
    about: dict[str, Any] = {"promise": promise.id, "kind": promise.kind}
    events.append(conn, names.PROMISE_RESUMED, at, complaint_id=row.complaint_id, user_id=user_id, **about)


def get(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All pauses, oldest first."""
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()


def going(conn: Connection, complaint_id: int | None = None) -> Sequence[Row[Any]]:
    """Pauses that nothing has ended; of one complaint when named."""
    query = select(table).where(table.c.ended_at.is_(None)).order_by(table.c.id)
    if complaint_id is not None:
        query = query.where(table.c.complaint_id == complaint_id)
    return conn.execute(query).all()


def heard_since(conn: Connection, row: Row[Any]) -> datetime | None:
    """When the customer first wrote or spoke after the pause began."""
    query = select(messages.c.at).where(
        messages.c.complaint_id == row.complaint_id, messages.c.author == "customer", messages.c.at > row.at
    )
    return conn.execute(query.order_by(messages.c.id).limit(1)).scalar()
