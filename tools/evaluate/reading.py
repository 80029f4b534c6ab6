"""Labelled files: TSV with `text` and `label`, one message a line. Labels are the codes of content/."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tools.say import Failure

NONE = "none"
_NOTHING = ("", "-", "[]", "0", "no", "null")


@dataclass(frozen=True)
class Example:
    """One message and what a reader says it is."""

    text: str
    label: str


def read(file: Path) -> list[Example]:
    """The lines of a file, in order. Raises Failure, naming the line, when it is no such file."""
    try:
        rows = [row.rstrip("\r") for row in file.read_text(encoding="utf-8-sig").split("\n")]
    except FileNotFoundError:
        raise Failure(f"There is no file {file}.") from None
    except (UnicodeDecodeError, IsADirectoryError):
        raise Failure(f"{file} is no UTF-8 text.") from None
    if not rows or rows[0].split("\t") != ["text", "label"]:
        raise Failure(f"{file}: the first line must be `text`, a tab, `label`.")
    return [_example(file, place, row) for place, row in enumerate(rows[1:], 2) if row.strip()]


def _example(file: Path, place: int, row: str) -> Example:
    parts = row.split("\t")
    if len(parts) != 2:
        raise Failure(f"{file}, line {place}: expected one tab between text and label.")
    return Example(parts[0], parts[1].strip())


def several(label: str) -> frozenset[str]:
    """The codes of a label that may have several, separated by commas, semicolons, bars or blanks."""
    codes = [code for code in re.split(r"[,;|+\s]+", label) if code not in (*_NOTHING, NONE)]
    return frozenset(code.replace("-", "_") for code in codes)


def check(examples: Iterable[Example], known: Iterable[str], file: Path) -> None:
    """Raises Failure for a label, or one of several, that the task does not know."""
    allowed = set(known)
    for example in examples:
        unknown = {code for code in several(example.label) or {NONE}} - allowed
        if unknown and example.label not in allowed:
            raise Failure(
                f"{file}: the label {example.label!r} is unknown; known are {', '.join(sorted(allowed))}."
            )
