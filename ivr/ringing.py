"""What the end of a ring, and of a call, means. Pure: rows are read elsewhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.call import Rang, dial_result

ACCEPTED = "accepted"
LEFT = "customer_left"
#: How a talk that never began is noted, by the line's result; what is not named here has failed.
OUTCOMES = {"no-answer": "no_answer", "busy": "busy"}


@dataclass(frozen=True)
class Report:
    """The line's report of a ring (DialBridged, DialCallStatus), before our own row is read."""

    bridged: str
    status: str


def ended(report: Report, agent: int | None, ringing: Collection[int], out: Collection[int]) -> Rang:
    """How the ring ended. `agent`: who has accepted by our row; `out`: who picked up or passed it on."""
    result = dial_result(agent is not None, report.bridged, report.status)
    if result == ACCEPTED:
        return Rang(result, talked=agent or 0)
    left_out = tuple(one for one in ringing if one in out)
    return Rang(result, left_out if result == "declined" else ())


def outcome(rang: Rang) -> str:
    """How an accepted handoff ends: a talk, or why there was none."""
    return ACCEPTED if rang.result == ACCEPTED else OUTCOMES.get(rang.result, "failed")


def outcome_of_hanging_up(agent: int | None) -> str:
    """How an open handoff ends when the caller hangs up."""
    return LEFT if agent is None else ACCEPTED
