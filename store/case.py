"""What the customer's page reads that nobody else does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from core.conversation import AGENT
from store.schema import conversations, files, messages

NOT_WRITTEN = ("phone", "desk")
"""Where what was said was not written by the customer, or to them."""


def lines(conn: Connection, complaint_id: int, limit: int) -> Sequence[Row[Any]]:
    """The last lines that customer and house wrote to each other about a complaint, oldest first."""
    query = (
        select(messages)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.complaint_id == complaint_id, conversations.c.channel.not_in(NOT_WRITTEN))
        .order_by(messages.c.id.desc())
    )
    return conn.execute(query.limit(limit)).all()[::-1]


def conversation(conn: Connection, complaint_id: int) -> str | None:
    """Where lines from the page are kept when customer and house do not write to each other."""
    query = select(conversations.c.id).where(
        conversations.c.complaint_id == complaint_id,
        conversations.c.channel.not_in(NOT_WRITTEN),
        conversations.c.ended_at.is_not(None),
    )
    return conn.execute(query.order_by(conversations.c.started_at.desc()).limit(1)).scalar()


def photos(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """The photos that the customer sent, oldest first."""
    query = (
        select(files)
        .join(messages, messages.c.id == files.c.message_id)
        .where(files.c.complaint_id == complaint_id, files.c.kind == "photo", messages.c.author == "customer")
        .order_by(files.c.received_at, files.c.id)
    )
    return conn.execute(query).all()


def enclosures(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """The files that people of the house sent the customer in writing, oldest first; none of a line that was
    taken back."""
    query = (
        select(files)
        .join(messages, messages.c.id == files.c.message_id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(files.c.complaint_id == complaint_id, messages.c.author == AGENT)
        .where(messages.c.taken_back_at.is_(None), conversations.c.channel.not_in(NOT_WRITTEN))
        .order_by(files.c.received_at, files.c.id)
    )
    return conn.execute(query).all()
