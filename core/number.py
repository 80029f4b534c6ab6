"""The complaint's number: eight random digits and two check digits (ISO 7064 MOD 97-10)."""

from __future__ import annotations

import re

from core.numerals import SAID, read_digits

_SAID = "零幺二三四五六七八九"
_PAUSE = "，"
LENGTH = 10
_RUN = re.compile(rf"{SAID}(?:[ ,，、\-]{{0,3}}{SAID}){{0,60}}")
_PAUSES = re.compile(r"[,，、]")


def make(n8: int) -> str:
    """The ten digits for eight drawn by the caller (10,000,000 to 99,999,999; the first is never 0).
    check = 98 - (n * 100 mod 97), so 38204716 gives 3820471683. Raises ValueError outside the range."""
    if not 10_000_000 <= n8 <= 99_999_999:
        raise ValueError(f"eight digits are needed, the first not 0: {n8}")
    return f"{n8}{98 - n8 * 100 % 97:02d}"


def valid(number: str) -> bool:
    """True for ten ASCII digits, the first not 0, that are 1 modulo 97, with check digits make() could give
    (02 to 98)."""
    return bool(re.fullmatch(r"[1-9][0-9]{9}", number)) and make(int(number[:8])) == number


def shown(number: str) -> str:
    """For the eye: 3820 4716 83."""
    return " ".join(_groups(number, (4, 4, 2)))


def spoken(number: str) -> str:
    """For the ear, digit by digit in groups of four, four and two."""
    return _say(_groups(number, (4, 4, 2)))


def spoken_digits(digits: str) -> str:
    """Any telephone number for the ear: mobile 3-4-4, 400 and 800 numbers 3-3-4, landline area code first,
    +86 left out; short service numbers in one breath; all else in fours. Marks between digits are dropped."""
    bare = re.sub(r"[^0-9]", "", re.sub(r"^\s*(?:\+|00)86", "", digits))
    return _say(_groups(bare, _pattern(bare)))


def tail(number: str, count: int = 4) -> str:
    """The last digits of a phone or complaint number, "" when it has fewer."""
    bare = re.sub(r"[^0-9]", "", number)
    return bare[-count:] if len(bare) >= count else ""


def parse(text: str) -> str | None:
    """The first valid complaint number written or said in a folded text; None when there is none."""
    return next((run for run in candidates(text) if valid(run)), None)


def candidates(text: str) -> list[str]:
    """Every run of exactly ten digits, right or not, so that a mistyped number is answered at once."""
    found = []
    for match in _RUN.finditer(text):
        whole = read_digits(match.group()) or ""
        parts = (
            [whole] if len(whole) == LENGTH else [read_digits(part) for part in _PAUSES.split(match.group())]
        )
        found += [part for part in parts if part and len(part) == LENGTH and part[0] != "0"]
    return found


def parse_status(text: str) -> tuple[str, str] | None:
    """(number, last four of the phone) from fourteen digits or from two runs; the number may be wrong,
    ask valid(). None when the text does not hold both."""
    runs = [run for run in (read_digits(match.group()) for match in _RUN.finditer(text)) if run]
    joined = "".join(run for run in runs if len(run) >= 4)
    if len(joined) != LENGTH + 4:
        return None
    asked, swapped = (joined[:LENGTH], joined[LENGTH:]), (joined[4:], joined[:4])
    return swapped if valid(swapped[0]) and not valid(asked[0]) else asked


def _pattern(bare: str) -> tuple[int, ...]:
    if len(bare) == 11 and bare.startswith("1"):
        return (3, 4, 4)
    if len(bare) == 10 and bare.startswith(("400", "800")):
        return (3, 3, 4)
    if bare.startswith("0"):
        area = 3 if bare[1:2] in ("1", "2") else 4
        return (area, len(bare) - area - 4, 4) if len(bare) >= area + 7 else (4, 4, 4)
    return (len(bare),) if len(bare) <= 6 else (4,) * (len(bare) // 4 + 1)


def _groups(digits: str, sizes: tuple[int, ...]) -> list[str]:
    parts, start = [], 0
    for size in sizes:
        parts.append(digits[start : start + size])
        start += size
    return [part for part in (*parts, digits[start:]) if part]


def _say(groups: list[str]) -> str:
    return _PAUSE.join("".join(_SAID[int(digit)] for digit in group) for group in groups)
