"""Work memos: written requests to a department. Sent is not taken, taken is not answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import events as names
from core.complaint import OPEN_STATES
from store import events
from store.rows import insert
from store.schema import complaints
from store.schema import memos as table

SHOWN = 200


def send(
    conn: Connection,
    complaint_id: int,
    user_id: int,
    *,
    department: str,
    facts: str,
    ask: str,
    due_at: datetime,
    at: datetime,
) -> int:
    row = {"complaint_id": complaint_id, "department": department, "facts": facts, "ask": ask}
    id = insert(conn, table, {**row, "due_at": due_at, "user_id": user_id, "sent_at": at})
    _event(conn, names.MEMO_SENT, at, complaint_id, user_id, id, department)
    return id


def get(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All memos, oldest first, recalled ones among them."""
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()


def of_department(conn: Connection, department: str, limit: int = SHOWN) -> Sequence[Row[Any]]:
    """The memos to a department that still want an answer first, the next due on top, then the newest of
    the others. Rows carry the complaint's number and tier."""
    open_first = table.c.replied_at.is_not(None) | table.c.recalled_at.is_not(None)
    query = (
        select(table, complaints.c.number, complaints.c.tier)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(table.c.department == department)
        .order_by(open_first, table.c.replied_at.desc(), table.c.recalled_at.desc(), table.c.due_at)
    )
    return conn.execute(query.limit(limit)).all()


def waiting(conn: Connection) -> Sequence[Row[Any]]:
    """Memos of complaints that are not over which nobody answered or recalled, oldest first. Rows carry the
    complaint's tier."""
    query = (
        select(table, complaints.c.tier)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(table.c.replied_at.is_(None), table.c.recalled_at.is_(None))
        .where(complaints.c.state.in_(OPEN_STATES))
    )
    return conn.execute(query.order_by(table.c.id)).all()


def take(conn: Connection, memo: Row[Any], user_id: int, at: datetime) -> bool:
    """Compare and set: False when somebody took it first, or it was recalled."""
    free = (table.c.id == memo.id, table.c.taken_at.is_(None), table.c.recalled_at.is_(None))
    done = conn.execute(update(table).where(*free).values(taken_by=user_id, taken_at=at)).rowcount == 1
    if done:
        _event(conn, names.MEMO_TAKEN, at, memo.complaint_id, user_id, memo.id, memo.department)
    return done


def reply(conn: Connection, memo: Row[Any], user_id: int, words: str, at: datetime) -> bool:
    """The department's answer, once. Whoever answers has taken it. False when it has one, or was recalled."""
    free = (table.c.id == memo.id, table.c.replied_at.is_(None), table.c.recalled_at.is_(None))
    taken = {} if memo.taken_at is not None else {"taken_by": user_id, "taken_at": at}
    change = update(table).where(*free).values(reply=words, replied_by=user_id, replied_at=at, **taken)
    done = conn.execute(change).rowcount == 1
    if done:
        _event(conn, names.MEMO_ANSWERED, at, memo.complaint_id, user_id, memo.id, memo.department)
    return done


def recall(conn: Connection, memo: Row[Any], user_id: int, at: datetime) -> bool:
    """No longer asked. False when it was answered or recalled before."""
    free = (table.c.id == memo.id, table.c.replied_at.is_(None), table.c.recalled_at.is_(None))
    done = conn.execute(update(table).where(*free).values(recalled_at=at)).rowcount == 1
    if done:
        _event(conn, names.MEMO_RECALLED, at, memo.complaint_id, user_id, memo.id, memo.department)
    return done


def _event(
    conn: Connection, name: str, at: datetime, complaint_id: int, user_id: int, memo: int, department: str
) -> None:
    about: dict[str, Any] = {"memo": memo, "department": department}
    events.append(conn, name, at, complaint_id=complaint_id, user_id=user_id, **about)
