"""Text prepared for understanding. What a customer wrote is kept elsewhere, byte for byte."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

SOLIDUS = "\uff0f"  # full-width "/"; it stays as it is, or it would become a command
LONGEST_FOR_RASA = 1000  # characters; 100,000 take Rasa 2.4 s

_WIDE = {0xFF01 + step: 0x21 + step for step in range(94) if 0xFF01 + step != ord(SOLIDUS)}
_SPACES = {code: " " for code in (*range(0x09, 0x0E), *range(0x1C, 0x20), 0x85, 0x2028, 0x2029, 0x3000)}
_TABLE: dict[int, int | str] = {**_WIDE, **_SPACES, 0xFFE5: "\u00a5"}  # and the full-width yen
# Controls, zero-width and bidi marks, byte order mark, tags, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]+"
)
_BLANKS = re.compile(r"\s+")
_OTHER_DIGITS = re.compile(r"(?![0-9])\d")
_GUARD = "\u00b7"  # a middle dot: no space, no meaning, not a command


def _as_it_is(text: str) -> str:
    return text


def fold(text: str, simplify: Callable[[str], str] = _as_it_is) -> str:
    """Promise: one spelling for what means the same. Full-width forms become ASCII by table (except the
    solidus), digits of any script 0 to 9, unseen characters go, `simplify` turns Traditional into simplified,
    spaces collapse.
    For understanding only, never shown. Folding twice changes nothing more."""
    seen = _UNSEEN.sub("", text.translate(_TABLE))
    seen = _OTHER_DIGITS.sub(lambda found: str(unicodedata.decimal(found[0])), seen)
    return _BLANKS.sub(" ", simplify(seen)).strip()


def is_blank(text: str) -> bool:
    """True when there is nothing to understand: empty, blanks, punctuation and unseen marks only.
    An emoji or a digit is something."""
    return all(
        unicodedata.category(mark)[0] in "ZCPM" or unicodedata.category(mark) in ("Sk", "Sm") for mark in text
    )


def likeness(one: str, other: str) -> float:
    """How much of the shorter text, as pairs of neighbouring characters, also stands in the other: 0 to 1."""
    pairs, others = ({text[at : at + 2] for at in range(len(text) - 1)} for text in (one, other))
    return len(pairs & others) / max(1, min(len(pairs), len(others)))


def safe_for_rasa(text: str) -> str:
    """Promise: at most 1,000 characters and, however it is trimmed, never a command: Rasa takes a text
    that begins with "/" as an intent. A mark is put before such a text."""
    seen = _UNSEEN.sub("", text).strip()
    if seen.startswith(("/", SOLIDUS)):
        seen = _GUARD + seen
    return seen[:LONGEST_FOR_RASA].strip()
