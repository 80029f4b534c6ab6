"""What is done from the desk. Each act is one POST; `reception.desk.Agents` decides whether it may be."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for

from core.roles import HANDLE, PRESENT, READ, TALK
from desk import door
from desk.door import LONGEST_TEXT, allowed, blueprint, house, needs, now, user
from desk.dossier import dossier, find, keep_seen, speaking_in, steps_since, token
from desk.queue import keep_present, names, show
from reception.acting import Refused, Stale
from store import deliveries, users

#: In the conversation one sees what was done; elsewhere it is told.
TALK_PLACES = ("words", "talk")
PRESENCES = (users.AVAILABLE, users.BUSY, users.AWAY)
#: How a refusal of Agents is told, by labels.yml `errors`.
TOLD = {
    "taken": "already_taken",
    "gone": "unknown_conversation",
    "not_speaking": "not_speaking",
    "stale": "stale_save",
    "reason_missing": "reason_needed",
    "move_refused": "move_needs",
    "no_channel": "no_channel",
}


@blueprint.get("/complaints/<number>")
@needs(READ)
def complaint(number: str) -> Any:
    """The complaint page. That somebody looked is kept before it is shown."""
    with house().db.writing() as conn:
        keep_seen(conn, find(conn, number), now())
    with house().db.reading() as conn:
        return render_template("desk/complaint.html", key=token(), **dossier(conn, find(conn, number)))


# ---- Talking


@blueprint.post("/complaints/<number>/take")
@needs(TALK)
def take(number: str) -> Any:
    """Take over the chat: from now on the assistant is silent."""
    return _on_talk(number, lambda talk: house().agents.take(user().id, talk.id, now()), "words")


@blueprint.post("/complaints/<number>/say")
@needs(TALK)
def say(number: str) -> Any:
    """Answer the customer. Words that nobody should say are sent only when asked for a second time."""
    words = _words("words")
    warnings = _unsaid(words)
    if warnings:
        return _warned(number, words, warnings, "say")
    key = f"desk:{user().id}:{request.form.get('key', '')[:64] or token()}"
    agents = house().agents
    return _on_talk(
        number, lambda talk: agents.say(user().id, talk.id, words, f"{key}:{talk.id}", now()), "words"
    )


def _unsaid(words: str) -> Any:
    """What in these words nobody should say; nothing once they were asked for a second time."""
    given = request.form.get("anyway", "").encode("utf-8", "surrogatepass")
    return [] if hmac.compare_digest(given, _digest(words).encode()) else house().content.warn(words)


def _warned(number: str, words: str, warnings: Any, act: str) -> Any:
    kept = {name: request.form[name] for name in ("key", "sequence") if name in request.form}
    about = {"row": _row(number), "words": words, "warnings": warnings, "anyway": _digest(words)}
    return make_response(render_template("desk/warned.html", kept=kept, act=act, **about), 422)


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@blueprint.post("/complaints/<number>/hand-back")
@needs(TALK)
def hand_back(number: str) -> Any:
    """The assistant speaks again; the note stays in the house."""
    note = request.form.get("note", "").strip()[:LONGEST_TEXT]
    return _on_talk(number, lambda talk: house().agents.hand_back(user().id, talk.id, note, now()), "talk")


def _on_talk(number: str, act: Callable[[Any], Any], place: str) -> Any:
    """Act on the complaint's conversation. Whoever does is here, and not to be relieved."""
    keep_present(now())
    with house().db.reading() as conn:
        talk = speaking_in(conn, find(conn, number))
    if talk is None:
        abort(404)
    return _done(number, lambda: act(talk), place)


# ---- Handling


@blueprint.post("/complaints/<number>/own")
@needs(HANDLE)
def own(number: str) -> Any:
    """Become the one named person who is answerable."""
    row, handling = _row(number), house().handling
    return _done(number, lambda: handling.own(user().id, row.id, _sequence(), now()))


@blueprint.post("/complaints/<number>/note")
@needs(HANDLE)
def add_note(number: str) -> Any:
    row, words = _row(number), _words("words")
    return _done(number, lambda: house().handling.note(user().id, row.id, words, now()), "notes")


@blueprint.post("/complaints/<number>/tier")
@needs(HANDLE)
def raise_tier(number: str) -> Any:
    """Raise the tier with a reason, or lower it, for whom Agents lets."""
    row, reason, level = _row(number), _words("reason"), _whole("level")

    def act() -> None:
        try:
            house().handling.set_tier(user().id, row.id, level, reason, _sequence(), now())
        except Refused as refusal:
            if refusal.why == "move_refused":
                abort(403)
            raise

    return _done(number, act)


