"""Which complaints a role may see, and how: whole, or masked. A person who is recused sees nothing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.complaint import CLOSED, DRAFT, FEEDING_BACK, FOLLOWING_UP, OPEN_STATES, STATES, WITHDRAWN
from core.roles import ADMIN_AGENT

WHOLE = "whole"
MASKED = "masked"
NOTHING = ""


@dataclass(frozen=True)
class Reach:
    """How far a role sees. `states`: every complaint in one of them. `own`: those that are the person's own.
    `department`: those that the person's department answers for. `how`: whole, or masked."""

    states: frozenset[str] = frozenset()
    own: bool = False
    department: bool = False
    how: str = WHOLE


ALL = frozenset(STATES)
REACH = {
    "agent": Reach(states=frozenset({DRAFT, *OPEN_STATES}), own=True),
    "handler": Reach(own=True, department=True),
    "supervisor": Reach(states=ALL),
    ADMIN_AGENT: Reach(states=ALL),
    "follow_up": Reach(states=frozenset({FOLLOWING_UP, FEEDING_BACK, CLOSED, WITHDRAWN}), own=True),
    "auditor": Reach(states=ALL, how=MASKED),
}
"""A role that is not here sees no complaint at all: the administrator keeps accounts, not contents."""


@dataclass(frozen=True)
class Standing:
    """How one person stands to one complaint.

    `own`: they own it, talked with the customer in it, asked the customer afterwards, or do one of the first
    two in another complaint of the same customer that is open. `department`: their department answers for
    it, or was sent a memo about it that was not recalled. `recused`: it is about them, or too near to them.
    """

    state: str
    own: bool = False
    department: bool = False
    recused: bool = False


def sees(role: str, standing: Standing) -> str:
    """WHOLE, MASKED, or NOTHING for a complaint that this person may not know of."""
    reach = REACH.get(role)
    if reach is None or standing.recused:
        return NOTHING
    within = (
        standing.state in reach.states
        or (reach.own and standing.own)
        or (reach.department and standing.department)
    )
    return reach.how if within else NOTHING


# ---- Masked


STAYS = (
    "number",
    "kind",
    "state",
    "channel",
    "source",
    "reopened",
    "opened_at",
    "registered_at",
    "department",
    "owner",
    "promises",
    "handoffs",
    "sequence",
)


def masked_name(name: str) -> str:
    """The first character, and a star for each of the others, at most two."""
    return name[:1] + "*" * min(2, len(name) - 1) if name else ""


def masked_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """What remains of a whole record for somebody who checks the work and not the customer: who did what and
    when, never a word of the customer's, their name, or their number. Lists what stays, so that whatever is
    added to the record is left out until it is named here."""
    kept = {name: record[name] for name in STAYS}
    return {
        **kept,
        "name": masked_name(record["customer"]["name"] or ""),
        "words": [
            {"author": said["author"], "name": said["name"], "at": said["at"], "length": len(said["words"])}
            for said in record["words"]
        ],
        "facts": [
            {"field": field, "by": fact["by"], "at": fact["at"]} for field, fact in record["facts"].items()
        ],
        "evidence": [{"kind": one["kind"], "size": one["size"]} for one in record["evidence"]],
        "mood": {"mood": record["mood"]["mood"], "level": record["mood"]["level"]},
        "flags": [flag["flag"] for flag in record["flags"]],
        "tier": record["tier"]["level"],
    }
