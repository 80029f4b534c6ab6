"""Messages: the customer's own words and every answer, append-only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from core import events as names
from store import events
from store.rows import insert
from store.schema import messages as table

BY_ID = select(table).where(table.c.id == bindparam("id"))
BY_KEY = select(table).where(table.c.provider_key == bindparam("key"))
ANSWERS_TO = select(table).where(table.c.answers == bindparam("id")).order_by(table.c.id)
ANSWERED = update(table).where(table.c.id.in_(bindparam("ids", expanding=True)))
PENDING = (
    select(table)
    .where(table.c.conversation_id == bindparam("conversation"), table.c.answered.is_(False))
    .order_by(table.c.id)
)
REPLIES_SAID = (
    select(table.c.reply)
    .where(table.c.conversation_id == bindparam("conversation"), table.c.reply.is_not(None))
    .order_by(table.c.id)
)


def by_key(conn: Connection, key: str) -> Row[Any] | None:
    """The message that this provider event made, or None when it is new."""
    return conn.execute(BY_KEY, {"key": key}).one_or_none()


def hear(
    conn: Connection,
    *,
    conversation: Row[Any],
    complaint_id: int | None,
    key: str,
    words: str,
    at: datetime,
    answered: bool = False,
    typed: str = "",
) -> int:
    """Keep what a customer said, word for word. `key` is unique to the provider's event. answered: it is, in
    this same transaction. `typed`: what was typed, where it was an option's number and `words` are the
    option's."""
    heard = {"author": "customer", "words": words, "provider_key": key, "at": at}
    values = {**heard, "answered": answered, "typed": typed or None}
    id = _insert(conn, conversation.id, complaint_id, values)
    events.append(
        conn,
        names.MESSAGE_HEARD,
        at,
        complaint_id=complaint_id,
        conversation_id=conversation.id,
        message=id,
    )
    return id


def say(
    conn: Connection,
    *,
    conversation_id: str,
    complaint_id: int | None,
    author: str,
    words: str,
    at: datetime,
    reply: str | None = None,
    buttons: Sequence[str] = (),
    answers: int | None = None,
    agent_id: int | None = None,
    key: str | None = None,
) -> int:
    """Keep a sentence for the customer; the event makes it appear wherever the conversation is shown."""
    values = {
        "author": author,
        "words": words,
        "reply": reply,
        "buttons": list(buttons),
        "answers": answers,
        "agent_id": agent_id,
        "provider_key": key,
        "at": at,
        "answered": True,
    }
    id = _insert(conn, conversation_id, complaint_id, values)
    events.append(
        conn,
        names.MESSAGE_SAID,
        at,
        complaint_id=complaint_id,
        conversation_id=conversation_id,
        user_id=agent_id,
        message=id,
    )
    return id


def take_back(conn: Connection, id: int, at: datetime) -> bool:
    """Mark a line as taken back; its words stay. False when it was already."""
    standing = update(table).where(table.c.id == id, table.c.taken_back_at.is_(None))
    return conn.execute(standing.values(taken_back_at=at)).rowcount == 1


def spoken_since(conn: Connection, conversation_id: str, agent_id: int, since: datetime) -> bool:
    """Whether this agent has said a line since then that was not taken back."""
    lines = select(table.c.id).where(
        table.c.conversation_id == conversation_id,
        table.c.agent_id == agent_id,
        table.c.at >= since,
        table.c.taken_back_at.is_(None),
    )
    return conn.execute(lines.limit(1)).first() is not None


def _insert(conn: Connection, conversation_id: str, complaint_id: int | None, values: dict[str, Any]) -> int:
    row = {"conversation_id": conversation_id, "complaint_id": complaint_id, "buttons": [], **values}
    return insert(conn, table, row)


def mark_answered(conn: Connection, ids: Sequence[int]) -> None:
    conn.execute(ANSWERED, {"ids": list(ids), "answered": True})


def answers_to(conn: Connection, id: int) -> Sequence[Row[Any]]:
    """What was said in answer to this message, in order."""
    return conn.execute(ANSWERS_TO, {"id": id}).all()


def get(conn: Connection, id: int) -> Row[Any]:
    return conn.execute(BY_ID, {"id": id}).one()


def of_conversation(conn: Connection, conversation_id: str, limit: int = 500) -> Sequence[Row[Any]]:
    """The last `limit` messages, oldest first."""
    newest = select(table).where(table.c.conversation_id == conversation_id)
    rows = conn.execute(newest.order_by(table.c.id.desc()).limit(limit)).all()
    return rows[::-1]


def newest(conn: Connection, conversation_id: str) -> Row[Any] | None:
    """The last message of a conversation, whoever's it is."""
    query = select(table).where(table.c.conversation_id == conversation_id)
    return conn.execute(query.order_by(table.c.id.desc()).limit(1)).one_or_none()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.complaint_id == complaint_id)
    return conn.execute(query.order_by(table.c.id)).all()


def last_heard(conn: Connection, complaint_id: int) -> datetime | None:
    """When the customer last wrote or spoke in this complaint."""
    query = select(table.c.at).where(table.c.complaint_id == complaint_id, table.c.author == "customer")
    return conn.execute(query.order_by(table.c.id.desc()).limit(1)).scalar()


def unanswered(conn: Connection, before: datetime) -> Sequence[Row[Any]]:
    """Customers' messages kept before then that nothing answered, oldest first."""
    query = select(table).where(table.c.answered.is_(False), table.c.at < before)
    return conn.execute(query.order_by(table.c.at, table.c.id).limit(100)).all()


def pending(conn: Connection, conversation_id: str) -> Sequence[Row[Any]]:
    """This conversation's messages that still wait for an answer, oldest first."""
    return conn.execute(PENDING, {"conversation": conversation_id}).all()


def replies_said(conn: Connection, conversation_id: str) -> list[str]:
    """Names of the assistant's replies so far, oldest first."""
    said = conn.execute(REPLIES_SAID, {"conversation": conversation_id})
    return [str(name) for name in said.scalars()]
