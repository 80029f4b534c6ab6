"""Facts with a shape: telephone, order, waybill, complaint number, amount, when. Several in one sentence.

Values: `phone` E.164 for mainland China; `order_no` and `waybill` as written, letters in capitals;
`complaint_number` ten digits with right check digits; `amount` whole yuan, rounded down, the lower bound of a
vague one ("two or three thousand" is 2000), the words kept; `when` an ISO date, month or time only when the
words leave no doubt, else "". A month or a year is never invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from core import number as complaint_number
from core.content import known_keys, list_at, mapping_at, text_at, texts_at
from core.cues import NEVER, compiled, either
from core.numerals import (
    DIGIT,
    MYRIADS,
    NUMBER,
    PIECE,
    SAID,
    SMALL_NUMBER,
    TIMES,
    TWICE,
    UNIT,
    UNITS,
    YUAN,
    YUAN_UNIT,
    read_digits,
    read_number,
)

KINDS = ("phone", "order_no", "waybill", "complaint_number", "amount", "when")
_KEYS = (
    "order_no",
    "waybill",
    "complaint_number",
    "waybill_prefixes",
    "money",
    "not_money_before",
    "not_money_after",
    "denied",
    "when",
)
_WHEN_KEYS = ("pattern", "days", "afternoon")
_SEPARATED = re.compile(r"(?<![0-9A-Za-z])\+?[0-9](?:[ -]?[0-9]){4,23}(?![0-9A-Za-z])")
_LETTERED = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9A-Za-z-]*\d{4})[A-Za-z]{1,6}-?[0-9][0-9A-Za-z-]{5,28}(?![0-9A-Za-z])"
)
_SAID = re.compile(rf"{SAID}{{5,40}}")
_SAID_WITH_PAUSES = re.compile(rf"{SAID}{{2,14}}(?:[ ,、]{SAID}{{2,14}}){{1,4}}")
_ID_AFTER_LABEL = re.compile(
    r"(?:[A-Za-z]{0,6}[ -]?[0-9][0-9A-Za-z]*(?:[ -](?=[0-9]{2})[0-9A-Za-z]+)*"
    rf"|(?:{DIGIT}|[{TWICE}{TIMES}]){{4,}})"
)
_MONEY = re.compile(
    rf"(?P<mark>[¥$]|RMB)?\s?(?P<number>{NUMBER})\s?"
    rf"(?P<unit>{YUAN_UNIT})?"
)
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
_SERVICE = re.compile(r"[48]00[0-9]{7}")


@dataclass(frozen=True)
class Reference:
    """One fact: its kind, value, place in the folded text, and the words it came from. `denied` when the
    customer says that it is not this one (then it must not fill a field)."""

    kind: str
    value: str | int
    start: int
    end: int
    words: str
    denied: bool = False


@dataclass(frozen=True)
class When:
    """One way to say a time. Groups y, mo, d, h, m, half, quarter; `days` from today; `afternoon`: + 12."""

    pattern: re.Pattern[str]
    days: int | None = None
    afternoon: bool = False


@dataclass(frozen=True)
class Labels:
    """The words around facts, from content/references.yml. Without them only shapes are recognised."""

    ids: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    waybill_prefixes: tuple[str, ...] = ()
    money: re.Pattern[str] = NEVER
    not_money_before: re.Pattern[str] = NEVER
    not_money_after: re.Pattern[str] = NEVER
    denied: re.Pattern[str] = NEVER
    when: tuple[When, ...] = ()

    @classmethod
    def from_mapping(cls, value: object, where: str = "references.yml") -> Labels:
        """Raises ContentError. In `when` patterns {n} stands for a numeral."""
        given = mapping_at(value, where)
        known_keys(given, _KEYS, where)
        kinds = ("waybill", "order_no", "complaint_number")
        return cls(
            ids={kind: _words(given, kind, where) for kind in kinds},
            waybill_prefixes=texts_at(given.get("waybill_prefixes"), f"{where}.waybill_prefixes"),
            money=_words(given, "money", where),
            not_money_before=_words(given, "not_money_before", where),
            not_money_after=_words(given, "not_money_after", where),
            denied=_words(given, "denied", where),
            when=tuple(
                _when(item, f"{where}.when[{place}]")
                for place, item in enumerate(list_at(given.get("when"), f"{where}.when"), 1)
            ),
        )


NO_LABELS = Labels()


def _words(given: Mapping[str, object], name: str, where: str) -> re.Pattern[str]:
    return either((), texts_at(given.get(name), f"{where}.{name}"), f"{where}.{name}")


def _when(value: object, where: str) -> When:
    given = mapping_at(value if not isinstance(value, str) else {"pattern": value}, where)
    known_keys(given, _WHEN_KEYS, where)
    pattern = text_at(given.get("pattern"), f"{where}.pattern").replace("{n}", SMALL_NUMBER)
    days = given.get("days")
    return When(
        compiled(pattern, where), days if isinstance(days, int) else None, bool(given.get("afternoon", False))
    )


def find(folded: str, labels: Labels = NO_LABELS, today: date | None = None) -> list[Reference]:
    """All references of a folded text from left to right, none overlapping another. `today` (in the
    customer's zone) gives yesterday its date; without it such a value stays ""."""
    found: list[Reference] = []
    for finder in (_labelled, _dialled, _money, _times, _said, _loose):
        for reference in finder(folded, labels, today):
            if not any(reference.start < other.end and other.start < reference.end for other in found):
                found.append(reference)
    kept = [reference for reference in found if reference.kind in KINDS]
    return sorted((_judged(reference, folded, labels) for reference in kept), key=lambda it: it.start)


def _judged(it: Reference, folded: str, labels: Labels) -> Reference:
    before = folded[max(0, it.start - 8) : it.start]
    denied = any(match.end() == len(before) for match in labels.denied.finditer(before))
    return Reference(it.kind, it.value, it.start, it.end, it.words, denied)


def _labelled(folded: str, labels: Labels, today: date | None) -> Iterator[Reference]:
    """A number with its label before it: the label decides."""
    for kind, label in labels.ids.items():
        for named in label.finditer(folded):
            match = _ID_AFTER_LABEL.match(folded, named.end())
            if not match:
                continue
            said = not re.search(r"[0-9A-Za-z]", match.group())
            value = read_digits(match.group()) if said else re.sub(r"[ -]", "", match.group()).upper()
            if value and len(value) >= 4 and not _spelled_quantity(folded, match.end(), value):
                yield from _id(kind, value, match, labels)


def _spelled_quantity(folded: str, end: int, value: str) -> bool:
    return len(value) < 8 and folded[end : end + 1] in tuple(YUAN) + tuple(UNITS)


def _id(kind: str, value: str, match: re.Match[str], labels: Labels) -> Iterator[Reference]:
    if _phone(value) and kind != "complaint_number":
        return
    if kind == "complaint_number":
        if len(value) == complaint_number.LENGTH:
            right = complaint_number.valid(value)
            yield Reference(kind if right else "unusable", value, *match.span(), match.group())
        return
    if kind == "order_no" and value.startswith(labels.waybill_prefixes or ("\0",)):
        kind = "waybill"
    yield Reference(kind, value, *match.span(), match.group())


def _dialled(folded: str, labels: Labels, today: date | None) -> Iterator[Reference]:
    """Digits written with or without blanks and dashes: telephone, then complaint number."""
    for match in _SEPARATED.finditer(folded):
        digits = re.sub(r"[ -]", "", match.group())
        phone = _phone(digits)
        if phone:
            yield Reference("phone", phone, *match.span(), match.group())
        elif complaint_number.valid(digits):
            yield Reference("complaint_number", digits, *match.span(), match.group())
        elif private(digits):
            yield Reference("private", "", *match.span(), match.group())


def _said(folded: str, labels: Labels, today: date | None) -> Iterator[Reference]:
    """Digits said one by one, as a recogniser writes them."""
    for match in (*_SAID_WITH_PAUSES.finditer(folded), *_SAID.finditer(folded)):
        digits = read_digits(match.group()) or ""
        if match.group() == digits:
            continue
        phone = _phone(digits)
        if phone:
            yield Reference("phone", phone, *match.span(), match.group())
        elif complaint_number.valid(digits):
            yield Reference("complaint_number", digits, *match.span(), match.group())
        elif match.re is _SAID and len(digits) >= 8 and not re.search(UNIT, match.group()):
            yield Reference("order_no", digits, *match.span(), match.group())


def _loose(folded: str, labels: Labels, today: date | None) -> Iterator[Reference]:
    """Long runs without a label: with letters an order or waybill, digits alone from eight on."""
    for match in _LETTERED.finditer(folded):
        value = match.group().replace("-", "").upper()
        kind = "waybill" if value.startswith(labels.waybill_prefixes or ("\0",)) else "order_no"
        yield Reference(kind, value, *match.span(), match.group())
    for match in re.finditer(r"(?<![0-9A-Za-z.])[0-9]{8,24}(?![0-9A-Za-z.])", folded):
        yield Reference("order_no", match.group(), *match.span(), match.group())


def _phone(digits: str) -> str | None:
    """E.164 for a mobile, landline, 400 or 800 number of mainland China, else None."""
    bare = re.sub(r"^(?:\+|00)86|^86(?=1[3-9][0-9]{9}$)", "", digits)
    if _MOBILE.fullmatch(bare) or _SERVICE.fullmatch(bare):
        return f"+86{bare}"
    return f"+86{bare[1:]}" if _LANDLINE.fullmatch(bare) else None


def private(digits: str) -> bool:
    """True for what is never asked and never kept as a reference: an identity card (GB 11643: eighteen
    places, ISO 7064 MOD 11-2) or a bank card (UnionPay 62..., 16 to 19 digits, Luhn)."""
    if re.fullmatch(r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx]", digits):
        total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(digits[:17]))
        return "10X98765432"[total % 11] == digits[17].upper()
    if re.fullmatch(r"62[0-9]{14,17}", digits):
        doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
        return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
    return False


