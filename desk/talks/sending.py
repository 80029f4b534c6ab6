"""A talk on WeChat as the page shows it: how much may still be said, and what became of each line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort

from core import undo
from core.roles import TALK
from desk.door import blueprint, house, needs, now, user
from desk.forms import done, row_of, whole
from desk.queue import keep_present, show
from desk.talks import enclosures, missed
from desk.talks.talking import Talk, speaking_in
from reception import reach
from reception.acting import Refused
from store import conversations as talks
from store import messages, record, wechat_sends
from store.db import Connection


@dataclass(frozen=True)
class Left:
    """How much may still be said, in words: until when, and what ends sooner. `last`: one message is left;
    `any_file`: whether other files go too, beside photos."""

    count: int
    until: str
    short: int
    short_until: str
    last: bool
    any_file: bool


@dataclass(frozen=True)
class Fate:
    """What became of a line: codes of labels.yml `send_states` and `wechat_errors`. `left`: milliseconds for
    which it can be taken back, None where that is over; `again`: the message that can be said once more."""

    state: str
    why: str
    left: int | None
    again: int | None


def left_in(conn: Connection, talk: Talk | None, at: datetime) -> Left | None:
    """What may still be said in this talk; None where nobody counts."""
    row = talks.get(conn, talk.id) if talk is not None else None
    found = reach.reach_of(conn, row, at) if row is not None else None
    if found is None:
        return None
    words = show()
    return Left(
        count=found.left,
        until=words.when(found.until),
        short=found.short,
        short_until=words.when(found.short_until),
        last=found.left == 1,
        any_file=found.any_file,
    )


def fates_of(conn: Connection, row: Any, at: datetime) -> dict[int, Fate]:
    """What became of our lines on WeChat, by message. What went out together is said again from its last."""
    found = reach.fates(conn, house().content, record.conversations_of(conn, row.id), at)
    last = {fate.send: message for message, fate in found.items()}
    return {message: _fate(conn, fate, last.get(fate.send) == message, at) for message, fate in found.items()}


def _fate(conn: Connection, fate: reach.Fate, last: bool, at: datetime) -> Fate:
    held = fate.until - undo.ON_ITS_WAY - at if fate.until is not None else None
    left = max(0, int(held.total_seconds() * 1000)) if held is not None else None
    return Fate(fate.state, fate.why, left, _again(conn, fate) if last else None)


def _again(conn: Connection, fate: reach.Fate) -> int | None:
    if fate.send is None or fate.state not in wechat_sends.NOT_ARRIVED:
        return None
    return fate.send if messages.by_key(conn, _key(fate.send)) is None else None


def _key(send: int) -> str:
    """One name for everybody's second try: two who press at once say it once."""
    return f"desk:again:{send}"


@blueprint.post("/complaints/<number>/again")
@needs(TALK)
def say_again(number: str) -> Any:
    """Say once more what may not have reached the customer: as one's own line, which counts anew."""
    keep_present(now())
    row, send_id = row_of(number), whole("send")
    with house().db.reading() as conn:
        send = wechat_sends.get(conn, send_id)
        if send is None or send.conversation_id not in {
            one.id for one in record.conversations_of(conn, row.id)
        }:
            abort(404)
        talk, (words, files) = speaking_in(conn, row, now()), missed.of(conn, send)
        lost = reach.state_of(send, now()) in wechat_sends.NOT_ARRIVED
        before = messages.by_key(conn, _key(send_id))
    if talk is None:
        abort(404)

    def act() -> None:
        if not (lost and (words or files)):
            raise Refused("arrived")
        sealed = enclosures.sealed_again(files) if before is None else ()
        house().agents.say(user().id, talk.id, words, _key(send_id), now(), sealed)

    return done(number, act, "words")
