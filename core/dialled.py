"""What digits say by themselves: telephones, complaint numbers, and cards that are nobody's business."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from core import number as complaint_number
from core.numerals import FIRST, ONES, SOUNDS_LIKE_ONE, TIMES
from core.pieces import LONGEST_PIECE, Number, Piece, spelled

MOST_PIECES = 12
SHORTEST, LONGEST = 10, 19  # digits: a complaint number, a bank card


def dialled(chain: Sequence[Piece], place: int) -> Number | None:
    """The longest telephone, complaint or private number that begins with this piece."""
    first = chain[place]
    if first.code:
        secret = private(first.spelled)
        return Number("private", "", first.start, first.end, place + 1) if secret else None
    if sum(len(piece.spelled) for piece in chain[place : place + MOST_PIECES]) < SHORTEST:
        return None
    best: Number | None = None
    for digits, start, end in _cuts(first, opening=True):
        best = _better(best, digits, start, end, place + 1)
        if end == first.end and digits:
            for more, last, following in _continued(chain, place + 1, digits):
                best = _better(best, more, start, last, following)
    return best


def _continued(chain: Sequence[Piece], place: int, digits: str) -> Iterator[tuple[str, int, int]]:
    """Digits with those of the pieces from this one on, where they end, and the piece after them."""
    for following, piece in enumerate(chain[place : place + MOST_PIECES - 1], place + 1):
        if piece.code or len(digits) >= LONGEST:
            return
        if len(digits) + len(piece.spelled) >= SHORTEST:
            for more, _, end in _cuts(piece, opening=False):
                yield digits + more, end, following
        if not piece.spelled:
            return
        digits += piece.spelled


# Marks that a run of said digits takes along from the words beside it.
_OPENING = re.compile(rf".?[{TIMES}]|[{SOUNDS_LIKE_ONE}]")
_CLOSING = re.compile(rf"(?:{ONES}?[{TIMES}]|[{FIRST}{SOUNDS_LIKE_ONE}])$")


def _cuts(piece: Piece, opening: bool) -> Iterator[tuple[str, int, int]]:
    """The digits of a piece and where they stand; then without what may belong to the words beside it."""
    plus = "+" if piece.text.startswith("+") else ""
    yield plus + piece.spelled, piece.start, piece.end
    if piece.written or len(piece.text) > LONGEST_PIECE:
        return
    closing = _CLOSING.search(piece.text)
    first = _OPENING.match(piece.text) if opening else None
    if closing and closing.start():
        yield spelled(piece.text[: closing.start()]), piece.start, piece.start + closing.start()
    if first:
        yield spelled(piece.text[first.end() :]), piece.start + first.end(), piece.end


def _better(best: Number | None, digits: str, start: int, end: int, following: int) -> Number | None:
    kind, value = _known(digits)
    if not kind or (best and best.end - best.start >= end - start and best.kind == "phone"):
        return best
    return Number(kind, value, start, end, following)


def _known(digits: str) -> tuple[str, str]:
    """What digits are by themselves: kind and value, ("", "") when they say nothing."""
    if not SHORTEST <= len(digits) <= LONGEST:
        return "", ""
    phone = _phone(digits)
    if phone:
        return "phone", phone
    if len(digits) == complaint_number.LENGTH and complaint_number.valid(digits):
        return "complaint_number", digits
    return ("private", "") if private(digits) else ("", "")


_MOBILE_OR_SERVICE = re.compile(r"1[3-9][0-9]{9}|[48]00[0-9]{7}")
_LANDLINE = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
_COUNTRY = re.compile(r"(?:\+|00)86|86(?=1[3-9][0-9]{9}$)")


def _phone(digits: str) -> str | None:
    """E.164 for a mobile, landline, 400 or 800 number of mainland China, else None."""
    abroad = _COUNTRY.match(digits)
    bare = digits[abroad.end() :] if abroad else digits
    if _MOBILE_OR_SERVICE.fullmatch(bare):
        return f"+86{bare}"
    if abroad and not bare.startswith("0"):
        bare = f"0{bare}"
    return f"+86{bare[1:]}" if _LANDLINE.fullmatch(bare) else None


_IDENTITY_CARD = re.compile(r"[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx]")
_BANK_CARD = re.compile(r"62[0-9]{14,17}")


def private(digits: str) -> bool:
    """True for what is never asked and never kept as a reference: an identity card (GB 11643: eighteen
    places, ISO 7064 MOD 11-2) or a bank card (UnionPay 62..., 16 to 19 digits, Luhn)."""
    if _IDENTITY_CARD.fullmatch(digits):
        total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(digits[:17]))
        return "10X98765432"[total % 11] == digits[17].upper()
    if _BANK_CARD.fullmatch(digits):
        doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
        return sum(value // 10 + value % 10 for value in doubled) % 10 == 0
    return False
