"""A login that was over when a form was sent: what was typed goes on to the login page and comes back after.
It is kept in the page only, never stored, and shown to nobody but the person who typed it."""

from __future__ import annotations

import re
from typing import Any

from flask import make_response, redirect, render_template, request

from desk import door
from desk.door import blueprint, needs

Kept = list[tuple[str, str]]
TYPED = "kept:"
PATH = "kept_path"
MACHINE = re.compile(r"[!-~]{0,20}")
"""Short and without a space: a code, a number, a name of a form. Sent again as it was, and not shown."""


@blueprint.errorhandler(401)
def login_over(_error: Any) -> Any:
    """The login page with what was typed in it."""
    kept = [(f"{TYPED}{name}", value) for name, value in door.typed_fields()]
    kept.append((PATH, request.path))
    return make_response(page("ended", back=door.here(), kept=kept), 401)


def page(problem: str, back: str, kept: Kept, template: str = "login", **more: Any) -> str:
    """A page on the way in: the login, or the code after it. Both carry what was typed."""
    files = any(file.filename for file in request.files.values())
    about = {"problem": problem, "next": back, "kept": kept, "files": files}
    return render_template(f"desk/{template}.html", **about, **more)


def carried() -> Kept:
    """What came along with the form of such a page."""
    pairs = [(name, value) for name, values in request.form.lists() for value in values]
    return [(name, value) for name, value in pairs if name == PATH or name.startswith(TYPED)]


def welcome(same: bool, back: str) -> Any:
    """After the login: back to where one was. With what was typed, when it is the same person."""
    kept = carried()
    path = door.own_path(dict(kept).get(PATH))
    fields = [(name.removeprefix(TYPED), value) for name, value in kept if name != PATH]
    if not fields or not same or path == door.FIRST:
        return redirect(back, 303)
    shown = [(name, value) for name, value in fields if not MACHINE.fullmatch(value)]
    hidden = [(name, value) for name, value in fields if MACHINE.fullmatch(value)]
    return render_template("desk/resume.html", path=path, shown=shown, hidden=hidden, back=back)


@blueprint.post("/resume")
@needs("")
def resume() -> Any:
    """Somebody logged in again in another window: go on with what this page kept. The token of its form still
    holds only for the same person (`door.begin_session`)."""
    return welcome(True, door.own_path(request.form.get("next")))
