import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import number

EIGHT = st.integers(10_000_000, 99_999_999)


def test_the_golden_number() -> None:
    assert number.make(38204716) == "3820471683"
    assert number.shown("3820471683") == "3820 4716 83"
    assert number.spoken("3820471683") == "三八二零，四七幺六，八三"


@given(EIGHT)
def test_what_is_made_is_valid_and_is_one_modulo_97(n8: int) -> None:
    made = number.make(n8)
    assert len(made) == 10
    assert number.valid(made)
    assert int(made) % 97 == 1


@given(EIGHT, st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(n8: int, place: int, change: int) -> None:
    made = number.make(n8)
    wrong = made[:place] + str((int(made[place]) + change) % 10) + made[place + 1 :]
    assert not number.valid(wrong)


@given(EIGHT, st.integers(0, 8))
def test_two_swapped_neighbours_are_noticed(n8: int, place: int) -> None:
    made = number.make(n8)
    swapped = made[:place] + made[place + 1] + made[place] + made[place + 2 :]
    assert swapped == made or not number.valid(swapped)


@given(EIGHT)
def test_shown_and_spoken_forms_are_read_back(n8: int) -> None:
    made = number.make(n8)
    assert number.parse(number.shown(made)) == made
    assert number.parse(number.spoken(made).replace("，", "")) == made
    assert number.parse(number.spoken(made)) == made


@pytest.mark.parametrize(
    "wrong", ["", "382047168", "0820471683", "38204716831", "３８２０４７１６８３", "abc", "3820471680"]
)
def test_what_is_no_number(wrong: str) -> None:
    assert not number.valid(wrong)


@pytest.mark.parametrize("n8", [-1, 0, 9_999_999, 100_000_000])
def test_eight_digits_are_needed(n8: int) -> None:
    with pytest.raises(ValueError, match="eight digits"):
        number.make(n8)


def test_a_mistyped_number_is_a_candidate_but_not_parsed() -> None:
    assert number.parse("编号3820471684") is None
    assert number.candidates("编号3820471684") == ["3820471684"]


@pytest.mark.parametrize(
    "said",
    [
        "38204716838000",
        "3820471683 8000",
        "编号3820471683,尾号8000",
        "三八二零四七幺六八三,后四位八零零零",
        "8000,3820471683",
    ],
)
def test_status_is_asked_in_one_go(said: str) -> None:
    assert number.parse_status(said) == ("3820471683", "8000")


def test_status_needs_both() -> None:
    assert number.parse_status("3820471683") is None
    assert number.parse_status("你好") is None


@pytest.mark.parametrize(
    ("digits", "said"),
    [
        ("13800138000", "幺三八，零零幺三，八零零零"),
        ("+86 138-0013-8000", "幺三八，零零幺三，八零零零"),
        ("4006001234", "四零零，六零零，幺二三四"),
        ("01062345678", "零幺零，六二三四，五六七八"),
        ("075582345678", "零七五五，八二三四，五六七八"),
        ("12356", "幺二三五六"),
        ("120", "幺二零"),
        ("", ""),
    ],
)
def test_telephone_numbers_for_the_ear(digits: str, said: str) -> None:
    assert number.spoken_digits(digits) == said


def test_tail() -> None:
    assert number.tail("+8613800138000") == "8000"
    assert number.tail("123") == ""
