"""Event streams: how many may be open, and how all of them end when the process is told to stop."""

from __future__ import annotations

import resource
import signal
import threading
from collections.abc import Callable
from types import FrameType

PER_READER = 3
"""One browser may hold six connections to us, its POSTs included; further tabs poll."""

OTHER_FILES = 1000
"""Files and connections beside the streams: requests under way, the database, the log."""


class Full(Exception):
    """No stream is free: the reader polls, and tries again later."""


class NoRoom(Exception):
    """This process may not hold so many connections; the text says what to do."""


def room_for(streams: int) -> None:
    """Let this process have a file for each stream and for what else it does. Raises NoRoom."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = streams + OTHER_FILES
    if hard != resource.RLIM_INFINITY and hard < wanted:
        raise NoRoom(
            f"JIESU_STREAMS: {streams} streams need {wanted} open files, and this process may have {hard}: "
            f"ask for fewer streams, or raise the limit (ulimit -Hn {wanted})"
        )
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class Place:
    """The place of one stream, held until `leave`: so long its thread is taken, whoever reads or not."""

    def __init__(self, leave: Callable[[Place], None]) -> None:
        self._leave = leave
        self._wake: Callable[[], None] | None = None
        self._replaced = False

    @property
    def replaced(self) -> bool:
        """True once its reader opened another stream in its stead: this one ends by itself."""
        return self._replaced

    def on_replaced(self, wake: Callable[[], None]) -> None:
        """What wakes the stream when it is replaced. Whoever asks `replaced` after this misses nothing."""
        self._wake = wake

    def replace(self) -> None:
        self._replaced = True
        if self._wake is not None:
            self._wake()

    def leave(self) -> None:
        """Give the place back, once, however often this is called."""
        self._leave(self)


class Streams:
    """The streams of this process. The threads beyond `most` stay free: they answer the phone."""

    def __init__(self, most: int, per_reader: int = PER_READER) -> None:
        self._most = most
        self._per_reader = per_reader
        self._places: dict[str, list[Place]] = {}
        self._open = 0
        self._lock = threading.Lock()
        self._ended = False  # a plain flag: it is set where a signal interrupts, maybe while the lock is held

    @property
    def open(self) -> int:
        return self._open

    @property
    def ended(self) -> bool:
        """True once the process is stopping: streams close by themselves, so that nothing waits for them."""
        return self._ended

    def enter(self, reader: str, *, instead: bool = False) -> Place:
        """Take a place. Raises Full when this reader has all of theirs, or nobody else's is free.

        `instead`: it replaces the reader's oldest where they have all of theirs. A page that was left holds
        its place until a write fails; the replaced one is woken to end, and counts until it has. So a reader
        has never more than twice their places, and all together never more than `most`.
        """
        with self._lock:
            own = self._places.get(reader, [])
            here = [place for place in own if not place.replaced]
            allowed = 2 * self._per_reader if instead else self._per_reader
            if self.ended or len(own) >= allowed or self.open >= self._most:
                raise Full
            oldest = here[0] if len(here) >= self._per_reader else None
            place = Place(lambda gone: self._leave(reader, gone))
            self._places[reader] = [*own, place]
            self._open += 1
        if oldest is not None:
            oldest.replace()
        return place

    def _leave(self, reader: str, gone: Place) -> None:
        with self._lock:
            own = self._places.get(reader, [])
            if gone not in own:
                return
            own.remove(gone)
            self._open -= 1
            if not own:
                del self._places[reader]

    def end(self) -> None:
        self._ended = True

    def end_on_stop(self) -> None:
        """End when a server that finishes its requests first (gunicorn) gets its stop signal."""
        if threading.current_thread() is not threading.main_thread():
            return
        before = signal.getsignal(signal.SIGTERM)
        if not callable(before):
            return

        def stop(number: int, frame: FrameType | None) -> None:
            self.end()
            before(number, frame)

        signal.signal(signal.SIGTERM, stop)
        signal.siginterrupt(signal.SIGTERM, False)
