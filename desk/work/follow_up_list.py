"""Who is to be asked afterwards, who is to hear the result, and where the cause is looked at once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for

from core import complaint as states
from core import steps as rules
from core.roles import FOLLOW_UP
from desk.door import blueprint, content, house, needs, now, user
from desk.finding import found, may_see
from desk.forms import why_not
from desk.queue import names, show
from desk.shown import SHAPES, Clock, marks, number, one_line
from desk.work.step_forms import text
from reception.acting import Refused
from store import events, follow_ups, overview, steps
from store.db import Connection

FIELDS = ("core_issue", "story", "issues", "contact_choice")


@dataclass(frozen=True)
class Due:
    """A complaint to be asked about, or to be fed back. `fair`: the person at the desk had no part in it."""

    number: str
    shown: str
    tier: int
    what: str
    state: str
    owner: str
    clock: Clock | None
    fair: bool


@blueprint.get("/follow-ups")
@needs(FOLLOW_UP)
def follow_up_list() -> Any:
    return _page()


def _page(problem: str = "") -> Any:
    with house().db.reading() as conn:
        seen = [row for row in follow_ups.due(conn) if may_see(conn, row.id)]
        looks = follow_ups.open_actions(conn, kind=follow_ups.SECOND_LOOK)
        due = _due(conn, seen)
        html = render_template(
            "desk/follow_ups.html",
            show=show(),
            shapes=SHAPES,
            asking=[one for one in due if one.state == states.FOLLOWING_UP],
            feeding=[one for one in due if one.state == states.FEEDING_BACK],
            looks=[(one, number(one.number)) for one in looks if may_see(conn, one.complaint_id)],
            cursor=events.last(conn),
            problem=problem,
            row=None,
        )
    return html, 409 if problem else 200


def _due(conn: Connection, seen: list[Any]) -> list[Due]:
    words, people = show(), names(conn)
    lines = overview.lines(conn, [row.id for row in seen], FIELDS)
    made = []
    for row in seen:
        known = lines[row.id].facts
        core = known.get("core_issue")
        told = words.fact("core_issue", core)[0] if core else str(known.get("story") or "")
        promise = {
            "kind": "follow_up",
            "state": row.promise_state,
            "made_at": row.made_at,
            "due_at": row.due_at,
        }
        made.append(
            Due(
                number=row.number,
                shown=number(row.number),
                tier=row.tier,
                what=marks(one_line(told)),
                state=row.state,
                owner=people.get(row.owner_id, ""),
                clock=words.clock(promise) if row.due_at is not None else None,
                fair=rules.fair(user().id, steps.workers(conn, row.id), steps.recused(conn, row.id)),
            )
        )
    return made


@blueprint.post("/follow-ups/looks/<int:id>")
@needs(FOLLOW_UP)
def second_look(id: int) -> Any:
    """Whether the cause is mended by now. Not mended: the complaint is reopened."""

    with house().db.reading() as conn:
        look = follow_ups.action(conn, id)
        found(conn, look.complaint_id if look is not None else abort(404))

    def act() -> None:
        mended, words = request.form.get("mended"), text("words")
        if mended not in ("yes", "no"):
            raise Refused("bad_desk_request")
        house().follow_ups.look_again(user().id, id, mended == "yes", words, now())

    try:
        act()
    except Refused as refusal:
        return _page(why_not(refusal))
    flash(content().page("complaint.saved"), "good")
    return redirect(url_for("desk.follow_up_list"), 303)
