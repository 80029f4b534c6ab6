"""Files that no row tells of: an upload is on the disk before its row is written, and the row may never come.

The same form sent twice, a file that the complaint has already, a process killed between the two: each
leaves bytes that nobody finds. After a month they go: a row is written within seconds of its file, and what
is written anew (a recording fetched once more) is young again. A machine that slept in between has clocks
that part, and then nothing is removed for a while (`office.loop`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from reception import evidence
from reception.house import House
from store import files
from store.db import Connection

log = logging.getLogger("jiesu.office")

EVERY = 60.0
REST = timedelta(days=30)
"""So long a wrong database beside the right files, or an old backup, can be noticed before files are lost."""
AT_ONCE = 500
"""Names of one look: a large folder is gone through bit by bit, and holds up no promise."""


class Leftovers:
    """Walks over the folder again and again. `look` returns how many files were removed; where the database
    knows of no file at all, it is not the one that these belong to."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._walk: Iterator[str] = iter(())

    def look(self, now: datetime) -> int:
        """The next ones. Whether there is a row is asked once more in a transaction that writes, so that none
        is committed between the question and the answer."""
        before = (now - REST).timestamp()
        names = list(islice(self._walk, AT_ONCE))
        if not names:
            self._walk = evidence.leftovers(self._house.data_dir, before)
            names = list(islice(self._walk, AT_ONCE))
        with self._house.db.reading() as conn:
            without = self._without(conn, names) if files.any_kept(conn) else []
        if not without:
            return 0
        with self._house.db.writing() as conn:
            gone = sum(
                evidence.discard(self._house.data_dir, name, before) for name in self._without(conn, without)
            )
        log.info("files without a record removed: %s", gone)
        return gone

    def _without(self, conn: Connection, names: list[str]) -> list[str]:
        rows = files.known(conn, {evidence.whose(name) for name in names})
        return [name for name in names if evidence.whose(name) not in rows]
