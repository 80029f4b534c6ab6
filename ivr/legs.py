"""The agent's end of a ring: the whisper, and the key that accepts."""

from __future__ import annotations

from flask import Response

from ivr import twiml
from ivr.asked import form, whole, xml
from ivr.door import Phone, blueprint, log, phone
from ivr.ends import FAILED, line_failed
from ivr.voice import whisper
from reception.acting import Refused
from reception.telephone import OVER
from store import calls, handoffs


@blueprint.post("/voice/whisper")
def whisper_first() -> Response:
    """An agent's phone was picked up: what it is about, and a key to accept."""
    door, handoff, agent = phone(), whole("h"), whole("a")
    try:
        if handoff is not None:
            _note_picked_up(door, handoff, agent or 0)
        words = whisper(door, handoff, door.house.clock())
    except Exception as error:
        log.exception("the whisper could not be read: %s", type(error).__name__)
        words = whisper(door, None, door.house.clock())
    action = door.url("whispered", h=handoff, a=agent)
    return xml(twiml.render_whisper(words, door.engine, action))


@blueprint.post("/voice/whispered")
def whispered() -> Response:
    """1: accept, compare and set; an empty document bridges. Anything else, and silence, hangs up."""
    door, handoff, agent = phone(), whole("h"), whole("a")
    key = form("Digits")
    try:
        accepted, why_not = _whisper_key(door, handoff, agent, key)
    except Refused:
        accepted, why_not = False, "utter_whisper_taken"
    except Exception as error:
        log.exception("the acceptance could not be kept: %s", type(error).__name__)
        accepted, why_not = key == "1", ""
    if accepted:
        return xml(twiml.render_nothing())
    words = door.house.content.say(why_not, "phone").text if why_not else ""
    return xml(twiml.render_goodbye(words, door.engine))


@blueprint.post("/voice/leg")
def leg() -> Response:
    """An agent's leg has ended, told in any order: a line that failed is left out, and who has been on the
    line no longer is."""
    door, handoff, agent = phone(), whole("h"), whole("a")
    try:
        _leg_ended(door, handoff, agent)
    except Exception as error:
        log.exception("an agent's leg could not be noted: %s", type(error).__name__)
    return xml(twiml.render_nothing())


def _leg_ended(door: Phone, handoff: int | None, agent: int | None) -> None:
    """Only ends are told and only they count, so that no earlier status can undo one."""
    status = form("CallStatus")
    if handoff is None or agent is None or status not in OVER:
        return
    with door.house.db.reading() as conn:
        row = handoffs.get(conn, handoff)
    if row is None:
        return
    if status == FAILED:
        line_failed(door, row.conversation_id, agent, door.house.clock())
    else:
        with door.house.db.writing() as conn:
            calls.leg_ended(conn, row.conversation_id, form("CallSid"))


def _whisper_key(door: Phone, handoff: int | None, agent: int | None, key: str) -> tuple[bool, str]:
    """Whether this leg is bridged now, and if not, the reply that tells the agent why."""
    if handoff is None or agent is None:
        return key == "1", ""
    with door.house.db.reading() as conn:
        row = handoffs.get(conn, handoff)
        ours = calls.get(conn, row.conversation_id) if row is not None else None
    over = row is None or (ours is not None and ours.status_rank >= calls.FINAL)
    if key == "1":
        accepts = door.house.agents.accept_call
        if not over and accepts(agent, handoff, door.house.clock(), form("CallSid")):
            return True, ""
        gone = over or (row is not None and row.ended_at and row.agent_id is None)
        return False, "utter_whisper_gone" if gone else "utter_whisper_taken"
    if key == "2" and row is not None and not over and not row.ended_at:
        door.house.agents.decline(agent, handoff, door.house.clock())
    return False, ""


def _note_picked_up(door: Phone, handoff: int, agent: int) -> None:
    """Whose phone was answered, so that a voicemail is left out next time and its colleagues are not."""
    with door.house.db.writing() as conn:
        row = handoffs.get(conn, handoff)
        ours = calls.get(conn, row.conversation_id) if row is not None else None
        if ours is not None:
            picked = [*(ours.counts or {}).get("picked_up", []), agent]
            calls.change(conn, ours.sid, counts={**(ours.counts or {}), "picked_up": picked})
