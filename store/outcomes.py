"""More of what is counted for a supervisor's figures: how complaints ended, who came again, whether the
channels and the machinery live. Companion of `store.figures`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, Text, and_, func, or_, select, type_coerce

from core.complaint import CLOSED
from store import deliveries, heartbeats, wechat_sends
from store import schema as t
from store.calls import MISSED
from store.figures import complaint, count, during, registered

A_DAY = timedelta(days=1)
UNREACHABLE = "unreachable"
REPEAT = "repeat"
SCORES = ("q1", "q2", "q3")


# ---- Ended


class Closings(NamedTuple):
    """Complaints closed in the period; of these, reopened before, and closed because nobody could be
    reached."""

    closed: int
    reopened: int
    unreachable: int


def closed(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Closed in the period and not open again; grumbles, which only are recorded, are not among them."""
    real = (complaint.kind == "complaint", complaint.state == CLOSED)
    return and_(during(complaint.closed_at, start, end), *real)


def closings(conn: Connection, start: datetime, end: datetime) -> Closings:
    again = func.count().filter(complaint.reopened > 0)
    in_vain = func.count().filter(complaint.outcome == UNREACHABLE)
    row = conn.execute(select(func.count(), again, in_vain).where(closed(start, end))).one()
    return Closings(*row)


def came_again(start: datetime, end: datetime, within: timedelta) -> ColumnElement[bool]:
    """Complaints of the period about the same matter as an earlier one of the same customer."""
    link, earlier = t.links.c, t.complaints.alias("earlier")
    days = func.julianday(complaint.opened_at) - func.julianday(earlier.c.opened_at)
    same = (
        select(link.id)
        .join(earlier, earlier.c.id == link.other_id)
        .where(link.complaint_id == complaint.id, link.kind == REPEAT)
        .where(days <= within.total_seconds() / 86400)
    )
    return and_(registered(start, end), same.exists())


def again(conn: Connection, start: datetime, end: datetime, within: timedelta) -> int:
    return count(conn, select(func.count()).where(came_again(start, end, within)))


def complaints_of(conn: Connection, start: datetime, end: datetime) -> int:
    return count(conn, select(func.count()).where(registered(start, end)))


# ---- Asked afterwards


class Answers(NamedTuple):
    """Follow-ups of the period; `scores`: by question, how often 1 to 5; `fixed`: by answer to the fifth."""

    asked: int
    answered: dict[str, int]
    scores: dict[str, dict[int, int]]
    fixed: dict[str, int]


def answers(conn: Connection, start: datetime, end: datetime) -> Answers:
    row = t.follow_ups.c
    inside = during(row.at, start, end)
    given = {name: func.count(func.nullif(row[name], "")) for name in (*SCORES, "q4", "q5")}
    totals = conn.execute(select(func.count(), *given.values()).where(inside)).one()
    return Answers(
        totals[0],
        dict(zip(given, totals[1:], strict=True)),
        {name: _tally(conn, row[name], inside) for name in SCORES},
        _tally(conn, row.q5, inside),
    )


def _tally(conn: Connection, column: Any, inside: ColumnElement[bool]) -> dict[Any, int]:
    query = select(column, func.count()).where(inside, column.is_not(None)).group_by(column)
    return {value: many for value, many in conn.execute(query)}


# ---- Tiers


def tier_steps() -> Any:
    """Every tier that was set, with the one before (1 at first)."""
    signal = t.signals.c
    before = func.lag(signal.level, 1, 1).over(partition_by=signal.complaint_id, order_by=signal.id)
    return (
        select(
            signal.complaint_id, before.label("before"), signal.level.label("after"), signal.rule, signal.at
        )
        .where(signal.kind == "tier")
        .subquery("tier_steps")
    )


def corrected(start: datetime, end: datetime) -> tuple[Any, ColumnElement[bool]]:
    """Those steps that a person took in the period, and changed something."""
    steps = tier_steps().c
    return steps, and_(steps.rule == "person", during(steps.at, start, end), steps.before != steps.after)


def corrections(conn: Connection, start: datetime, end: datetime) -> list[tuple[int, int]]:
    """From and to of every correction by a person."""
    steps, inside = corrected(start, end)
    return [(row.before, row.after) for row in conn.execute(select(steps.before, steps.after).where(inside))]


# ---- Contacts, channels, machinery


class Contacts(NamedTuple):
    """`found`: calls of the period that the phone company knew and we did not, each with a record since;
    `compared_at`: when its list was last compared with ours, None for never."""

    found: int
    compared_at: datetime | None


