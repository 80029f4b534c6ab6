"""What one turn decides where a call is promised, or the complaint is registered."""

from dataclasses import replace

import pytest

from core import intake, proposing, questions, turn
from core.acts import Ask, Callback, Line, Register, Situation
from core.intake import Known
from core.understanding import understand
from reception.content import load
from tests.fakes.clock import Clock
from tests.reception.conftest import CONTENT

DAY = Clock().now.date()
TOLD = Situation("wechat", "assistant", Known(facts=frozenset({intake.STORY}), category="quality"))


@pytest.fixture(scope="module")
def heard():
    """Words as the cue lists alone understand them."""
    words = load(CONTENT, today=DAY).vocabulary
    return lambda said: understand(said, words, DAY)


def test_a_proposed_offer_to_record_is_not_made_of_what_is_registered(heard):
    acts = proposing.after_assistant(replace(TOLD, registered=True), heard("算了"), ["utter_resigned"])
    assert acts == [Line("utter_goes_on")]


def test_a_number_after_the_offer_of_a_call_is_a_yes(heard):
    assert turn.first(replace(TOLD, asked=questions.CALLBACK), heard("13912345678")) == [Callback(True)]


def test_who_was_promised_a_call_is_not_offered_one_again(heard):
    angry = replace(TOLD, known=replace(TOLD.known, mood=intake.ANGRY))
    assert proposing.scripted(angry, heard("快点")) == [Ask(intake.CHOICE)]
    assert proposing.scripted(replace(angry, promised=True), heard("快点")) == [Register()]
    assert proposing.scripted(replace(angry, promised=True, staffed=True), heard("快点")) == [
        Ask(intake.CHOICE)
    ]
