"""The complaint's conversation as the page shows it: who speaks, what can be done about it, and what can
still be undone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.conversation import AGENT
from desk.door import house, user
from desk.queue import absent, names, show, sought, takeable
from desk.shown import marks
from reception import colleagues
from store import conversations, handoffs, messages, record, typing

CUSTOMER = "customer"


@dataclass(frozen=True)
class Talk:
    """The newest conversation: who speaks in it, and what the person at the desk can do about it. `sought`:
    whom it was handed on to, in words; `typing`: the customer is writing now."""

    id: str
    channel: str
    speaker: str
    agent: str
    mine: bool
    take: str
    handoff: Any
    waiting: bool
    sought: str
    typing: bool


@dataclass(frozen=True)
class Second:
    """An act that the person at the desk can still undo. `left`: milliseconds, None for a line that only
    WeChat is waited for; `stays`: it can be undone after these too; `words`: a line's, to go on from."""

    id: int
    name: str
    left: int | None
    stays: bool
    words: str


def talk_of(conn: Any, row: Any, at: datetime) -> Talk | None:
    chats = record.conversations_of(conn, row.id)
    if not chats:
        return None
    going = [chat for chat in chats if chat.ended_at is None]
    chat = max(going or chats, key=lambda each: each.last_heard_at)
    asked = handoffs.open_of(conn, chat.id)
    waiting = asked is not None and asked.agent_id is None
    return Talk(
        id=chat.id,
        channel=chat.channel,
        speaker=chat.speaker,
        agent=names(conn).get(chat.agent_id, ""),
        mine=chat.speaker == AGENT and chat.agent_id == user().id,
        take=takeable(chat, absent(conn, at) - {user().id}),
        handoff=asked,
        waiting=waiting,
        sought=sought(names(conn), asked.sought) if asked is not None and waiting else "",
        typing=typing.now(conn, chat.id, CUSTOMER, at),
    )


def speaking_in(conn: Any, row: Any, at: datetime) -> Any:
    """The conversation row that an answer from the desk goes to, or None."""
    talk = talk_of(conn, row, at)
    return conversations.get(conn, talk.id) if talk else None


def choices(conn: Any, complaint_id: int, at: datetime) -> list[tuple[str, str]]:
    """Whom a talk can be handed on to: what the form sends, and the name."""
    words = show()
    found = colleagues.choices(conn, complaint_id, user().id, at)
    return [(one.code, marks(one.name) or words.label("roles", one.code.partition(":")[2])) for one in found]


def seconds(conn: Any, complaint_id: int, at: datetime) -> list[Second]:
    """What can still be undone, the last act first."""
    found = house().undoing.open_to(conn, user().id, complaint_id, at)
    return [Second(one.id, one.name, _left(one.until, at), one.waits, _words(conn, one)) for one in found]


def _left(until: datetime | None, at: datetime) -> int | None:
    if until is None:
        return None
    return max(0, int((until - at).total_seconds() * 1000))


def _words(conn: Any, one: Any) -> str:
    """The words of a line that can be taken back, so that it can be said better."""
    return str(messages.get(conn, one.message).words) if one.message is not None else ""
