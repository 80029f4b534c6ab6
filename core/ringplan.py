"""Who is rung together, and in what order. Pure.

Free agents first, then the rest who are on duty and the supervisor. A phone that may have a voicemail
(`tel:`) rings alone: its mailbox would be the first to answer, and would end the ringing of all others.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

TELEPHONE = "tel:"
DOMESTIC = "tel:+86"
FREE, REST, LAST = 0, 1, 2
AGENT = "agent"


@dataclass(frozen=True)
class Leg:
    """One phone of ours: whose, and where it rings ("client:NAME", "sip:USER@HOST" or "tel:+NUMBER").

    rank: FREE is rung before REST, and that before LAST, whose phones ring for another caller just now.
    """

    agent: int
    address: str
    rank: int = FREE

    @property
    def alone(self) -> bool:
        return self.address.startswith(TELEPHONE)


def rank(role: str, available: bool, on_call: bool) -> int:
    """FREE: an agent who is available, and whoever is on call for this; all others come after them."""
    return FREE if on_call or (available and role == AGENT) else REST


def reachable(address: str, trunk: bool) -> bool:
    """Twilio has called no number of mainland China since 30 Nov 2023; only our own carrier can (a BYOC
    trunk): https://www.twilio.com/docs/voice/bring-your-own-carrier-byoc"""
    return trunk or not address.startswith(DOMESTIC)


def next_group(legs: Sequence[Leg], tried: Collection[int], together: int) -> tuple[Leg, ...]:
    """The phones to ring now: those of the first rank that has any left, at most `together`; a telephone
    alone, after the others of its rank. Empty when everybody was tried."""
    left = [leg for leg in legs if leg.agent not in tried]
    first = [leg for leg in left if leg.rank == min(leg.rank for leg in left)]
    group = [leg for leg in first if not leg.alone]
    return tuple(group[:together] if group else first[:1])
