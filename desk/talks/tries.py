"""The log of tries to reach the customer, as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import attempts as rules
from desk.shown import Show
from store import attempts, conversations


@dataclass(frozen=True)
class Try:
    """One try. `proof`: a code of labels.yml `attempt_proof`, why it counts or does not."""

    id: int
    at: datetime
    who: str
    means: str
    purpose: str
    result: str
    words: str
    caller_id: str
    proof: str


@dataclass(frozen=True)
class Tries:
    """All tries, the newest first; the parts of the day still to be tried; whether it was enough."""

    log: list[Try]
    left: list[str]
    unreachable: bool


def tries(conn: Any, row: Any, words: Show, people: dict[int, str]) -> Tries:
    """How the customer was sought."""
    rows = attempts.of_complaint(conn, row.id)
    counted, heard = attempts.tries(conn, row.id), conversations.heard_at(conn, row.id)
    begun = any(one.result in rules.IN_VAIN for one in counted)
    left = rules.parts_left(counted, heard) if begun else ()
    return Tries(
        log=[_try(one, people) for one in reversed(rows)],
        left=[words.label("day_parts", part) for part in left],
        unreachable=rules.unreachable(counted, heard),
    )


def _try(row: Any, people: dict[int, str]) -> Try:
    return Try(
        id=row.id,
        at=row.at,
        who=people.get(row.user_id, ""),
        means=row.means,
        purpose=row.purpose,
        result=row.result,
        words=row.words,
        caller_id=row.caller_id or "",
        proof=_proof(row),
    )


def _proof(row: Any) -> str:
    if row.result != rules.REACHED:
        return ""
    if row.confirmed is None:
        return "claimed"
    if not row.confirmed:
        return "denied"
    return "connected" if row.call_sid else "confirmed"
