"""Who else has this complaint open, and who writes: two people on one complaint see each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import render_template, request

from core.roles import EDIT, READ
from desk.door import allowed, blueprint, content, house, needs, now, user
from desk.finding import find
from desk.shown import marks
from store import viewers

LOOKS_FOR = timedelta(seconds=25)
"""The page says every 15 s at least that it is open; whoever says nothing for this long has gone."""
WRITES_FOR = timedelta(seconds=8)
"""Longer than the 5 s at which two pages that know of each other ask."""


def others(conn: Any, complaint_id: int, at: datetime) -> str:
    """Who else looks, in a sentence for the head; "" for nobody."""
    rows = viewers.others(conn, complaint_id, user().id, at)
    if not rows:
        return ""
    words = content()
    joiner = words.page("desk.joiner")
    writing = [marks(row.public_name) for row in rows if row.writing_until and row.writing_until > at]
    looking = [marks(row.public_name) for row in rows if not (row.writing_until and row.writing_until > at)]
    said = [words.page("record.also_writing", names=joiner.join(writing))] if writing else []
    said += [words.page("record.also_looking", names=joiner.join(looking))] if looking else []
    return words.page("record.and_also").join(said)


def keep_looking(conn: Any, complaint_id: int, at: datetime, writing: bool = False) -> None:
    """The person at the desk has the page open. One who may only read is no collision, and is not named."""
    if allowed(EDIT):
        until = at + WRITES_FOR if writing else None
        viewers.look(conn, complaint_id, user().id, at + LOOKS_FOR, until)


@blueprint.post("/complaints/<number>/looking")
@needs(READ)
def looking(number: str) -> Any:
    """Said by the page while it is open, at once when somebody begins to write, and when it is left. The
    answer is who else looks."""
    at = now()
    with house().db.reading() as conn:
        row = find(conn, number)
    with house().db.writing() as conn:
        if request.form.get("gone") == "1":
            viewers.leave(conn, row.id, user().id)
            return "", 204
        keep_looking(conn, row.id, at, request.form.get("writing") == "1")
        said = others(conn, row.id, at)
    return render_template("desk/parts/others.html", others=said)
