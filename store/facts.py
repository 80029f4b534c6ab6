"""Facts of a complaint, each with its source. A newer one replaces the older, which is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from core import events as names
from store import conversations, events
from store.rows import insert
from store.schema import complaints
from store.schema import facts as table

OF_COMPLAINT = select(table).where(table.c.complaint_id == bindparam("complaint")).order_by(table.c.id)
OF_FIELD = OF_COMPLAINT.where(table.c.field == bindparam("name"))
CURRENT = OF_COMPLAINT.where(table.c.replaced_by.is_(None))


def learn(
    conn: Connection,
    complaint_id: int,
    field: str,
    value: Any,
    *,
    by: str,
    at: datetime,
    message_id: int | None = None,
    user_id: int | None = None,
) -> bool:
    """Keep one fact. False when this message already gave this field: a repeated call changes nothing.

    `by` is how we know: "rule", "assistant", "answer", "caller_id" or "agent".
    """
    earlier = _of_field(conn, complaint_id, field)
    before = next((row for row in earlier if row.replaced_by is None), None)
    given = message_id is not None and any(row.message_id == message_id for row in earlier)
    if given or (before is not None and before.value == value):
        return False
    row = {
        "complaint_id": complaint_id,
        "field": field,
        "value": value,
        "by": by,
        "message_id": message_id,
        "user_id": user_id,
        "at": at,
    }
    id = insert(conn, table, row)
    if before is not None:
        conn.execute(update(table).where(table.c.id == before.id).values(replaced_by=id))
    _sort(conn, complaint_id, field, value)
    events.append(conn, names.FACT_LEARNED, at, complaint_id=complaint_id, user_id=user_id, field=field)
    return True


def correct(
    conn: Connection, complaint_id: int, field: str, value: Any, *, user_id: int, at: datetime
) -> bool:
    """Write what a person knows better; None: nothing is known. The value before is kept, as is one that is
    taken out. False when it says so already."""
    before = next((row for row in _of_field(conn, complaint_id, field) if row.replaced_by is None), None)
    if value == (before.value if before is not None else None):
        return False
    row = {"complaint_id": complaint_id, "field": field, "value": value, "by": "agent"}
    id = insert(conn, table, {**row, "message_id": None, "user_id": user_id, "at": at})
    if before is not None:
        conn.execute(update(table).where(table.c.id == before.id).values(replaced_by=id))
    if value is None:
        conn.execute(update(table).where(table.c.id == id).values(replaced_by=id))
    _sort(conn, complaint_id, field, value)
    events.append(conn, names.FACT_CORRECTED, at, complaint_id=complaint_id, user_id=user_id, field=field)
    return True


def _sort(conn: Connection, complaint_id: int, field: str, value: Any) -> None:
    """What a complaint is about stands in its row too, where the alike are found by it. An assistant's value
    of another shape is about nothing."""
    if field == "issues":
        first = value[0] if isinstance(value, list) and value else None
        category = str(first["category"]) if isinstance(first, dict) and "category" in first else None
        conn.execute(update(complaints).where(complaints.c.id == complaint_id).values(category=category))


def learn_by_sender(
    conn: Connection, sender: str, message_id: int, values: dict[str, Any], at: datetime
) -> bool:
    """Keep what the assistant understood in one message. False when it belongs to no complaint."""
    conversation = conversations.by_sender(conn, sender)
    if conversation is None or conversation.complaint_id is None:
        return False
    for field, value in values.items():
        learn(conn, conversation.complaint_id, field, value, by="assistant", at=at, message_id=message_id)
    return True


def current(conn: Connection, complaint_id: int) -> dict[str, Row[Any]]:
    """The facts in force, by field."""
    return {row.field: row for row in conn.execute(CURRENT, {"complaint": complaint_id})}


def history(conn: Connection, complaint_id: int) -> list[Row[Any]]:
    """Every fact ever held, oldest first, replaced ones among them."""
    return list(conn.execute(OF_COMPLAINT, {"complaint": complaint_id}))


def value(conn: Connection, complaint_id: int, field: str) -> Any:
    """The value in force of one field, or None."""
    return next((row.value for row in _of_field(conn, complaint_id, field) if row.replaced_by is None), None)


def _of_field(conn: Connection, complaint_id: int, field: str) -> Sequence[Row[Any]]:
    return conn.execute(OF_FIELD, {"complaint": complaint_id, "name": field}).all()