@blueprint.post("/complaints/<number>/reached")
@needs(HANDLE)
def reached(number: str) -> Any:
    """A try to reach the customer. Reached: what was promised is kept. In vain: a note, and it stays open."""
    row, handling, result = _row(number), house().handling, request.form.get("result")
    if result == "reached":
        return _done(number, lambda: handling.reached(user().id, row.id, now()))
    if result != "in_vain":
        abort(400)
    words = house().content.page("desk.in_vain_note")
    return _done(number, lambda: handling.note(user().id, row.id, words, now()), "notes")


@blueprint.post("/complaints/<number>/progress")
@needs(HANDLE)
def progress(number: str) -> Any:
    """Tell the customer, in the conversation, how it goes; the next notice is promised."""
    row, words = _row(number), _words("words")
    warnings = _unsaid(words)
    if warnings:
        return _warned(number, words, warnings, "progress")
    handling = house().handling
    return _done(number, lambda: handling.progress(user().id, row.id, words, _sequence(), now()), "promises")


@blueprint.post("/complaints/<number>/resolve")
@needs(HANDLE)
def resolve(number: str) -> Any:
    """Solved on contact: goes to the follow-up by somebody else. Nothing is closed here."""
    row, words = _row(number), _words("words")
    handling = house().handling
    return _done(number, lambda: handling.resolve(user().id, row.id, words, _sequence(), now()))


def _row(number: str) -> Any:
    with house().db.reading() as conn:
        return find(conn, number)


def _words(name: str) -> str:
    """What was typed; nothing, or more than fits, is told and not saved."""
    words = request.form.get(name, "").replace("\r\n", "\n").strip()
    if not words:
        abort(400, "empty")
    if len(words) > LONGEST_TEXT:
        abort(400, "too_long")
    return words


def _whole(name: str) -> int:
    value = request.form.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else abort(400)


def _sequence() -> int:
    return _whole("sequence")


def _done(number: str, act: Callable[[], Any], place: str = "") -> Any:
    """Do it and go back to the page; when refused, say why and keep what was typed."""
    try:
        act()
    except Stale:
        return _stale(number)
    except Refused as refusal:
        return _refused(number, refusal)
    if place not in TALK_PLACES:
        flash(house().content.page("complaint.saved"), "good")
    return redirect(url_for("desk.complaint", number=number, _anchor=place or None), 303)


def _stale(number: str) -> Any:
    """What changed since the form was opened, with what was typed kept, to save once more or to drop."""
    kept = {name: value for name, value in request.form.items() if name not in ("csrf_token", "sequence")}
    with house().db.reading() as conn:
        row = find(conn, number)
        changed = steps_since(conn, row, _sequence())
    return make_response(render_template("desk/stale.html", row=row, kept=kept, changed=changed), 409)


def _refused(number: str, refusal: Refused) -> Any:
    """Why not, in one sentence, with what was typed in sight so that it can be used elsewhere."""
    content, words = house().content, show()
    with house().db.reading() as conn:
        talk = speaking_in(conn, find(conn, number))
        owner = names(conn).get(talk.agent_id, "") if talk is not None else ""
    needed = [words.label("move_needs", need) for need in sorted(refusal.needs) or ["nobody"]]
    slots = {
        "owner": owner or words.label("authors", "agent"),
        "what": content.page("desk.joiner").join(needed),
    }
    text = words.label("errors", TOLD.get(refusal.why, refusal.why))
    for slot, value in slots.items():
        text = text.replace(f"{{{slot}}}", value)
    kept = request.form.get("words") or request.form.get("note") or ""
    back = url_for("desk.complaint", number=number)
    return make_response(render_template("desk/refused.html", text=text, back=back, kept=kept), 409)


# ---- Presence


@blueprint.post("/presence")
@needs(PRESENT)
def set_presence() -> Any:
    presence = request.form.get("presence", "")
    if presence not in PRESENCES:
        abort(400)
    house().agents.present(user().id, presence, now())
    return redirect(door.own_path(request.form.get("next")), 303)


@blueprint.post("/beat")
@needs("")
def beat() -> Any:
    """The page is still open, so the presence that was chosen holds on; it is told. Only a page that was
    used lately (`used`) keeps its login alive."""
    if allowed(PRESENT):
        keep_present(now())
    if request.form.get("used") == "1":
        door.touch(now())
    return {"presence": user().presence}


# ---- Dead letters


@blueprint.post("/dead/<int:id>/replay")
@needs(HANDLE)
def replay(id: int) -> Any:
    with house().db.writing() as conn:
        deliveries.replay(conn, [id], now(), user().id)
    return redirect(url_for("desk.queue"), 303)


@blueprint.post("/dead/<int:id>/elsewhere")
@needs(HANDLE)
def elsewhere(id: int) -> Any:
    reason = _words("reason")
    with house().db.writing() as conn:
        deliveries.handled_elsewhere(conn, id, reason, now(), user().id)
    return redirect(url_for("desk.queue"), 303)
