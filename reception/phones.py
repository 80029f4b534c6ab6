"""Who can be rung for a caller now: who is on duty or on call, and not on the line already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import ringplan
from core.conversation import AGENT
from core.ringplan import Leg
from reception.content import Content
from store import handoffs, users
from store.db import Connection, Row

GRAVE = 3
WHISPERED = timedelta(seconds=20)
"""What a phone that was picked up may take until its key is pressed, beyond the ringing itself."""
SEEN = timedelta(seconds=60)
"""A turn of the waiting room is shorter: whoever was not heard of for so long waits no more."""


@dataclass(frozen=True)
class Phones:
    """staffed: somebody is there for this caller, if perhaps on the line; legs: whom to ring, in order."""

    staffed: bool = False
    legs: tuple[Leg, ...] = ()


def on_call(content: Content, tier: int) -> frozenset[str]:
    """Logins of those whose phone rings at any hour for a complaint of this tier."""
    return content.hours.on_call if tier >= GRAVE else frozenset()


def staffed(conn: Connection, content: Content, tier: int, now: datetime) -> bool:
    """Whether anybody with a phone is there for a complaint of this tier."""
    called = on_call(content, tier)
    return _counted_on(_people(conn, called, now), called)


def _people(conn: Connection, called: frozenset[str], now: datetime) -> list[Row[Any]]:
    """Those with a phone who are on duty, busy ones too, and those on call."""
    return [one for one in users.present_or(conn, now, called) if one.phone]


def _counted_on(people: list[Row[Any]], called: frozenset[str]) -> bool:
    """Who has said to be busy is rung after the others, and alone is nobody to promise a caller."""
    return any(one.presence == users.AVAILABLE or one.login in called for one in people)


def for_call(
    conn: Connection,
    content: Content,
    conversation: Row[Any],
    handoff: Row[Any] | None,
    tier: int,
    now: datetime,
    *,
    trunk: bool,
    only: int = 0,
    waits: bool = False,
    behind: bool = False,
) -> Phones:
    """Whom to ring for this call now. Nobody who declined, is on the line or holds a caller, and no line that
    failed lately; once somebody has accepted, only that one. A phone that rings for another caller comes
    last, and for who waits not at all: a first wish rings at once, an offer is made to one caller.

    only: this one, even if away, if that line can be rung. waits: in the waiting room. behind: whoever waits
    in front there comes first.
    """
    if conversation.speaker == AGENT and handoff is not None and handoff.agent_id:
        owner = users.get(conn, handoff.agent_id)
        found = [owner] if owner is not None and owner.phone else []
        return Phones(bool(found), tuple(Leg(one.id, one.phone) for one in found))
    called = on_call(content, tier)
    people = _people(conn, called, now)
    named = users.get(conn, only) if only and only not in {one.id for one in people} else None
    found = people + ([named] if named is not None and named.phone else [])
    ringing_since = now - timedelta(seconds=content.flow.ring_seconds) - WHISPERED
    talking, ringing = handoffs.engaged(conn, conversation.id, ringing_since) if found else (set(), set())
    out = talking | (ringing if waits else set()) | set(handoff.tried if handoff is not None else ())
    usable = [one for one in found if one.id not in out and _works(one, now, trunk)]
    legs = tuple(sorted((_leg(one, called, ringing) for one in usable), key=lambda leg: leg.rank))
    chosen = tuple(leg for leg in legs if leg.agent == only)
    if behind and handoff is not None:
        legs = legs[_in_front(conn, handoff.id, now) :]
    return Phones(_counted_on(people, called) or bool(chosen), chosen or legs)


def _leg(one: Row[Any], called: frozenset[str], ringing: set[int]) -> Leg:
    first = ringplan.rank(one.role, one.presence == users.AVAILABLE, one.login in called)
    return Leg(one.id, one.phone, ringplan.LAST if one.id in ringing else first)


def _in_front(conn: Connection, handoff_id: int, now: datetime) -> int:
    """How many callers in the waiting room come before this one."""
    ids = [row.id for row in handoffs.in_waiting_room(conn, now - SEEN)]
    return ids.index(handoff_id) if handoff_id in ids else 0


def _works(user: Row[Any], now: datetime, trunk: bool) -> bool:
    """Whether this line may be tried: one that failed is left alone for a while."""
    rests = user.line_out_until is not None and user.line_out_until > now
    return not rests and ringplan.reachable(user.phone, trunk)
