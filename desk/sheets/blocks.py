"""What stands on a sheet: blocks in order, for `desk.paper`. Every word comes from content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.shown import ZONE, Show, instant

MOST_ROWS = 300
Block = dict[str, Any]


@dataclass(frozen=True)
class Maker:
    """Makes sheets. `show`: values in words as of now; `by`: who prints; `full`: whether telephone numbers
    stand in full; `language`: of the words, as BCP 47; `people`: public names by id; `causes`: names of root
    causes by code."""

    show: Show
    by: str
    full: bool
    language: str
    people: Mapping[int, str]
    causes: Mapping[str, str]

    def word(self, path: str, **slots: str) -> str:
        return self.show.content.page(path, **slots)

    def words(self, *paths: str) -> list[str]:
        return [self.word(path) for path in paths]

    def label(self, kind: str, code: Any) -> str:
        return self.show.label(kind, code)

    def named(self, field: str) -> str:
        """What a field of the record is called."""
        return self.label("fields", field)

    def joined(self, values: Iterable[str]) -> str:
        return self.word("desk.joiner").join(value for value in values if value)

    def by_whom(self, by: str) -> str:
        """Who or what decided: a person by name, else the name of the way."""
        kind, _, id = by.partition(":")
        return self.people.get(int(id), "") if kind == "user" and id.isdigit() else self.label("fact_by", by)

    def at(self, moment: datetime | str | None) -> str:
        """Day and time as they stay true on paper; nothing for no moment."""
        known = instant(moment)
        return f"{known.astimezone(ZONE):%Y-%m-%d %H:%M}" if known else ""

    def sheet(self, title: str, blocks: Iterable[Block], number: str = "", state: str = "") -> dict[str, Any]:
        """The whole sheet. Blocks that have nothing to tell are left out."""
        language, _, region = self.language.partition("-")
        return {
            "lang": language,
            "region": region or "gb",
            "company": self.show.content.company.written,
            "title": title,
            "number": number,
            "state": state,
            "pages": self.word("paper.pages", page="{page}", pages="{pages}"),
            "foot": self.word("paper.foot", name=self.by, at=self.at(self.show.now)),
            "blocks": [block for block in blocks if block],
        }

    def rows(
        self, heading: str, head: Sequence[str], widths: Sequence[int], rows: Sequence[Sequence[str]]
    ) -> Block:
        """A table, or nothing without rows. What does not fit is counted, not hidden."""
        if not rows:
            return {}
        shown = [list(row) for row in rows[:MOST_ROWS]]
        if len(rows) > MOST_ROWS:
            left = self.word("paper.rows_left", n=str(len(rows) - MOST_ROWS))
            shown.append([left] + [""] * (len(head) - 1))
        return {
            "kind": "rows",
            "heading": heading,
            "head": list(head),
            "widths": list(widths),
            "figures": [],
            "rows": shown,
            "bars": [],
            "note": "",
        }


def field(label: str, value: str, note: str = "", wide: bool = False) -> dict[str, Any]:
    return {"label": label, "value": value, "note": note, "wide": wide}


def form(heading: str, fields: Sequence[dict[str, Any]]) -> Block:
    """Labels with values; those without a value stay, so that one sees what nobody has told."""
    return {"kind": "form", "heading": heading, "fields": list(fields)} if fields else {}


def sign(*names: str) -> Block:
    return {"kind": "sign", "names": list(names)}
