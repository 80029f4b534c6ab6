"""Who may look at a complaint's own page: a cookie for one complaint and one day, and the token of its forms.

The link itself never stays in the address bar, in the history or on a screen that somebody else sees: opening
it leaves this cookie, and the page is at an address that says nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

from core.case import LINK

COOKIE = "jiesu_case"
PATH = "/case"
LASTS = timedelta(days=1)


@dataclass(frozen=True)
class Key:
    """The complaint that this browser may look at, and the proof it gave (core.case). `ended`: how often the
    complaint's links had been withdrawn by then."""

    complaint: int
    proof: str
    ended: int = 0

    @property
    def whole(self) -> bool:
        """Whether it opens what was written, and the photos."""
        return self.proof == LINK


def key(now: datetime) -> Key | None:
    """The key of this request; a forged one, or one that is over, is none."""
    try:
        said = _signer("key").loads(request.cookies.get(COOKIE, ""))
        held, ends = Key(int(said["c"]), str(said["p"]), int(said.get("w", 0))), int(said["e"])
    except (BadData, KeyError, TypeError, ValueError):
        return None
    return held if now.timestamp() < ends else None


def hand_out(response: Response, held: Key, now: datetime) -> Response:
    """Let the browser look at this complaint, and no other, for a day."""
    said = {"c": held.complaint, "p": held.proof, "e": int((now + LASTS).timestamp()), "w": held.ended}
    response.set_cookie(
        COOKIE,
        _signer("key").dumps(said),
        max_age=LASTS,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["JIESU_SECURE"],
    )
    return response


def take_back(response: Response) -> Response:
    """This browser has seen enough."""
    response.delete_cookie(COOKIE, path=PATH)
    return response


def form_token(complaint: int) -> str:
    """The id of the next form: it names the complaint that its page showed, and is used once."""
    return str(_signer("form").dumps([complaint, secrets.token_urlsafe(9)]))


def meant(token: str) -> int | None:
    """The complaint whose page this form was on; None for a form that is not ours."""
    try:
        return int(_signer("form").loads(token)[0])
    except (BadData, IndexError, KeyError, TypeError, ValueError):
        return None


def _signer(salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"jiesu-case-{salt}")
