"""The first page: who waits for a person, what is to be done next, and what is going wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request

from core import complaint as states
from core.conversation import AGENT
from core.intake import GRAVE
from core.roles import HANDLE, PRESENT, QUEUE
from desk import door
from desk.door import allowed, blueprint, content, house, needs, now, user
from desk.menu import FIRST, own_page
from desk.shown import SHAPES, Clock, Show, marks, number, one_line
from desk.visits import visits_for
from reception import colleagues
from reception.desk import GONE_AFTER
from store import alerts, deliveries, events, handoffs, overview, promises, sight, users, wechat

FIELDS = ("core_issue", "story", "issues", "wanted")
SHOWN = 100
ALERTS_FOR = timedelta(hours=24)
LONGEST_RAW = 2000


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

    handoff: the wish's id; of a promised call, that promise's, as a negative number. `sought`: whom a
    colleague handed it on to, in words; `for_me`: the reader is one of those."""

    item: Item
    handoff: int
    reason: str
    since: str
    waited: str
    phone: bool
    ringing: bool
    sought: str = ""
    for_me: bool = False


@dataclass(frozen=True)
class Unreadable:
    """Something signed that nobody could read, as it came: strangers' text. `more`: it goes on."""

    id: int
    at: str
    why: str
    body: str
    more: bool


def show() -> Show:
    """Values in words, now."""
    spoken = content()
    named = {one.code: one.name for one in spoken.vocabulary.categories} | spoken.labels.get("categories", {})
    return Show(spoken, now(), named)


def names(conn: Any) -> dict[int, str]:
    """Public names by id, fit to be shown."""
    return {id: marks(name) for id, name in users.names(conn).items()}


def item(line: overview.Line, show: Show, people: dict[int, str], me: int, gone: frozenset[int]) -> Item:
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


@dataclass(frozen=True)
class Filter:
    """One choice above the list: the address that takes it or drops it again."""

    kind: str
    code: str
    on: bool
    href: str


#: What the list can be narrowed to, by name in the address. Whoever waits for a person is never left out.
CHOICES = {
    "mine": ("1",),
    "late": ("1",),
    "tier": ("3", "2", "1"),
    "channel": ("phone", "web", "wechat", "desk"),
}


def chosen() -> dict[str, str]:
    """The choices in the address; whatever is not one of them is passed over."""
    given = {name: request.args.get(name, "") for name in CHOICES}
    return {name: code for name, code in given.items() if code in CHOICES[name]}


def filters() -> list[Filter]:
    now_on = chosen()
    made = []
    for name, codes in CHOICES.items():
        for code in codes:
            on = now_on.get(name) == code
            others = {key: value for key, value in now_on.items() if key != name}
            wanted = others if on else {**others, name: code}
            made.append(Filter(name, code, on, f"{FIRST}?{urlencode(wanted)}" if wanted else FIRST))
    return made


def _narrowed(choices: dict[str, str], at: datetime) -> overview.Narrowed:
    tier, channel = choices.get("tier"), choices.get("channel")
    return overview.Narrowed(None, int(tier) if tier else None, channel, at if "late" in choices else None)


def board(conn: Any, me: int, choices: dict[str, str]) -> dict[str, Any]:
    """Everything that the first page shows."""
    words, people = show(), names(conn)
    gone = absent(conn, words.now)
    kept_out = sight.recused(conn, me)
    asked = [row for row in in_turn(conn) if row.complaint_id not in kept_out]
    of = overview.lines(conn, [row.complaint_id for row in asked], FIELDS)
    waiting = [_waiting(row, item(of[row.complaint_id], words, people, me, gone), words) for row in asked]
    waiting = mine_first([_sought(row, who, people) for row, who in zip(asked, waiting, strict=True)])
    first = kept_out | {row.complaint_id for row in asked}
    narrowed = _narrowed(choices, words.now)

    def listed(wanted: overview.Narrowed) -> list[Item]:
        lines = overview.open_lines(conn, FIELDS, SHOWN, wanted)
        return [item(line, words, people, me, gone) for line in lines if line.complaint.id not in first]

    return {
        "waiting": waiting,
        "mine": listed(replace(narrowed, of=me)),
        "others": [] if "mine" in choices else [one for one in listed(narrowed) if not one.mine],
        "open": overview.count_open(conn),
        "most": SHOWN,
        "choices": choices,
        "filters": filters(),
        "here_now": here_now(conn, words.now),
        "visits": visits_for(conn, me, people, gone, words.now),
        "cursor": events.last(conn),
        "show": words,
        **_troubles(conn, words),
    }


def here_now(conn: Any, at: datetime) -> list[tuple[str, str]]:
    """Who takes customers now: name and presence, whoever is free first."""
    there = [(marks(one.public_name), door.presence_of(one, at)) for one in users.everybody(conn)]
    order = (users.AVAILABLE, users.BUSY)
    return sorted((one for one in there if one[1] in order), key=lambda one: (order.index(one[1]), one[0]))


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


def _sought(row: Any, who: Waiting, people: dict[int, str]) -> Waiting:
    """The same, with whom it seeks; a promised call seeks nobody."""
    to = row._mapping.get("sought") or ""
    return replace(who, sought=sought(people, to), for_me=bool(to) and colleagues.asked(user(), to))


def sought(people: dict[int, str], to: str | None) -> str:
    """Whom a wish seeks, in words; "" for whoever is free."""
    kind, _, value = (to or "").partition(":")
    if kind == colleagues.USER:
        return people.get(int(value), "") if value.isdigit() else ""
    return show().label("roles", value) if kind == colleagues.ROLE else marks(value)


def mine_first(waiting: Sequence[Waiting]) -> list[Waiting]:
    """What was handed on to the reader stands before the rest, but not before what is gravest: nobody's turn
    is worth a danger. Places that customers are told are not changed by it."""
    return sorted(waiting, key=lambda who: not (who.for_me or who.item.tier == GRAVE))


def _troubles(conn: Any, show: Show) -> dict[str, Any]:
    at: datetime = show.now
    return {
        "dead": deliveries.dead_letters(conn),
        "paged": alerts.since(conn, at - ALERTS_FOR),
        "late": overview.count_late(conn, at),
        "unreadable": [_unreadable(row, show) for row in wechat.unread(conn)] if allowed(HANDLE) else [],
    }


def _unreadable(row: Any, show: Show) -> Unreadable:
    why = show.label("unreadable_reasons", row.why)
    return Unreadable(row.id, row.at.isoformat(), why, row.body[:LONGEST_RAW], len(row.body) > LONGEST_RAW)


@blueprint.get("/")
@needs("")
def queue() -> Any:
    """The first page. Whoever takes no customers begins elsewhere."""
    if not allowed(QUEUE):
        begin = own_page()
        return redirect(begin) if begin else render_template("desk/no_contents.html")
    if request.args.get("auto") and allowed(PRESENT):
        keep_present(now())
    with house().db.reading() as conn:
        seen = board(conn, user().id, chosen())
    return render_template("desk/queue.html", **seen)


def keep_present(at: datetime) -> None:
    """The page is still open: whatever was chosen last holds on. Who is away is here, and not sought."""
    house().agents.present(user().id, user().presence, at)


def keep_busy(at: datetime) -> None:
    """They talk with a customer now: who was away is seen to be here, and busy."""
    if user().presence == users.AWAY:
        house().agents.present(user().id, users.BUSY, at)
