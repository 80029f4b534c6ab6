"""How many requests WeChat's doors turned away, by hour and reason: numbers, and nothing of what was sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from store.schema import wechat_refusals as table

KEPT = timedelta(days=2)
"""Older hours are deleted when something is added: the table holds a few hundred rows at most."""


def add(conn: Connection, counts: Mapping[tuple[datetime, str, str], int]) -> None:
    """Add to the numbers, by the beginning of the hour, the door and the reason."""
    for (hour, door, reason), many in counts.items():
        row = {"hour": hour, "door": door, "reason": reason, "count": many}
        new = insert(table).values(**row)
        more = {"count": table.c.count + new.excluded.count}
        conn.execute(new.on_conflict_do_update(index_elements=["hour", "door", "reason"], set_=more))
    if counts:
        newest = max(hour for hour, _, _ in counts)
        conn.execute(delete(table).where(table.c.hour < newest - KEPT))


def since(conn: Connection, at: datetime) -> list[Row[Any]]:
    """How many by door and reason (`many`) in the hours since then, and the newest of them (`newest`); the
    most first."""
    many = func.sum(table.c.count).label("many")
    newest = func.max(table.c.hour, type_=table.c.hour.type).label("newest")
    query = select(table.c.door, table.c.reason, many, newest).where(table.c.hour >= at)
    found: Any = conn.execute(query.group_by(table.c.door, table.c.reason).order_by(many.desc())).all()
    return list(found)
