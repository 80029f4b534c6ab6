"""Pictures and sounds that WeChat holds for three days, and that we fetch at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from store.schema import wechat_media as table

DUE = "due"


def expect(
    conn: Connection,
    message_id: int,
    complaint_id: int,
    account: str,
    media_id: str,
    kind: str,
    at: datetime,
) -> None:
    """Note that this message's bytes are to be fetched now."""
    row = {"message_id": message_id, "complaint_id": complaint_id, "account": account}
    more = {"media_id": media_id, "kind": kind, "state": DUE, "attempts": 0, "due_at": at}
    conn.execute(table.insert().values(**row, **more))


def due(conn: Connection, now: datetime, limit: int = 20) -> Sequence[Row[Any]]:
    """What is to be fetched by now, the longest due first."""
    query = select(table).where(table.c.due_at <= now).order_by(table.c.due_at)
    return conn.execute(query.limit(limit)).all()


def change(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(update(table).where(table.c.id == id).values(**values))
