"""What the customer wants: a kind for each wish said, with the words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from core.content import ContentError, mapping_at
from core.cues import Cues

NEAR = 8  # characters before a wish in which its denial stands
KINDS = (
    "refund",
    "exchange",
    "repair",
    "reship",
    "apology",
    "explanation",
    "compensation",
    "visit",
    "reply",
    "other",
)


@dataclass(frozen=True)
class Wish:
    """One kind of outcome and the words that asked for it."""

    kind: str
    words: str
    start: int


@dataclass(frozen=True)
class Wishes:
    """The cues of each kind."""

    kinds: Mapping[str, Cues]

    @classmethod
    def from_mapping(cls, value: object, where: str = "wanted.yml") -> Wishes:
        """From {kind: cues}; raises ContentError for an unknown kind."""
        given = mapping_at(value, where)
        for kind in given:
            if kind not in KINDS:
                raise ContentError(where, f"unknown kind {kind!r}; known are {', '.join(KINDS)}")
        return cls(
            {kind: Cues.from_mapping(given[kind], f"{where}.{kind}") for kind in KINDS if kind in given}
        )


def find(folded: str, wishes: Wishes) -> list[str]:
    """The kinds of outcome asked for, in the order said; each once; [] when none was recognised."""
    return [wish.kind for wish in said(folded, wishes)]


def said(folded: str, wishes: Wishes) -> list[Wish]:
    """The same with the words that decided."""
    found = []
    for kind, cues in wishes.kinds.items():
        hit = cues.first(folded)
        if hit:
            found.append(Wish(kind, hit.words, hit.start))
    return sorted(found, key=lambda wish: wish.start)


def meant(folded: str, wishes: Wishes, denied: re.Pattern[str]) -> list[Wish]:
    """The wishes that are not denied just before they are named ("not a refund, an exchange")."""
    return [wish for wish in said(folded, wishes) if not _ends_with(denied, folded[: wish.start][-NEAR:])]


def _ends_with(pattern: re.Pattern[str], text: str) -> bool:
    return any(match.end() == len(text) for match in pattern.finditer(text))
