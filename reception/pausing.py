"""Pausing a promise: its clock stands still for a reason that the customer was told, and not for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import complaint, promises, roles
from core.steps import ENDED_BY_CUSTOMER, PAUSABLE, PAUSE_REASONS
from reception.acting import Refused, fresh
from reception.content import Content
from reception.registering import hasten_promises
from reception.standing import mine
from reception.telling import write
from store import attempts, complaints, pauses, users
from store import promises as promise_rows
from store.db import Connection, Database, Row

LONGEST = "5wd"


@dataclass(frozen=True)
class Pauses:
    """Raises Stale or Refused."""

    db: Database
    content: Content

    def latest(self, now: datetime) -> datetime:
        """How long a pause may last at most: five full days of office hours."""
        return promises.add_working(now, LONGEST, "office", self.content.hours)

    def pause(
        self,
        user_id: int,
        complaint_id: int,
        sequence: int,
        *,
        kind: str,
        reason: str,
        until: datetime,
        words: str,
        by_phone: bool,
        at: datetime,
    ) -> None:
        """Stop the clock of a plan or of the remedies. The customer is told with it: in writing, or by a
        call that is written down. A second pause of the same promise is a supervisor's to give."""
        if kind not in PAUSABLE or reason not in PAUSE_REASONS:
            raise Refused("bad_request")
        if not at < until <= self.latest(at):
            raise Refused("bad_time")
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            promise = promise_rows.open_of(conn, row.id, kind)
            if promise is None or promise.due_at <= at:
                raise Refused("nothing_to_pause")
            self._may(conn, row, promise, user_id)
            self._tell(conn, row, words, by_phone, user_id, at)
            pauses.begin(
                conn,
                promise,
                user_id,
                reason=reason,
                at=at,
                until=until,
                due_at=self._moved(promise.due_at, at, until, promise.calendar),
            )

    def _may(self, conn: Connection, row: Row[Any], promise: Row[Any], user_id: int) -> None:
        earlier = [one for one in pauses.of_complaint(conn, row.id) if one.promise_id == promise.id]
        if any(one.ended_at is None for one in earlier):
            raise Refused("paused_already")
        user = users.get(conn, user_id)
        leads = user is not None and roles.may(user.role, roles.APPROVE)
        if earlier and not leads:
            raise Refused("supervisor_renews")
        if not leads:
            mine(row, user_id)

    def _tell(
        self, conn: Connection, row: Row[Any], words: str, by_phone: bool, user_id: int, at: datetime
    ) -> None:
        if by_phone:
            call = {"means": "phone", "purpose": "progress", "result": "reached"}
            attempts.add(conn, row.id, user_id, at=at, words=words, **call)
        elif not write(conn, row.id, words, user_id, at):
            raise Refused("no_channel")

    def resume(self, user_id: int, complaint_id: int, pause_id: int, sequence: int, at: datetime) -> None:
        """The reason is gone: the clock goes on."""
        with self.db.writing() as conn:
            row, pause = fresh(conn, complaint_id, sequence), pauses.get(conn, pause_id)
            if pause is None or pause.complaint_id != row.id or pause.ended_at is not None:
                raise Refused("nothing_to_pause")
            self._end(conn, pause, min(at, pause.until), at, user_id)

    def end_what_is_over(self, now: datetime) -> int:
        """End the pauses whose time is up, and those that the customer's own word ended. Returns how many."""
        with self.db.reading() as conn:
            over = [row.id for row in pauses.going(conn) if self._over(conn, row, now) is not None]
        for id in over:
            with self.db.writing() as conn:
                row = pauses.get(conn, id)
                ended = self._over(conn, row, now) if row is not None and row.ended_at is None else None
                if row is not None and ended is not None:
                    self._end(conn, row, ended, now, None)
        return len(over)

    def _over(self, conn: Connection, row: Row[Any], now: datetime) -> datetime | None:
        heard = pauses.heard_since(conn, row) if row.reason in ENDED_BY_CUSTOMER else None
        ends = [at for at in (heard, row.until if row.until <= now else None) if at is not None]
        if complaints.get(conn, row.complaint_id).state not in complaint.OPEN_STATES:
            ends.append(now)
        return min(ends, default=None)

    def _end(
        self, conn: Connection, row: Row[Any], ended: datetime, at: datetime, user_id: int | None
    ) -> None:
        """What was paused counts from the pause's beginning to its end, in the promise's own hours. A tier
        that was raised meanwhile makes it due sooner now."""
        promise = promise_rows.get(conn, row.promise_id)
        due_at = self._moved(row.due_before, row.at, ended, promise.calendar)
        pauses.end(conn, row, due_at, at, user_id)
        hasten_promises(conn, self.content, row.complaint_id, at)

    def _moved(self, due_at: datetime, start: datetime, end: datetime, calendar: str) -> datetime:
        hours = self.content.hours
        return hours.add(due_at, hours.between(start, end, calendar), calendar)
