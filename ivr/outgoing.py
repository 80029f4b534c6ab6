"""Calls that go out for an agent: the customer is rung first, and the agent when the customer has picked up.

From then on it is a call like any other, the customer's end of it ours to move: held, passed on, taken back.
"""

from __future__ import annotations

from core.call import CALLED, Place, Resumed
from ivr.door import Phone
from ivr.ends import call_over
from reception.telephone import OVER
from store import attempts, calls

WAITS = "wait"


def picked_up(door: Phone, sid: str, attempt: int | None) -> tuple[Place, int, Resumed] | None:
    """Where such a call begins: the agent who calls is rung. None when there is no such call."""
    with door.house.db.reading() as conn:
        row = attempts.get(conn, attempt) if attempt is not None else None
    if row is None or row.call_sid not in (None, sid):
        return None
    unrecorded = door.house.reception.called(sid, row.complaint_id, row.user_id, door.house.clock())
    with door.house.db.writing() as conn:
        attempts.called(conn, row.id, sid)
    return Place(node=WAITS, unrecorded=unrecorded), 0, Resumed(CALLED, row.user_id)


def ended(door: Phone, sid: str, attempt: int | None, status: str, bridged: str) -> None:
    """The end of a call of ours, in any order and more than once."""
    if attempt is None or status not in OVER:
        return
    with door.house.db.reading() as conn:
        begun = calls.get(conn, sid) is not None
    if begun:
        call_over(door, sid, status, bridged)
    door.house.attempts.ended(attempt, status, door.house.clock())


def notice(door: Phone, place: Place) -> dict[str, str]:
    """What whoever is called must know before speaking."""
    recorded = door.talks and not place.unrecorded
    return {"notice": door.house.content.label("notices", "recorded" if recorded else "unrecorded")}
