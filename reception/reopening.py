"""Not done after all: the same number, a supervisor answerable, a higher tier, and new promises."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from core import complaint, roles
from core import events as names
from reception.acting import Refused
from reception.content import Content
from reception.registering import MADE_AT_REGISTRATION, make_promise
from reception.slots import said_due
from reception.telling import announce
from store import complaints, events, follow_ups, steps, users
from store import promises as promise_rows
from store.db import Connection, Row

RETURNS_WITHIN = timedelta(days=30)
"""Later, what the customer returns with is a complaint of its own."""
LEAST_TIER = 2
PAGED = "reopened"


def by_supervisor(conn: Connection, user_id: int) -> None:
    """Raises Refused unless this person may reopen what is over."""
    user = users.get(conn, user_id)
    if user is None or not roles.may(user.role, roles.REOPEN):
        raise Refused("move_refused")


def reopen(
    conn: Connection, content: Content, row: Row[Any], reason: str, user_id: int | None, at: datetime
) -> None:
    """Back to the second step, from wherever it is; who may is checked by the caller, `user_id` None is the
    customer. The customer is told where that can be read, and the supervisors are paged."""
    owner = _supervisor(conn, row, user_id, at)
    complaints.change(
        conn,
        row.id,
        state=complaint.INVESTIGATING,
        reopened=row.reopened + 1,
        tier=max(LEAST_TIER, row.tier),
        owner_id=owner,
        taken_at=at if owner is not None else None,
        closed_at=None,
        outcome=None,
    )
    ids: dict[str, Any] = {"complaint_id": row.id, "user_id": user_id}
    events.append(conn, names.COMPLAINT_REOPENED, at, **ids, reason=reason)
    events.append(conn, names.STATE_MOVED, at, **ids, to=complaint.INVESTIGATING, reason=reason)
    if row.tier < LEAST_TIER:
        _raise_tier(conn, row.id, reason, at)
    for look in follow_ups.open_looks(conn, row.id):
        follow_ups.finish(conn, look, user_id, at)
    _promise_anew(conn, content, row.id, owner, at)
    events.append(conn, names.SUPERVISOR_PAGED, at, complaint_id=row.id, reason=PAGED)
    _tell(conn, content, row.id, at)


def _supervisor(conn: Connection, row: Row[Any], user_id: int | None, at: datetime) -> int | None:
    """Who is answerable now: the supervisor who reopens it, else one who is there, with the fewest open
    complaints of their own; None when nobody may."""
    actor = users.get(conn, user_id) if user_id is not None else None
    if actor is not None and roles.may(actor.role, roles.REOPEN):
        return int(actor.id)
    kept_out = steps.recused(conn, row.id)
    leads = [role for role in roles.ROLES if roles.may(role, roles.REOPEN)]
    found = [one for one in users.by_load(conn, leads, at) if one.id not in kept_out]
    return int(found[0].id) if found else None


def _raise_tier(conn: Connection, complaint_id: int, reason: str, at: datetime) -> None:
    complaints.signal(
        conn,
        complaint_id,
        kind="tier",
        code=str(LEAST_TIER),
        level=LEAST_TIER,
        rule=PAGED,
        words=[reason],
        by="rule",
        at=at,
    )
    events.append(conn, names.TIER_RAISED, at, complaint_id=complaint_id, tier=LEAST_TIER, rule=PAGED)


def _promise_anew(
    conn: Connection, content: Content, complaint_id: int, owner: int | None, at: datetime
) -> None:
    """What is still open from before is replaced: a new round has its own times."""
    promise_rows.cancel(conn, complaint_id, (*MADE_AT_REGISTRATION, "follow_up"), at)
    for kind in MADE_AT_REGISTRATION:
        if kind != "accept" or owner is None:
            make_promise(conn, content, complaint_id, kind, at)


def _tell(conn: Connection, content: Content, complaint_id: int, at: datetime) -> None:
    due = promise_rows.open_of(conn, complaint_id, "callback")
    if due is not None:
        announce(
            conn, content, complaint_id, "utter_reopened", at, due=said_due(content, due.due_at, at, "web")
        )
