"""Five questions at most, none about what is known."""

from hypothesis import given
from hypothesis import strategies as st

from core.intake import CHOICE, PHONE, QUESTIONS, READ_BACK, STORY, TIMES, WANTED, Known, next_question


def known(*facts, **more):
    return Known(facts=frozenset(facts), category=more.pop("category", "damage"), **more)


def test_the_order_of_questions():
    asked = []
    state = known()
    while (question := next_question(state)) is not None:
        asked.append(question)
        state = known(*asked)
    assert tuple(asked) == QUESTIONS


def test_a_known_fact_is_not_asked():
    assert next_question(known(STORY, WANTED, "missing")) == PHONE


def test_nothing_is_asked_for_when_two_departments_are_likely():
    assert next_question(known(STORY, WANTED, category=None)) == PHONE


def test_an_angry_customer_chooses_once_and_is_registered():
    assert next_question(known(STORY, mood=2)) == CHOICE
    assert next_question(known(STORY, mood=2, asked={CHOICE: 1})) is None
    assert next_question(known(STORY, mood=1, asked={CHOICE: 1})) is None


def test_a_grave_matter_stops_the_questions():
    assert next_question(known(STORY, tier=3)) is None


def test_what_was_skipped_or_asked_twice_is_left_open():
    assert next_question(known(STORY, WANTED, "missing", skipped=frozenset({PHONE}))) == READ_BACK
    assert next_question(known(STORY, asked={WANTED: TIMES})) == "missing"


@given(
    answers=st.lists(st.sampled_from(["answer", "skip", "nothing"]), min_size=20, max_size=20),
    mood=st.integers(0, 3),
    tier=st.integers(1, 3),
    category=st.sampled_from(["damage", None]),
)
def test_whatever_is_answered_it_ends_within_five_questions(answers, mood, tier, category):
    facts, skipped, asked = set(), set(), {}
    for answer in answers:
        question = next_question(
            Known(frozenset(facts), dict(asked), frozenset(skipped), mood, tier, category)
        )
        if question is None:
            break
        asked[question] = asked.get(question, 0) + 1
        if answer == "answer":
            facts.add(question)
        if answer == "skip":
            skipped.add(question)
    else:
        raise AssertionError("the questions never end")
    assert len(asked) <= len(QUESTIONS)
    assert max(asked.values(), default=0) <= TIMES
