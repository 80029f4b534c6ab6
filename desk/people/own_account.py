"""One's own account: the password, and what else one gets in with."""

from __future__ import annotations

from typing import Any

from flask import make_response, redirect, render_template, request, url_for

from core.events import PASSWORD_CHANGED
from desk.door import blueprint, end_session, house, needs, now, user
from desk.people.login import TRIES, WINDOW
from reception import accounts
from store import events, limits, users


@blueprint.get("/password")
@needs("")
def password() -> Any:
    return _page()


@blueprint.post("/password")
@needs("")
def change_password() -> Any:
    """A new password for whoever is logged in; every session of the account ends, this one too."""
    old, new, again = (request.form.get(key, "") for key in ("old", "new", "again"))
    problem = _problem(old, new, again)
    if problem:
        return make_response(_page(problem), 422)
    hashed = accounts.hashed(new)
    with house().db.writing() as conn:
        users.set_password(conn, user().id, hashed)
        users.end_sessions(conn, user().id)
        events.append(conn, PASSWORD_CHANGED, now(), user_id=user().id)
    end_session()
    return redirect(url_for("desk.login", changed=1), 303)


def _problem(old: str, new: str, again: str) -> str:
    """What is wrong with the change, as a code; guessing the old password is slowed down like a login."""
    with house().db.writing() as conn:
        tries = limits.hit(conn, f"password:{user().id}", now(), WINDOW)
    if tries > TRIES["both"] or not accounts.password_fits(user().password_hash, old):
        return "wrong_password"
    if new != again:
        return "not_same"
    return "" if accounts.good_password(new) else "weak_password"


def _page(problem: str = "") -> str:
    return render_template("desk/password.html", problem=problem, least=str(accounts.SHORTEST))
