"""Judgements learnt from our own labelled sentences: linear models over short runs of characters.

`tools/fit.py` fits them, this module only reads them: no library is needed where customers are answered.
Why linear, and where a rule is better: docs/decisions/learned-judgements.md.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

LONGEST_RUN = 4  # characters in one feature
LONGEST_READ = 600  # characters: half from each end of a pasted novel, which then costs no time
START, END, MARK = "\x02", "\x03", "\x01"
MOST = 127
# A weight is kept in one byte, as the root of how many steps it weighs: small ones stay exact.
STEPS = tuple((byte - MOST - 1) * abs(byte - MOST - 1) for byte in range(256))
_DIGITS = re.compile(r"[0-9]+")
_REPEATS = re.compile(r"(.)\1{2,}")


def grams(folded: str) -> list[str]:
    """The features of a folded text: every run of one to four characters, each once, with the edges marked.
    Letters become small, a number is one zero, a mark repeated more often than twice is repeated twice."""
    if len(folded) > LONGEST_READ:
        folded = folded[: LONGEST_READ // 2] + folded[-LONGEST_READ // 2 :]
    text = START + _REPEATS.sub(r"\1\1", _DIGITS.sub("0", folded.lower())) + END
    return list(
        dict.fromkeys(
            text[start : start + size]
            for size in range(1, LONGEST_RUN + 1)
            for start in range(len(text) - size + 1)
        )
    )


def features(folded: str, marks: Iterable[str]) -> list[str]:
    """The grams of a text, and what the cue lists found in it, marked so that no text can look like it."""
    return [*grams(folded), *(MARK + mark for mark in marks)]


def row(rarity: int, roots: Iterable[int]) -> str:
    """A row of a judge as text, a byte a character: a quarter of the memory that lists of numbers take.
    `roots`, from -MOST to MOST, are weights in steps, each the root with the weight's sign."""
    return bytes((min(rarity, 255), *(root + MOST + 1 for root in roots))).decode("latin-1")


@dataclass(frozen=True)
class Judge:
    """One judgement. `rows` holds for each known gram how rare it is and a weight for each label, in whole
    steps of `step`, as `row` packs them. `apart`: every label is a yes or no of its own; else exactly one of
    them holds."""

    labels: tuple[str, ...]
    apart: bool
    bias: tuple[float, ...]
    step: float
    rows: Mapping[str, bytes]

    def shares(self, features: Sequence[str]) -> dict[str, float]:
        """How likely each label is, from 0 to 1; unless `apart` they add up to 1."""
        rows = [self.rows[gram] for gram in features if gram in self.rows]
        length = math.sqrt(sum(row[0] ** 2 for row in rows)) or 1.0
        sums = [
            bias + self.step * sum(row[0] * STEPS[row[place]] for row in rows) / length
            for place, bias in enumerate(self.bias, 1)
        ]
        return dict(zip(self.labels, map(_logistic, sums) if self.apart else _softmax(sums), strict=True))

    def why(self, folded: str, label: str) -> str:
        """The words that spoke most for a label, for the person who wants to know; "" if none did."""
        place = self.labels.index(label) + 1
        weights = {gram: STEPS[self.rows[gram][place]] for gram in grams(folded) if gram in self.rows}
        best = max((gram for gram in weights if len(gram) > 1), key=weights.__getitem__, default="")
        return best.strip(START + END) if weights.get(best, 0) > 0 else ""


@dataclass(frozen=True)
class Learned:
    """All judgements by name; empty until something was fitted, and then the rules stand alone."""

    judges: Mapping[str, Judge] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any]) -> Learned:
        """What `tools/fit.py` wrote. Raises one of NOT_LEARNED when it is something else."""
        return cls({name: _judge(judge) for name, judge in given.items()})

    def shares(self, name: str, features: Sequence[str]) -> dict[str, float]:
        """The shares of one judgement; {} when it was never fitted."""
        judge = self.judges.get(name)
        return judge.shares(features) if judge else {}


def _judge(given: Mapping[str, Any]) -> Judge:
    labels = tuple(given["labels"])
    rows = {gram: packed.encode("latin-1") for gram, packed in given["rows"].items()}
    if any(len(row) != 1 + len(labels) for row in rows.values()) or len(given["bias"]) != len(labels):
        raise ValueError("a learned judgement has rows of the wrong length")
    return Judge(labels, bool(given["apart"]), tuple(given["bias"]), float(given["step"]), rows)


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, value))))


def _softmax(values: list[float]) -> list[float]:
    powers = [math.exp(value - max(values)) for value in values]
    return [power / sum(powers) for power in powers]


NOTHING_LEARNED = Learned()
NOT_LEARNED = (ValueError, KeyError, TypeError, AttributeError)
"""What `Learned.from_mapping` raises for something that `tools/fit.py` never wrote."""
