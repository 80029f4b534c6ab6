"""Tries to reach a customer: what each may end in, and when a customer counts as unreachable."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.due import ZONE

PHONE = "phone"
MESSAGE = "message"

REACHED = "reached"
NOT_REACHED = "not_reached"
BUSY = "busy"
WRONG_NUMBER = "wrong_number"
LEFT_MESSAGE = "left_message"
CALLING = "calling"
"""A call of our own that has not ended yet; nobody can claim it."""
NOT_MADE = "not_made"
"""A call that never went out: nobody was tried."""

RESULTS = {
    PHONE: (REACHED, NOT_REACHED, BUSY, WRONG_NUMBER, LEFT_MESSAGE),
    MESSAGE: (REACHED, NOT_REACHED, WRONG_NUMBER, LEFT_MESSAGE),
}
"""What somebody may say a try ended in, by its means."""
PURPOSES = ("callback", "progress", "plan", "follow_up", "other")
IN_VAIN = frozenset({NOT_REACHED, BUSY, LEFT_MESSAGE})
"""Tries that the customer could have answered. A wrong number is nobody's silence."""

TIMES = 3
DAYS = 2
PARTS = {"morning": range(5, 12), "afternoon": range(12, 18), "evening": range(18, 24)}


@dataclass(frozen=True)
class Try:
    """One try to reach the customer. `confirmed`: the line connected or the customer says so; False when the
    customer says that nobody was there; None while it is only claimed."""

    at: datetime
    result: str
    confirmed: bool | None = None


def part_of_day(at: datetime) -> str:
    """Morning, afternoon or evening in China; "" at night, when nobody should be tried."""
    hour = at.astimezone(ZONE).hour
    return next((name for name, hours in PARTS.items() if hour in hours), "")


def unreachable(tries: Sequence[Try], heard_at: datetime | None = None) -> bool:
    """Whether the customer was tried in vain often enough: three times, in three parts of the day, over two
    days at least, and has given no sign since the first (`heard_at`: the last one). One word revives it."""
    vain = _in_vain(tries, heard_at)
    days = {one.at.astimezone(ZONE).date() for one in vain}
    return len(vain) >= TIMES and not parts_left(tries, heard_at) and len(days) >= DAYS


def parts_left(tries: Sequence[Try], heard_at: datetime | None = None) -> tuple[str, ...]:
    """The parts of the day in which the customer has not been tried in vain yet."""
    done = {part_of_day(one.at) for one in _in_vain(tries, heard_at)}
    return tuple(part for part in PARTS if part not in done)


def _in_vain(tries: Sequence[Try], heard_at: datetime | None) -> list[Try]:
    """Tries in vain since the customer was last heard or reached. A call that is only claimed ends
    nothing."""
    reached = [one.at for one in tries if one.result == REACHED and one.confirmed]
    since = max((at for at in (*reached, heard_at) if at is not None), default=None)
    return [one for one in tries if one.result in IN_VAIN and (since is None or one.at > since)]


def keeps(result: str, confirmed: bool | None) -> bool:
    """Whether a try keeps the promise of a call: only one that connected, or that the customer confirms."""
    return result == REACHED and confirmed is True


def of_call(status: str, talked: bool) -> str:
    """What a call of our own came to, by its last status at the phone company.
    https://www.twilio.com/docs/voice/api/call-resource#call-status-values"""
    if talked:
        return REACHED
    return {"busy": BUSY, "failed": WRONG_NUMBER}.get(status, NOT_REACHED)


def allowed(means: str, purpose: str, result: str) -> bool:
    """Whether such a try can be written down."""
    known: Collection[str] = RESULTS.get(means, ())
    return result in known and purpose in PURPOSES
