"""What a push means to us: words, a wish for a person, a right to send, or something to look at later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core import quota
from reception.heard import Channel, Heard
from reception.house import House
from store import conversations, customers, wechat_media
from store import wechat as rows
from store.db import Connection
from wechat.door import Account
from wechat.push import EVENT, Push
from wechat.said import MEDIA, media_of, words_of

IDENTITY = "openid"
CHANNEL: Channel = "wechat"
OPENS = {"click": quota.MENU, "subscribe": quota.FOLLOW, "scan": quota.SCAN}
"""Events that open a right to send; a message opens another."""


def keep(house: House, account: Account, push: Push, at: datetime) -> None:
    """Keep what the push says, in one transaction; the same push again changes nothing."""
    with house.db.writing() as conn:
        act = _event if push.type == EVENT else _message
        act(conn, house, account, push, at)


def keep_unreadable(house: House, key: str, body: str, why: str, at: datetime) -> None:
    """Keep what WeChat signed and we cannot read, for people to look at."""
    with house.db.writing() as conn:
        rows.keep_unreadable(conn, key, body, why, at)


def _message(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """Keep a message; it waits for the end of its burst, a picture or a sound for its bytes as well."""
    heard = _heard(conn, push, words_of(push), push.key(account.id), at)
    kept = house.reception.bursts.keep(conn, heard)
    if kept is None:
        return
    _open_right(conn, account, push, quota.MESSAGE, at)
    if push.type in MEDIA:
        wechat_media.expect(conn, kept.message, kept.complaint, account.id, media_of(push), push.type, at)


def _event(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """What an event opens and what it asks for. One that we do not know is kept for people to look at."""
    by = OPENS.get(push.event)
    if by is not None and not _open_right(conn, account, push, by, at):
        return
    act = EVENTS.get(push.event)
    if act is not None:
        act(conn, house, account, push, at)
    elif by is None:
        told = "\n".join(f"{name}: {value}" for name, value in sorted(push.fields.items()))
        rows.keep_unreadable(conn, push.key(account.id), told, "unknown event", at)


def _tapped(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """A tap on our menu says its word: to complain, or for a person."""
    words = house.content.label("wechat_menu", push.fields.get("EventKey", ""))
    house.reception.bursts.keep(conn, _heard(conn, push, words, push.key(account.id), at))


def _left(conn: Connection, house: House, account: Account, push: Push, at: datetime) -> None:
    """Nothing reaches somebody who no longer follows the account."""
    rows.shut(conn, account.id, push.openid)


Act = Callable[[Connection, House, Account, Push, datetime], None]
EVENTS: dict[str, Act] = {"click": _tapped, "unsubscribe": _left}


def _heard(conn: Connection, push: Push, words: str, key: str, at: datetime) -> Heard:
    who = customers.find(conn, IDENTITY, push.openid)
    conversation = conversations.of_customer(conn, who, CHANNEL) if who is not None else None
    return Heard(CHANNEL, (IDENTITY, push.openid), words, key, at, conversation)


def _open_right(conn: Connection, account: Account, push: Push, by: str, at: datetime) -> bool:
    right = quota.opened(by, at, account.grants)
    return rows.open_right(conn, account.id, push.openid, right, push.key(account.id), at)
