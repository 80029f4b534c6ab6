"""What is wrong with a phone flow, told to its author: where, what, and what to write instead. Pure.

The flow is walked as a graph: which node can follow which, by a key, a yes, an answer of reception's, or
silence alone. Every path must end in a person, a kept promise, or a goodbye that the caller chose.
"""

from __future__ import annotations

from collections.abc import Iterator

from core.callflow import BACK, HUMAN_SECONDS, Flow, Key, Node, opening_faults

KINDS = ("talk", "ring", "wait", "settled", "held", "record", "leave")
MODES = ("free", "digits")
#: Nodes that the machine itself goes to, and the kind that it takes them for.
NEEDED = {
    "open": "talk",
    "ring": "ring",
    "wait": "wait",
    "held": "held",
    "closed": "settled",
    "nobody_came": "settled",
    "number": "settled",
    "told": "settled",
    "record": "record",
    "after": "settled",
    "goodbye": "leave",
    "sorry": "leave",
}
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
    "back",
    "free",
    "called",
    "owed",
    "language",
    "elder",
    "offer",
    "added",
    "once_more",
)
RESULTS = ("declined", "no-answer", "busy", "failed", "canceled", "unknown")
EXPECTED = ("story", "registered")
MOST_KEYS = 3
LONGEST_ON_HOLD = 300
LEAST_RECORDING = 30
TOLD = {"talk", "settled"}  # kinds that an answer of reception's may lead to
STAYING = {"settled", "wait", "held"}  # kinds in which what is said leads no further


def faults(flow: Flow) -> list[str]:
    """What is wrong with the flow, in sentences its author understands; empty when nothing is."""
    found = [*_missing(flow), *_limits(flow), *_words(flow)]
    for node in flow.nodes.values():
        for check in (_kind, _listening, _keys, _numbers, _targets, _silence, _says):
            found += [f"node `{node.name}`: {fault}" for fault in check(flow, node)]
    found += _expects(flow)
    return found + [f"node `{name}`: no path of the call leads here; remove it" for name in _unreached(flow)]


def followers(flow: Flow, name: str) -> set[str]:
    """The nodes that can come next, by anything that the caller does or leaves undone."""
    node = flow.nodes[name]
    if node.kind in ("record", "leave"):
        return {node.then} if node.kind == "record" else set()
    if node.kind == "ring":
        return {"after", "wait", "held", "closed", "nobody_came", "number", "record", "goodbye", "sorry"}
    by_key = {_goes(key) for key in node.keys.values() if key.go}
    told = {target for target in flow.expects.values() if not node.stay or _keeps(flow, target)}
    silent = {node.then} if node.kind == "settled" else set()
    return {"ring"} | by_key | told | silent | {node.agreed or name}


def _goes(key: Key) -> str:
    return "ring" if key.go in (BACK, "ring") else str(key.go)


def _stays(flow: Flow, name: str) -> bool:
    return name in flow.nodes and flow.nodes[name].stay


def _keeps(flow: Flow, name: str) -> bool:
    """Whether words said where a promise stands may lead here: to another such node, or to the number."""
    return _stays(flow, name) or name == flow.expects.get("registered")


def _kind_of(flow: Flow, name: str) -> str:
    return flow.nodes[name].kind if name in flow.nodes else ""


# ---- what every flow needs


def _missing(flow: Flow) -> Iterator[str]:
    for name in NEEDED:
        if name not in flow.nodes:
            yield f"`{name}` is missing from nodes; write it with kind: {NEEDED[name]}"
    for name in LINES:
        if name not in flow.lines:
            yield f"`{name}` is missing from lines; name the reply that says it"
    for name in RESULTS:
        if name not in flow.results:
            yield f"`{name}` is missing from results; name the reply that says it"
    for name in EXPECTED:
        if name not in flow.expects:
            yield f"`{name}` is missing from expects; name the node that it leads to"


def _limits(flow: Flow) -> list[str]:
    broken = (
        (
            flow.person_after > 2,
            "person_after: a person comes at the second miss at the latest, so write 1 or 2",
        ),
        (flow.unsure_below >= 1, "unsure_below: nothing would ever be understood; write less than 1"),
        (flow.sought_most > 3, "sought_most: nobody came so often already; write 1, 2 or 3"),
        (flow.ring_seconds > flow.ring_total, "ring: one ring (`seconds`) is longer than all (`total`)"),
        (flow.ring_total > 60, "ring: after 60 seconds the caller is offered a callback; `total` is more"),
        (flow.ring_together > 10, "ring: at most 10 phones ring together"),
        (flow.ring_longest < 7200, "ring: `longest` would cut a talk of two hours"),
        (
            flow.wait_turns * flow.wait_seconds > 600,
            "wait: more than ten minutes; offer the callback earlier",
        ),
        (
            flow.held_seconds > LONGEST_ON_HOLD,
            "wait: more than five minutes on hold; write `held: 300` or less",
        ),
        (flow.record_seconds < LEAST_RECORDING, "record: too few `seconds` to tell it in; write 30 or more"),
        (
            flow.whisper_limit > 60,
            "whisper: the caller hears it ring all the while; write `limit: 60` or less",
        ),
    )
    return [message for wrong, message in broken if wrong]


def _words(flow: Flow) -> Iterator[str]:
    for word in sorted(flow.greetings & flow.agreement):
        yield f"agreement: `{word}` is in greetings too, so that it is never a yes; write it in one of them"


# ---- one node


