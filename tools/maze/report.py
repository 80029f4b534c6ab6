"""What was found, as a table for readers and as JSON for machines."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import Any

from tools.maze.measure import DEAD_END, Found, Limit, Row
from tools.maze.walk import Cost

HEAD = (
    "state",
    "met when",
    "prompt",
    "way to a person",
    "hooks",
    "spoken",
    "silent",
    "all",
    "at once",
    "if silent",
)
RIGHT = {"prompt", "hooks", "spoken", "silent", "all", "at once"}
WIDEST = {"state": 30, "way to a person": 26, "if silent": 22}
MOST_BROKEN = 12


def width(text: str) -> int:
    """Columns on a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def fit(text: str, columns: int, right: bool = False) -> str:
    """Cut or filled to so many columns."""
    if width(text) > columns:
        while width(text) > columns - 1:
            text = text[:-1]
        text += "\u2026"
    fill = " " * (columns - width(text))
    return fill + text if right else text + fill


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    widths = []
    for column, name in enumerate(head):
        widest = max([width(name), *(width(row[column]) for row in rows)])
        widths.append(min(widest, WIDEST.get(name, widest)))
    lines = []
    for row in (head, ["-" * columns for columns in widths], *rows):
        cells = zip(head, row, widths, strict=True)
        lines.append("  ".join(fit(cell, columns, name in RIGHT) for name, cell, columns in cells).rstrip())
    return lines


def text(found: Found) -> list[str]:
    """The whole report."""
    lines = [f"Walked: {found.ground}", ""]
    for walk in found.walks:
        cut = "; not all of it, deeper than --depth" if walk.cut else ""
        lines.append(f"  {walk.scene.name}: {len(walk.states)} states, {walk.calls} calls{cut}")
    lines += ["", *table(HEAD, [_cells(row) for row in found.rows]), ""]
    lines += [f"  {row.state.title}: {note}" for row in found.rows for note in dict.fromkeys(row.notes)]
    lines += ["", *table(("limit", "at stake", "found", ""), [_verdict(limit) for limit in found.limits])]
    for limit in found.broken:
        lines += ["", f"Broken: {limit.name} ({limit.limit})"]
        lines += [f"  {one}" for one in limit.broken[:MOST_BROKEN]]
        more = len(limit.broken) - MOST_BROKEN
        lines += [f"  and {more} more (--json FILE has all)"] if more > 0 else []
    return lines


def _cells(row: Row) -> list[str]:
    state, way = row.state, row.way
    cells = [state.title, row.scene, f"{state.prompt.seconds:.1f}"]
    if way is None:
        cells += [nearest(row), "", "", "", "", ""]
    else:
        cells += [" ".join(way.inputs), str(way.heard.webhooks)]
        cells += [f"{way.heard.spoken:.1f}", f"{way.heard.silence:.1f}", f"{way.heard.seconds:.1f}"]
        cells.append(f"{way.at_once.seconds:.1f}")
    return [*cells, _silent(row)]


def nearest(row: Row) -> str:
    """What there is instead of a person."""
    return "none" if DEAD_END in row.notes else "nobody there: a promise"


def _silent(row: Row) -> str:
    one = row.silence
    if one is None:
        return ""
    ends = {"person": "person", "loop": "loops", "state": "loops"}.get(one.end)
    return f"{ends or ('goodbye' if one.settled else 'hung up')}, {one.cost.seconds:.1f} s"


def _verdict(limit: Limit) -> list[str]:
    return [limit.name, limit.limit, limit.found, "BROKEN" if limit.broken else "kept"]


# ---- for machines


def summary(found: Found) -> dict[str, Any]:
    """The last line of the report."""
    return {
        "maze": found.ground,
        "states": len(found.rows),
        "limits": {limit.name: limit.found for limit in found.limits},
        "broken": [limit.name for limit in found.broken],
    }


def whole(found: Found) -> dict[str, Any]:
    """Everything, for a file."""
    return {
        **summary(found),
        "broken": {limit.name: limit.broken for limit in found.broken},
        "scenes": [
            {"scene": walk.scene.name, "calls": walk.calls, "cut": walk.cut, "states": _states(walk.states)}
            for walk in found.walks
        ],
        "rows": [_row(row) for row in found.rows],
        "not_met": found.unreached,
        "lint": found.findings,
    }


def _states(states: Any) -> list[dict[str, Any]]:
    return [
        {
            "state": one.title,
            "key": one.key,
            "path": [step.name for step in one.path],
            "says": one.said,
            "inputs": {name: _edge(edge) for name, edge in one.edges.items()},
        }
        for one in states.values()
    ]


def _edge(edge: Any) -> dict[str, Any]:
    found = {"rings": list(edge.rings), "leads_to": edge.target, "ended": edge.ended, "says": edge.said}
    if edge.person is not None:
        found["to_person"] = _cost(edge.person)
    return {name: value for name, value in found.items() if value}


def _row(row: Row) -> dict[str, Any]:
    way = row.way
    return {
        "state": row.state.title,
        "key": row.state.key,
        "scene": row.scene,
        "prompt_seconds": round(row.state.prompt.seconds, 2),
        "way": list(way.inputs) if way else None,
        "heard": _cost(way.heard) if way else None,
        "at_once": _cost(way.at_once) if way else None,
        "silent": None if row.silence is None else {"end": row.silence.end, **_cost(row.silence.cost)},
        "notes": row.notes,
    }


def _cost(cost: Cost) -> dict[str, float]:
    names = ("inputs", "webhooks", "spoken", "silent", "seconds")
    values = (cost.inputs, cost.webhooks, cost.spoken, cost.silence, cost.seconds)
    return {name: round(value, 2) for name, value in zip(names, values, strict=True)}
