"""The staff form: any employee files what a customer said, and tells the customer the number."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for

from core import corrections
from core.roles import FILE
from desk.door import LONGEST_TEXT, blueprint, content, house, needs, now, takes, user
from desk.finding import may_see
from desk.queue import show
from desk.shown import number
from desk.story.dossier import token
from desk.talks import enclosures
from reception.filing import SOURCES, Told
from store import complaints, facts, promises

FIELDS = (
    "phone",
    "name",
    "contact_choice",
    "subject",
    "issues",
    "wanted",
    "happened",
    "reference",
    "loss_claimed",
    "evidence_note",
)
"""What the form asks besides the words; what is for the work afterwards is not among it."""


@blueprint.get("/new")
@needs(FILE)
def new_complaint() -> Any:
    return _form({}, token(), "")


@blueprint.post("/new")
@needs(FILE)
@takes(enclosures.MOST * enclosures.LARGEST)
def file_complaint() -> Any:
    """Register it. The same form sent twice registers once."""
    given = {name: request.form.getlist(name) for name in request.form}
    key = request.form.get("key", "")[:64] or token()
    words = request.form.get("words", "").replace("\r\n", "\n").strip()
    source = request.form.get("source", "")
    try:
        told = {field: _value(field, given) for field in FIELDS}
        _check(words, source)
    except corrections.Unfit as unfit:
        return make_response(_form(given, key, unfit.code), 422)
    sealed = enclosures.sealed(enclosures.sent())
    known = {field: value for field, value in told.items() if value is not None}
    id = house().filing.file(
        user().id, Told(source, words, known, sealed), f"desk:new:{user().id}:{key}", now()
    )
    return _filed(id)


def _value(field: str, given: dict[str, list[str]]) -> Any:
    """One field of the form: its inputs bear the field's name in front."""
    return corrections.correction(field, _of(field, given), None, show().categories)


def _of(field: str, given: dict[str, list[str]]) -> dict[str, list[str]]:
    before = f"{field}-"
    return {name.removeprefix(before): texts for name, texts in given.items() if name.startswith(before)}


def _check(words: str, source: str) -> None:
    if not words:
        raise corrections.Unfit("empty")
    if len(words) > LONGEST_TEXT or source not in SOURCES:
        raise corrections.Unfit("too_long" if source in SOURCES else "bad_desk_request")


def _form(given: dict[str, list[str]], key: str, problem: str) -> str:
    typed = {field: _of(field, given) for field in FIELDS}
    about = {"given": given, "typed": typed, "fields": FIELDS, "sources": SOURCES, "problem": problem}
    limits = {"longest": LONGEST_TEXT, "files": enclosures.MOST}
    return render_template("desk/new.html", show=show(), key=key, **about, **limits)


def _filed(id: int) -> Any:
    """To the complaint, for whoever sees it; to an empty form else. Both say the number to be told."""
    with house().db.reading() as conn:
        row, seen = complaints.get(conn, id), may_see(conn, id)
        call = promises.open_of(conn, id, "callback")
        phone = facts.value(conn, id, "phone")
    due = show().when(call.due_at) if call is not None else "—"
    words = "new.filed" if phone else "new.filed_no_phone"
    flash(content().page(words, number=number(row.number), due=due), "good")
    page = url_for("desk.complaint", number=row.number) if seen else url_for("desk.new_complaint")
    return redirect(page, 303)
