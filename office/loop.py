"""The loop: once a second, every chore that is due. What breaks in one is noted and stops no other."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

from hearing import Ear
from office import alarms
from office.chasing import Chaser
from office.clusters import EVERY as CLUSTERS_EVERY
from office.clusters import Clusters
from office.courier import Courier
from office.leftovers import EVERY as LEFTOVERS_EVERY
from office.leftovers import Leftovers
from office.memos import EVERY as MEMOS_EVERY
from office.memos import Untaken
from office.recordings import Recordings
from office.sweep import EVERY, WINDOW, Sweep
from office.trail import EVERY as LINK_EVERY
from office.trail import HEADS, Trail
from office.visits import EVERY as VISITS_EVERY
from office.visits import Visits
from reception.house import House
from reception.telephone import LONGEST_CALL
from store import calls, deliveries, heartbeats, limits, typing, viewers

log = logging.getLogger("jiesu.office")

NAME = "office"
TICK = 1.0
PARTED = 5.0
"""Seconds by which the two clocks may part within one tick."""
QUIET_AFTER_A_JUMP = 300.0
"""Seconds in which no customer hears of a delay: a wrong clock is mostly set right again soon."""
DRAFT_RESTS = timedelta(minutes=15)
COUNTERS_REST = timedelta(days=1)
"""Longer than the window of any counter, except those of alarms that are raised only once."""
LATE_AFTER = {3: timedelta(seconds=60), 2: timedelta(minutes=10)}
"""How long a delivery of this tier may wait before people are told."""


@dataclass
class Clocks:
    """The wall clock, which can be moved, watched against the monotonic one, which cannot."""

    wall: Callable[[], datetime]
    steady: Callable[[], float] = time.monotonic
    _last: tuple[datetime, float] | None = None
    _jumped_at: float | None = None

    def read(self) -> tuple[datetime, bool]:
        """Now, and whether the clocks have just parted."""
        now, steady = self.wall(), self.steady()
        parted = False
        if self._last is not None:
            passed = (now - self._last[0]).total_seconds()
            parted = abs(passed - (steady - self._last[1])) > PARTED
        self._last = (now, steady)
        if parted:
            self._jumped_at = steady
        return now, parted

    @property
    def trusted(self) -> bool:
        """Whether the wall clock may decide what customers hear."""
        return self._jumped_at is None or self.steady() - self._jumped_at > QUIET_AFTER_A_JUMP


@dataclass
class Chore:
    """Something done every so many seconds."""

    name: str
    every: float
    act: Callable[[datetime], object]
    due: float = field(default=0.0)


class Loop:
    """The office at work. `run` returns when `stop` is set."""

    def __init__(
        self,
        house: House,
        courier: Courier,
        clocks: Clocks,
        ear: Ear | None = None,
        sweep_window: timedelta = WINDOW,
        heads: Path | None = None,
    ) -> None:
        self._house = house
        self._courier = courier
        self._clocks = clocks
        self._chaser = Chaser(house.db, house.content)
        self._recordings = Recordings(house, ear or Ear())
        self._unknown = Leftovers(house)
        reception = house.reception
        self._chores = (
            Chore("heartbeat", 5, self._beat),
            Chore("promises", 5, lambda now: self._chaser.chase(now, may_tell=clocks.trusted)),
            Chore("late deliveries", 10, self._late_deliveries),
            Chore("waiting", 2, reception.chase_waiting),
            Chore("silent drafts", 10, lambda now: reception.register_silent(now, DRAFT_RESTS)),
            Chore("waiting room", 2, house.lines.ring_waiting),
            Chore("unanswered", 2, reception.finish_unanswered),
            Chore("absent agents", TICK, self._release_absent),
            Chore("callers gone", 10, self._callers_gone),
            Chore("old counters", 3600, self._old_counters),
            Chore("memos", MEMOS_EVERY, Untaken(house).look),
            Chore("visits", VISITS_EVERY, Visits(house).look),
            Chore("pauses", 5, house.pauses.end_what_is_over),
            Chore("clusters", CLUSTERS_EVERY, Clusters(house.db, house.content.clusters.burst).look),
            Chore("recordings", 5, lambda _now: self._recordings.work()),
            Chore("trail", LINK_EVERY, Trail(house, heads or house.data_dir / HEADS).work),
            Chore("sweep", EVERY, Sweep(house, sweep_window).start),
            Chore("leftovers", LEFTOVERS_EVERY, self._leftovers),
        )

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            started = time.monotonic()
            self.tick(stop)
            stop.wait(max(0.0, TICK - (time.monotonic() - started)))
        if not self._courier.close(5):
            log.warning("stopped with a delivery under way; it is sent again when its lease ends")

    def tick(self, stop: Event | None = None) -> None:
        """Every chore that is due, then deliveries until the tick is over. Never raises."""
        now, parted = self._clocks.read()
        if parted:
            self._guard("clock", lambda: self._clock_jumped(now))
        for chore in self._chores:
            steady = self._clocks.steady()
            if steady >= chore.due and not (stop and stop.is_set()):
                chore.due = steady + chore.every
                self._guard(chore.name, lambda act=chore.act: act(now))  # type: ignore[misc]
        self._guard("deliveries", lambda: self._courier.work(TICK))

    def _guard(self, name: str, act: Callable[[], object]) -> None:
        """Only the kind of an error is noted: its text may hold a customer's words."""
        try:
            act()
        except Exception as error:
            log.error("chore %s: %s", name, type(error).__name__, exc_info=error)

    def _beat(self, now: datetime) -> None:
        with self._house.db.writing() as conn:
            heartbeats.beat(conn, NAME, now)

    def _clock_jumped(self, now: datetime) -> None:
        log.warning("the wall clock jumped; customers hear of no delay for a while")
        with self._house.db.writing() as conn:
            alarms.raise_alarm(conn, alarms.CLOCK_JUMPED, now, None)

    def _release_absent(self, now: datetime) -> None:
        """A conversation whose agent is gone goes back to the assistant."""
        self._house.agents.release_absent(now)

    def _callers_gone(self, now: datetime) -> None:
        """Nobody waits for a caller who has hung up; what was promised to them stays promised."""
        with self._house.db.reading() as conn:
            gone = calls.abandoned_handoffs(conn, now - LONGEST_CALL)
        for handoff in gone:
            self._house.agents.end_call(handoff, "customer_left", now)

    def _old_counters(self, now: datetime) -> None:
        with self._house.db.writing() as conn:
            limits.prune(conn, now - COUNTERS_REST, keep=alarms.KEYS)
            viewers.prune(conn, now - COUNTERS_REST)
            typing.prune(conn, now - COUNTERS_REST)

    def _leftovers(self, now: datetime) -> None:
        """Not while the clock is in doubt: by a wrong one a file of today is old."""
        if self._clocks.trusted:
            self._unknown.look(now)

    def _late_deliveries(self, now: datetime) -> None:
        with self._house.db.reading() as conn:
            late = [
                id for tier, rest in LATE_AFTER.items() for id in deliveries.overdue(conn, tier, now - rest)
            ]
        if late:
            with self._house.db.writing() as conn:
                for id in late:
                    alarms.raise_alarm(conn, alarms.DELIVERY_LATE, now, id)
