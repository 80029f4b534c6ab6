"""The complaint page: everything known, each fact with its source."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import abort

from core import complaint as states
from core import intake
from core.conversation import AGENT
from core.events import COMPLAINT_SEEN
from core.roles import LOWER, PHONE
from desk.door import allowed, house, now, user
from desk.queue import absent, names, show, takeable
from desk.recordings import tapes
from desk.shown import SHAPES, Show, marks, number, phone
from reception import situation
from reception.replies import UnfilledSlot, fill
from reception.slots import slots_for
from store import complaints, conversations, events, facts, handoffs, limits, notes, record

SEEN_EVERY = timedelta(minutes=10)
BRIEF = ("core_issue", "wanted", "reference", "happened", "loss_claimed", "missing", "name", "contact_choice")
SHORT_HINT = 4
SKIPS_FROM = states.STATES[1:5]
UNSPOKEN = frozenset({"story", "read_back", "phone_confirmed", "unsure"})
SENTENCE = re.compile(r"^\s*[-*]\s+(\S.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Fact:
    """One thing known: its lines in words, how we know, and what it replaced."""

    field: str
    lines: list[str]
    by: str
    when: str
    exactly: str
    message: int | None
    who: str
    before: list[Fact]


@dataclass(frozen=True)
class Step:
    """One entry of the history."""

    name: str
    when: str
    exactly: str
    who: str
    about: str


def _by(by: str, words: Show, people: dict[int, str]) -> str:
    """Who or what decided: a person by name, else the name of the way."""
    kind, _, id = by.partition(":")
    return people.get(int(id), "") if kind == "user" and id.isdigit() else words.label("fact_by", by)


def find(conn: Any, wanted: str) -> Any:
    """The complaint with this number, or the answer 404."""
    row = complaints.by_number(conn, wanted) if re.fullmatch(r"[0-9]{10}", wanted) else None
    if row is None:
        abort(404)
    return row


def keep_seen(conn: Any, row: Any, at: Any) -> None:
    """Write that this person looked, once in a while. Not among the complaint's numbered events: looking
    changes nothing, so it must not make anybody's save stale."""
    key = f"seen:{user().id}:{row.id}"
    if limits.hit(conn, key, at, SEEN_EVERY) == 1:
        events.append(conn, COMPLAINT_SEEN, at, user_id=user().id, complaint=row.id)


def dossier(conn: Any, row: Any) -> dict[str, Any]:
    """Everything that the page shows of this complaint."""
    words, people = show(), names(conn)
    whole = record.whole(conn, row.id)
    talk = _talk(conn, row, words.now)
    known = _facts(conn, row.id, words, people)
    callback = _callback(whole["customer"])
    standing = situation.answered(house().content, facts.current(conn, row.id), whole["category"])
    return {
        "show": words,
        "row": row,
        "record": whole,
        "shown": number(row.number),
        "shape": SHAPES[row.tier],
        "draft": row.state == states.DRAFT,
        "known": known,
        "brief": [fact for field in BRIEF for fact in known if fact.field == field],
        "not_again": _not_again(known, callback),
        "still": _still_missing(standing, callback),
        "callback": callback,
        "tier_by": _by(whole["tier"]["by"], words, people),
        "clocks": [(promise, words.clock(promise)) for promise in whole["promises"]],
        "talk": talk,
        "notes": [(note, people.get(note.user_id, "")) for note in notes.of_complaint(conn, row.id)],
        "history": _history(events.of_complaint(conn, row.id), words, people),
        "recordings": tapes(conn, row),
        "earlier": _earlier(conn, row.id, words),
        "cursor": events.last(conn),
        "sentences": sentences(conn, row, words.now),
        "owned": row.owner_id == user().id,
        "going": row.state in states.OPEN_STATES,
        "written": conversations.written_of(conn, row.id),
        "may_resolve": row.owner_id in (None, user().id) and row.state in SKIPS_FROM,
        "tiers": [level for level in SHAPES if level > row.tier or (level < row.tier and allowed(LOWER))],
    }


def _not_again(known: list[Fact], callback: dict[str, str] | None) -> list[Fact]:
    """What the customer has told us in any channel, so that nobody asks for it."""
    told = [fact for fact in known if fact.field not in UNSPOKEN]
    if callback and all(fact.field != "phone" for fact in told):
        told.append(Fact("phone", [callback["shown"]], callback["by"], "", "", None, "", []))
    return told


def _still_missing(standing: frozenset[str], callback: dict[str, str] | None) -> list[str]:
    """Questions without an answer. A number that we can ring is not asked for."""
    have = standing | ({intake.PHONE} if callback else set())
    return [question for question in intake.QUESTIONS[1:] if question not in have]


@dataclass(frozen=True)
class Talk:
    """The newest conversation: who speaks in it, and what the person at the desk can do about it."""

    id: str
    channel: str
    speaker: str
    agent: str
    mine: bool
    take: str
    handoff: Any
    waiting: bool


def _talk(conn: Any, row: Any, at: datetime) -> Talk | None:
    chats = record.conversations_of(conn, row.id)
    if not chats:
        return None
    going = [chat for chat in chats if chat.ended_at is None]
    chat = max(going or chats, key=lambda each: each.last_heard_at)
    asked = handoffs.open_of(conn, chat.id)
    mine = chat.speaker == AGENT and chat.agent_id == user().id
    agent = names(conn).get(chat.agent_id, "")
    waiting = asked is not None and asked.agent_id is None
    take = takeable(chat, absent(conn, at) - {user().id})
    return Talk(chat.id, chat.channel, chat.speaker, agent, mine, take, asked, waiting)


