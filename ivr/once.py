"""Answering in time, and only once per turn, whatever happens behind."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late

MOST_AT_ONCE = 64


class Once:
    """Runs work beside the request, so that a stalled disk cannot keep a caller waiting.

    The same key again, while the first is still at work, waits for the first.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._at_work: dict[Hashable, Future[str]] = {}
        self._pool = ThreadPoolExecutor(MOST_AT_ONCE, thread_name_prefix="call")

    def answer(self, key: Hashable, work: Callable[[], str]) -> str | None:
        """What the work gives, or None when it is late; it goes on, and `waiting` tells that it does.

        Raises what the work raises."""
        with self._lock:
            future = self._at_work.get(key)
            begun = future is None
            if future is None:
                future = self._at_work[key] = self._pool.submit(work)
        if begun:  # outside the lock: work that is done already calls back at once, in this thread
            future.add_done_callback(lambda _done: self._forget(key))
        return self._result(future)

    def waiting(self, key: Hashable) -> bool:
        """Whether this key is still being worked on."""
        with self._lock:
            return key in self._at_work

    def _result(self, future: Future[str]) -> str | None:
        try:
            return future.result(self._seconds)
        except Late:
            if future.done():
                raise
            return None

    def _forget(self, key: Hashable) -> None:
        with self._lock:
            self._at_work.pop(key, None)
