"""Who hears of what is new: one reader in each process follows the store and wakes only those concerned.

The events are the truth; a stream reads them by its own cursor. The hub only says when to look: a chat when
something happened in its conversation or to its complaint, the desk at any event. So nothing can be lost
here, doubled or put out of order; a wake too many costs one read.

The cursor never passes an event that is still to appear: SQLite has one writer at a time, and gives the id
in that writer's turn, so ids appear in order and without gaps. A database in which two transactions write at
once commits them in any order; there the reader would have to stop short of the oldest id still open.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reception import offers
from store import events, handoffs, live
from store.db import Connection, Database, Row

log = logging.getLogger("jiesu.hub")

DESK = "desk"
LOOK_AGAIN = 0.5
"""Seconds after which the store is read without a bell: other processes write too."""
LOOK_AGAIN_WITH_BELL = 2.0
"""The same where processes ring each other: the bell may be out of order."""
ROUND = 1.0
"""Seconds between two looks at what changes without an event: places in the queue, who looks, who writes."""
PLACED_AGAIN = 25.0
"""Seconds after which those who wait are told their place and time anew, moved or not."""
PACE = 0.1
"""Seconds between two tellings of the whole desk: everybody there is told of everything."""
MOST = 500
KEPT = 2000
"""Events kept in memory, for the desk's streams: all of them are told of each."""


@dataclass(frozen=True)
class LineOf:
    """The topic of one agent's own calls; of nobody's, without an id."""

    user_id: int | None


class Ear:
    """What one stream waits on."""

    __slots__ = ("_call", "_rung", "_stirred")

    def __init__(self) -> None:
        self._rung = threading.Event()
        self._stirred: set[str] = set()
        self._call = False

    def ring(self, stirred: Iterable[str] = (), call: bool = False) -> None:
        """Something may be new. `stirred`: numbers of complaints where something changed without an event;
        `call`: how the agent's own calls stand."""
        self._stirred.update(stirred)
        self._call = self._call or call
        self._rung.set()

    def wait(self, seconds: float) -> bool:
        """Sleep until there may be something new, at most so long; whether there may be. Whoever reads after
        this sees everything that rang before."""
        rung = self._rung.wait(max(0.0, seconds))
        if rung:
            self._rung.clear()
        return rung

    def take(self) -> list[str]:
        """The complaints that stirred since this was asked last."""
        return sorted(self._stirred.pop() for _ in range(len(self._stirred)))

    def take_call(self) -> bool:
        """Whether the agent's own calls may stand otherwise since this was asked last."""
        changed, self._call = self._call, False
        return changed


