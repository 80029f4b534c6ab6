"""Phone calls: where each stands, and the answer given at each turn, byte for byte."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select, update

from store.schema import call_turns, handoffs
from store.schema import calls as table

RANKS = {"queued": 0, "ringing": 1, "in-progress": 2}
FINAL = 3
MISSED = "missed"
"""Where a call stands that never reached us: the phone company told of it later."""
AT_ONCE = 500
"""Names in one question to the database: SQLite takes a limited number of values."""
LEG_ENDED = "leg_ended"

BY_SID = select(table).where(table.c.sid == bindparam("sid"))
CHANGE = update(table).where(table.c.sid == bindparam("this"))
ANSWER = select(call_turns.c.twiml).where(
    call_turns.c.call_sid == bindparam("sid"), call_turns.c.turn == bindparam("turn")
)
KEEP_ANSWER = call_turns.insert()


def start(conn: Connection, sid: str, node: str, at: datetime) -> Row[Any]:
    """The call, made when its first request arrives."""
    row = get(conn, sid)
    if row is not None:
        return row
    values = {"sid": sid, "node": node, "counts": {}, "status": "in-progress", "status_rank": 2}
    conn.execute(table.insert().values(started_at=at, **values))
    return conn.execute(BY_SID, {"sid": sid}).one()


def get(conn: Connection, sid: str) -> Row[Any] | None:
    return conn.execute(BY_SID, {"sid": sid}).one_or_none()


def change(conn: Connection, sid: str, **values: Any) -> None:
    conn.execute(CHANGE, {"this": sid, **values})


def leg_ended(conn: Connection, sid: str, leg: str) -> None:
    """The agent's leg that was bridged in this call has ended. Who had accepted stays noted until the call's
    own report comes, which may be later."""
    row = get(conn, sid)
    if row is not None and row.agent_leg == leg:
        change(conn, sid, counts={**(row.counts or {}), LEG_ENDED: leg})


def set_status(conn: Connection, sid: str, status: str, at: datetime) -> bool:
    """Move the call's status forward; callbacks arrive in any order, and it never goes back."""
    rank = RANKS.get(status, FINAL)
    values = {"status": status, "status_rank": rank, **({"ended_at": at} if rank == FINAL else {})}
    forward = or_(table.c.status_rank < rank)
    return conn.execute(update(table).where(table.c.sid == sid, forward).values(**values)).rowcount == 1


def abandoned_handoffs(conn: Connection, before: datetime) -> list[int]:
    """Open handoffs of callers who are gone: no call of theirs is still on that began after then."""
    theirs = table.c.conversation_id == handoffs.c.conversation_id
    still_on = select(table.c.sid).where(theirs, table.c.ended_at.is_(None), table.c.started_at > before)
    called = select(table.c.sid).where(theirs)
    query = select(handoffs.c.id).where(
        and_(handoffs.c.ended_at.is_(None), called.exists(), ~still_on.exists())
    )
    return list(conn.execute(query.order_by(handoffs.c.id)).scalars())


def answer(conn: Connection, sid: str, turn: str) -> str | None:
    """The TwiML that this turn was answered with, or None when it is new."""
    return conn.execute(ANSWER, {"sid": sid, "turn": turn}).scalar()


def keep_answer(conn: Connection, sid: str, turn: str, twiml: str, at: datetime) -> None:
    """Keep the answer of a turn, so that a retry hears the same."""
    conn.execute(KEEP_ANSWER, {"call_sid": sid, "turn": turn, "twiml": twiml, "at": at})


def unrecorded(conn: Connection, sids: Sequence[str]) -> list[str]:
    """Those of these calls in which no turn of ours was answered and which nobody has noted as missed. A
    report of a call's status alone is no record of it."""
    found: list[str] = []
    for start in range(0, len(sids), AT_ONCE):
        some = sids[start : start + AT_ONCE]
        answered = select(call_turns.c.call_sid).where(call_turns.c.call_sid.in_(some))
        noted = select(table.c.sid).where(table.c.sid.in_(some), table.c.node == MISSED)
        kept = {*conn.execute(answered).scalars(), *conn.execute(noted).scalars()}
        found += [sid for sid in some if sid not in kept]
    return found
