"""A wish for a person, heard before the caller has finished speaking.

What is heard is reported while it grows (`partialResultCallback`), and no such report can answer with a
document: the call is moved through the phone company's REST side.
https://www.twilio.com/docs/voice/twiml/gather#partialresultcallback

Only the part that stands counts, and only while the rest does not turn it around: "no person" is no wish,
and neither is "a person" that goes on as "al loan". Off unless calls.yml says otherwise.
"""

from __future__ import annotations

from flask import Response

from core.call import ASKED, UNSURE
from ivr.asked import form, sid, whole, xml
from ivr.dialogue import Dialogue
from ivr.door import Phone, blueprint, log, phone
from ivr.twiml import render_nothing
from reception.telephone import Unreachable
from store import calls

FIRM = 0.8  # the recogniser's own measure, 0 to 1, of how unlikely it is to change what it has heard
MOVED = "moved"  # in the call's counts: the turn in which it was moved


def wanted(door: Phone) -> bool:
    """Whether the engine is asked to report what it hears before that is complete."""
    return door.engine.partials and door.house.telephone is not None


@blueprint.post("/voice/partial")
def partial() -> Response:
    """Some words have been heard. Whatever comes of it, the answer is empty and no error."""
    door, turn = phone(), whole("t")
    try:
        stands, heard = _heard()
        if turn is not None and wanted(door) and wishes(door, stands, heard):
            _ring(door, sid(), turn, stands)
    except Exception as error:
        log.exception("a partial result could not be used: %s", type(error).__name__)
    return xml(render_nothing())


def wishes(door: Phone, stands: str, heard: str) -> bool:
    """Whether a person is wished for in what stands, and still in all that has been heard."""
    return bool(door.wishes(stands)) and bool(door.wishes(heard))


def _heard() -> tuple[str, str]:
    """What stands, and all that was heard so far. Engines report one or the other, or both."""
    stable, growing = form("StableSpeechResult"), form("UnstableSpeechResult")
    return stable + (growing if _stability() >= FIRM else ""), stable + growing


def _stability() -> float:
    try:
        return float(form("Stability"))
    except ValueError:
        return 0.0


def _ring(door: Phone, call: str, turn: int, words: str) -> None:
    """Keep the words, then move the call to where a person is rung: once in a turn, and not when the whole
    of what was said has been answered meanwhile."""
    resume = _claim(door, call, turn)
    if resume is None or door.house.telephone is None:
        return
    caller = door.engine.shown_number(form("From"))
    Dialogue(door, call, f"{turn}:partial", caller, door.house.clock()).note(words, UNSURE)
    try:
        door.house.telephone.send(call, door.overridden(f"{resume}&do={ASKED}"))
    except Unreachable as why:
        log.warning("a call could not be moved: %s", type(why).__name__)


def _claim(door: Phone, call: str, turn: int) -> str | None:
    """Where the call goes on, for whoever is first to ask in this turn."""
    with door.house.db.writing() as conn:
        row = calls.get(conn, call)
        if row is None or not row.resume or row.status_rank >= calls.FINAL:
            return None
        counts = row.counts or {}
        if calls.answer(conn, call, str(turn)) is not None or counts.get(MOVED) == turn:
            return None
        calls.change(conn, call, counts={**counts, MOVED: turn})
        return str(row.resume)
