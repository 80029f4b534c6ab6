"""Figures and complaints as CSV and XLSX. What people wrote leaves as text, never as a formula; every file
says who took it and when, and every taking is an event."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from flask import Response, abort, request

from core import events as names
from core.figures import Period
from core.roles import EXPORT
from desk import door
from desk.door import blueprint, house, needs, user
from desk.queue import names as people_of
from desk.queue import show
from desk.reports.charts import COUNT, SHARE, SPAN, TEXT, WHEN, Cell, Column, Table, Teller
from desk.reports.complaint_table import complaint_table
from desk.reports.pages import asked, report
from desk.shown import ZONE, marks
from store import events, figure_exports

MOST = 20_000
"""Complaints in one file. More are refused, not cut."""
LONGEST = 32_000
"""Characters of one cell: a spreadsheet takes 32,767."""
FORMULA = re.compile(r"\s*[=+\-@＝＋－＠﹦﹢﹣﹫]|[\t\r\n]")
"""A cell that a spreadsheet might compute, the full-width signs among them (OWASP, CSV injection)."""
SURROGATE = re.compile("[\ud800-\udfff]")
NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {COUNT: "#,##0", SHARE: "0.0%", SPAN: "[h]:mm:ss", WHEN: "yyyy-mm-dd hh:mm", TEXT: "@"}
DAY_SECONDS = 86400


# ---- Addresses


@blueprint.get("/reports/table.csv")
@needs(EXPORT)
def table_csv() -> Any:
    """One figure of a period."""
    period, tables = _figures()
    table = next((one for one in tables if one.code == request.args.get("table")), None)
    if table is None:
        abort(404)
    return _send(as_csv(table, _mark(period), _say()), table.code, period, "csv", len(table.rows))


@blueprint.get("/reports/tables.xlsx")
@needs(EXPORT)
def tables_xlsx() -> Any:
    """All figures of a period, a sheet each."""
    period, tables = _figures()
    return _send(as_xlsx(tables, _mark(period), _say()), "figures", period, "xlsx", len(tables))


@blueprint.get("/reports/complaints.csv")
@needs(EXPORT)
def complaints_csv() -> Any:
    period, table = _complaints()
    return _send(as_csv(table, _mark(period), _say()), table.code, period, "csv", len(table.rows))


@blueprint.get("/reports/complaints.xlsx")
@needs(EXPORT)
def complaints_xlsx() -> Any:
    period, table = _complaints()
    return _send(as_xlsx([table], _mark(period), _say()), table.code, period, "xlsx", len(table.rows))


def _say() -> Teller:
    return Teller(door.content())


def _period() -> Period:
    period, wrong = asked(door.now())
    if wrong:
        abort(404)
    return period


def _figures() -> tuple[Period, list[Table]]:
    period = _period()
    with house().db.reading() as conn:
        return period, report(conn, period, door.now()).tables


def _complaints() -> tuple[Period, Table]:
    """Those that this person may see. Too many are refused in words: half a file passes for a whole one."""
    period, say = _period(), _say()
    with house().db.reading() as conn:
        many = figure_exports.many(conn, period.start, period.end, user())
        if many > MOST:
            abort(Response(say.word("reports.too_many", n=f"{many:,}", most=f"{MOST:,}"), 422))
        found = figure_exports.exported(conn, period.start, period.end, user())
        return period, complaint_table(found, say, show(), people_of(conn))


def _mark(period: Period) -> str:
    """Who took it, when, and of which days."""
    at = f"{door.now().astimezone(ZONE):%Y-%m-%d %H:%M}"
    days = {"first": period.first.isoformat(), "last": period.last.isoformat()}
    return _say().word("reports.watermark", name=marks(user().public_name), at=at, **days)


def _send(body: bytes, what: str, period: Period, kind: str, rows: int) -> Response:
    """The file, once it is written down who takes it."""
    first, last = period.first.isoformat(), period.last.isoformat()
    about: dict[str, Any] = {"what": what, "format": kind, "first": first, "last": last, "rows": rows}
    with house().db.writing() as conn:
        events.append(conn, names.REPORT_EXPORTED, door.now(), user_id=user().id, **about)
    answer = Response(body, content_type=CSV_TYPE if kind == "csv" else XLSX_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="jiesu-{what}-{first}-{last}.{kind}"'
    return answer


# ---- Text


def plain(text: str, say: Teller) -> str:
    """Text that any file can hold: nothing hidden in it, and said so when it is cut."""
    whole = SURROGATE.sub("\ufffd", marks(text))
    return whole if len(whole) <= LONGEST else say.word("reports.cut", text=whole[:LONGEST])


def defused(text: str) -> str:
    """Text that no spreadsheet computes when it reads a CSV."""
    return f"'{text}" if FORMULA.match(text) else text


# ---- CSV


def as_csv(table: Table, mark: str, say: Teller) -> bytes:
    """UTF-8 with its mark, so that spreadsheets know it; texts in quotes, lengths of time in seconds."""
    file = io.StringIO()
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([defused(plain(_headed(column, say), say)) for column in table.columns])
    for row in table.rows:
        writer.writerow([_value(cell, say) for cell in row])
    writer.writerow([defused(plain(mark, say))])
    return file.getvalue().encode("utf-8-sig")


def _headed(column: Column, say: Teller) -> str:
    return say.word("reports.in_seconds", column=column.title) if column.form == SPAN else column.title


def _value(cell: Cell, say: Teller) -> str | int | float:
    if cell.number is not None:
        return round(cell.number, 4) if isinstance(cell.number, float) else cell.number
    return defused(plain(cell.text, say))


# ---- XLSX


def as_xlsx(tables: Sequence[Table], mark: str, say: Teller) -> bytes:
    """A sheet for each table. Every text is written as a text; nothing becomes a formula or an address."""
    file = io.BytesIO()
    as_text = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, {"in_memory": True, **as_text}) as book:
        book.set_properties({"title": plain(mark, say), "comments": plain(mark, say)})
        forms = _formats(book)
        for name, table in zip(_sheet_names(tables), tables, strict=True):
            _sheet(book.add_worksheet(name), table, forms, plain(mark, say), say)
    return file.getvalue()


def _formats(book: Any) -> dict[str, Any]:
    forms = {form: book.add_format({"num_format": shape, "valign": "top"}) for form, shape in FORMATS.items()}
    return {**forms, "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True})}


def _sheet_names(tables: Iterable[Table]) -> list[str]:
    """Short enough, without what a name must not hold, and no two alike."""
    return [
        f"{place} {NOT_IN_A_NAME.sub(' ', table.title)}"[:LONGEST_NAME].strip()
        for place, table in enumerate(tables, 1)
    ]


def _sheet(sheet: Any, table: Table, forms: dict[str, Any], mark: str, say: Teller) -> None:
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, plain(column.title, say), forms["head"])
        sheet.set_column(place, place, 44 if column.form == TEXT and place > 8 else 18)
    for line, row in enumerate(table.rows, 1):
        for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
            _write(sheet, (line, place), column.form, cell, forms, say)
    sheet.write_string(len(table.rows) + 2, 0, mark, forms[TEXT])
    sheet.set_footer("&L" + mark.replace("&", "&&")[:200] + "&R&P/&N")
    sheet.freeze_panes(1, 1)


def _write(
    sheet: Any, at: tuple[int, int], form: str, cell: Cell, forms: dict[str, Any], say: Teller
) -> None:
    value = cell.value
    if value is None:
        sheet.write_string(*at, plain(cell.text, say), forms[TEXT])
    elif isinstance(value, datetime):
        sheet.write_datetime(*at, value.astimezone(ZONE).replace(tzinfo=None), forms[WHEN])
    else:
        kind = form if form in (COUNT, SHARE, SPAN) else COUNT
        sheet.write_number(*at, value / DAY_SECONDS if kind == SPAN else value, forms[kind])