def lost_calls(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(t.calls.c.node == MISSED, during(t.calls.c.started_at, start, end))


def contacts(conn: Connection, start: datetime, end: datetime) -> Contacts:
    found = count(conn, select(func.count()).where(lost_calls(start, end)))
    return Contacts(found, heartbeats.last(conn, "sweep"))


class Channel(NamedTuple):
    """`talks`: conversations begun in the period; `complaints`: registered from them; `last`: the newest word
    of a customer, whenever it was."""

    name: str
    talks: int
    complaints: int
    last: datetime | None


def channels(conn: Connection, start: datetime, end: datetime) -> list[Channel]:
    chat = t.conversations.c
    begun = select(chat.channel, func.count()).where(during(chat.started_at, start, end))
    talks = _pairs(conn, begun.group_by(chat.channel))
    made = select(complaint.channel, func.count()).where(registered(start, end))
    filed = _pairs(conn, made.group_by(complaint.channel))
    names = {row.channel for row in conn.execute(select(chat.channel).distinct())} | filed.keys()
    return [Channel(n, talks.get(n, 0), filed.get(n, 0), _last_heard(conn, n)) for n in sorted(names)]


def _last_heard(conn: Connection, channel: str) -> datetime | None:
    """The newest first: the index ends the search at the first hit."""
    chat = t.conversations.c
    query = select(chat.last_heard_at).where(chat.channel == channel)
    return conn.execute(query.order_by(chat.last_heard_at.desc()).limit(1)).scalar()


def _pairs(conn: Connection, query: Select[Any]) -> dict[str, int]:
    return {str(name): int(many) for name, many in conn.execute(query)}


class Machinery(NamedTuple):
    """Deliveries that failed for good, those that wait, the oldest of these, and the office's last sign; the
    last sign of who sends to WeChat (None: nobody ever did), lines that wait there, and messages of the last
    day that did not arrive for all we know."""

    dead: int
    waiting: int
    oldest: datetime | None
    office: datetime | None
    wechat: datetime | None
    wechat_waits: int
    wechat_failed: int


def machinery(conn: Connection, now: datetime) -> Machinery:
    row = t.deliveries.c
    dead = count(conn, select(func.count()).where(row.state == deliveries.DEAD, row.settled_at.is_(None)))
    made = select(func.count(), func.min(t.events.c.at)).join_from(
        t.deliveries, t.events, t.events.c.id == row.event_id
    )
    waiting, oldest = conn.execute(made.where(row.state == deliveries.WAITING)).one()
    ended = wechat_sends.counted(conn, now - A_DAY)
    failed = sum(many for (_, state), many in ended.items() if state in wechat_sends.NOT_ARRIVED)
    waits, _ = wechat_sends.unsent_of_all(conn)
    signs = heartbeats.last(conn, "office"), heartbeats.last(conn, "wechat")
    return Machinery(dead, waiting, oldest, *signs, waits, failed)


def overdue_actions(conn: Connection, now: datetime) -> list[Row[Any]]:
    """What was to be changed by now and is not, the oldest first; rows carry the complaint's number."""
    action = t.actions.c
    query = (
        select(t.actions, complaint.number)
        .join(t.complaints, complaint.id == action.complaint_id)
        .where(action.done_at.is_(None), action.due_at <= now)
    )
    return list(conn.execute(query.order_by(action.due_at).limit(100)).all())


# ---- Clusters


class Cluster(NamedTuple):
    """Complaints that name the same thing. `kind`: product or batch, or subject: the branch, the dealer or
    the person complained about."""

    kind: str
    what: str
    complaints: int
    last: datetime


def named() -> tuple[Select[Any], Any, Any]:
    """Complaints with each thing that they name, as two columns."""
    fact = t.facts.c
    kind = type_coerce(func.coalesce(_inner(fact.value, "$.kind"), "subject"), Text).label("kind")
    value = func.coalesce(_inner(fact.value, "$.value"), _inner(fact.value, "$"))
    what = type_coerce(value, Text).label("what")
    stands = and_(fact.complaint_id == complaint.id, fact.replaced_by.is_(None))
    about = or_(fact.field == "subject", and_(fact.field == "reference", kind.in_(["product", "batch"])))
    return select().join_from(t.complaints, t.facts, and_(stands, about)), kind, what


def _inner(value: Any, path: str) -> ColumnElement[str]:
    return type_coerce(func.json_extract(value, path), Text)


def clusters(conn: Connection, until: datetime, within: timedelta, least: int) -> list[Cluster]:
    """Things that at least so many complaints of this time before `until` have in common, the commonest
    first."""
    query, kind, what = named()
    inside = during(complaint.opened_at, until - within, until)
    many, last = func.count(complaint.id.distinct()).label("n"), func.max(complaint.opened_at).label("last")
    query = query.add_columns(kind, what, many, last).where(inside)
    query = query.group_by(kind, what).having(many >= least).order_by(many.desc(), last.desc()).limit(50)
    return [Cluster(*row) for row in conn.execute(query)]
