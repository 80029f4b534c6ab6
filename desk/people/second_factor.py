"""The second factor's pages: the code after the password, and setting it up in one's own account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for

from core import events as names
from core.roles import needs_second_factor
from desk import door
from desk.door import blueprint, house, needs, now, open_to_all, user
from desk.people import codes, login, resuming, sealing
from store import events, limits, users

TRIES = 5
"""Codes that may be tried in login.WINDOW: a guess of six digits, three of them right, is one in 66,000."""
ALWAYS_OPEN = frozenset({"desk.second_factor", "desk.set_second_factor", "desk.log_out", "desk.set_language"})


@blueprint.before_request
def must_have() -> Any:
    """Whoever must have a second factor and has none sets it up before anything else."""
    who = g.get("desk_user")
    if who is None or request.endpoint in ALWAYS_OPEN or who.second_factor or not _required(who):
        return None
    return Response(status=401) if door.background() else redirect(url_for("desk.second_factor"), 303)


def _required(who: Any) -> bool:
    return needs_second_factor(who.role, current_app.extensions["jiesu_settings"].second_factor)


# ---- After the password


@blueprint.post("/login/code")
@open_to_all
def log_in_code() -> Any:
    """The code; five wrong ones and nobody gets on for a while, with whatever code."""
    at, back = now(), door.own_path(request.form.get("next"))
    row = login.half_way(at)
    if row is None:
        return redirect(url_for("desk.login", next=back, ended=1), 303)
    problem, used = _try(row, at)
    if problem:
        login.failed(row, at)
        page = resuming.page(problem, back, resuming.carried(), "code", minutes=login.MINUTES, way=_way())
        return make_response(page, 429 if problem == "locked" else 401)
    if used == "recovery":
        with house().db.writing() as conn:
            events.append(conn, names.RECOVERY_CODE_USED, at, user_id=row.id)
    return login.let_in(row, at, _way(), back)


def _way() -> str:
    return "sso" if request.form.get("way") == "sso" else "password"


def _try(row: Any, at: datetime) -> tuple[str, str]:
    """What is wrong, as a code of pages.yml `login`, and which kind of code it was."""
    with house().db.writing() as conn:
        if limits.hit(conn, f"code:{row.id}", at, login.WINDOW) > TRIES:
            door.log.warning("codes slowed down user=%s", row.id)
            return "locked", ""
    try:
        with house().db.writing() as conn:
            used = codes.passes(conn, row, request.form.get("code", ""), at)
            if used:
                limits.clear(conn, f"code:{row.id}")
    except sealing.Unreadable:
        door.log.error("the second factor cannot be read user=%s: was the secret key changed?", row.id)
        return "code_unreadable", ""
    return ("", used) if used else ("code_wrong", "")


# ---- In one's own account


@blueprint.get("/second-factor")
@needs("")
def second_factor() -> Any:
    """Set up, or how it stands."""
    return _page()


@blueprint.post("/second-factor")
@needs("")
def set_second_factor() -> Any:
    """Set up, with a first code to show that the phone has the secret. The recovery codes are shown once."""
    at, who = now(), user()
    if who.second_factor:
        return redirect(url_for("desk.second_factor"), 303)
    try:
        secret = sealing.unseal(request.form.get("sealed", ""), codes.about(who.id))
    except sealing.Unreadable:
        return make_response(_page("code_over"), 422)
    step = codes.step_of(secret, codes.plain(request.form.get("code", "")), at)
    if step is None:
        return make_response(_page("code_wrong", secret), 422)
    drawn = codes.new_recovery_codes()
    kept = {
        "second_factor": sealing.seal(secret, codes.about(who.id)),
        "second_factor_step": step,
        "recovery_codes": [codes.digest(who.id, code) for code in drawn],
    }
    with house().db.writing() as conn:
        users.change(conn, who.id, **kept)
        events.append(conn, names.SECOND_FACTOR_SET, at, user_id=who.id)
        g.desk_user = users.get(conn, who.id)
    return _page(drawn=drawn)


@blueprint.post("/second-factor/remove")
@needs("")
def remove_second_factor() -> Any:
    """Give it up, with a code; whoever must have one sets up another at once."""
    at, who = now(), user()
    if not who.second_factor:
        return redirect(url_for("desk.second_factor"), 303)
    problem, _ = _try(who, at)
    if problem:
        return make_response(_page(problem), 429 if problem == "locked" else 422)
    with house().db.writing() as conn:
        clear(conn, who.id)
        events.append(conn, names.SECOND_FACTOR_REMOVED, at, user_id=who.id, account=who.id)
    return redirect(url_for("desk.second_factor"), 303)


def clear(conn: Any, id: int) -> None:
    """The account has no second factor any more."""
    users.change(conn, id, second_factor=None, second_factor_step=None, recovery_codes=None)


def _page(problem: str = "", secret: str | None = None, drawn: list[str] | None = None) -> str:
    who = user()
    about: dict[str, Any] = {"problem": problem, "drawn": drawn, "required": _required(who)}
    about |= {"minutes": login.MINUTES, "left": len(who.recovery_codes or [])}
    if not who.second_factor:
        secret = secret or codes.new_secret()
        width, path = codes.picture(codes.address(secret, who.login, door.content().page("common.site")))
        about |= {"secret": secret, "width": width, "path": path}
        about["sealed"] = sealing.seal(secret, codes.about(who.id))
    return render_template("desk/second_factor.html", **about)
