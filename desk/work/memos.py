"""Work memos as a department sees them: what is asked, by when, the customer's own words, and the answer."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, make_response, redirect, render_template, request, url_for

from core.roles import ANSWER_MEMO, READ
from desk.door import allowed, blueprint, content, house, needs, now, user
from desk.finding import found, may_see
from desk.forms import why_not
from desk.queue import names, show
from desk.shown import SHAPES, number
from desk.story.dossier import keep_seen
from desk.work.step_forms import text
from desk.work.step_view import memo_of
from reception.acting import Refused
from store import events, follow_ups, memos, record
from store.db import Connection, Row


@blueprint.get("/memos")
@needs(ANSWER_MEMO)
def my_memos() -> Any:
    """The memos to one's own department: those that want an answer first, the next due on top."""
    with house().db.reading() as conn:
        department, people, at = user().department or "", names(conn), now()
        rows = [row for row in memos.of_department(conn, department) if may_see(conn, row.complaint_id)]
        seen = [(memo_of(row, row.tier, people, at), row) for row in rows]
        changes = follow_ups.open_actions(conn, department=department)
        waiting = [pair for pair in seen if pair[0].stage not in ("replied", "recalled")]
        return render_template(
            "desk/memos.html",
            show=show(),
            shapes=SHAPES,
            department=department,
            waiting=waiting,
            settled=[pair for pair in seen if pair not in waiting],
            actions=[row for row in changes if may_see(conn, row.complaint_id)],
            cursor=events.last(conn),
            row=None,
        )


@blueprint.get("/memos/<int:id>")
@needs(READ)
def memo(id: int) -> Any:
    """One memo. That somebody looked at the complaint is kept before it is shown."""
    with house().db.writing() as conn:
        keep_seen(conn, found(conn, _memo(conn, id).complaint_id), now())
    return _page(id)


def _memo(conn: Connection, id: int) -> Row[Any]:
    row = memos.get(conn, id)
    return row if row is not None else abort(404)


def _page(id: int, problem: str = "") -> Any:
    with house().db.reading() as conn:
        row = _memo(conn, id)
        complaint = found(conn, row.complaint_id)
        people, whole = names(conn), record.whole(conn, complaint.id)
        mine = allowed(ANSWER_MEMO) and user().department == row.department
        html = render_template(
            "desk/memo.html",
            show=show(),
            memo=memo_of(row, complaint.tier, people, now()),
            row=complaint,
            shown=number(complaint.number),
            shape=SHAPES[complaint.tier],
            record=whole,
            said=[one for one in whole["words"] if one["author"] == "customer"],
            mine=mine,
            problem=problem,
            typed=request.form.get("words", ""),
            cursor=events.last(conn),
        )
    return make_response(html, 409 if problem else 200)


@blueprint.post("/memos/<int:id>/take")
@needs(ANSWER_MEMO)
def take_memo(id: int) -> Any:
    """A named person of the department is on it."""
    return _acted(id, lambda: house().memos.take(user().id, id, now()))


@blueprint.post("/memos/<int:id>/reply")
@needs(ANSWER_MEMO)
def reply_memo(id: int) -> Any:
    """The department's answer, once."""
    return _acted(id, lambda: house().memos.reply(user().id, id, text("words"), now()))


def _acted(id: int, act: Any) -> Any:
    with house().db.reading() as conn:
        found(conn, _memo(conn, id).complaint_id)
    try:
        act()
    except Refused as refusal:
        return _page(id, why_not(refusal))
    flash(content().page("complaint.saved"), "good")
    return redirect(url_for("desk.memo", id=id), 303)


@blueprint.post("/memos/actions/<int:id>/done")
@needs(ANSWER_MEMO)
def action_done(id: int) -> Any:
    """What the department was to change is changed."""
    with house().db.reading() as conn:
        row = follow_ups.action(conn, id)
        if row is None or row.department != (user().department or ""):
            abort(404)
        found(conn, row.complaint_id)
    try:
        house().follow_ups.finish_action(user().id, id, now())
    except Refused:
        abort(403)
    return redirect(url_for("desk.my_memos"), 303)
