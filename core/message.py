"""One message while facts are looked for in it, and the facts that were found."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from core.labels import Labels, Words
from core.numerals import UP_TO

CLAUSE = re.compile(r"[,。!?;、…]")  # what ends one
RANGE = re.compile(f"[{UP_TO}]{{1,2}}")  # what stands between its two ends


@dataclass(frozen=True)
class Reference:
    """One fact: its kind, value, place in the folded text, and the words it came from. `denied` when the
    customer says that it is not this one (then it must not fill a field)."""

    kind: str
    value: str | int
    start: int
    end: int
    words: str
    denied: bool = False


class Message:
    """A folded text, the words to look for, and the references so far. `today` is in the customer's zone."""

    def __init__(self, folded: str, labels: Labels, today: date | None) -> None:
        self.folded = folded
        self.labels = labels
        self.today = today
        self.found: list[Reference] = []
        self.taken = bytearray(len(folded))  # a mark for each place that is explained

    @property
    def words(self) -> Words:
        return self.labels.words

    def free(self, start: int, end: int) -> bool:
        return self.taken.find(1, start, end) < 0

    def take(self, it: Reference) -> None:
        """Keeps a reference, unless what stands at its place is explained already."""
        if self.free(it.start, it.end):
            self.taken[it.start : it.end] = b"\1" * (it.end - it.start)
            self.found.append(it)

    def ends(self, pattern: re.Pattern[str], end: int, near: int = 12) -> bool:
        """Whether a pattern of labels.ENDING ends exactly here."""
        return bool(pattern.search(self.folded[max(0, end - near) : end]))
