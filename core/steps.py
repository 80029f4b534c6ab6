"""The seven steps of a complaint: how far it is, and what is on record for the next move."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from core import complaint

STEPS = complaint.OPEN_STATES
"""The seven steps by the state in which each is worked on: accept, investigate, memo, confer, carry out,
follow up, feed back."""

DONE, NOW, AHEAD, SKIPPED = "done", "now", "ahead", "skipped"

LEAST_OPTIONS = 2
"""More than one way to settle: with one option there is nothing to choose."""
ACCEPTED, REJECTED, THINKING, NO_ANSWER = "accepted", "rejected", "thinking", "unreachable"
PLAN_ANSWERS = (ACCEPTED, REJECTED, THINKING, NO_ANSWER)

LEVELS = ("company", "department", "person")
RESPONSIBLE = ("us", "dealer", "customer", "third", "shared", "unknown")

SKIP_REASONS = ("solved_on_contact", "no_other_department")
PAUSABLE = ("plan", "resolve")
PAUSE_REASONS = ("customer_to_answer", "customer_asked_later", "third_party")
ENDED_BY_CUSTOMER = PAUSE_REASONS[:2]
"""What the customer's own word ends; a third party's answer is not theirs to give."""

OPEN, TAKEN, UNTAKEN, LATE, REPLIED, RECALLED = "open", "taken", "untaken", "late", "replied", "recalled"


@dataclass(frozen=True)
class Stage:
    """One of the seven steps, `no` from 1: done, the one it stands at now, still ahead, or skipped."""

    no: int
    state: str
    stage: str


def course(state: str, passed: Collection[str]) -> tuple[Stage, ...]:
    """How far a complaint is. `passed`: the states it went through since it was opened, or last reopened."""
    here = STEPS.index(state) if state in STEPS else _over(state)
    return tuple(Stage(no, step, _stage(no - 1, here, step, passed)) for no, step in enumerate(STEPS, 1))


def _over(state: str) -> int:
    """Past the last step when it is over, before the first one for a draft."""
    return len(STEPS) if state in (complaint.CLOSED, complaint.WITHDRAWN) else -1


def _stage(place: int, here: int, step: str, passed: Collection[str]) -> str:
    if place >= here:
        return NOW if place == here else AHEAD
    return DONE if step == complaint.REGISTERED or step in passed else SKIPPED


@dataclass(frozen=True)
class Work:
    """What the rows of a complaint's present round say, each a need of a move in `core.complaint.MOVES`.

    Nothing here is taken from a form: a need is met when its row is there.
    """

    owner: bool = False
    memo: bool = False
    replies: bool = False
    customer_agreed: bool = False
    remedies_approved: bool = False
    remedies_proved: bool = False
    answers_or_attempts: bool = False
    cause: bool = False
    responsibility: bool = False
    passed_on: bool = False
    customer_told: bool = False
    customer_words: bool = False

    def have(self, reason: str = "") -> frozenset[str]:
        """The needs that are met. `reason`: words that stay with the move, where a move asks for some."""
        met = {field.name for field in fields(self) if getattr(self, field.name)} - {"replies"}
        if self.replies or reason.strip():
            met.add("replies_or_reason")
        if reason.strip():
            met |= {"reason", "skip_reason"}
        return frozenset(met)


ORDER = tuple("replies_or_reason" if one.name == "replies" else one.name for one in fields(Work))


def next_state(state: str) -> str:
    """The step after this one; "" after the last and for what is over."""
    return (*STEPS, complaint.CLOSED)[STEPS.index(state) + 1] if state in STEPS else ""


def still_needed(state: str, met: Collection[str]) -> tuple[str, ...]:
    """What the straight move to the next step still asks for, in the order in which it comes up."""
    to = next_state(state)
    moves = [move for move in complaint.MOVES if (move.start, move.end) == (state, to)]
    needs = {need for move in moves if complaint.SYSTEM not in move.who for need in move.needs}
    return tuple(need for need in ORDER if need in needs and need not in met)


def skips(state: str) -> tuple[str, ...]:
    """The later steps to which a reason leads from here, past the next one."""
    if state not in complaint.STATES[1:5]:
        return ()
    return STEPS[STEPS.index(state) + 2 : STEPS.index(complaint.FOLLOWING_UP) + 1]


def memo_stage(
    half_at: datetime,
    due_at: datetime,
    now: datetime,
    *,
    taken_at: datetime | None = None,
    replied_at: datetime | None = None,
    recalled_at: datetime | None = None,
) -> str:
    """How a memo stands. Sent is not taken: nobody took it by `half_at`, half of its time: UNTAKEN."""
    if recalled_at is not None or replied_at is not None:
        return RECALLED if recalled_at is not None else REPLIED
    if now >= due_at:
        return LATE
    if taken_at is not None:
        return TAKEN
    return UNTAKEN if now >= half_at else OPEN


def fair(asker: int, workers: Collection[int], recused: Collection[int]) -> bool:
    """Whether this person may ask the customer afterwards: not who owned it or worked on it, nor who is
    kept out of it."""
    return asker not in workers and asker not in recused
