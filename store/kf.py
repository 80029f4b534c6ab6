"""WeChat customer service (Kf): how far each account was pulled, and what is to be pulled next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.sqlite import insert

from store.schema import kf_cursors as table


def ring(conn: Connection, account: str, token: str, at: datetime) -> None:
    """There is something for this account; `token`: what may be shown for it within ten minutes."""
    row = {"account": account, "cursor": "", "token": token, "bells": 1, "due_at": at, "at": at}
    again = {"token": token, "bells": table.c.bells + 1, "due_at": at, "at": at}
    conn.execute(insert(table).values(**row).on_conflict_do_update(index_elements=["account"], set_=again))


def know(conn: Connection, accounts: Iterable[str], at: datetime) -> None:
    """These accounts exist: one that has not rung yet is looked at as well."""
    for account in accounts:
        row = {"account": account, "cursor": "", "token": "", "bells": 0, "due_at": at, "at": at}
        conn.execute(insert(table).values(**row).on_conflict_do_nothing())


def due(conn: Connection, now: datetime) -> Sequence[Row[Any]]:
    """The accounts to pull now, the longest due first."""
    return conn.execute(select(table).where(table.c.due_at <= now).order_by(table.c.due_at)).all()


def save(conn: Connection, account: str, cursor: str) -> None:
    """The messages up to this cursor are kept."""
    conn.execute(update(table).where(table.c.account == account).values(cursor=cursor))


def put_off(conn: Connection, pulled: Row[Any], until: datetime) -> None:
    """Look again then, unless it has rung since that row was read."""
    mine = (table.c.account == pulled.account, table.c.bells == pulled.bells)
    conn.execute(update(table).where(*mine).values(due_at=until))
