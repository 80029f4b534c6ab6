"""What people judge otherwise than the machine: mood, flags, department, and who must keep out."""

from __future__ import annotations

from typing import Any

from flask import abort, redirect, request, url_for

from core import emotion
from core.roles import EDIT
from desk.door import blueprint, house, needs, now, user
from desk.forms import done, row_of, sequence, typed, whole


@blueprint.post("/complaints/<number>/mood")
@needs(EDIT)
def set_mood(number: str) -> Any:
    """The mood as a person hears it, with the words that decided, if they are told."""
    row, name, level = row_of(number), request.form.get("mood", ""), whole("level")
    if name not in emotion.NAMES or level not in (1, 2, 3):
        abort(400)
    mood = emotion.Mood(name, 0 if name == emotion.CALM.name else level)
    why = request.form.get("reason", "").strip()[:200]
    act = house().correcting.mood
    return done(number, lambda: act(user().id, row.id, mood, why, sequence(), now()), "signals")


@blueprint.post("/complaints/<number>/flag")
@needs(EDIT)
def set_flag(number: str) -> Any:
    row, flag, why = row_of(number), request.form.get("flag", ""), typed("reason")
    return done(number, lambda: house().correcting.flag(user().id, row.id, flag, why, now()), "signals")


@blueprint.post("/complaints/<number>/flag/end")
@needs(EDIT)
def end_flag(number: str) -> Any:
    row, flag, why = row_of(number), request.form.get("flag", ""), typed("reason")
    return done(number, lambda: house().correcting.end_flag(user().id, row.id, flag, why, now()), "signals")


@blueprint.post("/complaints/<number>/department")
@needs(EDIT)
def set_department(number: str) -> Any:
    row, name = row_of(number), request.form.get("department", "")
    act = house().correcting.department
    return done(number, lambda: act(user().id, row.id, name, sequence(), now()), "signals")


@blueprint.post("/complaints/<number>/recuse")
@needs(EDIT)
def recuse(number: str) -> Any:
    """Somebody keeps out from now on, and gives up a talk with this customer. Whoever keeps out themselves
    sees the complaint no more."""
    row, who, why = row_of(number), whole("who"), typed("reason")

    def act() -> None:
        house().handling.recuse(user().id, row.id, who, why, now())
        house().agents.step_out(who, row.id, now())

    answer = done(number, act, "signals")
    return redirect(url_for("desk.queue"), 303) if who == user().id and answer.status_code == 303 else answer


@blueprint.post("/complaints/<number>/readmit")
@needs(EDIT)
def readmit(number: str) -> Any:
    row, who = row_of(number), whole("who")
    return done(number, lambda: house().handling.readmit(user().id, row.id, who, now()), "signals")
