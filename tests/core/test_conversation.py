"""Who speaks, in any order of events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.conversation import (
    AGENT,
    ASSISTANT,
    SYSTEM,
    WAITING,
    Accepted,
    HandedBack,
    HumanAsked,
    Refused,
    State,
    WaitEnded,
    may_say,
    step,
)

agents = st.integers(1, 3)
happenings = st.one_of(
    st.just(HumanAsked()), st.builds(Accepted, agents), st.builds(HandedBack, agents), st.just(WaitEnded())
)


def follow(state, events):
    for event in events:
        try:
            state = step(state, event)
        except Refused:
            continue
        yield event, state


@given(st.lists(happenings, max_size=30))
def test_no_bot_sentence_between_accept_and_hand_back(events):
    talking = None
    for event, state in follow(State(), events):
        if isinstance(event, Accepted):
            talking = event.agent
        if isinstance(event, HandedBack):
            talking = None
        assert (state.speaker == AGENT) == (talking is not None)
        for epoch in range(state.epoch + 1):
            assert not (talking and may_say(state, ASSISTANT, epoch))
        if talking:
            assert may_say(state, AGENT, 0, talking)
            assert not may_say(state, AGENT, 0, talking + 1)


@given(st.lists(happenings, max_size=20), st.lists(happenings, min_size=1, max_size=20))
def test_an_answer_prepared_before_a_person_came_is_never_sent_after_they_left(before, after):
    prepared = [State(), *(state for _, state in follow(State(), before))][-1]
    later = list(follow(prepared, after))
    person = any(isinstance(event, Accepted) for event, _ in later)
    if person and later[-1][1].epoch != prepared.epoch:
        assert not may_say(later[-1][1], ASSISTANT, prepared.epoch)


def test_the_second_agent_is_refused_and_nothing_changes():
    state = step(step(State(), HumanAsked()), Accepted(1))
    with pytest.raises(Refused):
        step(state, Accepted(2))
    with pytest.raises(Refused):
        step(state, HandedBack(2))
    assert step(state, Accepted(1)) == state


def test_a_wish_while_an_agent_speaks_changes_nothing():
    state = step(State(), Accepted(7))
    assert step(state, HumanAsked()) == state
    assert step(state, WaitEnded()) == state


def test_waiting_ends_with_the_assistant():
    waiting = step(State(), HumanAsked())
    assert waiting.speaker == WAITING
    assert may_say(waiting, ASSISTANT, waiting.epoch)
    assert step(waiting, WaitEnded()).speaker == ASSISTANT


def test_notices_about_who_speaks_are_always_allowed():
    assert may_say(step(State(), Accepted(1)), SYSTEM, 0)
