"""A phone call as data: (flow, place, what was heard) gives steps, and the next place.

The machine decides and does nothing. What only the house can do (keep the caller's words, find a
person) it asks for: a `Turn` with an `ask` is answered by another event. `run` plays that exchange.

Promises, each a property test: from every node `0` or a spoken wish for a person rings somebody;
every second miss in a row (silence, wrong key, not understood) does so too, except where a promise is
already stored: there silence ends in a goodbye that repeats it; no path ends otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from core.callflow import BACK, Flow, Key, Line, Node

MOST_DIGITS = 32
ASKS_IN_A_TURN = 6


# ---- steps: what the caller hears and what the line does


@dataclass(frozen=True)
class Say:
    """Something said: words as reception gave them, or the first of these replies that can be filled."""

    words: str = ""
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hold:
    """Music, or quiet, while the caller waits."""

    seconds: int


@dataclass(frozen=True)
class Listen:
    """Hear the caller: one key or free speech, or a run of digits. The prompt may be cut short by either."""

    mode: str
    prompt: tuple[Say | Hold, ...]


@dataclass(frozen=True)
class Leg:
    """One phone of ours: whose, and where it rings ("client:NAME" or "sip:USER@HOST")."""

    agent: int
    address: str


@dataclass(frozen=True)
class Ring:
    """Ring these phones together. Whoever accepts is bridged; the result comes back as `Rang`."""

    legs: tuple[Leg, ...]
    seconds: int
    longest: int


@dataclass(frozen=True)
class Record:
    """Record after a beep. Any key ends it."""

    seconds: int
    silence: int


@dataclass(frozen=True)
class Leave:
    """Hang up. Only ever after a goodbye."""


Step = Say | Hold | Listen | Ring | Record | Leave


# ---- events: what was heard, from the caller or from the house


@dataclass(frozen=True)
class Arrived:
    """The call came in."""


@dataclass(frozen=True)
class Lost:
    """We do not know where this call stands: unknown node, broken address, expired call."""


@dataclass(frozen=True)
class Silence:
    """Nothing was said and nothing pressed."""


@dataclass(frozen=True)
class Keys:
    digits: str


@dataclass(frozen=True)
class Words:
    """Speech as recognised, with the recogniser's confidence (1.0 when it gave none)."""

    text: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Answered:
    """Reception kept the words and answers.

    expects: the names of its replies, last first, then the open question. handoff: a wish for a person
    is open and nobody has accepted it. registered: the complaint has its number.
    """

    said: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    handoff: bool = False
    registered: bool = False


@dataclass(frozen=True)
class Sought:
    """The wish for a person is stored; these can be rung.

    said, names: what reception says about it, and the names of those replies. stored: the wish is kept.
    staffed: somebody is on duty, if perhaps busy. promised: a callback with a time is stored.
    withheld: no number of the caller's is known. spoke: the caller has told something before.
    """

    legs: tuple[Leg, ...] = ()
    said: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stored: bool = True
    staffed: bool = False
    promised: bool = False
    withheld: bool = False
    spoke: bool = False


@dataclass(frozen=True)
class Unreached:
    """Nobody could be reached, and that is stored. Without `promised` nothing could be."""

    said: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    promised: bool = False
    withheld: bool = False


@dataclass(frozen=True)
class Failed:
    """The house could not keep or answer these words."""


@dataclass(frozen=True)
class Rang:
    """How the ringing ended: "accepted", or a name in the flow's `results`.

    left_out: agents not to be rung again; empty means all who were rung. talked: who accepted.
    """

    result: str
    left_out: tuple[int, ...] = ()
    talked: int = 0


@dataclass(frozen=True)
class Recorded:
    """The recording ended; `kept` when there is one, `key` if a key ended it."""

    kept: bool
    key: str = ""


Event = Arrived | Lost | Silence | Keys | Words | Answered | Sought | Unreached | Failed | Rang | Recorded


# ---- asks: what only the house can do


@dataclass(frozen=True)
class Tell:
    """Give these words to reception; the answer is `Answered` (or `Failed`)."""

    words: str


@dataclass(frozen=True)
class Seek:
    """Store the wish for a person, then say who can be rung; the answer is always `Sought`.

    again: the wish is stored already, only who can be rung is asked. only: that one agent.
    """

    reason: str
    again: bool = False
    only: int = 0


@dataclass(frozen=True)
class GiveUp:
    """Nobody picked up, however long it rang: promise a call back; the answer is `Unreached`."""


Ask = Tell | Seek | GiveUp


