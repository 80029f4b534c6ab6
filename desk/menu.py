"""The desk's menu and its keys: the pages that a role may open, and what the keyboard does on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request

from core.roles import ACCOUNTS, ANSWER_MEMO, AUDIT, FOLLOW_UP, QUEUE, REPORTS, SEARCH
from desk.door import allowed, blueprint, house, needs
from store import events


@dataclass(frozen=True)
class Page:
    """An entry of the menu: its address, its words, who sees it, and the key after g that opens it."""

    path: str
    words: str
    needs: str
    key: str


PAGES = (
    Page("/desk/", "desk.nav_queue", QUEUE, "q"),
    Page("/desk/complaints", "desk.nav_all", SEARCH, "c"),
    Page("/desk/memos", "desk.nav_memos", ANSWER_MEMO, "m"),
    Page("/desk/follow-ups", "desk.nav_follow_ups", FOLLOW_UP, "f"),
    Page("/desk/reports", "desk.nav_reports", REPORTS, "r"),
    Page("/desk/people", "desk.nav_users", ACCOUNTS, "p"),
    Page("/desk/audit", "desk.nav_audit", AUDIT, "a"),
)
FIRST = PAGES[0].path
BELOW: Mapping[str, str] = {"/desk/wechat": "/desk/reports"}
"""Pages that an entry leads to, without standing below its address."""

#: What a key does, by words of pages.yml, in the order of the help; keys.js knows where it is done.
KEYS: Mapping[str, Mapping[str, str]] = {
    "keyboard.everywhere": {
        "?": "keyboard.help",
        "/": "keyboard.search",
        "n": "keyboard.new",
        "j": "keyboard.next",
        "k": "keyboard.previous",
        "Enter": "keyboard.open",
        "Esc": "keyboard.leave",
        "1": "keyboard.available",
        "2": "keyboard.busy",
        "3": "keyboard.away",
    },
    "keyboard.talking": {
        "t": "keyboard.take",
        "r": "keyboard.reply",
        "s": "keyboard.sentence",
        "u": "keyboard.undo",
        "b": "keyboard.hand_back",
        "o": "keyboard.hand_on",
    },
    "keyboard.handling": {
        "c": "keyboard.own",
        "p": "keyboard.call",
        "v": "keyboard.tried",
        "d": "keyboard.progress",
        "m": "keyboard.note",
        "l": "keyboard.tier",
        "w": "keyboard.steps",
        "h": "keyboard.history",
    },
}


def menu() -> list[tuple[Page, str]]:
    """The entries for the person at the desk, each with what `aria-current` says of it."""
    known = {rule.rule for rule in current_app.url_map.iter_rules()}
    return [(page, _current(page.path)) for page in PAGES if allowed(page.needs) and page.path in known]


def own_page() -> str | None:
    """Where somebody begins who has no queue: the last entry is what their role is there for."""
    pages = menu()
    return pages[-1][0].path if pages else None


def _current(path: str) -> str:
    if request.path == path:
        return "page"
    below = request.path.startswith(f"{path}/") or BELOW.get(request.path) == path
    return "true" if path != FIRST and below else ""


@blueprint.get("/keys")
@needs("")
def keys() -> Any:
    """What the keyboard does."""
    return render_template("desk/keys.html", shortcuts=KEYS)


@blueprint.context_processor
def for_templates() -> dict[str, Any]:
    return {"menu": menu, "newest_event": newest_event}


def newest_event() -> int:
    """Where a page that shows nothing live begins to listen."""
    with house().db.reading() as conn:
        return events.last(conn)
