import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.numerals import EITHER, SUM, read_digits, read_number

HANZI = "零一二三四五六七八九"


def in_chinese(value: int) -> str:
    """The usual written form, made independently of the reader."""
    if value < 10:
        return HANZI[value]
    for size, unit in ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十")):
        if value >= size:
            head, rest = divmod(value, size)
            gap = "零" if rest and rest < size // 10 else ""
            return in_chinese(head) + unit + (gap + in_chinese(rest) if rest else "")
    raise AssertionError


@given(st.integers(0, 10**11))
def test_every_written_number_is_read(value: int) -> None:
    assert read_number(in_chinese(value)) == value


@given(st.integers(0, 10**9))
def test_arabic_numbers_with_and_without_commas(value: int) -> None:
    assert read_number(str(value)) == read_number(f"{value:,}元") == value


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("三十万", 300000),
        ("30万元", 300000),
        ("30萬元", 300000),
        ("九万块", 90000),
        ("五千八", 5800),
        ("一万二", 12000),
        ("三千零五十", 3050),
        ("两百来块", 200),
        ("一百03", 103),
        ("一百一十", 110),
        ("两三千", 2000),
        ("七八万", 70000),
        ("7万多", 70000),
        ("1.5万", 15000),
        ("一点五万", 15000),
        ("¥300", 300),
        ("十几万", 100000),
        ("好几万", 10000),
        ("2万3", 23000),
        ("三块五", 3),
        ("29.9元", 29),
        ("十", 10),
        ("十五", 15),
        ("百来块", 100),
        ("二零二五", 2025),
        ("三百五", 350),
        ("一千多块钱", 1000),
        ("壹万贰仟", 12000),
        ("拾万", 100000),
        ("十七八", 17),
        ("一百二三", 120),
        ("三千五六", 3500),
        ("三五百", 300),
        ("百八十", 80),
        ("千儿八百", 800),
        ("万儿八千", 8000),
        ("十好几万", 100000),
        ("廿五", 25),
        ("2k", 2000),
        ("1w2", 12000),
        ("1万2000", 12000),
    ],
)
def test_quantities(said: str, value: int) -> None:
    assert read_number(said) == value


@pytest.mark.parametrize("said", ["", "你好", "元", "多", "万一的", "1.2.3", "三点", "-5", "💰"])
def test_what_is_no_quantity(said: str) -> None:
    assert read_number(said) is None


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("四八一五", "4815"),
        ("幺三八零零幺三八零零零", "13800138000"),
        ("138零零13八千", "13800138000"),
        ("洞幺两拐勾", "01279"),
        ("三个八", "888"),
        ("双五", "55"),
        ("一百03", "103"),
        ("一百一十", "110"),
        ("要三八零零", "13800"),
        ("幺三八 零零幺三 八零零零", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("双零七", "007"),
        ("俩五俩零", "5500"),
        ("4个0", "0000"),
        ("０".translate({0xFF10: "0"}), "0"),
    ],
)
def test_digits_as_a_caller_says_them(said: str, digits: str) -> None:
    assert read_digits(said) == digits


@pytest.mark.parametrize("said", ["", "你好", "我要退款", "要", "一二三木头人"])
def test_what_spells_no_digits(said: str) -> None:
    assert read_digits(said) is None


@given(st.text("0123456789", min_size=1, max_size=20))
def test_every_spelling_of_digits_is_read(digits: str) -> None:
    assert read_digits("".join("洞幺两三四五六拐八勾"[int(digit)] for digit in digits)) == digits


@given(st.text(max_size=40))
def test_any_text_is_survived(text: str) -> None:
    read_number(text)
    read_digits(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("押金一千五一直不退", "一千五"),
        ("三千五百多块", "三千五百多"),
        ("两千大几", "两千大几"),
        ("一千零几块", "一千零几"),
        ("扫出来十九块", "十九"),
        ("1,280.00", "1,280.00"),
        ("卖二九九块", "二九九"),
        ("一点五万", "一点五万"),
        ("拾贰万元整", "拾贰万"),
        ("五块", "五"),
    ],
)
def test_where_a_sum_begins_and_ends(text: str, found: str) -> None:
    match = re.search(SUM, text)
    assert match is not None
    assert match.group() == found


@pytest.mark.parametrize("said", ["七八", "十一二", "二十三四", "两三", "7-8"])
def test_two_neighbours_leave_it_open(said: str) -> None:
    assert EITHER.fullmatch(said)


@pytest.mark.parametrize("said", ["八", "十五", "二十", "八七", "一一", "15"])
def test_one_small_number_is_certain(said: str) -> None:
    assert not EITHER.fullmatch(said)
