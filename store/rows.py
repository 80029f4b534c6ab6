"""Writing one row."""

from __future__ import annotations

from sqlalchemy import Connection, Insert


def insert(conn: Connection, statement: Insert) -> int:
    """Carry out an insert of one row and return the id that the database gave it."""
    key = conn.execute(statement).inserted_primary_key
    if key is None:
        raise RuntimeError("the insert made no row")
    return int(key[0])
