"""Times agreed with customers, as far as they are near."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.remedy import window
from reception.content import Content
from store import remedies
from store.db import Connection, Row


def near(conn: Connection, content: Content, now: datetime) -> list[Row[Any]]:
    """Visits that begin within the time in which one is reminded, and those that last now; the next on top.
    Rows as of `store.remedies.visits`."""
    remind = content.work.remedies.remind
    timed = [(window(row.appointment), row) for row in remedies.visits(conn)]
    soon = [(first, row) for (first, last), row in timed if first - remind <= now < last]
    return [row for _, row in sorted(soon, key=lambda one: (one[0], one[1].id))]
