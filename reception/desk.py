"""The agents' side of the house: their talks in writing, their calls, and whether they are there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from reception.calls import Calls
from reception.talks import GONE_AFTER, Talks
from store import users

__all__ = ["GONE_AFTER", "PRESENT_FOR", "Agents"]

PRESENT_FOR = timedelta(seconds=45)


@dataclass(frozen=True)
class Agents(Talks, Calls):
    """What agents do where customers hear of it. Every method takes who acts and when."""

    def present(self, user_id: int, presence: str, at: datetime) -> None:
        """Set presence; it ends by itself unless it is renewed, so that a closed browser is not rung."""
        with self.db.writing() as conn:
            users.set_presence(conn, user_id, presence, at + PRESENT_FOR)
