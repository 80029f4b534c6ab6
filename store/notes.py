"""Agents' notes on a complaint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import events as names
from store import events
from store.rows import insert
from store.schema import notes as table


def add(conn: Connection, complaint_id: int, user_id: int, words: str, at: datetime) -> None:
    row = {"complaint_id": complaint_id, "user_id": user_id, "words": words, "at": at}
    id = insert(conn, table, row)
    events.append(conn, names.NOTE_ADDED, at, complaint_id=complaint_id, user_id=user_id, note=id)


def take_back(conn: Connection, id: int, at: datetime) -> bool:
    """Mark a note as taken back; its words stay. False when it was already."""
    standing = update(table).where(table.c.id == id, table.c.taken_back_at.is_(None))
    return conn.execute(standing.values(taken_back_at=at)).rowcount == 1


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()
