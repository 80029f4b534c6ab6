"""What of a conversation on WeChat may still be said, and what became of each line of ours.

Nothing can be taken back from WeChat, and messages there are few (core/quota.py, core/outgoing.py): whoever
writes is told what is left, until when, and whether a line has gone out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import outgoing, quota
from core import wechat_codes as codes
from core.quota import Right
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
    `short_until`."""

    left: int
    until: datetime | None
    short: int
    short_until: datetime | None


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
    )


def fates(conn: Connection, chats: Sequence[Row[Any]], now: datetime) -> dict[int, Fate]:
    """What became of our lines, by message, in those of the conversations that are on WeChat."""
    found: dict[int, Fate] = {}
    for row in chats:
        if row.channel == CHANNEL:
            found |= _fates_in(conn, row, now)
    return found


def gone_out(conn: Connection, message: Row[Any]) -> bool:
    """Whether a line is on its way to WeChat, or there: then nothing brings it back."""
    row = conversations.fetch(conn, message.conversation_id)
    return bool(row.channel == CHANNEL and message.id <= (row.sent_up_to or 0))


def waiting(conn: Connection, conversation_ids: Collection[str], now: datetime) -> dict[int, datetime | None]:
    """The lines of these conversations that WeChat does not have yet: until when each rests, None when it
    only waits for its turn, as one does that WeChat has put off."""
    found: dict[int, datetime | None] = {}
    for row in (conversations.fetch(conn, id) for id in conversation_ids):
        lines = wechat_sends.unsent(conn, row) if row.channel == CHANNEL else ()
        if lines:
            held = _held(conn, row, rows.rights_of_customer(conn, row.customer_id, now), now)
            found |= {line.id: held for line in lines}
    return found


def _held(conn: Connection, row: Row[Any], rights: Sequence[Right], now: datetime) -> datetime | None:
    lines = [_line(one) for one in wechat_sends.unsent(conn, row)]
    if not lines:
        return None
    plan = outgoing.plan(lines, row.speaker, row.turn_at is not None, rights, now)
    return plan.until if isinstance(plan, outgoing.Wait) else None


def _line(row: Row[Any]) -> outgoing.Line:
    return outgoing.Line(row.id, row.author, row.words, row.at, row.reply, row.taken_back_at is not None)


def _fates_in(conn: Connection, row: Row[Any], now: datetime) -> dict[int, Fate]:
    sends = wechat_sends.of_conversation(conn, row.id)
    went = {message: send for send in sends for message in send.messages}
    held = _held(conn, row, rows.rights_of_customer(conn, row.customer_id, now), now)
    waits = {one.id for one in wechat_sends.unsent(conn, row)}
    found = {}
    for line in wechat_sends.ours(conn, row.id):
        if line.taken_back_at is None:
            found[line.id] = _fate(line, went.get(line.id), line.id in waits, held, now)
    return found


def _fate(line: Row[Any], send: Row[Any] | None, waits: bool, held: datetime | None, now: datetime) -> Fate:
    if waits:
        why = why_of(send, now) if send is not None else ""
        return Fate(wechat_sends.LATER, why) if why else Fate(WAITING, until=held)
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
