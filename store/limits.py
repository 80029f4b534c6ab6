"""Counters per window, for what must not be tried too often; a restart forgets nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select, update

from store.schema import limits as table


def hit(conn: Connection, key: str, now: datetime, window: timedelta) -> int:
    """Count one more try under `key` and return how many there were in the running window."""
    row = conn.execute(select(table).where(table.c.key == key)).one_or_none()
    if row is None:
        conn.execute(table.insert().values(key=key, window_start=now, hits=1))
        return 1
    over = now - row.window_start >= window
    start, tries = (now, 1) if over else (row.window_start, int(row.hits) + 1)
    conn.execute(update(table).where(table.c.key == key).values(window_start=start, hits=tries))
    return tries


def count(conn: Connection, key: str, now: datetime, window: timedelta) -> int:
    """Tries in the running window, without counting one."""
    row = conn.execute(select(table).where(table.c.key == key)).one_or_none()
    return 0 if row is None or now - row.window_start >= window else int(row.hits)


def prune(conn: Connection, before: datetime, keep: str) -> int:
    """Drop counters whose window began before then, except keys that begin with `keep`. Returns how many."""
    stale = (table.c.window_start < before, ~table.c.key.startswith(keep, autoescape=True))
    return conn.execute(table.delete().where(*stale)).rowcount


def clear(conn: Connection, key: str) -> None:
    conn.execute(table.delete().where(table.c.key == key))
