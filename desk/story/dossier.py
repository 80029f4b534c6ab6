"""The complaint page: everything known, each fact with its source."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from core import categories, intake, undo
from core import complaint as states
from core.corrections import FIELDS, typed
from core.events import COMPLAINT_SEEN
from core.roles import LOWER
from core.steps import course
from desk.door import allowed, house, user
from desk.finding import may_see
from desk.queue import names, show
from desk.shown import SHAPES, Show, marks, number
from desk.story.history import history
from desk.story.judged import decided, judged
from desk.story.known import callback_of, facts_of, not_again, still_missing
from desk.story.looking import others
from desk.story.one_person import one_person
from desk.story.page_links import withdrawal_of
from desk.story.resembling import similar_to
from desk.talks.attempts import may_call
from desk.talks.recordings import tapes
from desk.talks.sending import fates_of, left_in
from desk.talks.sentences import guidance
from desk.talks.talking import choices, seconds, talk_of
from desk.talks.tries import tries
from reception import situation
from store import (
    complaints,
    conversations,
    events,
    facts,
    files,
    limits,
    messages,
    notes,
    overview,
    record,
    steps,
    wechat_media,
)
from store import sight as standings

SEEN_EVERY = timedelta(minutes=10)
BRIEF = ("core_issue", "wanted", "reference", "happened", "loss_claimed", "missing", "name", "contact_choice")
SKIPS_FROM = states.STATES[1:5]


def _by(by: str, words: Show, people: dict[int, str]) -> str:
    """Who or what decided: a person by name, else the name of the way."""
    kind, _, id = by.partition(":")
    return people.get(int(id), "") if kind == "user" and id.isdigit() else words.label("fact_by", by)


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
    talk = talk_of(conn, row, words.now)
    told = facts_of(conn, row.id, words, people)
    known = [fact for fact in told if fact.value is not None]
    callback = callback_of(whole["customer"])
    standing = situation.answered(house().content, facts.current(conn, row.id), whole["category"])
    still = still_missing(standing, callback)
    return {
        "show": words,
        "row": row,
        "record": whole,
        "shown": number(row.number),
        "shape": SHAPES[row.tier],
        **judged(conn, row, words, people),
        "decided": decided(whole["tier"], facts.value(conn, row.id, "loss_claimed")),
        "others": others(conn, row.id, words.now),
        "draft": row.state == states.DRAFT,
        "stages": course(row.state, steps.passed(conn, row.id)),
        "known": told,
        "typed": {fact.field: typed(fact.field, fact.value) for fact in told if fact.field in FIELDS},
        "unknown": [field for field in FIELDS if all(fact.field != field for fact in told)],
        "brief": [fact for field in BRIEF for fact in known if fact.field == field],
        "not_again": not_again(known, callback),
        "still": still,
        "callback": callback,
        "detail": _detail(conn, row, words),
        "wishes": _wishes(conn, row.id),
        "tier_by": _by(whole["tier"]["by"], words, people),
        "clocks": [(promise, words.clock(promise)) for promise in whole["promises"]],
        "talk": talk,
        "left": left_in(conn, talk, words.now),
        "fates": fates_of(conn, row, words.now),
        "joined_for": str(int(undo.WITHIN.total_seconds())),
        "notes": [(note, people.get(note.user_id, "")) for note in notes.of_complaint(conn, row.id)],
        "history": history(events.of_complaint(conn, row.id), words, people),
        "recordings": tapes(conn, row),
        "earlier": _earlier(conn, row, words),
        "persons": one_person(conn, row, words, people),
        "similar": similar_to(conn, row, told, words),
        "cursor": events.last(conn),
        "guide": guidance(conn, row, talk.channel if talk else row.channel, still, words.now),
        "undos": seconds(conn, row.id, words.now),
        "choices": choices(conn, row.id, words.now) if talk and talk.mine else [],
        "tries": tries(conn, row, words, people),
        "may_call": callback is not None and may_call(),
        "owned": row.owner_id == user().id,
        "going": row.state in states.OPEN_STATES,
        "links_ended": withdrawal_of(conn, row.id),
        "written": conversations.written_of(conn, row.id),
        "may_resolve": row.owner_id in (None, user().id) and row.state in SKIPS_FROM,
        "tiers": [level for level in SHAPES if level > row.tier or (level < row.tier and allowed(LOWER))],
    }


def _wishes(conn: Any, complaint_id: int) -> set[int]:
    """Messages of the customer that brought neither words nor a file: each is the button for a person."""
    heard = [one for one in messages.of_complaint(conn, complaint_id) if one.author == "customer"]
    silent = [one.id for one in heard if not one.words]
    brought = [*files.of_messages(conn, silent), *wechat_media.of_messages(conn, silent)]
    return set(silent) - {one.message_id for one in brought}


def _detail(conn: Any, row: Any, words: Show) -> str:
    """The name of the one detail worth asking, by what the complaint is about."""
    issues = facts.value(conn, row.id, "issues")
    if not issues:
        return words.label("questions", intake.MISSING)
    about = categories.by_code(issues[0]["category"], house().content.vocabulary.categories)
    return marks(words.content.labels.get("missing_details", {}).get(about.code, about.missing))


def token() -> str:
    """A name for one form, so that sending it twice does it once."""
    return secrets.token_urlsafe(12)


def _earlier(conn: Any, row: Any, words: Show) -> list[dict[str, Any]]:
    """The same customer's other complaints, those that are linked first. One that is out of sight is named
    without a way to it; of one that the reader is kept out of nothing is said, nor of one that is out of
    sight and the customer's only by a join."""
    linked = complaints.links_with(conn, row.id)
    kept_out = standings.recused(conn, user().id)
    others = [
        one
        for one in record.of_same_customer(conn, row.id)
        if one.id not in kept_out and (one.customer_id == row.customer_id or may_see(conn, one.id))
    ]
    lines = overview.lines(conn, [other.id for other in others], ("story", "issues"))
    made = [
        {
            "number": other.number,
            "shown": number(other.number),
            "state": other.state,
            "tier": other.tier,
            "shape": SHAPES[other.tier],
            "opened": words.when(other.opened_at),
            "channel": other.channel,
            "joined": other.customer_id != row.customer_id,
            "link": linked.get(other.number, ""),
            "open": may_see(conn, other.id),
            "what": marks(" ".join(words.fact("issues", lines[other.id].facts.get("issues") or []))),
        }
        for other in others
    ]
    return sorted(made, key=lambda other: not other["link"])
