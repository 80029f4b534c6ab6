"""Logging in and out. Too many tries are slowed down per account, per source and per both."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from flask import current_app, make_response, redirect, render_template, request, url_for

from core import events as names
from desk import door
from desk.door import blueprint, house, needs, now, open_to_all
from reception.accounts import password_fits
from store import events, limits, users

WINDOW = timedelta(minutes=15)
#: Tries in the window: one person at one place, one place for all accounts, one account from everywhere.
#: The last is wide, so that a stranger cannot easily lock somebody out.
TRIES = {"both": 6, "source": 40, "account": 60}


@blueprint.get("/login")
@open_to_all
def login() -> Any:
    said = [code for code in ("ended", "changed") if request.args.get(code)]
    return _page(said[0] if said else "")


@blueprint.post("/login")
@open_to_all
def log_in() -> Any:
    """Counts the try first (when that cannot be stored nobody gets in), then looks at the password."""
    name, password = request.form.get("login", "").strip()[:100], request.form.get("password", "")
    at, keys = now(), _keys(name)
    with house().db.writing() as conn:
        tries = {kind: limits.hit(conn, key, at, WINDOW) for kind, key in keys.items()}
        row = users.by_login(conn, name)
    exceeded = [kind for kind, most in TRIES.items() if tries[kind] > most]
    if exceeded:
        door.log.warning("login slowed down: %s", " ".join(exceeded))
        return _page("locked", 429)
    if not password_fits(row.password_hash if row else None, password) or row is None:
        return _page("failed", 401)
    with house().db.writing() as conn:
        limits.clear(conn, keys["both"])
        events.append(conn, names.LOGGED_IN, at, user_id=row.id)
    door.begin_session(row, at)
    return redirect(door.own_path(request.form.get("next")), 303)


def _keys(name: str) -> dict[str, str]:
    """Keys of the counters: keyed hashes, so that no login name or address is stored."""
    source = request.remote_addr or ""
    values = {"both": f"{name}\0{source}", "source": source, "account": name}
    secret = str(current_app.secret_key).encode()
    return {
        kind: f"login:{kind}:" + hmac.new(secret, value.encode(), hashlib.sha256).hexdigest()[:32]
        for kind, value in values.items()
    }


def _page(problem: str, status: int = 200) -> Any:
    back = door.own_path(request.values.get("next"))
    minutes = str(int(WINDOW.total_seconds() // 60))
    page = render_template("desk/login.html", next=back, problem=problem, minutes=minutes)
    return make_response(page, status)


@blueprint.post("/logout")
@needs("")
def log_out() -> Any:
    """Ends every session of this account, also those whose cookie somebody may have copied. Whoever they
    were talking with gets somebody else."""
    who, at = door.user(), now()
    with house().db.writing() as conn:
        users.end_sessions(conn, who.id)
        users.set_presence(conn, who.id, users.AWAY, at)
    door.end_session()
    house().agents.leave(who.id, at)
    return redirect(url_for("desk.login"), 303)