def speaking_in(conn: Any, row: Any) -> Any:
    """The conversation row that an answer from the desk goes to, or None."""
    talk = _talk(conn, row, now())
    return conversations.get(conn, talk.id) if talk else None


def _callback(customer: dict[str, Any]) -> dict[str, str] | None:
    """The number to ring; only its ends for a role that may not see it."""
    if not customer["phone"]:
        return None
    full = allowed(PHONE)
    dial = re.sub(r"[^+\d]", "", customer["phone"]) if full else ""
    return {"shown": marks(phone(customer["phone"], full)), "dial": dial, "by": customer["phone_by"]}


def _facts(conn: Any, complaint_id: int, words: Show, people: dict[int, str]) -> list[Fact]:
    rows = facts.history(conn, complaint_id)
    replaced: dict[int, list[Any]] = {}
    for row in rows:
        if row.replaced_by is not None:
            replaced.setdefault(row.replaced_by, []).append(row)

    def made(row: Any) -> Fact:
        older = [entry for one in replaced.get(row.id, []) for entry in (made(one), *made(one).before)]
        lines = [marks(line) for line in _lines(words, row)]
        who = people.get(row.user_id, "")
        when, exactly = words.when(row.at), words.exactly(row.at)
        return Fact(row.field, lines, row.by, when, exactly, row.message_id, who, older)

    return [made(row) for row in rows if row.replaced_by is None]


def _lines(words: Show, row: Any) -> list[str]:
    if row.field == "phone":
        return [phone(row.value, allowed(PHONE))]
    lines = words.fact(row.field, row.value)
    return [words.content.page("desk.joiner").join(lines)] if row.field == "issues" else lines


def _history(rows: Sequence[Any], words: Show, people: dict[int, str]) -> list[Step]:
    return [
        Step(
            event.name,
            words.when(event.at),
            words.exactly(event.at),
            people.get(event.user_id, ""),
            about(event.data, words),
        )
        for event in rows
    ]


def steps_since(conn: Any, row: Any, sequence: int) -> list[Step]:
    """What happened to the complaint after this sequence number, oldest first."""
    later = [event for event in events.of_complaint(conn, row.id) if event.sequence > sequence]
    return _history(later, show(), names(conn))


def token() -> str:
    """A name for one form, so that sending it twice does it once."""
    return secrets.token_urlsafe(12)


def about(data: dict[str, Any], words: Show) -> str:
    """What an event was about, as far as it has a name."""
    kinds = {"field": "fields", "kind": "promise_kinds", "tier": "tiers", "mood": "moods", "to": "states"}
    named = [words.label(kind, data[key]) for key, kind in kinds.items() if key in data]
    if "reason" in data:
        named.append(reason(words, data["reason"]))
    return " ".join(name for name in named if name)


def reason(words: Show, code: Any) -> str:
    """A reason: the name of its code, else the words that somebody typed."""
    for kind in ("handoff_reasons", "alarm_reasons", "flags", "skip_reasons", "handoff_outcomes"):
        if words.label(kind, code) != str(code):
            return words.label(kind, code)
    return marks(code)


def _earlier(conn: Any, complaint_id: int, words: Show) -> list[dict[str, Any]]:
    """The same customer's other complaints, those that are linked first."""
    linked = {link.number: link.link for link in complaints.linked(conn, complaint_id)}
    others = list(record.of_same_customer(conn, complaint_id))
    lines = record.lines(conn, [other.id for other in others], ("story", "issues"))
    made = [
        {
            "number": other.number,
            "shown": number(other.number),
            "state": other.state,
            "tier": other.tier,
            "shape": SHAPES[other.tier],
            "opened": words.when(other.opened_at),
            "link": linked.get(other.number, ""),
            "what": marks(" ".join(words.fact("issues", lines[other.id].facts.get("issues") or []))),
        }
        for other in others
    ]
    return sorted(made, key=lambda other: not other["link"])


@dataclass(frozen=True)
class Sentence:
    """A line of a script. `ready`: every slot is filled, so it can be put into the answer as it stands."""

    hint: str
    words: str
    ready: bool


def sentences(conn: Any, row: Any, at: Any) -> list[Sentence]:
    """What fits now: the first sentence with the agent's own name, then the script of this tier or mood."""
    content = house().content
    own = {"company": content.company.written, "owner": user().public_name}
    slots = {**slots_for(conn, content, row.id, "web", at), **own}
    scripts = [f"tier-{row.tier}", "follow-up" if row.state == states.FOLLOWING_UP else row.mood]
    first = Sentence("", content.variant("utter_agent_first", "web").text, True)
    lines = [found for name in scripts for found in SENTENCE.findall(content.scripts.get(name, ""))]
    filled = (_filled(line, slots) for line in (first, *map(_line, lines)))
    return [line for line in filled if line is not None]


def _line(text: str) -> Sentence:
    """A line such as "hint: words" when the hint is short, else all of it is for the agent alone."""
    label, colon, words = text.partition("：")
    if colon and len(label) <= SHORT_HINT:
        return Sentence(label.strip(), words.strip(), True)
    return Sentence("", text.strip(), False)


def _filled(line: Sentence, slots: dict[str, str]) -> Sentence | None:
    """The line with its slots filled; None when a row it speaks of is missing: such a line is not offered."""
    try:
        return Sentence(line.hint, fill("script", line.words, slots), line.ready)
    except UnfilledSlot:
        return None
