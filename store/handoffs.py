"""Handoffs: from the wish for a person until a person has spoken. One is open per conversation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, literal, select, tuple_, update

from store.calls import LEG_ENDED
from store.rows import insert
from store.schema import call_turns, calls, complaints, conversations
from store.schema import handoffs as table

#: Nodes of a call, as content/calls.yml and `core.callflow` name them.
HELD, WAITING_ROOM = "held", "wait"

OPEN_OF = select(table).where(
    table.c.conversation_id == bindparam("conversation"), table.c.ended_at.is_(None)
)
CHANGE = update(table).where(table.c.id == bindparam("this"))
ENGAGED = (
    select(table.c.agent_id, table.c.offered_at, calls.c.agent_leg, calls.c.node, calls.c.counts)
    .join(calls, calls.c.sid == table.c.conversation_id)
    .where(table.c.ended_at.is_(None), calls.c.ended_at.is_(None))
    .where(table.c.conversation_id != bindparam("but"))
)

IN_LINE = (table.c.ended_at.is_(None), table.c.agent_id.is_(None))
PLACES = (
    select(table.c.conversation_id)
    .join(complaints, complaints.c.id == table.c.complaint_id)
    .where(*IN_LINE)
    .order_by(complaints.c.tier.desc(), table.c.asked_at, table.c.id)
)
MINE = (
    select(table.c.id, table.c.asked_at, complaints.c.tier)
    .join(complaints, complaints.c.id == table.c.complaint_id)
    .where(*IN_LINE, table.c.id == bindparam("this"))
    .subquery()
)
AHEAD_OF = (
    select(func.count())
    .select_from(table)
    .join(complaints, complaints.c.id == table.c.complaint_id)
    .join(MINE, literal(True))
    .where(*IN_LINE)
    .where(
        tuple_(-complaints.c.tier, table.c.asked_at, table.c.id)
        < tuple_(-MINE.c.tier, MINE.c.asked_at, MINE.c.id)
    )
)


def ask(conn: Connection, *, conversation_id: str, complaint_id: int, reason: str, at: datetime) -> int:
    """The open handoff of this conversation, made when there is none."""
    row = open_of(conn, conversation_id)
    if row is not None:
        return int(row.id)
    values = {"conversation_id": conversation_id, "complaint_id": complaint_id, "reason": reason}
    return insert(conn, table, {**values, "asked_at": at, "tried": []})


def get(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def open_of(conn: Connection, conversation_id: str) -> Row[Any] | None:
    return conn.execute(OPEN_OF, {"conversation": conversation_id}).one_or_none()


def accept(conn: Connection, id: int, agent_id: int, at: datetime) -> bool:
    """Compare and set: False when somebody else took it, or it is over."""
    free = (table.c.id == id, table.c.agent_id.is_(None), table.c.ended_at.is_(None))
    return conn.execute(update(table).where(*free).values(agent_id=agent_id, accepted_at=at)).rowcount == 1


def change(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(CHANGE, {"this": id, **values})


def end(conn: Connection, id: int, outcome: str, at: datetime) -> None:
    conn.execute(
        update(table).where(table.c.id == id, table.c.ended_at.is_(None)).values(ended_at=at, outcome=outcome)
    )


def end_of(conn: Connection, conversation_id: str, outcome: str, at: datetime) -> None:
    """End the open handoff of a conversation, if there is one."""
    open_one = (table.c.conversation_id == conversation_id, table.c.ended_at.is_(None))
    conn.execute(update(table).where(*open_one).values(ended_at=at, outcome=outcome))


def talked(conn: Connection, conversation_id: str) -> bool:
    """Whether an agent and the customer have spoken in this conversation."""
    spoken = (table.c.conversation_id == conversation_id, table.c.first_word_at.is_not(None))
    return conn.execute(select(table.c.id).where(*spoken).limit(1)).first() is not None


def reopen(conn: Connection, id: int) -> None:
    """Go on where it was before it ended."""
    change(conn, id, ended_at=None, outcome=None)


def waiting(conn: Connection) -> Sequence[Row[Any]]:
    """Who waits for a person now: gravest first, then longest waiting. Rows carry number, tier, channel."""
    query = (
        select(
            table,
            complaints.c.number,
            complaints.c.tier,
            complaints.c.mood,
            conversations.c.channel,
        )
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .join(conversations, conversations.c.id == table.c.conversation_id)
        .where(table.c.ended_at.is_(None), table.c.agent_id.is_(None))
        .order_by(complaints.c.tier.desc(), table.c.asked_at, table.c.id)
    )
    return conn.execute(query).all()


def accepted_by(conn: Connection, agent_id: int) -> Sequence[Row[Any]]:
    """Open handoffs that this agent has accepted, the oldest first. Rows carry the channel."""
    query = (
        select(table, conversations.c.channel)
        .join(conversations, conversations.c.id == table.c.conversation_id)
        .where(table.c.agent_id == agent_id, table.c.ended_at.is_(None))
        .order_by(table.c.id)
    )
    return conn.execute(query).all()


def accepted_calls(conn: Connection) -> Sequence[Row[Any]]:
    """Open handoffs of calls that somebody has accepted, the oldest first."""
    query = (
        select(table)
        .join(calls, calls.c.sid == table.c.conversation_id)
        .where(table.c.ended_at.is_(None), table.c.agent_id.is_not(None))
        .order_by(table.c.id)
    )
    return conn.execute(query).all()


def ahead_of(conn: Connection, id: int) -> int:
    """How many people wait in front of this one; 0 for whoever does not wait."""
    return conn.execute(AHEAD_OF, {"this": id}).scalar() or 0


def places_of(conn: Connection) -> dict[str, int]:
    """How many wait in front of each who waits, by conversation; `ahead_of` for all at once."""
    return {row.conversation_id: place for place, row in enumerate(conn.execute(PLACES))}


def engaged(conn: Connection, but: str, ringing_since: datetime) -> tuple[set[int], set[int]]:
    """Who is on the line with a caller or holds one, and whose phone rings for one since then; in calls other
    than `but`."""
    talking: set[int] = set()
    ringing: set[int] = set()
    for row in conn.execute(ENGAGED, {"but": but}):
        counts = row.counts or {}
        on_line = row.agent_leg is not None and row.agent_leg != counts.get(LEG_ENDED)
        if row.agent_id is not None and (on_line or row.node == HELD):
            talking.add(row.agent_id)
        elif row.agent_id is None and row.offered_at is not None and row.offered_at > ringing_since:
            ringing |= set(counts.get("ringing", []))
    return talking, ringing


def in_waiting_room(conn: Connection, since: datetime) -> Sequence[Row[Any]]:
    """Callers whose call waits for somebody to be free and was heard of since then: gravest first, then
    longest waiting. Rows carry the call's sid, resume, counts and the complaint's tier."""
    seen = select(func.max(call_turns.c.at)).where(call_turns.c.call_sid == calls.c.sid).scalar_subquery()
    query = (
        select(table, calls.c.sid, calls.c.resume, calls.c.counts, complaints.c.tier)
        .join(calls, calls.c.sid == table.c.conversation_id)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(table.c.ended_at.is_(None), table.c.agent_id.is_(None))
        .where(calls.c.ended_at.is_(None), calls.c.node == WAITING_ROOM, seen >= since)
        .order_by(complaints.c.tier.desc(), table.c.asked_at)
    )
    return conn.execute(query).all()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()


def recent_waits(conn: Connection, since: datetime) -> list[float]:
    """Seconds from wish to accept, of handoffs asked since then."""
    seconds = func.julianday(table.c.accepted_at) - func.julianday(table.c.asked_at)
    query = select(seconds * 86400).where(table.c.accepted_at.is_not(None), table.c.asked_at >= since)
    return [float(value) for value in conn.execute(query).scalars()]
