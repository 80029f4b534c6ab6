"""Twilio's webhooks. Each is checked, answered once, in time, and never with an error.

Who may call: whoever signs with our token, by POST (https://www.twilio.com/docs/usage/security).
Where a call stands travels in our own addresses, which are signed with everything else.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

from flask import Response, abort, request

from core import call
from core import events as names
from core.call import Arrived, Event, Failed, Keys, Leg, Lost, Place, Rang, Recorded, Silence, Words
from ivr import asked, legs, ringing, twiml
from ivr.dialogue import Dialogue, NoHouse
from ivr.door import Phone, blueprint, from_query, log, phone, to_query
from ivr.guard import too_large
from ivr.music import hold_music
from ivr.recordings import keep_recording
from ivr.ringing import Report
from ivr.voice import Voice
from store import calls, conversations, events, handoffs

__all__ = ["blueprint", "legs"]

MOST_PATIENCE = 2
GONE = {"completed", "busy", "failed", "no-answer", "canceled"}
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
    return _answer(Place(), 0, Arrived())


@blueprint.post("/voice/turn")
def turn() -> Response:
    """The caller spoke, pressed or was silent."""
    return _at(_caller_event())


@blueprint.post("/voice/rang")
def rang() -> Response:
    """A ring ended."""
    return _at(Report(asked.form("DialBridged"), asked.form("DialCallStatus")))


@blueprint.post("/voice/recorded")
def recorded() -> Response:
    """A recording ended; it is noted before anything is said about it."""
    kept = keep_recording(calls.RECORDED)
    return _at(Recorded(kept, asked.form("Digits").replace("hangup", "")))


@blueprint.post("/voice/status")
def status() -> Response:
    """How the call stands, in any order; it never goes back. At its end a draft becomes a complaint."""
    door, sid, now = phone(), asked.sid(), phone().house.clock()
    try:
        with door.house.db.writing() as conn:
            calls.start(conn, sid, "open", now)
            moved = calls.set_status(conn, sid, asked.form("CallStatus"), now)
        if moved and asked.form("CallStatus") in GONE:
            _hung_up(door, sid)
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
    job = _Turn(door, sid, turn, place, event, door.engine.shown_number(asked.form("From")))
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
            event = _ring_result(self.door, self.sid, self.place, event)
        elif isinstance(event, Arrived):
            self._open(dialogue)
        done = call.run(self.door.flow, self.place, event, self.door.wishes, dialogue)
        to = addresses(self.door, done.place, self.number + 1, dialogue.handoff)
        document = twiml.render(done.steps, Voice(self.door, self.sid, now), self.door.engine, to)
        return self._keep(document, done.place, dialogue)

    def _open(self, dialogue: Dialogue) -> None:
        """The opening is said even when the call cannot be noted."""
        try:
            dialogue.open()
        except Exception as error:
            log.exception("a call could not be noted: %s", type(error).__name__)

    def _keep(self, document: str, place: Place, dialogue: Dialogue) -> str:
        """Keep the answer for a retry. Who comes second gets what the first one said."""
        now = self.door.house.clock()
        try:
            with self.door.house.db.writing() as conn:
                fresh = calls.get(conn, self.sid) is None
                if fresh:
                    calls.start(conn, self.sid, place.node, now)
                first = calls.answer(conn, self.sid, self.turn)
                if first is not None:
                    return first
                calls.keep_answer(conn, self.sid, self.turn, document, now)
                calls.change(conn, self.sid, node=place.node, **_conversation_of(conn, self.sid))
                if fresh and conversations.get(conn, self.sid) is not None:
                    events.append(conn, names.CALL_STARTED, now, conversation_id=self.sid)
        except Exception as error:
            log.exception("an answer could not be kept: %s", type(error).__name__)
        return document


def _conversation_of(conn: object, sid: str) -> dict[str, str]:
    return {"conversation_id": sid} if conversations.get(conn, sid) is not None else {}  # type: ignore[arg-type]


def addresses(door: Phone, place: Place, turn: int, handoff: int | None) -> twiml.Addresses:
    """Where the call goes on from this place."""
    query = to_query(place, turn)

    def whispers(leg: Leg) -> str:
        return door.url("whisper", h=handoff, a=leg.agent)

    return twiml.Addresses(
        turn=door.url("turn", **query),
        rang=door.url("rang", **query, h=handoff),
        recorded=door.url("recorded", **query),
        recording=door.url("recording"),
        whisper=whispers,
        music=door.music or door.url("music.wav"),
        caller_id=door.caller_id,
    )


def _ring_result(door: Phone, sid: str, place: Place, report: Report) -> Rang:
    """How the ring ended. Who accepted has talked, or the line broke first: either way that is over."""
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
        ours = calls.get(conn, sid)
    agent, tried = (row.agent_id, row.tried) if row is not None else (None, [])
    picked = (ours.counts or {}).get("picked_up", []) if ours is not None else []
    rang = ringing.ended(report, agent, place.ringing, {*picked, *tried})
    if row is not None and agent is not None:
        door.house.agents.end_call(row.id, ringing.outcome(rang), door.house.clock())
    return rang


# ---- when things fail


def _stored(door: Phone, sid: str, turn: str) -> str | None:
    try:
        with door.house.db.reading() as conn:
            return calls.answer(conn, sid, turn)
    except Exception as error:
        log.exception("stored answers could not be read: %s", type(error).__name__)
        return None


def _patience(door: Phone, again: int) -> str:
    """A sound, a second, and the same turn once more."""
    query = {**request.args.to_dict(), "w": again + 1}
    path = request.path.removeprefix("/voice/")
    words = door.house.content.say("utter_moment", "phone").text
    return twiml.render_patience(words, door.engine, door.url(path, **query))


def _emergency(door: Phone, sid: str, place: Place, turn: int) -> str:
    """Nothing stored, nothing looked up: whoever was there last is rung, else a recording is taken."""
    known = place if place.node in door.flow.nodes else Place()
    done = call.run(door.flow, known, Failed(), door.wishes, NoHouse(tuple(door.legs)))
    to = addresses(door, done.place, turn + 1, None)
    return twiml.render(done.steps, Voice(door, sid, door.house.clock(), {}), door.engine, to)


def _hung_up(door: Phone, sid: str) -> None:
    """The caller has gone: the talk is over, a draft becomes a complaint, nobody waits any more."""
    now = door.house.clock()
    _note_unstored(door, sid, now)
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
    outcome = ringing.outcome_of_hanging_up(row.agent_id if row is not None else None)
    if row is not None and row.agent_id is not None:
        door.house.agents.end_call(row.id, outcome, now)
    door.house.reception.left(sid, now)
    with door.house.db.writing() as conn:
        if row is not None:
            handoffs.end(conn, row.id, outcome, now)
        if conversations.get(conn, sid) is not None:
            events.append(conn, names.CALL_ENDED, now, conversation_id=sid)


def _note_unstored(door: Phone, sid: str, now: datetime) -> None:
    """A call of which nothing could be stored is noted at its end, with the number: a recording that comes
    later names none."""
    caller = door.engine.shown_number(asked.form("From"))
    if caller is not None:
        Dialogue(door, sid, "", caller, now).open()
