"""What of a conversation on WeChat may still be said, and what became of each line of ours.

Nothing can be taken back from WeChat, and messages there are few (core/quota.py, core/outgoing.py): whoever
writes is told what is left, until when, and whether a line has gone out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import quota, wechat_files
from core import wechat_codes as codes
from reception import going_out
from reception.content import Content
from store import conversations, wechat_sends
from store import wechat as rows
from store.db import Connection, Row

CHANNEL = "wechat"

WAITING, SENDING = "waiting", "sending"
"""What became of a line, besides the states of wechat_sends."""

CUT_OFF = timedelta(minutes=1)
"""A send takes seconds; one that stays reserved for longer was cut off, and may have arrived."""


@dataclass(frozen=True)
class Fate:
    """What became of a line. `why`: a code of labels.yml `wechat_errors`, or ""; `send`: the message that it
    went out in, or None; `until`: until when it can still be taken back."""

    state: str
    why: str = ""
    send: int | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Reach:
    """What may still be said to a customer: `left` messages until `until`, of which `short` only until
    `short_until`; `any_file`: whether other files go too, beside photos."""

    left: int
    until: datetime | None
    short: int
    short_until: datetime | None
    any_file: bool = False


def reach_of(conn: Connection, row: Row[Any], now: datetime) -> Reach | None:
    """What may still be said in this conversation; None where nobody counts."""
    if row.channel != CHANNEL:
        return None
    alive = quota.alive(rows.rights_of_customer(conn, row.customer_id, now), now)
    last = alive[-1].until if alive else None
    short = [right for right in alive if right.until != last]
    return Reach(
        left=quota.left(alive, now),
        until=last,
        short=quota.left(short, now),
        short_until=short[-1].until if short else None,
        any_file=going_out.way_to(conn, row.customer_id) == wechat_files.KF,
    )


def fates(conn: Connection, content: Content, chats: Sequence[Row[Any]], now: datetime) -> dict[int, Fate]:
    """What became of our lines, by message, in those of the conversations that are on WeChat."""
    found: dict[int, Fate] = {}
    for row in chats:
        if row.channel == CHANNEL:
            found |= _fates_in(conn, content, row, now)
    return found


def gone_out(conn: Connection, message: Row[Any]) -> bool:
    """Whether a line is on its way to WeChat, or there, be it a piece of it: then nothing brings it back."""
    row = conversations.fetch(conn, message.conversation_id)
    if row.channel != CHANNEL:
        return False
    return message.id <= (row.sent_up_to or 0) or message.id in wechat_sends.told(conn, row.id)


def waiting(
    conn: Connection, content: Content, conversation_ids: Collection[str], now: datetime
) -> dict[int, datetime | None]:
    """The lines of these conversations that WeChat does not have yet: until when each rests, None when it
    only waits for its turn, as one does that WeChat has put off."""
    found: dict[int, datetime | None] = {}
    for row in (conversations.fetch(conn, id) for id in conversation_ids):
        if row.channel == CHANNEL:
            found |= _resting(conn, content, row, now)
    return found


def _resting(conn: Connection, content: Content, row: Row[Any], now: datetime) -> dict[int, datetime | None]:
    rights = rows.rights_of_customer(conn, row.customer_id, now)
    following = going_out.next_of(conn, content, row, rights, now)
    if following is None:
        return {}
    told = wechat_sends.told(conn, row.id)
    return {line.id: following.rests_until for line in following.lines if line.id not in told}


def _fates_in(conn: Connection, content: Content, row: Row[Any], now: datetime) -> dict[int, Fate]:
    went = _went(wechat_sends.of_conversation(conn, row.id))
    resting = _resting(conn, content, row, now)
    found = {}
    for line in wechat_sends.ours(conn, row.id):
        if line.taken_back_at is None and line.id in resting:
            found[line.id] = _waits(went.get(line.id), resting[line.id], now)
        elif line.taken_back_at is None:
            found[line.id] = _fate(went.get(line.id), now)
    return found


def _went(sends: Sequence[Row[Any]]) -> dict[int, Row[Any]]:
    """The message that says what became of each line: the last one, but that a piece may not have arrived is
    not hidden by the next one that did."""
    found: dict[int, Row[Any]] = {}
    for send in sends:
        for line in send.messages:
            before = found.get(line)
            lost = before is not None and before.state == wechat_sends.UNKNOWN
            if not (lost and send.state == wechat_sends.SENT):
                found[line] = send
    return found


def _waits(send: Row[Any] | None, until: datetime | None, now: datetime) -> Fate:
    if send is None:
        return Fate(WAITING, until=until)
    why = why_of(send, now) or (codes.BUSY if send.state == wechat_sends.LATER else "")
    return Fate(wechat_sends.LATER, why) if why else Fate(WAITING, until=until)


def _fate(send: Row[Any] | None, now: datetime) -> Fate:
    if send is None:
        return Fate(wechat_sends.DROPPED)
    return Fate(state_of(send, now), why_of(send, now), send.id)


def state_of(send: Row[Any], now: datetime) -> str:
    """What became of a message, in one word: a code of labels.yml `send_states`."""
    if send.state == wechat_sends.RESERVED:
        return wechat_sends.UNKNOWN if now - send.at > CUT_OFF else SENDING
    if send.state == wechat_sends.SENT and send.kind == wechat_sends.TEMPLATE:
        return wechat_sends.TEMPLATE
    return str(send.state)


def why_of(send: Row[Any], now: datetime) -> str:
    """What WeChat answered, as a code of labels.yml `wechat_errors`; "" where it took the message."""
    if send.code:
        return codes.meaning(send.code)
    return codes.UNKNOWN if state_of(send, now) == wechat_sends.UNKNOWN else ""
