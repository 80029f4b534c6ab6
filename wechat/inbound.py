"""What a push means to us: words, a wish for a person, a right to send, or something to look at later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from core import quota
from core.wechat_files import OPENID
from reception.heard import Channel, Heard
from reception.house import House
from reception.telling import owe_call
from store import conversations, customers, messages, wechat_media, wechat_sends
from store import wechat as rows
from store.db import Connection
from wechat import follows, transfer
from wechat.door import Account
from wechat.push import EVENT, Push
from wechat.said import KNOWN, MEDIA, TEXT, is_placeholder, media_of, scene_of, words_of

IDENTITY = OPENID
CHANNEL: Channel = "wechat"
PATIENCE = 3.5
"""Seconds. WeChat waits for five, and may not push again after an answer that says no."""
OPENS = {"click": quota.MENU, "subscribe": quota.FOLLOW, "scan": quota.SCAN}
"""Events that open a right to send; a message opens another."""
NOTHING = frozenset({"view", "view_miniprogram", "location", "kf_create_session", "kf_switch_session"})
"""Events that ask for nothing: a link in the menu was opened, the phone tells where it is,
or who of Tencent's own desk speaks."""


def keep(house: House, account: Account, push: Push, at: datetime) -> bool:
    """Keep what the push says, in one transaction; the same push again changes nothing. Whether it is to be
    handed on to Tencent's own desk."""
    with house.db.writing(PATIENCE) as conn:
        act = _event if push.type == EVENT else _message
        act(conn, house, account, push, at)
        talk = _talk(conn, push) if account.transfers else None
        return talk is not None and transfer.handed_over(
            conn, house, conversations.fetch(conn, talk), push, at
        )


def keep_unreadable(house: House, key: str, body: str, why: str, at: datetime) -> None:
    """Keep what WeChat signed and we cannot read, for people to look at."""
    with house.db.writing(PATIENCE) as conn:
        rows.keep_unreadable(conn, key, body, why, at)


def _message(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """Keep a message; it waits for the end of its burst, a picture or a sound for its bytes as well."""
    if push.type not in KNOWN or is_placeholder(words_of(push), house.content.wechat.unsupported):
        _unsupported(conn, house, account, push, at)
        return
    heard = _heard(conn, push, words_of(push), push.key(account.id), at)
    meant = house.content.wechat.options.meant(heard.words, follows.offered(conn, heard.conversation))
    if meant is not None and push.type == TEXT:
        heard = replace(heard, words=meant, typed=heard.words)
    kept = house.reception.bursts.keep(conn, heard)
    if kept is None:
        return
    _open_right(conn, account, push, quota.MESSAGE, at)
    follows.learn_scene(conn, house, account.id, push.openid, kept, at)
    if push.type in MEDIA:
        wechat_media.expect(conn, kept.message, kept.complaint, account.id, media_of(push), push.type, at)
        house.reception.bursts.close_by(conn, kept.conversation, at)


def _unsupported(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """A sticker or a type that is new: kept for people to look at, and said so."""
    if not _open_right(conn, account, push, quota.MESSAGE, at):
        return
    if push.type not in KNOWN:
        rows.keep_unreadable(conn, push.key(account.id), _told(push), "unknown type", at)
    follows.turn_down(conn, house, _heard(conn, push, "", push.key(account.id), at))


def _event(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """What an event opens and what it asks for. One that we do not know is kept for people to look at."""
    by = OPENS.get(push.event)
    if by is not None and not _open_right(conn, account, push, by, at):
        return
    act = EVENTS.get(push.event)
    if act is not None:
        act(conn, house, account, push, at)
    elif by is None and push.event not in NOTHING:
        rows.keep_unreadable(conn, push.key(account.id), _told(push), "unknown event", at)


def _told(push: Push) -> str:
    return "\n".join(f"{name}: {value}" for name, value in sorted(push.fields.items()))


def _tapped(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """A tap on our menu says its word: to complain, or for a person."""
    words = house.content.label("wechat_menu", push.fields.get("EventKey", ""))
    kept = house.reception.bursts.keep(conn, _heard(conn, push, words, push.key(account.id), at))
    if kept is not None:
        follows.learn_scene(conn, house, account.id, push.openid, kept, at)


def _followed(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    follows.greet(conn, house, _heard(conn, push, "", push.key(account.id), at))


def _left(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """Nothing reaches somebody who no longer follows the account."""
    acted = quota.acted_at(push.at, at, quota.PUSHED_WITHIN)
    rows.mark_left(conn, account.id, push.openid, push.key(account.id), at, acted)


def _finished(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """What became of a template message. It may be told before we know the message's id."""
    id, who = push.fields.get("MsgID", ""), customers.find(conn, IDENTITY, push.openid)
    sent = wechat_sends.by_provider(conn, id)
    if sent is None and who is not None:
        sent = wechat_sends.in_flight(conn, who, wechat_sends.TEMPLATE)
    if sent is None:
        rows.keep_unreadable(conn, push.key(account.id), _told(push), "unknown message", at)
        return
    if sent.state not in (wechat_sends.RESERVED, wechat_sends.SENT, wechat_sends.UNKNOWN):
        return
    if push.fields.get("Status") == "success":
        wechat_sends.settle(conn, sent.id, wechat_sends.ARRIVED, at, provider_id=id)
        return
    wechat_sends.settle(conn, sent.id, wechat_sends.REFUSED, at, provider_id=id)
    about = messages.get(conn, sent.messages[-1]).complaint_id
    if about is not None:
        owe_call(conn, house.content, about, at)


def _desk_closed(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    talk = _talk(conn, push)
    if talk is not None:
        transfer.came_back(conn, conversations.fetch(conn, talk), at)


Act = Callable[[Connection, House, Account, Push, datetime], None]
EVENTS: dict[str, Act] = {
    "click": _tapped,
    "subscribe": _followed,
    "unsubscribe": _left,
    "templatesendjobfinish": _finished,
    "kf_close_session": _desk_closed,
}


def _heard(conn: Connection, push: Push, words: str, key: str, at: datetime) -> Heard:
    return Heard(CHANNEL, (IDENTITY, push.openid), words, key, at, _talk(conn, push))


def _talk(conn: Connection, push: Push) -> str | None:
    who = customers.find(conn, IDENTITY, push.openid)
    return conversations.of_customer(conn, who, CHANNEL) if who is not None else None


def _open_right(conn: Connection, account: Account, push: Push, by: str, at: datetime) -> bool:
    """It counts from when the customer acted, as far as clocks can be believed."""
    acted = quota.acted_at(push.at, at, quota.PUSHED_WITHIN)
    right = quota.opened(by, quota.begins(by, acted, at, account.grants), account.grants)
    key = push.key(account.id)
    return rows.open_right(conn, account.id, push.openid, right, key, at, scene_of(push), acted)