class Hub:
    """The reader, and the streams that listen. It reads only while somebody listens.

    `ended`: the process is stopping; then every stream is woken, to end by itself.
    """

    def __init__(
        self,
        db: Database,
        clock: Callable[[], datetime],
        ended: Callable[[], bool] = lambda: False,
        look_again: float = LOOK_AGAIN,
    ) -> None:
        self._db = db
        self._clock = clock
        self._ended = ended
        self._look_again = look_again
        self._lock = threading.Lock()
        self._ears: dict[Hashable, set[Ear]] = {}
        self._reader: threading.Thread | None = None
        self._kept: list[Row[Any]] = []
        self._floor = self._cursor = 0
        self._lines: dict[int, str] = {}
        self._places: dict[str, int] = {}
        self._passing: frozenset[tuple[Any, ...]] = frozenset()
        self._rounded = self._placed = self._told = 0.0
        self._untold = False

    @contextmanager
    def listen(self, *topics: Hashable) -> Iterator[Ear]:
        """An ear for conversations (by id), `DESK`, or an agent's own calls (`LineOf`). Whoever reads the
        store after this call misses nothing."""
        ear = Ear()
        with self._lock:
            for topic in topics:
                self._ears.setdefault(topic, set()).add(ear)
            if self._reader is None:
                self._reader = threading.Thread(target=self._follow, name="hub", daemon=True)
                self._reader.start()
        try:
            yield ear
        finally:
            self._leave(ear, topics)

    def _leave(self, ear: Ear, topics: Sequence[Hashable]) -> None:
        with self._lock:
            for topic in topics:
                left = self._ears[topic]
                left.discard(ear)
                if not left:
                    del self._ears[topic]

    def past(self, cursor: int) -> Sequence[Row[Any]] | None:
        """The events past this cursor, as `store.live.signs` gives them; None when memory does not reach so
        far back, or not so far forward: then they are in the store."""
        with self._lock:
            if not self._floor <= cursor <= self._cursor:
                return None
            return [row for row in self._kept if row.id > cursor] if cursor < self._cursor else ()

    # ---- The reader

    def _follow(self) -> None:
        """Read until nobody listens any more. What goes wrong is noted, and read again."""
        begun = False
        while self._listened():
            seen = self._db.writes
            try:
                begun = begun or self._begin()
                more = self._read()
            except Exception as error:
                log.error("the events could not be read: %s", type(error).__name__, exc_info=error)
                more = False
            if self._ended():
                self._ring(self._everybody())
            pause = self._tell_desk()
            if not more:
                self._db.wait(pause, seen)

    def _listened(self) -> bool:
        with self._lock:
            if not self._ears:
                self._reader = None
            return bool(self._ears)

    def _begin(self) -> bool:
        """Stand where the store stands now. Whoever came before this looks once more by itself."""
        with self._db.reading() as conn:
            cursor = events.last(conn)
        with self._lock:
            self._kept, self._floor, self._cursor = [], cursor, cursor
        self._ring(self._everybody())
        return True

    def _read(self) -> bool:
        """One look; whether there is more to read at once."""
        now, desk = self._clock(), self._listens(DESK)
        with self._db.reading() as conn:
            new = live.signs(conn, self._cursor, MOST)
            concerned = self._concerned(conn, new)
            lines = offers.lines(conn, now) if desk else {}
            if time.monotonic() - self._rounded >= ROUND:
                concerned |= self._round(conn, now)
        self._keep(new)
        concerned |= self._rung_phones(lines)
        self._ring(concerned)
        return len(new) == MOST

    def _listens(self, topic: Hashable) -> bool:
        with self._lock:
            return topic in self._ears

    def _concerned(self, conn: Connection, new: Sequence[Row[Any]]) -> set[Hashable]:
        """Whom these events concern. One that names only a complaint concerns its conversations too: their
        pages show where it stands."""
        if not new:
            return set()
        apart = {row.complaint_id for row in new if row.complaint_id and row.conversation_id is None}
        about = live.conversations_about(conn, apart) if apart else ()
        self._untold = True
        return {*about, *(row.conversation_id for row in new if row.conversation_id)}

    def _tell_desk(self) -> float:
        """Wake the desk, if there is something to tell and it was not woken just now. Returns the seconds
        until the next look."""
        since = time.monotonic() - self._told
        if not self._untold:
            return self._look_again
        if since < PACE:
            return PACE - since
        self._told, self._untold = time.monotonic(), False
        self._ring([DESK])
        return self._look_again

    def _round(self, conn: Connection, now: datetime) -> set[Hashable]:
        """What changed since the last round without an event, and whom that concerns."""
        self._rounded = time.monotonic()
        places = handoffs.places_of(conn)
        moved = {id for id, place in places.items() if self._places.get(id) != place}
        if self._rounded - self._placed >= PLACED_AGAIN:
            self._placed, moved = self._rounded, set(places)
        passing = live.passing(conn, now)
        changed = passing ^ self._passing
        self._places, self._passing = places, passing
        self._stir({number for number, *_ in changed})
        return {*moved, *(conversation for _, conversation, *_ in changed if conversation)}

    def _stir(self, numbers: set[str]) -> None:
        if numbers:
            with self._lock:
                for ear in self._ears.get(DESK, ()):
                    ear.ring(numbers)

    def _rung_phones(self, lines: dict[int, str]) -> set[Hashable]:
        before, self._lines = self._lines, lines
        return {LineOf(who) for who in before.keys() | lines.keys() if before.get(who) != lines.get(who)}

    def _keep(self, new: Sequence[Row[Any]]) -> None:
        if not new:
            return
        with self._lock:
            self._kept.extend(new)
            self._cursor = int(new[-1].id)
            if len(self._kept) > KEPT:
                self._floor = int(self._kept[-KEPT // 2 - 1].id)
                self._kept = self._kept[-KEPT // 2 :]

    def _everybody(self) -> set[Hashable]:
        with self._lock:
            return set(self._ears)

    def _ring(self, topics: Iterable[Hashable]) -> None:
        with self._lock:
            for topic in topics:
                for ear in self._ears.get(topic, ()):
                    ear.ring(call=isinstance(topic, LineOf))
