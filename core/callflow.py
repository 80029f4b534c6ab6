"""The phone flow as its author writes it (`content/calls.yml`); `core.flowcheck` explains its faults.

A node is a place in a call: what is said on arriving, how we listen, what keys mean. What can never
be written into the flow, because `core.call` does it everywhere, is the way to a person: `0` and a
spoken wish ring somebody from every node.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.content import ContentError
from core.ears import Ears

BACK = "back"  # as a key's `go`: the agent who was just on the line
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
    the goodbye `then` after `patience` silences), wait, held (until an agent comes back), ring, record,
    leave. agreed: where a yes, or the number keyed here, leads. stay: what else is said is kept, but does
    not lead away. lengths: how many digits a number may have; groups: how digits keyed in one go are
    parted. asks: what a number keyed here, or a yes, answers.
    """

    name: str
    kind: str
    say: tuple[Line, ...] = ()
    listen: str = "free"
    keys: Mapping[str, Key] = field(default_factory=dict)
    groups: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()
    agreed: str | None = None
    asks: str = ""
    patience: int = 2
    silence: Line | None = None
    then: str = "goodbye"
    stay: bool = False


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
    held_seconds: int
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
    ears: Ears = field(default_factory=Ears)

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
            held_seconds=_whole(wait, "held", "wait"),
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
            ears=Ears.from_mapping(data),
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
        asks=str(data.get("asks") or ""),
        patience=int(data.get("patience", 2)),
        silence=_line(where, silence) if silence else None,
        then=str(data.get("then", "goodbye")),
        stay=bool(data.get("stay", False)),
    )


def _key(where: str, data: Any) -> Key:
    if isinstance(data, Mapping) and set(data) in ({"go"}, {"words"}):
        return Key(go=data.get("go"), words=data.get("words"))
    raise ContentError(f"calls.yml: {where}", "write {go: node} or {words: what the caller means}")


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
