"""A sheet of paper: what may stand on it, and the press that sets it, with its limits."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

from desk.shown import marks

ROOT = Path(__file__).resolve().parents[2]
FONTS = ROOT / "static" / "vendor" / "paper"
NEEDED = ("NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf")
"""Brought by tools/assets.py."""
SECONDS = 20.0
PRESSES = threading.BoundedSemaphore(2)
"""Sheets set at once in one process: more would take the processor from those who are on the phone."""
LONGEST = 2_500
"""Characters of one piece of text; the desk takes 2,000 at a time."""
UNBROKEN = re.compile(r"[^ \t\n\u3000\u3041-\u30ff\u3400-\u9fff]{25,}")
"""Where a line can end only by chance: no space and no Chinese character for so long."""
STEP = 12
ZERO_WIDTH_SPACE = "\u200b"


class NotPrinted(Exception):
    """No sheet came out. `why`: a code of labels.yml `errors`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def pdf(sheet: dict[str, Any], at: datetime) -> bytes:
    """The sheet as PDF/UA-1. Raises NotPrinted: without fonts, when too many are being set, or when it takes
    more than SECONDS."""
    if not all((FONTS / name).is_file() for name in NEEDED):
        raise NotPrinted("no_font")
    order = {"fonts": str(FONTS), "at": at.replace(microsecond=0).isoformat(), "sheet": printable(sheet)}
    with _press():
        try:
            done = subprocess.run(
                [sys.executable, "-m", "desk.sheets.press"],
                input=json.dumps(order).encode(),
                capture_output=True,
                cwd=ROOT,
                timeout=SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise NotPrinted("print_too_long") from None
    if done.returncode:
        # Only the error's name: its message quotes the sheet, and that never reaches a log.
        kind = done.stderr.decode(errors="replace").strip().rpartition("\n")[2].partition(":")[0]
        raise RuntimeError(f"the press ended with {done.returncode}: {kind[:80]}")
    return done.stdout


@contextmanager
def _press() -> Iterator[None]:
    if not PRESSES.acquire(timeout=SECONDS):
        raise NotPrinted("print_busy")
    try:
        yield
    finally:
        PRESSES.release()


def printable(value: Any) -> Any:
    """The same values with every text fit to print: see `fit`."""
    if isinstance(value, str):
        return fit(value)
    if isinstance(value, dict):
        return {key: printable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [printable(inner) for inner in value]
    return value


def fit(text: str) -> str:
    """A text that can be set. What hides or turns text round, and what the fonts have no sign for, stands as
    a mark with its code; an endless word may be broken; what is over LONGEST is cut, with an ellipsis."""
    cut = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    known = _signs()
    seen = "".join(sign if ord(sign) in known else f"[U+{ord(sign):04X}]" for sign in marks(cut))
    return UNBROKEN.sub(_breakable, seen)


def _breakable(word: re.Match[str]) -> str:
    whole = word[0]
    return ZERO_WIDTH_SPACE.join(whole[start : start + STEP] for start in range(0, len(whole), STEP))


@functools.cache
def _signs() -> frozenset[int]:
    """Code points that both fonts can show, and the line feed and tab."""
    known = [frozenset(TTFont(FONTS / name, lazy=True).getBestCmap()) for name in NEEDED]
    return frozenset.intersection(*known) | {ord("\n"), ord("\t")}
