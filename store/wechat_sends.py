"""What went out on WeChat: reserved in one transaction, sent, settled in another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from store.rows import insert
from store.schema import conversations, messages
from store.schema import wechat_sends as table

CUSTOMER = "customer"
RESERVED = "reserved"


def waiting(conn: Connection, after: int) -> list[str]:
    """WeChat conversations in which something was said after this message and is not sent."""
    query = (
        select(messages.c.conversation_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.id > after, messages.c.author != CUSTOMER, conversations.c.channel == "wechat")
        .where(messages.c.id > func.coalesce(conversations.c.sent_up_to, 0))
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
) -> int:
    """Note what is about to be sent. A row that stays reserved was cut off half-way: it may have arrived."""
    row = {"conversation_id": conversation_id, "kind": kind, "author": author, "messages": list(messages)}
    return insert(conn, table, {**row, "right_id": right_id, "state": RESERVED, "at": at})


def settle(
    conn: Connection,
    id: int,
    state: str,
    at: datetime,
    code: int | None = None,
    provider_id: str | None = None,
) -> None:
    values = {"state": state, "settled_at": at, "code": code, "provider_id": provider_id}
    conn.execute(update(table).where(table.c.id == id).values(**values))


def of_conversation(conn: Connection, conversation_id: str) -> Sequence[Row[Any]]:
    """Everything that went out in a conversation, oldest first."""
    query = select(table).where(table.c.conversation_id == conversation_id)
    return conn.execute(query.order_by(table.c.id)).all()
