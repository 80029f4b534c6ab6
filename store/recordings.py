"""Recordings: where each stands on its way from the phone company to our own disk, and what was heard.

One row per recording, named by the phone company's id. `due_at` is when something is to be done about
it next, None when nothing is: it is fetched, then deleted there and heard. Claiming a row moves
`due_at` ahead, which is the lease: whoever dies with it leaves it to the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select, update

from store.schema import recordings as table

MESSAGE, TALK = "message", "talk"
KINDS = (MESSAGE, TALK)
RECORDED, ABSENT, FAILED, COMPLETED = "recorded", "absent", "failed", "completed"
"""As the phone company says; the first is ours, for a recording of which only its end was heard."""
LOST, TOO_LARGE = "lost", "too_large"
"""Given up by us: it is gone there, or larger than anything said on a phone can be."""
RANKS = {RECORDED: 0, ABSENT: 1, FAILED: 1, COMPLETED: 2, LOST: 3, TOO_LARGE: 3}
UNTOLD = timedelta(seconds=60)
"""After this a recording is looked for although nobody has said that it is ready."""
FURTHEST = timedelta(hours=2)
"""Nothing is put off that long: a time further ahead was written before the clock was set back."""


def get(conn: Connection, sid: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.sid == sid)).one_or_none()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """Oldest first."""
    query = select(table).where(table.c.complaint_id == complaint_id)
    return conn.execute(query.order_by(table.c.at, table.c.sid)).all()


def by_file(conn: Connection, file_id: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.file_id == file_id)).one_or_none()


def keep(
    conn: Connection,
    *,
    sid: str,
    call_sid: str,
    complaint_id: int,
    status: str,
    seconds: int | None,
    at: datetime,
    kind: str = MESSAGE,
) -> bool:
    """Keep that a recording exists, or how it stands. False when that changes nothing: what is reported
    comes in any order, and a recording never goes back."""
    due = {COMPLETED: at, RECORDED: at + UNTOLD}.get(status)
    known = get(conn, sid)
    if known is None:
        values = {"sid": sid, "call_sid": call_sid, "complaint_id": complaint_id, "kind": kind}
        stands = {"status": status, "seconds": seconds, "due_at": due}
        conn.execute(table.insert().values(at=at, attempts=0, **values, **stands))
        return True
    if known.call_sid != call_sid or RANKS[known.status] >= RANKS[status]:
        return False
    length = known.seconds if seconds is None else seconds
    _change(
        conn, sid, status=status, seconds=length, due_at=due if known.fetched_at is None else known.due_at
    )
    return True


def due(conn: Connection, now: datetime, *, fetched: bool, limit: int = 20) -> list[str]:
    """Ids of those with something to do now: to be fetched, or (`fetched`) what comes after that. Those
    that were tried least come first, so that a stubborn one holds up nobody."""
    query = select(table.c.sid).where(_due(now), _stage(fetched))
    return list(conn.execute(query.order_by(table.c.attempts, table.c.due_at).limit(limit)).scalars())


def claim(conn: Connection, sid: str, now: datetime, lease: timedelta, *, fetched: bool) -> Row[Any] | None:
    """Compare and set: the row, its attempt counted and nobody else's until the lease ends; else None."""
    free = (table.c.sid == sid, _due(now), _stage(fetched))
    values = {"due_at": now + lease, "attempts": table.c.attempts + 1}
    if conn.execute(update(table).where(*free).values(**values)).rowcount != 1:
        return None
    return get(conn, sid)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(table.c.due_at <= now, table.c.due_at > now + FURTHEST)


def _stage(fetched: bool) -> ColumnElement[bool]:
    return table.c.fetched_at.is_not(None) if fetched else table.c.fetched_at.is_(None)


def fetched(conn: Connection, sid: str, file_id: str, kind: str, at: datetime) -> None:
    """It is on our disk, and of this kind; what comes after is due at once, with attempts of its own."""
    stands = {"status": COMPLETED, "kind": kind, "fetched_at": at, "due_at": at}
    _change(conn, sid, file_id=file_id, attempts=0, **stands)


def deleted(conn: Connection, sid: str, at: datetime) -> None:
    """It is no longer at the phone company."""
    _change(conn, sid, deleted_at=at)


def heard(conn: Connection, sid: str, words: str | None, at: datetime) -> None:
    """What an engine heard; None: nothing, so a person has to listen."""
    _change(conn, sid, words=words, heard_at=at)


def rest(conn: Connection, sid: str, until: datetime | None) -> None:
    """Nothing is to be done until then, or (None) ever."""
    _change(conn, sid, due_at=until)


def give_up(conn: Connection, sid: str, status: str) -> None:
    """It will never be ours."""
    _change(conn, sid, status=status, due_at=None)


def _change(conn: Connection, sid: str, **values: Any) -> None:
    conn.execute(update(table).where(table.c.sid == sid).values(**values))