@dataclass(frozen=True)
class Place:
    """Where a call stands. Small and free of personal data, since it travels in our own signed address.

    misses: in a row. rings: for this wish. nobody: times a person was sought in vain. waits: turns in
    the waiting room. again: the same group was rung a second time. tried: agents left out. ringing:
    agents rung now. talked: the agent last bridged. unrecorded: the caller refused recording.
    lead, wish, agreed hold within one turn only: the line before the ringing; the words just told are
    a wish for a person; they are a yes.
    """

    node: str = "open"
    misses: int = 0
    rings: int = 0
    nobody: int = 0
    waits: int = 0
    again: int = 0
    tried: tuple[int, ...] = ()
    ringing: tuple[int, ...] = ()
    talked: int = 0
    unrecorded: bool = False
    lead: str = ""
    wish: bool = False
    agreed: bool = False


@dataclass(frozen=True)
class Turn:
    """What to do now. With an `ask`, the house's answer continues this turn."""

    steps: tuple[Step, ...]
    place: Place
    ask: Ask | None = None


Wishes = Callable[[str], object]


class HouseOfCall(Protocol):
    """Whoever does what the machine asks, and answers with an event."""

    def do(self, ask: Ask, place: Place) -> Event: ...


def run(flow: Flow, place: Place, event: Event, wishes: Wishes, house: HouseOfCall) -> Turn:
    """One whole turn: steps for the caller, everything asked of the house done on the way."""
    steps: tuple[Step, ...] = ()
    for _ in range(ASKS_IN_A_TURN):
        turn = step(flow, place, event, wishes)
        steps += turn.steps
        place = turn.place
        if turn.ask is None:
            break
        event = house.do(turn.ask, place)
    return Turn(_said_once(steps), replace(place, lead="", wish=False, agreed=False))


def step(flow: Flow, place: Place, event: Event, wishes: Wishes) -> Turn:
    """The next turn. Pure: the same arguments always give the same turn."""
    if place.node not in flow.nodes:
        place, event = replace(place, node="open"), Lost()
    if isinstance(event, (Answered, Sought, Unreached, Failed)):
        return _from_house(flow, place, event)
    if isinstance(event, Rang):
        return _rang(flow, place, event)
    if isinstance(event, Recorded):
        return _recorded(flow, place, event)
    if isinstance(event, Arrived):
        return _enter(flow, place, "open")
    if isinstance(event, Lost):
        return _human(place, "assistant_down")
    return _caller(flow, place, event, wishes)


# ---- the caller speaks, presses, or does not


def _caller(flow: Flow, place: Place, event: Event, wishes: Wishes) -> Turn:
    if isinstance(event, Keys) and event.digits:
        return _keys(flow, place, event.digits)
    if isinstance(event, Words) and _bare(event.text):
        return _words(flow, place, event, wishes)
    return _silence(flow, place)


def _keys(flow: Flow, place: Place, pressed: str) -> Turn:
    node = flow.nodes[place.node]
    digits = pressed.strip("#*")
    if digits and set(digits) == {"0"}:
        return _human(place, "key_zero")
    if digits in node.keys:
        return _follow(flow, place, node.keys[digits])
    if node.listen != "digits":
        return _missed(flow, place, "wrong_key")
    if not digits:
        return _silence(flow, place)
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
        return _human(place, "key_zero")
    if key.go == BACK:
        return _seek(_afresh(place), Seek("again", only=place.talked), "finding")
    return _enter(flow, place, key.go or place.node)


def _words(flow: Flow, place: Place, heard: Words, wishes: Wishes) -> Turn:
    """A wish for a person is told to reception like all words, so that it is kept, and rings in any case."""
    node, bare = flow.nodes[place.node], _bare(heard.text)
    if wishes(heard.text):
        return Turn((), _afresh(replace(place, wish=True)), Tell(heard.text))
    if bare in flow.greetings:
        return _missed(flow, place, "here")
    if heard.confidence < flow.unsure_below:
        return _missed(flow, place, "missed")
    return _tell(place, heard.text, node.agreed if bare in flow.agreement else None)


def _tell(place: Place, words: str, leads_to: str | None) -> Turn:
    node = leads_to or place.node
    return Turn((), replace(place, node=node, misses=0, agreed=leads_to is not None), Tell(words))


def _silence(flow: Flow, place: Place) -> Turn:
    """Silence is counted, like every miss. Where a promise is kept already, it ends in a goodbye."""
    node = flow.nodes[place.node]
    if node.kind == "wait":
        return _seek(replace(place, waits=place.waits + 1), Seek("waiting", again=True), "finding")
    if node.kind in ("record", "leave"):
        return _enter(flow, place, node.then)
    if node.kind != "settled":
        return _missed(flow, place, "silence")
    place = replace(place, misses=place.misses + 1)
    if place.misses >= node.patience:
        return _enter(flow, place, node.then)
    return _say_and_listen(flow, place, node.silence or flow.lines["settled_silence"])


