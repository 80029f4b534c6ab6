"""Promises: rows with an absolute time, stored before the words are said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select, update

from core import events as names
from core.complaint import STATES
from store import events
from store.rows import insert
from store.schema import complaints, handoffs
from store.schema import promises as table

CHANGE = update(table).where(table.c.id == bindparam("this"))
OF_COMPLAINT = (
    select(table).where(table.c.complaint_id == bindparam("complaint")).order_by(table.c.due_at, table.c.id)
)
OPEN_OF = (
    select(table)
    .where(table.c.complaint_id == bindparam("complaint"), table.c.state == "open")
    .order_by(table.c.due_at)
    .limit(1)
)
OPEN_OF_KIND = OPEN_OF.where(table.c.kind == bindparam("kind"))


def make(
    conn: Connection,
    complaint_id: int,
    *,
    kind: str,
    made_at: datetime,
    due_at: datetime,
    calendar: str,
    provisional: bool = False,
    renews: int | None = None,
    queued_at: datetime | None = None,
) -> int:
    """Store a promise. An open one of the same kind with an earlier due time stays as it is. `queued_at`: it
    stands for a place in the queue since then."""
    row = {
        "complaint_id": complaint_id,
        "kind": kind,
        "made_at": made_at,
        "due_at": due_at,
        "calendar": calendar,
        "provisional": provisional,
        "state": "open",
        "renews": renews,
        "queued_at": queued_at,
    }
    id = insert(conn, table, row)
    events.append(conn, names.PROMISE_MADE, made_at, complaint_id=complaint_id, promise=id, kind=kind)
    return id


def get(conn: Connection, id: int) -> Row[Any]:
    return conn.execute(select(table).where(table.c.id == id)).one()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All promises of a complaint, the next due first."""
    return conn.execute(OF_COMPLAINT, {"complaint": complaint_id}).all()


def open_of(conn: Connection, complaint_id: int, kind: str | None = None) -> Row[Any] | None:
    """The open promise that is due first, of one kind when named."""
    if kind is None:
        return conn.execute(OPEN_OF, {"complaint": complaint_id}).one_or_none()
    return conn.execute(OPEN_OF_KIND, {"complaint": complaint_id, "kind": kind}).one_or_none()


def chased(
    conn: Connection, now: datetime, over: Iterable[str], done: Iterable[str], moot: Iterable[str]
) -> list[int]:
    """Promises not kept yet that are to be looked at by now, due first. None of complaints in states `over`;
    in states `done`, none of the kinds `moot`."""
    still = [state for state in STATES if state not in set(over)]
    going = select(complaints.c.id).where(complaints.c.state.in_(still))
    moot_now = and_(complaints.c.state.in_(done), table.c.kind.in_(moot))
    query = (
        select(table.c.id)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(table.c.state.in_(["open", "renewed", "missed"]), table.c.kept_at.is_(None))
        .where(or_(table.c.look_at.is_(None), table.c.look_at <= now))
        .where(table.c.complaint_id.in_(going), ~moot_now)
    )
    return list(conn.execute(query.order_by(table.c.due_at, table.c.id)).scalars())


def look_again(conn: Connection, at: Mapping[int, datetime]) -> None:
    """Until then, nothing is to be done about these promises, by id."""
    for id, when in at.items():
        change(conn, id, look_at=when)


def renewals(conn: Connection, id: int) -> int:
    """How often the customer was already told a new time for this one."""
    count, earlier = 0, get(conn, id).renews
    while earlier is not None:
        row = get(conn, earlier)
        count, earlier = count + (row.told_at is not None), row.renews
    return count


def missed_before(conn: Connection, id: int) -> bool:
    """Whether one that this promise stands for, directly or through others, was missed."""
    earlier = get(conn, id).renews
    while earlier is not None:
        row = get(conn, earlier)
        if row.missed_at is not None:
            return True
        earlier = row.renews
    return False


def change(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(CHANGE, {"this": id, **values})


def places(conn: Connection) -> Sequence[Row[Any]]:
    """Calls back that stand for a place in the queue, of those who do not wait for a person now: gravest
    first, then whoever asked first. Rows carry the complaint's tier."""
    waits = select(handoffs.c.id).where(
        handoffs.c.complaint_id == table.c.complaint_id, handoffs.c.ended_at.is_(None)
    )
    query = (
        select(table, complaints.c.tier)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(table.c.kind == "callback", table.c.state.in_(["open", "missed"]), table.c.kept_at.is_(None))
        .where(table.c.queued_at.is_not(None), ~waits.exists())
        .order_by(complaints.c.tier.desc(), table.c.queued_at)
    )
    return conn.execute(query).all()


def keep(
    conn: Connection, complaint_id: int, kind: str, at: datetime, made_by: datetime | None = None
) -> bool:
    """Mark the promise of this kind as kept, of those `made_by` then. One already missed stays missed, with
    the time it was kept."""
    query = select(table).where(
        table.c.complaint_id == complaint_id, table.c.kind == kind, table.c.kept_at.is_(None)
    )
    if made_by is not None:
        query = query.where(table.c.made_at <= made_by)
    kept = False
    for row in conn.execute(query.where(table.c.state.in_(["open", "renewed", "missed"]))).all():
        change(conn, row.id, kept_at=at, state="missed_then_kept" if row.state == "missed" else "kept")
        events.append(conn, names.PROMISE_KEPT, at, complaint_id=complaint_id, promise=row.id, kind=kind)
        kept = True
    return kept


def reopen(conn: Connection, complaint_id: int, kind: str, kept_at: datetime, at: datetime) -> None:
    """What was kept at that moment is not kept after all: it is due as before."""
    query = select(table).where(
        table.c.complaint_id == complaint_id, table.c.kind == kind, table.c.kept_at == kept_at
    )
    for row in conn.execute(query.where(table.c.state.in_(["kept", "missed_then_kept"]))).all():
        renewed = conn.execute(select(table.c.id).where(table.c.renews == row.id).limit(1)).first()
        before = "missed" if row.missed_at else "renewed" if renewed else "open"
        change(conn, row.id, kept_at=None, state=before, look_at=None)
        told = {"promise": row.id, "kind": kind}
        events.append(conn, names.PROMISE_REOPENED, at, complaint_id=complaint_id, **told)


def cancel(
    conn: Connection,
    complaint_id: int,
    kinds: Iterable[str],
    at: datetime,
    made_at: datetime | None = None,
) -> None:
    """No longer owed, though nobody kept them; of those `made_at` a moment, if it is given. One already
    missed stays missed."""
    query = select(table).where(
        table.c.complaint_id == complaint_id, table.c.kind.in_(list(kinds)), table.c.kept_at.is_(None)
    )
    if made_at is not None:
        query = query.where(table.c.made_at == made_at)
    for row in conn.execute(query.where(table.c.state.in_(["open", "renewed"]))).all():
        change(conn, row.id, state="cancelled")
        told = {"promise": row.id, "kind": row.kind}
        events.append(conn, names.PROMISE_CANCELLED, at, complaint_id=complaint_id, **told)
