"""Conversations: who speaks, what was asked, and the lease that lets one turn run at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, or_, select, update

from core.conversation import State
from store.schema import conversations as table

BY_ID = select(table).where(table.c.id == bindparam("id"))
CHANGE = update(table).where(table.c.id == bindparam("this"))
CHANGE_SPEAKER = CHANGE.where(table.c.epoch == bindparam("before"))
LEASE_FREE = CHANGE.where(
    or_(
        table.c.leased_until.is_(None),
        table.c.leased_until < bindparam("now"),
        table.c.leased_until > bindparam("void"),
    )
)
END_LEASE = CHANGE.where(table.c.leased_by == bindparam("mine")).values(leased_until=None, leased_by=None)

LEASE = timedelta(seconds=10)
MARGIN = timedelta(seconds=30)  # a lease that reaches further ahead is void: the clock was moved


def start(
    conn: Connection, *, id: str, channel: str, customer_id: int, sender: str, at: datetime
) -> Row[Any]:
    """A new conversation in which the assistant speaks. `sender` is the name Rasa knows it by."""
    conn.execute(
        table.insert().values(
            id=id,
            channel=channel,
            customer_id=customer_id,
            speaker=State().speaker,
            epoch=0,
            asked_counts={},
            skipped=[],
            misses=0,
            mood="calm",
            mood_level=0,
            calm_turns=0,
            sender=sender,
            sender_generation=1,
            started_at=at,
            last_heard_at=at,
        )
    )
    return fetch(conn, id)


def get(conn: Connection, id: str) -> Row[Any] | None:
    return conn.execute(BY_ID, {"id": id}).one_or_none()


def fetch(conn: Connection, id: str) -> Row[Any]:
    """The conversation; it must exist."""
    return conn.execute(BY_ID, {"id": id}).one()


def by_sender(conn: Connection, sender: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.sender == sender)).one_or_none()


def change(conn: Connection, id: str, **values: Any) -> None:
    conn.execute(CHANGE, {"this": id, **values})


def speaker(row: Row[Any]) -> State:
    return State(row.speaker, row.agent_id, row.epoch)


def set_speaker(conn: Connection, id: str, before: State, after: State) -> bool:
    """Compare and set: False when somebody else changed the speaker since `before` was read."""
    values = {"speaker": after.speaker, "agent_id": after.agent, "epoch": after.epoch}
    return conn.execute(CHANGE_SPEAKER, {"this": id, "before": before.epoch, **values}).rowcount == 1


def lease(conn: Connection, id: str, message: int, now: datetime) -> bool:
    """Claim the next turn of this conversation for ten seconds, on behalf of one message; False while
    another turn runs."""
    free = {"this": id, "now": now, "void": now + LEASE + MARGIN}
    values = {"leased_until": now + LEASE, "leased_by": message}
    return conn.execute(LEASE_FREE, {**free, **values}).rowcount == 1


def release(conn: Connection, id: str, message: int) -> bool:
    """End the turn; False when the lease had run out and another turn has taken it."""
    return conn.execute(END_LEASE, {"this": id, "mine": message}).rowcount == 1


def feel(conn: Connection, complaint_id: int, mood: str, level: int) -> None:
    """The mood in every conversation of this complaint that goes on."""
    going = (table.c.complaint_id == complaint_id, table.c.ended_at.is_(None))
    conn.execute(update(table).where(*going).values(mood=mood, mood_level=level, calm_turns=0))


def spoken_by(conn: Connection, agent_id: int) -> list[str]:
    """Written conversations in which this agent speaks; a phone call ends by itself."""
    query = select(table.c.id).where(table.c.agent_id == agent_id, table.c.channel != "phone")
    return list(conn.execute(query).scalars())


def written_of(conn: Connection, complaint_id: int) -> str | None:
    """The newest written conversation of a complaint, where a notice reaches the customer."""
    query = select(table.c.id).where(
        table.c.complaint_id == complaint_id,
        table.c.channel.not_in(["phone", "desk"]),
        table.c.ended_at.is_(None),
    )
    return conn.execute(query.order_by(table.c.started_at.desc()).limit(1)).scalar()


def heard_at(conn: Connection, complaint_id: int) -> datetime | None:
    """When the customer was last heard of, in any conversation about this complaint."""
    found: datetime | None = conn.execute(
        select(func.max(table.c.last_heard_at)).where(table.c.complaint_id == complaint_id)
    ).scalar()
    return found


def abandoned(conn: Connection, before: datetime) -> list[str]:
    """Written conversations whose speaking agent has not been present since then."""
    from store.schema import users

    query = (
        select(table.c.id)
        .join(users, users.c.id == table.c.agent_id)
        .where(
            table.c.channel != "phone", or_(users.c.present_until.is_(None), users.c.present_until < before)
        )
    )
    return list(conn.execute(query).scalars())


def silent_drafts(conn: Connection, before: datetime) -> list[str]:
    """Conversations whose complaint is still a draft and whose customer was last heard before then."""
    from store.schema import complaints

    query = (
        select(table.c.id)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(complaints.c.state == "draft", table.c.last_heard_at < before)
    )
    return list(conn.execute(query).scalars())


def turns_due(conn: Connection, now: datetime) -> list[str]:
    """Conversations whose turn closed by now and was not answered yet, the oldest first."""
    query = select(table.c.id).where(table.c.turn_at <= now).order_by(table.c.turn_at)
    return list(conn.execute(query.limit(100)).scalars())


def of_customer(conn: Connection, customer_id: int, channel: str) -> str | None:
    """The newest conversation of a customer in this channel."""
    query = select(table.c.id).where(table.c.customer_id == customer_id, table.c.channel == channel)
    return conn.execute(query.order_by(table.c.started_at.desc()).limit(1)).scalar()
