"""Twilio's webhooks. Each is checked, answered once, in time, and never with an error.

Who may call: whoever signs with our token, by POST (https://www.twilio.com/docs/usage/security).
Where a call stands travels in our own addresses, which are signed with everything else.
"""

from __future__ import annotations

import re
import uuid
import zlib
from dataclasses import dataclass

from flask import Response, abort, request

from core import call
from core import events as names
from core.call import Arrived, Event, Failed, Keys, Leg, Lost, Place, Rang, Recorded, Silence, Words
from ivr import twiml
from ivr.dialogue import Dialogue, NoHouse
from ivr.door import Phone, blueprint, from_query, log, phone, to_query
from ivr.guard import too_large
from ivr.music import hold_music
from ivr.voice import Voice, whisper
from store import calls, conversations, events, handoffs

MOST_PATIENCE = 2
GONE = {"completed", "busy", "failed", "no-answer", "canceled"}
RECORDING = re.compile(r"RE[0-9a-f]{32}")
SID = re.compile(r"[A-Za-z0-9_\-]{1,64}")
LARGEST_AGENT = 10**9
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
    return _at(_Ringing(request.form.get("DialBridged", ""), request.form.get("DialCallStatus", "")))


@blueprint.post("/voice/recorded")
def recorded() -> Response:
    """A recording ended; it is noted before anything is said about it."""
    kept = bool(RECORDING.fullmatch(request.form.get("RecordingSid", ""))) and _keep_recording("recorded")
    return _at(Recorded(kept, request.form.get("Digits", "").replace("hangup", "")))


@blueprint.post("/voice/recording")
def recording() -> Response:
    """The provider says that a recording is ready. Its address is never fetched as posted."""
    if request.form.get("RecordingStatus", "completed") == "completed":
        _keep_recording("completed")
    return _xml(twiml.render_nothing())


@blueprint.post("/voice/status")
def status() -> Response:
    """How the call stands, in any order; it never goes back. At its end a draft becomes a complaint."""
    door, sid, now = phone(), _sid(), phone().house.clock()
    try:
        with door.house.db.writing() as conn:
            calls.start(conn, sid, "open", now)
            moved = calls.set_status(conn, sid, request.form.get("CallStatus", ""), now)
        if moved and request.form.get("CallStatus") in GONE:
            _hung_up(door, sid)
    except Exception as error:
        log.exception("a call's status could not be kept: %s", type(error).__name__)
    return _xml(twiml.render_nothing())


@blueprint.post("/voice/whisper")
def whisper_first() -> Response:
    """An agent's phone was picked up: what it is about, and a key to accept."""
    door, handoff, agent = phone(), _whole("h"), _whole("a")
    try:
        if handoff is not None:
            _note_picked_up(door, handoff, agent or 0)
        words = whisper(door, handoff, door.house.clock())
    except Exception as error:
        log.exception("the whisper could not be read: %s", type(error).__name__)
        words = whisper(door, None, door.house.clock())
    action = door.url("whispered", h=handoff, a=agent)
    return _xml(twiml.render_whisper(words, door.engine, action))


@blueprint.post("/voice/whispered")
def whispered() -> Response:
    """1: accept, compare and set; an empty document bridges. Anything else, and silence, hangs up."""
    door, handoff, agent = phone(), _whole("h"), _whole("a")
    key = request.form.get("Digits", "")
    try:
        accepted = _whisper_key(door, handoff, agent, key)
    except Exception as error:
        log.exception("the acceptance could not be kept: %s", type(error).__name__)
        accepted = key == "1"
    if accepted:
        return _xml(twiml.render_nothing())
    gone = door.house.content.say("utter_whisper_gone", "phone").text if key == "1" else ""
    return _xml(twiml.render_goodbye(gone, door.engine))


# ---- one turn


@dataclass(frozen=True)
class _Ringing:
    """The line's report of a ring, before our own row is read."""

    bridged: str
    status: str


def _caller_event() -> Event:
    """What came in: both, either or neither. Zeros win; else speech, which holds more than a stray key."""
    digits, words = request.form.get("Digits", ""), request.form.get("SpeechResult", "")
    if digits and (not words.strip() or set(digits) <= {"0", "#"}):
        return Keys(digits)
    if words.strip():
        return Words(words, _confidence(request.form.get("Confidence", "")))
    return Silence()


def _confidence(given: str) -> float:
    """1.0 when the recogniser says nothing usable; some engines always say 0.0 for "not known"."""
    try:
        return float(given) or 1.0
    except ValueError:
        return 1.0


def _at(event: Event | _Ringing) -> Response:
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


def _answer(place: Place, turn: int, event: Event | _Ringing) -> Response:
    """The answer of this turn: the stored one, else a new one, else patience, else the emergency."""
    door, sid = phone(), _sid()
    job = _Turn(door, sid, turn, place, event, door.engine.shown_number(_form("From")))
    again = _whole("w") or 0
    stored = _stored(door, sid, str(turn))
    if stored is not None:
        return _xml(stored)
    try:
        if again and not door.once.waiting((sid, turn)):
            return _xml(_emergency(door, sid, place, turn))
        answer = door.once.answer((sid, turn), job.run)
    except Exception as error:
        log.exception("a turn failed: %s", type(error).__name__)
        return _xml(_emergency(door, sid, place, turn))
    if answer is not None:
        return _xml(answer)
    return _xml(_patience(door, again) if again < MOST_PATIENCE else _emergency(door, sid, place, turn))


