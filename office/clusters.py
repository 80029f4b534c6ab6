"""Several customers with the same grievance within an hour: one alert for the house, not one per complaint.

No tier is raised by it (docs/reports.md): the matter of each is as grave as it was. What goes on is told
again after a while, since a burst that lasts for hours is news, too.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from core import events as names
from office import alarms
from store import events, figures, limits
from store.db import Connection, Database

log = logging.getLogger("jiesu.office")

EVERY = 30.0
LEAST = 5
WITHIN = timedelta(hours=1)
AGAIN = timedelta(hours=4)


class Clusters:
    """Looks for bursts; each is told once in AGAIN, on the desk, with its newest complaint."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def look(self, now: datetime) -> int:
        """Alerts that were written now."""
        with self._db.reading() as conn:
            found = figures.bursts(conn, now - WITHIN, now, LEAST)
            new = [burst for burst in found if not limits.count(conn, _key(burst), now, AGAIN)]
        if not new:
            return 0
        with self._db.writing() as conn:
            return sum(_tell(conn, burst, now) for burst in new)


def _tell(conn: Connection, burst: figures.Burst, now: datetime) -> bool:
    """False when somebody else told it meanwhile."""
    if limits.hit(conn, _key(burst), now, AGAIN) > 1:
        return False
    events.append(
        conn,
        names.SUPERVISOR_PAGED,
        now,
        complaint_id=burst.newest,
        reason=alarms.CLUSTER,
        category=burst.category,
        customers=burst.customers,
    )
    log.warning("cluster %s customers=%s", burst.category, burst.customers)
    return True


def _key(burst: figures.Burst) -> str:
    return f"{alarms.KEYS}{alarms.CLUSTER}:{burst.category}"
