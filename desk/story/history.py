"""What happened to a complaint, step by step, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desk.queue import names, show
from desk.shown import Show, marks
from store import events

#: What of an event's data has a name, and the kind of that name in labels.yml.
NAMED = {
    "field": "fields",
    "kind": "promise_kinds",
    "tier": "tiers",
    "mood": "moods",
    "to": "states",
    "flag": "flags",
    "department": "departments",
}


@dataclass(frozen=True)
class Step:
    """One entry of the history."""

    name: str
    when: str
    exactly: str
    who: str
    about: str


def history(rows: Sequence[Any], words: Show, people: dict[int, str]) -> list[Step]:
    return [
        Step(
            event.name,
            words.when(event.at),
            words.exactly(event.at),
            people.get(event.user_id, ""),
            about(event.data, words),
        )
        for event in rows
    ]


def steps_since(conn: Any, row: Any, sequence: int) -> list[Step]:
    """What happened to the complaint after this sequence number, oldest first."""
    return history(events.since(conn, row.id, sequence), show(), names(conn))


def about(data: dict[str, Any], words: Show) -> str:
    """What an event was about, as far as it has a name."""
    named = [words.label(kind, data[key]) for key, kind in NAMED.items() if key in data]
    if "reason" in data:
        named.append(reason(words, data["reason"]))
    return " ".join(name for name in named if name)


def reason(words: Show, code: Any) -> str:
    """A reason: the name of its code, else the words that somebody typed."""
    for kind in ("handoff_reasons", "alarm_reasons", "flags", "skip_reasons", "handoff_outcomes"):
        if words.label(kind, code) != str(code):
            return words.label(kind, code)
    return marks(code)
