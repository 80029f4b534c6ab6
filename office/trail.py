"""The audit trail: new events are linked into the chain, and its head is noted outside of the database."""

from __future__ import annotations

import logging
import os
import secrets
from datetime import datetime, timedelta
from pathlib import Path

from office import alarms
from reception.house import House
from store import audit, heartbeats

log = logging.getLogger("jiesu.office")

EVERY = 2.0
BATCH = 100
BATCHES = 20
"""Of one turn: a long history is linked bit by bit, and nobody waits for the database meanwhile."""
LATE = timedelta(seconds=60)
NOTED_EVERY = timedelta(hours=1)
NAME = "trail"
HEADS = "audit-heads.txt"
SALT_BYTES = 16


class Trail:
    """Links events, and notes the head of the chain in a file every hour."""

    def __init__(self, house: House, heads: Path) -> None:
        self._house = house
        self._heads = heads

    def work(self, now: datetime) -> None:
        """Everything that is waiting, at most BATCHES times BATCH; an alarm when one waits for too long."""
        turns = 0
        while (waiting := self._waiting()) is not None and turns < BATCHES:
            turns += 1
            with self._house.db.writing() as conn:
                audit.seal(conn, lambda: secrets.token_hex(SALT_BYTES), BATCH)
        if waiting is not None and now - waiting > LATE:
            with self._house.db.writing() as conn:
                alarms.raise_alarm(conn, alarms.TRAIL_LATE, now, None)
        self._note(now)

    def _waiting(self) -> datetime | None:
        """Since when something waits. Only read: each write wakes everybody who watches the desk."""
        with self._house.db.reading() as conn:
            return audit.waiting_since(conn)

    def _note(self, now: datetime) -> None:
        """One line: when, how many links, the newest hash. Without such a note outside of the database nobody
        could tell that the end of the chain was cut off, or all of it made anew."""
        with self._house.db.reading() as conn:
            noted, head = heartbeats.last(conn, NAME), audit.head(conn)
        if head is None or (noted is not None and now - noted < NOTED_EVERY):
            return
        self._heads.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(self._heads, "a", opener=_private, encoding="ascii") as file:
            file.write(f"{now:%Y-%m-%dT%H:%M:%SZ} {head.seq} {head.hash}\n")
            file.flush()
            os.fsync(file.fileno())
        with self._house.db.writing() as conn:
            heartbeats.beat(conn, NAME, now)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
