"""The caller speaks, presses, or does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.call.going import afresh, bare, enter, human, say_and_listen, seek, spoken
from core.call.parts import ASKED, STORY, UNSURE, Arrived, Event, Keys, Place, Say, Seek, Tell, Turn, Words
from core.callflow import BACK, Flow, Key, Node

MOST_DIGITS = 32
SHORT = 24  # letters of an answer such as "no, thank you", or "please do not record me"
#: Why words ring a person; codes of labels.yml, `handoff_reasons`.
VULNERABLE, LANGUAGE, PROMISE_MISSED, ABUSE = "vulnerable", "language", "promise_missed", "abuse"

Wishes = Callable[[str], object]


def arrives(flow: Flow, place: Place, event: Arrived) -> Turn:
    """The opening. Whom we owe a call is not asked to tell anything first: a person is rung."""
    said = (Say(replies=(event.opening,)),) if event.opening else ()
    if event.owed:
        owed = said or (spoken(flow.lines["owed"]),)
        return replace(human(flow, place, PROMISE_MISSED, ""), steps=owed)
    named = flow.nodes["open"].say if said else ()
    return enter(flow, place, "open", said, tuple(reply for line in named for reply in line.replies))


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
        return human(flow, place, "key_zero")
    if digits in node.keys:
        return _follow(flow, place, node.keys[digits])
    if node.listen != "digits":
        return missed(flow, place, "wrong_key")
    if not digits:
        return is_silent(flow, place)
    if not _fits(node, digits):
        return missed(flow, place, "wrong_number")
    return _tell(place, _grouped(node, digits), node.agreed, node.asks)


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
        return human(flow, place, "key_zero")
    if key.go == BACK:
        return seek(afresh(place), Seek("again", only=place.talked), "back")
    return enter(flow, place, key.go or place.node)


def _words(flow: Flow, place: Place, heard: Words, wishes: Wishes) -> Turn:
    """A wish for a person is told to reception like all words, so that it is kept, and rings in any case."""
    node, said = flow.nodes[place.node], bare(heard.text)
    if flow.ears.refuses_recording(heard.text):
        place = replace(place, unrecorded=True)
    if wishes(heard.text):
        return _tell_and_ring(place, heard.text, ASKED)
    wanted = flow.ears.asked(heard.text, place.language)
    if wanted is not None:
        place = replace(place, language=wanted)
        if flow.ears.only_asked(heard.text, wanted):
            return _speaks_on(flow, place, node)
    if said.lower() in flow.greetings:
        return missed(flow, place, "here")
    if heard.confidence < flow.unsure_below:
        return Turn((), place, Tell(heard.text, UNSURE))
    agreed = said.lower() in flow.agreement
    if flow.ears.only_heard(place.language) and not agreed:
        return _heard_out(flow, place, heard.text, node)
    if node.kind == "talk" and flow.ears.elders == "person" and flow.ears.is_elder(heard.text):
        return _tell_and_ring(place, heard.text, VULNERABLE)
    if flow.ears.swears(heard.text):
        return _sworn_at(flow, place, heard.text)
    place = replace(place, offer=flow.ears.wants_to_complain(heard.text))
    return _tell(place, heard.text, node.agreed, node.asks) if agreed else _tell(place, heard.text, None)


def _sworn_at(flow: Flow, place: Place, words: str) -> Turn:
    """Swearing is kept like all words, and counted like a miss: the machine never ends the call."""
    misses = place.misses + 1
    if misses >= flow.person_after:
        return _tell_and_ring(place, words, ABUSE)
    return Turn((), replace(place, misses=misses), Tell(words))


def _heard_out(flow: Flow, place: Place, words: str, node: Node) -> Turn:
    """In a language that is not understood: kept as the story, and a person is rung. Where a promise stands
    already nobody is rung, and a short answer is tried all the same, as is a no to being recorded."""
    short = len(bare(words)) <= SHORT
    if not node.stay and not (short and flow.ears.refuses_recording(words)):
        return _tell_and_ring(place, words, LANGUAGE, STORY)
    return Turn((), replace(place, misses=0), Tell(words, "" if short else STORY))


def _tell_and_ring(place: Place, words: str, why: str, kept_as: str = "") -> Turn:
    return Turn((), afresh(replace(place, wish=why)), Tell(words, kept_as))


def _speaks_on(flow: Flow, place: Place, node: Node) -> Turn:
    """In another language from here on. What the machine only hears out is asked openly, not by keys."""
    line = flow.lines["language"]
    if node.kind == "talk" and flow.ears.only_heard(place.language):
        return enter(flow, replace(place, node="story"), "story", (spoken(line),))
    return say_and_listen(flow, place, line)


def _tell(place: Place, words: str, leads_to: str | None, asks: str = "") -> Turn:
    node = leads_to or place.node
    agreed = leads_to is not None
    return Turn((), replace(place, node=node, misses=0, agreed=agreed), Tell(words, asks=asks))


def is_silent(flow: Flow, place: Place) -> Turn:
    """Silence is counted, like every miss. Where a promise is kept already, it ends in a goodbye."""
    node = flow.nodes[place.node]
    if node.kind == "wait":
        return seek(replace(place, waits=place.waits + 1), Seek("waiting", again=True), "once_more")
    if node.kind == "held":
        return _on_hold(flow, place)
    if node.kind in ("record", "leave"):
        return enter(flow, place, node.then)
    if node.kind != "settled":
        return missed(flow, place, "silence")
    place = replace(place, misses=place.misses + 1)
    if place.misses >= node.patience:
        return enter(flow, place, node.then)
    return say_and_listen(flow, place, node.silence or flow.lines["settled_silence"])


def _on_hold(flow: Flow, place: Place) -> Turn:
    """Music again, until the one who holds the call is rung: nobody is kept on hold without an end."""
    place = replace(place, waits=place.waits + 1, misses=0)
    if place.waits * flow.wait_seconds < flow.held_seconds:
        return enter(flow, place, place.node)
    return seek(afresh(place), Seek("again", again=True, only=place.talked), "back")


def missed(flow: Flow, place: Place, line: str) -> Turn:
    place = replace(place, misses=place.misses + 1)
    if place.misses >= flow.person_after:
        return human(flow, place, "silence" if line == "silence" else "missed_twice", "missed_twice")
    return say_and_listen(flow, place, flow.lines[line])