def _kind(flow: Flow, node: Node) -> Iterator[str]:
    needed = NEEDED.get(node.name, node.kind)
    if node.kind not in KINDS:
        yield f"kind `{node.kind}` is not one of {', '.join(KINDS)}"
    elif node.kind != needed:
        yield f"the machine needs kind: {needed} here, not {node.kind}"
    elif node.kind in ("ring", "wait", "held") and node.name != node.kind:
        yield f"only the node `{node.kind}` may have this kind; write kind: talk"
    if node.stay and node.kind not in STAYING:
        yield "stay holds callers who need nothing more, which is not so here; remove it"


def _listening(flow: Flow, node: Node) -> Iterator[str]:
    if node.listen not in MODES:
        yield f"listen `{node.listen}` is not one of {', '.join(MODES)}"
    if node.kind in ("ring", "record", "leave") and (node.keys or node.listen != "free"):
        yield "nobody listens here, so keys are never heard; remove `keys` and `listen`"
    if node.kind == "wait" and not any(key.words for key in node.keys.values()):
        yield "the callback must be one key away; write keys with {words: …} for it"


def _keys(flow: Flow, node: Node) -> Iterator[str]:
    for key in node.keys:
        if set(key) == {"0"}:
            yield "0 is a person everywhere; it cannot mean anything else here"
        elif not key.isdigit():
            yield "only the keys 1 to 9 can be given a meaning"
        elif node.listen == "free" and len(key) > 1:
            yield f"one key is heard here, so {key} can never be pressed; write a key of one digit"
        elif node.listen == "digits" and len(key) in node.lengths:
            yield f"key {key} shadows a number of {len(key)} digits; write a shorter key"
    if len(node.keys) > MOST_KEYS:
        yield f"{len(node.keys)} keys are a menu; {MOST_KEYS} is the most"


def _numbers(flow: Flow, node: Node) -> Iterator[str]:
    if node.listen == "free" and (node.lengths or node.groups):
        yield "lengths and groups count only where digits are heard; write listen: digits"
    if node.groups and sum(node.groups) not in node.lengths:
        yield f"its groups make {sum(node.groups)} digits; write {sum(node.groups)} into lengths"


def _targets(flow: Flow, node: Node) -> Iterator[str]:
    for key, meaning in node.keys.items():
        if meaning.go is not None and meaning.go != BACK:
            yield from _to(flow, node, f"key {key}", meaning.go)
    if node.agreed is not None:
        yield from _to(flow, node, "agreed", node.agreed)


def _to(flow: Flow, node: Node, what: str, name: str) -> Iterator[str]:
    """A step that the author wrote: nobody is hung up on, or left in a queue that rings nobody."""
    kind = _kind_of(flow, name)
    if not kind:
        yield f"{what}: there is no node `{name}` to go to"
    elif kind in ("wait", "held", "record"):
        yield f"{what}: `{name}` rings nobody by itself; write {{go: ring}}"
    elif kind == "leave" and node.kind == "talk":
        yield f"{what}: a key may not hang up before a promise is kept; write {{words: …}}"
    elif kind == "settled" and node.kind == "talk":
        yield f"{what}: silence in `{name}` ends the call, and nothing is promised yet; write {{words: …}}"


def _silence(flow: Flow, node: Node) -> Iterator[str]:
    if node.kind in ("settled", "record"):
        if node.then not in flow.nodes:
            yield f"then: there is no node `{node.then}` to go to"
        elif _kind_of(flow, node.then) != "leave":
            yield f"after silence the call must end somewhere, but `{node.then}` is no goodbye"
    if node.kind == "settled" and not 1 <= node.patience <= 3:
        yield "patience must be 1, 2 or 3 silences"
    if node.kind != "settled" and node.silence is not None:
        yield "`silence` is said only where a promise is kept; lines: silence is said here"


def _says(flow: Flow, node: Node) -> Iterator[str]:
    if node.kind == "leave" and not node.say:
        yield "the line would go dead without a goodbye; say something"
    if node.kind in ("wait", "held", "settled", "record") and not node.say:
        yield "the caller arrives here and hears nothing; say something"
    if node.kind == "ring" and node.say:
        yield "what is said before ringing stands in lines and results; remove `say`"


# ---- the flow as a whole


def _expects(flow: Flow) -> Iterator[str]:
    """Reception's answers lead to where the caller is asked or told something, and nowhere else."""
    for said, name in flow.expects.items():
        if name not in flow.nodes:
            yield f"expects `{said}`: there is no node `{name}`"
        elif _kind_of(flow, name) not in TOLD:
            yield f"expects `{said}`: an answer leads to kind: talk or settled, and `{name}` is neither"


def _unreached(flow: Flow) -> list[str]:
    """Nodes that no path from the opening, and no rule of the machine, leads to."""
    reached, ahead = set[str](), {name for name in NEEDED if name in flow.nodes}
    while ahead:
        name = ahead.pop()
        reached.add(name)
        ahead |= {one for one in followers(flow, name) if one in flow.nodes} - reached
    return [name for name in flow.nodes if name not in reached]


# ---- the words


def opening(flow: Flow, words: str, offers: tuple[str, ...]) -> list[str]:
    """What is wrong with the opening as it will be said; `offers`: ways to offer a person, one is enough."""
    found = [opening_faults(words, offer, flow.pace) for offer in offers]
    if not found or [] in found:
        return [] if found else [f"offers: name the words that offer a person within {HUMAN_SECONDS:g} s"]
    return min(found, key=lambda each: any("no person" in fault for fault in each))


def replies(flow: Flow) -> set[str]:
    """Every reply that the flow names."""
    lines = [*flow.lines.values(), *flow.results.values()]
    lines += [line for node in flow.nodes.values() for line in node.say]
    lines += [node.silence for node in flow.nodes.values() if node.silence is not None]
    return {reply for line in lines for reply in line.replies}
