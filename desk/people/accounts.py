"""The accounts of the desk, for those who keep them: add, change, disable, a new password, end all logins."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, make_response, redirect, render_template, request, url_for

from core import events as names
from core.roles import ACCOUNTS, ROLES
from desk.door import blueprint, content, house, needs, now, user
from desk.people import second_factor
from reception import accounts
from reception.acting import Stale
from store import complaints, events, users

PASSWORD_BYTES = 12
SEE_OTHER = 303
SHOWN_FIELDS = ("public_name", "role", "phone", "department", "disabled_at", "subject", "second_factor")


@blueprint.get("/people")
@needs(ACCOUNTS)
def people() -> Any:
    return _all()


@blueprint.post("/people")
@needs(ACCOUNTS)
def add_person() -> Any:
    """A new account. Its first password is drawn here and shown once."""
    password, at = secrets.token_urlsafe(PASSWORD_BYTES), now()
    fields = ("login", "public_name", "role", "phone")
    login, name, role, phone = (request.form.get(field, "") for field in fields)
    try:
        with house().db.writing() as conn:
            id = accounts.create(conn, login, name, role, password, at, phone, _trunk())
            events.append(conn, names.ACCOUNT_ADDED, at, user_id=user().id, account=id)
    except accounts.Unfit as unfit:
        return make_response(_all(problem=unfit.reason, typed=request.form), 422)
    return _all(made={"login": login.strip(), "password": password})


def _trunk() -> bool:
    return bool(current_app.config.get("TWILIO_BYOC_TRUNK_SID"))


def _all(problem: str = "", made: dict[str, str] | None = None, typed: Any = None) -> str:
    with house().db.reading() as conn:
        everybody = users.everybody(conn)
    about = {"everybody": everybody, "roles": list(ROLES), "problem": problem, "made": made}
    return render_template("desk/people.html", **about, typed=typed or {})


# ---- One of them


@blueprint.get("/people/<int:id>")
@needs(ACCOUNTS)
def person(id: int) -> Any:
    return _one(_row(id))


def _row(id: int) -> Any:
    with house().db.reading() as conn:
        row = users.get(conn, id)
    return row if row is not None else abort(404)


def _one(row: Any, problem: str = "", password: str = "", typed: Any = None) -> str:
    with house().db.reading() as conn:
        owned = complaints.count_owned(conn, row.id)
    about = {
        "person": row,
        "problem": problem,
        "password": password,
        "owned": owned,
        "version": _version(row),
    }
    about |= {"roles": list(ROLES), "departments": list(house().content.work.departments)}
    return render_template("desk/person.html", **about, typed=typed or {}, me_too=row.id == user().id)


def _version(row: Any) -> str:
    """What the page showed, in short: a save on top of somebody else's is refused."""
    seen = json.dumps([getattr(row, name) for name in SHOWN_FIELDS], default=str)
    return hashlib.sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@blueprint.post("/people/<int:id>")
@needs(ACCOUNTS)
def change_person(id: int) -> Any:
    """Another name, role, phone or department."""
    fields = {name: request.form.get(name, "") for name in ("public_name", "role", "phone", "department")}
    at, departments = now(), house().content.work.departments
    if id == user().id and fields["role"] != user().role:
        return make_response(_one(_row(id), "not_yourself"), 422)

    def act(conn: Any, row: Any) -> None:
        changed = accounts.change(conn, row, **fields, departments=departments, trunk=_trunk())
        if changed:
            events.append(conn, names.ACCOUNT_CHANGED, at, user_id=user().id, account=id, changed=changed)

    return _done(id, act)


@blueprint.post("/people/<int:id>/disable")
@needs(ACCOUNTS)
def disable_person(id: int) -> Any:
    """Out, at once, and whoever they were talking with gets somebody else. The account stays: what was done
    with it still has a name."""
    if id == user().id:
        return make_response(_one(_row(id), "not_yourself"), 422)
    at = now()

    def act(conn: Any, row: Any) -> None:
        if row.disabled_at is None:
            accounts.disable(conn, id, at)
            events.append(conn, names.ACCOUNT_DISABLED, at, user_id=user().id, account=id)

    answer = _done(id, act)
    if answer.status_code == SEE_OTHER:
        house().agents.leave(id, at)
    return answer


@blueprint.post("/people/<int:id>/enable")
@needs(ACCOUNTS)
def enable_person(id: int) -> Any:
    at = now()

    def act(conn: Any, row: Any) -> None:
        if row.disabled_at is not None:
            users.change(conn, id, disabled_at=None)
            events.append(conn, names.ACCOUNT_ENABLED, at, user_id=user().id, account=id)

    return _done(id, act)


@blueprint.post("/people/<int:id>/end-sessions")
@needs(ACCOUNTS)
def end_sessions_of(id: int) -> Any:
    """Wherever this person is logged in, they log in again."""
    at = now()

    def act(conn: Any, row: Any) -> None:
        users.end_sessions(conn, id)
        events.append(conn, names.SESSIONS_ENDED, at, user_id=user().id, account=id)

    return _done(id, act)


@blueprint.post("/people/<int:id>/password")
@needs(ACCOUNTS)
def reset_password(id: int) -> Any:
    """A new password, drawn here and shown once; every login with the old one ends."""
    row, at, password = _row(id), now(), secrets.token_urlsafe(PASSWORD_BYTES)
    if id == user().id:
        return make_response(_one(row, "not_yourself"), 422)
    hashed = accounts.hashed(password)
    with house().db.writing() as conn:
        users.set_password(conn, id, hashed)
        users.end_sessions(conn, id)
        events.append(conn, names.PASSWORD_RESET, at, user_id=user().id, account=id)
    return _one(row, password=password)


@blueprint.post("/people/<int:id>/second-factor")
@needs(ACCOUNTS)
def clear_second_factor(id: int) -> Any:
    """For somebody whose phone is gone: they get in with the password, and set up another."""
    if id == user().id:
        return make_response(_one(_row(id), "not_yourself"), 422)
    at = now()

    def act(conn: Any, row: Any) -> None:
        if row.second_factor:
            second_factor.clear(conn, id)
            users.end_sessions(conn, id)
            events.append(conn, names.SECOND_FACTOR_REMOVED, at, user_id=user().id, account=id)

    return _done(id, act)


@blueprint.post("/people/<int:id>/unlink")
@needs(ACCOUNTS)
def unlink_person(id: int) -> Any:
    """The house's login service opens this account no more."""
    at = now()

    def act(conn: Any, row: Any) -> None:
        if row.subject:
            users.change(conn, id, subject=None)
            users.end_sessions(conn, id)
            events.append(conn, names.ACCOUNT_CHANGED, at, user_id=user().id, account=id, changed=["subject"])

    return _done(id, act)


def _done(id: int, act: Callable[[Any, Any], None]) -> Any:
    """Do it with the account as it is now, unless somebody changed it since the page was opened."""
    row = _row(id)
    try:
        with house().db.writing() as conn:
            row = users.get(conn, id)
            if request.form.get("version", "") != _version(row):
                raise Stale()
            act(conn, row)
    except Stale:
        return make_response(_one(row, "account_stale", typed=request.form), 409)
    except accounts.Unfit as unfit:
        return make_response(_one(row, unfit.reason, typed=request.form), 422)
    flash(content().page("complaint.saved"), "good")
    return redirect(url_for("desk.person", id=id), SEE_OTHER)
