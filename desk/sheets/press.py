"""The press: a process of its own that sets one sheet as PDF: `python -m desk.sheets.press < order`.

It is apart from the web process because that one answers the phone: whatever happens to a sheet, and however
long it takes, happens here. Only the template speaks typst; all that people wrote arrives as JSON values,
which typst shows as plain text and never reads as its markup.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import typst

TEMPLATE = Path(__file__).parent / "typst" / "sheet.typ"
STANDARD: Literal["ua-1"] = "ua-1"
"""PDF/UA-1: tagged, with a title and a language, and every character can be read aloud. typst refuses a sheet
that is not (https://typst.app/docs/reference/pdf/)."""
MEMORY_BYTES = 2 * 1024**3


def press(order: dict[str, Any]) -> bytes:
    """The sheet of the order as PDF, made `at` (ISO 8601). It may use no other fonts than those in the folder
    `fonts`: typst's own and the machine's are left aside, so that it looks the same everywhere."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[order["fonts"]])
    made = typst.Compiler(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=fonts,
        ignore_system_fonts=True,
        sys_inputs={"sheet": json.dumps(order["sheet"], ensure_ascii=False)},
    ).compile(format="pdf", pdf_standards=STANDARD, timestamp=datetime.fromisoformat(order["at"]))
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one piece")
    return made


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    sys.stdout.buffer.write(press(json.load(sys.stdin.buffer)))


if __name__ == "__main__":
    main()
