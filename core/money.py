"""Which sums are money: those with a mark or a unit of it, and those that the words beside them make so."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property

from core.message import CLAUSE, Message, Reference
from core.numerals import HUNDREDS, MYRIADS, PIECE, ROUGHLY, TENS, WHOLE
from core.sums import Sum, sums

LONGEST_SUM = 7  # digits before the point; what is longer is no price


class Money:
    """The sums of one message. What is found about it once is kept: sums are asked for twice, words often."""

    def __init__(self, message: Message) -> None:
        self._message = message
        self._folded = message.folded
        self._words = message.words

    def priced(self) -> Iterator[Reference]:
        """Sums with a mark or a unit of money."""
        for it in self._sums:
            if it.mark or (it.unit and self._is_priced(it)):
                yield self._amount(it)

    def counted(self) -> Iterator[Reference]:
        """Sums without a unit: by the words of money beside them, or beside a sum that is sure."""
        free = [it for it in self._sums if it.bare and self._message.free(it.start, it.end)]
        bare = [it for it in free if self._may_be_money(it)]
        sure = [self._is_counted(it) for it in bare]
        beside = any(sure) or any(it.kind == "amount" for it in self._message.found)
        for it, certain in zip(bare, sure, strict=True):
            if certain or (beside and self._is_led_to(it)):
                yield self._amount(it)

    def _amount(self, it: Sum) -> Reference:
        return Reference("amount", it.value, it.start, it.end, self._folded[it.start : it.end].strip())

    def _is_priced(self, it: Sum) -> bool:
        if it.unit[0] in PIECE:
            return self._is_no_piece(it)
        return it.value >= 10 or not self._words.not_yuan_after.match(self._folded, it.end)

    def _is_no_piece(self, it: Sum) -> bool:
        """The everyday word for yuan counts pieces too: of glass, of cake."""
        words, folded = self._words, self._folded
        if len(it.unit) > 1 and (it.unit[1] in WHOLE or not self._of_pieces(it)):
            return True
        if words.pieces.match(folded, it.end):
            return False
        asked = self._money.before(it.start, 8) >= 0 or bool(words.money_after.match(folded, it.end))
        if it.value < 10:
            asked = asked or self._bought.before(it.start, 2) >= 0 or self._follows(words.money_per, it)
            return asked and it.value > 1 and not self._follows(words.pieces_before, it)
        if asked or it.value >= 100:
            return True
        return not self._follows(words.pieces_before, it) and not self._of_pieces(it)

    def _of_pieces(self, it: Sum) -> bool:
        """Whether things that come in pieces were spoken of."""
        return bool(self._words.pieces_of.search(self._folded, 0, it.start))

    def _may_be_money(self, it: Sum) -> bool:
        """Not a quantity, an ordinal, a room, a hotline..."""
        words = self._words
        if it.value < 10 or it.text.startswith("0") or _figures(it) > LONGEST_SUM:
            return False
        after = words.money_after.match(self._folded, it.end)
        if not after and words.not_money_after.match(self._folded, it.end):
            return False
        if self._follows(words.not_money_before, it):
            return False
        if words.not_sums.fullmatch(it.text) and self._money.before(it.start, 6) < 0:
            return False
        if it.text in TENS or (it.text[0] in HUNDREDS and not self._rounded(it)):
            return False
        return self._not_money.before(it.start, 12) <= self._money.before(it.start, 12)

    def _rounded(self, it: Sum) -> bool:
        """Whether a sum that begins with "hundred" or "thousand", no digit before it, is one: "up to a
        thousand", "some hundred"."""
        if not it.text.strip(HUNDREDS):
            return self._follows(self._words.rounded_before, it, near=1)
        if it.text[1] in ROUGHLY:
            return True
        return it.text[0] not in MYRIADS and self._money.before(it.start, 6) >= 0

    def _is_counted(self, it: Sum) -> bool:
        if self._words.money_after.match(self._folded, it.end):
            return True
        if it.round:
            return self._is_counted_round(it)
        if not self._ends_well(it):
            return False
        if self._money.before(it.start, 7) >= 0:
            return True
        bought = it.value >= 100 and self._bought.before(it.start, 12) >= 0
        return self._spoken_of and ("." in it.text or bought or self._follows(self._words.money_per, it))

    def _is_counted_round(self, it: Sum) -> bool:
        """So prices are said: nothing counted after it is enough, or a thing described by it."""
        if self._money.before(it.start, 12) >= 0:
            return True
        if it.text[-1] in "wWkK":
            return False
        return self._ends_well(it) or bool(self._words.described.match(self._folded, it.end))

    def _is_led_to(self, it: Sum) -> bool:
        """Told along with a price: "then it was eighty"."""
        return self._ends_well(it) and self._follows(self._words.money_lead, it)

    def _follows(self, pattern: re.Pattern[str], it: Sum, near: int = 12) -> bool:
        return self._message.ends(pattern, it.start, near)

    def _ends_well(self, it: Sum) -> bool:
        return it.end == len(self._folded) or bool(self._words.sum_ends.match(self._folded, it.end))

    @cached_property
    def _sums(self) -> list[Sum]:
        return list(sums(self._message))

    @cached_property
    def _money(self) -> _Nearest:
        return _Nearest(self._words.money, self._folded)

    @cached_property
    def _bought(self) -> _Nearest:
        return _Nearest(self._words.bought, self._folded)

    @cached_property
    def _not_money(self) -> _Nearest:
        return _Nearest(self._words.not_money_near, self._folded)

    @cached_property
    def _spoken_of(self) -> bool:
        words = self._words
        return bool(words.money.search(self._folded) or words.money_talk.search(self._folded))


class _Nearest:
    """Where cues of one kind end, to find the nearest before a place in the same clause."""

    def __init__(self, cues: re.Pattern[str], folded: str) -> None:
        self._folded = folded
        self._ends = [match.end() for match in cues.finditer(folded)]

    def before(self, place: int, near: int) -> int:
        """The end of the nearest cue at most `near` characters before, -1 when there is none."""
        at = bisect_right(self._ends, place) - 1
        if at < 0 or place - self._ends[at] > near:
            return -1
        end = self._ends[at]
        return -1 if CLAUSE.search(self._folded, end, place) else end


def _figures(it: Sum) -> int:
    """How many digits of Western script stand before the point."""
    return len(re.sub(r"\D", "", it.text.split(".")[0]))
