"""The agent's phone at the desk: my calls in a bar on every page, and the window that is a phone itself.

Why the phone has a window of its own: docs/decisions/where-the-softphone-lives.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Response, abort, current_app, g, make_response, redirect, render_template, request

from core.roles import TALK
from desk import door
from desk.door import allowed, blueprint, content, house, needs, now, user
from desk.queue import names, show
from desk.shown import SHAPES, marks, number, one_line
from reception import offers
from reception.acting import Refused
from reception.slots import slots_for
from store import complaints, events, handoffs, promises, users

CLIENT = "client:"
TOKEN_SECONDS = 900
LONGEST_NOTE = 1000
VENDOR = "vendor/twilio.min.js"
#: What Twilio's script needs besides us. It documents more, for releases that came from its own hosts;
#: these are the addresses that this one asks, with the edge `roaming` and no home region.
#: https://github.com/twilio/twilio-voice.js#content-security-policy-csp
POLICY = {
    "connect-src": "https://eventgw.twilio.com wss://voice-js.roaming.twilio.com https://sdk.twilio.com",
    "media-src": "mediastream: https://sdk.twilio.com",
}
MICROPHONE = "camera=(), geolocation=(), microphone=(self)"


@dataclass(frozen=True)
class Item:
    """One call as the bar shows it: the same facts as the whisper, for the eye."""

    state: str
    handoff: int
    leg: str
    number: str
    shown: str
    tier: int
    shape: str
    what: str
    wants: str
    promised: str
    since: str
    counted: str


def kind() -> str:
    """What phone the person at the desk has: "client" in the browser, "sip", or "" for none."""
    phone = (user().phone or "") if g.get("desk_user") is not None and allowed(TALK) else ""
    return "client" if phone.startswith(CLIENT) else "sip" if phone else ""


def my_calls() -> list[Item]:
    """What the bar shows now."""
    at = now()
    with house().db.reading() as conn:
        return [_item(conn, call, at) for call in offers.of_agent(conn, user().id, at)]


def _item(conn: Any, call: offers.MyCall, at: datetime) -> Item:
    row, words = complaints.get(conn, call.complaint), show()
    known = slots_for(conn, content(), row.id, "web", at, wanted=frozenset({"what", "want"}))
    due = promises.open_of(conn, row.id, "callback")
    return Item(
        state=call.state,
        handoff=call.handoff,
        leg=call.leg,
        number=row.number,
        shown=number(row.number),
        tier=row.tier,
        shape=SHAPES[row.tier],
        what=one_line(marks(known.get("what", "")), 40),
        wants=one_line(marks(known.get("want", "")), 20),
        promised=words.when(due.due_at) if due is not None else "",
        since=call.since.isoformat(),
        counted=words.waited(call.since),
    )


def colleagues() -> list[tuple[int, str]]:
    """Whom a call can be handed on to: present, with a phone."""
    with house().db.reading() as conn:
        people = names(conn)
        there = [one.id for one in users.available(conn, now()) if one.phone and one.id != user().id]
    return [(id, people[id]) for id in there]


@blueprint.context_processor
def bar() -> dict[str, Any]:
    return {
        "phone_kind": kind,
        "phone_missing": missing,
        "phone_words": content().pages["handset"],
        "my_calls": my_calls,
        "colleagues": colleagues,
    }


# ---- The window, and what it asks for


@blueprint.get("/phone")
@needs(TALK)
def phone() -> Any:
    """The window that is the phone; only it may use the microphone and reach the phone company."""
    why_not = missing()
    if not why_not:
        g.policy = POLICY
    with house().db.reading() as conn:
        cursor = events.last(conn)
    page = render_template("desk/phone.html", why_not=why_not, vendor=VENDOR, cursor=cursor)
    response = make_response(page)
    if not why_not:
        response.headers["Permissions-Policy"] = MICROPHONE
    return response


def missing() -> str:
    """Why there is no phone in the browser for this person, as a code; "" when there is one."""
    if kind() != "client":
        return "sip" if kind() == "sip" else "none"
    twilio = current_app.extensions["jiesu_settings"].twilio
    if house().telephone is None or not (twilio.api_key and twilio.api_secret):
        return "no_key"
    folder = current_app.static_folder or ""
    return "" if (Path(folder) / VENDOR).is_file() else "no_file"


@blueprint.post("/phone/token")
@needs(TALK)
def phone_token() -> Any:
    """A short-lived token for this person's own phone and no other. 404 without such a phone, 409 without an
    API key, both in words."""
    if kind() != "client":
        return told("no_browser_phone", 404)
    token = _token()
    if token is None:
        return told("no_phone_key", 409)
    return {"token": token, "identity": _identity(), "seconds": TOKEN_SECONDS}


def _identity() -> str:
    return str(user().phone).removeprefix(CLIENT)


def _token() -> str | None:
    telephone = house().telephone
    return telephone.token(_identity(), TOKEN_SECONDS) if telephone is not None else None


@blueprint.get("/phone/line")
@needs(TALK)
def phone_line() -> Any:
    """The bar's calls as they stand now."""
    return render_template("desk/line_now.html")


# ---- What is done with a call


@blueprint.post("/phone/hold")
@needs(TALK)
def hold_call() -> Any:
    return _act(lambda call: house().lines.hold(user().id, call, now()))


@blueprint.post("/phone/resume")
@needs(TALK)
def resume_call() -> Any:
    return _act(lambda call: house().lines.resume(user().id, call, now()))


@blueprint.post("/phone/pass")
@needs(TALK)
def pass_call() -> Any:
    """Hand on to a colleague (`to`), or with 0 to whoever is free; the note is on the complaint by then."""
    to, note = request.form.get("to", ""), request.form.get("note", "").strip()
    if not (to.isascii() and to.isdigit() and len(to) < 10):
        abort(400)
    if len(note) > LONGEST_NOTE:
        abort(400, "too_long")
    return _act(lambda call: house().lines.pass_on(user().id, call, int(to) or None, note, now()))


@blueprint.post("/phone/hang-up")
@needs(TALK)
def hang_up_call() -> Any:
    return _act(lambda call: house().lines.hang_up(user().id, call, now()))


def _act(act: Callable[[str], None]) -> Any:
    """Do it with the call of this handoff; when refused, say why: 403 for a call that is somebody else's,
    409 for one that is not there any more, or when the phone company does not do it."""
    wanted = request.form.get("handoff", "")
    with house().db.reading() as conn:
        known = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
        row = handoffs.get(conn, int(wanted)) if known else None
    if row is None or row.ended_at:
        return told("call_over", 409)
    try:
        act(row.conversation_id)
    except Refused as refusal:
        return told(refusal.why, 403 if refusal.why == "not_talking" else 409)
    if wants_json():
        return {"done": True}
    return redirect(door.own_path(request.form.get("next")), 303)


def wants_json() -> bool:
    return "application/json" in request.headers.get("Accept", "")


def told(code: str, status: int) -> Response:
    """Why not, in one sentence: for the script, or as a page."""
    if not wants_json():
        return door.refusal(code, status)
    return make_response({"message": content().label("errors", code)}, status)
