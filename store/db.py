"""The database: how it is opened, written to and checked.

SQLite, the default, is set on every connection to WAL with `synchronous=FULL`, so that what was
acknowledged survives a power cut (https://www.sqlite.org/pragma.html#pragma_synchronous).
"""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, Row, create_engine, event, text
from sqlalchemy.engine import RootTransaction
from sqlalchemy.exc import OperationalError, SQLAlchemyError

__all__ = ["Connection", "Database", "Row", "SQLAlchemyError", "Unfit"]

PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "secure_delete": 1,
    "busy_timeout": 1000,
}
BEGIN_WRITING = "BEGIN IMMEDIATE"
PRIMARY = 0xFF
"""Where the kind of an error stands in SQLite's extended result codes: https://sqlite.org/rescode.html"""
OPENS_WITHIN = 5.0
"""Seconds for which a new file is asked again while others open it too."""
PAUSE = 0.05
"""Seconds between two tries at a lock; most of the waiting is SQLite's own busy_timeout."""
MIGRATIONS = Path(__file__).parent / "migrations"


class Unfit(Exception):
    """The database does not keep what it is given, or is not ours; the text says what to do."""


class Database:
    """One SQLite file, shared by the processes of one machine.

    `writing()` and `reading()` each give one connection with one transaction. A write takes the
    process's lock first, because SQLite's own waiting is not fair, and starts with BEGIN IMMEDIATE,
    because a transaction that reads before it writes would fail if another committed in between.
    """

    def __init__(self, url: str, told: Callable[[], None] | None = None) -> None:
        """`told`: called after every write, for the readers of other processes; it must not wait."""
        if not url.startswith("sqlite:"):
            raise Unfit("JIESU_DATABASE_URL: only sqlite:/// addresses are supported in this version")
        self.url = url
        self._engine = _open(url)
        self._writing = threading.Lock()
        self._bell = threading.Condition()
        self._writes = 0
        self._told = told

    @contextmanager
    def writing(self, patience: float = 0.0) -> Iterator[Connection]:
        """A transaction that commits at the end of the block, or rolls back when the block raises.

        `patience`: seconds for which it asks again while other processes write, for a caller who would
        otherwise lose what it was given.
        """
        until = time.monotonic() + patience
        with self._writing, self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with _begun(connection, until):
                yield connection
        self.ring()
        if self._told is not None:
            self._told()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view; nothing is written."""
        with self._engine.connect() as connection, connection.begin():
            yield connection

    def ring(self) -> None:
        """Wake the readers that wait in this process."""
        with self._bell:
            self._writes += 1
            self._bell.notify_all()

    @property
    def writes(self) -> int:
        """How often the bell rang in this process: read it before reading rows, then wait on it."""
        return self._writes

    def wait(self, seconds: float, since: int | None = None) -> None:
        """Sleep until something was written here, or heard of, after `since`, at most `seconds`."""
        with self._bell:
            if since is None or since == self._writes:
                self._bell.wait(seconds)

    def migrate(self) -> None:
        """Bring the tables to this version. Safe to repeat, and for several processes at once."""
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        with self._writing, self._engine.connect() as connection:
            connection = connection.execution_options(writes=True)
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, "head")

    def check(self) -> None:
        """Raise Unfit unless every promise of durability is really in force and the file is sound."""
        try:
            with self.reading() as connection:
                for name, wanted in PRAGMAS.items():
                    found = connection.execute(text(f"PRAGMA {name}")).scalar()
                    if found != wanted:
                        raise Unfit(
                            f"the database refuses {name}={wanted} (it has {found}): use a local disk"
                        )
                sound = connection.execute(text("PRAGMA quick_check(1)")).scalar()
        except SQLAlchemyError as error:
            raise Unfit(f"the database cannot be opened: {type(error).__name__}") from error
        if sound != "ok":
            raise Unfit("the database file is damaged: restore the last backup")

    def close(self) -> None:
        self._engine.dispose()


def _patiently(ask: Callable[[], object]) -> None:
    """Two processes that open a new file at once both make it a write-ahead log: the one that comes second is
    told that it is locked, at once and whatever its busy_timeout."""
    until = time.monotonic() + OPENS_WITHIN
    while True:
        try:
            ask()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(PAUSE)


def _begun(connection: Connection, until: float) -> RootTransaction:
    """SQLite gives up after its busy_timeout, and wakes nobody in the order in which they came. What is not
    a lock is no better for being asked again."""
    while True:
        try:
            return connection.begin()
        except OperationalError as error:
            code = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
            if code & PRIMARY != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                raise
            time.sleep(PAUSE)


def _open(url: str) -> Engine:
    apart = _apart()
    options = {"connect_args": {"factory": _committing(apart)}} if apart else {}
    engine = create_engine(url, hide_parameters=True, pool_size=16, max_overflow=512, **options)

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for name, value in PRAGMAS.items():
            _patiently(partial(connection.execute, f"PRAGMA {name}={value}"))

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql(BEGIN_WRITING if writes else "BEGIN")

    if apart:

        @event.listens_for(engine, "do_execute")
        def wait_for_the_turn(cursor: Any, statement: str, _parameters: Any, _context: Any) -> bool:
            if statement != BEGIN_WRITING:
                return False
            apart(lambda: cursor.execute(statement))
            return True

    return engine


def _apart() -> Callable[[Callable[[], object]], object] | None:
    """Where one thread serves everybody (a gevent worker): runs in a thread of the system what waits for the
    disk or for another process, so that nobody else waits with it. None elsewhere.
    """
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("threading"):
        return None
    gevent = sys.modules["gevent"]

    def run(work: Callable[[], object]) -> object:
        done, problem = gevent.get_hub().threadpool.apply(_attempt, (work,))
        if problem is not None:
            raise problem
        return done

    return run


def _attempt(work: Callable[[], object]) -> tuple[object, Exception | None]:
    """What it gives, or what it raises: gevent would print that before handing it over."""
    try:
        return work(), None
    except Exception as problem:
        return None, problem


def _committing(apart: Callable[[Callable[[], object]], object]) -> type[sqlite3.Connection]:
    class Apart(sqlite3.Connection):
        def commit(self) -> None:
            apart(super().commit)

    return Apart
