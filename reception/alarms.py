"""What people must be told at once: a row that the desk shows, written once per reason and hour."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from core import events as names
from store import events, limits
from store.db import Connection

log = logging.getLogger("jiesu.alarms")

QUIET = timedelta(hours=1)
ONCE = timedelta(days=36500)
KEYS = "alarm:"
"""How the keys of these counters begin: those raised only once must be remembered."""


def raise_alarm(
    conn: Connection,
    reason: str,
    at: datetime,
    complaint_id: int | None,
    *,
    once: object = "",
    name: str = names.SUPERVISOR_PAGED,
    **about: Any,
) -> bool:
    """Tell the desk. False when this complaint had the same alarm within the last hour, or (`once`: about
    what) ever. `name`: the event, where it is not for a supervisor."""
    if limits.hit(conn, _key(reason, complaint_id, once), at, ONCE if once else QUIET) > 1:
        return False
    events.append(conn, name, at, complaint_id=complaint_id, reason=reason, **about)
    log.warning("alarm %s complaint=%s", reason, complaint_id)
    return True


def raised(conn: Connection, reason: str, now: datetime, complaint_id: int | None, *, once: object) -> bool:
    """Whether an alarm that is raised only once was raised already."""
    return limits.count(conn, _key(reason, complaint_id, once), now, ONCE) > 0


def _key(reason: str, complaint_id: int | None, once: object) -> str:
    return f"{KEYS}{reason}:{complaint_id}:{once}"
