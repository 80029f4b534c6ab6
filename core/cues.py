"""Cue words of one meaning, written by the service team, and the look-alikes that only resemble them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core.content import ContentError, known_keys, mapping_at, texts_at
from core.text import fold

NEVER = re.compile(r"(?!)")
_KEYS = ("words", "patterns", "unless", "unless_patterns")


@dataclass(frozen=True)
class Hit:
    """Words found in a folded text, with their place in it (`end` is one past the last)."""

    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Cues:
    """Compiled cues. A hit that lies wholly inside a look-alike is none. The expressions stay apart, so that
    each begins with few characters and skips the rest of a text at C speed."""

    wanted: tuple[re.Pattern[str], ...] = ()
    lookalike: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def from_mapping(cls, value: object, where: str) -> Cues:
        """From a plain list of words, or `words`, `patterns` (regular expressions), `unless`,
        `unless_patterns`. Raises ContentError; also when nothing at all is listed."""
        given = mapping_at(value if not isinstance(value, list) else {"words": value}, where)
        known_keys(given, _KEYS, where)
        parts = {key: texts_at(given.get(key), f"{where}.{key}") for key in _KEYS}
        if not parts["words"] and not parts["patterns"]:
            raise ContentError(where, "neither words nor patterns are listed")
        return cls(
            _apart(parts["words"], parts["patterns"], where),
            _apart(parts["unless"], parts["unless_patterns"], where),
        )

    def hits(self, folded: str) -> list[Hit]:
        """All cues in the text, from left to right, none overlapping another, without the look-alikes."""
        if not any(pattern.search(folded) for pattern in self.wanted):
            return []
        false = [match.span() for pattern in self.lookalike for match in pattern.finditer(folded)]
        found = [hit for pattern in self.wanted for hit in _true_hits(pattern, folded, false)]
        kept: list[Hit] = []
        for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
            if not kept or hit.start >= kept[-1].end:
                kept.append(hit)
        return kept

    def first(self, folded: str) -> Hit | None:
        """The first cue of the text, or None."""
        hits = self.hits(folded)
        return hits[0] if hits else None


def _true_hits(pattern: re.Pattern[str], folded: str, false: list[tuple[int, int]]) -> list[Hit]:
    """Hits of one expression; after a look-alike the search goes on inside it: it hides no true one."""
    found, match = [], pattern.search(folded)
    while match:
        start, end = match.span()
        hidden = any(left <= start and end <= right for left, right in false)
        if not hidden:
            found.append(Hit(match.group(), start, end))
        match = pattern.search(folded, start + 1 if hidden else end)
    return found


def _apart(words: tuple[str, ...], patterns: tuple[str, ...], where: str) -> tuple[re.Pattern[str], ...]:
    made = [compiled(pattern, where) for pattern in patterns]
    return (either(words, (), where), *made) if words else tuple(made)


NO_CUES = Cues()


def either(words: Iterable[str], patterns: Iterable[str], where: str) -> re.Pattern[str]:
    """One expression for all words (the longest first) and patterns; ContentError names a broken pattern."""
    for pattern in patterns:
        compiled(pattern, where)
    plain = [re.escape(fold(word)) for word in sorted(words, key=len, reverse=True)]
    parts = [f"(?:{fold(pattern)})" for pattern in patterns] + plain
    return compiled("|".join(parts), where) if parts else NEVER


def compiled(pattern: str, where: str) -> re.Pattern[str]:
    """The pattern, its marks folded as texts are; ContentError when it is broken or matches "" too."""
    try:
        made = re.compile(fold(pattern))
    except re.error as broken:
        raise ContentError(where, f"the pattern {pattern!r} is broken: {broken}") from None
    if made.match(""):
        raise ContentError(where, f"the pattern {pattern!r} matches an empty text")
    return made
