"""Numbers come in pieces: written or said in groups, with pauses between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from core.numerals import SAID, read_digits

LONGEST_PIECE = 40  # characters
_MARKS = r"[ ,、。./()\[\]【】<>:…~·—–-]"


def expression(pauses: str) -> re.Pattern[str]:
    """What a number that is written or said in pieces is made of."""
    return re.compile(
        rf"(?P<skip>(?:{pauses}|{_MARKS})+)"
        r"|(?P<code>(?<![A-Za-z0-9@._/])(?=[0-9-]{0,24}[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![A-Za-z0-9@_]))"
        rf"|(?:(?<![A-Za-z@_])|(?![0-9]))(?:(?P<figures>\+?[0-9]{{7,}})|(?P<group>\+?(?:(?![0-9]{{7}}){SAID})+))"
    )


NO_PAUSES = expression(_MARKS)


# Tuples, because a long text of digits makes thousands of them.
class Piece(NamedTuple):
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


class Number(NamedTuple):
    """A number made of pieces: its kind ("" not known yet), value, place, the piece after it, and whether
    a digit was said to come twice or more."""

    kind: str
    value: str
    start: int
    end: int
    following: int
    repeats: bool = False


def chains(folded: str, tokens: re.Pattern[str]) -> Iterator[list[Piece]]:
    """Pieces of numbers that stand together, pauses left out."""
    chain: list[Piece] = []
    end, gap = 0, ""
    for token in tokens.finditer(folded):
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


def _piece(token: re.Match[str], gap: str) -> Piece:
    words = token.group()
    if token.lastgroup == "code":
        return Piece(words, *token.span(), gap, words.replace("-", "").upper(), code=True)
    return Piece(words, *token.span(), gap, spelled(words))


def spelled(words: str) -> str:
    """The digits that words spell, "" for none."""
    bare = words.lstrip("+")
    if bare.isascii():
        return bare
    return "" if len(bare) > LONGEST_PIECE else read_digits(bare) or ""
