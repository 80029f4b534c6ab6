"""The agent's end of a ring: the whisper, and the key that accepts."""

from __future__ import annotations

from flask import Response

from ivr import twiml
from ivr.asked import form, whole, xml
from ivr.door import Phone, blueprint, log, phone
from ivr.voice import whisper
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
        accepted = _whisper_key(door, handoff, agent, key)
    except Exception as error:
        log.exception("the acceptance could not be kept: %s", type(error).__name__)
        accepted = key == "1"
    if accepted:
        return xml(twiml.render_nothing())
    gone = door.house.content.say("utter_whisper_gone", "phone").text if key == "1" else ""
    return xml(twiml.render_goodbye(gone, door.engine))


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
