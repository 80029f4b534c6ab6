"""The door's own hands: what was acknowledged is answered, fetched and sent here, a moment later."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event

from reception.house import House
from wechat.outbound import Sender

log = logging.getLogger("jiesu.wechat")

TICK = 0.2
AT_ONCE = 8
"""Turns that may wait for the assistant at the same time."""


class Worker:
    """Works until it is told to stop. What breaks in one conversation stops no other."""

    def __init__(
        self, house: House, sender: Sender, chores: tuple[Callable[[datetime], object], ...] = ()
    ) -> None:
        self._house = house
        self._sender = sender
        self._chores = (*chores, sender.work)
        self._turns = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="turn")
        self._under_way: set[str] = set()

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            started = time.monotonic()
            self.tick()
            stop.wait(max(0.0, TICK - (time.monotonic() - started)))
        self._turns.shutdown(wait=True)

    def tick(self) -> None:
        """Everything that is due now. Never raises."""
        now = self._house.clock()
        self._guard("turns", lambda: self._begin_turns(now))
        for chore in self._chores:
            self._guard(chore.__qualname__, lambda act=chore: act(now))  # type: ignore[misc]

    def _begin_turns(self, now: datetime) -> None:
        for id in self._house.reception.bursts.due(now):
            if id not in self._under_way:
                self._under_way.add(id)
                self._turns.submit(self._turn, id)

    def _turn(self, id: str) -> None:
        try:
            self._guard("turn", lambda: self._house.reception.bursts.answer(id, self._house.clock()))
        finally:
            self._under_way.discard(id)

    def _guard(self, name: str, act: Callable[[], object]) -> None:
        """Only the kind of an error is noted: its text may hold a customer's words."""
        try:
            act()
        except Exception as error:
            log.error("%s: %s", name, type(error).__name__, exc_info=error)
