"""The door's own hands: what was acknowledged is answered, fetched and sent here, a moment later."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Event, Thread

from reception.house import House
from store import heartbeats
from wechat.outbound import Sender

log = logging.getLogger("jiesu.wechat")

TICK = 0.2
NAME = "wechat"
BEATS_EVERY = timedelta(seconds=30)
AT_ONCE = 8
"""Turns that may wait for the assistant at the same time."""
Job = Callable[[datetime], object]


class Worker:
    """Works until it is told to stop. What breaks in one conversation stops no other."""

    def __init__(self, house: House, senders: Sequence[Sender], chores: Sequence[Job] = ()) -> None:
        self._house = house
        self._senders = senders
        self._chores: tuple[Job, ...] = (self._begin_turns, self._beat, *chores)
        self._beats_at: datetime | None = None
        self._turns = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="turn")
        self._under_way: set[str] = set()

    def run(self, stop: Event) -> None:
        """What an end in the middle left behind comes first. Each job has a thread of its own, so that a slow
        download holds up no answer."""
        self._guard("recover", lambda: self._senders[0].recover(self._house.clock()))
        jobs = (*self._chores, *(sender.begin for sender in self._senders))
        threads = [Thread(target=self._repeat, args=(job, stop)) for job in jobs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self._turns.shutdown(wait=True)
        for sender in self._senders:
            sender.close()

    def _repeat(self, job: Job, stop: Event) -> None:
        while not stop.is_set():
            started = time.monotonic()
            self._do(job)
            stop.wait(max(0.0, TICK - (time.monotonic() - started)))

    def tick(self) -> None:
        """Everything that is due now, one after the other. Never raises."""
        for job in (*self._chores, *(sender.work for sender in self._senders)):
            self._do(job)

    def _do(self, job: Job) -> None:
        self._guard(job.__qualname__, lambda: job(self._house.clock()))

    def _begin_turns(self, now: datetime) -> None:
        for id in self._house.reception.bursts.due(now):
            if id not in self._under_way:
                self._under_way.add(id)
                self._turns.submit(self._turn, id)

    def _beat(self, now: datetime) -> None:
        """A sign of life, which `./jiesu doctor` and the desk look for."""
        if self._beats_at is not None and now < self._beats_at:
            return
        with self._house.db.writing() as conn:
            heartbeats.beat(conn, NAME, now)
        self._beats_at = now + BEATS_EVERY

    def _turn(self, id: str) -> None:
        try:
            self._guard("typing", lambda: self._show_typing(id))
            self._guard("turn", lambda: self._house.reception.bursts.answer(id, self._house.clock()))
        finally:
            self._under_way.discard(id)

    def _show_typing(self, id: str) -> None:
        for sender in self._senders:
            sender.typing(id)

    def _guard(self, name: str, act: Callable[[], object]) -> None:
        """Only the kind of an error is noted: its text may hold a customer's words."""
        try:
            act()
        except Exception as error:
            log.error("%s: %s", name, type(error).__name__, exc_info=error)
