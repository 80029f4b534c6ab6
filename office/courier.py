"""Deliveries on their way: claimed, sent, marked. Four at a time per destination, never two of a complaint.

Sent after the claim is committed, marked after the answer: whoever dies in between leaves a lease that
ends, and the row is sent again under the same id.
"""

from __future__ import annotations

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from typing import Any, Protocol

from core import delivery
from office import alarms, outgoing, webhooks
from office.outgoing import Reply
from store import deliveries, record
from store.db import Connection, Database
from store.deliveries import Claimed

log = logging.getLogger("jiesu.office")

AT_A_TIME = 4
LOOK_AHEAD = 200
BROKEN = "not sent: our own mistake"


class Post(Protocol):
    def __call__(self, url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Reply: ...


class Courier:
    """Carries what is due. `chance` gives numbers from 0 to 1, to spread the retries."""

    def __init__(
        self,
        db: Database,
        clock: Callable[[], datetime],
        private: bool = False,
        chance: Callable[[], float] = random.random,
        post: Post | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._private = private
        self._chance = chance
        self._post = post
        self._tours: dict[int, _Tour] = {}

    def work(self, seconds: float) -> None:
        """Carry what is due, for at most so long. Requests still under way go on in their threads."""
        until = time.monotonic() + seconds
        while running := self._start():
            left = until - time.monotonic()
            if left <= 0:
                return
            wait(running, timeout=left, return_when=FIRST_COMPLETED)

    def close(self, seconds: float) -> bool:
        """Start nothing more and wait for what is under way. False when something still is."""
        running = [future for tour in self._tours.values() for future in tour.under_way()]
        for tour in self._tours.values():
            tour.pool.shutdown(wait=False, cancel_futures=True)
        return not wait(running, timeout=seconds).not_done

    def _start(self) -> list[Future[None]]:
        """Fill every free place; returns what is under way."""
        with self._db.reading() as conn:
            active = [int(row.id) for row in deliveries.active(conn)]
            for id in active:
                self._tours.setdefault(id, _Tour()).refill(conn, id, self._clock())
        for id in active:
            self._tours[id].submit(self.attempt)
        return [future for tour in self._tours.values() for future in tour.under_way()]

    def attempt(self, id: int) -> None:
        """One attempt at one row. Never raises: a row that breaks us is put off like one that failed."""
        row = None
        try:
            with self._db.writing() as conn:
                row = deliveries.claim(conn, id, self._clock())
            if row is not None:
                self._settle(row, self._send(row))
        except Exception as error:
            # Most likely the store itself; the lease ends and the row is tried again.
            log.error("delivery %s: %s", id, type(error).__name__)

    def _send(self, row: Claimed) -> Reply:
        try:
            with self._db.reading() as conn:
                complaint = record.whole(conn, row.complaint_id)
            content = webhooks.body(row, complaint)
            headers = webhooks.headers(row, content, self._clock())
        except Exception as error:
            log.error("delivery %s cannot be written: %s", row.id, type(error).__name__)
            return Reply(delivery.Answer(None), BROKEN)
        return (self._post or outgoing.post)(row.url, content, headers, private=self._private)

    def _settle(self, row: Claimed, reply: Reply) -> None:
        now = self._clock()
        outcome = delivery.next_attempt(row.attempts + 1, reply.answer, now, self._chance())
        with self._db.writing() as conn:
            self._mark(conn, row, reply.note, outcome, now)
        log.info("delivery %s attempt %s: %s", row.id, row.attempts + 1, reply.note)

    def _mark(
        self, conn: Connection, row: Claimed, note: str, outcome: delivery.Outcome, now: datetime
    ) -> None:
        about: dict[str, Any] = {"delivery": row.id, "answer": note}
        if isinstance(outcome, delivery.Sent):
            deliveries.mark_sent(conn, row, note, now)
        elif isinstance(outcome, delivery.Again):
            deliveries.mark_again(conn, row, note, outcome.at, counted=outcome.counted)
            if outcome.alarm or note == BROKEN:
                alarms.raise_alarm(conn, alarms.DELIVERY_REFUSED, now, row.complaint_id, **about)
        elif isinstance(outcome, delivery.Dead):
            deliveries.mark_dead(conn, row, note, outcome.why, now)
            alarms.raise_alarm(conn, alarms.DELIVERY_DEAD, now, row.complaint_id, **about)
        elif deliveries.mark_off(conn, row, note):
            alarms.raise_alarm(conn, alarms.DESTINATION_OFF, now, row.complaint_id, **about)


class _Tour:
    """One destination: what may go next, and what is under way."""

    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(AT_A_TIME, thread_name_prefix="courier")
        self._running: dict[int, Future[None]] = {}
        self._next: deque[int] = deque()

    def under_way(self) -> list[Future[None]]:
        self._running = {id: future for id, future in self._running.items() if not future.done()}
        return list(self._running.values())

    def refill(self, conn: Connection, destination_id: int, now: datetime) -> None:
        if len(self.under_way()) < AT_A_TIME and not self._next:
            found = deliveries.ready(conn, destination_id, now, LOOK_AHEAD)
            self._next.extend(id for id in found if id not in self._running)

    def submit(self, attempt: Callable[[int], None]) -> None:
        while self._next and len(self._running) < AT_A_TIME:
            id = self._next.popleft()
            self._running[id] = self.pool.submit(attempt, id)
