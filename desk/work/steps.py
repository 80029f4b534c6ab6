"""The seven steps of a complaint: the page, and the moves from one step to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for

from core import complaint as states
from core.roles import APPROVE, CLOSE, HANDLE, READ, REOPEN
from desk.door import blueprint, content, house, needs, now, user
from desk.finding import find
from desk.forms import row_of, sequence, stale, why_not
from desk.story.dossier import dossier, keep_seen, token
from desk.talks.unsaid import Unsaid
from desk.work.step_digest import digests
from desk.work.step_forms import optional, text
from desk.work.step_view import step_view
from reception.acting import Refused, Stale

TOLD = {"taken": "others_talk"}
"""How this page tells what `desk.forms` tells otherwise: nobody wants to take over here."""
NOW, OVER, WITHDRAWAL, ACTIONS, PAUSES = "", "over", "withdrawal", "actions", "pauses"
"""Places of the page beside its steps; NOW: where the complaint stands once a thing is done."""


@blueprint.get("/complaints/<number>/steps")
@needs(READ)
def steps(number: str) -> Any:
    """The page of the seven steps. That somebody looked is kept before it is shown."""
    with house().db.writing() as conn:
        keep_seen(conn, find(conn, number), now())
    return page(number)


def page(number: str, problem: str = "", unsaid: Unsaid | None = None) -> Any:
    """The page; after a refusal with the reason on top and everything that was typed where it was typed."""
    with house().db.reading() as conn:
        row = find(conn, number)
        seen = {**dossier(conn, row), **step_view(conn, row)}
        seen["digests"] = digests(row, seen, seen["show"])
    html = render_template("desk/steps.html", key=token(), problem=problem, unsaid=unsaid, **seen)
    return make_response(html, 409 if problem or unsaid else 200)


def acted(
    number: str, act: Callable[[], Any], place: str = NOW, said: Callable[[], str] | None = None
) -> Any:
    """Do it and go back to this place of the page; when refused, say why there. `said`: what is told
    afterwards instead of "saved"."""
    try:
        act()
    except Stale:
        return stale(number)
    except Unsaid as found:
        return page(number, unsaid=found)
    except Refused as refusal:
        return page(number, why_not(refusal, number, TOLD))
    flash(said() if said is not None else content().page("complaint.saved"), "good")
    return redirect(url_for("desk.steps", number=number, _anchor=_anchor(number, place)), 303)


def _anchor(number: str, place: str) -> str | None:
    """The id of a place of the page: a step by its state, or one of those beside the steps."""
    at = place or row_of(number).state
    if at in states.OPEN_STATES:
        return f"step-{at}"
    return place or (None if at == states.DRAFT else OVER)


# ---- Moves


@blueprint.post("/complaints/<number>/steps/own")
@needs(HANDLE)
def own_here(number: str) -> Any:
    """Become the one named person who is answerable."""
    row = row_of(number)
    return acted(number, lambda: house().handling.own(user().id, row.id, sequence(), now()))


@blueprint.post("/complaints/<number>/steps/on")
@needs(HANDLE)
def go_on(number: str) -> Any:
    """To the next step."""
    row = row_of(number)
    return acted(
        number, lambda: house().steps.go_on(user().id, row.id, sequence(), optional("reason"), now())
    )


@blueprint.post("/complaints/<number>/steps/skip")
@needs(HANDLE)
def skip_steps(number: str) -> Any:
    """Pass over steps, with a reason and what was done."""
    row, form = row_of(number), request.form

    def act() -> None:
        to, code, words = form.get("to", ""), form.get("code", ""), text("words")
        house().steps.skip(user().id, row.id, sequence(), to, code, words, now())

    return acted(number, act)


@blueprint.post("/complaints/<number>/steps/back")
@needs(HANDLE)
def look_again(number: str) -> Any:
    """Back to the investigation: the customer said no, or there is something new."""
    row = row_of(number)
    return acted(number, lambda: house().steps.back(user().id, row.id, sequence(), text("reason"), now()))


@blueprint.post("/complaints/<number>/steps/close")
@needs(CLOSE)
def close_complaint(number: str) -> Any:
    row = row_of(number)
    return acted(number, lambda: house().steps.close(user().id, row.id, sequence(), now()))


@blueprint.post("/complaints/<number>/steps/withdraw")
@needs(HANDLE)
def ask_withdrawal(number: str) -> Any:
    """The customer takes it back, in these words; a second person confirms."""
    row = row_of(number)
    return acted(
        number,
        lambda: house().steps.ask_withdrawal(user().id, row.id, sequence(), text("words"), now()),
        WITHDRAWAL,
    )


@blueprint.post("/complaints/<number>/steps/withdrawal")
@needs(APPROVE)
def settle_withdrawal(number: str) -> Any:
    row, yes = row_of(number), request.form.get("confirmed") == "yes"
    return acted(number, lambda: house().steps.settle_withdrawal(user().id, row.id, sequence(), yes, now()))


@blueprint.post("/complaints/<number>/steps/reopen")
@needs(REOPEN)
def reopen_complaint(number: str) -> Any:
    row = row_of(number)
    return acted(number, lambda: house().steps.reopen(user().id, row.id, sequence(), text("reason"), now()))


def which(name: str) -> int:
    """The row that a form is about. Raises Refused for none."""
    value = request.form.get(name, "")
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise Refused("bad_request")
    return int(value)
