"""The house has done what it was asked: reception has answered, or could not."""

from __future__ import annotations

from dataclasses import replace

from core.call.caller import VULNERABLE, missed
from core.call.going import enter, human, listen, seek, spoken
from core.call.parts import ASKED, Answered, Event, Noted, Place, Say, Seek, Sought, Turn, Unreached
from core.call.reaching import sought, unreached
from core.callflow import Flow, Node

ELDER = "utter_elder"


def answers(flow: Flow, place: Place, event: Event) -> Turn:
    if isinstance(event, Sought):
        return sought(flow, place, event)
    if isinstance(event, Answered):
        return _answered(flow, place, event)
    if isinstance(event, Unreached):
        return unreached(flow, place, event)
    if isinstance(event, Noted):
        return missed(flow, place, "missed")
    return seek(replace(place, wish=""), Seek("assistant_down"), "trouble")


def _answered(flow: Flow, place: Place, answer: Answered) -> Turn:
    """Reception's answer: ring, if the wish for a person is in it or in the words; else go on listening."""
    here = flow.nodes[place.node]
    named = _named(flow, answer)
    place = replace(place, unrecorded=place.unrecorded or flow.refused_recording in answer.expects)
    if place.wish or (answer.handoff and not _kept(flow, here, named)):
        return _ring_after_answer(flow, place, here, answer)
    node = _next_node(flow, here, named, answer)
    said = _said(flow, place, named, answer)
    if place.offer or (flow.ears.elders == "ask" and ELDER in answer.expects):
        said = (*said, spoken(flow.lines["offer"]))
    if place.agreed:
        return enter(flow, place, here.name, said, answer.expects)
    if named and node != here:
        return enter(flow, place, node.name, said, answer.expects)
    if not said:
        said = (spoken(flow.lines["listening"]),)
    return Turn((listen(flow, node, said),), replace(place, node=node.name))


def _ring_after_answer(flow: Flow, place: Place, here: Node, answer: Answered) -> Turn:
    said = tuple(Say(words) for words in answer.said)
    lead, reason = "" if said and answer.handoff else "finding", place.wish or ASKED
    if reason != ASKED and not answer.handoff:  # the next question is not put to who is rung through
        said = (spoken(flow.lines["elder"]),) if reason == VULNERABLE else ()
    waits = place.waits + (here.kind == "wait" and not place.wish)
    if here.kind == "held":
        return replace(human(flow, replace(place, wish=""), reason, lead), steps=said)
    turn = seek(replace(place, wish="", waits=waits), Seek(reason, again=answer.handoff), lead)
    return replace(turn, steps=said)


def _said(flow: Flow, place: Place, named: str | None, answer: Answered) -> tuple[Say, ...]:
    """Reception's words. Where a promise stands already, its next question is not put to the caller."""
    asks = named is not None and not _leads(flow, flow.nodes[named])
    if not (asks and flow.nodes[place.node].stay):
        return tuple(Say(words) for words in answer.said)
    return () if place.agreed else (spoken(flow.lines["added"]),)


def _leads(flow: Flow, there: Node) -> bool:
    """Whether words said where a promise stands may lead there."""
    return there.stay or there.name == flow.expects["registered"]


def _kept(flow: Flow, here: Node, named: str | None) -> bool:
    """Whether a promise to call back stands already, so that nobody is rung unless the caller asks."""
    return here.stay or (named is not None and flow.nodes[named].stay)


def _named(flow: Flow, answer: Answered) -> str | None:
    """The node that one of reception's replies, or its open question, leads to."""
    return next((flow.expects[name] for name in answer.expects if name in flow.expects), None)


def _next_node(flow: Flow, here: Node, named: str | None, answer: Answered) -> Node:
    """Where reception's answer leads. A node that stays is left only for another that stays, or when the
    complaint has its number."""
    if not here.stay:
        return flow.nodes[named or flow.expects["registered" if answer.registered else "story"]]
    there = flow.nodes[named] if named else here
    return there if _leads(flow, there) else here
