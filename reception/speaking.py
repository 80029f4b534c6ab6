"""What talks in writing and calls share: who speaks is changed by compare-and-set, in the transaction of the
act, and each change of speaker leaves its event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import complaint, conversation
from core import events as names
from reception.acting import Refused, own
from reception.content import Content
from reception.registering import register
from store import complaints, conversations, events, handoffs, messages, users
from store import promises as promise_rows
from store.db import Connection, Row


def conversation_of(conn: Connection, conversation_id: str) -> Row[Any]:
    """A conversation about a complaint. Raises Refused."""
    row = conversations.get(conn, conversation_id)
    if row is None or row.complaint_id is None:
        raise Refused("gone")
    return row


def turn(conn: Connection, row: Row[Any], *steps: conversation.Event) -> int:
    """Change who speaks; the new epoch. Raises Refused when it does not fit, or another was first."""
    before = after = conversations.speaker(row)
    try:
        for step in steps:
            after = conversation.step(after, step)
    except conversation.Refused:
        raise Refused("taken") from None
    if after != before and not conversations.set_speaker(conn, row.id, before, after):
        raise Refused("taken")
    return after.epoch


def record_accept(
    conn: Connection, content: Content, row: Row[Any], user_id: int, at: datetime, **about: Any
) -> None:
    """A person took over: the draft becomes a complaint with a named owner. `about` goes into the event."""
    if complaints.get(conn, row.complaint_id).state == complaint.DRAFT:
        register(conn, content, row.complaint_id, at)
    current = complaints.get(conn, row.complaint_id)
    owns = current.owner_id is None and current.state == complaint.REGISTERED
    event(conn, names.AGENT_ACCEPTED, row, user_id, at, **about, owned=owns)
    if owns:
        own(conn, current, user_id, at)


def first_word(conn: Connection, row: Row[Any], at: datetime) -> None:
    """The first word of a person keeps the promise of contact."""
    handoff = handoffs.open_of(conn, row.id)
    if handoff is not None and handoff.first_word_at is None:
        handoffs.change(conn, handoff.id, first_word_at=at)
        promise_rows.keep(conn, row.complaint_id, "callback", at)


def announce(
    conn: Connection, content: Content, row: Row[Any], reply: str, user_id: int | None, at: datetime
) -> None:
    """One sentence at each change of speaker."""
    owner = users.names(conn).get(user_id, "") if user_id is not None else ""
    line = content.say(reply, row.channel, owner=owner)
    messages.say(
        conn,
        conversation_id=row.id,
        complaint_id=row.complaint_id,
        author=conversation.SYSTEM,
        words=line.text,
        at=at,
        reply=reply,
        buttons=line.buttons,
    )


def event(conn: Connection, name: str, row: Row[Any], user_id: int | None, at: datetime, **about: Any) -> int:
    """Write an event of this conversation and its complaint; returns its id."""
    ids = {"complaint_id": row.complaint_id, "conversation_id": row.id}
    return events.append(conn, name, at, **ids, user_id=user_id, **about)
