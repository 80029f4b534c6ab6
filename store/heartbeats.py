"""Signs of life of the processes that nobody talks to."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from store.schema import heartbeats as table


def beat(conn: Connection, name: str, at: datetime) -> None:
    conn.execute(table.delete().where(table.c.name == name))
    conn.execute(table.insert().values(name=name, at=at))


def last(conn: Connection, name: str) -> datetime | None:
    return conn.execute(select(table.c.at).where(table.c.name == name)).scalar()
