"""Several short messages in a row are one turn: it closes after a quiet time, an urgent one at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.content import known_keys, mapping_at, whole_at

LONGEST = 14
"""Seconds; after 15 the office finishes what nobody answered."""


@dataclass(frozen=True)
class Pace:
    """The quiet time that ends a turn, and the longest that one may last."""

    quiet: timedelta
    most: timedelta

    @classmethod
    def from_mapping(cls, value: object, where: str) -> Pace:
        """Raises ContentError for what is no number of seconds, or a turn shorter than its quiet time."""
        given = mapping_at(value, where)
        known_keys(given, ("quiet", "most"), where)
        most = whole_at(given.get("most"), f"{where}.most", least=1, most=LONGEST)
        quiet = whole_at(given.get("quiet"), f"{where}.quiet", least=1, most=most)
        return cls(timedelta(seconds=quiet), timedelta(seconds=most))

    def closes_at(self, first: datetime, last: datetime, *, urgent: bool) -> datetime:
        """When the turn of messages heard from `first` to `last` is answered. `urgent`: one of them asks for
        a person or tells of danger."""
        return last if urgent else min(last + self.quiet, first + self.most)
