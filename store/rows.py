"""Writing one row."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table


def insert(conn: Connection, table: Table, row: Mapping[str, Any]) -> int:
    """Write one row and return the id that the database gave it."""
    key = conn.execute(_into(table), row).inserted_primary_key
    if key is None:
        raise RuntimeError("the insert made no row")
    return int(key[0])


@cache
def _into(table: Table) -> Insert:
    return table.insert()