def _money(folded: str, labels: Labels, today: date | None) -> Iterator[Reference]:
    """Sums with a mark of money, and bare ones beside a word of money or in ten thousands."""
    for match in _MONEY.finditer(folded):
        value = read_number(match["number"])
        if value is None or labels.not_money_after.match(folded, match.end()) or not value:
            continue
        before = folded[max(0, match.start() - 10) : match.start()]
        if any(found.end() == len(before) for found in labels.not_money_before.finditer(before)):
            continue
        if _is_money(match, value, before, folded, labels):
            yield Reference("amount", value, *match.span(), match.group().strip())


def _is_money(match: re.Match[str], value: int, before: str, folded: str, labels: Labels) -> bool:
    if match["mark"] or (match["unit"] and match["unit"][0] not in PIECE):
        return True
    if match["unit"]:  # also a measure word: two "pieces" of something; sums so small say more
        after = folded[match.end() : match.end() + 1]
        return value >= 10 or len(match["unit"]) > 1 or not after or not after.isalpha()
    if any(found.end() == len(before) for found in labels.money.finditer(before)):
        return len(match["number"]) < 10
    return bool(labels.ids) and bool(re.search(f"[{MYRIADS}]", match["number"])) and value >= 10_000


def _times(folded: str, labels: Labels, today: date | None) -> Iterator[Reference]:
    """Dates and times of day; the order of the file decides when two ways fit the same words."""
    for way in labels.when:
        for match in way.pattern.finditer(folded):
            value = _moment(match, way, today)
            if value is not None:
                yield Reference("when", value, *match.span(), match.group())


