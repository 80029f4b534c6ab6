"""Numbers that may be sums of money, as they are written and said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.message import RANGE, Message
from core.numerals import EITHER, HUNDREDS, MARK, ONES, SUM, UNITS, YUAN_UNIT, read_number


class Sum(NamedTuple):
    """A number that may be a sum: `mark` before and `unit` after it, if said; `round` when it names
    hundreds, thousands or more, as prices are said."""

    value: int
    text: str
    start: int
    end: int
    mark: str
    unit: str
    round: bool

    @property
    def bare(self) -> bool:
        return not self.mark and not self.unit


_SUM = re.compile(rf"(?:(?P<mark>{MARK})\s?|(?<![0-9A-Za-z.]))(?P<number>{SUM})(?:\s?(?P<unit>{YUAN_UNIT}))?")
_ROUND = re.compile(rf"[{HUNDREDS}wWkK]")
_TAIL = re.compile(rf"[{HUNDREDS}]{ONES}$")


def sums(message: Message) -> Iterator[Sum]:
    """Numbers that may be sums, from left to right; a range is one, its lower end the value."""
    before: Sum | None = None
    for match in _SUM.finditer(message.folded):
        it = _sum(message, match)
        if it is None:
            continue
        whole = _range(message, before, it) if before else None
        if before and not whole:
            yield before
        before = whole or it
    if before:
        yield before


def _sum(message: Message, match: re.Match[str]) -> Sum | None:
    said, end = match["number"], match.end()
    if not match["unit"] and _TAIL.search(said) and _begins_next(message, end):
        said, end = said[:-1], end - 1
    half = said[: len(said) // 2]
    stuttered = half * 2 == said and bool(_ROUND.search(said))
    value = read_number(half if stuttered or (len(said) == 2 and EITHER.fullmatch(said)) else said)
    if not value:
        return None
    place = (match.start(), end, match["mark"] or "", match["unit"] or "")
    return Sum(value, said, *place, bool(_ROUND.search(said)))


def _begins_next(message: Message, end: int) -> bool:
    """Whether the last digit belongs to the next words: "five hundred, three days"."""
    folded, words = message.folded, message.words
    return bool(words.one_in_word.match(folded, end - 1) or words.not_money_after.match(folded, end))


def _range(message: Message, low: Sum, high: Sum) -> Sum | None:
    """Two sums as one when only a mark of range stands between: three to five thousand."""
    if (low.unit and not high.unit) or not RANGE.fullmatch(message.folded, low.end, high.start):
        return None
    if message.ends(message.words.rising, low.start) or (low.bare and high.bare and not high.round):
        return None
    units = [UNITS[mark] for mark in high.text if mark in UNITS]
    times = max(units) if units and low.bare and not low.round and low.value < high.value / max(units) else 1
    text, value = low.text + high.text, low.value * times
    return Sum(value, text, low.start, high.end, low.mark, high.unit, round=True)
