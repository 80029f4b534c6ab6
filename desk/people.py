"""The accounts of the desk, for those who keep them."""

from __future__ import annotations

import secrets
from typing import Any

from flask import current_app, make_response, redirect, render_template, request, url_for

from core.roles import ACCOUNTS, ROLES
from desk.door import blueprint, end_session, house, needs, now, user
from desk.login import TRIES, WINDOW
from reception import accounts
from store import limits, users


@blueprint.get("/people")
@needs(ACCOUNTS)
def people() -> Any:
    return _page()


@blueprint.post("/people")
@needs(ACCOUNTS)
def add_person() -> Any:
    """A new account. Its first password is drawn here and shown once."""
    password = secrets.token_urlsafe(12)
    fields = ("login", "public_name", "role", "phone")
    login, name, role, phone = (request.form.get(field, "") for field in fields)
    try:
        with house().db.writing() as conn:
            trunk = bool(current_app.config.get("TWILIO_BYOC_TRUNK_SID"))
            accounts.create(conn, login, name, role, password, now(), phone, trunk)
    except accounts.Unfit as unfit:
        return make_response(_page(problem=unfit.reason), 422)
    return _page(made={"login": login.strip(), "password": password})


def _page(problem: str = "", made: dict[str, str] | None = None) -> str:
    with house().db.reading() as conn:
        everybody = users.everybody(conn)
    about = {"everybody": everybody, "roles": list(ROLES), "problem": problem, "made": made}
    return render_template("desk/people.html", **about)


@blueprint.get("/password")
@needs("")
def password() -> Any:
    return render_template("desk/password.html", problem="", least=str(accounts.SHORTEST))


@blueprint.post("/password")
@needs("")
def change_password() -> Any:
    """A new password for whoever is logged in; every session of the account ends, this one too."""
    old, new, again = (request.form.get(key, "") for key in ("old", "new", "again"))
    problem = _problem(old, new, again)
    if problem:
        page = render_template("desk/password.html", problem=problem, least=str(accounts.SHORTEST))
        return make_response(page, 422)
    hashed = accounts.hashed(new)
    with house().db.writing() as conn:
        users.set_password(conn, user().id, hashed)
        users.end_sessions(conn, user().id)
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