def _moment(match: re.Match[str], way: When, today: date | None) -> str | None:
    """The ISO value, "" when the words leave doubt, None when they name no possible time."""
    parts = {name: read_number(text) for name, text in match.groupdict().items() if text}
    year, month, day = parts.get("y"), parts.get("mo"), parts.get("d")
    if not _possible(month, day, parts.get("h"), parts.get("m")):
        return None
    if "h" in parts:
        return _clock(match, way, parts)
    if year and month:
        year = year if year >= 100 else 2000 + year
        try:
            return date(year, month, day).isoformat() if day else f"{year:04d}-{month:02d}"
        except ValueError:
            return None
    if way.days is not None and today is not None:
        return (today + timedelta(days=way.days)).isoformat()
    return ""


def _possible(month: int | None, day: int | None, hour: int | None, minute: int | None) -> bool:
    limits = ((month, 1, 12), (day, 1, 31), (hour, 0, 24), (minute, 0, 59))
    return all(value is None or least <= value <= most for value, least, most in limits)


def _clock(match: re.Match[str], way: When, parts: Mapping[str, int | None]) -> str:
    """HH:MM when morning or afternoon is certain: said, or written with a colon, or above twelve."""
    named = match.groupdict()
    hour = parts.get("h") or 0
    minute = parts.get("m") or (30 if named.get("half") else 15 if named.get("quarter") else 0)
    if way.afternoon and 1 <= hour < 12:
        hour += 12
    elif not (named.get("part") or ":" in match.group() or hour > 12 or way.afternoon):
        return ""
    return f"{hour % 24:02d}:{minute:02d}"
