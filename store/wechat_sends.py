"""What went out on WeChat: reserved in one transaction, sent, settled in another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core import events as names
from store import events
from store.rows import insert
from store.schema import complaints, conversations, messages
from store.schema import wechat_sends as table

CUSTOMER = "customer"
RESERVED = "reserved"
SENT = "sent"
ARRIVED = "arrived"
"""Of a template message: WeChat says so afterwards."""
UNKNOWN = "unknown"
"""It may have arrived: WeChat did not answer, or we were cut off. Never repeated."""
LATER = "later"
REFUSED = "refused"
NO_RIGHT = "no_right"
"""The customer must hear of it and cannot be written to: somebody calls."""
DROPPED = "dropped"
"""Never sent: overtaken, or an answer of the assistant's that had no right."""
NOT_ARRIVED = (UNKNOWN, REFUSED, NO_RIGHT)
"""How a message ended that may not be with the customer."""
TEXT, MEDIA, TEMPLATE = "text", "media", "template"
SPOKEN = (TEXT, MEDIA)
"""What goes out as customer service, by a right: words, or a file."""


def waiting(conn: Connection, after: int) -> list[str]:
    """WeChat conversations in which anybody said something after this message, and something is not sent."""
    ours = messages.alias("ours")
    unsent = select(ours.c.id).where(
        ours.c.conversation_id == conversations.c.id,
        ours.c.author != CUSTOMER,
        ours.c.id > func.coalesce(conversations.c.sent_up_to, 0),
    )
    query = (
        select(messages.c.conversation_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id > after, conversations.c.channel == "wechat", unsent.exists())
    )
    return list(dict.fromkeys(conn.execute(query.order_by(messages.c.id)).scalars()))


def newest_message(conn: Connection) -> int:
    return conn.execute(select(func.max(messages.c.id))).scalar() or 0


def unsent(conn: Connection, conversation: Row[Any]) -> Sequence[Row[Any]]:
    """What was said in the conversation and not sent, oldest first."""
    query = select(messages).where(
        messages.c.conversation_id == conversation.id,
        messages.c.author != CUSTOMER,
        messages.c.id > (conversation.sent_up_to or 0),
    )
    return conn.execute(query.order_by(messages.c.id)).all()


def reserve(
    conn: Connection,
    conversation_id: str,
    *,
    kind: str,
    author: str,
    messages: Sequence[int],
    right_id: int | None,
    at: datetime,
    file_id: str | None = None,
) -> int:
    """Note what is about to be sent. A row that stays reserved was cut off half-way: it may have arrived."""
    row = {"conversation_id": conversation_id, "kind": kind, "author": author, "messages": list(messages)}
    return insert(conn, table, {**row, "right_id": right_id, "file_id": file_id, "state": RESERVED, "at": at})


def settle(
    conn: Connection,
    id: int,
    state: str,
    at: datetime,
    code: int | None = None,
    provider_id: str | None = None,
) -> None:
    """What became of it; the event makes it appear wherever the conversation is shown. It is none of the
    complaint's numbered events: that a line arrived must make nobody's save stale."""
    values = {"state": state, "settled_at": at, "code": code, "provider_id": provider_id}
    query = update(table).where(table.c.id == id).values(**values).returning(table.c.conversation_id)
    conversation_id = conn.execute(query).scalar_one()
    events.append(conn, names.WECHAT_SENT, at, conversation_id=conversation_id, send=id, state=state)


def note_provider(conn: Connection, id: int, provider_id: str) -> None:
    """The provider's id of a message that was settled before we knew it."""
    conn.execute(update(table).where(table.c.id == id).values(provider_id=provider_id))


def cut_off(conn: Connection) -> Sequence[Row[Any]]:
    """What was reserved and never settled."""
    return conn.execute(select(table).where(table.c.state == RESERVED).order_by(table.c.id)).all()


def put_off(conn: Connection, conversation_id: str, lines: Collection[int]) -> list[datetime]:
    """When WeChat put off a message with one of these lines in it, oldest first."""
    query = select(table.c.at, table.c.messages).where(
        table.c.conversation_id == conversation_id, table.c.state == LATER
    )
    return [row.at for row in conn.execute(query.order_by(table.c.id)) if set(row.messages) & set(lines)]


def begun(conn: Connection, conversation_id: str, since: int) -> Counter[int]:
    """How many messages that end with a line went out, or may have, by line, from this line on: as long as
    the line counts as not sent, they are pieces of it."""
    query = select(table.c.messages).where(
        table.c.conversation_id == conversation_id,
        table.c.kind.in_(SPOKEN),
        table.c.state.in_([RESERVED, SENT, UNKNOWN]),
    )
    return Counter(lines[-1] for lines in conn.execute(query).scalars() if lines[-1] >= since)


