"""Twilio's webhooks. Each is checked, answered once, in time, and never with an error.

Who may call: whoever signs with our token, by POST (https://www.twilio.com/docs/usage/security).
Where a call stands travels in our own addresses, which are signed with everything else.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from flask import Response, abort, request

from core import call
from core.call import Arrived, Event, Failed, Keys, Leg, Lost, Place, Recorded, Resumed, Silence, Tell, Words
from ivr import asked, legs, opening, partials, twiml
from ivr.dialogue import Dialogue, NoHouse
from ivr.door import Phone, blueprint, from_query, log, phone, to_query
from ivr.ends import call_over, overtaken, ring_result, taken_out
from ivr.guard import too_large
from ivr.keeping import keep
from ivr.music import hold_music
from ivr.outgoing import ended, notice, picked_up
from ivr.recordings import keep_recording
from ivr.ringing import Report
from ivr.voice import Voice
from reception.telephone import OVER
from store import calls
from store.recordings import RECORDED

__all__ = ["blueprint", "legs", "partials"]

MOST_PATIENCE = 2
LOST = 10**8


@blueprint.before_request
def check() -> None:
    """413 for what Twilio never sends, 403 for what Twilio did not sign; then nothing has been stored."""
    if request.endpoint == f"{blueprint.name}.music":
        return
    if too_large(request):
        abort(413)
    if not phone().guard.admits(request):
        abort(403)


@blueprint.get("/voice/music.wav")
def music() -> Response:
    """The same for everybody, so it needs no signature."""
    sound = hold_music(phone().flow.wait_seconds)
    return Response(sound, content_type="audio/wav", headers={"Cache-Control": "public, max-age=86400"})


@blueprint.post("/voice/incoming")
def incoming() -> Response:
    """A call arrives."""
    return _answer(Place(language=phone().engine.language_of(asked.form("To"))), 0, Arrived())


@blueprint.post("/voice/turn")
def turn() -> Response:
    """The caller spoke, pressed or was silent. Silence does not keep a call from where the desk sends it."""
    event = _caller_event()
    to = _moving_to(phone(), asked.sid()) if isinstance(event, Silence) else None
    return asked.xml(twiml.render_redirect(to)) if to else _at(event)


@blueprint.post("/voice/rang")
def rang() -> Response:
    """A ring ended. One that the desk took the call out of is reported as well, and goes where that goes."""
    to = _moving_to(phone(), asked.sid())
    if to and asked.form("CallStatus") not in OVER:
        return asked.xml(twiml.render_redirect(to))
    return _at(Report(asked.form("DialBridged"), asked.form("DialCallStatus")))


@blueprint.post("/voice/resumed")
def resumed() -> Response:
    """The call was sent here from the desk, or because somebody is free (`reception.lines`)."""
    do = request.args.get("do", "")
    later = overtaken(phone(), asked.sid(), asked.whole("t"), request.query_string.decode("ascii", "replace"))
    if later:
        return asked.xml(twiml.render_redirect(later))
    return _at(Resumed(do, asked.whole("a") or 0) if do in call.RESUMED else Lost())


@blueprint.post("/voice/outgoing")
def outgoing() -> Response:
    """A customer whom an agent calls has picked up (`reception.lines`)."""
    try:
        found = picked_up(phone(), asked.sid(), asked.whole("x"))
    except Exception as error:
        log.exception("a call of ours could not be noted: %s", type(error).__name__)
        found = None
    return _answer(*found) if found is not None else _answer(Place(), _lost_turn(), Lost())


@blueprint.post("/voice/outgoing/over")
def outgoing_over() -> Response:
    """A call of ours has ended; one that was picked up is over like any other."""
    try:
        ended(phone(), asked.sid(), asked.whole("x"), asked.form("CallStatus"), asked.form("DialBridged"))
    except Exception as error:
        log.exception("the end of a call of ours could not be kept: %s", type(error).__name__)
    return asked.xml(twiml.render_nothing())


@blueprint.post("/voice/recorded")
def recorded() -> Response:
    """A recording ended; it is noted before anything is said about it."""
    kept = keep_recording(RECORDED)
    return _at(Recorded(kept, asked.form("Digits").replace("hangup", "")))


@blueprint.post("/voice/status")
def status() -> Response:
    """How the call stands, in any order; it never goes back. At its end a draft becomes a complaint."""
    try:
        call_over(phone(), asked.sid(), asked.form("CallStatus"), asked.form("DialBridged"))
    except Exception as error:
        log.exception("a call's status could not be kept: %s", type(error).__name__)
    return asked.xml(twiml.render_nothing())


# ---- one turn


def _caller_event() -> Event:
    """What came in: both, either or neither. Zeros win; else speech, which holds more than a stray key."""
    digits, words = asked.form("Digits"), asked.form("SpeechResult")
    if digits and (not words.strip() or set(digits) <= {"0", "#"}):
        return Keys(digits)
    if words.strip():
        return Words(words, _confidence(asked.form("Confidence")))
    return Silence()


def _confidence(given: str) -> float:
    """1.0 when the recogniser says nothing usable; some engines always say 0.0 for "not known"."""
    try:
        return float(given) or 1.0
    except ValueError:
        return 1.0


def _at(event: Event | Report) -> Response:
    """The turn that our own address names; an address that is not ours, or broken, rings a person."""
    where = from_query(request.args.to_dict())
    if where is None or where[0].node not in phone().flow.nodes:
        return _answer(Place(), _lost_turn(), Lost())
    return _answer(*where, event)


def _lost_turn() -> int:
    """A turn for a request that names none: the same for its repeats, and apart from all real ones.

    The idempotency token is not signed, so it only tells repeats apart, and only here."""
    token = request.headers.get("I-Twilio-Idempotency-Token", "") or request.full_path
    return LOST + zlib.crc32(token.encode()) % LOST


def _answer(place: Place, turn: int, event: Event | Report) -> Response:
    """The answer of this turn: the stored one, else a new one, else patience, else the emergency."""
    door, sid = phone(), asked.sid()
    if asked.form("CallStatus") in OVER:
        if isinstance(event, Words):  # the last that was said is kept, though nobody hears an answer
            caller = door.engine.shown_number(asked.other_end())
            Dialogue(door, sid, str(turn), caller, door.house.clock()).do(Tell(event.text), place)
        return status()
    job = _Turn(door, sid, turn, place, event, door.engine.shown_number(asked.other_end()))
    again = asked.whole("w") or 0
    stored = _stored(door, sid, str(turn))
    if stored is not None:
        return asked.xml(stored)
    try:
        if again and not door.once.waiting((sid, turn)):
            return asked.xml(_stored(door, sid, str(turn)) or _emergency(door, sid, place, turn))
        answer = door.once.answer((sid, turn), job.run)
    except Exception as error:
        log.exception("a turn failed: %s", type(error).__name__)
        return asked.xml(_emergency(door, sid, place, turn))
    if answer is not None:
        return asked.xml(answer)
    return asked.xml(_patience(door, again) if again < MOST_PATIENCE else _emergency(door, sid, place, turn))


@dataclass(frozen=True)
class _Turn:
    """Everything one turn needs, so that it can run beside the request."""

    door: Phone
    sid: str
    number: int
    place: Place
    event: Event | Report
    caller: str | None

    @property
    def turn(self) -> str:
        return str(self.number)

    def run(self) -> str:
        now = self.door.house.clock()
        dialogue = Dialogue(self.door, self.sid, self.turn, self.caller, now)
        event = self.event
        if isinstance(event, Report):
            event = ring_result(self.door, self.sid, self.place, event)
        elif isinstance(event, Resumed):
            event = taken_out(self.door, self.sid, event)
        opened = opening.Opening(slots=notice(self.door, self.place))
        if isinstance(event, Arrived):
            self._open(dialogue)
            opened = opening.choose(self.door, self.caller, self.place.language, now)
            event = Arrived(opened.reply, owed=opened.owed is not None)
        done = call.run(self.door.flow, self.place, event, self.door.wishes, dialogue)
        to = addresses(self.door, done.place, self.number + 1, dialogue.handoff)
        if opened.owed is not None:
            opening.link_owed(self.door, self.sid, opened.owed)
        language = done.place.language
        voice = Voice(self.door, self.sid, now, None, language, dialogue.named, opened.slots)
        document = twiml.render(done.steps, voice, self.door.engine.speaking(language), to)
        moved = isinstance(self.event, Resumed)
        return keep(self.door, self.sid, self.number, document, done.place, dialogue.handoff, moved=moved)

    def _open(self, dialogue: Dialogue) -> None:
        """The opening is said even when the call cannot be noted."""
        try:
            dialogue.open()
        except Exception as error:
            log.exception("a call could not be noted: %s", type(error).__name__)


def addresses(door: Phone, place: Place, turn: int, handoff: int | None) -> twiml.Addresses:
    """Where the call goes on from this place."""
    query = to_query(place, turn)

    def of(leg: Leg, path: str) -> str:
        return door.url(path, h=handoff, a=leg.agent)

    return twiml.Addresses(
        turn=door.url("turn", **query),
        rang=door.url("rang", **query, h=handoff),
        recorded=door.url("recorded", **query),
        recording=door.url("recording"),
        whisper=lambda leg: of(leg, "whisper"),
        leg=lambda leg: of(leg, "leg"),
        music=door.music or door.url("music.wav"),
        caller_id=door.caller_id,
        trunk=door.house.trunk or None,
        talks=door.url("recording", kind="talk") if door.talks else None,
        partial=door.url("partial", t=turn) if partials.wanted(door) else None,
    )


# ---- when things fail


def _stored(door: Phone, sid: str, turn: str) -> str | None:
    try:
        with door.house.db.reading() as conn:
            return calls.answer(conn, sid, turn)
    except Exception as error:
        log.exception("stored answers could not be read: %s", type(error).__name__)
        return None


def _moving_to(door: Phone, sid: str) -> str | None:
    try:
        with door.house.db.reading() as conn:
            call = calls.get(conn, sid)
            return call.moving_to if call is not None else None
    except Exception as error:
        log.exception("where a call goes could not be read: %s", type(error).__name__)
        return None


def _patience(door: Phone, again: int) -> str:
    """A sound, a second, and the same turn once more."""
    query = {**request.args.to_dict(), "w": again + 1}
    path = request.path.removeprefix("/voice/")
    language = request.args.get("l", "")
    words = door.house.content.spoken("utter_moment", language)
    return twiml.render_patience(words, door.engine.speaking(language), door.url(path, **query))


def _emergency(door: Phone, sid: str, place: Place, turn: int) -> str:
    """Nothing stored, nothing looked up: whoever was there last is rung, else a recording is taken."""
    known = place if place.node in door.flow.nodes else Place()
    done = call.run(door.flow, known, Failed(), door.wishes, NoHouse(tuple(door.legs)))
    to = addresses(door, done.place, turn + 1, None)
    language = done.place.language
    voice = Voice(door, sid, door.house.clock(), {}, language)
    return twiml.render(done.steps, voice, door.engine.speaking(language), to)
