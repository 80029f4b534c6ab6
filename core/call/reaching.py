"""Reaching a person: who is rung, what follows when a ring has ended, and the promise when nobody comes."""

from __future__ import annotations

from dataclasses import replace

from core.call.going import afresh, enter, human, seek, spoken
from core.call.parts import (
    ASKED,
    BACK,
    CALLED,
    HOLD,
    PASS,
    GiveUp,
    Place,
    Rang,
    Recorded,
    Resumed,
    Ring,
    Say,
    Seek,
    Sought,
    Turn,
    Unreached,
)
from core.callflow import Flow
from core.ringplan import Leg, next_group

PRECISE = ("back", "free", "once_more", "called")
"""Lines that tell better than reception who is rung, and are said in place of its words."""


def sought(flow: Flow, place: Place, found: Sought) -> Turn:
    """Ring who is free; else wait, when somebody is on duty; else the promise to call back."""
    legs = next_group(found.legs, place.tried, flow.ring_together)
    if not legs and not place.rings:  # nobody but those whom the caller has had: better them than a queue
        legs = next_group(found.legs, (), flow.ring_together)
    if legs and place.rings < flow.rings_most:
        return _ring(flow, place, found, legs)
    said = tuple(Say(words) for words in found.said)
    if found.staffed and found.stored and place.waits < flow.wait_turns:
        return enter(flow, replace(place, rings=0, tried=(), misses=0), "wait", said, found.names)
    if found.stored and (found.staffed or not found.promised):
        return Turn(said, place, GiveUp())
    return _nobody(flow, place, "closed", Unreached(found.said, found.names, found.promised, found.withheld))


def unreached(flow: Flow, place: Place, nobody: Unreached) -> Turn:
    return _nobody(flow, place, "nobody_came", nobody)


def _nobody(flow: Flow, place: Place, node: str, nobody: Unreached) -> Turn:
    """No person now: the promise, said; at the third time a recording; without a promise only that."""
    place = replace(afresh(place), nobody=place.nobody + 1)
    if not nobody.promised:
        return enter(flow, place, "sorry" if _may_not_record(flow, place) else "record")
    if place.nobody > flow.sought_most:
        return enter(flow, place, "goodbye" if _may_not_record(flow, place) else "record")
    said = tuple(Say(words) for words in nobody.said)
    return enter(flow, place, "number" if nobody.withheld else node, said, nobody.names)


def _may_not_record(flow: Flow, place: Place) -> bool:
    return place.unrecorded or place.nobody > flow.sought_most + 1


def _ring(flow: Flow, place: Place, found: Sought, legs: tuple[Leg, ...]) -> Turn:
    says: tuple[Say, ...] = tuple(Say(words) for words in found.said)
    lead = "finding_first" if place.lead == "finding" and not found.spoke else place.lead
    line = flow.lines.get(lead) or flow.results.get(lead)
    if line and (not says or lead in PRECISE):
        says = (spoken(line),)
    agents = tuple(leg.agent for leg in legs)
    place = replace(place, node="ring", rings=place.rings + 1, ringing=agents, misses=0)
    return Turn((*says, Ring(legs, flow.ring_seconds, flow.ring_longest, not place.unrecorded)), place)


# ---- the line reports


def rang(flow: Flow, place: Place, report: Rang) -> Turn:
    """Accepted: the talk is over, and the caller may have more. Else the next phones, without these."""
    if report.result == "accepted":
        return enter(flow, replace(afresh(place), talked=report.talked, ringing=()), "after")
    lead = report.result if report.result in flow.results else "unknown"
    out = report.left_out or place.ringing
    if lead == "canceled" and not place.again:
        place, out = replace(place, again=1), ()
    tried = tuple(dict.fromkeys(place.tried + out))
    return seek(replace(place, tried=tried, ringing=()), Seek("again", again=True), lead)


def resumed(flow: Flow, place: Place, event: Resumed) -> Turn:
    """The call was sent here from the desk, or because somebody is free: a talk that was on has ended."""
    fresh = replace(afresh(place), ringing=(), talked=event.by or place.talked)
    if event.do == HOLD:
        return enter(flow, fresh, "held")
    if event.do == BACK:
        return seek(fresh, Seek("again", again=True, only=event.agent), "back")
    if event.do == PASS:
        passed = replace(fresh, tried=(event.by,) if event.by else ())
        return seek(passed, Seek("passed", only=event.agent, release=True), "finding")
    if event.do == ASKED:
        return human(flow, replace(place, ringing=()), ASKED)
    lead = CALLED if event.do == CALLED else "free"
    waited = replace(place, rings=0, tried=(), ringing=())
    return seek(waited, Seek("free", again=True, only=event.agent), lead)


def recorded(flow: Flow, place: Place, heard: Recorded) -> Turn:
    if heard.key and set(heard.key) == {"0"}:
        return human(flow, place, "key_zero")
    goodbye = enter(flow, place, flow.nodes["record"].then)
    if not heard.kept:
        return goodbye
    return replace(goodbye, steps=(spoken(flow.lines["recorded"]), *goodbye.steps))


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
