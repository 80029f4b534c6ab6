"""When alike complaints are more than chance: a burst of one grievance, told at once; one thing named again
and again, in the figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from core.content import known_keys, mapping_at, whole_at

LONGEST_BURST = 24 * 60
"""Minutes: what takes longer than a day to gather is for the figures."""
LONGEST_REST = 7 * 24 * 60
LONGEST_NAMED = 366


@dataclass(frozen=True)
class Burst:
    """So many `customers` with one category within this time raise an alert; the same category is told again
    `again` later at the earliest."""

    customers: int
    within: timedelta
    again: timedelta


@dataclass(frozen=True)
class Named:
    """So many complaints that name one product, batch, branch, dealer or person within this time."""

    complaints: int
    within: timedelta


@dataclass(frozen=True)
class Rules:
    """content/clusters.yml."""

    burst: Burst
    named: Named

    @classmethod
    def from_mapping(cls, value: object, where: str = "clusters.yml") -> Rules:
        """Raises ContentError: a number missing or out of range, or an alert that would be told again before
        its own time is over. One alone is like nothing: two at least."""
        given = mapping_at(value, where)
        known_keys(given, ("burst", "named"), where)
        return cls(
            _burst(given.get("burst"), f"{where}: burst"), _named(given.get("named"), f"{where}: named")
        )


def _burst(value: object, where: str) -> Burst:
    given = mapping_at(value, where)
    known_keys(given, ("customers", "minutes", "again"), where)
    customers = whole_at(given.get("customers"), f"{where}.customers", least=2)
    within = whole_at(given.get("minutes"), f"{where}.minutes", least=1, most=LONGEST_BURST)
    again = whole_at(given.get("again"), f"{where}.again", least=within, most=LONGEST_REST)
    return Burst(customers, timedelta(minutes=within), timedelta(minutes=again))


def _named(value: object, where: str) -> Named:
    given = mapping_at(value, where)
    known_keys(given, ("complaints", "days"), where)
    complaints = whole_at(given.get("complaints"), f"{where}.complaints", least=2)
    days = whole_at(given.get("days"), f"{where}.days", least=1, most=LONGEST_NAMED)
    return Named(complaints, timedelta(days=days))
