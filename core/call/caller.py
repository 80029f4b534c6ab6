"""The caller speaks, presses, or does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.call.going import afresh, bare, enter, human, say_and_listen, seek
from core.call.parts import Event, Keys, Place, Seek, Tell, Turn, Words
from core.callflow import BACK, Flow, Key, Node

MOST_DIGITS = 32

Wishes = Callable[[str], object]


def acts(flow: Flow, place: Place, event: Event, wishes: Wishes) -> Turn:
    if isinstance(event, Keys) and event.digits:
        return _keys(flow, place, event.digits)
    if isinstance(event, Words) and bare(event.text):
        return _words(flow, place, event, wishes)
    return is_silent(flow, place)


def _keys(flow: Flow, place: Place, pressed: str) -> Turn:
    node = flow.nodes[place.node]
    digits = pressed.strip("#*")
    if digits and set(digits) == {"0"}:
        return human(place, "key_zero")
    if digits in node.keys:
        return _follow(flow, place, node.keys[digits])
    if node.listen != "digits":
        return _missed(flow, place, "wrong_key")
    if not digits:
        return is_silent(flow, place)
    if not _fits(node, digits):
        return _missed(flow, place, "wrong_number")
    return _tell(place, _grouped(node, digits), node.agreed)


def _fits(node: Node, digits: str) -> bool:
    if not (digits.isascii() and digits.isdigit()) or len(digits) > MOST_DIGITS:
        return False
    return not node.lengths or len(digits) in node.lengths


def _grouped(node: Node, digits: str) -> str:
    """Digits keyed in one go, parted where the node says: ten of the number, four of the phone."""
    if sum(node.groups) != len(digits):
        return digits
    parts, start = [], 0
    for size in node.groups:
        parts.append(digits[start : start + size])
        start += size
    return " ".join(parts)


def _follow(flow: Flow, place: Place, key: Key) -> Turn:
    place = replace(place, misses=0)
    if key.words:
        return _tell(place, key.words, flow.nodes[place.node].agreed)
    if key.go == "ring":
        return human(place, "key_zero")
    if key.go == BACK:
        return seek(afresh(place), Seek("again", only=place.talked), "finding")
    return enter(flow, place, key.go or place.node)


def _words(flow: Flow, place: Place, heard: Words, wishes: Wishes) -> Turn:
    """A wish for a person is told to reception like all words, so that it is kept, and rings in any case."""
    node, said = flow.nodes[place.node], bare(heard.text)
    if wishes(heard.text):
        return Turn((), afresh(replace(place, wish=True)), Tell(heard.text))
    if said in flow.greetings:
        return _missed(flow, place, "here")
    if heard.confidence < flow.unsure_below:
        return _missed(flow, place, "missed")
    return _tell(place, heard.text, node.agreed if said in flow.agreement else None)


def _tell(place: Place, words: str, leads_to: str | None) -> Turn:
    node = leads_to or place.node
    return Turn((), replace(place, node=node, misses=0, agreed=leads_to is not None), Tell(words))


def is_silent(flow: Flow, place: Place) -> Turn:
    """Silence is counted, like every miss. Where a promise is kept already, it ends in a goodbye."""
    node = flow.nodes[place.node]
    if node.kind == "wait":
        return seek(replace(place, waits=place.waits + 1), Seek("waiting", again=True), "finding")
    if node.kind in ("record", "leave"):
        return enter(flow, place, node.then)
    if node.kind != "settled":
        return _missed(flow, place, "silence")
    place = replace(place, misses=place.misses + 1)
    if place.misses >= node.patience:
        return enter(flow, place, node.then)
    return say_and_listen(flow, place, node.silence or flow.lines["settled_silence"])


def _missed(flow: Flow, place: Place, line: str) -> Turn:
    place = replace(place, misses=place.misses + 1)
    if place.misses >= flow.person_after:
        return seek(afresh(place), Seek("silence" if line == "silence" else "missed_twice"), "missed_twice")
    return say_and_listen(flow, place, flow.lines[line])
