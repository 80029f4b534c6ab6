"""Options that are answered by their number, where nothing can be tapped."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core.content import ContentError, known_keys, mapping_at, text_at, texts_at
from core.numerals import DIGITS
from core.text import fold

MOST = 9
NUMBER, WORDS = "{number}", "{words}"


@dataclass(frozen=True)
class Options:
    """How an option is written, and what may stand before and after its number in an answer."""

    line: str
    answer: re.Pattern[str]

    @classmethod
    def from_mapping(cls, value: object, where: str) -> Options:
        """Raises ContentError for a line without number or words."""
        given = mapping_at(value, where)
        known_keys(given, ("line", "before", "after"), where)
        line = text_at(given.get("line"), f"{where}.line")
        if NUMBER not in line or WORDS not in line:
            raise ContentError(f"{where}.line", f"must hold {NUMBER} and {WORDS}")
        before = _any_of(texts_at(given.get("before"), f"{where}.before"))
        after = _any_of(texts_at(given.get("after"), f"{where}.after"))
        marks = "".join(DIGITS)
        return cls(line, re.compile(rf"(?:{before})?\s*([{marks}])\s*(?:{after})?"))

    def numbered(self, words: str, options: Sequence[str]) -> str:
        """The words with each option on a line of its own."""
        lines = [
            self.line.replace(NUMBER, str(place)).replace(WORDS, option)
            for place, option in enumerate(options[:MOST], 1)
        ]
        return "\n".join([words, *lines])

    def meant(self, typed: str, options: Sequence[str]) -> str | None:
        """The option whose number was typed, in any width, in words or with a stop; None: something else."""
        found = self.answer.fullmatch(fold(typed))
        place = DIGITS[found[1]] if found else 0
        return options[place - 1] if 1 <= place <= min(len(options), MOST) else None


def _any_of(texts: Collection[str]) -> str:
    return "|".join(re.escape(fold(text)) for text in texts)
