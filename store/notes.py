"""Agents' notes on a complaint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from core import events as names
from store import events
from store.schema import notes as table


def add(conn: Connection, complaint_id: int, user_id: int, words: str, at: datetime) -> None:
    conn.execute(table.insert().values(complaint_id=complaint_id, user_id=user_id, words=words, at=at))
    events.append(conn, names.NOTE_ADDED, at, complaint_id=complaint_id, user_id=user_id)


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()
