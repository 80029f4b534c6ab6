"""Which fact a person's sentence asks the customer for, from its words: nobody is asked what he has told."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.content import ContentError, known_keys, mapping_at
from core.cues import NO_CUES, Cues
from core.text import fold

SENTENCE = re.compile(r"[^。!?;\n]+[。!?;\n]*")
FIELDS = (
    "story",
    "phone",
    "name",
    "reference",
    "happened",
    "subject",
    "wanted",
    "loss_claimed",
    "evidence",
)
"""What can be asked for, as the record names it."""
SHORTEST_VALUE = 2  # characters of a known value that prove it is read back


@dataclass(frozen=True)
class Asking:
    """Words that ask. `requests`: what makes a sentence a question or a request; `about`: names of facts,
    asked for in such a sentence; `alone`: phrases that ask by themselves; `checks`: what only reads back."""

    requests: Cues = NO_CUES
    checks: Cues = NO_CUES
    about: Mapping[str, Cues] = field(default_factory=dict)
    alone: Mapping[str, Cues] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, value: object, where: str = "asking.yml") -> Asking:
        """Raises ContentError, also for a fact that the record does not have."""
        given = mapping_at(value, where)
        known_keys(given, ("requests", "checks", "about", "alone"), where)
        return cls(
            Cues.from_mapping(given.get("requests"), f"{where}.requests"),
            Cues.from_mapping(given.get("checks"), f"{where}.checks"),
            _by_field(given.get("about"), f"{where}.about"),
            _by_field(given.get("alone"), f"{where}.alone"),
        )


def asked_for(text: str, asking: Asking, known: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The facts that this text asks for, of those in `known`, in their order. A fact's known values are
    given as texts: a sentence that holds one of them reads it back and asks for nothing new."""
    found: set[str] = set()
    for part in SENTENCE.findall(fold(text)):
        if asking.checks.first(part) is None:
            found |= {
                name for name in known if _asks(part, name, asking) and not _read_back(part, known[name])
            }
    return tuple(name for name in FIELDS if name in found)


def _asks(part: str, name: str, asking: Asking) -> bool:
    alone, about = asking.alone.get(name, NO_CUES), asking.about.get(name, NO_CUES)
    if alone.first(part) is not None:
        return True
    return about.first(part) is not None and asking.requests.first(part) is not None


def _read_back(part: str, values: Sequence[str]) -> bool:
    bare = part.replace(" ", "")
    folded = (fold(value).replace(" ", "") for value in values)
    return any(len(value) >= SHORTEST_VALUE and value in bare for value in folded)


def _by_field(value: object, where: str) -> Mapping[str, Cues]:
    given = mapping_at(value, where)
    for name in given:
        if name not in FIELDS:
            raise ContentError(where, f"unknown fact {name!r}; known are {', '.join(FIELDS)}")
    return {name: Cues.from_mapping(cues, f"{where}.{name}") for name, cues in given.items()}
