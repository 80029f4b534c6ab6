"""The complaints behind each figure: every number opens its list, by the conditions it was counted by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select, Text, and_, cast, func, literal, null, select

from core.figures import NEVER
from store import figures as f
from store import outcomes as o
from store import schema as t
from store.figures import complaint, handoff, promise
from store.sight import visible


class Entry(NamedTuple):
    """One line: the complaint, when, a code that says which or how (of `promise_kinds`, say), and a length in
    seconds; what does not apply is None."""

    complaint: int
    at: datetime | None
    code: str | None
    seconds: int | None


@dataclass(frozen=True)
class Wanted:
    """What is listed: the period, by [start, end), and what narrows the list: a code, a tier, a text. Nobody
    sees a complaint that they may not see: `viewer` is the row of who looks. `alike`: how far back alike
    complaints are looked for."""

    start: datetime
    end: datetime
    now: datetime
    viewer: Row[Any]
    alike: timedelta
    code: str = ""
    tier: int = 0
    text: str = ""

    @property
    def period(self) -> tuple[datetime, datetime]:
        return self.start, self.end


class Listed(NamedTuple):
    total: int
    entries: list[Entry]


def entries(conn: Connection, what: str, wanted: Wanted, limit: int) -> Listed:
    """The list of this name, the worst or newest first. Raises KeyError for an unknown name."""
    query = LISTS[what](wanted).where(visible(wanted.viewer))
    total = f.count(conn, select(func.count()).select_from(query.order_by(None).subquery()))
    return Listed(total, [Entry(*row) for row in conn.execute(query.limit(limit))])


def _row(at: Any, code: Any = None, seconds: Any = None) -> Select[Any]:
    named = null() if code is None else cast(code, Text)
    return select(
        complaint.id, at, named.label("code"), (null() if seconds is None else seconds).label("length")
    )


def _newest(code: Any = None) -> Select[Any]:
    return _row(complaint.opened_at, code).select_from(t.complaints).order_by(complaint.opened_at.desc())


def _due(wanted: Wanted) -> Select[Any]:
    """Promises that came due in the period, the latest first; of one kind and one tier, if named."""
    query = _row(promise.due_at, promise.kind, _lateness(wanted.now))
    query = query.join_from(t.promises, t.complaints, complaint.id == promise.complaint_id)
    due = f.during(promise.due_at, wanted.start, min(wanted.end, wanted.now))
    return _of_tier(wanted, query.where(due, f.counted()).order_by(promise.due_at.desc()))


def _of_tier(wanted: Wanted, query: Select[Any]) -> Select[Any]:
    query = query.where(promise.kind == wanted.code) if wanted.code else query
    return query.where(complaint.tier == wanted.tier) if wanted.tier else query


def _broken(wanted: Wanted) -> Select[Any]:
    """Not kept by their first due."""
    return _due(wanted).where(f.outcome() != "on_time")


def _kept(wanted: Wanted) -> Select[Any]:
    return _due(wanted).where(f.outcome() == "on_time")


def _running(wanted: Wanted) -> Select[Any]:
    """Promises neither due nor kept at the end of the period, or now: the next due first."""
    query = _row(promise.due_at, promise.kind)
    query = query.join_from(t.promises, t.complaints, complaint.id == promise.complaint_id)
    return _of_tier(wanted, query.where(f.running(wanted.end, wanted.now)).order_by(promise.due_at))


def _lateness(now: datetime) -> Any:
    length, _ = f.waited(promise.due_at, promise.kept_at, literal(True), now)
    return length


def _clock(wanted: Wanted) -> Select[Any]:
    """One clock of one tier, or of all: who waits in vain first, then the longest."""
    row = f.clock(*wanted.period, wanted.now).c
    query = _row(complaint.opened_at, row.end, row.seconds)
    query = query.join_from(t.complaints, row.id.table, row.id == complaint.id).where(row.kind == wanted.code)
    query = query.where(row.tier == wanted.tier) if wanted.tier else query
    return query.order_by((row.end == NEVER).desc(), row.seconds.desc())


def _wishes(wanted: Wanted) -> Select[Any]:
    """Everybody who wished for a person; who had none first, then the longest."""
    length, end = f.human_wait(wanted.now)
    query = _row(handoff.asked_at, end, length)
    query = query.join_from(t.handoffs, t.complaints, complaint.id == handoff.complaint_id)
    if wanted.code:
        chat = t.conversations.c
        query = query.join(t.conversations, chat.id == handoff.conversation_id)
        query = query.where(chat.channel == wanted.code)
    return query.where(f.wished(*wanted.period)).order_by((end == NEVER).desc(), length.desc())


def _left(wanted: Wanted) -> Select[Any]:
    length, _end = f.human_wait(wanted.now)
    query = _row(handoff.asked_at, handoff.reason, length)
    query = query.join_from(t.handoffs, t.complaints, complaint.id == handoff.complaint_id)
    return query.where(f.left(*wanted.period)).order_by(handoff.asked_at.desc())


def _silent(wanted: Wanted) -> Select[Any]:
    return _newest(complaint.kind).where(f.voiced(*wanted.period), f.silent())


def _explicit(wanted: Wanted) -> Select[Any]:
    return _newest(complaint.kind).where(f.voiced(*wanted.period), ~f.silent())


def _category(wanted: Wanted) -> Select[Any]:
    """Grouped, so that one that says it twice stands once."""
    about, category = f.issues()
    ids = about.add_columns(complaint.id).where(f.registered(*wanted.period), category == wanted.code)
    return _newest(complaint.state).where(complaint.id.in_(ids))


def _cause(wanted: Wanted) -> Select[Any]:
    finding = t.findings.c
    query = _row(finding.at, finding.responsibility)
    query = query.join_from(t.findings, t.complaints, complaint.id == finding.complaint_id)
    inside = and_(f.during(finding.at, *wanted.period), f.newest_finding())
    return query.where(inside, finding.cause == wanted.code).order_by(finding.at.desc())


def _mood(wanted: Wanted) -> Select[Any]:
    return _newest(complaint.state).where(f.registered(*wanted.period), complaint.mood == wanted.code)


def _channel(wanted: Wanted) -> Select[Any]:
    return _newest(complaint.state).where(f.registered(*wanted.period), complaint.channel == wanted.code)


def _closed(wanted: Wanted) -> Select[Any]:
    """Closed complaints; `reopened` or `unreachable` ones, if named."""
    query = _row(complaint.closed_at, complaint.outcome).select_from(t.complaints)
    narrowed = {"reopened": complaint.reopened > 0, "unreachable": complaint.outcome == o.UNREACHABLE}
    query = query.where(narrowed[wanted.code]) if wanted.code in narrowed else query
    return query.where(o.closed(*wanted.period)).order_by(complaint.closed_at.desc())


def _again(wanted: Wanted) -> Select[Any]:
    """Came again within so many days: 7, or else 30."""
    within = timedelta(days=7 if wanted.code == "7" else 30)
    return _newest(complaint.state).where(o.came_again(*wanted.period, within))


def _tiers(wanted: Wanted) -> Select[Any]:
    """Corrections by a person: `up`, `down`, or `missed`, a grave matter that no rule had seen."""
    steps, inside = o.corrected(*wanted.period)
    raised = steps.after > steps.before
    narrowed = {"up": raised, "down": ~raised, "missed": and_(raised, steps.after == 3)}
    query = _row(steps.at, steps.after)
    query = query.join_from(steps.at.table, t.complaints, complaint.id == steps.complaint_id)
    return query.where(inside, narrowed[wanted.code or "up"]).order_by(steps.at.desc())


def _calls(wanted: Wanted) -> Select[Any]:
    chat = t.conversations.c
    query = _row(t.calls.c.started_at).join_from(
        t.calls, t.conversations, chat.id == t.calls.c.conversation_id
    )
    query = query.join(t.complaints, complaint.id == chat.complaint_id)
    return query.where(o.lost_calls(*wanted.period)).order_by(t.calls.c.started_at.desc())


def _named(wanted: Wanted) -> Select[Any]:
    about, kind, what = o.named()
    ids = about.add_columns(complaint.id).where(kind == wanted.code, what == wanted.text)
    until = min(wanted.end, wanted.now)
    recent = f.during(complaint.opened_at, until - wanted.alike, until)
    return _newest(complaint.state).where(recent, complaint.id.in_(ids))


def _low(wanted: Wanted) -> Select[Any]:
    """Answered 1 or 2 to one of the first three questions afterwards."""
    asked = t.follow_ups.c
    score = asked[wanted.code if wanted.code in o.SCORES else "q3"]
    query = _row(asked.at, score)
    query = query.join_from(t.follow_ups, t.complaints, complaint.id == asked.complaint_id)
    return query.where(f.during(asked.at, *wanted.period), score <= 2).order_by(asked.at.desc())


LISTS: Mapping[str, Callable[[Wanted], Select[Any]]] = {
    "promises": _broken,
    "kept": _kept,
    "running": _running,
    "clock": _clock,
    "wishes": _wishes,
    "left": _left,
    "silent": _silent,
    "explicit": _explicit,
    "category": _category,
    "cause": _cause,
    "mood": _mood,
    "channel": _channel,
    "closed": _closed,
    "again": _again,
    "tiers": _tiers,
    "calls": _calls,
    "named": _named,
    "low": _low,
}
