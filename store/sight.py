"""How a person stands to complaints, as `core.sight` wants to know it: of one, or as a condition for many."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, false, or_, select

from core.complaint import DRAFT, OPEN_STATES
from core.sight import REACH, Standing
from store import schema as t

#: Named one by one, so that the index on the state is used.
OPEN = (DRAFT, *OPEN_STATES)


def standing(conn: Connection, complaint_id: int, person: Row[Any]) -> Standing:
    """How this person (a row of users) stands to the complaint."""
    query = select(
        t.complaints.c.state,
        _own(person.id).label("own"),
        _departments(person.department).label("department"),
        _recused(person.id).label("recused"),
    )
    row = conn.execute(query.where(t.complaints.c.id == complaint_id)).one()
    return Standing(row.state, own=row.own, department=row.department, recused=row.recused)


def visible(person: Row[Any]) -> ColumnElement[bool]:
    """The complaints that this person may see, whole or masked: a condition on the table of complaints."""
    reach = REACH.get(person.role)
    if reach is None:
        return false()
    within: list[ColumnElement[bool]] = [t.complaints.c.state.in_(sorted(reach.states))]
    if reach.own:
        within.append(_own(person.id))
    if reach.department:
        within.append(_departments(person.department))
    return and_(or_(*within), ~_recused(person.id))


def recused(conn: Connection, user_id: int) -> frozenset[int]:
    """The complaints that this person is kept out of."""
    query = select(t.recusals.c.complaint_id).where(t.recusals.c.recused_id == user_id)
    return frozenset(conn.execute(query).scalars())


def _recused(user_id: int) -> ColumnElement[bool]:
    return (
        select(t.recusals.c.id)
        .where(t.recusals.c.complaint_id == t.complaints.c.id, t.recusals.c.recused_id == user_id)
        .exists()
    )


def _departments(department: str | None) -> ColumnElement[bool]:
    """Their department answers for it, or was sent a memo about it that was not recalled."""
    if not department:
        return false()
    memo = select(t.memos.c.id).where(
        t.memos.c.complaint_id == t.complaints.c.id,
        t.memos.c.department == department,
        t.memos.c.recalled_at.is_(None),
    )
    registered = and_(t.complaints.c.department == department, t.complaints.c.state != DRAFT)
    return or_(registered, memo.exists())


def _own(user_id: int) -> ColumnElement[bool]:
    """Theirs, or of a customer whom they serve in another complaint that is open."""
    other = t.complaints.alias("other")
    serves = select(other.c.id).where(
        other.c.customer_id == t.complaints.c.customer_id,
        other.c.state.in_(OPEN),
        or_(other.c.owner_id == user_id, _talked(other, user_id)),
    )
    asked = select(t.follow_ups.c.id).where(
        t.follow_ups.c.complaint_id == t.complaints.c.id, t.follow_ups.c.user_id == user_id
    )
    return or_(
        t.complaints.c.owner_id == user_id, _talked(t.complaints, user_id), asked.exists(), serves.exists()
    )


def _talked(complaints: Any, user_id: int) -> ColumnElement[bool]:
    """They accepted the customer's wish for a person, or wrote to the customer."""
    accepted = select(t.handoffs.c.id).where(
        t.handoffs.c.complaint_id == complaints.c.id,
        t.handoffs.c.agent_id == user_id,
        t.handoffs.c.accepted_at.is_not(None),
    )
    wrote = select(t.messages.c.id).where(
        t.messages.c.complaint_id == complaints.c.id, t.messages.c.agent_id == user_id
    )
    return or_(accepted.exists(), wrote.exists())
