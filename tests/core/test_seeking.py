"""As what a typed search is read."""

import pytest

from core import number
from core.seeking import read

NUMBER = number.make(38_204_716)


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        (NUMBER, "number", NUMBER),
        (f"{NUMBER[:4]} {NUMBER[4:8]} {NUMBER[8:]}", "number", NUMBER),
        ("１２３４", "tail", "1234"),
        ("138 0013 8000", "phone", "+8613800138000"),
        ("021-52345678", "phone", "+862152345678"),
        ("+852 9123 4567", "phone", "+85291234567"),
        ("sf 1234567890", "reference", "SF1234567890"),
        ("202611220001", "reference", "202611220001"),
        ("3820471600", "reference", "3820471600"),
        ("沙发", "words", "沙发"),
        ("沙发 12", "words", "沙发 12"),
        ("Tom", "words", "Tom"),
        ("12345", "reference", "12345"),
        ("123", "words", "123"),
        ("0", "words", "0"),
        ("  ", "", ""),
        ("长" * 200, "words", "长" * 60),
    ],
)
def test_what_was_typed_says_what_it_is(typed, kind, value):
    assert (read(typed).kind, read(typed).value) == (kind, value)
