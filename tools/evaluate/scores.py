"""The usual measures of classification. Pure: lists in, numbers out; a share of nothing is 1 when nothing
was there to find and nothing was claimed, else 0 (as in `zero_division` of scikit-learn)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Found:
    """How one label was found: `right` of those `claimed`, and of those `there`."""

    right: int
    claimed: int
    there: int

    @property
    def precision(self) -> float:
        return share(self.right, self.claimed)

    @property
    def recall(self) -> float:
        return share(self.right, self.there)

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.claimed + self.there) if self.claimed + self.there else 1.0


def share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def found(truth: Sequence[Iterable[str]], guesses: Sequence[Iterable[str]], label: str) -> Found:
    """One label among sets of labels, message by message."""
    there = [label in labels for labels in truth]
    claimed = [label in labels for labels in guesses]
    right = sum(both == (True, True) for both in zip(there, claimed, strict=True))
    return Found(right, sum(claimed), sum(there))


def macro_f1(
    truth: Sequence[Iterable[str]], guesses: Sequence[Iterable[str]], labels: Iterable[str]
) -> float:
    """The mean F1 over the labels that occur in the truth."""
    each = [found(truth, guesses, label) for label in labels]
    counted = [one.f1 for one in each if one.there]
    return sum(counted) / len(counted) if counted else 1.0
