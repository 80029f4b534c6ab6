"""Complaints: opened with the first word, registered once, moved step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, select, update

from core import events as names
from core.complaint import OPEN_STATES
from store import events, joins
from store.rows import insert
from store.schema import complaints as table
from store.schema import events as event_table
from store.schema import links, signals

BY_ID = select(table).where(table.c.id == bindparam("id"))
CHANGE = update(table).where(table.c.id == bindparam("this"))
SIGNALS = select(signals).where(signals.c.complaint_id == bindparam("id")).order_by(signals.c.id)
FLAGS = select(signals.c.code).where(
    signals.c.complaint_id == bindparam("id"), signals.c.kind == "flag", signals.c.ended_at.is_(None)
)


def open_draft(
    conn: Connection,
    *,
    draw: Callable[[], str],
    channel: str,
    customer_id: int,
    at: datetime,
    conversation_id: str | None,
) -> int:
    """A draft with a number that nobody has yet; `draw` makes a candidate number."""
    number = draw()
    while by_number(conn, number) is not None:
        number = draw()
    row = {
        "number": number,
        "kind": "complaint",
        "state": "draft",
        "opened_at": at,
        "channel": channel,
        "source": "customer",
        "customer_id": customer_id,
        "tier": 1,
        "mood": "calm",
        "mood_level": 0,
        "rung": 0,
        "reopened": 0,
        "sequence": 0,
    }
    id = insert(conn, table, row)
    events.append(conn, names.COMPLAINT_OPENED, at, complaint_id=id, conversation_id=conversation_id)
    return id


def get(conn: Connection, id: int) -> Row[Any]:
    return conn.execute(BY_ID, {"id": id}).one()


def by_number(conn: Connection, number: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.number == number)).one_or_none()


def change(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(CHANGE, {"this": id, **values})


def of_customer(conn: Connection, customer_id: int) -> Sequence[Row[Any]]:
    """All of a customer's complaints from all doors, of whoever is the same person too, newest first."""
    query = select(table).where(table.c.customer_id.in_(joins.everyone(conn, customer_id)))
    return conn.execute(query.order_by(table.c.id.desc())).all()


def signal(
    conn: Connection,
    id: int,
    *,
    kind: str,
    code: str,
    level: int,
    rule: str,
    words: Sequence[str],
    by: str,
    at: datetime,
    message_id: int | None = None,
) -> None:
    """Keep why a tier, a flag or a mood was set, with the words that decided."""
    values = {"kind": kind, "code": code, "level": level, "rule": rule, "words": list(words), "by": by}
    conn.execute(signals.insert().values(complaint_id=id, message_id=message_id, at=at, **values))


def signals_of(conn: Connection, id: int) -> Sequence[Row[Any]]:
    """The signals in force, oldest first; not those that a person took away."""
    return [row for row in all_signals(conn, id) if row.ended_at is None]


def all_signals(conn: Connection, id: int) -> Sequence[Row[Any]]:
    """Every signal ever set, oldest first."""
    return conn.execute(SIGNALS, {"id": id}).all()


def end_flag(conn: Connection, id: int, code: str, *, user_id: int, why: str, at: datetime) -> int:
    """A person takes a flag away; it is kept, with who and why. Returns how many signals had set it."""
    held = (signals.c.complaint_id == id, signals.c.kind == "flag", signals.c.code == code)
    change = update(signals).where(*held, signals.c.ended_at.is_(None))
    return conn.execute(change.values(ended_at=at, ended_by=user_id, ended_why=why)).rowcount


def flags(conn: Connection, id: int) -> set[str]:
    return set(conn.execute(FLAGS, {"id": id}).scalars())


def link(conn: Connection, id: int, other_id: int, kind: str) -> None:
    known = select(links.c.id).where(
        links.c.complaint_id == id, links.c.other_id == other_id, links.c.kind == kind
    )
    if conn.execute(known).first() is None:
        conn.execute(links.insert().values(complaint_id=id, other_id=other_id, kind=kind))


def unlink(conn: Connection, id: int, other_id: int, kind: str) -> bool:
    """Take the link away. False when there was none."""
    this = (links.c.complaint_id == id, links.c.other_id == other_id, links.c.kind == kind)
    return conn.execute(delete(links).where(*this)).rowcount > 0


def count_links(conn: Connection, id: int, kind: str) -> int:
    query = select(func.count()).where(links.c.complaint_id == id, links.c.kind == kind)
    return conn.execute(query).scalar() or 0


def count_owned(conn: Connection, user_id: int) -> int:
    """How many open complaints this person is answerable for."""
    mine = (table.c.owner_id == user_id, table.c.state.in_(OPEN_STATES))
    return conn.execute(select(func.count()).select_from(table).where(*mine)).scalar() or 0


def linked(conn: Connection, id: int) -> Sequence[Row[Any]]:
    """Complaints this one is linked to: rows with number, state, opened_at and kind of link."""
    query: Select[Any] = (
        select(table.c.id, table.c.number, table.c.state, table.c.opened_at, links.c.kind.label("link"))
        .join(links, links.c.other_id == table.c.id)
        .where(links.c.complaint_id == id)
    )
    return conn.execute(query).all()


def links_with(conn: Connection, id: int) -> dict[str, str]:
    """The complaints that this one is linked with, from whichever side: the kind of link by number."""
    sides = ((links.c.complaint_id, links.c.other_id), (links.c.other_id, links.c.complaint_id))
    found: dict[str, str] = {}
    for own, other in sides:
        query = select(table.c.number, links.c.kind).join(links, other == table.c.id).where(own == id)
        found |= {row.number: row.kind for row in conn.execute(query)}
    return found


def queue(conn: Connection, limit: int = 200) -> Sequence[Row[Any]]:
    """Complaints that are not closed, the gravest and oldest first."""
    query = select(table).where(table.c.state.not_in(["closed", "withdrawn"]))
    return conn.execute(query.order_by(table.c.tier.desc(), table.c.opened_at).limit(limit)).all()


def registered(conn: Connection, after: int, limit: int) -> Sequence[Any]:
    """Rows (cursor, complaint_id) in the order of registration. The cursor is the registration's event, so
    a complaint that was opened early and registered late is not passed over."""
    query = (
        select(event_table.c.id.label("cursor"), event_table.c.complaint_id)
        .where(event_table.c.id > after, event_table.c.name == names.COMPLAINT_REGISTERED)
        .order_by(event_table.c.id)
        .limit(limit)
    )
    return conn.execute(query).all()
