"""Facts with a shape: telephone, order, waybill, complaint number, amount, when. Several in one sentence.

Values: `phone` E.164 for mainland China; `order_no` and `waybill` as written, letters in capitals, without
blanks and dashes; `complaint_number` ten digits with right check digits; `amount` whole yuan, rounded down,
the lower bound of a vague one ("two or three thousand" is 2000), the words kept; `when` an ISO date, date
with time ("2025-02-28T15:00"), month, year or time as far as the words leave no doubt, else "". A month or a
year is never invented.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from functools import cached_property

from core import number as complaint_number
from core.content import ContentError, known_keys, list_at, mapping_at, text_at, texts_at
from core.cues import NEVER, compiled, either
from core.numerals import (
    EITHER,
    FIRST,
    HUNDREDS,
    MARK,
    MYRIADS,
    ONES,
    PIECE,
    ROUGHLY,
    SAID,
    SMALL_NUMBER,
    SOUNDS_LIKE_ONE,
    SUM,
    TENS,
    TIMES,
    TWICE,
    UNITS,
    UP_TO,
    WHOLE,
    YUAN,
    YUAN_UNIT,
    read_digits,
    read_number,
)

KINDS = ("phone", "order_no", "waybill", "complaint_number", "amount", "when")
_IDS = ("waybill", "order_no", "number", "complaint_number", "phone", "other_number")
_RANKS = ("year", "month", "edge", "week", "day", "part", "clock", "after")
_DAY, _PART, _CLOCK, _AFTER = 5, 6, 7, 8

# ---- the words around facts


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
    """One way to say a time. Groups y, mo, d, wd, h, m, half, quarter, about. `rank`: from year (1) to clock
    (7) and what follows one; days to years: away from today; `hours`: the first and the last of this part of
    the day; `vague`: the words leave the day open."""

    pattern: re.Pattern[str]
    rank: int
    days: int | None = None
    weeks: int | None = None
    months: int | None = None
    years: int | None = None
    hours: tuple[int, int] | None = None
    vague: bool = False


@dataclass(frozen=True)
class Words:
    """The lists of content/references.yml; what each is for stands there. Those of ENDING end just before a
    fact."""

    between: re.Pattern[str] = NEVER
    also: re.Pattern[str] = NEVER
    sent: re.Pattern[str] = NEVER
    not_sums: re.Pattern[str] = NEVER
    money: re.Pattern[str] = NEVER
    money_talk: re.Pattern[str] = NEVER
    bought: re.Pattern[str] = NEVER
    money_per: re.Pattern[str] = NEVER
    money_lead: re.Pattern[str] = NEVER
    money_after: re.Pattern[str] = NEVER
    not_money_before: re.Pattern[str] = NEVER
    not_money_near: re.Pattern[str] = NEVER
    not_money_after: re.Pattern[str] = NEVER
    rounded_before: re.Pattern[str] = NEVER
    described: re.Pattern[str] = NEVER
    one_in_word: re.Pattern[str] = NEVER
    sum_ends: re.Pattern[str] = NEVER
    pieces: re.Pattern[str] = NEVER
    pieces_of: re.Pattern[str] = NEVER
    pieces_before: re.Pattern[str] = NEVER
    not_yuan_after: re.Pattern[str] = NEVER
    not_this: re.Pattern[str] = NEVER
    rhetorical: re.Pattern[str] = NEVER
    retracted: re.Pattern[str] = NEVER
    joint: re.Pattern[str] = NEVER
    rising: re.Pattern[str] = NEVER


ENDING = (
    "money_per",
    "money_lead",
    "not_money_before",
    "rounded_before",
    "pieces_before",
    "not_this",
    "rising",
)
_LISTS = tuple(one.name for one in fields(Words))
_KEYS = (
    *(*_IDS, *_LISTS, "pauses", "denied", "when", "not_when"),
    *("waybill_prefixes", "waybill_prefixes_alone"),
)
_WHEN_KEYS = ("as", "pattern", "days", "weeks", "months", "years", "hours", "vague")
_MARKS = r"[ ,、。./()\[\]【】<>:…~·—–-]"


def _tokens(pauses: str) -> re.Pattern[str]:
    """What a number that is written or said in pieces is made of."""
    return re.compile(
        rf"(?P<skip>(?:{pauses}|{_MARKS})+)"
        r"|(?P<code>(?<![A-Za-z0-9@._/])(?=[0-9-]{0,24}[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![A-Za-z0-9@_]))"
        rf"|(?:(?<![A-Za-z@_])|(?![0-9]))(?:(?P<figures>\+?[0-9]{{7,}})|(?P<group>\+?(?:(?![0-9]{{7}}){SAID})+))"
    )


NO_TOKENS = _tokens(_MARKS)


@dataclass(frozen=True)
class Labels:
    """The words around facts, from content/references.yml. Without them only shapes are recognised."""

    ids: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    words: Words = Words()
    denied: re.Pattern[str] = NEVER
    waybill_prefixes: tuple[str, ...] = ()
    waybill_prefixes_alone: tuple[str, ...] = ()
    tokens: re.Pattern[str] = NO_TOKENS
    when: tuple[When, ...] = ()
    not_when: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def from_mapping(cls, value: object, where: str = "references.yml") -> Labels:
        """Raises ContentError. In `when` patterns {n} stands for a numeral."""
        given = mapping_at(value, where)
        known_keys(given, _KEYS, where)
        return cls(
            ids={kind: _words(given, kind, where) for kind in _IDS},
            words=Words(**{name: _words(given, name, where) for name in _LISTS}),
            denied=_words(given, "denied", where),
            waybill_prefixes=texts_at(given.get("waybill_prefixes"), f"{where}.waybill_prefixes"),
            waybill_prefixes_alone=texts_at(
                given.get("waybill_prefixes_alone"), f"{where}.waybill_prefixes_alone"
            ),
            tokens=_tokens(_words(given, "pauses", where).pattern),
            when=tuple(_when(item, place) for item, place in _listed(given, "when", where)),
            not_when=tuple(
                _pattern(text_at(item, place), place) for item, place in _listed(given, "not_when", where)
            ),
        )


NO_LABELS = Labels()


def _listed(given: Mapping[str, object], name: str, where: str) -> list[tuple[object, str]]:
    items = list_at(given.get(name), f"{where}.{name}")
    return [(item, f"{where}.{name}[{place}]") for place, item in enumerate(items, 1)]


def _words(given: Mapping[str, object], name: str, where: str) -> re.Pattern[str]:
    made = either((), texts_at(given.get(name), f"{where}.{name}"), f"{where}.{name}")
    if made is NEVER:
        return made
    if name == "between":
        return re.compile(f"(?:{made.pattern}){{0,12}}")
    return re.compile(f"(?:{made.pattern})$") if name in ENDING else made


def _pattern(text: str, where: str) -> re.Pattern[str]:
    return compiled(text.replace("{n}", SMALL_NUMBER), where)


def _when(value: object, where: str) -> When:
    given = mapping_at(value, where)
    known_keys(given, _WHEN_KEYS, where)
    rank = text_at(given.get("as"), f"{where}.as")
    if rank not in _RANKS:
        raise ContentError(f"{where}.as", f"unknown name {rank!r}; known are {', '.join(_RANKS)}")
    away = {name: given.get(name) for name in ("days", "weeks", "months", "years")}
    hours = list_at(given.get("hours"), f"{where}.hours")
    return When(
        _pattern(text_at(given.get("pattern"), f"{where}.pattern"), where),
        _RANKS.index(rank) + 1,
        **{name: count for name, count in away.items() if isinstance(count, int)},
        hours=(int(hours[0]), int(hours[1])) if len(hours) == 2 else None,
        vague=bool(given.get("vague", False)),
    )


# ---- finding


@dataclass(frozen=True)
class _Text:
    """One message; what is found about it once is kept. `taken`: a mark for each place that is explained."""

    folded: str
    labels: Labels
    today: date | None
    taken: bytearray

    @property
    def words(self) -> Words:
        return self.labels.words

    def free(self, start: int, end: int) -> bool:
        return not any(self.taken[start:end])

    def ends(self, pattern: re.Pattern[str], end: int, near: int = 12) -> bool:
        """Whether a pattern of ENDING ends exactly here."""
        return bool(pattern.search(self.folded[max(0, end - near) : end]))

    @cached_property
    def sums(self) -> list[_Sum]:
        return list(_sums(self))

    @cached_property
    def money(self) -> _Cues:
        return _Cues(self, self.words.money)

    @cached_property
    def bought(self) -> _Cues:
        return _Cues(self, self.words.bought)

    @cached_property
    def not_money(self) -> _Cues:
        return _Cues(self, self.words.not_money_near)

    @cached_property
    def talks_money(self) -> bool:
        return bool(self.words.money.search(self.folded) or self.words.money_talk.search(self.folded))

    @cached_property
    def named(self) -> list[tuple[int, int, str]]:
        """Names of numbers: end, start (negative: of two that end together the longer counts) and kind."""
        return sorted(
            (match.end(), -match.start(), kind)
            for kind, label in self.labels.ids.items()
            for match in label.finditer(self.folded)
        )


class _Cues:
    """Where cues of one kind end, to find the nearest before a place in the same clause."""

    def __init__(self, text: _Text, pattern: re.Pattern[str]) -> None:
        self._folded = text.folded
        self._ends = [match.end() for match in pattern.finditer(text.folded)]

    def before(self, place: int, near: int) -> int:
        """The end of the nearest cue at most `near` characters before, -1 when there is none."""
        at = bisect_right(self._ends, place) - 1
        if at < 0 or place - self._ends[at] > near:
            return -1
        end = self._ends[at]
        return -1 if _CLAUSE.search(self._folded, end, place) else end


_CLAUSE = re.compile(r"[,。!?;、…]")


def find(folded: str, labels: Labels = NO_LABELS, today: date | None = None) -> list[Reference]:
    """All references of a folded text from left to right, none overlapping another. `today` (in the
    customer's zone) gives yesterday its date; without it such a value stays ""."""
    text = _Text(folded, labels, today, bytearray(len(folded)))
    found: list[Reference] = []
    for finder in (_numbered, _priced, _not_times, _times, _counted):
        for it in finder(text, found):
            if text.free(it.start, it.end):
                text.taken[it.start : it.end] = b"\1" * (it.end - it.start)
                found.append(it)
    kept = sorted((it for it in found if it.kind in KINDS), key=lambda it: it.start)
    following: dict[str, Reference] = {}
    for place in range(len(kept) - 1, -1, -1):
        it = kept[place]
        if _denied(text, it, following.get(it.kind)):
            kept[place] = replace(it, denied=True)
        following[it.kind] = it
    return kept


def _denied(text: _Text, it: Reference, after: Reference | None) -> bool:
    """Said not to be this one, or corrected by the next of its kind."""
    words = text.words
    if text.ends(words.not_this, it.start, near=16):
        clause = _CLAUSE.search(text.folded, it.end)
        return not words.rhetorical.search(text.folded, it.end, clause.end() if clause else len(text.folded))
    return bool(after and words.retracted.fullmatch(text.folded, it.end, after.start))


# ---- numbers of things


@dataclass(frozen=True)
class _Piece:
    """Part of a number, with the digits it spells ("" for none) and what stands between it and the piece
    before; `code` when it has letters."""

    text: str
    start: int
    end: int
    gap: str
    spelled: str
    code: bool = False

    @property
    def written(self) -> bool:
        return self.text.isascii()


LONGEST_PIECE = 40  # characters
MOST_PIECES = 12


def _chains(text: _Text) -> Iterator[list[_Piece]]:
    """Pieces of numbers that stand together, pauses left out."""
    chain: list[_Piece] = []
    end, gap = 0, ""
    for token in text.labels.tokens.finditer(text.folded):
        if token.start() != end:
            if chain:
                yield chain
            chain, gap = [], ""
        end = token.end()
        if token.lastgroup == "skip":
            gap = token.group()
            continue
        chain.append(_piece(token, gap if chain else ""))
        gap = ""
    if chain:
        yield chain


def _piece(token: re.Match[str], gap: str) -> _Piece:
    words = token.group()
    if token.lastgroup == "code":
        return _Piece(words, *token.span(), gap, words.replace("-", "").upper(), code=True)
    return _Piece(words, *token.span(), gap, _spelled(words))


def _spelled(words: str) -> str:
    bare = words.lstrip("+")
    if bare.isascii() or len(bare) > LONGEST_PIECE:
        return bare if bare.isascii() else ""
    return read_digits(bare) or ""


@dataclass(frozen=True)
class _Number:
    """A number found in a chain: its kind ("" not known yet), value, place, the piece after it, and whether
    a digit was said to come twice or more."""

    kind: str
    value: str
    start: int
    end: int
    following: int
    repeats: bool = False


def _numbered(text: _Text, found: Sequence[Reference]) -> Iterator[Reference]:
    """Telephones, complaint numbers, orders and waybills, written or said, whole or in groups."""
    last: Reference | None = None
    for chain in _chains(text):
        if sum(len(piece.spelled) for piece in chain) < 4:
            continue
        place = 0
        while place < len(chain):
            number = _number(text, chain, place, last)
            place = number.following if number else place + 1
            if number and number.kind:
                last = Reference(
                    *(number.kind, number.value, number.start, number.end),
                    text.folded[number.start : number.end],
                )
                yield last


def _number(text: _Text, chain: list[_Piece], place: int, last: Reference | None) -> _Number | None:
    label, adjacent = _label(text, chain[place].start)
    explicit = adjacent and label in ("order_no", "waybill")
    dialled = _dialled(chain, place)
    if dialled and not (explicit and dialled.kind == "complaint_number"):
        return dialled
    joined = _joined(text, chain, place)
    if joined and len(joined.value) <= LONGEST_ID:
        return replace(joined, kind=_kind(text, joined, label if adjacent else "", label, last))
    return joined


def _label(text: _Text, start: int) -> tuple[str, bool]:
    """The kind of the nearest name before, "" when there is none in the sentence; and whether only
    connecting words stand between."""
    at = bisect_right(text.named, (start, 1, "")) - 1
    if at < 0:
        return "", False
    end, _, kind = text.named[at]
    if start - end > 20:
        return "", False
    if text.words.between.fullmatch(text.folded, end, start):
        return kind, True
    return ("", False) if re.search("[。!?]", text.folded[end:start]) else (kind, False)


# Marks that a run of said digits takes along from the words beside it.
_OPENING = re.compile(rf".?[{TIMES}]|[{SOUNDS_LIKE_ONE}]")
_CLOSING = re.compile(rf"(?:{ONES}?[{TIMES}]|[{FIRST}{SOUNDS_LIKE_ONE}])$")


def _cuts(piece: _Piece, opening: bool) -> Iterator[tuple[str, int, int]]:
    """The digits of a piece and where they stand; then without what may belong to the words beside it."""
    plus = "+" if piece.text.startswith("+") else ""
    yield plus + piece.spelled, piece.start, piece.end
    if piece.written or len(piece.text) > LONGEST_PIECE:
        return
    closing = _CLOSING.search(piece.text)
    first = _OPENING.match(piece.text) if opening else None
    if closing and closing.start():
        yield _spelled(piece.text[: closing.start()]), piece.start, piece.start + closing.start()
    if first:
        yield _spelled(piece.text[first.end() :]), piece.start + first.end(), piece.end


def _dialled(chain: list[_Piece], place: int) -> _Number | None:
    """The longest telephone, complaint or private number that begins with this piece."""
    if chain[place].code:
        secret = private(chain[place].spelled)
        return _Number("private", "", chain[place].start, chain[place].end, place + 1) if secret else None
    if sum(len(piece.spelled) for piece in chain[place : place + MOST_PIECES]) < 10:
        return None
    best: _Number | None = None
    for digits, start, end in _cuts(chain[place], opening=True):
        best = _better(best, digits, start, end, place + 1)
        if end != chain[place].end or not digits:
            continue
        for following in range(place + 1, min(place + MOST_PIECES, len(chain))):
            piece = chain[following]
            if piece.code or len(digits) > 18:
                break
            if len(digits) + len(piece.spelled) >= 10:
                for more, _, last in _cuts(piece, opening=False):
                    best = _better(best, digits + more, start, last, following + 1)
            if not piece.spelled:
                break
            digits += piece.spelled
    return best


def _better(best: _Number | None, digits: str, start: int, end: int, following: int) -> _Number | None:
    kind, value = _known(digits)
    if not kind or (best and best.end - best.start >= end - start and best.kind == "phone"):
        return best
    return _Number(kind, value, start, end, following)


def _known(digits: str) -> tuple[str, str]:
    """What digits are by themselves: kind and value, ("", "") when they say nothing."""
    if not 10 <= len(digits) <= 20:
        return "", ""
    phone = _phone(digits)
    if phone:
        return "phone", phone
    if complaint_number.valid(digits):
        return "complaint_number", digits
    return ("private", "") if private(digits) else ("", "")


_BLANK_OR_DASH = re.compile(r" ?[-—–]? ?")
_UNITS_SAID = re.compile(f"[{TENS}{HUNDREDS}]")
_REPEATS = re.compile(f"[{TIMES}{TWICE}]")
_COUNTING = YUAN + ROUGHLY + "".join(UNITS)
LONGEST_ID = 30  # characters; what is longer is none


def _joined(text: _Text, chain: list[_Piece], place: int) -> _Number | None:
    """An order or waybill: letters, then digits, also in groups; None when no digit follows."""
    first, letters = place, ""
    while place < len(chain) and len(letters) <= 6 and chain[place].spelled.isalpha():
        letters += chain[place].spelled
        place += 1
    if place == len(chain) or len(letters) > 6 or not chain[place].spelled:
        return None
    value, groups, said = letters + chain[place].spelled, 1, not chain[place].written
    while (
        len(value) <= LONGEST_ID
        and place + 1 < len(chain)
        and _continues(text, chain, place + 1, groups, said)
    ):
        place += 1
        value, groups = value + chain[place].spelled, groups + 1
    words = text.folded[chain[first].start : chain[place].end]
    if said and _UNITS_SAID.search(words):
        return None
    repeats = said and bool(_REPEATS.search(words))
    return _Number("", value, chain[first].start, chain[place].end, place + 1, repeats)


def _continues(text: _Text, chain: list[_Piece], place: int, groups: int, said: bool) -> bool:
    """Whether this piece is the next group of the same number."""
    piece, before = chain[place], chain[place - 1]
    if piece.code or not piece.spelled:
        return False
    if piece.gap != "-" and max(len(piece.spelled), len(before.spelled)) > 10:
        return False
    if said is piece.written or (said and (len(piece.spelled) < 2 or _UNITS_SAID.search(piece.text))):
        return False
    if not said and (not _BLANK_OR_DASH.fullmatch(piece.gap) or (len(piece.spelled) < 2 and groups < 2)):
        return False
    return piece.gap == "-" or not (_counts(text, piece.end) or _dialled(chain, place))


def _counts(text: _Text, end: int) -> bool:
    """Whether what follows makes a quantity of the digits before."""
    after = text.folded[end : end + 1]
    if not after or after.isspace():
        return False
    return after in _COUNTING or bool(text.words.not_money_after.match(text.folded, end))


_CODE = re.compile(r"(?=[0-9A-Z]*\d{4})[A-Z]{1,6}[0-9][0-9A-Z]{5,28}")
_ABROAD = re.compile(r"[A-Z]{2}\d{9}CN")
_DATED = re.compile(r"20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DATE_WRITTEN = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?![\d-])")
LONG = 8


def _kind(text: _Text, it: _Number, adjacent: str, near: str, last: Reference | None) -> str:
    """What an order-like number is, by its letters, its name, or the number that it is listed with; "" for
    nothing."""
    digits = sum(mark.isdigit() for mark in it.value)
    if digits < (6 if it.repeats else 4) or _DATE_WRITTEN.match(text.folded, it.start):
        return ""
    if adjacent in ("other_number", "phone"):
        return "other"
    if digits >= LONG and (_begins(it.value, text.labels.waybill_prefixes) or _ABROAD.fullmatch(it.value)):
        return "waybill"
    if last and digits >= LONG and _listed_with(text, last, it):
        return last.kind
    if adjacent:
        return _by_name(text, it, adjacent, digits)
    return _by_shape(text, it, near, digits)


def _begins(value: str, prefixes: tuple[str, ...]) -> bool:
    return bool(prefixes) and value.startswith(prefixes)


def _listed_with(text: _Text, last: Reference, it: _Number) -> bool:
    """Whether the number comes right after another one: "this one and that one"."""
    known = last.kind in ("order_no", "waybill", "other") and last.end <= it.start
    return known and bool(text.words.also.fullmatch(text.folded, last.end, it.start))


def _by_name(text: _Text, it: _Number, name: str, digits: int) -> str:
    """The kind of a number that stands right after its name."""
    if it.value.isdigit() and digits < LONG and _counts(text, it.end):
        return ""
    if name == "complaint_number":
        return "order_no" if not it.value.isdigit() or digits > 12 else "unusable"
    if name == "number":
        return _sent_or_ordered(text, it)
    return name


def _by_shape(text: _Text, it: _Number, near: str, digits: int) -> str:
    """The kind of a number that stands alone or farther from its name; it must be long."""
    alone = _begins(it.value, text.labels.waybill_prefixes_alone) and digits >= LONG
    if it.value.isdigit():
        if digits < LONG or _DATED.fullmatch(it.value):
            return ""
    elif not alone and not _CODE.fullmatch(text.folded[it.start : it.end].replace("-", "").upper()):
        return ""
    if near in ("order_no", "waybill"):
        return near
    return "waybill" if alone else _sent_or_ordered(text, it)


def _sent_or_ordered(text: _Text, it: _Number) -> str:
    """A number that is not named waybill is one when sending was spoken of, unless a date stands in it."""
    if text.words.sent.search(text.folded, max(0, it.start - 24), it.start) and not _DATED.match(it.value):
        return "waybill"
    return "order_no"


_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_COUNTRY = re.compile(r"(?:\+|00)86|86(?=1[3-9][0-9]{9}$)")


def _phone(digits: str) -> str | None:
    """E.164 for a mobile, landline, 400 or 800 number of mainland China, else None."""
    abroad = _COUNTRY.match(digits)
    bare = digits[abroad.end() :] if abroad else digits
    if _MOBILE.fullmatch(bare) or _SERVICE.fullmatch(bare):
        return f"+86{bare}"
    if abroad and not bare.startswith("0"):
        bare = f"0{bare}"
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


# ---- money


@dataclass(frozen=True)
class _Sum:
    """A number that may be a sum: `mark` before and `unit` after it, if said; `round` when it names
    hundreds, thousands or more, as prices are said."""

    value: int
    text: str
    start: int
    end: int
    mark: str
    unit: str
    round: bool

    @property
    def bare(self) -> bool:
        return not self.mark and not self.unit


_MONEY = re.compile(
    rf"(?:(?P<mark>{MARK})\s?|(?<![0-9A-Za-z.]))(?P<number>{SUM})(?:\s?(?P<unit>{YUAN_UNIT}))?"
)
_ROUND = re.compile(rf"[{HUNDREDS}wWkK]")
_TAIL = re.compile(rf"[{HUNDREDS}]{ONES}$")
_RANGE = re.compile(f"[{UP_TO}]{{1,2}}")


def _sums(text: _Text) -> Iterator[_Sum]:
    """Numbers that may be sums, from left to right; a range is one, its lower end the value."""
    before: _Sum | None = None
    for match in _MONEY.finditer(text.folded):
        it = _sum(text, match)
        if it is None:
            continue
        whole = _range(text, before, it) if before else None
        if before and not whole:
            yield before
        before = whole or it
    if before:
        yield before


def _sum(text: _Text, match: re.Match[str]) -> _Sum | None:
    said, end = match["number"], match.end()
    if not match["unit"] and _TAIL.search(said) and _begins_next(text, end):
        said, end = said[:-1], end - 1
    half = said[: len(said) // 2]
    stuttered = half * 2 == said and bool(_ROUND.search(said))
    value = read_number(half if stuttered or (len(said) == 2 and EITHER.fullmatch(said)) else said)
    if not value:
        return None
    place = (match.start(), end, match["mark"] or "", match["unit"] or "")
    return _Sum(value, said, *place, bool(_ROUND.search(said)))


def _begins_next(text: _Text, end: int) -> bool:
    """Whether the last digit belongs to the next words: "five hundred, three days"."""
    folded, words = text.folded, text.words
    return bool(words.one_in_word.match(folded, end - 1) or words.not_money_after.match(folded, end))


def _range(text: _Text, low: _Sum, high: _Sum) -> _Sum | None:
    """Two sums as one when only a mark of range stands between: three to five thousand."""
    if (low.unit and not high.unit) or not _RANGE.fullmatch(text.folded, low.end, high.start):
        return None
    if text.ends(text.words.rising, low.start) or (low.bare and high.bare and not high.round):
        return None
    units = [UNITS[mark] for mark in high.text if mark in UNITS]
    times = max(units) if units and low.bare and not low.round and low.value < high.value / max(units) else 1
    return replace(
        high, value=low.value * times, text=low.text + high.text, start=low.start, mark=low.mark, round=True
    )


def _amount(text: _Text, it: _Sum) -> Reference:
    return Reference("amount", it.value, it.start, it.end, text.folded[it.start : it.end].strip())


def _priced(text: _Text, found: Sequence[Reference]) -> Iterator[Reference]:
    """Sums with a mark or a unit of money."""
    for it in text.sums:
        if it.mark or (it.unit and _is_money(text, it)):
            yield _amount(text, it)


def _is_money(text: _Text, it: _Sum) -> bool:
    words, folded = text.words, text.folded
    if it.unit[0] not in PIECE:
        return it.value >= 10 or not words.not_yuan_after.match(folded, it.end)
    if len(it.unit) > 1 and (it.unit[1] in WHOLE or not words.pieces_of.search(folded, 0, it.start)):
        return True
    if words.pieces.match(folded, it.end):
        return False
    asked = text.money.before(it.start, 8) >= 0 or bool(words.money_after.match(folded, it.end))
    if it.value < 10:
        asked = asked or text.bought.before(it.start, 2) >= 0 or text.ends(words.money_per, it.start)
        return asked and it.value > 1 and not text.ends(words.pieces_before, it.start)
    if asked or it.value >= 100:
        return True
    return not text.ends(words.pieces_before, it.start) and not words.pieces_of.search(folded, 0, it.start)


def _counted(text: _Text, found: Sequence[Reference]) -> Iterator[Reference]:
    """Sums without a unit: by the words of money beside them, or beside a sum that is sure."""
    bare = [it for it in text.sums if it.bare and text.free(it.start, it.end) and _may_be_money(text, it)]
    sure = [_by_words(text, it) for it in bare]
    beside = any(sure) or any(it.kind == "amount" for it in found)
    for it, certain in zip(bare, sure, strict=True):
        if certain or (beside and _ends_well(text, it) and text.ends(text.words.money_lead, it.start)):
            yield _amount(text, it)


def _may_be_money(text: _Text, it: _Sum) -> bool:
    """Not a quantity, an ordinal, a room, a hotline..."""
    words = text.words
    if it.value < 10 or len(re.sub(r"\D", "", it.text.split(".")[0])) > 7 or it.text.startswith("0"):
        return False
    counts = words.not_money_after.match(text.folded, it.end) and not words.money_after.match(
        text.folded, it.end
    )
    if counts or text.ends(words.not_money_before, it.start):
        return False
    if words.not_sums.fullmatch(it.text) and text.money.before(it.start, 6) < 0:
        return False
    if it.text in TENS or (it.text[0] in HUNDREDS and not _rounded(text, it)):
        return False
    return text.not_money.before(it.start, 12) <= text.money.before(it.start, 12)


def _rounded(text: _Text, it: _Sum) -> bool:
    """Whether a sum that begins with "hundred" or "thousand", no digit before it, is one: "up to a thousand",
    "some hundred"."""
    rest = it.text.strip(HUNDREDS)
    if not rest:
        return text.ends(text.words.rounded_before, it.start, 1)
    if it.text[1] in ROUGHLY:
        return True
    return it.text[0] not in MYRIADS and text.money.before(it.start, 6) >= 0


def _ends_well(text: _Text, it: _Sum) -> bool:
    return it.end == len(text.folded) or bool(text.words.sum_ends.match(text.folded, it.end))


def _by_words(text: _Text, it: _Sum) -> bool:
    words, folded = text.words, text.folded
    if words.money_after.match(folded, it.end):
        return True
    ends = _ends_well(text, it)
    if it.round:
        return _by_words_round(text, it, ends)
    if ends and (text.money.before(it.start, 7) >= 0 or ("." in it.text and text.talks_money)):
        return True
    bought = it.value >= 100 and text.bought.before(it.start, 12) >= 0
    return ends and text.talks_money and (bought or text.ends(words.money_per, it.start))


def _by_words_round(text: _Text, it: _Sum, ends: bool) -> bool:
    """So prices are said: nothing counted after it is enough, or a thing described by it."""
    if text.money.before(it.start, 12) >= 0:
        return True
    if it.text[-1] in "wWkK":
        return False
    return ends or bool(text.words.described.match(text.folded, it.end))


# ---- times


@dataclass(frozen=True)
class _Part:
    """One time word in a phrase and the numbers in it; `open` when they name no single value."""

    way: When
    start: int
    end: int
    rank: int
    said: Mapping[str, str]
    numbers: Mapping[str, int]
    open: bool


def _not_times(text: _Text, found: Sequence[Reference]) -> Iterator[Reference]:
    """What looks like a time: an age, a house number, a birthday."""
    for pattern in text.labels.not_when:
        for match in pattern.finditer(text.folded):
            yield Reference("other", "", *match.span(), match.group())


def _times(text: _Text, found: Sequence[Reference]) -> Iterator[Reference]:
    """Dates and times of day, neighbours joined: yesterday, afternoon, three o'clock are one."""
    for phrase in _phrases(text, _parts(text)):
        value = _moment(phrase, text.today)
        if value is not None:
            start, end = phrase[0].start, phrase[-1].end
            yield Reference("when", value, start, end, text.folded[start:end])


def _parts(text: _Text) -> list[_Part]:
    """Time words from left to right; the order of the file decides when two ways fit the same words."""
    taken, parts = bytearray(text.taken), []
    for way in text.labels.when:
        for match in way.pattern.finditer(text.folded):
            start, end = match.span()
            part = None if any(taken[start:end]) else _part(match, way)
            if part:
                taken[start:end] = b"\1" * (end - start)
                parts.append(part)
    return sorted(parts, key=lambda part: part.start)


_LIMITS = {"mo": (1, 12), "d": (1, 31), "h": (0, 24), "m": (0, 59)}


def _part(match: re.Match[str], way: When) -> _Part | None:
    """None when the numbers name no possible time."""
    said = {name: words for name, words in match.groupdict().items() if words}
    numbers: dict[str, int] = {}
    either = False
    for name in ("y", "mo", "d", "h", "m", "m1"):
        if name in said:
            either = either or bool(EITHER.fullmatch(said[name]))
            number = None if EITHER.fullmatch(said[name]) else read_number(said[name])
            least, most = _LIMITS.get(name[:1] if name == "m1" else name, (0, 9999))
            if number is not None and not least <= number <= most:
                return None
            if number is not None:
                numbers["m" if name == "m1" else name] = number
    rank = _DAY if "wd" in said else way.rank
    return _Part(way, *match.span(), rank, said, numbers, either or way.vague)


MORNING = "06:00"
LONGEST_PHRASE = 8  # parts; time words without end are no phrase


def _phrases(text: _Text, parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Neighbours from the coarse to the fine are one phrase; words of after and before need one to follow."""
    phrase: list[_Part] = []
    for part in parts:
        if phrase and len(phrase) < LONGEST_PHRASE and _joins(text, phrase, part):
            phrase.append(part)
            continue
        if phrase:
            yield phrase
        phrase = [] if part.rank == _AFTER else [part]
    if phrase:
        yield phrase


def _joins(text: _Text, phrase: Sequence[_Part], part: _Part) -> bool:
    gap, before = text.folded[phrase[-1].end : part.start], phrase[-1].rank
    last = max(it.rank for it in phrase if it.rank != _AFTER)
    if part.rank == _AFTER:
        return not gap and before != _AFTER
    if last == _CLOCK:  # from two o'clock to four
        return part.rank >= _PART and (not gap if before == _PART else bool(_RANGE.fullmatch(gap)))
    return part.rank > last and (gap in ("", " ") or bool(text.words.joint.fullmatch(gap)))


def _moment(phrase: Sequence[_Part], today: date | None) -> str | None:
    """The ISO value as far as it is certain, "" when the words leave doubt, None for an impossible date."""
    day, clock = _date(phrase, today), _clock(phrase)
    if day is None:
        return None
    if clock is None:
        return ""
    if clock and clock < MORNING and any(it.way.hours and it.way.hours[0] > it.way.hours[1] for it in phrase):
        return clock  # a night belongs to two days
    return f"{day}T{clock}" if clock and day.count("-") == 2 else day or clock


def _date(phrase: Sequence[_Part], today: date | None) -> str | None:
    rank = max(it.rank for it in phrase if it.rank != _AFTER)
    if any(it.open for it in phrase if it.rank <= _DAY) or (phrase[-1].rank == _AFTER and rank <= _DAY):
        return ""
    year, month, day = _year_and_month(phrase, today)
    if day and year and month:
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return None if any("mo" in it.numbers for it in phrase) else ""
    if day:
        return ""
    away = _away(phrase, today)
    if away or any(it.rank == _DAY for it in phrase):
        return away
    return f"{year:04d}-{month:02d}" if year and month else _whole_year(phrase, year)


def _whole_year(phrase: Sequence[_Part], year: int | None) -> str:
    return f"{year:04d}" if year and all(it.rank == 1 or it.rank == 3 for it in phrase) else ""


def _year_and_month(phrase: Sequence[_Part], today: date | None) -> tuple[int | None, int | None, int | None]:
    """Year, month and day of the month as far as they were said, or follow from today."""
    said = {name: number for it in phrase for name, number in it.numbers.items()}
    year, month = said.get("y"), said.get("mo")
    if year is not None and year < 100:
        year += 2000
    for way in (it.way for it in phrase):
        if way.years is not None and today:
            year = today.year + way.years
        if way.months is not None and today:
            year, month = divmod(today.year * 12 + today.month - 1 + way.months, 12)
            month += 1
    return year, month, said.get("d")


def _away(phrase: Sequence[_Part], today: date | None) -> str:
    """The date of yesterday, or of a weekday of last week; a Sunday may close a week or open it."""
    for it in phrase:
        if today and it.way.days is not None:
            return (today + timedelta(days=it.way.days)).isoformat()
        if today and it.way.weeks is not None and "wd" in it.said:
            weekday = read_number(it.said["wd"])
            if weekday:
                monday = today - timedelta(days=today.weekday())
                return (monday + timedelta(days=7 * it.way.weeks + weekday - 1)).isoformat()
    return ""


def _clock(phrase: Sequence[_Part]) -> str | None:
    """HH:MM when morning or afternoon is certain: by the part of the day, or because it is above twelve. None
    when it does not fit the part: one o'clock "last night" was today."""
    clocks = [it for it in phrase if it.rank == _CLOCK]
    if len(clocks) != 1 or clocks[0].open or phrase[-1].rank == _AFTER:
        return ""
    it = clocks[0]
    parts = [one.way.hours for one in phrase if one.way.hours]
    hour = _hour(it.numbers["h"], parts[0]) if parts else _certain_hour(it)
    if hour is None or "about" in it.said:
        return None if parts and hour is None else ""
    quarters = read_number(it.said.get("quarter", "")) or 0
    return f"{hour:02d}:{it.numbers.get('m', 30 if 'half' in it.said else 15 * quarters):02d}"


def _hour(hour: int, within: tuple[int, int]) -> int | None:
    """The one hour of the day that fits this part of it; None for none or two."""
    first, last = within
    fitting = {
        one
        for one in (hour, hour + 12)
        if one < 24 and (first <= one <= last if first <= last else one >= first or one <= last)
    }
    return fitting.pop() if len(fitting) == 1 else None


def _certain_hour(it: _Part) -> int | None:
    hour = it.numbers["h"]
    return hour if 12 < hour < 24 or it.said["h"].startswith("0") else None
