"""A back office that answers by a script, request after request; then 200 for ever."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any

from tools.backoffice import BackOffice, Reply

OK = Reply()


@dataclass
class ScriptedBackOffice(BackOffice):
    """`script`: answers in order. `asked`: ids in the order they came, repeats too."""

    script: list[Reply] = field(default_factory=list)
    then: Reply = OK
    asked: list[str] = field(default_factory=list)
    busy: int = 0
    busiest: int = 0

    def __post_init__(self) -> None:
        self._count = itertools.count()

    def answer(self, id: str, body: dict[str, Any]) -> Reply:
        self.asked.append(id)
        place = next(self._count)
        return self.script[place] if place < len(self.script) else self.then

    def take(self, headers: dict[str, str], raw: bytes) -> Reply:
        self.busy += 1
        self.busiest = max(self.busiest, self.busy)
        try:
            return super().take(headers, raw)
        finally:
            self.busy -= 1


def answers(status: int, retry_after: str = "", stall: float = 0.0) -> Reply:
    headers = (("Retry-After", retry_after),) if retry_after else ()
    return Reply(status, headers, stall)
