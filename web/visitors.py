"""Who is at the page: a signed cookie of our own, apart from the desk's session.

The cookie names the visitor and the conversation; the browser itself never names a conversation.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer
from werkzeug.wrappers import Response

COOKIE = "jiesu_chat"
LASTS = timedelta(days=180)


@dataclass(frozen=True)
class Visitor:
    """A browser. `conversation` is None until reception gave one out; `new`: it showed no cookie of ours.

    `reads` is the conversation that a JSON caller wrote to last, whose news it may read by cookie.
    """

    id: str
    conversation: str | None = None
    reads: str | None = None
    new: bool = False

    @property
    def listens_to(self) -> str | None:
        return self.conversation or self.reads


def visitor() -> Visitor:
    """The visitor of this request; a forged or foreign cookie counts as none."""
    try:
        said = _signer("visitor").loads(request.cookies.get(COOKIE, ""))
        return Visitor(id=str(said["v"]), conversation=said.get("c"), reads=said.get("r"))
    except (BadData, KeyError, TypeError, AttributeError):
        return Visitor(id=secrets.token_urlsafe(16), new=True)


def remember(response: Response, who: Visitor) -> Response:
    """Let the browser keep who it is, for half a year, so that tomorrow's visit continues today's."""
    said = {"v": who.id, "c": who.conversation, "r": who.reads}
    response.set_cookie(
        COOKIE,
        _signer("visitor").dumps({key: value for key, value in said.items() if value}),
        max_age=LASTS,
        httponly=True,
        samesite="Lax",
        secure=current_app.config["JIESU_SECURE"],
    )
    return response


def in_conversation(who: Visitor, conversation: str) -> Visitor:
    return replace(who, conversation=conversation)


def reading(who: Visitor, conversation: str) -> Visitor:
    return replace(who, reads=conversation)


def form_token(who: Visitor) -> str:
    """The id of the next message: good for one message of this visitor, and proof that our page made it."""
    return str(_signer("form").dumps([who.id, secrets.token_urlsafe(9)]))


def token_fits(token: str, who: Visitor) -> bool:
    try:
        said = _signer("form").loads(token)
        return bool(said[0] == who.id)
    except (BadData, IndexError, TypeError, KeyError):
        return False


def from_our_page(who: Visitor, token: str) -> bool:
    """Whether a form comes from our own page: by the browser's word, else by the token.

    A page left open for months has an old token, and its words must still arrive.
    """
    by_browser = from_our_site()
    return token_fits(token, who) if by_browser is None else by_browser


def from_our_site() -> bool | None:
    """Whether the browser says that a form comes from a page of ours; None when it says nothing."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is not None:
        return origin in (request.host_url.rstrip("/"), current_app.config["JIESU_PUBLIC_URL"])
    return None


def _signer(salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"jiesu-chat-{salt}")
