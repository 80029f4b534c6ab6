"""Numbers: those that digits tell by themselves, and orders and waybills, known by their name, their shape or
their neighbours."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from core.dialled import dialled
from core.message import Message, Reference
from core.numerals import HUNDREDS, ROUGHLY, TENS, TIMES, TWICE, UNITS, YUAN
from core.pieces import Number, Piece, chains

SHORTEST, LONG = 4, 8  # digits: of a number that is named, and of one that its shape must tell
LONGEST_ID, LONGEST_GROUP, MOST_LETTERS = 30, 10, 6  # characters
_BLANK_OR_DASH = re.compile(r" ?[-—–]? ?")
_UNITS_SAID = re.compile(f"[{TENS}{HUNDREDS}]")
_REPEATS = re.compile(f"[{TIMES}{TWICE}]")
_COUNTING = YUAN + ROUGHLY + "".join(UNITS)
_SENTENCE = re.compile(r"[。!?]")


def numbered(message: Message) -> Iterator[Reference]:
    """Telephones, complaint numbers, orders and waybills, written or said, whole or in groups."""
    long = [chain for chain in chains(message.folded, message.labels.tokens) if _digits_of(chain) >= SHORTEST]
    names = _names(message) if long else []
    last: Reference | None = None
    for chain in long:
        place = 0
        while place < len(chain):
            number = _number(message, chain, place, _name(message, names, chain[place].start), last)
            place = number.following if number else place + 1
            if number and number.kind:
                start, end = number.start, number.end
                last = Reference(number.kind, number.value, start, end, message.folded[start:end])
                yield last


def _digits_of(chain: Sequence[Piece]) -> int:
    return sum(len(piece.spelled) for piece in chain)


def _names(message: Message) -> list[tuple[int, int, str]]:
    """Names of numbers: end, start (negative: of two that end together the longer counts) and kind."""
    return sorted(
        (match.end(), -match.start(), kind)
        for kind, label in message.labels.ids.items()
        for match in label.finditer(message.folded)
    )


def _name(message: Message, names: Sequence[tuple[int, int, str]], start: int) -> tuple[str, bool]:
    """The kind of the nearest name before, "" when there is none in the sentence; and whether only
    connecting words stand between."""
    at = bisect_right(names, (start, 1, "")) - 1
    if at < 0 or start - names[at][0] > 20:
        return "", False
    end, _, kind = names[at]
    if message.words.between.fullmatch(message.folded, end, start):
        return kind, True
    return ("", False) if _SENTENCE.search(message.folded, end, start) else (kind, False)


def _number(
    message: Message, chain: Sequence[Piece], place: int, name: tuple[str, bool], last: Reference | None
) -> Number | None:
    near, adjacent = name
    certain = dialled(chain, place)
    if certain and not (certain.kind == "complaint_number" and adjacent and near in ("order_no", "waybill")):
        return certain
    joined = _joined(message, chain, place)
    if joined and len(joined.value) <= LONGEST_ID:
        return joined._replace(kind=_kind(message, joined, near if adjacent else "", near, last))
    return joined


def _joined(message: Message, chain: Sequence[Piece], place: int) -> Number | None:
    """An order or waybill: letters, then digits, also in groups; None when no digit follows."""
    letters = ""
    digits = place
    while digits < len(chain) and len(letters) <= MOST_LETTERS and chain[digits].spelled.isalpha():
        letters += chain[digits].spelled
        digits += 1
    if digits == len(chain) or len(letters) > MOST_LETTERS or not chain[digits].spelled:
        return None
    value, following = letters + chain[digits].spelled, digits + 1
    while following < len(chain) and len(value) <= LONGEST_ID:
        if not _continues(message, chain, digits, following):
            break
        value += chain[following].spelled
        following += 1
    start, end = chain[place].start, chain[following - 1].end
    said = "" if chain[digits].written else message.folded[start:end]
    if _UNITS_SAID.search(said):
        return None
    return Number("", value, start, end, following, repeats=bool(_REPEATS.search(said)))


def _continues(message: Message, chain: Sequence[Piece], first: int, place: int) -> bool:
    """Whether this piece is the next group of the digits that began with the first."""
    piece, before = chain[place], chain[place - 1]
    if piece.code or not piece.spelled or piece.written != chain[first].written:
        return False
    if piece.gap != "-" and max(len(piece.spelled), len(before.spelled)) > LONGEST_GROUP:
        return False
    lone = len(piece.spelled) < 2
    if piece.written:
        if not _BLANK_OR_DASH.fullmatch(piece.gap) or (lone and place == first + 1):
            return False
    elif lone or _UNITS_SAID.search(piece.text):
        return False
    return piece.gap == "-" or not (_counts(message, piece.end) or dialled(chain, place))


def _counts(message: Message, end: int) -> bool:
    """Whether what follows makes a quantity of the digits before."""
    after = message.folded[end : end + 1]
    if not after or after.isspace():
        return False
    return after in _COUNTING or bool(message.words.not_money_after.match(message.folded, end))


_CODE = re.compile(r"(?=[0-9A-Z]*\d{4})[A-Z]{1,6}[0-9][0-9A-Z]{5,28}")
_ABROAD = re.compile(r"[A-Z]{2}\d{9}CN")
_DATED = re.compile(r"20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_DATE_WRITTEN = re.compile(r"(?:19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}(?![\d-])")


def _kind(message: Message, it: Number, adjacent: str, near: str, last: Reference | None) -> str:
    """What an order-like number is, by its letters, its name, or the number that it is listed with; "" for
    nothing."""
    digits = sum(mark.isdigit() for mark in it.value)
    if digits < (6 if it.repeats else SHORTEST) or _DATE_WRITTEN.match(message.folded, it.start):
        return ""
    if adjacent in ("other_number", "phone"):
        return "other"
    carried = it.value.startswith(message.labels.waybill_prefixes) or _ABROAD.fullmatch(it.value)
    if carried and digits >= LONG:
        return "waybill"
    if last and digits >= LONG and _listed_with(message, last, it):
        return last.kind
    if adjacent:
        return _by_name(message, it, adjacent, digits)
    return _by_shape(message, it, near, digits)


def _listed_with(message: Message, last: Reference, it: Number) -> bool:
    """Whether the number comes right after another one: "this one and that one"."""
    known = last.kind in ("order_no", "waybill", "other") and last.end <= it.start
    return known and bool(message.words.also.fullmatch(message.folded, last.end, it.start))


def _by_name(message: Message, it: Number, name: str, digits: int) -> str:
    """The kind of a number that stands right after its name."""
    if it.value.isdigit() and digits < LONG and _counts(message, it.end):
        return ""
    if name == "complaint_number":
        return "order_no" if not it.value.isdigit() or digits > 12 else "unusable"
    if name == "number":
        return _sent_or_ordered(message, it)
    return name


def _by_shape(message: Message, it: Number, near: str, digits: int) -> str:
    """The kind of a number that stands alone or farther from its name; it must be long."""
    alone = it.value.startswith(message.labels.waybill_prefixes_alone) and digits >= LONG
    if it.value.isdigit():
        if digits < LONG or _DATED.fullmatch(it.value):
            return ""
    elif not alone and not _CODE.fullmatch(message.folded[it.start : it.end].replace("-", "").upper()):
        return ""
    if near in ("order_no", "waybill"):
        return near
    return "waybill" if alone else _sent_or_ordered(message, it)


def _sent_or_ordered(message: Message, it: Number) -> str:
    """A number that is not named waybill is one when sending was spoken of, unless a date stands in it."""
    sent = message.words.sent.search(message.folded, max(0, it.start - 24), it.start)
    return "waybill" if sent and not _DATED.match(it.value) else "order_no"
