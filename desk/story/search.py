"""All complaints: found by number, telephone, order or words, and narrowed by what stands in their row.

What was typed never stands in an address (it may be a telephone number, and addresses are logged on the
way): it is kept in this browser's session, and the address holds its key.
"""

from __future__ import annotations

import re
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import abort, redirect, render_template, request, session, url_for

from core import events as names_of
from core import seeking
from core.complaint import STATES
from core.figures import YEARS
from core.roles import SEARCH
from core.sight import MASKED, REACH
from desk.door import blueprint, house, needs, now, user
from desk.finding import may_see
from desk.queue import FIELDS, absent, item, names, show
from desk.shown import SHAPES, ZONE, marks
from store import complaints, events, overview, search, users

MOST = 50
KEPT = 3
"""Searches that a browser's session remembers; a cookie holds no more."""
NARROWED = ("state", "tier", "owner", "department", "category", "channel", "since", "until")
CHOICES = {"states": STATES, "tiers": SHAPES, "channels": ("phone", "web", "wechat", "desk")}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACE = re.compile(r"([0-9]{1,16})-([0-9]{1,15})")
"""Where a page ends, in its next one's address: microseconds since 1970, and an id."""


@blueprint.get("/complaints")
@needs(SEARCH)
def search_page() -> Any:
    links = _given(request.args) | ({"sought": key} if (key := request.args.get("sought")) else {})
    typed = dict(session.get("desk_sought") or []).get(links.get("sought", ""), "")
    wanted, problem = _wanted(links, seeking.read(typed))
    with house().db.reading() as conn:
        page = search.find(conn, wanted, user(), _behind(), MOST)
        about = {"rows": _items(conn, page.ids), "people": _people(conn), "show": show()}
    return render_template(
        "desk/search.html",
        **about,
        **CHOICES,
        departments=house().content.work.departments,
        given=links,
        typed=typed,
        sought=wanted.sought,
        problem="gone" if "sought" in links and not typed else problem,
        on=_on(page),
        stopped=None if page.whole else page.on,
        first=_behind() is None,
    )


def _given(form: Any) -> dict[str, str]:
    """What narrows the search, as it stands in the form or the address."""
    return {name: form[name] for name in NARROWED if form.get(name)}


@blueprint.post("/complaints")
@needs(SEARCH)
def sought() -> Any:
    """Look for what was typed. That somebody looked, and what for in kind, is kept; the words are not."""
    typed = request.form.get("q", "").strip()[: seeking.LONGEST]
    looked = seeking.read(typed)
    if REACH[user().role].how == MASKED and looked.kind not in (seeking.NOTHING, seeking.NUMBER):
        abort(403)  # what is masked must not be guessed at, digit by digit
    if looked.kind == seeking.NUMBER:
        with house().db.reading() as conn:
            row = complaints.by_number(conn, looked.value)
            if row is not None and may_see(conn, row.id):
                return redirect(url_for("desk.complaint", number=row.number), 303)
    given: dict[str, Any] = _given(request.form)
    if looked.kind:
        _keep(looked, given)
        given["sought"] = secrets.token_urlsafe(6)
        session["desk_sought"] = [*(session.get("desk_sought") or [])[1 - KEPT :], [given["sought"], typed]]
    return redirect(url_for("desk.search_page", **given), 303)


def _keep(looked: seeking.Sought, given: dict[str, str]) -> None:
    """An event of who searched, how, and which complaints of the first page were found."""
    at = now()
    with house().db.writing() as conn:
        page = search.find(conn, _wanted(given, looked)[0], user(), None, MOST)
        found = list(page.ids)
        events.append(
            conn, names_of.COMPLAINTS_SEARCHED, at, user_id=user().id, by=looked.kind, complaints=found
        )


def _wanted(given: dict[str, str], looked: seeking.Sought) -> tuple[search.Wanted, str]:
    """The search as the store knows it, and what of it made no sense ("" for nothing)."""
    problem = ""
    days: dict[str, datetime | None] = {"since": None, "until": None}
    for name in days:
        try:
            days[name] = _midnight(given.get(name, ""), 1 if name == "until" else 0)
        except ValueError:
            problem = "bad_day"
    tier, owner = given.get("tier", ""), given.get("owner", "")
    wanted = search.Wanted(
        sought=looked,
        state=given.get("state", ""),
        tier=int(tier) if tier in ("1", "2", "3") else 0,
        owner=int(owner) if owner.isascii() and owner.isdigit() and len(owner) < 10 else 0,
        department=given.get("department", ""),
        category=given.get("category", ""),
        channel=given.get("channel", ""),
        since=days["since"],
        until=days["until"],
    )
    return wanted, problem


def _midnight(day: str, later: int) -> datetime | None:
    """The beginning of a day in the customers' zone, so many days later. Raises ValueError."""
    if not day:
        return None
    asked = date.fromisoformat(day)
    if not YEARS[0] <= asked.year <= YEARS[1]:
        raise ValueError(day)
    return datetime.combine(asked, datetime.min.time(), ZONE) + timedelta(days=later)


def _behind() -> search.Place | None:
    """Where this page begins; an address that was written by hand begins at the front."""
    place = PLACE.fullmatch(request.args.get("behind", ""))
    if place is None:
        return None
    return search.Place(EPOCH + timedelta(microseconds=int(place[1])), int(place[2]))


def _on(page: search.Page) -> str:
    """The place of the next page, for the address."""
    if page.on is None:
        return ""
    return f"{(page.on.opened_at - EPOCH) // timedelta(microseconds=1)}-{page.on.id}"


def _items(conn: Any, ids: Any) -> list[Any]:
    """The found ones as the lists of the desk show them; to a role that sees masked, without words."""
    words, people, gone = show(), names(conn), absent(conn, now())
    masked = REACH[user().role].how == MASKED
    lines = overview.lines(conn, ids, ("issues",) if masked else FIELDS)
    return [(item(lines[id], words, people, user().id, gone), lines[id].complaint.opened_at) for id in ids]


def _people(conn: Any) -> list[tuple[int, str]]:
    return [(one.id, marks(one.public_name)) for one in users.everybody(conn)]
