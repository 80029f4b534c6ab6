"""Going on in a call: arriving at a node, listening there, asking the house for a person."""

from __future__ import annotations

from dataclasses import replace

from core.call.parts import Hold, Leave, Listen, Place, Record, Say, Seek, Step, Turn
from core.callflow import Flow, Line, Node


def bare(text: str) -> str:
    """The words without marks and blanks; empty means that nothing was said."""
    return "".join(c for c in text if c.isalnum())


def human(flow: Flow, place: Place, reason: str, lead: str = "finding") -> Turn:
    """A new wish for a person. After a talk, and on hold, it is for another one than before."""
    held, fresh = flow.nodes[place.node].kind == "held", afresh(place)
    if place.talked and (held or place.node == "after"):
        fresh = replace(fresh, tried=(place.talked,))
    return seek(fresh, Seek(reason, release=held), lead)


def afresh(place: Place) -> Place:
    """A new wish: everybody may be rung again."""
    return replace(place, rings=0, waits=0, misses=0, again=0, tried=(), ringing=())


def seek(place: Place, ask: Seek, lead: str) -> Turn:
    return Turn((), replace(place, lead=lead), ask)


def spoken(line: Line) -> Say:
    return Say(replies=line.replies)


def say_and_listen(flow: Flow, place: Place, line: Line) -> Turn:
    return Turn((listen(flow, flow.nodes[place.node], (spoken(line),)),), place)


def listen(flow: Flow, node: Node, prompt: tuple[Say, ...]) -> Listen:
    hold = (Hold(flow.wait_seconds),) if node.kind in ("wait", "held") else ()
    return Listen(node.listen, (*prompt, *hold))


def enter(
    flow: Flow, place: Place, name: str, said: tuple[Say, ...] = (), names: tuple[str, ...] = ()
) -> Turn:
    """Arrive at a node: say what it says, then listen, wait, record or leave.

    said, names: what reception has said just now, which the node does not repeat.
    """
    node, place = flow.nodes[name], replace(place, node=name)
    says = said + tuple(spoken(line) for line in node.say if not set(line.replies) & set(names))
    if node.kind == "leave":
        return Turn((*says, Leave()), place)
    if node.kind == "record":
        return Turn((*says, Record(flow.record_seconds, flow.record_silence)), place)
    return Turn((listen(flow, node, says or (spoken(flow.lines["listening"]),)),), place)


def said_once(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same sentence twice in one breath is a stammer."""
    kept: list[Step] = []
    for one in steps:
        if not (isinstance(one, Say) and one in kept):
            kept.append(one)
    return tuple(kept)