@dataclass(frozen=True)
class _Turn:
    """Everything one turn needs, so that it can run beside the request."""

    door: Phone
    sid: str
    number: int
    place: Place
    event: Event | _Ringing
    caller: str | None

    @property
    def turn(self) -> str:
        return str(self.number)

    def run(self) -> str:
        now = self.door.house.clock()
        dialogue = Dialogue(self.door, self.sid, self.turn, self.caller, now)
        event = self.event
        if isinstance(event, _Ringing):
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
                calls.start(conn, self.sid, place.node, now)
                first = calls.answer(conn, self.sid, self.turn)
                if first is not None:
                    return first
                calls.keep_answer(conn, self.sid, self.turn, document, now)
                calls.change(conn, self.sid, node=place.node, **_conversation_of(conn, self.sid))
                dialogue.note_caller(conn)
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


def _ring_result(door: Phone, sid: str, place: Place, ringing: _Ringing) -> Rang:
    """By our acceptance row, then DialBridged, then DialCallStatus. An ended talk is noted."""
    now = door.house.clock()
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
        ours = calls.get(conn, sid)
    agent = row.agent_id if row is not None else None
    result = call.dial_result(agent is not None, ringing.bridged, ringing.status)
    if result == "accepted":
        if row is not None:
            door.house.agents.end_call(row.id, "accepted", now)
        return Rang(result, talked=agent or 0)
    picked = (ours.counts or {}).get("picked_up", []) if ours is not None else []
    out = tuple(one for one in place.ringing if one in picked or (row is not None and one in row.tried))
    return Rang(result, out if result == "declined" else ())


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


# ---- small things


def _hung_up(door: Phone, sid: str) -> None:
    """The caller has gone: the talk is over, a draft becomes a complaint, nobody waits any more."""
    now = door.house.clock()
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
    if row is not None and row.agent_id is not None:
        door.house.agents.end_call(row.id, "accepted", now)
    door.house.reception.left(sid, now)
    with door.house.db.writing() as conn:
        if row is not None and row.agent_id is None:
            handoffs.end(conn, row.id, "customer_left", now)
        if conversations.get(conn, sid) is not None:
            events.append(conn, names.CALL_ENDED, now, conversation_id=sid)


def _whisper_key(door: Phone, handoff: int | None, agent: int | None, key: str) -> bool:
    """Whether this leg is bridged now."""
    if handoff is None or agent is None:
        return key == "1"
    with door.house.db.reading() as conn:
        row = handoffs.get(conn, handoff)
        ours = calls.get(conn, row.conversation_id) if row is not None else None
    if row is None or (ours is not None and ours.status_rank >= calls.FINAL):
        return False
    if key == "1":
        return door.house.agents.accept_call(agent, handoff, door.house.clock())
    if key == "2" and not row.ended_at:
        door.house.agents.decline(agent, handoff, door.house.clock())
    return False


def _note_picked_up(door: Phone, handoff: int, agent: int) -> None:
    """Whose phone was answered, so that a voicemail is left out next time and its colleagues are not."""
    with door.house.db.writing() as conn:
        row = handoffs.get(conn, handoff)
        ours = calls.get(conn, row.conversation_id) if row is not None else None
        if ours is not None:
            picked = [*(ours.counts or {}).get("picked_up", []), agent]
            calls.change(conn, ours.sid, counts={**(ours.counts or {}), "picked_up": picked})


def _keep_recording(state: str) -> bool:
    """A row for the recording, and a page, since a person has to listen. False when it cannot be kept."""
    sid, door = _form("RecordingSid"), phone()
    if not RECORDING.fullmatch(sid):
        return False
    try:
        with door.house.db.writing() as conn:
            conversation = conversations.get(conn, _sid())
            complaint = conversation.complaint_id if conversation is not None else None
            now, length = door.house.clock(), _form("RecordingDuration")
            seconds = int(length) if length.isascii() and length.isdigit() and len(length) < 6 else None
            new = calls.keep_recording(
                conn, sid=sid, call_sid=_sid(), complaint_id=complaint, status=state, seconds=seconds, at=now
            )
            if new and complaint is not None:
                events.append(conn, names.SUPERVISOR_PAGED, now, complaint_id=complaint, reason="recording")
    except Exception as error:
        log.exception("a recording could not be noted: %s", type(error).__name__)
        return False
    return True


def _sid() -> str:
    """The call's id. Without a usable one the call still gets a conversation, and a person."""
    given = _form("CallSid")
    return given if SID.fullmatch(given) else f"lost-{uuid.uuid4().hex}"


def _form(name: str) -> str:
    return request.form.get(name, "")


def _whole(name: str) -> int | None:
    """A whole number from our own address, or None."""
    given = request.args.get(name, "")
    if not (given.isascii() and given.isdigit() and len(given) < 10):
        return None
    return int(given) if int(given) < LARGEST_AGENT else None


def _xml(document: str) -> Response:
    return Response(document, content_type="text/xml; charset=utf-8")