def told(conn: Connection, conversation_id: str) -> set[int]:
    """The lines of which something went out by a right, or may have."""
    query = select(table.c.messages).where(
        table.c.conversation_id == conversation_id,
        table.c.kind.in_(SPOKEN),
        table.c.state.in_([RESERVED, SENT, UNKNOWN]),
    )
    return {line for lines in conn.execute(query).scalars() for line in lines}


def last_template(conn: Connection, conversation_id: str) -> datetime | None:
    """When the newest template message went out that may have arrived."""
    query = select(func.max(table.c.at)).where(
        table.c.conversation_id == conversation_id,
        table.c.kind == TEMPLATE,
        table.c.state.in_([RESERVED, SENT, ARRIVED, UNKNOWN]),
    )
    found: datetime | None = conn.execute(query).scalar()
    return found


def in_flight(conn: Connection, customer_id: int, kind: str) -> Row[Any] | None:
    """What is being sent to this customer now, or was sent and never answered by WeChat: a template message,
    or what goes out by a right."""
    kinds = (TEMPLATE,) if kind == TEMPLATE else SPOKEN
    talks = select(conversations.c.id).where(
        conversations.c.customer_id == customer_id, conversations.c.channel == "wechat"
    )
    # Whatever else is asked of a row stands in an expression, lest SQLite walk everybody's by its index.
    nameless = func.coalesce(table.c.provider_id, "") == ""
    open_ones = func.coalesce(table.c.state, "").in_([RESERVED, UNKNOWN])
    query = select(table).where(
        table.c.conversation_id.in_(talks), table.c.kind.in_(kinds), nameless, open_ones
    )
    return conn.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()


def newest_sent(conn: Connection, conversation_id: str) -> Row[Any] | None:
    """The newest message that the customer has, or may have, before their eyes."""
    query = select(table).where(
        table.c.conversation_id == conversation_id, table.c.kind == TEXT, table.c.state.in_([SENT, UNKNOWN])
    )
    return conn.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()


def of_conversation(conn: Connection, conversation_id: str) -> Sequence[Row[Any]]:
    """Everything that went out in a conversation, oldest first."""
    query = select(table).where(table.c.conversation_id == conversation_id)
    return conn.execute(query.order_by(table.c.id)).all()


def by_provider(conn: Connection, provider_id: str) -> Row[Any] | None:
    """The message that the provider knows by this id."""
    return conn.execute(select(table).where(table.c.provider_id == provider_id)).one_or_none()


def get(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def latest(conn: Connection, limit: int) -> Sequence[Row[Any]]:
    """What went out last, the newest first, each with the complaint of its conversation."""
    talk, complaint = conversations, complaints
    query = (
        select(table, complaint.c.id.label("complaint_id"), complaint.c.number)
        .join(talk, talk.c.id == table.c.conversation_id)
        .outerjoin(complaint, complaint.c.id == talk.c.complaint_id)
    )
    return conn.execute(query.order_by(table.c.id.desc()).limit(limit)).all()


def counted(conn: Connection, since: datetime) -> dict[tuple[str, str], int]:
    """How many messages were reserved since then, by kind and state."""
    query = select(table.c.kind, table.c.state, func.count()).where(table.c.at >= since)
    rows = conn.execute(query.group_by(table.c.kind, table.c.state)).all()
    return {(kind, state): many for kind, state, many in rows}


def unsent_of_all(conn: Connection) -> tuple[int, datetime | None]:
    """How many lines wait to be sent, in all conversations, and when the oldest of them was said."""
    query = (
        select(func.count(), func.min(messages.c.at))
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(conversations.c.channel == "wechat", messages.c.author != CUSTOMER)
        .where(messages.c.id > func.coalesce(conversations.c.sent_up_to, 0))
        .where(messages.c.taken_back_at.is_(None))
    )
    many, oldest = conn.execute(query).one()
    return many, oldest


def last_answered(conn: Connection, codes: Collection[int]) -> Row[Any] | None:
    """The newest message that WeChat answered with one of these codes."""
    query = select(table).where(table.c.code.in_(codes)).order_by(table.c.id.desc())
    return conn.execute(query.limit(1)).one_or_none()


def ours(conn: Connection, conversation_id: str) -> Sequence[Row[Any]]:
    """Everything that was said in a conversation from our side, oldest first."""
    query = select(messages).where(
        messages.c.conversation_id == conversation_id, messages.c.author != CUSTOMER
    )
    return conn.execute(query.order_by(messages.c.id)).all()
