"""Who must keep out of a complaint, because it is about them or too near to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from core import events as names
from store import events
from store.schema import recusals as table


def add(
    conn: Connection, complaint_id: int, recused_id: int, *, reason: str, user_id: int, at: datetime
) -> bool:
    """This person is kept out of the complaint. False when they are already."""
    if holds(conn, complaint_id, recused_id):
        return False
    about = {"reason": reason, "user_id": user_id, "at": at}
    conn.execute(table.insert().values(complaint_id=complaint_id, recused_id=recused_id, **about))
    events.append(
        conn,
        names.PERSON_RECUSED,
        at,
        complaint_id=complaint_id,
        user_id=user_id,
        person=recused_id,
        reason=reason,
    )
    return True


def lift(conn: Connection, complaint_id: int, recused_id: int, *, user_id: int, at: datetime) -> bool:
    """They need not keep out any more; that they did stays in the history. False when they need not."""
    mine = (table.c.complaint_id == complaint_id, table.c.recused_id == recused_id)
    if conn.execute(table.delete().where(*mine)).rowcount == 0:
        return False
    events.append(
        conn, names.RECUSAL_LIFTED, at, complaint_id=complaint_id, user_id=user_id, person=recused_id
    )
    return True


def holds(conn: Connection, complaint_id: int, user_id: int) -> bool:
    query = select(table.c.id).where(table.c.complaint_id == complaint_id, table.c.recused_id == user_id)
    return conn.execute(query).first() is not None


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()
