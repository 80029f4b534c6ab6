"""Who speaks in a conversation: the assistant, nobody yet (a person is being found), or one agent.

The rule that everything here protects: between an agent's accept and the hand-back the assistant
says nothing, whatever order the events arrive in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

ASSISTANT = "assistant"
WAITING = "waiting"
AGENT = "agent"
SYSTEM = "system"


@dataclass(frozen=True)
class State:
    """Who speaks now. `epoch` grows with every change of speaker, so a late answer can be recognised."""

    speaker: str = ASSISTANT
    agent: int | None = None
    epoch: int = 0


@dataclass(frozen=True)
class HumanAsked:
    """The customer, or a rule, wishes for a person."""


@dataclass(frozen=True)
class Accepted:
    """An agent takes the conversation, from the queue or unasked."""

    agent: int


@dataclass(frozen=True)
class HandedBack:
    """The agent gives the conversation back to the assistant."""

    agent: int


@dataclass(frozen=True)
class WaitEnded:
    """Nobody came, or the customer chose a callback: the assistant speaks again."""


Event = HumanAsked | Accepted | HandedBack | WaitEnded


class Refused(Exception):
    """The event does not fit who speaks now; nothing changed."""


def step(state: State, event: Event) -> State:
    """The state after the event. Raises Refused when another agent speaks already."""
    if isinstance(event, Accepted):
        return _accept(state, event.agent)
    if isinstance(event, HandedBack):
        return _hand_back(state, event.agent)
    if isinstance(event, HumanAsked):
        return _turn_to(state, WAITING) if state.speaker == ASSISTANT else state
    return _turn_to(state, ASSISTANT) if state.speaker == WAITING else state


def may_say(state: State, author: str, epoch: int, agent: int | None = None) -> bool:
    """Whether this author may send a sentence that was prepared under `epoch`.

    The system only announces who speaks and what was promised; it may always do that.
    """
    if author == SYSTEM:
        return True
    if author == AGENT:
        return state.speaker == AGENT and state.agent == agent
    return state.speaker != AGENT and state.epoch == epoch


def _accept(state: State, agent: int) -> State:
    if state.speaker != AGENT:
        return _turn_to(state, AGENT, agent)
    if state.agent == agent:
        return state
    raise Refused("another agent is speaking")


def _hand_back(state: State, agent: int) -> State:
    if state.speaker != AGENT or state.agent != agent:
        raise Refused("this agent is not speaking")
    return _turn_to(state, ASSISTANT)


def _turn_to(state: State, speaker: str, agent: int | None = None) -> State:
    return replace(state, speaker=speaker, agent=agent, epoch=state.epoch + 1)
