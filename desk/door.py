"""The door itself: the blueprint, who may pass, and what every answer of the desk carries."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_wtf.csrf import generate_csrf, validate_csrf

from core.roles import may
from reception.content import Content
from reception.house import House
from store import users

IDLE = timedelta(minutes=30)
LASTS = timedelta(hours=12)
TOUCH = timedelta(minutes=1)
FORM_BYTES = 64 * 1024
LONGEST_TEXT = 2000
FIRST = "/desk/"
UNKEPT = frozenset({"csrf_token", "password", "old", "new", "again", "code", "sealed"})
"""Fields of forms that are never shown again."""
OWN_LANGUAGE = "zh-CN"
LANGUAGE_COOKIE = "jiesu_language"
OWN_PATH = re.compile(r"/desk/[A-Za-z0-9/_?=&%+-]*")

#: What a form may get wrong, by labels.yml `errors`; anything else is a page that is none of ours.
TOLD = ("csrf", "empty", "too_long", "too_many_files", "file_too_large", "bad_file", "empty_file")

log = logging.getLogger("jiesu.desk")
View = TypeVar("View", bound=Callable[..., Any])

blueprint = Blueprint(
    "desk", __name__, url_prefix="/desk", template_folder="templates", static_folder="static"
)


def house() -> House:
    found: House = current_app.extensions["jiesu"]
    return found


def content() -> Content:
    """The house's words, for the page: in the language that was chosen in this browser. What is stored or
    said to a customer takes `house().content`."""
    if "desk_content" not in g:
        g.desk_content = house().content.read_in(language())
    found: Content = g.desk_content
    return found


def language() -> str:
    """The language of this browser's pages (BCP 47): the house's own, unless another was chosen."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in house().content.written else OWN_LANGUAGE


def now() -> datetime:
    return house().clock()


def user() -> Any:
    """The row of the person at the desk; only in views behind the login."""
    return g.desk_user


def allowed(permission: str) -> bool:
    """Whether the person at the desk may."""
    return may(user().role, permission)


def needs(permission: str) -> Callable[[View], View]:
    """Mark what a view needs ("": a login is enough). A view without a mark is refused to everybody."""

    def mark(view: View) -> View:
        view.desk_needs = permission  # type: ignore[attr-defined]
        return view

    return mark


def takes(files: int) -> Callable[[View], View]:
    """Mark a view that takes so many bytes of files besides the form."""

    def mark(view: View) -> View:
        view.desk_takes = files  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view that is shown without a login."""
    view.desk_open = True  # type: ignore[attr-defined]
    return view


# ---- Passing the door


@blueprint.before_request
def pass_the_door() -> Any:
    wanted = current_app.view_functions[request.endpoint or ""]
    request.max_content_length = FORM_BYTES + int(getattr(wanted, "desk_takes", 0))
    if request.method == "POST":
        _refuse_foreign_posts()
    if request.endpoint == "desk.static":
        return None
    view = current_app.view_functions[request.endpoint or ""]
    if getattr(view, "desk_open", False):
        return None
    g.desk_user = who()
    if g.desk_user is None:
        return _to_login()
    needed = getattr(view, "desk_needs", None)
    if needed is None or (needed and not may(g.desk_user.role, needed)):
        log.warning("refused user=%s endpoint=%s", g.desk_user.id, request.endpoint)
        abort(403)
    return None


def _refuse_foreign_posts() -> None:
    """A POST must come from our own page and carry the token of this session."""
    site = request.headers.get("Sec-Fetch-Site")
    if site not in (None, "same-origin", "none"):
        abort(403)
    origin = urlsplit(request.headers.get("Origin", "")).netloc
    if site is None and origin and origin != request.host:
        abort(403)
    try:
        validate_csrf(request.form.get("csrf_token"), time_limit=int(LASTS.total_seconds()))
    except ValueError:
        abort(400, "csrf")


def who() -> Any:
    """The account of this session, or None when there is none, it is over, or its rights were withdrawn."""
    at, id = now(), session.get("desk_user")
    if not isinstance(id, int) or not _alive(at):
        return None
    with house().db.reading() as conn:
        row = users.get(conn, id)
    if row is None or row.session_epoch != session.get("desk_epoch") or row.disabled_at is not None:
        return None
    if not background():
        touch(at)
    return row


def touch(at: datetime) -> None:
    """Somebody is really here: the session's idle time starts anew."""
    if at - _instant("desk_seen") > TOUCH:
        session["desk_seen"] = at.timestamp()


