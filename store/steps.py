"""How far a complaint went, who worked on it, and what customers took back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from core import complaint
from core import events as names
from store import events
from store import schema as t
from store.rows import insert
from store.schema import events as table
from store.schema import withdrawals

MOVES = (
    select(table)
    .where(
        table.c.complaint_id == bindparam("complaint"),
        table.c.name.in_([names.STATE_MOVED, names.COMPLAINT_REOPENED]),
    )
    .order_by(table.c.id)
)


def moves(conn: Connection, complaint_id: int) -> list[Row[Any]]:
    """The moves since the complaint was opened, or last reopened, oldest first."""
    rows = list(conn.execute(MOVES, {"complaint": complaint_id}))
    last = max((n for n, row in enumerate(rows) if row.name == names.COMPLAINT_REOPENED), default=-1)
    return rows[last + 1 :]


def passed(conn: Connection, complaint_id: int) -> frozenset[str]:
    """The states that the complaint went through in its present round."""
    return frozenset(str(row.data["to"]) for row in moves(conn, complaint_id))


def round_since(conn: Connection, complaint_id: int) -> datetime | None:
    """When the complaint was last reopened; None while it never was."""
    rows = conn.execute(MOVES, {"complaint": complaint_id}).all()
    return max((row.at for row in rows if row.name == names.COMPLAINT_REOPENED), default=None)


def looked_again(conn: Connection, complaint_id: int) -> datetime | None:
    """When it last went to the investigation: what the customer agreed to before was for what was known then.
    None while it never did."""
    rows = conn.execute(MOVES, {"complaint": complaint_id}).all()
    moved = [row.at for row in rows if row.data.get("to") == complaint.INVESTIGATING]
    return max((*moved, *filter(None, [round_since(conn, complaint_id)])), default=None)


def workers(conn: Connection, complaint_id: int) -> frozenset[int]:
    """Everybody who owned it, talked with the customer as an agent, or did anything in steps one to five."""
    columns = (
        t.complaints.c.owner_id,
        t.memos.c.user_id,
        t.memos.c.taken_by,
        t.memos.c.replied_by,
        t.findings.c.user_id,
        t.plans.c.user_id,
        t.plans.c.answered_by,
        t.remedies.c.user_id,
        t.remedies.c.done_by,
    )
    found: set[int] = set()
    for column in columns:
        key = "id" if column.table is t.complaints else "complaint_id"
        query = select(column).where(column.table.c[key] == complaint_id, column.is_not(None))
        found.update(conn.execute(query).scalars())
    accepted = (t.handoffs.c.complaint_id == complaint_id, t.handoffs.c.accepted_at.is_not(None))
    talked = conn.execute(select(t.handoffs.c.agent_id).where(*accepted)).scalars()
    took = (table.c.complaint_id == complaint_id, table.c.name == names.COMPLAINT_OWNED)
    owned = conn.execute(select(table.c.user_id).where(*took)).scalars()
    return frozenset(id for id in (*found, *talked, *owned) if id is not None)


def recused(conn: Connection, complaint_id: int) -> frozenset[int]:
    """Who is kept out of it."""
    query = select(t.recusals.c.recused_id).where(t.recusals.c.complaint_id == complaint_id)
    return frozenset(conn.execute(query).scalars())


# ---- Withdrawals


def ask_withdrawal(conn: Connection, complaint_id: int, user_id: int, words: str, at: datetime) -> int:
    """Keep the words with which the customer takes it back; a second person is to confirm them."""
    row = {"complaint_id": complaint_id, "words": words, "user_id": user_id, "at": at}
    id = insert(conn, withdrawals, row)
    events.append(conn, names.WITHDRAWAL_ASKED, at, complaint_id=complaint_id, user_id=user_id)
    return id


def withdrawal(conn: Connection, complaint_id: int) -> Row[Any] | None:
    """The withdrawal that waits for a second person."""
    query = select(withdrawals).where(
        withdrawals.c.complaint_id == complaint_id, withdrawals.c.settled_at.is_(None)
    )
    return conn.execute(query.order_by(withdrawals.c.id.desc()).limit(1)).one_or_none()


def settle_withdrawal(conn: Connection, row: Row[Any], user_id: int, confirmed: bool, at: datetime) -> None:
    change = update(withdrawals).where(withdrawals.c.id == row.id)
    conn.execute(change.values(settled_by=user_id, settled_at=at, confirmed=confirmed))
    if not confirmed:
        events.append(conn, names.WITHDRAWAL_REFUSED, at, complaint_id=row.complaint_id, user_id=user_id)
