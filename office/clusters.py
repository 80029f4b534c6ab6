"""Several customers with the same grievance in a short time: one alert for the house, not one per complaint.
How many, in which time: content/clusters.yml.

No tier is raised by it (docs/reports.md): the matter of each is as grave as it was. What goes on is told
again after a while, since a burst that lasts for hours is news, too.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from core import events as names
from core.clusters import Burst
from office import alarms
from store import events, figures, limits
from store.db import Connection, Database

log = logging.getLogger("jiesu.office")

EVERY = 30.0


class Clusters:
    """Looks for bursts; each is told once in a while, on the desk, with its newest complaint."""

    def __init__(self, db: Database, rule: Burst) -> None:
        self._db = db
        self._rule = rule

    def look(self, now: datetime) -> int:
        """Alerts that were written now."""
        rule = self._rule
        with self._db.reading() as conn:
            found = figures.bursts(conn, now - rule.within, now, rule.customers)
            new = [burst for burst in found if not limits.count(conn, _key(burst), now, rule.again)]
        if not new:
            return 0
        with self._db.writing() as conn:
            return sum(_tell(conn, burst, rule.again, now) for burst in new)


def _tell(conn: Connection, burst: figures.Burst, again: timedelta, now: datetime) -> bool:
    """False when somebody else told it meanwhile."""
    if limits.hit(conn, _key(burst), now, again) > 1:
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
