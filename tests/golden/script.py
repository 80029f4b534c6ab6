"""A golden conversation as its file tells it: turns that are played, and what is expected of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CHANNELS = ("web", "phone", "wechat")
STEPS = ("customer", "burst", "presses", "leaves", "silent_minutes", "again_after_days")
CHECKS = ("hears", "not_hears", "replies", "not_replies")
EXPECTED = (
    *("kind", "tier", "state", "flags", "mood", "issues", "wanted", "phone", "reference", "amounts", "when"),
    *("story", "promises", "declined", "human", "paged", "complaints", "linked", "skipped", "own_words"),
)
KEYS = ("title", "channel", "caller", "staffed", "says", "complaint", "never", "known_fault")


@dataclass(frozen=True)
class Script:
    """One file. `says` are its turns, `complaint` the record that must stand at the end."""

    file: Path
    title: str
    channel: str
    says: list[dict[str, Any]]
    complaint: dict[str, Any]
    caller: str | None = None
    staffed: bool = False
    never: list[str] = field(default_factory=list)
    known_fault: str = ""

    @classmethod
    def read(cls, file: Path) -> Script:
        """Raises ValueError for a key that nobody knows: a mistyped expectation would expect nothing."""
        data = yaml.safe_load(file.read_text("utf-8"))
        _known(file, data, KEYS)
        _known(file, data.get("complaint", {}), EXPECTED)
        if data.get("channel") not in CHANNELS:
            raise ValueError(f"{file.name}: channel is one of {', '.join(CHANNELS)}")
        for turn in data["says"]:
            _known(file, turn, (*STEPS, *CHECKS))
            if sum(step in turn for step in STEPS) != 1:
                raise ValueError(f"{file.name}: each turn has one of {', '.join(STEPS)}")
        shown = "+8613900139000" if data["channel"] == "phone" else None
        caller = data.pop("caller", shown)
        return cls(file=file, caller=None if caller == "withheld" else caller, **data)


def _known(file: Path, given: dict[str, Any], known: tuple[str, ...]) -> None:
    odd = sorted(set(given) - set(known))
    if odd:
        raise ValueError(f"{file.name}: does not know {odd[0]!r}; known are {', '.join(known)}")


def scripts() -> list[Script]:
    return [Script.read(file) for file in sorted(Path(__file__).parent.glob("*.yml"))]
