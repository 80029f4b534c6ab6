"""A complaint that came out of another one: linked to it, and nothing is asked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core import events as names
from reception.content import Content
from reception.registering import register
from store import complaints, events, facts
from store.db import Connection, Row

CARRIED = ("name", "phone", "contact_choice")
"""What is known of the person; the matter is a new one."""
SPLIT = "split"


def split(
    conn: Connection,
    content: Content,
    draw: Callable[[], str],
    row: Row[Any],
    words: str,
    user_id: int,
    at: datetime,
) -> int:
    """Open and register what the customer told of besides, in their words. Returns its id."""
    id = complaints.open_draft(
        conn, draw=draw, channel="desk", customer_id=row.customer_id, at=at, conversation_id=None
    )
    known = facts.current(conn, row.id)
    for field in CARRIED:
        if field in known:
            facts.learn(conn, id, field, known[field].value, by=known[field].by, at=at, user_id=user_id)
    facts.learn(conn, id, "story", words, by="agent", at=at, user_id=user_id)
    register(conn, content, id, at)
    complaints.link(conn, row.id, id, SPLIT)
    complaints.link(conn, id, row.id, SPLIT)
    number = complaints.get(conn, id).number
    events.append(conn, names.COMPLAINT_SPLIT, at, complaint_id=row.id, user_id=user_id, number=number)
    return id
