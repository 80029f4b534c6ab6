"""What is done about a complaint, apart from talking. Each act is one POST; `reception.handling` decides
whether it may be."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, render_template, request, url_for

from core.roles import HANDLE, PRESENT, READ
from core.sight import MASKED
from desk import door
from desk.door import allowed, blueprint, house, needs, now, user
from desk.finding import find, sight
from desk.forms import done, row_of, sequence, typed, whole
from desk.queue import keep_present
from desk.story.dossier import dossier, keep_seen, token
from desk.story.looking import keep_looking
from desk.story.masked import masked_page
from desk.talks.care import against, ask_first
from reception.acting import Refused
from store import deliveries, users

PRESENCES = (users.AVAILABLE, users.BUSY, users.AWAY)


@blueprint.get("/complaints/<number>")
@needs(READ)
def complaint(number: str) -> Any:
    """The complaint page. That somebody looked is kept before it is shown."""
    with house().db.writing() as conn:
        row = find(conn, number, masked=True)
        keep_seen(conn, row, now())
        keep_looking(conn, row.id, now())
    with house().db.reading() as conn:
        row = find(conn, number, masked=True)
        if sight(conn, row.id) == MASKED:
            return masked_page(conn, row)
        return render_template("desk/complaint.html", key=token(), **dossier(conn, row))


# ---- Handling


@blueprint.post("/complaints/<number>/own")
@needs(HANDLE)
def own(number: str) -> Any:
    """Become the one named person who is answerable."""
    row, handling = row_of(number), house().handling
    return done(number, lambda: handling.own(user().id, row.id, sequence(), now()))


@blueprint.post("/complaints/<number>/note")
@needs(HANDLE)
def add_note(number: str) -> Any:
    row, words = row_of(number), typed("words")
    return done(number, lambda: house().handling.note(user().id, row.id, words, now()), "notes")


@blueprint.post("/complaints/<number>/tier")
@needs(HANDLE)
def raise_tier(number: str) -> Any:
    """Raise the tier with a reason, or lower it, for whom Agents lets."""
    row, reason, level = row_of(number), typed("reason"), whole("level")

    def act() -> None:
        try:
            house().handling.set_tier(user().id, row.id, level, reason, sequence(), now())
        except Refused as refusal:
            if refusal.why == "move_refused":
                abort(403)
            raise

    return done(number, act)


@blueprint.post("/complaints/<number>/progress")
@needs(HANDLE)
def progress(number: str) -> Any:
    """Tell the customer, in the conversation, how it goes; the next notice is promised."""
    row, words = row_of(number), typed("words")
    found = against(number, words)
    if found:
        return ask_first(number, words, found, "progress")
    handling = house().handling
    return done(number, lambda: handling.progress(user().id, row.id, words, sequence(), now()), "promises")


@blueprint.post("/complaints/<number>/resolve")
@needs(HANDLE)
def resolve(number: str) -> Any:
    """Solved on contact: goes to the follow-up by somebody else. Nothing is closed here."""
    row, words = row_of(number), typed("words")
    handling = house().handling
    return done(number, lambda: handling.resolve(user().id, row.id, words, sequence(), now()))


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
    reason = typed("reason")
    with house().db.writing() as conn:
        deliveries.handled_elsewhere(conn, id, reason, now(), user().id)
    return redirect(url_for("desk.queue"), 303)
