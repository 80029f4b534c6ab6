"""What follows from the five answers: the table, row by row."""

import pytest

from core.content import ContentError
from core.follow_up import CONFIRMED, HIDDEN, LESSON, REOPENED, Answers, Cues, Outcome, outcome

CUES = Cues(("没解决",), ("还行", "凑合"), ("没有", "没了"))


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        (Answers(5, 5, 5, "", "yes"), CONFIRMED),
        (Answers(q3=5), CONFIRMED),
        (Answers(5, 5, 2, "", "yes"), REOPENED),
        (Answers(5, 5, 1), REOPENED),
        (Answers(5, 5, 5, "", "no"), REOPENED),
        (Answers(5, 5, 5, "", "yes", "其实没解决"), REOPENED),
        (Answers(5, 5, 5, "上回那个没解决", "yes"), REOPENED),
        (Answers(2, 5, 5, "", "yes"), LESSON),
        (Answers(5, 1, 5, "", "yes"), LESSON),
        (Answers(5, 5, 5, "", "unsure"), CONFIRMED),
        (Answers(5, 5, 3, "", "yes", "还行吧"), HIDDEN),
        (Answers(1, 1, 1, "", "no", "凑合"), REOPENED),
        (Answers(2, 5, 5, "", "yes", "凑合"), HIDDEN),
    ],
)
def test_the_gravest_answer_decides(answers, code):
    assert outcome(answers, CUES).code == code


def test_what_else_there_is_goes_its_own_way_beside_the_outcome():
    assert outcome(Answers(q3=5, q4="发票没给"), CUES) == Outcome(CONFIRMED, "发票没给")
    assert outcome(Answers(q3=5, q4="没有。"), CUES).more == ""
    assert outcome(Answers(q3=1, q4="发票没给"), CUES) == Outcome(REOPENED, "发票没给")


def test_a_poor_mark_is_a_lesson_also_beside_hidden_dissatisfaction():
    came = outcome(Answers(1, 5, 5, "", "unsure", "凑合"), CUES)
    assert (came.code, came.lesson, came.look_again, came.cue) == (HIDDEN, True, True, "凑合")


def test_nothing_said_is_no_answer():
    assert not Answers().given()
    assert not Answers(q4=" ", words="\n").given()
    assert Answers(q5="unsure").given()


def test_misspelt_cues_are_refused():
    with pytest.raises(ContentError):
        Cues.from_mapping({"unsolvd": ["没解决"]})
