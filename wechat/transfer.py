"""Who wishes for a person, handed to Tencent's own desk (`transfer_customer_service`), where that is on.

The only answer that we give inside a request: WeChat offers no other way (Tencent, "Message forwarding").
What is written there does not come to us; our record says when it ended and when it went on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from core import events as names
from core.conversation import AGENT
from reception.house import House
from reception.keeping import Kept, learn_turn
from store import conversations, events, messages
from store.db import Connection, Row
from wechat.envelope import Envelope
from wechat.push import EVENT, Push

TYPE = "transfer_customer_service"
CLICK = "click"


def handed_over(conn: Connection, house: House, row: Row[Any], push: Push, at: datetime) -> bool:
    """Whether this push is to be handed on: a person is wished for, or was before. Then nothing is left for
    the assistant to answer.

    Danger stays with our own people, who are called at once; so does whoever talks with one of them already.
    """
    if push.type == EVENT and push.event != CLICK:
        return False
    waiting = messages.pending(conn, row.id)
    understood = house.reception.turns.understand("\n".join(one.words for one in waiting), at)
    with_them = _with_them(conn, row.id)
    if understood.raised or row.speaker == AGENT or not (with_them or understood.human):
        return False
    if not with_them:
        _note(conn, row, names.WECHAT_TRANSFERRED, at)
    if waiting:
        newest = waiting[-1]
        told, vocabulary = "\n".join(one.words for one in waiting), house.content.vocabulary
        learn_turn(conn, Kept(newest.id, row.id, newest.complaint_id), told, understood, vocabulary, at)
    messages.mark_answered(conn, [one.id for one in waiting])
    conversations.change(conn, row.id, turn_at=None)
    return True


def came_back(conn: Connection, row: Row[Any], at: datetime) -> None:
    """Tencent's desk has closed the conversation: what the customer writes now comes to us again."""
    if _with_them(conn, row.id):
        _note(conn, row, names.WECHAT_TRANSFER_ENDED, at)


def reply(envelope: Envelope, push: Push, timestamp: str, nonce: str, salt: bytes, as_json: bool) -> str:
    """The sealed answer that hands this push on, in the account's format. `salt`: 16 random bytes."""
    to, we = push.openid, push.fields["ToUserName"]
    told = {"ToUserName": to, "FromUserName": we, "CreateTime": timestamp, "MsgType": TYPE}
    sealed = envelope.seal(_written(told, as_json), salt)
    signature = envelope.signature(timestamp, nonce, sealed)
    outer = {"Encrypt": sealed, "MsgSignature": signature, "TimeStamp": timestamp, "Nonce": nonce}
    return _written(outer, as_json)


def _written(fields: Mapping[str, str], as_json: bool) -> str:
    if as_json:
        return json.dumps(dict(fields), ensure_ascii=False)
    return "<xml>" + "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items()) + "</xml>"


def _with_them(conn: Connection, conversation_id: str) -> bool:
    passed = (names.WECHAT_TRANSFERRED, names.WECHAT_TRANSFER_ENDED)
    return events.newest_of(conn, conversation_id, passed) == names.WECHAT_TRANSFERRED


def _note(conn: Connection, row: Row[Any], name: str, at: datetime) -> None:
    events.append(conn, name, at, complaint_id=row.complaint_id, conversation_id=row.id)
