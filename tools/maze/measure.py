"""What a walk has found: for each state how far a person is, and every limit that is broken, in words."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from core.callflow import Flow
from simulator.sound import spoken_seconds
from tools.maze.grounds import Ground
from tools.maze.inputs import HANG_UP, SILENCE, Inputs
from tools.maze.walk import Cost, Edge, Repeat, State, Walk, is_hang_up

OFFER_SECONDS = 3.0
OPENING_SECONDS = 8.0
ESCAPE_SECONDS = 15.0
GAP_SECONDS = 3.0
NEAR = 1e-9
CLAUSE = re.compile("[,.;:!?\uff0c\u3002\uff1b\uff1a\uff01\uff1f\u3001]")
ERRORS = (
    "application error",
    "whisper:",
    "leads to another host",
    "reports to another host",
    "a loop",
    "a queue whose",
    "left alone",
    "the talk was cut off",
    "the simulator does not know",
    "the same inputs",
    "hung up",
    "status callback",
)
DEAD_END = "dead end"
UNSPOKEN = "the document ended"


@dataclass(frozen=True)
class Way:
    """The cheapest way to a person: what to do, and what it costs with every prompt heard out, and with every
    key pressed at once."""

    inputs: tuple[str, ...]
    heard: Cost
    at_once: Cost


@dataclass
class Row:
    """One state as the report shows it."""

    state: State
    scene: str
    way: Way | None
    silence: Repeat | None
    notes: list[str] = field(default_factory=list)


@dataclass
class Limit:
    """One limit, what was found, and where it is broken."""

    name: str
    limit: str
    found: str
    broken: list[str] = field(default_factory=list)


@dataclass
class Found:
    """Everything about one ground."""

    ground: str
    walks: list[Walk]
    rows: list[Row]
    limits: list[Limit]
    unreached: dict[str, str]
    findings: dict[str, str]

    @property
    def broken(self) -> list[Limit]:
        return [limit for limit in self.limits if limit.broken]


def measure(ground: Ground, walks: Sequence[Walk], inputs: Inputs) -> Found:
    unreached = _unreached(ground.flow, walks)
    findings = {fault: where for walk in walks for fault, where in walk.faults.items() if not is_error(fault)}
    limits = list(_limits(walks, inputs))
    if ground.flow is not None:
        missing = [f"{node}: {why}" for node, why in unreached.items()]
        limits.append(Limit("states of content/calls.yml met", "all", f"{len(missing)} not met", missing))
    return Found(ground.name, list(walks), list(_rows(walks, inputs)), limits, unreached, findings)


def is_error(fault: str) -> bool:
    return fault.startswith(ERRORS)


# ---- the way to a person


def cheapest(walk: Walk, state: State) -> Way | None:
    """Fewest inputs, then fewest seconds; silence and mumbling are no way to go."""
    number = count()
    waiting: list[tuple[int, float, int, str, tuple[str, ...], Cost, Cost]] = []
    heapq.heappush(waiting, (0, 0.0, next(number), state.key, (), Cost(), Cost()))
    seen: set[str] = set()
    while waiting:
        inputs, _, _, key, done, heard, at_once = heapq.heappop(waiting)
        if key == "":
            return Way(done, heard, at_once)
        if key in seen or key not in walk.states:
            continue
        seen.add(key)
        for edge in walk.states[key].edges.values():
            if edge.input.kind in (SILENCE, HANG_UP) or edge.input.confidence < 0.3:
                continue
            cost = edge.person or edge.onward
            if cost is None:
                continue
            to, quick = "" if edge.person is not None else edge.target, _cut(walk, edge, cost)
            total = heard + cost
            item = (*done, edge.input.name)
            entry = (inputs + 1, total.seconds, next(number), to, item, total, at_once + quick)
            heapq.heappush(waiting, entry)
    return None


def _cut(walk: Walk, edge: Edge, cost: Cost) -> Cost:
    """The same with the prompt cut short by the key; speech is not relied upon to cut it."""
    return cost - walk.states[edge.source].prompt if edge.input.kind == "keys" else cost


def dead_ends(walk: Walk) -> list[State]:
    """States from which nothing a caller does leads to a person, a recording or a promise."""
    return [one for one in walk.states.values() if not cheapest(walk, one) and not _kept(walk, one)]


def _kept(walk: Walk, state: State) -> bool:
    """Whether a promise or a recording can be got to from here; where somebody is rung that is not enough."""
    if is_staffed(walk):
        return state.settled
    seen, waiting = {state.key}, [state.key]
    while waiting:
        here = walk.states[waiting.pop()]
        if here.settled or here.deaf:
            return True
        onward = {edge.target for edge in here.edges.values() if edge.target in walk.states} - seen
        seen |= onward
        waiting += onward
    return False


def is_staffed(walk: Walk) -> bool:
    """Whether a wish must ring somebody. Where nobody knows, it must, but for a door of ours on which nobody
    was ever rung: then nobody is on duty there."""
    if walk.scene.staffed is not None:
        return walk.scene.staffed
    return walk.rings or not any(state.node for state in walk.states.values())


# ---- rows


def _rows(walks: Sequence[Walk], inputs: Inputs) -> Iterator[Row]:
    """One row a state, of the first scene in which it was met."""
    met: set[str] = set()
    for walk in walks:
        dead = {one.key for one in dead_ends(walk)}
        for state in walk.states.values():
            if state.key in met:
                continue
            met.add(state.key)
            row = Row(state, walk.scene.name, cheapest(walk, state), state.repeats.get(SILENCE))
            row.notes += [DEAD_END] if state.key in dead else []
            row.notes += [f"{one.input.name}: loop" for one in _loops(state)]
            row.notes += [f"{edge.input.name}: hung up" for edge in _hang_ups(state)]
            faults = dict.fromkeys(fault for edge in state.edges.values() for fault in edge.faults)
            row.notes += [fault for fault in faults if is_error(fault)]
            yield row


def _loops(state: State) -> list[Repeat]:
    return [one for one in state.repeats.values() if one.end in ("loop", "state")]


def _hang_ups(state: State) -> list[Edge]:
    """Hang-ups on somebody who got no goodbye."""
    return [edge for edge in state.edges.values() if is_hang_up(edge) and not edge.said.strip()]


# ---- limits


def _limits(walks: Sequence[Walk], inputs: Inputs) -> Iterator[Limit]:
    yield _one_step(walks, inputs)
    yield _offered(walks[0], inputs)
    opening = walks[0].opening_seconds
    broken = [f"the opening takes {opening:.1f} s"] if opening > OPENING_SECONDS + NEAR else []
    yield Limit("opening", f"at most {OPENING_SECONDS:g} s", f"{opening:.1f} s", broken)
    yield _zero_at_once(walks)
    yield _silence(walks)
    yield _escapes(walks, inputs)
    yield _gaps(walks)
    yield from _faults(walks)


def _one_step(walks: Sequence[Walk], inputs: Inputs) -> Limit:
    broken, total = [], 0
    for walk in walks:
        staffed = is_staffed(walk)
        for state in walk.states.values():
            for name in inputs.limits:
                edge = state.edges.get(name)
                if edge is None and (state.deaf or not state.edges):
                    continue
                total += 1
                if edge is None or not _reaches(walk, state, edge, staffed):
                    what = "rings nobody" if staffed else "leads to no promise"
                    broken.append(f"{state.title} ({walk.scene.name}): {name} {what}")
    share = 100.0 * (total - len(broken)) / total if total else 0.0
    broken = broken or ([] if total else ["no state was reached"])
    return Limit("one step to a person", "100 % of states", f"{share:.0f} % of {total}", broken)


def _reaches(walk: Walk, state: State, edge: Edge, staffed: bool) -> bool:
    """A person is rung; where nobody is on duty, a promise or a recorder is as much as there can be."""
    if edge.rings:
        return True
    if staffed:
        return False
    there = walk.states.get(edge.target)
    if there is None:
        return (state.settled or state.deaf) and bool(edge.said)
    return there.settled or there.deaf


def _offered(walk: Walk, inputs: Inputs) -> Limit:
    at = offered_after(walk.opening, inputs.offers)
    limit = Limit("human offered", f"within {OFFER_SECONDS:g} s", "never" if at is None else f"{at:.1f} s")
    if at is None:
        limit.broken.append("the opening offers no person")
    elif at > OFFER_SECONDS + NEAR:
        limit.broken.append(f"the opening offers a person only after {at:.1f} s")
    return limit


def offered_after(opening: str, offers: Sequence[str]) -> float | None:
    """Seconds until the clause that offers a person has been said."""
    starts = [at for offer in offers if (at := opening.lower().find(offer)) >= 0]
    if not starts:
        return None
    end = CLAUSE.search(opening, min(starts))
    return spoken_seconds(opening[: end.start() if end else len(opening)])


def _zero_at_once(walks: Sequence[Walk]) -> Limit:
    limit = Limit("0 at once", "rings after 1 webhook", "rings")
    for walk in walks:
        if not is_staffed(walk):
            continue
        if walk.at_once is None:
            limit.found = "rings nobody"
            limit.broken.append(f"0 at once rings nobody ({walk.scene.name})")
        elif walk.at_once.webhooks - 1 != 1:
            limit.found = f"{walk.at_once.webhooks - 1} webhooks"
            limit.broken.append(f"0 at once takes {walk.at_once.webhooks - 1} webhooks ({walk.scene.name})")
        else:
            limit.found = f"{walk.at_once.seconds:.1f} s"
    return limit


def _silence(walks: Sequence[Walk]) -> Limit:
    """A person comes, or a goodbye that repeats a promise; nothing else."""
    limit = Limit("silence", "a person, or a promise kept", "")
    seconds = []
    for walk in walks:
        for state in walk.states.values():
            one = state.repeats.get(SILENCE)
            if one is None:
                continue
            if one.end == "person":
                seconds.append(one.cost.seconds)
            elif one.end in ("loop", "state"):
                limit.broken.append(f"{state.title} ({walk.scene.name}): silence goes round in circles")
            elif not one.settled and walk.scene.stored:
                limit.broken.append(f"{state.title} ({walk.scene.name}): silence is hung up on")
    limit.found = f"a person after {max(seconds):.1f} s at most" if seconds else "never a person"
    if not seconds and not limit.broken and any(is_staffed(walk) for walk in walks):
        limit.broken.append("silence never reaches a person")
    return limit


def _escapes(walks: Sequence[Walk], inputs: Inputs) -> Limit:
    longest, broken = 0.0, []
    for walk in walks:
        for state in walk.states.values():
            for name in inputs.wishes:
                edge = state.edges.get(name)
                if edge is None or edge.person is None:
                    continue
                longest = max(longest, edge.person.spoken)
                if edge.person.spoken > ESCAPE_SECONDS + NEAR:
                    broken.append(
                        f"{state.title} ({walk.scene.name}): {name} takes {edge.person.spoken:.1f} s"
                    )
    return Limit("spoken until a person", f"at most {ESCAPE_SECONDS:g} s", f"{longest:.1f} s", broken)


def _gaps(walks: Sequence[Walk]) -> Limit:
    longest, broken = 0.0, []
    for walk in walks:
        for state in walk.states.values():
            gaps = [(edge.gap, edge.input.name) for edge in state.edges.values()]
            gap, name = max(gaps, default=(0.0, ""))
            longest = max(longest, gap)
            if gap > GAP_SECONDS + NEAR:
                broken.append(
                    f"{state.title} ({walk.scene.name}): {gap:.1f} s of nothing on the way to {name}"
                )
    return Limit("dead air", f"at most {GAP_SECONDS:g} s", f"{longest:.1f} s", broken)


def _faults(walks: Sequence[Walk]) -> Iterator[Limit]:
    named: dict[str, list[str]] = {
        "dead ends": [],
        "loops without a count": [],
        "hang-ups without a goodbye": [],
    }
    errors: dict[str, str] = {}
    lint: dict[str, str] = {}
    for walk in walks:
        scene = walk.scene.name
        named["dead ends"] += [f"{one.title} ({scene})" for one in dead_ends(walk)]
        for state in walk.states.values():
            loops = [f"{state.title} ({scene}): {one.input.name}" for one in _loops(state)]
            named["loops without a count"] += loops
            gone = [f"{state.title} ({scene}): {edge.input.name}" for edge in _hang_ups(state)]
            named["hang-ups without a goodbye"] += gone
        for fault, where in walk.faults.items():
            if not fault.startswith(UNSPOKEN):
                (errors if is_error(fault) else lint).setdefault(fault, f"{where} ({scene})")
    named["errors"] = [f"{fault}, at {where}" for fault, where in errors.items()]
    named["lint"] = [f"{fault}, at {where}" for fault, where in lint.items()]
    for name, broken in named.items():
        yield Limit(name, "none", str(len(broken)) if broken else "none", broken)


def _unreached(flow: Flow | None, walks: Sequence[Walk]) -> dict[str, str]:
    """Nodes of ours that no walk has met, and why that is a fault."""
    if flow is None:
        return {}
    met = set().union(*(walk.nodes for walk in walks))
    why = {
        "leave": "its farewell was never heard, so nobody knows whether a call ends well there",
        "record": "the last resort was never heard, so nobody knows whether it works",
    }
    default = "no caller of the walk got there: what it says and where it leads is untried"
    return {name: why.get(node.kind, default) for name, node in flow.nodes.items() if name not in met}
