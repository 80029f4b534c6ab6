"""One turn of a call, from the event to what the caller hears next."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from core.call.answering import answers
from core.call.caller import Wishes, acts, arrives
from core.call.going import human, said_once
from core.call.parts import (
    Answered,
    Arrived,
    Ask,
    Event,
    Failed,
    Lost,
    Noted,
    Place,
    Rang,
    Recorded,
    Resumed,
    Sought,
    Step,
    Turn,
    Unreached,
)
from core.call.reaching import rang, recorded, resumed
from core.callflow import Flow

ASKS_IN_A_TURN = 6


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
    return Turn(said_once(steps), replace(place, lead="", wish="", agreed=False, offer=False))


def step(flow: Flow, place: Place, event: Event, wishes: Wishes) -> Turn:
    """The next turn. Pure: the same arguments always give the same turn."""
    if place.node not in flow.nodes:
        place, event = replace(place, node="open"), Lost()
    if isinstance(event, (Answered, Sought, Unreached, Failed, Noted)):
        return answers(flow, place, event)
    if isinstance(event, Rang):
        return rang(flow, place, event)
    if isinstance(event, Recorded):
        return recorded(flow, place, event)
    if isinstance(event, Resumed):
        return resumed(flow, place, event)
    if isinstance(event, Arrived):
        return arrives(flow, place, event)
    if isinstance(event, Lost):
        return human(flow, place, "assistant_down")
    return acts(flow, place, event, wishes)
