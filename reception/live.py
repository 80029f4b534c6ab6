"""Event streams: how many may be open, and how all of them end when the process is told to stop."""

from __future__ import annotations

import resource
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
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


class Streams:
    """The streams of this process. The threads beyond `most` stay free: they answer the phone."""

    def __init__(self, most: int, per_reader: int = PER_READER) -> None:
        self._most = most
        self._per_reader = per_reader
        self._readers: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._ended = False  # a plain flag: it is set where a signal interrupts, and a lock may be held there

    @property
    def open(self) -> int:
        return self._readers.total()

    @property
    def ended(self) -> bool:
        """True once the process is stopping: streams close by themselves, so that nothing waits for them."""
        return self._ended

    def enter(self, reader: str) -> Callable[[], None]:
        """Take a place; the answer gives it back, once, however often it is called. Raises Full."""
        with self._lock:
            taken = self._readers[reader] >= self._per_reader or self._readers.total() >= self._most
            if taken or self.ended:
                raise Full
            self._readers[reader] += 1
        leaving = iter([reader])
        return lambda: self._leave(leaving)

    def _leave(self, leaving: Iterator[str]) -> None:
        with self._lock, suppress(StopIteration):
            self._readers.subtract([next(leaving)])
            self._readers += Counter()

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
