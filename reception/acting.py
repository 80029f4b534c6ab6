"""What every act at the desk shares: it is refused in words, never done on a stale page, and moves a
complaint only as `core.complaint` lets it."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any

from core import complaint, roles
from core import events as names
from store import complaints, events, recusals, users
from store import promises as promise_rows
from store.db import Connection, Row


class Refused(Exception):
    """Not done: another was first, or the step is not allowed. `why` is a code of labels.yml `errors`."""

    def __init__(self, why: str, needs: Set[str] = frozenset()) -> None:
        super().__init__(why)
        self.why = why
        self.needs = frozenset(needs)


class Stale(Refused):
    """The complaint has changed since it was read."""

    def __init__(self) -> None:
        super().__init__("stale")


def fresh(conn: Connection, complaint_id: int, sequence: int) -> Row[Any]:
    """The complaint as it was read under this sequence number. Raises Stale."""
    row = complaints.get(conn, complaint_id)
    if row.sequence != sequence:
        raise Stale()
    return row


def own(conn: Connection, row: Row[Any], user_id: int, at: datetime) -> None:
    """From now on this person is answerable; the promise of an owner is kept. Raises Refused for somebody
    who must keep out of it."""
    if recusals.holds(conn, row.id, user_id):
        raise Refused("recused")
    if row.owner_id == user_id:
        return
    complaints.change(conn, row.id, owner_id=user_id, taken_at=at)
    events.append(conn, names.COMPLAINT_OWNED, at, complaint_id=row.id, user_id=user_id)
    promise_rows.keep(conn, row.id, "accept", at)
    if row.state == complaint.REGISTERED:
        owned = complaints.get(conn, row.id)
        move(conn, owned, complaint.INVESTIGATING, "", frozenset({"owner"}), user_id, at)


def move(
    conn: Connection,
    row: Row[Any],
    to: str,
    reason: str,
    have: Set[str],
    user_id: int,
    at: datetime,
) -> None:
    """Go to another step, having what is in `have`. Raises Refused with what is missing."""
    try:
        complaint.check_move(row.state, to, have, _who(conn, row, user_id))
    except complaint.NotAllowed as refusal:
        raise Refused("move_refused", refusal.needs) from None
    complaints.change(conn, row.id, state=to)
    events.append(conn, names.STATE_MOVED, at, complaint_id=row.id, user_id=user_id, to=to, reason=reason)


def _who(conn: Connection, row: Row[Any], user_id: int) -> str:
    if row.owner_id == user_id:
        return complaint.OWNER
    user = users.get(conn, user_id)
    role = str(user.role) if user is not None else "nobody"
    return complaint.SUPERVISOR if role == roles.ADMIN_AGENT else role
