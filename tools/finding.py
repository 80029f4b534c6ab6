"""What `./jiesu doctor` finds: one line each, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One line of the report. `to_do` says what helps, wherever something is not ok."""

    level: Level
    what: str
    to_do: str = ""

    def __str__(self) -> str:
        row = f"{self.level:<6} {self.what}"
        return f"{row}\n       What to do: {self.to_do}" if self.to_do else row


Findings = Iterator[Finding]


def ok(what: str) -> Finding:
    return Finding("ok", what)


def warn(what: str, to_do: str) -> Finding:
    return Finding("warn", what, to_do)


def wrong(what: str, to_do: str) -> Finding:
    return Finding("wrong", what, to_do)
