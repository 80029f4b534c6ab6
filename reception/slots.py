"""What fills the slots of a sentence: stored rows only, in the form for the eye or for the ear."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime
from typing import Any

from core import categories, due, number
from reception.content import Content
from store import complaints, facts, users
from store import promises as promise_rows
from store.db import Connection, Row

LONGEST_WHAT = {"chat": 40, "phone": 12}
LONGEST_CHANGE = 20
LONGEST_CUE = 14  # a longer one would repeat half the message
OWN = frozenset(("number", "state", "owner", "decider"))
ABOUT = frozenset(("tail", "detail", "ask", "missing", "what", "want", "when", "where", "amount"))
EVERY = OWN | ABOUT | {"cue", "since", "no_tail", "due"}
CORRECTABLE = ("phone", "reference", "happened", "loss_claimed", "wanted", "missing")
LONGEST_WANT = {"chat": 20, "phone": 6}


def slots_for(
    conn: Connection,
    content: Content,
    complaint_id: int,
    channel: str,
    now: datetime,
    promise: str = "callback",
    wanted: Set[str] = EVERY,
) -> dict[str, str]:
    """The wanted slots that this complaint can fill now; only the rows they need are read.

    `due` is that of the open promise of kind `promise`.
    """
    slots: dict[str, str] = {}
    if wanted & OWN:
        slots |= _of_complaint(conn, content, complaint_id, channel)
    if wanted & ABOUT:
        slots |= _about(content, facts.current(conn, complaint_id), channel)
    if "cue" in wanted:
        slots["cue"] = _cue(conn, complaint_id)
    if wanted & {"since", "no_tail"}:
        slots |= _repeat(conn, content, complaint_id, channel == "phone")
    if "due" in wanted:
        row = promise_rows.open_of(conn, complaint_id, promise)
        slots["due"] = said_due(content, row.due_at, now, channel) if row is not None else ""
    return {name: value for name, value in slots.items() if value}


def _of_complaint(conn: Connection, content: Content, complaint_id: int, channel: str) -> dict[str, str]:
    row = complaints.get(conn, complaint_id)
    return {
        "number": number.spoken(row.number) if channel == "phone" else number.shown(row.number),
        "state": content.label("states_said", row.state),
        "owner": users.names(conn).get(row.owner_id, ""),
        "decider": content.label("roles", "supervisor"),
    }


def said_due(content: Content, due_at: datetime, now: datetime, channel: str) -> str:
    """A due time in words, for the eye or for the ear."""
    form = "phone" if channel == "phone" else "chat"
    return due.render_due(due.say_due(due_at, now), content.promises.say, form)


def _tail(phone: str | None, ear: bool) -> str:
    tail = number.tail(phone or "")
    return number.spoken_digits(tail) if ear and tail else tail


def _about(content: Content, rows: dict[str, Row[Any]], channel: str) -> dict[str, str]:
    """What happened and what is wanted, short enough to be read back."""
    known = {field: row.value for field, row in rows.items()}
    form = "phone" if channel == "phone" else "chat"
    issues = [issue["category"] for issue in known.get("issues", [])]
    category = categories.by_code(issues[0] if issues else None, content.vocabulary.categories)
    named = "、".join(categories.by_code(code, content.vocabulary.categories).name for code in issues)
    story = shortened(str(known.get("story", "")), LONGEST_WHAT[form])
    return {
        "tail": _tail(known.get("phone"), channel == "phone"),
        "detail": category.detail,
        "ask": category.ask,
        "missing": category.missing,
        "what": named[: LONGEST_WHAT[form]] if _named_better(form, issues) else story,
        "want": _want(content, known.get("wanted"), LONGEST_WANT[form]),
        "when": str(known.get("happened", {}).get("words", "")),
        "where": str(known.get("subject", "")),
        "amount": "、".join(loss["words"] for loss in known.get("loss_claimed", [])),
    }


def changed_by(
    conn: Connection, content: Content, complaint_id: int, message: int | None, channel: str
) -> str:
    """What one message changed, named; the new value too for the eye, as it was said."""
    found = [row for row in facts.current(conn, complaint_id).values() if row.message_id == message]
    named = [_change(content, row, channel) for row in found if row.field in CORRECTABLE]
    return "、".join(dict.fromkeys(named))


def _change(content: Content, row: Row[Any], channel: str) -> str:
    name = content.label("fields_said", row.field)
    if channel == "phone":
        return name
    value = row.value[-1] if isinstance(row.value, list) else row.value
    words = value.get("words", "") if isinstance(value, dict) else str(value).removeprefix("+86")
    return f"{name}{shortened(words, LONGEST_CHANGE)}"


def _named_better(form: str, issues: list[str]) -> bool:
    """The ear gets the names of the matters, since a story cut short cannot be followed by ear."""
    return bool(issues) and (form == "phone" or len(issues) > 1)


def shortened(text: str, longest: int) -> str:
    """The first words of a text, cut where a clause ends if there is such a place."""
    flat = " ".join(text.split())
    if len(flat) <= longest:
        return flat.rstrip("。，,.！!？?")
    cut = max((flat.rfind(mark, 8, longest) for mark in "，。,；！!？?"), default=-1)
    return flat[:cut] if cut > 0 else f"{flat[: longest - 1]}…"


def _want(content: Content, wanted: Any, longest: int) -> str:
    if not wanted:
        return ""
    kinds = [content.label("wanted", kind) for kind in wanted.get("kinds", []) if kind != "other"]
    return ("、".join(kinds) or shortened(str(wanted.get("words", "")), longest))[:longest]


def _repeat(conn: Connection, content: Content, complaint_id: int, ear: bool) -> dict[str, str]:
    earlier = [row for row in complaints.linked(conn, complaint_id) if row.link == "repeat"]
    if not earlier:
        return {}
    day = earlier[0].opened_at.astimezone(due.ZONE).date()
    tail = number.tail(earlier[0].number)
    since = due.render_day(day, content.promises.say, "phone" if ear else "chat")
    return {"since": since, "no_tail": number.spoken_digits(tail) if ear else tail}


def _cue(conn: Connection, complaint_id: int) -> str:
    """The words with which the customer gave up."""
    signals = complaints.signals_of(conn, complaint_id)
    given_up = [row.words for row in signals if row.code == "hidden_dissatisfaction"]
    words = str(given_up[-1][0]) if given_up else ""
    return words if len(words) <= LONGEST_CUE else ""
