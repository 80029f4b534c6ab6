"""The walk: every state that a caller can get to, and what each input does there.

A call cannot be copied, so that a state is reached by dialling afresh and doing again what led there;
calls are virtual, and cheap. States are explored breadth-first. What a state is, the ground decides.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from core.callflow import Flow
from simulator import Call, Reached
from simulator.document import Verb
from tools.maze.grounds import Ground, Scene
from tools.maze.inputs import HANG_UP, Input, Inputs

REPEATS = 12  # the same again so often, with the same answer: nothing counts
LONGEST = 60  # times that one input is repeated until something else happens
DIGITS = re.compile(r"\d+")
UNSETTLED = ("talk", "ring", "wait", "held")


@dataclass(frozen=True)
class Cost:
    """What a stretch of a call costs the caller. Seconds are spoken to them, silent, and in all."""

    inputs: int = 0
    webhooks: int = 0
    spoken: float = 0.0
    silence: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return self._with(other, 1)

    def __sub__(self, other: Cost) -> Cost:
        return self._with(other, -1)

    def _with(self, other: Cost, sign: int) -> Cost:
        return Cost(
            self.inputs + sign * other.inputs,
            self.webhooks + sign * other.webhooks,
            self.spoken + sign * other.spoken,
            self.silence + sign * other.silence,
            self.seconds + sign * other.seconds,
        )


@dataclass(frozen=True)
class Moment:
    """Where a call stands: the state, its prompt, and everything spent until the prompt began."""

    state: str
    prompt: Cost
    spent: Cost


@dataclass(frozen=True)
class Edge:
    """What one input does at a state.

    rings: what is rung before the caller has to act again. person: the cost from the beginning of the
    state's prompt to the ring, the prompt heard out. onward: the same to the next state. target: the
    next state, "" when the call is over: then `ended` tells who ended it.
    """

    source: str
    input: Input
    rings: tuple[str, ...] = ()
    person: Cost | None = None
    target: str = ""
    onward: Cost | None = None
    ended: str = ""
    said: str = ""
    faults: tuple[str, ...] = ()
    gap: float = 0.0


@dataclass(frozen=True)
class Repeat:
    """What comes of one input, done until something else happens.

    end: "person", "loop", "state" (it leads on), or who ended the call. settled: a promise was kept then.
    """

    source: str
    input: Input
    times: int
    end: str
    cost: Cost
    settled: bool = False
    said: str = ""


@dataclass
class State:
    """A place where the caller can act. settled: a promise is kept already. deaf: it hears keys only."""

    key: str
    title: str
    path: tuple[Input, ...]
    prompt: Cost
    said: str
    node: str = ""
    settled: bool = False
    deaf: bool = False
    toured: bool = False
    edges: dict[str, Edge] = field(default_factory=dict)
    repeats: dict[str, Repeat] = field(default_factory=dict)


@dataclass
class Walk:
    """One scene walked to its end. opening: what the caller hears first; faults: with where they were
    found; nodes: of ours that were met; toured: by which input a tour went from one state to another; cut:
    not everything within `depth` inputs could be explored."""

    scene: Scene
    states: dict[str, State] = field(default_factory=dict)
    opening: str = ""
    opening_seconds: float = 0.0
    start: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    nodes: set[str] = field(default_factory=set)
    toured: dict[tuple[str, str], str] = field(default_factory=dict)
    at_once: Reached | None = None
    calls: int = 0
    cut: bool = False

    @property
    def rings(self) -> bool:
        """Whether anybody was ever rung."""
        return any(edge.rings for state in self.states.values() for edge in state.edges.values())


@dataclass
class Walker:
    """Walks one scene."""

    ground: Ground
    scene: Scene
    inputs: Inputs
    depth: int = 8
    walk: Walk = field(init=False)

    def __post_init__(self) -> None:
        self.walk = Walk(self.scene)

    def go(self) -> Walk:
        self._open()
        for tour in self.inputs.tours if self.ground.flow is not None else ():
            self._tour(tour)
        waiting = deque(self.walk.states.values())
        known = set(self.walk.states)
        while waiting:
            state = waiting.popleft()
            if len(state.path) >= self.depth and not state.toured:
                self.walk.cut = True
                continue
            self._explore(state)
            waiting += [one for key, one in self.walk.states.items() if key not in known]
            known |= set(self.walk.states)
        return self.walk

    # ---- one call

    def _dial(self, path: Iterable[Input] = ()) -> Call:
        self.walk.calls += 1
        call = self.ground.caller(self.scene).dial()
        for one in path:
            if call.listening:
                one.do(call)
        return call

    def _done(self, call: Call, where: str) -> None:
        """The call is put down, so that it occupies nobody, and what was wrong with it is kept."""
        for fault in call.faults:
            self.walk.faults.setdefault(fault, where)
        self.walk.nodes |= self.ground.stood(call, self.scene) | ({"ring"} if call.rung else set())
        if not call.ended:
            call.hang_up()

    def _moment(self, call: Call) -> Moment | None:
        if call.waiting is None:
            return None
        seconds, spoken, silence = call.before_prompt
        now = Cost(call.inputs, call.webhooks, call.spoken, call.silence, call.seconds)
        spent = Cost(call.inputs, call.webhooks, spoken, silence, seconds)
        return Moment(state_of(call, self.ground.flow)[0], now - spent, spent)

    # ---- exploring

    def _open(self) -> None:
        call = self._dial()
        self.walk.opening, self.walk.opening_seconds = "".join(call.heard), call.seconds
        moment = self._arrive(call, ())
        self.walk.start = moment.state if moment is not None else ""
        self._done(call, "opening")
        if moment is not None:
            self._zero_at_once()

    def _zero_at_once(self) -> None:
        call = self._dial()
        call.press("0", at_once=True)
        self.walk.at_once = call.reached[0] if call.reached else None
        self._done(call, "opening, 0 at once")

    def _tour(self, tour: tuple[Input, ...]) -> None:
        """A whole call; where it ends without a promise, that is a fault."""
        call, settled = self._dial(), not self.scene.stored
        path: tuple[Input, ...] = ()
        for one in tour:
            if not call.listening or not one.fits(call):
                break
            settled, source = settled or self._settled(call), self._state(call)
            one.do(call)
            path = (*path, one)
            self._arrive(call, path, toured=True)
            self.walk.toured.setdefault((source, self._state(call)), one.name)
        if call.ended and not settled:
            self.walk.faults.setdefault("hung up before anything was promised", _written(path))
        self._done(call, _written(path))

    def _arrive(self, call: Call, path: tuple[Input, ...], toured: bool = False) -> Moment | None:
        """The state a call stands in, noted when it is new."""
        moment = self._moment(call)
        if moment is not None and moment.state not in self.walk.states:
            key, node = state_of(call, self.ground.flow)
            kind = self.ground.flow.nodes[node].kind if self.ground.flow is not None and node else "talk"
            self.walk.nodes |= {node} - {""}
            self.walk.states[key] = State(
                key=key,
                title=node or title(call),
                path=path,
                prompt=moment.prompt,
                said="".join(call.last or call.heard),
                node=node,
                settled=kind not in UNSETTLED,
                deaf=call.waiting is not None and call.waiting.name == "Record",
                toured=toured,
            )
        return moment

    def _explore(self, state: State) -> None:
        for one in self.inputs.all:
            call = self._dial(state.path)
            if not self._here(call, state):
                self._done(call, state.title)
                return
            if one.fits(call):
                state.edges[one.name] = self._try(call, state, one)
            self._done(call, f"{state.title}: {one.name}")
        for one in self.inputs.counted:
            self._repeat(state, one)

    def _here(self, call: Call, state: State) -> bool:
        """Whether the same inputs led to the same state again; answering at random is a fault."""
        moment = self._moment(call)
        if moment is None or moment.state != state.key:
            self.walk.faults.setdefault("the same inputs do not lead to the same state again", state.title)
            return False
        return True

    def _try(self, call: Call, state: State, one: Input) -> Edge:
        before, rung, faults = self._moment(call), len(call.reached), len(call.faults)
        if before is None:
            raise AssertionError("nobody listens")
        one.do(call)
        after = self._arrive(call, (*state.path, one))
        reached = call.reached[rung:]
        return Edge(
            source=state.key,
            input=one,
            rings=reached[0].addresses if reached else (),
            person=_cost(reached[0]) - before.spent if reached else None,
            target=after.state if after is not None else "",
            onward=after.spent - before.spent if after is not None else None,
            ended=call.ended,
            said="".join(call.last),
            faults=tuple(call.faults[faults:]),
            gap=call.longest_gap,
        )

    def _repeat(self, state: State, one: Input) -> None:
        """The same again, until somebody is rung, the call ends, or it is clear that nothing counts."""
        edge = state.edges.get(one.name)
        if edge is None:
            return
        if edge.person is not None:
            state.repeats[one.name] = Repeat(state.key, one, 1, "person", edge.person)
            return
        call = self._dial(state.path)
        before = self._moment(call)
        if before is None:
            raise AssertionError("nobody listens")
        path, seen, times, end = state.path, [self._sight(call)], 0, ""
        while not end:
            settled, rung = self._settled(call), len(call.reached)
            one.do(call)
            times, path = times + 1, (*path, one)
            if call.listening and len(path) <= self.depth:
                self._arrive(call, path)
            seen.append(self._sight(call))
            end = self._end(call, rung, seen, times)
        spent = _cost(call.reached[rung]) if end == "person" else _now(call)
        cost, said = spent - before.spent, "".join(call.last)
        state.repeats[one.name] = Repeat(state.key, one, times, end, cost, settled, said)
        self._done(call, f"{state.title}: {one.name} x {times}")

    def _end(self, call: Call, rung: int, seen: list[str], times: int) -> str:
        if len(call.reached) > rung:
            return "person"
        if not call.listening:
            return call.ended
        if seen[-REPEATS:] == [seen[-1]] * REPEATS:
            return "loop"
        return "state" if times >= LONGEST else ""

    def _sight(self, call: Call) -> str:
        """What a caller notices of where they are: the state and what was said, whatever its figures."""
        return f"{self._state(call)} {DIGITS.sub('', ''.join(call.last))}"

    def _state(self, call: Call) -> str:
        moment = self._moment(call)
        return moment.state if moment is not None else ""

    def _settled(self, call: Call) -> bool:
        state = self.walk.states.get(self._state(call))
        return state is not None and state.settled


def _cost(reached: Reached) -> Cost:
    return Cost(reached.inputs, reached.webhooks, reached.spoken, reached.silence, reached.seconds)


def _now(call: Call) -> Cost:
    return Cost(call.inputs, call.webhooks, call.spoken, call.silence, call.seconds)


# ---- what a state is


def state_of(call: Call, flow: Flow | None) -> tuple[str, str]:
    """The key of the state a call waits in, and its node when it is our own: the node in the address and the
    kind of verb; of strangers a digest of the document's shape."""
    verb = call.waiting
    if verb is None:
        return "", ""
    address = urlsplit(verb.get("action"))
    node = (parse_qs(address.query).get("n") or [""])[0]
    if flow is not None and node in flow.nodes:
        return (node if verb.name == "Gather" else f"{node} {verb.name}"), node
    shape = "\n".join((*_shape(verb), DIGITS.sub("", "".join(call.last or call.heard))))
    return hashlib.sha256(shape.encode()).hexdigest()[:8], ""


def _shape(verb: Verb) -> list[str]:
    """A verb without what may change from call to call: addresses but for their path, figures."""
    lines = [verb.name, DIGITS.sub("", verb.text) if verb.name == "Say" else urlsplit(verb.text).path]
    for name, value in sorted(verb.attributes.items()):
        lines.append(f"{name}={urlsplit(value).path if '/' in value else value}")
    return lines + [line for child in verb.inside for line in _shape(child)]


def title(call: Call) -> str:
    """A stranger's state, by what is said there."""
    said = " ".join(call.last or call.heard[-1:]).split()
    words = " ".join(said)
    return words[:28] + ("…" if len(words) > 28 else "") if words else "(silence)"


def _written(path: tuple[Input, ...]) -> str:
    return " ".join(one.name for one in path)


def is_hang_up(edge: Edge) -> bool:
    """Whether the machine ended the call, not the caller."""
    return edge.input.kind != HANG_UP and edge.ended in ("machine", "document")
