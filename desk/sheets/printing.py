"""What is printed: each sheet is made anew, and who printed what is kept before it is handed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from flask import Response, abort, g

from core.events import SHEET_PRINTED
from core.roles import PHONE, READ, REPORTS
from desk.door import OWN_LANGUAGE, allowed, blueprint, house, needs, now, refusal, user
from desk.finding import find, found
from desk.queue import names, show
from desk.reports.pages import weekly
from desk.sheets import paper
from desk.sheets.blocks import Maker
from desk.sheets.memo_sheet import memo_sheet
from desk.sheets.record_sheet import record_sheet
from desk.sheets.week_sheet import week_sheet
from desk.sheets.work_blocks import work_blocks
from store import events, memos, record

BUSY_FOR = "30"


@blueprint.get("/complaints/<number>/record.pdf")
@needs(READ)
def record_pdf(number: str) -> Any:
    """The complaint record."""
    with own_words(), house().db.reading() as conn:
        row = find(conn, number)
        make = _maker(conn)
        sheet = record_sheet(make, record.whole(conn, row.id), work_blocks(make, conn, row.id))
    return _printed(sheet, "record", f"{sheet['title']}-{row.number}", complaint=row.id)


@blueprint.get("/memos/<int:id>.pdf")
@needs(READ)
def memo_pdf(id: int) -> Any:
    """A work memo, for whoever may see its complaint."""
    with own_words(), house().db.reading() as conn:
        memo = memos.get(conn, id)
        if memo is None:
            abort(404)
        row = found(conn, memo.complaint_id)
        sheet = memo_sheet(_maker(conn), memo, record.whole(conn, row.id))
    return _printed(sheet, "memo", f"{sheet['title']}-{row.number}-{id}", complaint=row.id, memo=id)


@blueprint.get("/reports/week/<week>.pdf")
@needs(REPORTS)
def week_pdf(week: str) -> Any:
    """The weekly report."""
    try:
        with own_words(), house().db.reading() as conn:
            sheet = week_sheet(_maker(conn), weekly(conn, week, now()))
    except ValueError:
        abort(404)
    return _printed(sheet, "week", f"{sheet['title']}-{week}", week=week)


@contextmanager
def own_words() -> Iterator[None]:
    """Paper leaves the house, so it speaks the house's language, whatever the page is read in."""
    g.desk_content = house().content
    try:
        yield
    finally:
        g.pop("desk_content")


def _maker(conn: Any) -> Maker:
    causes = house().content.work.causes
    return Maker(show(), user().public_name, allowed(PHONE), OWN_LANGUAGE, names(conn), causes)


def _printed(sheet: dict[str, Any], kind: str, name: str, **about: Any) -> Any:
    """The sheet as an answer. Its digest is kept with who printed it, so that a paper can be recognised.

    Not among the complaint's numbered events: printing changes nothing, so it makes nobody's save stale."""
    at = now()
    try:
        content = paper.pdf(sheet, at)
    except paper.NotPrinted as failure:
        refused = refusal(failure.why, 503)
        refused.headers["Retry-After"] = BUSY_FOR
        return refused
    with house().db.writing() as conn:
        digest = hashlib.sha256(content).hexdigest()
        events.append(conn, SHEET_PRINTED, at, user_id=user().id, sheet=kind, sha256=digest, **about)
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}.pdf"
    return response
