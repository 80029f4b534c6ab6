"""The states as a picture (SVG): in layers by how many inputs lead there, readable by day and by night.

A person can be reached from every state, or should be; so that is written into each box and not drawn
as an arrow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

from tools.maze.inputs import HANG_UP, MISSES, SILENCE, inputs
from tools.maze.measure import DEAD_END, Found, Row
from tools.maze.report import fit, nearest
from tools.maze.walk import Walk

WIDE, HIGH = 210, 78
ACROSS, DOWN = 190, 34
MARGIN = 24
GOODBYE = "goodbye"
STYLE = """
svg { background: #fff; }
text { font: 13px system-ui, sans-serif; fill: #1a1a1a; }
.name { font-weight: 600; }
.small { font-size: 11px; fill: #555; }
.way { fill: #146c2e; }
.none { fill: #a3131a; font-weight: 600; }
rect { fill: #f4f6f8; stroke: #6b7480; rx: 6px; }
rect.start { stroke-width: 2.5px; }
rect.bad { stroke: #a3131a; stroke-width: 2px; }
path { fill: none; stroke: #8a94a0; }
path.rung { stroke-dasharray: 5 4; }
@media (prefers-color-scheme: dark) {
  svg { background: #15181c; }
  text { fill: #eceff1; }
  .small { fill: #aab3bc; }
  .way { fill: #7fd69a; }
  .none { fill: #ff8f8f; }
  rect { fill: #22272e; stroke: #8a94a0; }
  rect.bad { stroke: #ff8f8f; }
  path { stroke: #6b7480; }
}
"""


def svg(found: Found) -> str:
    """The whole picture."""
    rows = {row.state.key: row for row in found.rows}
    layers = _layers(rows)
    edges = _edges(found.walks, rows)
    if any(target == GOODBYE for _, target in edges):
        layers[max(layers, default=0) + 1] = [GOODBYE]
    places = _places(layers)
    width = MARGIN * 2 + len(layers) * WIDE + (len(layers) - 1) * ACROSS
    height = MARGIN * 2 + max((y for _, y in places.values()), default=0) + HIGH
    start = found.walks[0].start
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(found.ground, {chr(34): "&quot;"})}">',
        f"<title>{escape(found.ground)}</title><style>{STYLE}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0L8 4L0 8"/></marker></defs>',
        *(_arrow(places[a], places[b], names) for (a, b), names in edges.items()),
        *(_arrow(places[start], places[key], ["\u260e"], "rung") for key in _after_ringing(found)),
        *(_box(rows[key], places[key], key == start) for key in rows),
    ]
    if GOODBYE in places:
        parts.append(_end(places[GOODBYE]))
    return "\n".join([*parts, "</svg>", ""])


def _layers(rows: Mapping[str, Row]) -> dict[int, list[str]]:
    """Keys by the number of inputs that lead there; what many silences lead to stands one further only."""
    layers: dict[int, list[str]] = defaultdict(list)
    for key, row in rows.items():
        steps = [step.name for step in row.state.path]
        changes = sum(1 for i, name in enumerate(steps) if not i or name != steps[i - 1])
        layers[changes].append(key)
    return {number: layers[depth] for number, depth in enumerate(sorted(layers))}


def _places(layers: Mapping[int, list[str]]) -> dict[str, tuple[float, float]]:
    """The corner of each box; every layer is centred."""
    tallest = max((len(keys) for keys in layers.values()), default=1)
    places: dict[str, tuple[float, float]] = {}
    for number, keys in layers.items():
        top = (tallest - len(keys)) * (HIGH + DOWN) / 2
        for place, key in enumerate(keys):
            places[key] = (number * (WIDE + ACROSS), top + place * (HIGH + DOWN))
    return places


def _edges(walks: Sequence[Walk], rows: Mapping[str, Row]) -> dict[tuple[str, str], list[str]]:
    """Arrows between different states, with what leads along them. Wishes for a person are drawn from the
    opening only, since they lead to the same everywhere."""
    edges: dict[tuple[str, str], list[str]] = defaultdict(list)
    wishes = inputs().wishes
    for walk in walks:
        for (source, target), name in walk.toured.items():
            if source in rows and target in rows and source != target and name not in wishes:
                edges[source, target].append(name)
        for state in walk.states.values():
            for name, edge in state.edges.items():
                target = edge.target or (GOODBYE if edge.ended == "machine" else "")
                if edge.rings or not target or target == state.key or edge.input.kind == HANG_UP:
                    continue
                if name in wishes and state.key != walk.start:
                    continue
                if (target in rows or target == GOODBYE) and name not in edges[state.key, target]:
                    edges[state.key, target].append(name)
    return {pair: list(dict.fromkeys(names)) for pair, names in edges.items() if names}


def _after_ringing(found: Found) -> list[str]:
    """States that follow a ring from the opening."""
    starts = [walk.states[walk.start] for walk in found.walks if walk.start]
    edges = [edge for state in starts for edge in state.edges.values()]
    return list(dict.fromkeys(edge.target for edge in edges if edge.rings and edge.target))


def _arrow(
    source: tuple[float, float], target: tuple[float, float], names: Sequence[str], kind: str = ""
) -> str:
    x1, y1 = source[0] + MARGIN + WIDE, source[1] + MARGIN + HIGH / 2
    x2, y2 = target[0] + MARGIN, target[1] + MARGIN + HIGH / 2
    if x2 > x1:
        bend = (x2 - x1) / 2
        curve = f"M{x1} {y1}C{x1 + bend} {y1} {x2 - bend} {y2} {x2} {y2}"
        at = (x1 + bend * 1.1, y1 + (y2 - y1) * 0.6 - 5)
    elif source[0] == target[0]:
        out = x2 - ACROSS / 4
        curve = f"M{x2} {y1}C{out} {y1} {out} {y2} {x2} {y2}"
        at = (out - 30, (y1 + y2) / 2)
    else:
        x1, y1, x2, y2 = x1 - WIDE / 2, y1 + HIGH / 2, x2 + WIDE / 2, y2 + HIGH / 2
        low = max(y1, y2) + DOWN * 0.8
        curve = f"M{x1} {y1}C{x1} {low} {x2} {low} {x2} {y2}"
        at = ((x1 + x2) / 2 - 20, low - 6)
    label = escape(fit(_short(names), 22).rstrip())
    return (
        f'<path class="{kind}" d="{curve}" marker-end="url(#tip)"/>'
        f'<text class="small" x="{at[0]:.0f}" y="{at[1]:.0f}">{label}</text>'
    )


def _short(names: Sequence[str]) -> str:
    """Inputs in few words: a run of digits as 2-9, silence first."""
    digits = sorted(name for name in names if name in "123456789")
    runs = f"{digits[0]}-{digits[-1]}" if len(digits) > 2 else " ".join(digits)
    others = [name for name in names if name not in "123456789"]
    others.sort(key=lambda name: (name != SILENCE, name in MISSES))
    return " ".join(part for part in (runs, *others) if part)


def _box(row: Row, place: tuple[float, float], start: bool) -> str:
    x, y = place[0] + MARGIN, place[1] + MARGIN
    way, marks = row.way, " ".join([*(["start"] if start else []), *(["bad"] if row.notes else [])])
    reach = f"{' '.join(way.inputs)} \u2192 \u260e {way.heard.seconds:.1f} s" if way else nearest(row)
    lines = [
        ("name", fit(row.state.title, 26).rstrip()),
        ("small", fit(f"{row.state.prompt.seconds:.1f} s, {row.scene}", 34).rstrip()),
        ("none" if DEAD_END in row.notes else "way", fit(reach, 28).rstrip()),
    ]
    said = f"<title>{escape(row.state.said)}</title>"
    words = "".join(
        f'<text class="{kind}" x="{x + 12}" y="{y + 22 + number * 21}">{escape(words)}</text>'
        for number, (kind, words) in enumerate(lines)
    )
    return f'<g>{said}<rect class="{marks}" x="{x}" y="{y}" width="{WIDE}" height="{HIGH}"/>{words}</g>'


def _end(place: tuple[float, float]) -> str:
    x, y = place[0] + MARGIN, place[1] + MARGIN
    return (
        f'<g><rect x="{x}" y="{y + 20}" width="{WIDE / 2}" height="{HIGH - 40}"/>'
        f'<text x="{x + 12}" y="{y + HIGH / 2 + 5}">{GOODBYE}</text></g>'
    )
