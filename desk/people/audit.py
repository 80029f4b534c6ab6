"""The trail: who saw, heard, exported or revealed what, who was refused, and what was done with accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import current_app, render_template, request, url_for

from core.audit import LOOKED
from core.events import CUSTOMERS_JOINED, CUSTOMERS_PARTED
from core.figures import YEARS
from core.roles import AUDIT
from desk.door import blueprint, house, needs, user
from desk.queue import names, show
from desk.shown import ZONE, Show, marks, number
from store import audit as rows
from store import complaints, users
from store import sight as standings

SHOWN = 50
FIELDS = ("what", "who", "number", "start", "end", "before")


class Unreadable(ValueError):
    """A condition that cannot be understood; the code of pages.yml `audit` that says so."""


@dataclass(frozen=True)
class Entry:
    """One line of the trail. `number` is empty when it is about no complaint, or about one that the reader
    is kept out of."""

    name: str
    when: str
    exactly: str
    who: str
    number: str
    shown: str
    about: str


@blueprint.get("/audit")
@needs(AUDIT)
def audit() -> Any:
    given = {name: request.args.get(name, "").strip()[:40] for name in FIELDS}
    with house().db.reading() as conn:
        try:
            wanted, problem = _wanted(conn, given), ""
        except Unreadable as wrong:
            wanted, problem = None, str(wrong)
        found = rows.trail(conn, wanted, SHOWN + 1) if wanted else []
        entries = _entries(conn, found[:SHOWN])
        head = rows.head(conn)
        people = users.everybody(conn)
    older = found[SHOWN - 1].id if len(found) > SHOWN else None
    about = {"entries": entries, "given": given, "problem": problem, "people": people, "head": head}
    page = render_template("desk/audit.html", **about, kinds=list(LOOKED), more=_more(given, older))
    return page, 422 if problem else 200


def _more(given: dict[str, str], older: int | None) -> str:
    """Where the older entries are; "" when there are none."""
    if older is None:
        return ""
    kept = {name: value for name, value in (given | {"before": str(older)}).items() if value}
    return f"{url_for('desk.audit')}?{urlencode(kept)}"


def _wanted(conn: Any, given: dict[str, str]) -> rows.Wanted:
    """The conditions of the form. Raises Unreadable."""
    if given["what"] and given["what"] not in LOOKED:
        raise Unreadable("wrong")
    kinds = [given["what"]] if given["what"] else list(LOOKED)
    start, end = _day(given["start"]), _day(given["end"])
    return rows.Wanted(
        names=frozenset(name for kind in kinds for name in LOOKED[kind]),
        user_id=_whole(given["who"]),
        complaint_id=_complaint(conn, given["number"]),
        start=start,
        end=end + timedelta(days=1) if end else None,
        before=_whole(given["before"]),
    )


def _whole(raw: str) -> int | None:
    if not raw:
        return None
    if not (raw.isascii() and raw.isdigit() and len(raw) < 16):
        raise Unreadable("wrong")
    return int(raw)


def _complaint(conn: Any, raw: str) -> int | None:
    digits = re.sub(r"[\s-]", "", raw)
    if not digits:
        return None
    if not re.fullmatch(r"[0-9]{10}", digits):
        raise Unreadable("wrong")
    row = complaints.by_number(conn, digits)
    if row is None or row.id in standings.recused(conn, user().id):
        raise Unreadable("unknown_number")
    return int(row.id)


def _day(raw: str) -> datetime | None:
    """The beginning of this day where we are."""
    if not raw:
        return None
    try:
        day = date.fromisoformat(raw)
        if not YEARS[0] <= day.year <= YEARS[1]:
            raise Unreadable("wrong")
    except ValueError:
        raise Unreadable("wrong") from None
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def _entries(conn: Any, found: list[Any]) -> list[Entry]:
    words, people, hidden = show(), names(conn), standings.recused(conn, user().id)
    numbers = {row.id: row for row in found if row.data.get("complaint", row.complaint_id) not in hidden}
    return [
        Entry(
            name=row.name,
            when=words.when(row.at),
            exactly=words.exactly(row.at),
            who=people.get(row.user_id, "") or _nobody(row.name),
            number=(row.number or "") if row.id in numbers else "",
            shown=number(row.number) if row.number and row.id in numbers else "",
            about=_about(row.data if row.id in numbers else {}, words, people),
        )
        for row in found
    ]


def _nobody(name: str) -> str:
    """Who did what no account did: the system joins customers by proof, all else was done without a login."""
    by_itself = name in (CUSTOMERS_JOINED, CUSTOMERS_PARTED)
    return show().content.page("audit.by_itself" if by_itself else "audit.nobody")


def _address(endpoint: str) -> str:
    """Where somebody was refused: the address, or the name of a page that there was."""
    rules = [rule.rule for rule in current_app.url_map.iter_rules() if rule.endpoint == endpoint]
    return rules[0] if rules else marks(endpoint)


def _about(data: dict[str, Any], words: Show, people: dict[int, str]) -> str:
    """What an entry was about besides a complaint: an account, fields of it, a page, a way of searching."""
    page, joiner = words.content.page, words.content.page("desk.joiner")
    told = [
        people.get(data.get("account", 0), ""),
        joiner.join(words.label("account_fields", name) for name in data.get("changed", ())),
        words.label("searched_by", data.get("by")),
        page("audit.found", n=str(len(data["complaints"]))) if "complaints" in data else "",
        page("audit.rows", n=str(data["rows"])) if "rows" in data else "",
        _address(str(data.get("endpoint", ""))),
        marks(data.get("reason", "")),
    ]
    return " ".join(each for each in told if each)
