"""The desk's words in another language: `content/<language>/pages.yml` and `labels.yml`, laid over ours.

What is not translated yet is shown in the house's own words, so that a page is never without a word.
What customers and colleagues wrote is never translated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.content import ContentError
from reception.replies import slots_of

#: Languages of the desk besides the house's own, by the code that a page states (BCP 47), and their folder.
FOLDERS: Mapping[str, str] = {"en": "english"}


@dataclass(frozen=True)
class Written:
    """The words of pages and the names of codes in one language."""

    pages: Mapping[str, Any]
    labels: Mapping[str, Any]


def over(where: str, base: Mapping[str, Any], other: Mapping[str, Any]) -> Mapping[str, Any]:
    """`base` with what `other` says in its place; a list is replaced as a whole.

    Raises ContentError when a text asks for a slot that nobody fills, because ours has none of that name."""
    both = {**base, **other}
    for name in base.keys() & other.keys():
        ours, theirs = base[name], other[name]
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            both[name] = over(f"{where}: {name}", ours, theirs)
        elif isinstance(ours, str) and isinstance(theirs, str):
            _check_slots(f"{where}: {name}", ours, theirs)
    return both


def _check_slots(where: str, ours: str, theirs: str) -> None:
    unknown = [slot for slot in slots_of(theirs) if slot not in slots_of(ours)]
    if unknown:
        raise ContentError(where, f"there is no {{{unknown[0]}}} here; the Chinese has none")


def folders(folder: Path) -> Mapping[str, Path]:
    """The languages that this folder of content holds."""
    return {code: folder / name for code, name in FOLDERS.items() if (folder / name).is_dir()}
