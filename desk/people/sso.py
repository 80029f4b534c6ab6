"""Logging in with the house's own login service: OpenID Connect, code flow with PKCE, by settings.

The service says who somebody is; what they may is in our accounts. An account is opened by the service only
after its owner has linked the two, being logged in here: names and addresses that the service tells of can be
changed there, and are not believed (https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import (
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from joserfc.errors import JoseError
from requests import RequestException

from core.events import ACCOUNT_CHANGED
from desk import door
from desk.door import blueprint, content, house, needs, now, open_to_all, user
from desk.people import login, resuming
from store import events, users

EXTENSION = "jiesu_sign_on"
NAME = "sign_on"
TIMEOUT = 5
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key that only the service has; never "none", and none by a secret that we have too."""
LINKING = timedelta(minutes=5)
LINK, NEXT = "desk_sso_link", "desk_sso_next"
REFUSED = (OAuthError, JoseError, RequestException, KeyError, TypeError, ValueError, RuntimeError)


class NotUs(ValueError):
    """The service is not the one that was named in the settings, or did not say who somebody is."""


@blueprint.record
def wire(state: Any) -> None:
    """Nothing is asked of the service until somebody logs in."""
    told = state.app.extensions["jiesu_settings"].sign_on
    if not told.on:
        return
    state.app.extensions[EXTENSION] = OAuth(state.app).register(
        NAME,
        client_id=told.client_id,
        client_secret=told.client_secret,
        server_metadata_url=f"{told.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid", "code_challenge_method": "S256", "default_timeout": TIMEOUT},
    )


def _service() -> Any:
    """The client of the service, once it has said who it is; 404 without a service. Raises one of REFUSED."""
    service = current_app.extensions.get(EXTENSION)
    if service is None:
        abort(404)
    known = service.load_server_metadata()
    if known.get("issuer") != _issuer():
        raise NotUs("issuer")
    known["id_token_signing_alg_values_supported"] = ALGORITHMS
    return service


def _issuer() -> str:
    return str(current_app.extensions["jiesu_settings"].sign_on.issuer)


@blueprint.context_processor
def button() -> dict[str, Any]:
    """`sign_on`: what the button says, "" without a service."""
    if EXTENSION not in current_app.extensions:
        return {"sign_on": ""}
    named = current_app.extensions["jiesu_settings"].sign_on.name
    return {"sign_on": named or content().page("login.sso")}


@blueprint.get("/sso")
@open_to_all
def sign_on() -> Any:
    """To the service, and back to `sign_on_done`."""
    session[NEXT] = door.own_path(request.args.get("next"))
    try:
        return _service().authorize_redirect(
            f"{current_app.config['JIESU_PUBLIC_URL']}{url_for('desk.sign_on_done')}"
        )
    except REFUSED as problem:
        return _not_in("sso_down", problem)


@blueprint.get("/sso/done")
@open_to_all
def sign_on_done() -> Any:
    """Back from the service. What it says is believed only with its signature, for us, from it, and as the
    answer to the question that this browser asked."""
    at = now()
    try:
        subject = _subject()
    except REFUSED as problem:
        return _not_in("sso_failed", problem)
    back = door.own_path(session.pop(NEXT, None))
    linking = _linking(at)
    if linking is not None:
        return _link(linking, subject, at)
    with house().db.reading() as conn:
        row = users.by_subject(conn, subject)
    if row is None:
        return _not_in("sso_unknown", None)
    if row.disabled_at is not None:
        login.failed(row, at)
        return _not_in("sso_unknown", None)
    return login.admit(row, at, "sso", back)


def _subject() -> str:
    """Who it is, by the service's own unchanging name for them. Raises one of REFUSED."""
    service = _service()
    if not (request.args.get("error") or (request.args.get("code") and request.args.get("state"))):
        raise NotUs("neither an answer nor a refusal")
    told = service.authorize_access_token(
        claims_options={
            "iss": {"essential": True, "value": _issuer()},
            "aud": {"essential": True, "value": service.client_id},
        }
    )
    name = (told.get("userinfo") or {}).get("sub")
    if not isinstance(name, str) or not name:
        raise NotUs("sub")
    return f"{_issuer()}#{name}"


def _not_in(problem: str, why: Exception | None) -> Any:
    """The login page again. Only the kind of a fault is noted: its text may name a person."""
    door.log.warning("sign-on refused: %s %s", problem, type(why).__name__ if why else "")
    page = resuming.page(problem, door.own_path(session.get(NEXT)), [], minutes=login.MINUTES)
    return make_response(page, 503 if problem == "sso_down" else 401)


# ---- Linking one's account


@blueprint.post("/sso/link")
@needs("")
def link_sign_on() -> Any:
    """From here on, for a while, whoever comes back from the service is linked to this account. A page with a
    link, since a form may not lead to another site (Content-Security-Policy form-action)."""
    if EXTENSION not in current_app.extensions:
        abort(404)
    session[LINK] = {"user": user().id, "at": now().timestamp()}
    return render_template("desk/link.html")


def _linking(at: datetime) -> Any:
    """The account that asked to be linked from this browser and is still logged in, or None."""
    asked = session.pop(LINK, None)
    if not isinstance(asked, dict) or at.timestamp() - asked["at"] > LINKING.total_seconds():
        return None
    row = door.who()
    return row if row is not None and row.id == asked["user"] else None


def _link(row: Any, subject: str, at: datetime) -> Any:
    with house().db.writing() as conn:
        taken = users.by_subject(conn, subject)
        if taken is None:
            users.change(conn, row.id, subject=subject)
            changed = {"account": row.id, "changed": ["subject"]}
            events.append(conn, ACCOUNT_CHANGED, at, user_id=row.id, **changed)
    mine = taken is None or taken.id == row.id
    flash(content().page("second.linked" if mine else "second.link_taken"), "good" if mine else "bad")
    return redirect(url_for("desk.password"), 303)
