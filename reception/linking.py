"""Two complaints of one person are about the same thing, or are not after all: a person at the desk says so.

A machine links by what was told (`reception.repeats`). This is for what it cannot see, most of all a draft
in which the customer comes back to an earlier complaint in other words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import events as names
from reception import repeats
from reception.acting import Refused
from store import complaints, events
from store.db import Connection, Database, Row


@dataclass(frozen=True)
class Linking:
    """Every method takes who acts, two complaints in any order, why, and when; that they may see both is for
    the desk to check. Raises Refused."""

    db: Database

    def link(self, user_id: int, complaint_id: int, other_id: int, why: str, at: datetime) -> None:
        """The later of the two is the earlier one come back. Twice is once. Refused for complaints of two
        people: that they are one person is said first (`reception.joining`)."""
        with self.db.writing() as conn:
            later, earlier = _in_order(conn, complaint_id, other_id)
            if earlier.id not in {row.id for row in complaints.of_customer(conn, later.customer_id)}:
                raise Refused("other_person")
            if repeats.linked(conn, later.id, earlier.id):
                return
            complaints.link(conn, later.id, earlier.id, repeats.KIND)
            repeats.flag(conn, later.id, at, by=f"user:{user_id}", words=why)
            _event(conn, names.COMPLAINTS_LINKED, later, earlier, user_id, why, at)

    def unlink(self, user_id: int, complaint_id: int, other_id: int, why: str, at: datetime) -> None:
        """They are about two things, whoever said otherwise; no rule links them again."""
        with self.db.writing() as conn:
            later, earlier = _in_order(conn, complaint_id, other_id)
            if not complaints.unlink(conn, later.id, earlier.id, repeats.KIND):
                raise Refused("link_changed")
            _event(conn, names.COMPLAINTS_UNLINKED, later, earlier, user_id, why, at)
            repeats.unflag(conn, later.id, user_id, why, at)


def _in_order(conn: Connection, one: int, other: int) -> tuple[Row[Any], Row[Any]]:
    """The later, then the earlier one."""
    if one == other:
        raise Refused("link_changed")
    return complaints.get(conn, max(one, other)), complaints.get(conn, min(one, other))


def _event(
    conn: Connection, name: str, later: Row[Any], earlier: Row[Any], user_id: int, why: str, at: datetime
) -> None:
    told: dict[str, Any] = {"other": earlier.id, "number": earlier.number, "reason": why}
    events.append(conn, name, at, complaint_id=later.id, user_id=user_id, **told)
