"""The complaint's states and moves: seven steps, none skipped without a reason."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

DRAFT = "draft"
REGISTERED = "registered"
INVESTIGATING = "investigating"
MEMO_SENT = "memo_sent"
CONFERRING = "conferring"
CARRYING_OUT = "carrying_out"
FOLLOWING_UP = "following_up"
FEEDING_BACK = "feeding_back"
CLOSED = "closed"
WITHDRAWN = "withdrawn"

STATES = (
    DRAFT,
    REGISTERED,
    INVESTIGATING,
    MEMO_SENT,
    CONFERRING,
    CARRYING_OUT,
    FOLLOWING_UP,
    FEEDING_BACK,
    CLOSED,
    WITHDRAWN,
)
OPEN_STATES = STATES[1:8]

RECORDED_ONLY = "recorded_only"
"""How a grumble ends: kept, with nobody to answer it."""

SYSTEM = "system"
CUSTOMER = "customer"
AGENT = "agent"
OWNER = "owner"
SUPERVISOR = "supervisor"


@dataclass(frozen=True)
class Move:
    """One permitted move: `needs` are facts that must be on record before it."""

    start: str
    end: str
    needs: frozenset[str]
    who: frozenset[str]


def _move(start: str, end: str, needs: str, who: str) -> Move:
    return Move(start, end, frozenset(needs.split()), frozenset(who.split()))


MOVES = (
    _move(DRAFT, REGISTERED, "", "system"),
    _move(DRAFT, WITHDRAWN, "customer_words", "customer"),
    _move(REGISTERED, INVESTIGATING, "owner", "agent owner supervisor"),
    _move(INVESTIGATING, REGISTERED, "taken_by_mistake", "system"),
    _move(INVESTIGATING, MEMO_SENT, "memo", "owner"),
    _move(MEMO_SENT, CONFERRING, "replies_or_reason", "owner"),
    _move(CONFERRING, CARRYING_OUT, "customer_agreed remedies_approved", "owner"),
    _move(CONFERRING, INVESTIGATING, "reason", "owner supervisor"),
    _move(CARRYING_OUT, FOLLOWING_UP, "remedies_proved", "owner"),
    _move(FOLLOWING_UP, FEEDING_BACK, "answers_or_attempts", "follow_up"),
    _move(FOLLOWING_UP, INVESTIGATING, "reason", "follow_up system"),
    _move(FEEDING_BACK, CLOSED, "cause responsibility passed_on customer_told", "supervisor follow_up"),
    _move(CLOSED, INVESTIGATING, "reason", "customer system supervisor"),
    _move(WITHDRAWN, INVESTIGATING, "reason", "customer system supervisor"),
    _move(REGISTERED, CLOSED, "recorded_only", "system"),
)


class NotAllowed(Exception):
    """The move is not permitted; `needs` names what is missing (empty: never for this person)."""

    def __init__(self, start: str, end: str, needs: Set[str] = frozenset()) -> None:
        super().__init__(f"{start} to {end} needs {', '.join(sorted(needs)) or 'somebody else'}")
        self.needs = frozenset(needs)


def check_move(start: str, end: str, have: Set[str], who: str) -> None:
    """Pass when the move is permitted to `who` with the facts in `have`; else raise NotAllowed.

    The bot (who "system") never closes a complaint that wants an answer, nor does its handler:
    only a supervisor or a follow-up person does.
    """
    candidates = [m for m in _candidates(start, end, have) if who in m.who]
    if not candidates:
        raise NotAllowed(start, end)
    missing = min((m.needs - have for m in candidates), key=len)
    if missing:
        raise NotAllowed(start, end, missing)


def _candidates(start: str, end: str, have: Set[str]) -> list[Move]:
    found = [m for m in MOVES if (m.start, m.end) == (start, end)]
    if _is_skip(start, end):
        found.append(_move(start, end, "skip_reason", "owner"))
    if start in OPEN_STATES and end == WITHDRAWN:
        found.append(_move(start, end, "customer_words second_person", "supervisor"))
    return found


def _is_skip(start: str, end: str) -> bool:
    """Steps 1 to 4 may go on to a later one, up to the follow-up, with a reason."""
    if start not in STATES[1:5] or end not in STATES[2:7]:
        return False
    return STATES.index(end) > STATES.index(start) + 1
