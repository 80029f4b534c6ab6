"""The first page: who waits for a person, what is to be done next, and what is going wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request

from core import complaint as states
from core.conversation import AGENT
from core.roles import PRESENT, READ
from desk.door import allowed, blueprint, house, needs, now, user
from desk.shown import SHAPES, Clock, Show, marks, number, one_line
from reception.desk import GONE_AFTER
from store import deliveries, events, handoffs, promises, record, users

FIELDS = ("core_issue", "story", "issues", "wanted")
SHOWN = 100
ALERTS_FOR = timedelta(hours=24)


@dataclass(frozen=True)
class Item:
    """One complaint as the first page shows it. `clock`: the next promise. `chat`: a conversation in writing
    that somebody can take over now."""

    number: str
    shown: str
    tier: int
    shape: str
    mood: str
    mood_level: int
    channel: str
    state: str
    draft: bool
    what: str
    category: str
    wants: str
    owner: str
    mine: bool
    speaker: str
    agent: str
    chat: str
    clock: Clock | None


@dataclass(frozen=True)
class Waiting:
    """Somebody who asked for a person and has nobody yet: waiting, or to be called back in the same turn.

    handoff: the wish's id; of a promised call, that promise's, as a negative number."""

    item: Item
    handoff: int
    reason: str
    since: str
    waited: str
    phone: bool
    ringing: bool


def show() -> Show:
    """Values in words, now."""
    content = house().content
    return Show(content, now(), {category.code: category.name for category in content.vocabulary.categories})


def names(conn: Any) -> dict[int, str]:
    """Public names by id, fit to be shown."""
    return {id: marks(name) for id, name in users.names(conn).items()}


def item(line: record.Line, show: Show, people: dict[int, str], me: int, gone: frozenset[int]) -> Item:
    row, facts, chat = line.complaint, line.facts, line.chat
    core = facts.get("core_issue")
    told = show.fact("core_issue", core)[0] if core else str(facts.get("story") or "")
    return Item(
        number=row.number,
        shown=number(row.number),
        tier=row.tier,
        shape=SHAPES[row.tier],
        mood=row.mood,
        mood_level=row.mood_level,
        channel=chat.channel if chat else row.channel,
        state=row.state,
        draft=row.state == states.DRAFT,
        what=one_line(told),
        category=one_line(" ".join(show.fact("issues", facts.get("issues") or []))),
        wants=one_line(show.wants(facts.get("wanted")), 30),
        owner=people.get(row.owner_id, ""),
        mine=row.owner_id == me or (chat is not None and chat.agent_id == me),
        speaker=chat.speaker if chat else "",
        agent=people.get(chat.agent_id, "") if chat else "",
        chat=takeable(chat, gone - {me}),
        clock=show.clock(line.due) if line.due else None,
    )


def takeable(chat: Any, absent: frozenset[int]) -> str:
    """The conversation's id when it is in writing, goes on, and nobody who is here speaks in it; else ""."""
    goes_on = chat is not None and chat.ended_at is None and chat.channel != "phone"
    return str(chat.id) if goes_on and (chat.speaker != AGENT or chat.agent_id in absent) else ""


def absent(conn: Any, at: datetime) -> frozenset[int]:
    """Whose page has been closed for so long that they no longer hold a conversation (`Agents.take`)."""
    seen = {one.id: one.present_until for one in users.everybody(conn)}
    return frozenset(id for id, until in seen.items() if until is not None and until <= at - GONE_AFTER)


def board(conn: Any, me: int) -> dict[str, Any]:
    """Everything that the first page shows."""
    words, people = show(), names(conn)
    gone = absent(conn, words.now)
    asked = in_turn(conn)
    of = record.lines(conn, [row.complaint_id for row in asked], FIELDS)
    waiting = [_waiting(row, item(of[row.complaint_id], words, people, me, gone), words) for row in asked]
    first = {row.complaint_id for row in asked}
    lines = [line for line in record.open_lines(conn, FIELDS, SHOWN) if line.complaint.id not in first]
    items = [item(line, words, people, me, gone) for line in lines]
    return {
        "waiting": waiting,
        "others": [each for each in items if not each.mine],
        "mine": [each for each in items if each.mine],
        "open": record.count_open(conn),
        "cursor": events.last(conn),
        "show": words,
        **_troubles(conn, words),
    }


def in_turn(conn: Any) -> list[Any]:
    """Wishes for a person and calls back that keep a place, gravest first, then in the order of asking."""
    rows = [*handoffs.waiting(conn), *promises.places(conn)]
    return sorted(rows, key=lambda row: (-row.tier, _asked_at(row)))


def _asked_at(row: Any) -> datetime:
    asked: datetime = row.queued_at if "queued_at" in row._mapping else row.asked_at
    return asked


def _waiting(row: Any, item: Item, show: Show) -> Waiting:
    if "queued_at" in row._mapping:
        since, waited = row.queued_at.isoformat(), show.waited(row.queued_at)
        return Waiting(item, -row.id, "callback", since, waited, phone=True, ringing=False)
    ringing = row.offered_at is not None and row.channel == "phone"
    since, waited = row.asked_at.isoformat(), show.waited(row.asked_at)
    return Waiting(item, row.id, row.reason, since, waited, row.channel == "phone", ringing)


def _troubles(conn: Any, show: Show) -> dict[str, Any]:
    at: datetime = show.now
    return {
        "dead": deliveries.dead_letters(conn),
        "paged": record.alerts(conn, at - ALERTS_FOR),
        "late": record.count_late(conn, at),
    }


@blueprint.get("/")
@needs("")
def queue() -> Any:
    """The first page. An administrator sees no contents."""
    if not allowed(READ):
        return render_template("desk/no_contents.html")
    if request.args.get("auto") and allowed(PRESENT):
        keep_present(now())
    with house().db.reading() as conn:
        seen = board(conn, user().id)
    return render_template("desk/queue.html", **seen)


def keep_present(at: datetime) -> None:
    """The page is still open: whatever was chosen last holds on. Who is away is here, and not sought."""
    house().agents.present(user().id, user().presence, at)
