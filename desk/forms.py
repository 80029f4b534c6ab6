"""What every form of the desk shares: reading what was typed, and telling what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for

from desk.door import LONGEST_TEXT, content, house, now
from desk.finding import find
from desk.queue import names, show
from desk.story.history import steps_since
from desk.talks.talking import speaking_in
from reception.acting import Refused, Stale

#: In the conversation one sees what was done; elsewhere it is told.
TALK_PLACES = ("words", "talk")
#: How some refusals are told, by labels.yml `errors`; the others have their own name there.
TOLD = {
    "taken": "already_taken",
    "gone": "unknown_conversation",
    "not_speaking": "not_speaking",
    "stale": "stale_save",
    "reason_missing": "reason_needed",
    "move_refused": "move_needs",
    "no_channel": "no_channel",
    "too_late": "undo_too_late",
    "built_on": "undo_built_on",
    "gone_out": "undo_gone_out",
}


def row_of(number: str) -> Any:
    with house().db.reading() as conn:
        return find(conn, number)


def typed(name: str, *, optional: bool = False) -> str:
    """What was typed; nothing (unless it is `optional`), or more than fits, is told and not saved."""
    words = request.form.get(name, "").replace("\r\n", "\n").strip()
    if not words and not optional:
        abort(400, "empty")
    if len(words) > LONGEST_TEXT:
        abort(400, "too_long")
    return words


def whole(name: str) -> int:
    value = request.form.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else abort(400)


def sequence() -> int:
    return whole("sequence")


def done(number: str, act: Callable[[], Any], place: str = "") -> Any:
    """Do it and go back to the page; when refused, say why and keep what was typed."""
    try:
        act()
    except Stale:
        return stale(number)
    except Refused as refusal:
        return refused(number, refusal)
    if place not in TALK_PLACES:
        flash(content().page("complaint.saved"), "good")
    return redirect(url_for("desk.complaint", number=number, _anchor=place or None), 303)


def stale(number: str) -> Any:
    """What changed since the form was opened, with what was typed kept, to save once more or to drop."""
    kept = {name: values for name, values in request.form.lists() if name not in ("csrf_token", "sequence")}
    with house().db.reading() as conn:
        row = find(conn, number)
        changed = steps_since(conn, row, sequence())
    return make_response(render_template("desk/stale.html", row=row, kept=kept, changed=changed), 409)


def why_not(refusal: Refused, number: str = "", told: Mapping[str, str] = MappingProxyType({})) -> str:
    """A refusal in one sentence: with what is missing, and who speaks with the customer of this complaint.
    `told`: how one page puts what the others put otherwise."""
    words = show()
    needed = [words.label("move_needs", need) for need in sorted(refusal.needs) or ["nobody"]]
    slots = {
        "owner": _speaker(number) or words.label("authors", "agent"),
        "what": words.content.page("desk.joiner").join(needed),
        "limit": str(LONGEST_TEXT),
    }
    text = words.label("errors", {**TOLD, **told}.get(refusal.why, refusal.why))
    for slot, value in slots.items():
        text = text.replace(f"{{{slot}}}", value)
    return text


def _speaker(number: str) -> str:
    """Who of us speaks with the customer now; "" for nobody."""
    if not number:
        return ""
    with house().db.reading() as conn:
        talk = speaking_in(conn, find(conn, number), now())
        return names(conn).get(talk.agent_id, "") if talk is not None else ""


def refused(number: str, refusal: Refused) -> Any:
    """Why not, in one sentence, with what was typed in sight so that it can be used elsewhere."""
    text = why_not(refusal, number)
    kept = request.form.get("words") or request.form.get("note") or ""
    back = url_for("desk.complaint", number=number)
    return make_response(render_template("desk/refused.html", text=text, back=back, kept=kept), 409)
