"""Who has a complaint open at the desk, and who writes there; both end by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert

from store.schema import users
from store.schema import viewers as table


def look(
    conn: Connection, complaint_id: int, user_id: int, until: datetime, writing_until: datetime | None
) -> None:
    """This person looks until then, and writes until then or not at all."""
    row = {"complaint_id": complaint_id, "user_id": user_id, "until": until, "writing_until": writing_until}
    same = insert(table).values(row)
    now = {"until": same.excluded.until, "writing_until": same.excluded.writing_until}
    conn.execute(same.on_conflict_do_update(index_elements=["complaint_id", "user_id"], set_=now))


def leave(conn: Connection, complaint_id: int, user_id: int) -> None:
    mine = (table.c.complaint_id == complaint_id, table.c.user_id == user_id)
    conn.execute(table.delete().where(*mine))


def others(conn: Connection, complaint_id: int, user_id: int, now: datetime) -> Sequence[Any]:
    """Everybody else who looks now: public_name and writing_until, whoever came first in front."""
    query = (
        select(users.c.public_name, table.c.writing_until)
        .join(users, users.c.id == table.c.user_id)
        .where(table.c.complaint_id == complaint_id, table.c.user_id != user_id, table.c.until > now)
    )
    return conn.execute(query.order_by(users.c.id)).all()


def prune(conn: Connection, before: datetime) -> int:
    """Forget who has not looked since then. Returns how many."""
    return conn.execute(table.delete().where(table.c.until < before)).rowcount
