"""A time agreed with the customer draws near: whoever answers for the complaint is reminded, once.

What was reminded is a counter of alarms, so a restart reminds nobody twice; it is named by the agreed time,
so one that was moved is reminded of anew, and the old time not at all.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core import events as names
from office import alarms
from reception import visits
from reception.house import House
from store.db import Row

EVERY = 15


class Visits:
    """Looks at the agreed times that have begun to be near."""

    def __init__(self, house: House) -> None:
        self._house = house

    def look(self, now: datetime) -> None:
        """Remind of each that is near now; of one that began while nobody looked, as long as it lasts."""
        with self._house.db.reading() as conn:
            new = [
                row
                for row in visits.near(conn, self._house.content, now)
                if not alarms.raised(conn, alarms.APPOINTMENT_SOON, now, row.complaint_id, once=_time_of(row))
            ]
        for row in new:
            with self._house.db.writing() as conn:
                alarms.raise_alarm(
                    conn,
                    alarms.APPOINTMENT_SOON,
                    now,
                    row.complaint_id,
                    once=_time_of(row),
                    name=names.APPOINTMENT_SOON,
                    remedy=row.id,
                    responsible=row.owner_id,
                )


def _time_of(row: Row[Any]) -> str:
    """This visit at this time."""
    return f"{row.id}:{row.appointment['day']}T{row.appointment['from']}"
