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
YUAN = "元块圆塊圓蚊"
ABOUT = "来多余把几大小好"
POINT = "点點."
TWICE, TIMES = "双雙俩倆", "个個"

DIGIT = "[" + "".join(DIGITS) + "]"
UNIT = "[" + "".join(UNITS) + "]"
# One mark of digits as a caller says them, quantities included.
SAID = rf"(?:{DIGIT}|[{TWICE}{TIMES}{SOUNDS_LIKE_ONE}十百千])"
# One, ten, the units of large sums; the yuan that also counts pieces; what stands between two ends.
FIRST, TENS, HUNDREDS, MYRIADS = "一", "十拾", "百佰千仟万萬亿億", "万萬亿億wW"
PIECE, WHOLE, UP_TO = "块塊", "钱整", r"~到至—\-"
ROUGHLY = "来多余把儿十八"  # after a bare hundred or thousand: about so many
MARK = "[¥$]|RMB|rmb|人民币"
YUAN_UNIT = (
    rf"[{YUAN}](?:[{WHOLE}]|(?:[\d二三四五六七八九两]|一(?=[毛角,。的]|$))"
    rf"(?![\d.十百千万个{YUAN}])[毛角]?[\d一二三四五六七八九]?分?)?|RMB|rmb|人民币|大洋"
)
# A number as it stands in a text: at least one digit or a unit, then whatever continues it.
NUMBER = (
    rf"(?<![0-9])(?:(?:[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,4}}|[0-9]{{1,12}})(?![0-9])(?:\.[0-9]{{1,4}})?"
    rf"|{DIGIT}|[几十百千])"
    rf"(?:{DIGIT}|{UNIT}|[来多余几](?=[{''.join(UNITS)}{YUAN}])|[点.](?={DIGIT})){{0,24}}[来多余几]?"
)
# A small number inside a date or a clock time, and two neighbours that leave it open (seven or eight).
SMALL_NUMBER = "(?:[0-9]{1,4}|[零〇一二两三四五六七八九十廿卅]{1,4})"
EITHER = re.compile(
    r"(?:[二两三]?十|廿)?(?:一[二两]|[二两]三|三四|四五|五六|六七|七八|八九)|[0-9]{1,2}[、~\-][0-9]{1,2}"
)

# A sum of money, grammatically: the greedy NUMBER would take the next word's first digit along.
ONES = "[" + "".join(mark for mark in DIGITS if not mark.isascii() and mark not in "零〇○洞幺拐勾") + "]"
_BIG = "[十拾百佰千仟万萬亿億]"
_ONE_OR_NEXT = rf"(?:一[二两]|[二两]三|三[四五]|四五|五六|六七|七八|八九|{ONES})"
_FIGURES = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,12})(?![0-9])(?:\.[0-9]{1,4}(?![0-9]))?"
_SPOKEN_POINT = rf"{ONES}[点點]{ONES}{{1,2}}"
_STEPS = rf"(?:[零〇]?(?:{_SPOKEN_POINT}|{_ONE_OR_NEXT}|好?[几数]|{_FIGURES})?[来多余几]?{_BIG}){{1,8}}"
_LAST = rf"(?:[来多余把]|[零〇大]?几|[零〇]?{_ONE_OR_NEXT}(?!{_BIG})|[0-9]{{1,4}}(?![0-9.]))"
SUM = (
    rf"(?![来多余])(?:(?:[百千万]儿)?{_STEPS}{_LAST}?|{_FIGURES}(?:[wWkK](?![A-Za-z])[0-9多]?|[多余来])?"
    rf"|(?:{ONES}|[零〇]){{3,6}}(?=\s?[{YUAN}])|{_SPOKEN_POINT}(?=\s?[{YUAN}])|几|{_ONE_OR_NEXT})"
)
_TOKEN = re.compile(rf"[0-9]+(?:\.[0-9]+)?|{DIGIT}|{UNIT}|[{ABOUT}{POINT}]")
_EDGE = re.compile(rf"^[¥\uffe5$]|[整钱]$|[{YUAN}](?:[{YUAN}钱整]|[\d一二三四五六七八九两]*[毛角分]?)$")
_SCORE = str.maketrans({"廿": "二十", "卅": "三十", "数": "几"})
# "A hundred or eighty", "a thousand or eight hundred": the second, the lower one, counts.
_OR_LESS = re.compile(r"^(?:百儿?(?=八十)|千儿?(?=八百)|[万萬]儿?(?=八千))")


def read_number(text: str) -> int | None:
    """The quantity a whole text states, money marks allowed, rounded down; None when it is no number.
    Vague ones give their lower bound: two-three thousand is 2000, some ten thousands 10000."""
    bare = re.sub(r"(?<=\d),(?=\d{3})|\s", "", text.translate(_SCORE))
    bare = _OR_LESS.sub("", re.sub(r"(?<=\d)[kK]", "千", bare))
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
        elif token in ABOUT or (kept and _range(kept[-1], token) and _open(kept, after)):
            continue
        else:
            kept.append(token)
    return kept


def _open(kept: list[str], after: str) -> bool:
    """Whether two neighbours here leave it open, and are no digits said one by one."""
    return after in UNITS or (not after and len(kept) > 1 and kept[-2] in UNITS)


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
