"""Withdrawn links to customers' pages: how often those of a complaint were, by whom and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core import events as names
from store import events
from store.schema import case_link_ends as table


def ended(conn: Connection, complaint_id: int) -> int:
    """How often this complaint's links were withdrawn: those made since then are good."""
    query = select(func.count()).where(table.c.complaint_id == complaint_id)
    return conn.execute(query).scalar_one()


def end(conn: Connection, complaint_id: int, user_id: int, reason: str, at: datetime) -> None:
    """Withdraw every link to this complaint's page that was made so far."""
    row = {"complaint_id": complaint_id, "user_id": user_id, "reason": reason, "at": at}
    conn.execute(table.insert().values(**row))
    events.append(conn, names.CASE_LINKS_ENDED, at, complaint_id=complaint_id, user_id=user_id, reason=reason)


def last(conn: Connection, complaint_id: int) -> Row[Any] | None:
    """The newest withdrawal."""
    query = select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id.desc())
    return conn.execute(query.limit(1)).one_or_none()
