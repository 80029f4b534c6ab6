"""A line of the house where the customer reads it, said of what is stored."""

from __future__ import annotations

from datetime import datetime

from core import complaint, conversation
from core import events as names
from reception.acting import Refused
from reception.alarms import raise_alarm
from reception.content import Content, UnfilledSlot
from reception.registering import make_promise
from store import complaints, conversations, events, messages
from store.db import Connection

UNSENT = "wechat_unsent"
"""The alarm: what a customer must hear of cannot be written."""
OVER = (complaint.CLOSED, complaint.WITHDRAWN)


def announce(
    conn: Connection, content: Content, complaint_id: int, reply: str, at: datetime, **slots: str
) -> bool:
    """Say the line in the complaint's written conversation. False when there is none, or when a slot is not
    filled: then nothing is said."""
    chat = conversations.written_of(conn, complaint_id)
    if chat is None:
        return False
    try:
        line = content.say(reply, conversations.fetch(conn, chat).channel, **slots)
    except UnfilledSlot:
        return False
    message = messages.say(
        conn,
        conversation_id=chat,
        complaint_id=complaint_id,
        author=conversation.SYSTEM,
        words=line.text,
        at=at,
        reply=line.reply,
        buttons=line.buttons,
    )
    events.append(conn, names.CUSTOMER_TOLD, at, complaint_id=complaint_id, message=message)
    return True


def write(conn: Connection, complaint_id: int, words: str, user_id: int, at: datetime) -> bool:
    """A colleague's words in the complaint's written conversation. False when there is none. Raises Refused
    while another colleague speaks there."""
    chat = conversations.written_of(conn, complaint_id)
    if chat is None:
        return False
    speaks = conversations.speaker(conversations.fetch(conn, chat))
    if speaks.speaker == conversation.AGENT and speaks.agent != user_id:
        raise Refused("taken")
    messages.say(
        conn,
        conversation_id=chat,
        complaint_id=complaint_id,
        author=conversation.AGENT,
        words=words,
        at=at,
        agent_id=user_id,
    )
    return True


def owe_call(conn: Connection, content: Content, complaint_id: int, at: datetime) -> None:
    """What the customer must hear of cannot be written to them: somebody calls, by a stored time."""
    if complaints.get(conn, complaint_id).state not in OVER:
        make_promise(conn, content, complaint_id, "callback", at)
    raise_alarm(conn, UNSENT, at, complaint_id)
