"""Making a draft a complaint, and promises: each a row with an absolute time."""

from __future__ import annotations

from datetime import datetime

from core import categories, complaint, promises
from core import events as names
from reception.content import Content
from store import complaints, events, facts, pauses
from store import promises as promise_rows
from store.db import Connection

MADE_AT_REGISTRATION = ("accept", "callback", "plan", "progress", "resolve", "final")


def make_promise(
    conn: Connection,
    content: Content,
    complaint_id: int,
    kind: str,
    now: datetime,
    window: str | None = None,
    queued_at: datetime | None = None,
) -> None:
    """Store a promise of `kind`, counted by the table's row `window`; an open earlier one stays. With
    `queued_at` it stands for a place in the queue since then, or since an earlier time that it had."""
    tier = complaints.get(conn, complaint_id).tier
    made = promises.promise(window or kind, tier, now, content.hours, content.promises)
    before = promise_rows.open_of(conn, complaint_id, kind)
    if before is not None and before.due_at <= made.due_at:
        if queued_at is not None and before.queued_at is None:
            promise_rows.change(conn, before.id, queued_at=queued_at)
        return
    if before is not None:
        promise_rows.change(conn, before.id, state="replaced")
    promise_rows.make(
        conn,
        complaint_id,
        kind=kind,
        made_at=now,
        due_at=made.due_at,
        calendar=made.calendar,
        provisional=made.provisional,
        renews=before.id if before is not None else None,
        queued_at=(before.queued_at if before is not None else None) or queued_at,
    )


def next_notice(
    conn: Connection, content: Content, complaint_id: int, now: datetime, made_by: datetime | None = None
) -> None:
    """The customer has heard how it goes: the notice promised by then is kept, and while it is worked on
    another is due."""
    promise_rows.keep(conn, complaint_id, "progress", now, made_by=made_by)
    if complaints.get(conn, complaint_id).state in complaint.OPEN_STATES[:5]:
        make_promise(conn, content, complaint_id, "progress", now)


def hasten_promises(conn: Connection, content: Content, complaint_id: int, now: datetime) -> None:
    """After a tier was raised: open promises that are now due sooner are made anew, none is put off.
    One whose clock stands still is left: the customer was told until when."""
    paused = {pause.promise_id for pause in pauses.going(conn, complaint_id)}
    for row in promise_rows.of_complaint(conn, complaint_id):
        if row.state == "open" and row.kind in MADE_AT_REGISTRATION and row.id not in paused:
            make_promise(conn, content, complaint_id, row.kind, now)


def register(
    conn: Connection, content: Content, complaint_id: int, now: datetime, kind: str = "complaint"
) -> None:
    """Make a draft a registered complaint with all its promises; kinds "vent" and "hidden" are only kept."""
    row = complaints.get(conn, complaint_id)
    complaint.check_move(row.state, complaint.REGISTERED, frozenset(), complaint.SYSTEM)
    wanted = "complaint" if kind == "complaint" else "grumble"
    complaints.change(
        conn,
        complaint_id,
        state=complaint.REGISTERED,
        registered_at=now,
        kind=wanted,
        department=row.department or department_of(conn, content, complaint_id),
    )
    if kind == "complaint":
        for promise in MADE_AT_REGISTRATION:
            make_promise(conn, content, complaint_id, promise, now)
    events.append(conn, names.COMPLAINT_REGISTERED, now, complaint_id=complaint_id, kind=kind)
    if kind != "complaint":
        _close_as_recorded(conn, complaint_id, now, kind)


def department_of(conn: Connection, content: Content, complaint_id: int) -> str:
    """Who answers for what it is about; those who sort things out, when it is about several or nothing."""
    named = content.vocabulary.categories
    issues = facts.value(conn, complaint_id, "issues") or []
    found = {categories.by_code(issue["category"], named).department for issue in issues}
    return found.pop() if len(found) == 1 else categories.by_code(None, named).department


def _close_as_recorded(conn: Connection, complaint_id: int, now: datetime, kind: str) -> None:
    """Nobody is to answer: it is kept, seen by the supervisor, and closed as recorded only."""
    have = frozenset({complaint.RECORDED_ONLY})
    complaint.check_move(complaint.REGISTERED, complaint.CLOSED, have, complaint.SYSTEM)
    facts.learn(conn, complaint_id, "contact_choice", "none", by="answer", at=now)
    complaints.change(
        conn, complaint_id, state=complaint.CLOSED, closed_at=now, outcome=complaint.RECORDED_ONLY
    )
    events.append(conn, names.STATE_MOVED, now, complaint_id=complaint_id, to=complaint.CLOSED, reason=kind)
