"""Chinese and Arabic numerals as people write and say them. The tables are notation, not words."""

from __future__ import annotations

import re
from decimal import Decimal

DIGITS = {
    mark: value
    for value, marks in enumerate(
        (
            "0零〇○洞",
            "1一壹幺",
            "2二贰两俩貳兩倆",
            "3三叁參",
            "4四肆",
            "5五伍",
            "6六陆陸",
            "7七柒拐",
            "8八捌",
            "9九玖勾",
        )
    )
    for mark in marks
}
SOUNDS_LIKE_ONE = "要么腰妖吆"  # heard for the telephone's 1, inside a run of digits only
UNITS = {
    "十": 10,
    "拾": 10,
    "百": 100,
    "佰": 100,
    "千": 1000,
    "仟": 1000,
    "万": 10_000,
    "萬": 10_000,
    "w": 10_000,
    "W": 10_000,
    "亿": 100_000_000,
    "億": 100_000_000,
}
YUAN = "元块圆塊圓"
ABOUT = "来多余把几大小好"
POINT = "点點."
TWICE, TIMES = "双雙", "个個"

DIGIT = "[" + "".join(DIGITS) + "]"
UNIT = "[" + "".join(UNITS) + "]"
# One mark of digits as a caller says them, quantities included.
SAID = rf"(?:{DIGIT}|[{TWICE}{TIMES}{SOUNDS_LIKE_ONE}十百千])"
# Ten alone, the units of large sums, the yuan that also counts pieces, and how a sum ends.
TEN, MYRIADS, PIECE = "十", "万萬亿億wW", "块塊"
YUAN_UNIT = rf"[{YUAN}](?:[钱整]|[\d一二三四五六七八九两](?![\d.十百千万个])[毛角]?)?|RMB|rmb"
# A number as it stands in a text: at least one digit or a unit, then whatever continues it.
NUMBER = (
    rf"(?<![0-9])(?:(?:[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,4}}|[0-9]{{1,12}})(?![0-9])(?:\.[0-9]{{1,4}})?"
    rf"|{DIGIT}|[几十百千])"
    rf"(?:{DIGIT}|{UNIT}|[来多余几](?=[{''.join(UNITS)}{YUAN}])|[点.](?={DIGIT})){{0,24}}[来多余几]?"
)
# A small number inside a date or a clock time.
SMALL_NUMBER = "[" + "".join(DIGITS) + TEN + "]{1,4}"
_TOKEN = re.compile(rf"\d+(?:\.\d+)?|{DIGIT}|{UNIT}|[{ABOUT}{POINT}]")
_EDGE = re.compile(rf"^[¥\uffe5$]|[整钱]$|[{YUAN}](?:[{YUAN}钱整]|[\d一二三四五六七八九两]*[毛角分]?)$")


def read_number(text: str) -> int | None:
    """The quantity a whole text states, money marks allowed, rounded down; None when it is no number.
    Vague ones give their lower bound: two-three thousand is 2000, some ten thousands 10000."""
    bare = re.sub(r"(?<=\d),(?=\d{3})|\s", "", text)
    bare = _EDGE.sub("", _EDGE.sub("", bare))
    tokens = _TOKEN.findall(bare)
    if not tokens or "".join(tokens) != bare:
        return None
    if not any(token[0].isdigit() or token in DIGITS or token in UNITS or token == "几" for token in tokens):
        return None
    value = _value(_plain(tokens))
    return None if value is None else int(value)


def _plain(tokens: list[str]) -> list[str]:
    """Tokens without the marks of vagueness: a range keeps its lower end, a leading "some" counts as one."""
    kept: list[str] = []
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token == "几" and not kept and after in UNITS:
            kept.append("1")
        elif token in ABOUT or (after in UNITS and kept and _range(kept[-1], token)):
            continue
        else:
            kept.append(token)
    return kept


def _range(low: str, high: str) -> bool:
    return (
        low in DIGITS
        and high in DIGITS
        and not low.isdigit()
        and not high.isdigit()
        and 0 < DIGITS[low] < DIGITS[high]
    )


def _value(tokens: list[str]) -> Decimal | None:
    total = section = Decimal(0)
    digits, point, unit = "", False, 0
    for token in tokens:
        if token in UNITS:
            if digits.endswith("."):
                return None
            current = Decimal(digits) if digits else Decimal(0 if section else 1)
            unit, digits, point = UNITS[token], "", False
            if unit < 10_000:
                section += current * unit
            elif unit == 10_000:
                total, section = total + (section + current) * unit, Decimal(0)
            else:
                total, section = (total + section + current) * unit, Decimal(0)
        elif token in POINT:
            if point or not digits:
                return None
            digits, point = digits + ".", True
        else:
            digits += token if token[0].isascii() else str(DIGITS[token])
            if digits.count(".") > 1:
                return None
    return _with_rest(total + section, digits, unit)


def _with_rest(sum_so_far: Decimal, digits: str, unit: int) -> Decimal | None:
    """Adds what follows the last unit: one bare digit counts a tenth of that unit (five thousand eight)."""
    if not digits:
        return sum_so_far
    if digits.endswith("."):
        return None
    rest = Decimal(digits)
    short = len(digits) == 1 and unit
    return sum_so_far + (rest * unit / 10 if short else rest)


_REPEAT = re.compile(rf"[{TWICE}](?P<two>{DIGIT})|(?P<times>{DIGIT}|十)[{TIMES}](?P<many>{DIGIT})")
_SPACING = re.compile(r"[\s,，、。.\-—_#]+")
_QUANTITY = re.compile(rf"(?P<lead>{DIGIT}|(?=十))(?P<unit>{UNIT})(?P<more>(?:[零〇0]?{DIGIT}{UNIT})*)")


def read_digits(text: str) -> str | None:
    """The digits a whole text spells, as a caller says them: the telephone's own names, doubled and
    repeated digits, and the quantities a recogniser makes of them; None when anything else stands in it."""
    bare = _SPACING.sub("", text)
    bare = _REPEAT.sub(_repeated, bare)
    bare = re.sub(rf"(?<={DIGIT})[{SOUNDS_LIKE_ONE}]|[{SOUNDS_LIKE_ONE}](?={DIGIT}{{2}})", "1", bare)
    spelled = _spell(bare)
    return spelled or None


def _repeated(match: re.Match[str]) -> str:
    if match["two"]:
        return match["two"] * 2
    return match["many"] * (10 if match["times"] == "十" else DIGITS[match["times"]])


def _spell(bare: str) -> str:
    """Digit by digit; a quantity inside is written out. Empty when a mark is no numeral."""
    spelled, place = "", 0
    while place < len(bare):
        quantity = _QUANTITY.match(bare, place)
        if quantity:
            number, place = _quantity(bare, quantity)
            spelled += number
        elif bare[place] in DIGITS:
            spelled, place = spelled + str(DIGITS[bare[place]]), place + 1
        else:
            return ""
    return spelled


def _quantity(bare: str, match: re.Match[str]) -> tuple[str, int]:
    """A quantity and where it ends; digits after it fill its empty places (one hundred 03 is 103)."""
    end = match.end()
    last = UNITS[re.findall(UNIT, match.group())[-1]]
    tail = re.compile(rf"{DIGIT}*").match(bare, end)
    rest = tail.group() if tail else ""
    if rest and len(rest) <= len(str(last)) - 1 and end + len(rest) == len(bare):
        end += len(rest)
    return str(read_number(bare[match.start() : end]) or 0), end
