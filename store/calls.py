"""Phone calls: where each stands, and the answer given at each turn, byte for byte."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select, update

from store.schema import call_turns, handoffs, recordings
from store.schema import calls as table

RANKS = {"queued": 0, "ringing": 1, "in-progress": 2}
FINAL = 3
RECORDED = "recorded"


def start(conn: Connection, sid: str, node: str, at: datetime) -> Row[Any]:
    """The call, made when its first request arrives."""
    row = get(conn, sid)
    if row is not None:
        return row
    values = {"sid": sid, "node": node, "counts": {}, "status": "in-progress", "status_rank": 2}
    conn.execute(table.insert().values(started_at=at, **values))
    return conn.execute(select(table).where(table.c.sid == sid)).one()


def get(conn: Connection, sid: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.sid == sid)).one_or_none()


def change(conn: Connection, sid: str, **values: Any) -> None:
    conn.execute(update(table).where(table.c.sid == sid).values(**values))


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
    query = select(call_turns.c.twiml).where(call_turns.c.call_sid == sid, call_turns.c.turn == turn)
    return conn.execute(query).scalar()


def keep_answer(conn: Connection, sid: str, turn: str, twiml: str, at: datetime) -> None:
    """Keep the answer of a turn, so that a retry hears the same."""
    conn.execute(call_turns.insert().values(call_sid=sid, turn=turn, twiml=twiml, at=at))


def keep_recording(
    conn: Connection,
    *,
    sid: str,
    call_sid: str,
    complaint_id: int,
    status: str,
    seconds: int | None,
    at: datetime,
) -> bool:
    """Keep that a recording exists at the provider, and how it stands. False when it is known already;
    "recorded" is only its beginning, so that it never takes the place of another status."""
    known = conn.execute(select(recordings).where(recordings.c.sid == sid)).one_or_none()
    if known is None:
        values = {"sid": sid, "call_sid": call_sid, "complaint_id": complaint_id, "status": status}
        conn.execute(recordings.insert().values(seconds=seconds, at=at, **values))
        return True
    if known.status == RECORDED and known.call_sid == call_sid:
        length = known.seconds if seconds is None else seconds
        change = update(recordings).where(recordings.c.sid == sid)
        conn.execute(change.values(status=status, seconds=length, complaint_id=complaint_id))
    return False


def recordings_of(conn: Connection, complaint_id: int) -> list[Row[Any]]:
    return list(conn.execute(select(recordings).where(recordings.c.complaint_id == complaint_id)))
