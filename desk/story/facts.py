"""Correcting what is known: one form for each field, and both versions when somebody was quicker."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for

from core import corrections
from core.roles import EDIT
from desk.door import blueprint, content, house, needs, now, user
from desk.forms import row_of, sequence
from desk.queue import names, show
from desk.story.history import steps_since
from desk.story.known import facts_of
from reception.acting import Stale
from store import facts

NOT_TYPED = ("csrf_token", "sequence")


@blueprint.post("/complaints/<number>/facts/<field>")
@needs(EDIT)
def correct_fact(number: str, field: str) -> Any:
    """Write one fact; the value before stays in sight. What is no value of the field is told beside it."""
    if field not in corrections.FIELDS:
        abort(404)
    row, given = row_of(number), {name: request.form.getlist(name) for name in request.form}
    with house().db.reading() as conn:
        before = facts.value(conn, row.id, field)
    try:
        value = corrections.correction(field, given, before, show().categories)
        house().correcting.fact(user().id, row.id, field, value, sequence(), now())
    except corrections.Unfit as unfit:
        return _again(row, field, given, unfit.code)
    except Stale:
        return _both(row, field, given, value)
    flash(content().page("complaint.saved"), "good")
    return redirect(url_for("desk.complaint", number=number, _anchor="known"), 303)


def _again(row: Any, field: str, given: dict[str, list[str]], problem: str) -> Any:
    """The form once more, as it was typed, with what does not fit."""
    about = {"row": row, "field": field, "given": given, "problem": problem, "sequence": sequence()}
    page = render_template("desk/fact.html", show=show(), limit=corrections.TEXTS.get(field, 0), **about)
    return make_response(page, 422)


def _both(row: Any, field: str, given: dict[str, list[str]], value: Any) -> Any:
    """What stands there now, and what was typed: theirs stays, or ours goes over it."""
    words = show()
    with house().db.reading() as conn:
        theirs = [fact for fact in facts_of(conn, row.id, words, names(conn)) if fact.field == field]
        changed = steps_since(conn, row, sequence())
    ours = words.fact(field, value) if value is not None else [content().page("record.taken_out")]
    kept = {name: texts for name, texts in given.items() if name not in NOT_TYPED}
    about = {"row": row, "field": field, "theirs": theirs, "ours": ours, "kept": kept, "changed": changed}
    return make_response(render_template("desk/fact_stale.html", show=words, **about), 409)
