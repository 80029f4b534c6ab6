"""The phone flow as its author writes it (`content/calls.yml`), and a checker that explains its faults.

A node is a place in a call: what is said on arriving, how we listen, what keys mean. What can never
be written into the flow, because `core.call` does it everywhere, is the way to a person: `0` and a
spoken wish ring somebody from every node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.content import ContentError

KINDS = ("talk", "ring", "wait", "settled", "record", "leave")
MODES = ("free", "digits")
NEEDED = (
    "open",
    "ring",
    "wait",
    "closed",
    "nobody_came",
    "number",
    "told",
    "record",
    "after",
    "goodbye",
    "sorry",
)
LINES = (
    "silence",
    "wrong_key",
    "wrong_number",
    "missed",
    "missed_twice",
    "here",
    "listening",
    "finding",
    "finding_first",
    "settled_silence",
    "recorded",
    "trouble",
)
RESULTS = ("declined", "no-answer", "busy", "failed", "canceled", "unknown")
BACK = "back"  # as a key's `go`: the agent who was just on the line
MOST_KEYS = 3
OPENING_SECONDS = 8.0
HUMAN_SECONDS = 3.0


@dataclass(frozen=True)
class Line:
    """One thing to say: the first of these replies whose slots are all known."""

    replies: tuple[str, ...]


@dataclass(frozen=True)
class Key:
    """What a key means: another node, or the words that it stands for."""

    go: str | None = None
    words: str | None = None


@dataclass(frozen=True)
class Node:
    """A place in the call.

    kind: talk (a person comes at the second miss), settled (a promise is stored, so silence ends in
    the goodbye `then` after `patience` silences), wait, ring, record, leave. agreed: where a yes, or the
    number keyed here, leads. stay: what else is said is kept, but does not lead away. lengths: how
    many digits a number may have; groups: how digits keyed in one go are parted. once_promised: the
    node that takes its place when a promise is stored already.
    """

    name: str
    kind: str
    say: tuple[Line, ...] = ()
    listen: str = "free"
    keys: Mapping[str, Key] = field(default_factory=dict)
    groups: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()
    agreed: str | None = None
    patience: int = 2
    silence: Line | None = None
    then: str = "goodbye"
    stay: bool = False
    once_promised: str | None = None


@dataclass(frozen=True)
class Flow:
    """The whole flow: nodes, and the numbers and lines that hold everywhere."""

    nodes: Mapping[str, Node]
    lines: Mapping[str, Line]
    results: Mapping[str, Line]
    expects: Mapping[str, str]
    person_after: int
    ring_seconds: int
    ring_total: int
    ring_together: int
    ring_longest: int
    wait_turns: int
    wait_seconds: int
    record_seconds: int
    record_silence: int
    sought_most: int
    unsure_below: float
    pace: float
    greetings: frozenset[str] = frozenset()
    agreement: frozenset[str] = frozenset()
    refused_recording: str = ""
    whisper_limit: int = 60
    whisper_drop: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Flow:
        """The flow of `calls.yml`; raises ContentError where the file cannot be read as a flow."""
        ring, wait, record = (_part(data, name) for name in ("ring", "wait", "record"))
        whisper = dict(_part(data, "whisper"))
        return cls(
            nodes={name: _node(name, node) for name, node in _part(data, "nodes").items()},
            lines={name: _line(f"lines: {name}", said) for name, said in _part(data, "lines").items()},
            results={name: _line(f"results: {name}", said) for name, said in _part(data, "results").items()},
            expects={str(k): str(v) for k, v in _part(data, "expects").items()},
            person_after=_whole(data, "person_after"),
            ring_seconds=_whole(ring, "seconds", "ring"),
            ring_total=_whole(ring, "total", "ring"),
            ring_together=_whole(ring, "together", "ring"),
            ring_longest=_whole(ring, "longest", "ring"),
            wait_turns=_whole(wait, "turns", "wait"),
            wait_seconds=_whole(wait, "seconds", "wait"),
            record_seconds=_whole(record, "seconds", "record"),
            record_silence=_whole(record, "silence", "record"),
            sought_most=_whole(data, "sought_most"),
            unsure_below=_real(data, "unsure_below"),
            pace=_real(data, "characters_per_second"),
            greetings=_words(data, "greetings"),
            agreement=_words(data, "agreement"),
            refused_recording=str(data.get("refused_recording") or ""),
            whisper_limit=_whole(whisper, "limit", "whisper"),
            whisper_drop=tuple(str(name) for name in whisper.get("drop") or ()),
        )

    @property
    def rings_most(self) -> int:
        """How often somebody is rung for one wish before the waiting room: the total over one ring."""
        return max(1, self.ring_total // self.ring_seconds)


def _part(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    if not isinstance(part, Mapping):
        raise ContentError(f"calls.yml: {name}", "this part is missing, or is not a list of `name: value`")
    return part


def _whole(data: Mapping[str, Any], name: str, where: str = "") -> int:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ContentError(f"calls.yml: {where or name}", f"`{name}` must be a whole number from 1")
    return value


def _real(data: Mapping[str, Any], name: str) -> float:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise ContentError(f"calls.yml: {name}", "this must be a number above 0")
    return float(value)


def _words(data: Mapping[str, Any], name: str) -> frozenset[str]:
    value = data.get(name) or []
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise ContentError(f"calls.yml: {name}", "this must be a list of words")
    return frozenset(str(word) for word in value)


def _line(where: str, said: Any) -> Line:
    """`utter_a` or `utter_a | utter_b`: b is said when a slot of a is not known."""
    replies = tuple(part.strip() for part in str(said or "").split("|"))
    if not all(reply.startswith("utter_") for reply in replies):
        raise ContentError(f"calls.yml: {where}", "name replies of replies.yml here, such as utter_open")
    return Line(replies)


def _node(name: str, data: Any) -> Node:
    where = f"nodes: {name}"
    if not isinstance(data, Mapping):
        raise ContentError(f"calls.yml: {where}", "this must be a list of `name: value`")
    said = data.get("say") or []
    said = [said] if isinstance(said, str) else said
    silence = data.get("silence")
    return Node(
        name=name,
        kind=str(data.get("kind", "talk")),
        say=tuple(_line(where, line) for line in said),
        listen=str(data.get("listen", "free")),
        keys={str(k): _key(f"{where}: key {k}", v) for k, v in (data.get("keys") or {}).items()},
        groups=tuple(int(size) for size in data.get("groups") or ()),
        lengths=tuple(int(size) for size in data.get("lengths") or ()),
        agreed=data.get("agreed"),
        patience=int(data.get("patience", 2)),
        silence=_line(where, silence) if silence else None,
        then=str(data.get("then", "goodbye")),
        stay=bool(data.get("stay", False)),
        once_promised=data.get("once_promised"),
    )


def _key(where: str, data: Any) -> Key:
    if isinstance(data, Mapping) and set(data) in ({"go"}, {"words"}):
        return Key(go=data.get("go"), words=data.get("words"))
    raise ContentError(f"calls.yml: {where}", "write {go: node} or {words: what the caller means}")


def faults(flow: Flow) -> list[str]:
    """What is wrong with the flow, in sentences its author understands; empty when nothing is."""
    found = [f"`{name}` is missing from nodes" for name in NEEDED if name not in flow.nodes]
    found += [f"`{name}` is missing from lines" for name in LINES if name not in flow.lines]
    found += [f"`{name}` is missing from results" for name in RESULTS if name not in flow.results]
    for node in flow.nodes.values():
        found += [f"node `{node.name}`: {fault}" for fault in _node_faults(flow, node)]
    lost = [(said, name) for said, name in flow.expects.items() if name not in flow.nodes]
    found += [f"expects `{said}`: there is no node `{name}`" for said, name in lost]
    found += [
        f"`{name}` is missing from expects" for name in ("story", "registered") if name not in flow.expects
    ]
    found += _limit_faults(flow)
    return found + [f"node `{name}`: no path of the call leads here" for name in _unreached(flow)]


def _node_faults(flow: Flow, node: Node) -> list[str]:
    found = []
    if node.kind not in KINDS:
        found.append(f"kind `{node.kind}` is not one of {', '.join(KINDS)}")
    if node.listen not in MODES:
        found.append(f"listen `{node.listen}` is not one of {', '.join(MODES)}")
    if any(set(key) == {"0"} for key in node.keys):
        found.append("0 is a person everywhere; it cannot mean anything else here")
    if any(not key.isdigit() for key in node.keys):
        found.append("only the keys 1 to 9 can be given a meaning")
    if len(node.keys) > MOST_KEYS:
        found.append(f"{len(node.keys)} keys are a menu; {MOST_KEYS} is the most")
    targets = [key.go for key in node.keys.values() if key.go]
    targets += [node.agreed or node.name, node.once_promised or node.name, node.then]
    known = {*flow.nodes, BACK}
    found += [f"there is no node `{name}` to go to" for name in targets if name not in known]
    return found + _ending_faults(flow, node)


def _ending_faults(flow: Flow, node: Node) -> list[str]:
    """Every path ends in a person, a kept promise, or a goodbye the caller chose."""
    found = []
    if node.kind == "leave" and not node.say:
        found.append("the line would go dead without a goodbye; say something")
    if node.kind in ("wait", "settled", "record") and not node.say:
        found.append("the caller arrives here and hears nothing; say something")
    end = flow.nodes.get(node.then)
    if node.kind in ("settled", "record") and end is not None and end.kind != "leave":
        found.append(f"after silence the call must end somewhere, but `{node.then}` is no goodbye")
    if node.kind == "settled" and not 1 <= node.patience <= 3:
        found.append("patience must be 1, 2 or 3 silences")
    if node.kind == "talk" and any(k.go and _ends(flow, k.go) for k in node.keys.values()):
        found.append("a key may not hang up before a promise is kept")
    return found


def _ends(flow: Flow, name: str) -> bool:
    node = flow.nodes.get(name)
    return node is not None and node.kind == "leave"


def _limit_faults(flow: Flow) -> list[str]:
    found = []
    if flow.person_after > 2:
        found.append("person_after: a person comes at the second miss at the latest, so write 1 or 2")
    if flow.ring_seconds > flow.ring_total:
        found.append("ring: one ring (`seconds`) is longer than all of them together (`total`)")
    if flow.ring_total > 60:
        found.append("ring: after 60 seconds of ringing the caller is offered a callback; `total` is more")
    if flow.ring_together > 10:
        found.append("ring: at most 10 phones ring together")
    if flow.ring_longest < 7200:
        found.append("ring: `longest` would cut a talk of two hours")
    if flow.wait_turns * flow.wait_seconds > 600:
        found.append("wait: more than ten minutes of waiting; offer the callback earlier")
    return found


def _unreached(flow: Flow) -> list[str]:
    """Nodes that no expectation, key, yes or rule of the machine leads to."""
    reached = set(NEEDED) | set(flow.expects.values())
    for node in flow.nodes.values():
        reached |= {key.go for key in node.keys.values() if key.go}
        reached |= {node.agreed or "", node.then}
    return [name for name in flow.nodes if name not in reached]


def spoken_seconds(words: str, pace: float) -> float:
    """How long the words take to say: characters over the declared pace; marks are not spoken."""
    return sum(1 for c in words if c.isalnum()) / pace


def opening_faults(words: str, human: str, pace: float) -> list[str]:
    """What is wrong with the opening as it will be said; `human` is its offer of a person."""
    found = []
    if spoken_seconds(words, pace) > OPENING_SECONDS:
        found.append(f"the opening takes {spoken_seconds(words, pace):.1f} s; 8 s is the most")
    end = words.find(human)
    if end < 0:
        found.append("the opening offers no person")
    elif spoken_seconds(words[: end + len(human)], pace) > HUMAN_SECONDS:
        found.append("the person is offered later than 3 s into the opening")
    return found
