"""WeChat's rights to send, and what was signed but could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select, update
from sqlalchemy.dialects.sqlite import insert

from core import events as names
from core.quota import Right
from core.wechat_files import KF, OPENID
from store import events
from store.schema import identities, unreadable
from store.schema import wechat_rights as rights

IDENTITIES = (OPENID, KF)
"""Kinds of identity under which WeChat knows a customer."""


GONE = "gone"
"""In place of the act that opens a right: nothing reaches this customer until they act again."""

NEWEST = (rights.c.acted_at.desc(), rights.c.id.desc())
"""What customers did, the latest first: by when it happened, in one second by when we heard of it."""


def open_right(
    conn: Connection,
    account: str,
    openid: str,
    right: Right,
    key: str,
    at: datetime,
    scene: str = "",
    acted: datetime | None = None,
) -> bool:
    """Keep a right that the customer's act `key` has opened, instead of one opened by an earlier act of the
    same kind. False when this act had opened it before. `acted`: when it happened (quota.acted_at); `at`:
    when we heard of it. One that we hear of after a later one, or that the customer did before they left,
    opens nothing. `scene`: what the code that was scanned says."""
    if conn.execute(select(rights.c.id).where(rights.c.key == key)).scalar() is not None:
        return False
    acted = acted or at
    mine = (rights.c.account == account, rights.c.openid == openid)
    later = (rights.c.acted_at > acted, rights.c.opened_by.in_([right.by, GONE]))
    over = conn.execute(select(rights.c.id).where(*mine, *later).limit(1)).scalar() is not None
    if not over:
        live = (rights.c.opened_by == right.by, rights.c.until > at)
        conn.execute(update(rights).where(*mine, *live).values(left=0))
    row = {"account": account, "openid": openid, "opened_by": right.by, "left": 0 if over else right.left}
    more = {"key": key, "until": right.until, "acted_at": acted, "at": at, "scene": scene or None}
    conn.execute(rights.insert().values(**row, **more))
    return True


def take_scene(conn: Connection, account: str, openid: str, since: datetime) -> str | None:
    """What the newest code scanned since then says, for one use; None: there is none, or it was used."""
    mine = (rights.c.account == account, rights.c.openid == openid, rights.c.scene.is_not(None))
    query = select(rights.c.scene).where(*mine, rights.c.at >= since).order_by(*NEWEST)
    found: str | None = conn.execute(query.limit(1)).scalar()
    conn.execute(update(rights).where(*mine).values(scene=None))
    return found


def mark_gone(conn: Connection, account: str, openid: str, key: str, at: datetime) -> None:
    """Nothing reached this customer at that time: not even a template message. Once for each `key`, and not
    for whoever has acted since, as far as we had heard."""
    mine = (rights.c.account == account, rights.c.openid == openid)
    since = (rights.c.key == key) | and_(*mine, rights.c.at > at)
    if conn.execute(select(rights.c.id).where(since).limit(1)).scalar() is not None:
        return
    shut(conn, account, openid, at)
    # After all that we know of the customer, by WeChat's clock: ours may not be compared with it.
    newest = conn.execute(select(rights.c.acted_at).where(*mine).order_by(*NEWEST).limit(1)).scalar()
    _note_gone(conn, account, openid, key, at, newest or at)


def mark_left(conn: Connection, account: str, openid: str, key: str, at: datetime, acted: datetime) -> None:
    """WeChat says that the customer was out of reach from `acted` on (its clock); `at`: when we heard. What
    they did later stands, also where we heard of that first. Once for each `key`."""
    if conn.execute(select(rights.c.id).where(rights.c.key == key)).scalar() is not None:
        return
    shut_before(conn, account, openid, acted)
    _note_gone(conn, account, openid, key, at, acted)


def _note_gone(conn: Connection, account: str, openid: str, key: str, at: datetime, acted: datetime) -> None:
    row = {"account": account, "openid": openid, "opened_by": GONE, "left": 0, "key": key}
    conn.execute(insert(rights).values(**row, until=at, acted_at=acted, at=at))


def gone(conn: Connection, account: str, openid: str) -> bool:
    """Whether the customer is out of reach: the last that they did was to leave."""
    mine = (rights.c.account == account, rights.c.openid == openid)
    query = select(rights.c.opened_by).where(*mine).order_by(*NEWEST).limit(1)
    return conn.execute(query).scalar() == GONE


def rights_of(conn: Connection, account: str, openid: str, now: datetime) -> list[Right]:
    """The rights that can still be used."""
    query = select(rights).where(
        rights.c.account == account, rights.c.openid == openid, rights.c.until > now, rights.c.left > 0
    )
    rows = conn.execute(query).all()
    return [Right(row.opened_by, row.left, row.until, row.id) for row in rows]


def set_left(conn: Connection, right: Right) -> None:
    conn.execute(update(rights).where(rights.c.id == right.id).values(left=right.left))


def give_back(conn: Connection, right: Right) -> None:
    """What was counted down before a send that never arrived; not when the customer has acted again since."""
    newer = rights.alias("newer")
    same = (newer.c.account == rights.c.account, newer.c.openid == rights.c.openid, newer.c.id > rights.c.id)
    later = (*same, newer.c.acted_at >= rights.c.acted_at)
    again = select(newer.c.id).where(*later, newer.c.opened_by.in_([rights.c.opened_by, GONE]))
    mine = update(rights).where(rights.c.id == right.id, ~again.exists())
    conn.execute(mine.values(left=rights.c.left + 1))


def shut(conn: Connection, account: str, openid: str, at: datetime, right_id: int | None = None) -> None:
    """Nothing more could be sent to this customer at that time, or by this right: what they have opened since
    stands."""
    mine = (rights.c.account == account, rights.c.openid == openid)
    before = rights.c.at <= at if right_id is None else rights.c.id <= right_id
    conn.execute(update(rights).where(*mine, before).values(left=0))


def shut_before(conn: Connection, account: str, openid: str, acted: datetime) -> None:
    """Nothing can be sent any more by what this customer did up to that moment of WeChat's clock."""
    mine = (rights.c.account == account, rights.c.openid == openid, rights.c.acted_at <= acted)
    conn.execute(update(rights).where(*mine).values(left=0))


