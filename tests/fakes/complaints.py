"""Complaints as rows, for tests that are not about how they came to be."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

from sqlalchemy import Connection

from core import events as names
from core import number
from store import complaints, conversations, customers, deliveries, events, messages
from store.db import Database

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Shanghai
URL = "http://127.0.0.1:9/hook"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def database(path) -> Database:
    db = Database(f"sqlite:///{path}/jiesu.db")
    db.migrate()
    return db


def complaint(
    conn: Connection, n: int, *, tier: int = 1, at: datetime = NOON, registered: bool = True
) -> int:
    """A complaint with one message, registered by default (which makes its first delivery)."""
    customer = customers.known_as(conn, "cookie", f"cookie-{n}", at)
    chat = f"chat-{n}"
    row = conversations.start(conn, id=chat, channel="web", customer_id=customer, sender=f"s-{n}", at=at)
    draws = (number.make(10_000_000 + n + i) for i in itertools.count())
    id = complaints.open_draft(
        conn, draw=lambda: next(draws), channel="web", customer_id=customer, at=at, conversation_id=chat
    )
    conversations.change(conn, chat, complaint_id=id)
    messages.hear(conn, conversation=row, complaint_id=id, key=f"key-{n}", words="送来就坏了", at=at)
    messages.mark_answered(conn, [m.id for m in messages.pending(conn, chat)])
    complaints.change(conn, id, tier=tier)
    if registered:
        register(conn, id, at)
    return id


def register(conn: Connection, id: int, at: datetime = NOON) -> None:
    complaints.change(conn, id, state="registered", registered_at=at)
    events.append(conn, names.COMPLAINT_REGISTERED, at, complaint_id=id)


def change(conn: Connection, id: int, at: datetime = NOON) -> int:
    """One more thing the back office hears of; returns the event's id."""
    return events.append(conn, names.FACT_LEARNED, at, complaint_id=id, field="phone")


def destination(conn: Connection, name: str = "default", url: str = URL, at: datetime = NOON) -> int:
    return deliveries.set_destination(conn, name, url, SECRET, at)