def _missed(flow: Flow, place: Place, line: str) -> Turn:
    place = replace(place, misses=place.misses + 1)
    if place.misses >= flow.person_after:
        return _seek(_afresh(place), Seek("silence" if line == "silence" else "missed_twice"), "missed_twice")
    return _say_and_listen(flow, place, flow.lines[line])


# ---- the house has done what it was asked


def _from_house(flow: Flow, place: Place, event: Event) -> Turn:
    if isinstance(event, Sought):
        return _sought(flow, place, event)
    if isinstance(event, Answered):
        return _answered(flow, place, event)
    if isinstance(event, Unreached):
        return _unreached(flow, place, event)
    return _seek(replace(place, wish=False), Seek("assistant_down"), "trouble")


def _answered(flow: Flow, place: Place, answer: Answered) -> Turn:
    """Reception's answer: ring, if the wish for a person is in it or in the words; else go on listening."""
    here = flow.nodes[place.node]
    named = _named(flow, answer)
    place = replace(place, unrecorded=place.unrecorded or flow.refused_recording in answer.expects)
    if place.wish or (answer.handoff and not _kept(flow, here, named)):
        return _ring_after_answer(place, here, answer)
    node = _next_node(flow, here, named, answer)
    said = tuple(Say(words) for words in answer.said)
    if place.agreed or (named and node != here):
        return _enter(flow, place, node.name, said, answer.expects)
    if not said:
        said = (_say(flow.lines["listening"]),)
    return Turn((_listen(flow, node, said),), replace(place, node=node.name))


def _ring_after_answer(place: Place, here: Node, answer: Answered) -> Turn:
    said = tuple(Say(words) for words in answer.said)
    lead = "" if said and answer.handoff else "finding"
    waits = place.waits + (here.kind == "wait" and not place.wish)
    turn = _seek(replace(place, wish=False, waits=waits), Seek("asked", again=answer.handoff), lead)
    return replace(turn, steps=said)


def _kept(flow: Flow, here: Node, named: str | None) -> bool:
    """Whether a promise to call back stands already, so that nobody is rung unless the caller asks."""
    return here.stay or (named is not None and flow.nodes[named].stay)


def _named(flow: Flow, answer: Answered) -> str | None:
    """The node that one of reception's replies, or its open question, leads to."""
    return next((flow.expects[name] for name in answer.expects if name in flow.expects), None)


def _next_node(flow: Flow, here: Node, named: str | None, answer: Answered) -> Node:
    """Where reception's answer leads. A node that stays is left only for another that stays."""
    if not here.stay:
        return flow.nodes[named or flow.expects["registered" if answer.registered else "story"]]
    there = flow.nodes[named] if named else here
    there = flow.nodes[there.once_promised] if there.once_promised else there
    return there if there.stay else here


def _sought(flow: Flow, place: Place, found: Sought) -> Turn:
    """Ring who is free; else wait, when somebody is on duty; else the promise to call back."""
    legs = tuple(leg for leg in found.legs if leg.agent not in place.tried)[: flow.ring_together]
    if legs and place.rings < flow.rings_most:
        return _ring(flow, place, found, legs)
    said = tuple(Say(words) for words in found.said)
    if found.staffed and found.stored and place.waits < flow.wait_turns:
        return _enter(flow, replace(place, rings=0, tried=(), misses=0), "wait", said, found.names)
    if found.stored and (found.staffed or not found.promised):
        return Turn(said, place, GiveUp())
    return _nobody(flow, place, "closed", Unreached(found.said, found.names, found.promised, found.withheld))


def _unreached(flow: Flow, place: Place, nobody: Unreached) -> Turn:
    return _nobody(flow, place, "nobody_came", nobody)


def _nobody(flow: Flow, place: Place, node: str, nobody: Unreached) -> Turn:
    """No person now: the promise, said; at the third time a recording; without a promise only that."""
    place = replace(_afresh(place), nobody=place.nobody + 1)
    if not nobody.promised:
        return _enter(flow, place, "sorry" if _may_not_record(flow, place) else "record")
    if place.nobody > flow.sought_most:
        return _enter(flow, place, "goodbye" if _may_not_record(flow, place) else "record")
    said = tuple(Say(words) for words in nobody.said)
    return _enter(flow, place, "number" if nobody.withheld else node, said, nobody.names)


