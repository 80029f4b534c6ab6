"""Memos that nobody took by half of their time, or answered in time: the desk is told, once each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.steps import LATE, UNTAKEN, memo_stage
from office import alarms
from reception.house import House
from store import memos
from store.db import Row

EVERY = 30
RAISED = {UNTAKEN: alarms.MEMO_UNTAKEN, LATE: alarms.MEMO_LATE}


class Untaken:
    """Looks at the memos that wait for an answer."""

    def __init__(self, house: House) -> None:
        self._house = house

    def look(self, now: datetime) -> None:
        """Raise what is due now; an alarm that was raised for a memo is not raised for it again."""
        with self._house.db.reading() as conn:
            found = [(row, self._stage(row, now)) for row in memos.waiting(conn)]
            due = [
                (row, RAISED[stage])
                for row, stage in found
                if stage in RAISED
                and not alarms.raised(conn, RAISED[stage], now, row.complaint_id, once=row.id)
            ]
        for row, reason in due:
            with self._house.db.writing() as conn:
                alarms.raise_alarm(conn, reason, now, row.complaint_id, once=row.id, memo=row.id)

    def _stage(self, row: Row[Any], now: datetime) -> str:
        half = self._house.memos.half_at(row, row.tier)
        return memo_stage(half, row.due_at, now, taken_at=row.taken_at)
