"""What somebody who looks for a complaint typed: a number, a telephone, its last four, an order, or words."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass

from core import number
from core.corrections import Unfit, phone_number

NUMBER = "number"
PHONE = "phone"
TAIL = "tail"
REFERENCE = "reference"
WORDS = "words"
NOTHING = ""

LONGEST = 60
SHORTEST_REFERENCE = 5
TAIL_LENGTH = 4
_SPACES = re.compile(r"[\s\-–—]")
_REFERENCE = re.compile(r"(?=.*\d)[A-Z0-9]+")


@dataclass(frozen=True)
class Sought:
    """What is looked for, and as what. `value`: ready to be compared with what is stored."""

    kind: str
    value: str


def read(typed: str) -> Sought:
    """As what to look for this. Ten digits with right check digits are a complaint's number, four the end of
    a telephone number; a telephone is one that could be dialled; letters and digits are an order, a waybill
    or the like; all else is looked for word by word in what is known."""
    text = unicodedata.normalize("NFKC", typed).strip()[:LONGEST]
    bare = _SPACES.sub("", text)
    if number.valid(bare):
        return Sought(NUMBER, bare)
    if bare.isascii() and bare.isdigit() and len(bare) == TAIL_LENGTH:
        return Sought(TAIL, bare)
    if bare.startswith(("+", "0")) or re.fullmatch(r"1\d{10}", bare):
        with suppress(Unfit):  # a number that nobody can dial is looked for as an order
            return Sought(PHONE, phone_number(bare))
    if len(bare) >= SHORTEST_REFERENCE and _REFERENCE.fullmatch(bare.upper()):
        return Sought(REFERENCE, bare.upper())
    return Sought(WORDS, text) if text else Sought(NOTHING, "")
