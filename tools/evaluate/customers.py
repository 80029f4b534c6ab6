"""Simulated customers, one JSON object a line: what they say first, what they answer, what must be kept."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from reception.heard import Channel
from tools.say import Failure

MOST_TURNS = 14
ANSWERS = ("wanted", "missing", "phone", "choice", "read_back", "other")
CHANNELS = ("web", "phone", "wechat")


@dataclass(frozen=True)
class Customer:
    """`opening` is said line by line whatever comes back; after it `answers` by the question that is open.
    `expect`: kind, categories, tier, facts, flags, human."""

    id: str
    channel: Channel
    opening: Sequence[str]
    answers: Mapping[str, Any]
    expect: Mapping[str, Any]

    @property
    def everything(self) -> list[str]:
        """All that this customer would ever say."""
        said = list(self.opening)
        for answer in self.answers.values():
            said += answer if isinstance(answer, list) else [answer]
        return said


@dataclass
class Talk:
    """What this customer has said so far, and what is left of answers that come in order."""

    customer: Customer
    said: list[str] = field(default_factory=list)
    read_backs: int = 0

    def next(self, asked: str | None) -> str | None:
        """What is said now that `asked` is open; None when there is nothing more to say."""
        if len(self.said) >= MOST_TURNS:
            return None
        if len(self.said) < len(self.customer.opening):
            return self._say(self.customer.opening[len(self.said)])
        if asked is None:
            return None
        answer = self.customer.answers.get(asked, self.customer.answers.get("other"))
        if isinstance(answer, list):
            answer = answer[min(self.read_backs, len(answer) - 1)] if answer else None
            self.read_backs += 1
        return self._say(answer) if answer else None

    def _say(self, words: str) -> str:
        self.said.append(words)
        return words


def read(file: Path) -> list[Customer]:
    """The customers of a file. Raises Failure, naming the line, when it is no such file."""
    try:
        rows = file.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as problem:
        raise Failure(f"{file} cannot be read: {type(problem).__name__}.") from None
    return [_customer(file, place, row) for place, row in enumerate(rows, 1) if row.strip()]


def _customer(file: Path, place: int, row: str) -> Customer:
    try:
        given = json.loads(row)
        made = Customer(
            id=str(given.get("id", place)),
            channel=str(given.get("channel", "web")),  # type: ignore[arg-type]  # checked below
            opening=_texts(given["opening"]),
            answers={name: _answer(one) for name, one in given.get("answers", {}).items()},
            expect=given.get("expect", {}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise Failure(f"{file}, line {place}: {type(problem).__name__}: {problem}.") from None
    if made.channel not in CHANNELS or not made.opening:
        raise Failure(f"{file}, line {place}: needs an opening, and a channel of {', '.join(CHANNELS)}.")
    return made


def _answer(given: object) -> str | list[str]:
    return given if isinstance(given, str) else _texts(given)


def _texts(given: object) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        return given
    raise TypeError("what is said must be a text or a list of texts")
