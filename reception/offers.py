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
    rings = [_rings(conn, row, user_id, at) for row in handoffs.waiting(conn) if row.channel == PHONE]
    return [call for call in (*mine, *rings) if call is not None]


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


def _rings(conn: Connection, handoff: Row[Any], user_id: int, at: datetime) -> MyCall | None:
    call = _live(conn, handoff.conversation_id, at)
    here = call is not None and call.node == RING and user_id in _rung(call) and user_id not in handoff.tried
    return _my(RINGING, handoff, handoff.asked_at, "") if here else None


def _my(state: str, handoff: Row[Any], since: datetime, leg: str) -> MyCall:
    return MyCall(state, handoff.id, handoff.conversation_id, handoff.complaint_id, since, leg)


def _live(conn: Connection, sid: str, at: datetime) -> Row[Any] | None:
    call = calls.get(conn, sid)
    return call if call is not None and not call.ended_at and call.started_at > at - LONGEST_CALL else None


def _rung(call: Row[Any]) -> set[int]:
    """Whose phones ring: it stands in the address at which the call goes on."""
    told = parse_qs(urlsplit(call.resume or "").query).get("ringing", [""])[0]
    return {int(one) for one in told.split("-") if one.isdigit()}
