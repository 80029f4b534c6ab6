"""A wish for a human, recognised without a model, in every state and every door."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.content import known_keys, mapping_at, texts_at
from core.cues import Cues
from core.text import fold

_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
LONGEST_WORD = 30
LONGEST_READ = 2000  # characters read from each end, so that a pasted novel costs no time


@dataclass(frozen=True)
class Wishes:
    """`alone`: texts that are the whole message (0, 00); `cues`: words anywhere in it; `insults`: clauses
    that ask whether we are human, and mean nothing but anger."""

    alone: frozenset[str]
    cues: Cues
    insults: Cues = field(default_factory=Cues)

    @classmethod
    def from_mapping(cls, value: object, where: str = "escape.yml") -> Wishes:
        """From `alone`, `anywhere` and `insults`; raises ContentError."""
        given = mapping_at(value, where)
        known_keys(given, ("alone", "anywhere", "insults"), where)
        alone = frozenset(_bare(fold(word)) for word in texts_at(given.get("alone"), f"{where}.alone"))
        anywhere = Cues.from_mapping(given.get("anywhere"), f"{where}.anywhere")
        return cls(alone, anywhere, Cues.from_mapping(given.get("insults"), f"{where}.insults"))


def wish_for_human(folded: str, wishes: Wishes) -> str | None:
    """The words that ask for a person, or None. Look-alikes (labour cost, a robot vacuum cleaner, what "the
    human" said before, "no human needed") are none. Under 0.2 ms for 1,000 characters."""
    if len(folded) > 2 * LONGEST_READ:
        folded = f"{folded[:LONGEST_READ]}\n{folded[-LONGEST_READ:]}"
    if alone(folded, wishes):
        return _bare(folded)
    hit = wishes.cues.first(folded)
    return hit.words if hit else None


def alone(folded: str, wishes: Wishes) -> bool:
    """Whether the whole message is such a word, so that nothing else can be meant."""
    return len(folded) < LONGEST_WORD and _bare(folded) in wishes.alone


def insult(words: str, wishes: Wishes) -> bool:
    """Whether the words for which a person was thought to be wanted only ask, in anger, if we are human."""
    return wishes.insults.first(words) is not None


def _bare(folded: str) -> str:
    return _EDGE.sub("", folded)
