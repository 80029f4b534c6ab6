"""Photos, voice and other evidence: the row here, the bytes in the data folder under the row's random id."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import events as names
from store import events
from store.schema import files as table


def keep(
    conn: Connection,
    *,
    id: str,
    complaint_id: int | None,
    conversation_id: str | None,
    message_id: int | None,
    kind: str,
    name: str,
    type: str,
    size: int,
    sha256: str,
    at: datetime,
    user_id: int | None = None,
) -> None:
    """Record a file whose bytes are already on disk. `user_id`: whoever of the desk put it there."""
    row = {
        "user_id": user_id,
        "id": id,
        "complaint_id": complaint_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
    }
    about = {"kind": kind, "name": name, "type": type, "size": size, "sha256": sha256}
    conn.execute(table.insert().values(received_at=at, **row, **about))
    events.append(
        conn,
        names.FILE_RECEIVED,
        at,
        complaint_id=complaint_id,
        conversation_id=conversation_id,
        user_id=user_id,
        file=id,
    )


def attach(conn: Connection, id: str, message_id: int) -> None:
    """Say which message a file belongs to: the words that a machine heard in it."""
    conn.execute(update(table).where(table.c.id == id).values(message_id=message_id))


def get(conn: Connection, id: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def any_kept(conn: Connection) -> bool:
    """Whether there is a row at all."""
    return conn.execute(select(table.c.id).limit(1)).first() is not None


def known(conn: Connection, ids: Collection[str]) -> frozenset[str]:
    """Which of these have a row."""
    return frozenset(conn.execute(select(table.c.id).where(table.c.id.in_(ids))).scalars())


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.complaint_id == complaint_id)
    return conn.execute(query.order_by(table.c.received_at)).all()


def of_lines(conn: Connection, conversation_id: str, message_ids: Sequence[int]) -> dict[int, list[Row[Any]]]:
    """What came with these lines of a conversation, by line; of one line always in the same order."""
    query = select(table).where(
        table.c.conversation_id == conversation_id, table.c.message_id.in_(message_ids)
    )
    found: dict[int, list[Row[Any]]] = {}
    for row in conn.execute(query.order_by(table.c.name, table.c.id)):
        found.setdefault(row.message_id, []).append(row)
    return found


def of_messages(conn: Connection, message_ids: Sequence[int]) -> Sequence[Row[Any]]:
    return conn.execute(select(table).where(table.c.message_id.in_(message_ids))).all()
