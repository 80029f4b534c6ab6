"""The log of tries to reach a customer. Rows are added and settled, never rewritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import events as names
from core.attempts import CALLING, PHONE, REACHED, Try
from store import events
from store.rows import insert
from store.schema import attempts as table


def add(
    conn: Connection,
    complaint_id: int,
    user_id: int,
    *,
    at: datetime,
    means: str,
    purpose: str,
    result: str,
    words: str,
    caller_id: str | None = None,
    call_sid: str | None = None,
) -> int:
    """Write a try down. `caller_id`: the number that the customer saw; `call_sid`: the call, when it went
    over our own line."""
    values = {"complaint_id": complaint_id, "user_id": user_id, "at": at, "means": means, "purpose": purpose}
    about = {"result": result, "words": words, "caller_id": caller_id, "call_sid": call_sid}
    id = insert(conn, table, {**values, **about})
    told: dict[str, Any] = {"attempt": id, "means": means, "result": result, "purpose": purpose}
    events.append(conn, names.ATTEMPT_MADE, at, complaint_id=complaint_id, user_id=user_id, **told)
    return id


def get(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All tries, oldest first."""
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()


def tries(conn: Connection, complaint_id: int, purpose: str | None = None) -> list[Try]:
    """The tries that have ended, as `core.attempts` reads them; of one purpose when named."""
    rows = [row for row in of_complaint(conn, complaint_id) if row.result != CALLING]
    return [Try(row.at, row.result, row.confirmed) for row in rows if purpose in (None, row.purpose)]


def unanswered_claim(conn: Connection, complaint_id: int) -> Row[Any] | None:
    """The newest call that somebody says reached the customer, and which nothing proves yet."""
    newest = select(table).where(table.c.complaint_id == complaint_id, table.c.means == PHONE)
    row = conn.execute(newest.order_by(table.c.id.desc()).limit(1)).one_or_none()
    return row if row is not None and row.result == REACHED and row.confirmed is None else None


def called(conn: Connection, id: int, sid: str) -> None:
    """By which call of ours this try is made."""
    conn.execute(update(table).where(table.c.id == id).values(call_sid=sid))


def calling(conn: Connection, complaint_id: int, since: datetime) -> Row[Any] | None:
    """The call of ours to this customer that began after then and has not ended."""
    live = (table.c.complaint_id == complaint_id, table.c.result == CALLING, table.c.at >= since)
    return conn.execute(select(table).where(*live).order_by(table.c.id.desc()).limit(1)).one_or_none()


def settle(conn: Connection, id: int, *, result: str, at: datetime, confirmed: bool | None) -> bool:
    """What our own call came to, once it has ended. False when it was settled before."""
    change = update(table).where(table.c.id == id, table.c.result == CALLING)
    told = {"result": result, "confirmed": confirmed, "confirmed_at": at if confirmed else None}
    return conn.execute(change.values(**told)).rowcount == 1


def confirm(conn: Connection, id: int, yes: bool, at: datetime) -> bool:
    """The customer's own word on a try. False when it was given before."""
    change = update(table).where(table.c.id == id, table.c.confirmed.is_(None))
    return conn.execute(change.values(confirmed=yes, confirmed_at=at)).rowcount == 1
