"""How the customer felt from one message to the next: a small drawing, and the same in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from desk.shown import Show, marks

WIDTH, HEIGHT, EDGE = 300, 54, 6
HIGHEST = 3
STEP = (HEIGHT - 2 * EDGE) / HIGHEST


@dataclass(frozen=True)
class Change:
    """The mood changed: to what, when, by whose word, and the words that decided."""

    mood: str
    level: int
    when: str
    exactly: str
    words: list[str]
    message: int | None
    who: str
    x: float
    y: float


@dataclass(frozen=True)
class Course:
    """The whole course: its changes, the line through them as SVG points, and where it began."""

    changes: list[Change]
    points: str
    width: int = WIDTH
    height: int = HEIGHT
    levels: tuple[float, ...] = tuple(
        EDGE + (HEIGHT - 2 * EDGE) * step / HIGHEST for step in range(HIGHEST + 1)
    )


def course(heard: Sequence[Any], signals: Sequence[Any], show: Show, people: dict[int, str]) -> Course:
    """The mood after each of the customer's messages. `heard`: those messages, oldest first, with id and at;
    `signals`: every mood ever kept, oldest first. A change that a person made stands after the messages
    that came before it."""
    last = max(len(heard) - 1, 1)
    places = [(_place(signal, heard), signal) for signal in signals]
    changes = [
        Change(
            mood=signal.code,
            level=signal.level,
            when=show.when(signal.at),
            exactly=show.exactly(signal.at),
            words=[marks(word) for word in signal.words if word],
            message=signal.message_id,
            who=_who(signal.by, people),
            x=_across(place, last),
            y=_up(signal.level),
        )
        for place, signal in places
    ]
    return Course(changes, _line(changes))


def _place(signal: Any, heard: Sequence[Any]) -> int:
    """Which message a change belongs to."""
    if signal.message_id is not None:
        earlier = [n for n, message in enumerate(heard) if message.id <= signal.message_id]
    else:
        earlier = [n for n, message in enumerate(heard) if message.at <= signal.at]
    return max(earlier, default=0)


def _who(by: str, people: dict[int, str]) -> str:
    kind, _, id = by.partition(":")
    return people.get(int(id), "") if kind == "user" and id.isdigit() else ""


def _across(place: int, last: int) -> float:
    return round(EDGE + (WIDTH - 2 * EDGE) * min(place / last, 1), 1)


def _up(level: int) -> float:
    return round(EDGE + STEP * (HIGHEST - min(level, HIGHEST)), 1)


def _line(changes: list[Change]) -> str:
    """A line of steps: it stays where it was until the next change."""
    corners, height = [(float(EDGE), _up(0))], _up(0)
    for change in changes:
        corners += [(change.x, height), (change.x, change.y)]
        height = change.y
    corners.append((float(WIDTH - EDGE), height))
    return " ".join(f"{x:g},{y:g}" for x, y in corners)
