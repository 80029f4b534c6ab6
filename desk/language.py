"""The language of the desk in this browser: chosen by a switch, kept in a cookie, also before the login."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, current_app, redirect, request

from desk import door
from desk.door import LANGUAGE_COOKIE, OWN_LANGUAGE, blueprint, house, open_to_all

KEPT = timedelta(days=365)


@blueprint.post("/language")
@open_to_all
def set_language() -> Any:
    """Show the desk in this language from now on. Names, and what people wrote, stay as they are."""
    chosen = request.form.get("language", "")
    if chosen not in (OWN_LANGUAGE, *house().content.written):
        abort(400)
    response = redirect(door.own_path(request.form.get("next")), 303)
    secure = bool(current_app.config["JIESU_SECURE"])
    response.set_cookie(
        LANGUAGE_COOKIE, chosen, KEPT, path="/desk", secure=secure, httponly=True, samesite="Lax"
    )
    return response
