"""What the live views follow: new events, and the rows that come and go without one. Pure reads."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, literal, null, select, union_all

from store.schema import complaints, conversations, events, typing, viewers

ABOUT = func.coalesce(events.c.complaint_id, conversations.c.complaint_id)
SIGNS = (
    select(
        events.c.id,
        events.c.name,
        events.c.conversation_id,
        events.c.complaint_id,
        complaints.c.number,
        complaints.c.owner_id,
    )
    .outerjoin(conversations, conversations.c.id == events.c.conversation_id)
    .outerjoin(complaints, complaints.c.id == ABOUT)
    .where(events.c.id > bindparam("cursor"))
    .order_by(events.c.id)
    .limit(bindparam("most"))
)
CONVERSATIONS = select(conversations.c.id).where(
    conversations.c.complaint_id.in_(bindparam("ids", expanding=True))
)
LOOKERS = (
    select(
        complaints.c.number,
        null().label("conversation"),
        viewers.c.user_id.label("who"),
        (viewers.c.writing_until > bindparam("now", type_=viewers.c.until.type)).label("writes"),
    )
    .join(complaints, complaints.c.id == viewers.c.complaint_id)
    .where(viewers.c.until > bindparam("now", type_=viewers.c.until.type))
)
WRITERS = (
    select(
        complaints.c.number,
        typing.c.conversation_id.label("conversation"),
        typing.c.author.label("who"),
        literal(1).label("writes"),
    )
    .join(conversations, conversations.c.id == typing.c.conversation_id)
    .join(complaints, complaints.c.id == conversations.c.complaint_id)
    .where(typing.c.until > bindparam("now", type_=typing.c.until.type))
)
PASSING = union_all(LOOKERS, WRITERS)


def signs(conn: Connection, cursor: int, most: int) -> Sequence[Any]:
    """Events past the cursor, oldest first: id, name, conversation_id, complaint_id, and number and owner of
    the complaint that it or its conversation is about."""
    return conn.execute(SIGNS, {"cursor": cursor, "most": most}).all()


def conversations_about(conn: Connection, complaint_ids: Collection[int]) -> Sequence[str]:
    """The conversations that are about these complaints now."""
    return conn.execute(CONVERSATIONS, {"ids": list(complaint_ids)}).scalars().all()


def passing(conn: Connection, now: datetime) -> frozenset[tuple[Any, ...]]:
    """Who looks at a complaint now, and who is writing: (number, conversation or None, who, whether they
    write). Neither leaves an event; both end by themselves."""
    return frozenset(tuple(row) for row in conn.execute(PASSING, {"now": now}))