def background() -> bool:
    """Whether the page asked by itself: that keeps nobody logged in."""
    return request.headers.get("X-Desk") == "background" or request.endpoint == "desk.stream"


def _alive(at: datetime) -> bool:
    return at - _instant("desk_seen") < IDLE and at - _instant("desk_since") < LASTS


def _instant(key: str) -> datetime:
    return datetime.fromtimestamp(float(session.get(key, 0)), tz=now().tzinfo)


def begin_session(row: Any, at: datetime) -> bool:
    """Start a session for this account; returns whether the one before was the same person's. Then the forms
    that stand open in other windows still hold; else whatever it left behind is dropped."""
    same = bool(session.get("desk_user") == row.id)
    if not same:
        end_session()
    session["desk_user"], session["desk_epoch"] = row.id, row.session_epoch
    session["desk_since"] = session["desk_seen"] = at.timestamp()
    return same


def end_session() -> None:
    """Nothing of one person is left in the browser for the next."""
    session.clear()
    g.pop("csrf_token", None)


def _to_login() -> Any:
    ended = "desk_user" in session
    if background():
        return Response(status=401)
    if ended and request.method == "POST" and typed_fields():
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else _page_of_form()
    return redirect(url_for("desk.login", next=own_path(back), ended="1" if ended else None), 303)


def typed_fields() -> list[tuple[str, str]]:
    """What a form brought, a name as often as it came, without its token and whatever is secret, and without
    what was left empty."""
    pairs = [(name, value) for name, values in request.form.lists() for value in values]
    return [(name, value) for name, value in pairs if name not in UNKEPT and value.strip()]


def _page_of_form() -> str:
    """The page that this form stood on: the nearest at or above its address. What is open to all is no page
    of the desk: it logs somebody in."""
    routes, path = current_app.create_url_adapter(request), request.path
    while routes is not None and len(path) > len(FIRST):
        if routes.test(path, "GET") and not _open_to_all(routes.match(path, "GET")[0]):
            return path
        path = path.rpartition("/")[0]
    return FIRST


def _open_to_all(endpoint: str) -> bool:
    return bool(getattr(current_app.view_functions[endpoint], "desk_open", False))


def own_path(path: str | None) -> str:
    """The path when it is one of the desk's own pages, else the first page."""
    fits = path is not None and OWN_PATH.fullmatch(path) and "//" not in path
    return path if fits and path else FIRST


# ---- What every answer carries


@blueprint.after_request
def seal(response: Response) -> Response:
    """Nothing of the desk stays in a browser. The headers of every page are the application's."""
    static = request.endpoint == "desk.static"
    response.headers["Cache-Control"] = "no-cache" if static else "no-store"
    return response


@blueprint.context_processor
def for_templates() -> dict[str, Any]:
    who = g.get("desk_user")
    can = {"me": who, "csrf": generate_csrf, "can": lambda name: who is not None and may(who.role, name)}
    return {**can, "presence": presence_of(who, now()), "language": language(), "here": here()}


def here() -> str:
    """Where this page can be opened again: itself, or the page that its form stood on."""
    return own_path(request.full_path.rstrip("?") if request.method == "GET" else _page_of_form())


def presence_of(who: Any, at: datetime) -> str:
    """The presence in force; one that has run out is away."""
    alive = who is not None and who.present_until is not None and who.present_until > at
    return str(who.presence) if alive else users.AWAY


def refusal(code: str, status: int, kept: str = "") -> Response:
    """A page that says, in one sentence, why not. `kept`: what was typed."""
    text = content().label("errors", code).replace("{limit}", str(LONGEST_TEXT))
    return make_response(render_template("desk/refused.html", text=text, status=status, kept=kept), status)


@blueprint.errorhandler(400)
def bad_request(error: Any) -> Response:
    """Why not, and what was typed, so that it is not lost with the page."""
    known = error.description if error.description in TOLD else "bad_desk_request"
    kept = (
        max((value for _, value in typed_fields()), key=len, default="")
        if known in ("csrf", "too_long")
        else ""
    )
    return refusal(known, 400, kept)


@blueprint.errorhandler(403)
def forbidden(_error: Any) -> Response:
    return refusal("not_allowed", 403)


@blueprint.errorhandler(404)
def not_found(_error: Any) -> Response:
    return refusal("unknown_complaint", 404)


@blueprint.errorhandler(OverflowError)
def beyond_numbers(_error: Any) -> Response:
    """An id in an address that is larger than any we give out."""
    return refusal("unknown_complaint", 404)


@blueprint.errorhandler(413)
def too_large(_error: Any) -> Response:
    return refusal("too_large", 413)
