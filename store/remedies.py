"""Remedy lines: proposed, approved within limits, done with proof."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core import events as names
from core.complaint import CARRYING_OUT, CONFERRING
from store import events
from store.rows import insert
from store.schema import complaints
from store.schema import remedies as table

WORKED_IN = (CONFERRING, CARRYING_OUT)
"""The steps in which remedies are agreed and done."""


def propose(
    conn: Connection,
    complaint_id: int,
    user_id: int,
    *,
    kind: str,
    amount: int | None,
    words: str,
    appointment: dict[str, str] | None,
    approved: bool,
    at: datetime,
) -> int:
    """Keep one line. `amount` in fen; `approved`: the proposer may decide it alone."""
    row = {"complaint_id": complaint_id, "kind": kind, "amount": amount, "words": words, "user_id": user_id}
    more: dict[str, Any] = {"appointment": appointment, "approvers": [], "at": at}
    more["approved_at"] = at if approved else None
    id = insert(conn, table, {**row, **more})
    _event(conn, names.REMEDY_PROPOSED, at, complaint_id, user_id, id, kind)
    return id


def get(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All lines, oldest first, refused ones among them."""
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()


def visits(conn: Connection) -> Sequence[Row[Any]]:
    """Lines with an agreed time, neither done nor refused, of complaints that are worked on. Rows carry the
    complaint's number, tier and owner."""
    still = (table.c.done_at.is_(None), table.c.refused_at.is_(None))
    agreed = func.json_type(table.c.appointment) == "object"
    query = (
        select(table, complaints.c.number, complaints.c.tier, complaints.c.owner_id)
        .join(complaints, complaints.c.id == table.c.complaint_id)
        .where(*still, agreed, complaints.c.state.in_(WORKED_IN))
    )
    return conn.execute(query.order_by(table.c.id)).all()


def approve(conn: Connection, line: Row[Any], user_id: int, enough: bool, at: datetime) -> None:
    """One more person agrees. `enough`: with this one it is approved."""
    values = {"approvers": [*line.approvers, user_id], "approved_at": at if enough else None}
    conn.execute(update(table).where(table.c.id == line.id).values(**values))
    _event(conn, names.REMEDY_APPROVED, at, line.complaint_id, user_id, line.id, line.kind)


def refuse(conn: Connection, line: Row[Any], user_id: int, reason: str, at: datetime) -> None:
    """Not to be done: refused by another, or taken back by who proposed it."""
    values = {"refused_at": at, "refused_by": user_id, "reason": reason}
    conn.execute(update(table).where(table.c.id == line.id).values(**values))
    _event(conn, names.REMEDY_REFUSED, at, line.complaint_id, user_id, line.id, line.kind)


def done(
    conn: Connection, line: Row[Any], user_id: int, proof: str, proof_file: str | None, at: datetime
) -> None:
    values: dict[str, Any] = {"proof": proof, "proof_file": proof_file, "done_by": user_id, "done_at": at}
    if line.appointment:
        values["appointment"] = {**line.appointment, "outcome": "kept"}
    conn.execute(update(table).where(table.c.id == line.id).values(**values))
    _event(conn, names.REMEDY_DONE, at, line.complaint_id, user_id, line.id, line.kind)


def missed(
    conn: Connection, line: Row[Any], user_id: int, words: str, again: dict[str, str], at: datetime
) -> None:
    """The visit did not happen: why stays beside the new appointment."""
    earlier = [*(line.appointment or {}).get("missed", []), {**_plain(line.appointment), "why": words}]
    values = {"appointment": {**again, "missed": earlier}}
    conn.execute(update(table).where(table.c.id == line.id).values(**values))
    _event(conn, names.APPOINTMENT_MISSED, at, line.complaint_id, user_id, line.id, line.kind)


def _plain(appointment: dict[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (appointment or {}).items() if name != "missed"}


def _event(
    conn: Connection, name: str, at: datetime, complaint_id: int, user_id: int, line: int, kind: str
) -> None:
    about: dict[str, Any] = {"remedy": line, "remedy_kind": kind}
    events.append(conn, name, at, complaint_id=complaint_id, user_id=user_id, **about)
