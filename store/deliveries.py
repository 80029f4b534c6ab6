"""Deliveries to the back office: one row per event and destination, in order per complaint.

A row is `waiting`, `sent` or `dead`; nothing is deleted. It is claimed with a lease before it is sent
and marked after, so a process that dies in between sends it again under the same event: at least
once, and the receiver drops what it knows by its id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Row,
    and_,
    func,
    insert,
    literal_column,
    or_,
    select,
    update,
)

from core import events as names
from core.events import OUTWARD
from store import events
from store.schema import complaints, destinations
from store.schema import deliveries as table
from store.schema import events as event_table

LEASE = timedelta(seconds=60)
WAITING, SENT, DEAD = "waiting", "sent", "dead"
EXHAUSTED = "exhausted"
MOST_WAKES = 5
"""A row that fails each time others succeed is at fault itself: it keeps to its own schedule."""


@dataclass(frozen=True)
class Claimed:
    """A row that nobody else sends until `lease`. `attempts` were counted before this one."""

    id: int
    destination_id: int
    url: str
    secret: str
    event_id: int
    event_at: datetime
    number: str
    complaint_id: int
    type: str
    attempts: int
    lease: datetime


# ---- destinations


def set_destination(conn: Connection, name: str, url: str, secret: str, at: datetime) -> int:
    """Make or change a destination, and switch it on. `secret` may hold two keys, parted by a space."""
    row = conn.execute(select(destinations).where(destinations.c.name == name)).one_or_none()
    if row is None:
        made = insert(destinations).values(name=name, url=url, secret=secret, active=True)
        return int(conn.execute(made.returning(destinations.c.id)).scalar_one())
    if (row.url, row.secret) != (url, secret):
        conn.execute(update(destinations).where(destinations.c.id == row.id).values(url=url, secret=secret))
    if not row.active:
        switch_on(conn, int(row.id), at)
    return int(row.id)


def remove_destination(conn: Connection, name: str, at: datetime) -> None:
    """Switch a destination off and settle what it still waits for; the rows stay."""
    id = conn.execute(select(destinations.c.id).where(destinations.c.name == name)).scalar()
    if id is None:
        return
    switch_off(conn, id)
    mine = (table.c.destination_id == id, table.c.state == WAITING)
    conn.execute(update(table).where(*mine).values(state=DEAD, reason="destination removed", settled_at=at))


def active(conn: Connection) -> Sequence[Row[Any]]:
    return conn.execute(select(destinations).where(destinations.c.active).order_by(destinations.c.id)).all()


def switch_off(conn: Connection, id: int) -> bool:
    """False when it was off already. Its rows stay as they are."""
    on = (destinations.c.id == id, destinations.c.active)
    return conn.execute(update(destinations).where(*on).values(active=False)).rowcount == 1


def switch_on(conn: Connection, id: int, at: datetime) -> None:
    """Switch on again; every complaint that changed meanwhile gets one delivery, with all that changed."""
    conn.execute(update(destinations).where(destinations.c.id == id).values(active=True))
    for row in conn.execute(_missed(id)).all():
        values = {"destination_id": id, "event_id": row.event, "complaint_id": row.complaint_id}
        start = {"type": OUTWARD[row.name], "state": WAITING, "attempts": 0, "due_at": at}
        conn.execute(insert(table).values(**values, **start))


def _missed(destination_id: int) -> Any:
    """The newest outward event of each registered complaint, when it is newer than all that was queued."""
    newest_queued = (
        select(func.coalesce(func.max(table.c.event_id), 0))
        .where(table.c.destination_id == destination_id, table.c.complaint_id == event_table.c.complaint_id)
        .correlate(event_table)
        .scalar_subquery()
    )
    newest = (
        select(func.max(event_table.c.id).label("event"), event_table.c.complaint_id)
        .join(complaints, complaints.c.id == event_table.c.complaint_id)
        .where(event_table.c.name.in_(OUTWARD), complaints.c.registered_at.is_not(None))
        .where(event_table.c.id > newest_queued)
        .group_by(event_table.c.complaint_id)
        .subquery()
    )
    query = select(newest.c.event, newest.c.complaint_id, event_table.c.name)
    return query.join(event_table, event_table.c.id == newest.c.event)


# ---- claiming


def ready(conn: Connection, destination_id: int, now: datetime, limit: int) -> list[int]:
    """Rows that may be claimed now: the first of each complaint, the gravest and oldest complaints first."""
    first = (
        select(func.min(table.c.id))
        .where(table.c.destination_id == destination_id, _is_waiting(table))
        .group_by(table.c.complaint_id)
    )
    query = (
        select(table.c.id)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(table.c.id.in_(first), table.c.due_at <= now, _unleased(now))
        .order_by(complaints.c.tier.desc(), table.c.id)
        .limit(limit)
    )
    return list(conn.execute(query).scalars())


def claim(conn: Connection, id: int, now: datetime) -> Claimed | None:
    """Compare and set: the row with a lease of 60 s, or None when it may not be sent now."""
    earlier = table.alias("earlier")
    blocked = select(earlier.c.id).where(
        earlier.c.destination_id == table.c.destination_id,
        earlier.c.complaint_id == table.c.complaint_id,
        _is_waiting(earlier),
        earlier.c.id < table.c.id,
    )
    on = select(destinations.c.id).where(destinations.c.active)
    free = and_(_is_waiting(table), table.c.due_at <= now, _unleased(now), ~blocked.exists())
    statement = update(table).where(table.c.id == id, free, table.c.destination_id.in_(on))
    if conn.execute(statement.values(leased_until=now + LEASE)).rowcount != 1:
        return None
    return _claimed(conn, id, now + LEASE)


def _claimed(conn: Connection, id: int, lease: datetime) -> Claimed:
    query = (
        select(table, destinations.c.url, destinations.c.secret, event_table.c.at, complaints.c.number)
        .join(destinations, destinations.c.id == table.c.destination_id)
        .join(event_table, event_table.c.id == table.c.event_id)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(table.c.id == id)
    )
    row = conn.execute(query).one()
    return Claimed(
        id=row.id,
        destination_id=row.destination_id,
        url=row.url,
        secret=row.secret,
        event_id=row.event_id,
        event_at=row.at,
        number=row.number,
        complaint_id=row.complaint_id,
        type=row.type,
        attempts=row.attempts,
        lease=lease,
    )


def _is_waiting(of: FromClause) -> ColumnElement[bool]:
    """Written out, not bound: SQLite uses a partial index only for a constant it can see."""
    return of.c.state == literal_column("'waiting'")


def _unleased(now: datetime) -> ColumnElement[bool]:
    """A lease that reaches further ahead than any lease can is void: the clock was moved."""
    lease = table.c.leased_until
    return or_(lease.is_(None), lease <= now, lease > now + LEASE)


# ---- after an attempt


def mark_sent(conn: Connection, row: Claimed, answer: str, at: datetime) -> None:
    """Sent, whoever holds the lease by now. Everything the destination still waits for becomes due."""
    values = {"state": SENT, "settled_at": at, "attempts": row.attempts + 1, "leased_until": None}
    conn.execute(update(table).where(table.c.id == row.id).values(last_answer=answer, reason=None, **values))
    wake(conn, row.destination_id, at)


def mark_again(conn: Connection, row: Claimed, answer: str, due_at: datetime, *, counted: bool) -> None:
    """Once more at `due_at`. An attempt that is not counted was put off by the receiver itself."""
    values = {"attempts": row.attempts + int(counted), "due_at": due_at, "leased_until": None}
    values["put_off"] = not counted
    conn.execute(update(table).where(*_ours(row)).values(last_answer=answer, **values))


def mark_dead(conn: Connection, row: Claimed, answer: str, why: str, at: datetime) -> None:
    """Dead, for people to see; the event tells the desk."""
    values = {"state": DEAD, "reason": why, "attempts": row.attempts + 1, "leased_until": None}
    done = conn.execute(update(table).where(*_ours(row)).values(last_answer=answer, **values))
    if done.rowcount:
        about: dict[str, Any] = {"delivery": row.id, "why": why, "answer": answer}
        events.append(conn, names.DELIVERY_DIED, at, complaint_id=row.complaint_id, **about)


def mark_off(conn: Connection, row: Claimed, answer: str) -> bool:
    """The destination is gone for good (410): switched off, this row kept. False when it was off already."""
    conn.execute(update(table).where(*_ours(row)).values(last_answer=answer, leased_until=None))
    return switch_off(conn, row.destination_id)


def _ours(row: Claimed) -> tuple[ColumnElement[bool], ...]:
    return (table.c.id == row.id, table.c.state == WAITING, table.c.leased_until == row.lease)


def wake(conn: Connection, destination_id: int, now: datetime) -> None:
    """The destination answers again: rows that sleep, and rows dead of exhaustion, are due now. A row that
    the receiver itself asked to bring later (Retry-After) is brought when it said."""
    mine = (table.c.destination_id == destination_id, table.c.woken < MOST_WAKES)
    due = {"due_at": now, "woken": table.c.woken + 1}
    asleep = update(table).where(*mine, _is_waiting(table), table.c.due_at > now, ~table.c.put_off)
    conn.execute(asleep.values(**due))
    dead = (table.c.state == DEAD, table.c.reason == EXHAUSTED, table.c.settled_at.is_(None))
    revived = {"state": WAITING, "attempts": 0, "leased_until": None, "reason": None}
    conn.execute(update(table).where(*mine, *dead).values(**due, **revived))


# ---- dead letters


def dead_letters(conn: Connection, limit: int = 200) -> Sequence[Row[Any]]:
    """Dead rows that nobody has dealt with, oldest first, with number, owner and destination."""
    query = (
        select(
            table,
            complaints.c.number,
            complaints.c.tier,
            complaints.c.owner_id,
            destinations.c.name.label("destination"),
        )
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .join(destinations, destinations.c.id == table.c.destination_id)
        .where(table.c.state == DEAD, table.c.settled_at.is_(None))
    )
    return conn.execute(query.order_by(table.c.id).limit(limit)).all()


def replay(conn: Connection, ids: Sequence[int], at: datetime, user_id: int | None = None) -> int:
    """Send dead rows again from the first attempt; returns how many."""
    return sum(_revive(conn, id, at, user_id) for id in ids)


def _revive(conn: Connection, id: int, at: datetime, user_id: int | None) -> bool:
    afresh = {"due_at": at, "attempts": 0, "woken": 0, "leased_until": None, "settled_at": None}
    afresh["put_off"] = False
    dead = update(table).where(table.c.id == id, table.c.state == DEAD)
    done = conn.execute(dead.values(state=WAITING, reason=None, **afresh))
    return _told(conn, id, "replayed", at, user_id) if done.rowcount else False


def handled_elsewhere(
    conn: Connection, id: int, reason: str, at: datetime, user_id: int | None = None
) -> bool:
    """Put a dead row aside: people told the back office another way. Needs a reason; nothing is deleted."""
    if not reason.strip():
        raise ValueError("a reason is needed")
    open_one = (table.c.id == id, table.c.state == DEAD, table.c.settled_at.is_(None))
    done = conn.execute(update(table).where(*open_one).values(settled_at=at, reason=reason.strip()))
    return _told(conn, id, "handled elsewhere", at, user_id) if done.rowcount else False


def _told(conn: Connection, id: int, how: str, at: datetime, user_id: int | None) -> bool:
    complaint = conn.execute(select(table.c.complaint_id).where(table.c.id == id)).scalar_one()
    events.append(
        conn, names.DELIVERY_SETTLED, at, complaint_id=complaint, user_id=user_id, delivery=id, how=how
    )
    return True


# ---- how it stands


@dataclass(frozen=True)
class Backlog:
    """What has not arrived. `oldest` is when the event happened that waits longest."""

    waiting: int
    dead: int
    oldest: datetime | None


def backlog(conn: Connection) -> Backlog:
    open_dead = and_(table.c.state == DEAD, table.c.settled_at.is_(None))
    dead = conn.execute(select(func.count()).select_from(table).where(open_dead)).scalar() or 0
    query = (
        select(func.count(), func.min(event_table.c.at))
        .select_from(table)
        .join(event_table, event_table.c.id == table.c.event_id)
        .where(_is_waiting(table))
    )
    waiting, oldest = conn.execute(query).one()
    return Backlog(waiting, dead, oldest)


def overdue(conn: Connection, tier: int, before: datetime) -> list[int]:
    """Complaints of this tier with an event from before then that a destination in force has not received."""
    query = (
        select(table.c.complaint_id)
        .distinct()
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .join(event_table, event_table.c.id == table.c.event_id)
        .join(destinations, destinations.c.id == table.c.destination_id)
        .where(destinations.c.active, _is_waiting(table))
        .where(complaints.c.tier == tier, event_table.c.at < before)
    )
    return list(conn.execute(query).scalars())
