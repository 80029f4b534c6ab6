"""The weekly report on paper: the same figures as the page, from the same tables."""

from __future__ import annotations

from typing import Any

from desk.reports.charts import TEXT, Cell, Headline, Table
from desk.reports.pages import Entry, Weekly
from desk.sheets.blocks import Block, Maker

BARRED = ("pareto", "bars", "shares")
"""Charts whose first drawn column is told by the length of a bar."""
WIDE = 4
"""A column of words, in parts of the width of one of figures."""


def week_sheet(make: Maker, weekly: Weekly) -> dict[str, Any]:
    told = weekly.told
    span = make.word("reports.this_span", first=str(told.period.first), last=str(told.period.last))
    blocks = [
        _headlines(told.headlines),
        *(_table(table) for table in told.tables),
        _entries(make, make.word("reports.missed_list"), weekly.missed_all, weekly.missed),
        _entries(make, make.word("reports.other_list"), weekly.others_all, weekly.others),
    ]
    return make.sheet(make.word("paper.week"), blocks, weekly.week, span)


def _headlines(told: list[Headline]) -> Block:
    figures = [
        {
            "label": one.title,
            "value": one.figure,
            "note": "\n".join([*(line.text for line in one.lines), *([one.before] if one.before else [])]),
        }
        for one in told
    ]
    return {"kind": "figures", "heading": "", "figures": figures}


def _table(table: Table) -> Block:
    """A table as on the page, with bars where the page draws bars; nothing for one without rows."""
    if not table.rows:
        return {}
    barred = next((n for n, column in enumerate(table.columns) if column.drawn), None)
    return {
        "kind": "rows",
        "heading": table.title,
        "note": table.note,
        "head": [column.title for column in table.columns],
        "widths": [WIDE if column.form == TEXT else 2 for column in table.columns],
        "figures": [n for n, column in enumerate(table.columns) if column.form != TEXT],
        "rows": [[cell.text for cell in row] for row in table.rows],
        "bars": _bars([row[barred] for row in table.rows]) if barred and table.chart in BARRED else [],
    }


def _bars(cells: list[Cell]) -> list[float]:
    """How long each bar is, of the longest one."""
    values = [float(cell.number or 0) for cell in cells]
    longest = max(values, default=0.0)
    return [value / longest for value in values] if longest else []


def _entries(make: Maker, heading: str, total: int, entries: list[Entry]) -> Block:
    block = make.rows(
        heading,
        make.words(
            "reports.number", "reports.what", "paper.entry_at", "paper.entry_how", "paper.entry_length"
        ),
        (3, 6, 3, 3, 2),
        [(one.item.shown, one.item.what, one.at, one.how, one.length) for one in entries],
    )
    left = total - len(entries)
    return {**block, "note": make.word("paper.rows_left", n=f"{left:,}")} if block and left > 0 else block
