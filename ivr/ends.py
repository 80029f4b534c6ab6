"""How talks, rings and calls end, in rows: what is reported is noted before anything is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core import call
from core import events as names
from core.call import Event, Lost, Place, Rang, Resumed
from ivr import asked, ringing
from ivr.dialogue import Dialogue
from ivr.door import Phone, log
from ivr.ringing import Report
from reception.telephone import OVER
from store import calls, conversations, events, handoffs, users

FAILED = "failed"
BRIDGED_BY = timedelta(seconds=5)
"""A talk begins that soon after the key, or it does not begin."""
LINE_OUT_FOR = timedelta(minutes=5)


def taken_out(door: Phone, sid: str, event: Resumed) -> Event:
    """A talk that was on has ended with this request; on hold its agent still is the one who speaks."""
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
    agent = row.agent_id if row is not None else None
    if event.do in (call.HOLD, call.BACK) and (row is None or agent is None):
        return Lost()
    if event.do == call.HOLD and row is not None:
        door.house.agents.hold_call(row.id, door.house.clock())
    return replace(event, by=agent or 0)


def overtaken(door: Phone, sid: str, turn: int | None, query: str) -> str | None:
    """Where a call goes that the desk has sent to a turn which was answered just before: on from there, to do
    the same. None when it is where it should be, and for a repeat of what was done already."""
    try:
        with door.house.db.reading() as conn:
            call = calls.get(conn, sid)
            answered = turn is not None and calls.answer(conn, sid, str(turn)) is not None
    except Exception as error:
        log.exception("where a call stands could not be read: %s", type(error).__name__)
        return None
    if call is None or not (answered and call.moving_to and call.resume):
        return None
    wanted = "&".join(part for part in query.split("&") if part.split("=")[0] in ("do", "a"))
    return f"{call.resume}&{wanted}"


def ring_result(door: Phone, sid: str, place: Place, report: Report) -> Rang:
    """How the ring ended, by our own rows. When they cannot be read, by what was reported: who has talked is
    not rung again."""
    try:
        return _ring_result(door, sid, place, report)
    except Exception as error:
        log.exception("how a ring ended could not be kept: %s", type(error).__name__)
        return ringing.ended(report, None, place.ringing, ())


def _ring_result(door: Phone, sid: str, place: Place, report: Report) -> Rang:
    """Who accepted has talked, or the line broke first: either way that is over, as is a wish after a talk
    that could not be noted when it was accepted."""
    now = door.house.clock()
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
        ours = calls.get(conn, sid)
    agent, tried = (row.agent_id, row.tried) if row is not None else (None, [])
    picked = (ours.counts or {}).get("picked_up", []) if ours is not None else []
    on_line = agent if ours is None or ours.agent_leg is not None else None
    rang = ringing.ended(report, on_line, place.ringing, {*picked, *tried})
    if row is not None and (agent is not None or rang.result == ringing.ACCEPTED):
        door.house.agents.end_call(row.id, ringing.outcome(rang), now)
    _alarm(door, sid, place, rang, now)
    return rang


def _alarm(door: Phone, sid: str, place: Place, rang: Rang, now: datetime) -> None:
    """A line that failed is left out for a while, where it is known which; an odd result is looked into."""
    if rang.result == FAILED and len(place.ringing) == 1:
        line_failed(door, sid, place.ringing[0], now)
    if rang.result == "unknown":
        with door.house.db.writing() as conn:
            _page(conn, sid, now, reason="ring_unknown")


def line_failed(door: Phone, sid: str | None, agent: int, now: datetime) -> None:
    """This agent's line could not be reached: not rung for five minutes, and somebody is told, once."""
    with door.house.db.writing() as conn:
        if users.line_out(conn, agent, now, now + LINE_OUT_FOR):
            _page(conn, sid, now, reason="line_failed", user_id=agent)
    log.warning("a line could not be reached: agent %s", agent)


def _page(conn: Any, sid: str | None, now: datetime, **about: Any) -> None:
    row = conversations.get(conn, sid) if sid else None
    complaint = row.complaint_id if row is not None else None
    events.append(conn, names.SUPERVISOR_PAGED, now, complaint_id=complaint, **about)


def call_over(door: Phone, sid: str, status: str, bridged: str = "") -> None:
    """The call has ended, by whichever of the phone company's requests is the first to say so.

    bridged: the request's DialBridged, which tells whether who had accepted was really on the line."""
    now = door.house.clock()
    with door.house.db.writing() as conn:
        calls.start(conn, sid, "open", now)
        moved = calls.set_status(conn, sid, status, now)
    if moved and status in OVER:
        _hung_up(door, sid, now, bridged)
    elif status in OVER:
        nobody_waits(door, sid)


def nobody_waits(door: Phone, sid: str) -> None:
    """A wish that was stored after the call had ended is over too: what remains of it is the promise."""
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
    if row is not None:
        door.house.agents.end_call(row.id, ringing.LEFT, door.house.clock())


def _hung_up(door: Phone, sid: str, now: datetime, bridged: str) -> None:
    """The caller has gone: the talk is over, a draft becomes a complaint, nobody waits any more."""
    _note_unstored(door, sid, now)
    with door.house.db.reading() as conn:
        row = handoffs.open_of(conn, sid)
    if row is not None:
        talked = row.agent_id if _has_talked(row, bridged, now) else None
        door.house.agents.end_call(row.id, ringing.outcome_of_hanging_up(talked), now)
    door.house.reception.left(sid, now)
    with door.house.db.writing() as conn:
        if conversations.get(conn, sid) is not None:
            events.append(conn, names.CALL_ENDED, now, conversation_id=sid)


def _has_talked(handoff: Any, bridged: str, now: datetime) -> bool:
    """Whether who accepted was on the line. Where the request does not tell, an acceptance of this moment is
    none: a call back too many is better than one too few."""
    accepted = handoff.accepted_at
    return bridged == "true" or (bridged == "" and accepted is not None and now - accepted >= BRIDGED_BY)


def _note_unstored(door: Phone, sid: str, now: datetime) -> None:
    """A call of which nothing could be stored is noted at its end, with the number: a recording that comes
    later names none."""
    caller = door.engine.shown_number(asked.other_end())
    if caller is not None:
        Dialogue(door, sid, "", caller, now).open()
