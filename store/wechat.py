"""WeChat's rights to send, and what was signed but could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from core.quota import Right
from store.schema import unreadable
from store.schema import wechat_rights as rights


def open_right(conn: Connection, account: str, openid: str, right: Right, key: str, at: datetime) -> bool:
    """Keep a right that the customer's act `key` has just opened, instead of one opened by an earlier act of
    the same kind. False when this act had opened it before."""
    if conn.execute(select(rights.c.id).where(rights.c.key == key)).scalar() is not None:
        return False
    mine = (rights.c.account == account, rights.c.openid == openid)
    conn.execute(update(rights).where(*mine, rights.c.opened_by == right.by).values(left=0))
    row = {"account": account, "openid": openid, "opened_by": right.by, "left": right.left, "key": key}
    conn.execute(rights.insert().values(**row, until=right.until, at=at))
    return True


def rights_of(conn: Connection, account: str, openid: str, now: datetime) -> list[Right]:
    """The rights that can still be used."""
    query = select(rights).where(
        rights.c.account == account, rights.c.openid == openid, rights.c.until > now, rights.c.left > 0
    )
    rows = conn.execute(query).all()
    return [Right(row.opened_by, row.left, row.until, row.id) for row in rows]


def set_left(conn: Connection, right: Right) -> None:
    conn.execute(update(rights).where(rights.c.id == right.id).values(left=right.left))


def shut(conn: Connection, account: str, openid: str) -> None:
    """Nothing more may be sent to this customer until they act again."""
    mine = (rights.c.account == account, rights.c.openid == openid)
    conn.execute(update(rights).where(*mine).values(left=0))


def keep_unreadable(conn: Connection, key: str, body: str, why: str, at: datetime) -> None:
    """Keep what came as it came, once."""
    row = {"channel": "wechat", "key": key, "body": body, "why": why, "at": at}
    conn.execute(insert(unreadable).values(**row).on_conflict_do_nothing())


def unread(conn: Connection) -> Sequence[Row[Any]]:
    """What nobody has looked at, oldest first."""
    query = select(unreadable).where(unreadable.c.settled_at.is_(None))
    return conn.execute(query.order_by(unreadable.c.id).limit(100)).all()
