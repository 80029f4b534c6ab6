"""What follows what a customer does on WeChat: a greeting, the fact in a scanned code, an option by number, a
polite word about what cannot be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core import complaint, conversation, scenes
from reception.heard import Heard
from reception.house import House
from reception.keeping import Kept, conversation_of
from store import complaints, conversations, facts, messages, wechat_sends
from store import wechat as rows
from store.db import Connection, Row

OPENING = "utter_open"
UNSUPPORTED = "utter_unsupported"
SCENE_LASTS = timedelta(days=7)
"""A code that was scanned longer ago says nothing about what is told now."""
SCANNED = "scan"


def greet(conn: Connection, house: House, heard: Heard) -> Row[Any] | None:
    """Say the opening to somebody to whom nothing was said yet; the message, None when something was. No
    complaint is opened."""
    row = conversation_of(conn, heard, house.reception.ids)
    if messages.replies_said(conn, row.id):
        return None
    return messages.get(conn, _say(conn, house, row.id, OPENING, heard.at))


def turn_down(conn: Connection, house: House, heard: Heard) -> None:
    """Say that this cannot be read, once until something else was said."""
    row = conversation_of(conn, heard, house.reception.ids)
    if messages.replies_said(conn, row.id)[-1:] != [UNSUPPORTED]:
        _say(conn, house, row.id, UNSUPPORTED, heard.at)


def _say(conn: Connection, house: House, conversation_id: str, reply: str, at: datetime) -> int:
    row = conversations.fetch(conn, conversation_id)
    line = house.content.say(reply, row.channel)
    return messages.say(
        conn,
        conversation_id=row.id,
        complaint_id=row.complaint_id,
        author=conversation.ASSISTANT,
        words=line.text,
        at=at,
        reply=line.reply,
        buttons=line.buttons,
    )


def offered(conn: Connection, conversation_id: str | None) -> list[str]:
    """The options before the customer's eyes: those of our last message while nothing was said after it."""
    newest = messages.newest(conn, conversation_id) if conversation_id else None
    sent = wechat_sends.newest_sent(conn, newest.conversation_id) if newest is not None else None
    if newest is None or sent is None or newest.id not in sent.messages:
        return []
    lines = [messages.get(conn, id) for id in sent.messages]
    return list(dict.fromkeys(button for line in lines for button in line.buttons))


def learn_scene(conn: Connection, house: House, account: str, openid: str, kept: Kept, at: datetime) -> None:
    """The code that the customer scanned before is a fact of the complaint that begins now, unless they have
    said something else themselves."""
    if complaints.get(conn, kept.complaint).state != complaint.DRAFT:
        return
    scene = rows.take_scene(conn, account, openid, at - SCENE_LASTS)
    if scene is None:
        return
    field, value = scenes.fact_of(scene, house.content.wechat.scenes)
    if facts.value(conn, kept.complaint, field) is None:
        facts.learn(conn, kept.complaint, field, value, by=SCANNED, at=at, message_id=kept.message)
