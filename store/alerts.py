"""Calls for a supervisor: which of them still wait for somebody, and where in the complaint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select

from core import events as names
from core.complaint import DRAFT, MEMO_SENT, OPEN_STATES
from store import memos, promises, remedies, steps
from store import schema as t

RECENT_EVENTS = 20_000
MOST = 300
"""Calls that are looked at in one day; more of them than that, nobody reads."""


@dataclass(frozen=True)
class Alert:
    """A call for a supervisor. `number`: of its complaint, if any; `place`: where its page of the steps shows
    what it is about, "" for the complaint itself; `settled`: nobody need do anything any more."""

    at: datetime
    reason: str
    number: str | None
    tier: int | None
    place: str
    settled: bool


def since(conn: Connection, start: datetime, limit: int = 20) -> list[Alert]:
    """The calls since then, the newest on top: all that still wait, then the settled, `limit` at most.

    Looks at the newest events only, and of them at MOST calls, so that a long history costs nothing."""
    found = [_alert(conn, row) for row in _rows(conn, start)]
    waiting, settled = ([one for one in found if one.settled is over] for over in (False, True))
    return waiting + settled[:limit]


def _rows(conn: Connection, start: datetime) -> list[Any]:
    newest = select(func.max(t.events.c.id) - RECENT_EVENTS).scalar_subquery()
    about = (t.complaints.c.number, t.complaints.c.tier, t.complaints.c.state)
    query = (
        select(t.events.c.id, t.events.c.at, t.events.c.data, t.events.c.complaint_id, *about)
        .outerjoin(t.complaints, t.complaints.c.id == t.events.c.complaint_id)
        .where(t.events.c.id > newest, t.events.c.name == names.SUPERVISOR_PAGED, t.events.c.at >= start)
    )
    return list(conn.execute(query.order_by(t.events.c.id.desc()).limit(MOST)).all())


def _alert(conn: Connection, row: Row[Any]) -> Alert:
    reason = str(row.data.get("reason") or "")
    if row.complaint_id is None:
        return Alert(row.at, reason, None, None, "", False)
    waits, place = ABOUT.get(reason, (None, ""))
    over = row.state not in (DRAFT, *OPEN_STATES)
    settled = over or (waits is not None and not waits(conn, row.complaint_id, row.data))
    return Alert(row.at, reason, row.number, row.tier, place.format(state=row.state), settled)


def _remedy(conn: Connection, complaint_id: int, _about: Mapping[str, Any]) -> bool:
    lines = remedies.of_complaint(conn, complaint_id)
    return any(line.approved_at is None and line.refused_at is None for line in lines)


def _withdrawal(conn: Connection, complaint_id: int, _about: Mapping[str, Any]) -> bool:
    return steps.withdrawal(conn, complaint_id) is not None


def _memo(conn: Connection, _complaint_id: int, about: Mapping[str, Any]) -> bool:
    memo = memos.get(conn, int(about.get("memo") or 0))
    return memo is not None and memo.replied_at is None and memo.recalled_at is None


def _untaken(conn: Connection, complaint_id: int, about: Mapping[str, Any]) -> bool:
    memo = memos.get(conn, int(about.get("memo") or 0))
    return memo is not None and memo.taken_by is None and _memo(conn, complaint_id, about)


def _promise(conn: Connection, complaint_id: int, about: Mapping[str, Any]) -> bool:
    found = {row.id: row for row in promises.of_complaint(conn, complaint_id)}.get(about.get("promise"))
    return found is not None and found.kept_at is None and found.state in ("open", "missed")


Waits = Callable[[Connection, int, Mapping[str, Any]], bool]
#: By the reason: whether it still waits, and where. Any other waits until the complaint is over.
ABOUT: dict[str, tuple[Waits, str]] = {
    "remedy_waits": (_remedy, "step-{state}"),
    "withdrawal_waits": (_withdrawal, "withdrawal"),
    "memo_untaken": (_untaken, f"step-{MEMO_SENT}"),
    "memo_late": (_memo, f"step-{MEMO_SENT}"),
    "promise_late": (_promise, ""),
    "promise_missed": (_promise, ""),
    "promise_untold": (_promise, ""),
    "promise_escalated": (_promise, ""),
}
