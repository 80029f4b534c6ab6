"""The bell between processes: Redis tells that something was written, and nothing else.

What was written is read from the store, so a lost ring costs only time: every reader looks by itself after
`hub.LOOK_AGAIN_WITH_BELL`. A Redis that is gone, or restarts, is come back to.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
import threading
import time
from collections.abc import Callable

import redis

log = logging.getLogger("jiesu.bell")

COME_BACK = 1.0
"""Seconds before Redis is tried again."""
PATIENCE = 5.0
"""Seconds for one answer of Redis. A subscription that is silent is asked whether it still lives."""


class Bell:
    """`ring` from any thread, at no cost to the caller; `listen` hears the rings of other processes.

    url: redis://HOST:PORT/NUMBER. store: the address of the database, so that two installations on one
    Redis do not wake each other.
    """

    def __init__(self, url: str, store: str) -> None:
        self._channel = f"jiesu:{hashlib.sha256(store.encode()).hexdigest()[:16]}"
        self._me = secrets.token_hex(8).encode()
        self._client = redis.Redis.from_url(
            url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, health_check_interval=PATIENCE
        )
        self._rung = threading.Event()
        self._closed = self._gone = self._rings = False
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def ring(self) -> None:
        """Something was written here. Never waits, never raises; many at once may become one."""
        self._rung.set()
        with self._lock:
            first, self._rings = not self._rings, True
        if first:
            self._start(self._publish)

    def listen(self, heard: Callable[[], None]) -> None:
        """From now on `heard` is called, in a thread of its own, when another process has written, and
        whenever Redis is there (again): it may have rung meanwhile."""
        self._start(lambda: self._hear(heard))

    def close(self) -> None:
        """For tests: hear and ring no more."""
        self._closed = True
        self._rung.set()
        for thread in self._threads:
            thread.join(2 * PATIENCE)
        self._client.close()

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="bell", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _publish(self) -> None:
        while not self._closed:
            self._rung.wait()
            self._rung.clear()
            self._try(lambda: self._client.publish(self._channel, self._me))

    def _hear(self, heard: Callable[[], None]) -> None:
        while not self._closed:
            self._try(lambda: self._subscribed(heard))

    def _subscribed(self, heard: Callable[[], None]) -> None:
        with redis.client.PubSub(self._client.connection_pool) as rings:
            rings.subscribe(self._channel)
            while not self._closed:
                said = rings.get_message(timeout=1.0)
                self._gone = False
                if said is not None and said["data"] != self._me:
                    heard()

    def _try(self, ask: Callable[[], object]) -> None:
        """Redis that does not answer is noted, once, and tried again later: the store is read without it."""
        try:
            ask()
            self._gone = False
        except redis.RedisError as error:
            if not self._gone:
                log.warning("Redis does not answer: %s", type(error).__name__)
            self._gone = True
            time.sleep(COME_BACK)
