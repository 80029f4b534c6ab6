"""How long somebody in the queue will wait, as the phone and the chat tell it: only when that is known."""

from __future__ import annotations

import math
import statistics
from datetime import datetime, timedelta

from store import handoffs
from store.db import Connection

RECENT = timedelta(hours=1)
LEAST_WAITS = 3
"""With fewer recent waits nobody knows how long it takes, and no minutes are told."""


def minutes(conn: Connection, ahead: int, now: datetime) -> int | None:
    """The minutes until it is the turn of whoever has so many in front, by the waits of the last hour."""
    waits = handoffs.recent_waits(conn, now - RECENT)
    if len(waits) < LEAST_WAITS:
        return None
    return max(1, math.ceil(statistics.median(waits) * (ahead + 1) / 60))