def _may_not_record(flow: Flow, place: Place) -> bool:
    return place.unrecorded or place.nobody > flow.sought_most + 1


def _ring(flow: Flow, place: Place, found: Sought, legs: tuple[Leg, ...]) -> Turn:
    says: tuple[Say, ...] = tuple(Say(words) for words in found.said)
    lead = "finding_first" if place.lead == "finding" and not found.spoke else place.lead
    line = flow.lines.get(lead) or flow.results.get(lead)
    if line and not says:
        says = (_say(line),)
    agents = tuple(leg.agent for leg in legs)
    place = replace(place, node="ring", rings=place.rings + 1, ringing=agents, misses=0)
    return Turn((*says, Ring(legs, flow.ring_seconds, flow.ring_longest)), place)


# ---- the line reports


def _rang(flow: Flow, place: Place, rang: Rang) -> Turn:
    """Accepted: the talk is over, and the caller may have more. Else the next phones, without these."""
    if rang.result == "accepted":
        return _enter(flow, replace(_afresh(place), talked=rang.talked, ringing=()), "after")
    lead = rang.result if rang.result in flow.results else "unknown"
    out = rang.left_out or place.ringing
    if lead == "canceled" and not place.again:
        place, out = replace(place, again=1), ()
    tried = tuple(dict.fromkeys(place.tried + out))
    return _seek(replace(place, tried=tried, ringing=()), Seek("again", again=True), lead)


def _recorded(flow: Flow, place: Place, heard: Recorded) -> Turn:
    if heard.key and set(heard.key) == {"0"}:
        return _human(place, "key_zero")
    goodbye = _enter(flow, place, flow.nodes["record"].then)
    if not heard.kept:
        return goodbye
    return replace(goodbye, steps=(_say(flow.lines["recorded"]), *goodbye.steps))


# ---- small things


def _bare(text: str) -> str:
    """The words without marks and blanks; empty means that nothing was said."""
    return "".join(c for c in text if c.isalnum())


def _human(place: Place, reason: str) -> Turn:
    return _seek(_afresh(place), Seek(reason), "finding")


def _afresh(place: Place) -> Place:
    """A new wish: everybody may be rung again."""
    return replace(place, rings=0, waits=0, misses=0, again=0, tried=(), ringing=())


def _seek(place: Place, ask: Seek, lead: str) -> Turn:
    return Turn((), replace(place, lead=lead), ask)


def _say(line: Line) -> Say:
    return Say(replies=line.replies)


def _say_and_listen(flow: Flow, place: Place, line: Line) -> Turn:
    return Turn((_listen(flow, flow.nodes[place.node], (_say(line),)),), place)


def _listen(flow: Flow, node: Node, prompt: tuple[Say, ...]) -> Listen:
    hold = (Hold(flow.wait_seconds),) if node.kind == "wait" else ()
    return Listen(node.listen, (*prompt, *hold))


def _enter(
    flow: Flow, place: Place, name: str, said: tuple[Say, ...] = (), names: tuple[str, ...] = ()
) -> Turn:
    """Arrive at a node: say what it says, then listen, wait, record or leave.

    said, names: what reception has said just now, which the node does not repeat.
    """
    node, place = flow.nodes[name], replace(place, node=name)
    says = said + tuple(_say(line) for line in node.say if not set(line.replies) & set(names))
    if node.kind == "leave":
        return Turn((*says, Leave()), place)
    if node.kind == "record":
        return Turn((*says, Record(flow.record_seconds, flow.record_silence)), place)
    return Turn((_listen(flow, node, says or (_say(flow.lines["listening"]),)),), place)


def _said_once(steps: tuple[Step, ...]) -> tuple[Step, ...]:
    """The same sentence twice in one breath is a stammer."""
    kept: list[Step] = []
    for one in steps:
        if not (isinstance(one, Say) and one in kept):
            kept.append(one)
    return tuple(kept)


def dial_result(accepted: bool, bridged: str, status: str) -> str:
    """How a ring ended: by our own acceptance row, then DialBridged, then DialCallStatus.

    Never by CallStatus, which speaks of the caller's leg: samples that use it tell a caller who has
    just talked to somebody that nobody was there. https://www.twilio.com/docs/voice/twiml/dial
    """
    talked = status in ("completed", "answered")
    if accepted and talked:
        return "canceled" if bridged == "false" else "accepted"
    if bridged == "true":
        return "accepted"
    if talked:
        return "declined"
    return status if status in ("busy", "no-answer", "failed", "canceled") else "unknown"
