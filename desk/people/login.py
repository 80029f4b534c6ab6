"""Logging in and out. Too many tries are slowed down per account, per source and per both."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, g, make_response, redirect, request, session, url_for

from core import events as names
from desk import door
from desk.door import blueprint, house, needs, now, open_to_all
from desk.people import resuming
from reception.accounts import password_fits
from store import events, limits, users

WINDOW = timedelta(minutes=15)
MINUTES = str(int(WINDOW.total_seconds() // 60))
#: Tries in the window: one person at one place, one place for all accounts, one account from everywhere.
#: The last is wide, so that a stranger cannot easily lock somebody out.
TRIES = {"both": 6, "source": 40, "account": 60}
#: Between the password and the code.
HALF_WAY = timedelta(minutes=5)
HALF_WAY_KEYS = ("desk_half", "desk_half_epoch", "desk_half_at")


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
    fits = password_fits(row.password_hash if row else None, password)
    if not fits or row is None or row.disabled_at is not None:
        failed(row, at)
        return _page("failed", 401)
    with house().db.writing() as conn:
        limits.clear(conn, keys["both"])
    return admit(row, at, "password", door.own_path(request.form.get("next")))


def failed(row: Any, at: datetime) -> None:
    """A try to get in as somebody who exists is kept; names that do not are not anybody's."""
    if row is not None:
        with house().db.writing() as conn:
            events.append(conn, names.LOGIN_FAILED, at, account=row.id)


def admit(row: Any, at: datetime, way: str, back: str) -> Any:
    """The first factor fits: in, or on to the second. `back`: where one was."""
    if row.second_factor is None:
        return let_in(row, at, way, back)
    session["desk_half"], session["desk_half_epoch"] = row.id, row.session_epoch
    session["desk_half_at"] = at.timestamp()
    return resuming.page("", back, resuming.carried(), "code", minutes=MINUTES, way=way)


def half_way(at: datetime) -> Any:
    """The account whose password was right a moment ago, or None."""
    id, since = session.get("desk_half"), float(session.get("desk_half_at", 0))
    if not isinstance(id, int) or at.timestamp() - since >= HALF_WAY.total_seconds():
        return None
    with house().db.reading() as conn:
        row = users.get(conn, id)
    fits = row is not None and row.session_epoch == session.get("desk_half_epoch") and row.disabled_at is None
    return row if fits else None


def let_in(row: Any, at: datetime, way: str, back: str) -> Any:
    """Begin the session, and back to where one was."""
    with house().db.writing() as conn:
        events.append(conn, names.LOGGED_IN, at, user_id=row.id, way=way)
    for key in HALF_WAY_KEYS:
        session.pop(key, None)
    same = door.begin_session(row, at)
    g.desk_user = row
    return resuming.welcome(same, back)


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
    return make_response(resuming.page(problem, back, resuming.carried(), minutes=MINUTES), status)


@blueprint.post("/logout")
@needs("")
def log_out() -> Any:
    """Ends every session of this account, also those whose cookie somebody may have copied. Whoever they
    were talking with gets somebody else."""
    who, at = door.user(), now()
    with house().db.writing() as conn:
        users.end_sessions(conn, who.id)
        users.set_presence(conn, who.id, users.AWAY, at)
        events.append(conn, names.LOGGED_OUT, at, user_id=who.id)
    door.end_session()
    house().agents.leave(who.id, at)
    return redirect(url_for("desk.login"), 303)