def keep_unreadable(conn: Connection, key: str, body: str, why: str, at: datetime) -> None:
    """Keep what came as it came, once."""
    row = {"channel": "wechat", "key": key, "body": body, "why": why, "at": at}
    conn.execute(insert(unreadable).values(**row).on_conflict_do_nothing())


def unread(conn: Connection) -> Sequence[Row[Any]]:
    """What nobody has looked at, oldest first."""
    query = select(unreadable).where(unreadable.c.settled_at.is_(None))
    return conn.execute(query.order_by(unreadable.c.id).limit(100)).all()


def rights_of_customer(conn: Connection, customer_id: int, now: datetime) -> list[Right]:
    """The rights that can still be used towards this customer, whichever way WeChat knows them."""
    known = select(identities.c.value).where(
        identities.c.customer_id == customer_id, identities.c.kind.in_(IDENTITIES)
    )
    query = select(rights).where(rights.c.openid.in_(known), rights.c.until > now, rights.c.left > 0)
    rows = conn.execute(query).all()
    return [Right(row.opened_by, row.left, row.until, row.id) for row in rows]


def seen(conn: Connection, id: int, user_id: int, at: datetime) -> bool:
    """Somebody has looked at what could not be read; False when somebody had before, or there is no such."""
    waits = update(unreadable).where(unreadable.c.id == id, unreadable.c.settled_at.is_(None))
    if conn.execute(waits.values(settled_by=user_id, settled_at=at)).rowcount != 1:
        return False
    events.append(conn, names.UNREADABLE_SEEN, at, user_id=user_id, unreadable=id)
    return True
