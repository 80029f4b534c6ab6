"""What is counted for a supervisor's figures. `docs/reports.md` says what each means, `core.figures` what the
counts are worth. A period is [start, end), aware instants; complaints belong to it by their first word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    type_coerce,
)

from core.complaint import DRAFT, OPEN_STATES, WITHDRAWN
from core.figures import DONE, NEVER, WAITING, Kept, Voices, Wait
from store import schema as t

LOCAL = "+8 hours"
"""From UTC to `core.due.ZONE`, which has had no summer time since 1991."""
HIDDEN = "hidden_dissatisfaction"
NOT_WISHED = ("taken", "passed")
"""Handoffs that no customer asked for: an agent came unasked, or a colleague went on."""
LEFT = "customer_left"
LIVE = ("open", "renewed", "missed")
OTHER = "other"
CLOCKS = ("accept", "callback", "plan", "resolve")

complaint, promise, handoff = t.complaints.c, t.promises.c, t.handoffs.c


def during(at: Any, start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(at >= start, at < end)


def registered(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Registered complaints of the period; grumbles are not among them."""
    real = (complaint.kind == "complaint", complaint.registered_at.is_not(None))
    return and_(during(complaint.opened_at, start, end), *real)


def flagged(code: str) -> ColumnElement[bool]:
    signal = t.signals.c
    mine = (signal.complaint_id == complaint.id, signal.kind == "flag", signal.code == code)
    return select(signal.id).where(*mine).exists()


def local_day(at: Any) -> ColumnElement[str]:
    return type_coerce(func.date(at, LOCAL), Text)


def count(conn: Connection, query: Select[Any]) -> int:
    return int(conn.execute(query).scalar() or 0)


# ---- Promises


class Due(NamedTuple):
    """Promises of one kind, due on one local day, of complaints that have one tier now."""

    kind: str
    day: date
    tier: int
    kept: Kept


def counted() -> ColumnElement[bool]:
    """The promises that count: none that stands for another whose time was put off, directly or through
    others, none that was replaced by an earlier time, none that fell away before it was missed."""
    earlier, later = t.promises.alias("earlier"), t.promises.alias("later")
    put_off = (
        select(promise.id)
        .join(earlier, earlier.c.id == promise.renews)
        .where(promise.renews.is_not(None), earlier.c.state != "replaced")
        .cte("put_off", recursive=True)
    )
    through = select(later.c.id).join(put_off, later.c.renews == put_off.c.id)
    put_off = put_off.union(through.where(later.c.renews.is_not(None)))
    stands = or_(promise.state != "cancelled", promise.missed_at.is_not(None))
    return and_(promise.state != "replaced", stands, promise.id.not_in(select(put_off.c.id)))


def outcome() -> ColumnElement[str]:
    """How a promise that counts ended: by the time it was kept, whatever its state says."""
    in_time = (promise.kept_at <= promise.due_at, "on_time")
    return case(in_time, (promise.kept_at.is_not(None), "late"), else_="broken")


def promises_due(conn: Connection, start: datetime, end: datetime, now: datetime) -> list[Due]:
    """All promises whose first time came in the period, and has come by now."""
    day, how = local_day(promise.due_at).label("day"), outcome().label("how")
    query = (
        select(promise.kind, day, complaint.tier, how, func.count())
        .join_from(t.promises, t.complaints, complaint.id == promise.complaint_id)
        .where(during(promise.due_at, start, min(end, now)), counted())
        .group_by(promise.kind, day, complaint.tier, how)
    )
    found: dict[tuple[str, str, int], Kept] = defaultdict(Kept)
    for kind, on, tier, ended, many in conn.execute(query):
        found[kind, on, tier] += Kept(**{ended: many})
    return [Due(kind, date.fromisoformat(on), tier, kept) for (kind, on, tier), kept in found.items()]


def running(end: datetime, now: datetime) -> ColumnElement[bool]:
    """Promises that ran at the end of a period, or run now when it is not over: made, and neither due nor
    kept by then, of complaints that were not over."""
    cut = min(end, now)
    made = and_(promise.made_at < cut, promise.due_at >= cut)
    unkept = or_(promise.kept_at.is_(None), promise.kept_at >= cut)
    never_closed = and_(complaint.closed_at.is_(None), complaint.state != WITHDRAWN)
    return and_(made, unkept, or_(never_closed, complaint.closed_at >= cut), counted())


def promises_running(conn: Connection, end: datetime, now: datetime) -> dict[int, int]:
    """How many promises ran then, by tier."""
    query = (
        select(complaint.tier, func.count())
        .join_from(t.promises, t.complaints, complaint.id == promise.complaint_id)
        .where(running(end, now))
        .group_by(complaint.tier)
    )
    return {int(tier): int(many) for tier, many in conn.execute(query)}


