"""What a caller may do at a state."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from simulator import Call

WORDS = Path(__file__).parent / "words.yml"
ZERO = "0"
SILENCE = "silence"
HANG_UP = "hangs up"
#: Whoever does one of these again and again has not been understood; each must be counted.
MISSES = ("#", "*")
KEYS = set("0123456789*#")


@dataclass(frozen=True)
class Input:
    """One thing that a caller does; `name` as the report shows it."""

    name: str
    kind: str
    text: str = ""
    confidence: float = 0.9

    def do(self, call: Call, at_once: bool = False) -> None:
        if self.kind == "keys":
            call.press(self.text, at_once=at_once)
        elif self.kind == "words":
            call.says(self.text, self.confidence)
        elif self.kind == HANG_UP:
            call.hang_up()
        else:
            call.silent()

    def fits(self, call: Call) -> bool:
        """Nobody hears what is said into a recording while it lasts, so there only keys mean anything."""
        return not (self.kind == "words" and call.waiting is not None and call.waiting.name == "Record")


@dataclass(frozen=True)
class Inputs:
    """All of them, by what they are for. tours: whole calls to our own door."""

    keys: tuple[Input, ...]
    escapes: tuple[Input, ...]
    limits: tuple[str, ...]
    complaint: tuple[Input, ...]
    mumble: Input
    tours: tuple[tuple[Input, ...], ...]
    offers: tuple[str, ...]
    silence: Input = Input(SILENCE, SILENCE)
    hang_up: Input = Input(HANG_UP, HANG_UP)

    @property
    def all(self) -> tuple[Input, ...]:
        said = (*self.escapes, *self.complaint, self.mumble)
        return (*self.keys, self.silence, *said, self.hang_up)

    @property
    def wishes(self) -> tuple[str, ...]:
        """Names of the inputs that ask for a person."""
        return (ZERO, "00", *(one.name for one in self.escapes))

    @property
    def counted(self) -> tuple[Input, ...]:
        """Inputs that a caller may repeat for ever when nothing counts them."""
        misses = tuple(one for one in self.keys if one.name in (*MISSES, ZERO))
        return (self.silence, *misses, self.mumble, *self.escapes[:1])


@lru_cache(maxsize=1)
def inputs() -> Inputs:
    data: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    mumble = data["mumble"]
    return Inputs(
        keys=tuple(_key(key) for key in (ZERO, "00", *"123456789", "*", "#")),
        escapes=tuple(_said(words) for words in data["escapes"]),
        limits=(ZERO, *data["limits"]),
        complaint=tuple(_said(words) for words in data["complaint"]),
        mumble=Input("mumble", "words", mumble["words"], float(mumble["confidence"])),
        tours=tuple(_tour(tour) for tour in data["tours"]),
        offers=tuple(data["offers"]),
    )


def _key(keys: str) -> Input:
    return Input(keys, "keys", keys)


def _tour(written: list[str | int]) -> tuple[Input, ...]:
    done: list[Input] = []
    for one in written:
        if isinstance(one, int):
            done += [done[-1]] * (one - 1)
        elif one == SILENCE:
            done.append(Input(SILENCE, SILENCE))
        else:
            done.append(_key(one) if set(one) <= KEYS else _said(one))
    return tuple(done)


def _said(words: str) -> Input:
    return Input(words, "words", words)
