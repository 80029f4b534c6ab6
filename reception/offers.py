"""Which calls ring at an agent's phone now, and which this agent has accepted; read from stored rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from core import events as names
from reception.lines import HELD
from reception.telephone import LONGEST_CALL
from store import calls, events, handoffs
from store.db import Connection, Row

PHONE = "phone"
RING = "ring"
RINGING = "ringing"
TALKING = "talking"
ON_HOLD = "held"
BACK = "back"


@dataclass(frozen=True)
class MyCall:
    """One call as it concerns one agent. `state`: RINGING here, TALKING, ON_HOLD, or BACK: held before, and
    the phone rings once more. `leg`: the phone company's name of the agent's end, while talking."""

    state: str
    handoff: int
    conversation: str
    complaint: int
    since: datetime
    leg: str


def of_agent(conn: Connection, user_id: int, at: datetime) -> list[MyCall]:
    """What the agent has accepted, then what rings, the gravest first."""
    mine = [_accepted(conn, row, at) for row in handoffs.accepted_by(conn, user_id) if row.channel == PHONE]
    rings = [
        _my(RINGING, row, row.asked_at, "")
        for row in handoffs.waiting(conn)
        if row.channel == PHONE and user_id in _rung_for(conn, row, at)
    ]
    return [call for call in (*mine, *rings) if call is not None]


def lines(conn: Connection, at: datetime) -> dict[int, str]:
    """For each agent who has a call, what `line` tells of one, read for all at once."""
    told: dict[int, list[str]] = {}
    for row in handoffs.accepted_calls(conn):
        call = _accepted(conn, row, at)
        if call is not None:
            told.setdefault(row.agent_id, []).append(_told(call))
    for row in handoffs.waiting(conn):
        for who in _rung_for(conn, row, at) if row.channel == PHONE else ():
            told.setdefault(who, []).append(_told(_my(RINGING, row, row.asked_at, "")))
    return {who: " ".join(calls) for who, calls in told.items()}


def line(conn: Connection, user_id: int, at: datetime) -> str:
    """How this agent's calls stand, shortly: "talking:41 ringing:45", each with its handoff; "" for none."""
    return " ".join(_told(call) for call in of_agent(conn, user_id, at))


def _told(call: MyCall) -> str:
    return f"{call.state}:{call.handoff}"


def _accepted(conn: Connection, handoff: Row[Any], at: datetime) -> MyCall | None:
    call = _live(conn, handoff.conversation_id, at)
    if call is None:
        return None
    if call.agent_leg is None and call.node == HELD:
        return _my(ON_HOLD, handoff, _held_since(conn, handoff), "")
    state = BACK if call.agent_leg is None else TALKING
    return _my(state, handoff, handoff.accepted_at, call.agent_leg or "")


def _held_since(conn: Connection, handoff: Row[Any]) -> datetime:
    told = events.of_complaint(conn, handoff.complaint_id)
    held: list[datetime] = [event.at for event in told if event.name == names.CALL_HELD]
    latest: datetime = max([handoff.accepted_at, *held])
    return latest


def _rung_for(conn: Connection, handoff: Row[Any], at: datetime) -> set[int]:
    """Whose phones ring for this caller now."""
    call = _live(conn, handoff.conversation_id, at)
    rings = call is not None and call.node == RING
    return _rung(call) - set(handoff.tried) if rings and call is not None else set()


def _my(state: str, handoff: Row[Any], since: datetime, leg: str) -> MyCall:
    return MyCall(state, handoff.id, handoff.conversation_id, handoff.complaint_id, since, leg)


def _live(conn: Connection, sid: str, at: datetime) -> Row[Any] | None:
    call = calls.get(conn, sid)
    return call if call is not None and not call.ended_at and call.started_at > at - LONGEST_CALL else None


def _rung(call: Row[Any]) -> set[int]:
    """Whose phones ring: it stands in the address at which the call goes on."""
    told = parse_qs(urlsplit(call.resume or "").query).get("ringing", [""])[0]
    return {int(one) for one in told.split("-") if one.isdigit()}