# ---- Waits


def waited(since: Any, until: Any, waits: Any, now: datetime, over: Any = None) -> tuple[Any, Any]:
    """Columns: seconds from `since`, and how it ended; while `until` is None, `waits` says whether it may
    still come, and the time runs to now, or to `over`, when the wait was given up."""
    known = [until] if over is None else [until, over]
    reached = func.coalesce(*known, literal(now, t.Instant))
    length = (func.julianday(reached) - func.julianday(since)) * 86400
    end = case((until.is_not(None), DONE), (waits, WAITING), else_=NEVER)
    return cast(func.round(func.max(length, 0.0)), Integer).label("seconds"), end.label("end")


def earlier_of(one: Any, other: Any) -> ColumnElement[Any]:
    """The earlier of two instants, either of which may be missing."""
    return case((one.is_(None), other), (other < one, other), else_=one)


def wished(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Wishes for a person of the period."""
    return and_(during(handoff.asked_at, start, end), handoff.reason.not_in(NOT_WISHED))


def human_wait(now: datetime) -> tuple[Any, Any]:
    return waited(handoff.asked_at, handoff.first_word_at, handoff.ended_at.is_(None), now, handoff.ended_at)


def human_waits(conn: Connection, start: datetime, end: datetime, now: datetime) -> dict[str, list[Wait]]:
    """From the wish for a person to the person's first word, of all who wished, by channel."""
    chat = t.conversations.c
    length, how = human_wait(now)
    query = (
        select(chat.channel, length, how, func.count())
        .join_from(t.handoffs, t.conversations, chat.id == handoff.conversation_id)
        .where(wished(start, end))
        .group_by(chat.channel, length, how)
    )
    found: dict[str, list[Wait]] = defaultdict(list)
    for channel, seconds, ended, many in conn.execute(query):
        found[channel].append(Wait(seconds, ended, many))
    return found


def clock(start: datetime, end: datetime, now: datetime, kinds: Sequence[str] = CLOCKS) -> Subquery:
    """Registered complaints of the period with each clock that applies to them, in columns id, tier, kind,
    seconds, end.

    A clock stops when a promise of its kind was first kept: accept, when an owner took it, whoever owns it
    later; callback, when a person first spoke, however it came about; plan; resolve.
    """
    still = case((and_(promise.state.in_(LIVE), promise.kept_at.is_(None)), 1), else_=0)
    spoke = first_words(start)
    kept = (
        select(
            complaint.id,
            complaint.tier,
            promise.kind,
            complaint.opened_at,
            complaint.state,
            complaint.closed_at,
            func.min(promise.kept_at).label("kept_at"),
            func.max(still).label("still"),
            case(
                (promise.kind == "accept", complaint.taken_at), (promise.kind == "callback", spoke.c.at)
            ).label("otherwise"),
        )
        .join_from(t.complaints, t.promises, promise.complaint_id == complaint.id)
        .outerjoin(spoke, spoke.c.complaint_id == complaint.id)
        .where(registered(start, end), promise.kind.in_(kinds))
        .where(promise.state.not_in(["replaced", "cancelled"]))
        .group_by(complaint.id, promise.kind)
        .subquery("kept")
    )
    open_now = and_(kept.c.still == 1, kept.c.state.in_(OPEN_STATES))
    done = earlier_of(kept.c.kept_at, kept.c.otherwise)
    length, how = waited(kept.c.opened_at, done, open_now, now, kept.c.closed_at)
    return select(kept.c.id, kept.c.tier, kept.c.kind, length, how).subquery("clock")


def first_words(start: datetime) -> Subquery:
    """When a person first spoke with the customer of a complaint, wished for since then."""
    spoke = (handoff.first_word_at.is_not(None), handoff.asked_at >= start)
    query = select(handoff.complaint_id, func.min(handoff.first_word_at).label("at")).where(*spoke)
    return query.group_by(handoff.complaint_id).subquery("spoke")


def clock_waits(
    conn: Connection, start: datetime, end: datetime, now: datetime, kinds: Sequence[str] = CLOCKS
) -> dict[tuple[str, int], list[Wait]]:
    """From the first word to a named owner (accept), the confirmed contact (callback), the options told
    (plan) and the remedies proved (resolve), by kind and tier. As exactly as it is told: from an hour on in
    whole minutes, from a day on in whole hours."""
    row = clock(start, end, now, kinds).c
    told = case(
        (row.seconds < 3600, row.seconds),
        (row.seconds < 86400, row.seconds // 60 * 60),
        else_=row.seconds // 3600 * 3600,
    )
    query = select(row.kind, row.tier, told.label("told"), row.end, func.count())
    found: dict[tuple[str, int], list[Wait]] = defaultdict(list)
    for kind, tier, seconds, how, many in conn.execute(query.group_by(row.kind, row.tier, "told", row.end)):
        found[kind, tier].append(Wait(seconds, how, many))
    return found


# ---- Hidden and explicit


def silent() -> ColumnElement[bool]:
    """Grumbles, complaints of somebody who was about to give up instead, and those whose end was accepted
    with a 'never mind'."""
    return or_(complaint.kind == "grumble", func.coalesce(complaint.outcome, "") == HIDDEN, flagged(HIDDEN))


def voiced(start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(during(complaint.opened_at, start, end), complaint.state != DRAFT)


def left(start: datetime, end: datetime) -> ColumnElement[bool]:
    """Wishes of customers who went away before a person had spoken; their record stays."""
    return and_(wished(start, end), handoff.outcome == LEFT, handoff.first_word_at.is_(None))


def voices(conn: Connection, start: datetime, end: datetime) -> dict[date, Voices]:
    """By local day."""
    day, hushed = local_day(complaint.opened_at).label("day"), silent().label("hushed")
    query = select(day, hushed, func.count()).where(voiced(start, end)).group_by(day, hushed)
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for on, quiet, many in conn.execute(query):
        found[on][0 if quiet else 1] += many
    gone_on = local_day(handoff.asked_at).label("day")
    gone = select(gone_on, func.count(handoff.complaint_id.distinct())).where(left(start, end))
    for on, many in conn.execute(gone.group_by(gone_on)):
        found[on][2] += many
    return {date.fromisoformat(on): Voices(*three) for on, three in found.items()}


# ---- What about, and why


class Burst(NamedTuple):
    """Complaints of one category that came close together: how many customers, and the newest of them."""

    category: str
    customers: int
    newest: int


def bursts(conn: Connection, since: datetime, until: datetime, least: int) -> list[Burst]:
    """Categories that at least so many customers complained of in this time, drafts with them: what nobody
    recognised is not alike."""
    query, category = issues()
    many = func.count(complaint.customer_id.distinct())
    query = query.add_columns(category, many, func.max(complaint.id))
    query = query.where(complaint.opened_at > since, complaint.opened_at <= until, category != OTHER)
    return [Burst(*row) for row in conn.execute(query.group_by(category).having(many >= least))]


def issues() -> tuple[Select[Any], Any]:
    """Complaints with each category that they are about, as a column: one row per category, "other" where
    nothing was recognised."""
    fact = t.facts.c
    each = func.json_each(fact.value).table_valued("value", name="issue")
    category = func.coalesce(func.json_extract(each.c.value, "$.category"), OTHER).label("category")
    stands = and_(fact.complaint_id == complaint.id, fact.field == "issues", fact.replaced_by.is_(None))
    query = select().join_from(t.complaints, t.facts, stands, isouter=True)
    return query.join(each, literal(True), isouter=True), category


def categories(conn: Connection, start: datetime, end: datetime) -> dict[str, int]:
    """Registered complaints by what they are about; one about two things counts in both."""
    query, category = issues()
    rows = query.add_columns(category, func.count()).where(registered(start, end)).group_by(category)
    return {str(code): int(many) for code, many in conn.execute(rows)}


def newest_finding() -> ColumnElement[bool]:
    """Of several findings on one complaint that name a cause, the last one holds."""
    finding, newer = t.findings.c, t.findings.alias("newer")
    later = (newer.c.complaint_id == finding.complaint_id, newer.c.id > finding.id)
    named = finding.cause.is_not(None)
    return and_(named, ~select(newer.c.id).where(*later, newer.c.cause.is_not(None)).exists())


def causes(conn: Connection, start: datetime, end: datetime) -> list[Row[Any]]:
    """Rows (cause, responsibility, n) of what people found in the period."""
    finding = t.findings.c
    query = select(finding.cause, finding.responsibility, func.count().label("n"))
    query = query.where(during(finding.at, start, end), newest_finding())
    return list(conn.execute(query.group_by(finding.cause, finding.responsibility)).all())


def moods(conn: Connection, start: datetime, end: datetime) -> dict[str, int]:
    """Registered complaints by the strongest mood that was heard."""
    query = select(complaint.mood, func.count()).where(registered(start, end)).group_by(complaint.mood)
    return {str(mood): int(many) for mood, many in conn.execute(query)}
