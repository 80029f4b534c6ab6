"""The complaint page for whoever checks the work and not the customer: who did what and when. The number and
the name in full only with a reason, for a while, and the trail keeps it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import abort, redirect, render_template, request, session, url_for

from core.events import REVEALED
from core.roles import AUDIT
from core.sight import masked_record
from desk.door import LONGEST_TEXT, blueprint, house, needs, now, user
from desk.finding import find
from desk.queue import names, show
from desk.shown import SHAPES, marks, number, phone
from store import events, record

SHOWN_FOR = timedelta(minutes=10)
REVEALED_KEY = "desk_revealed"
CODES = {"field": "fields", "kind": "promise_kinds", "tier": "tiers", "mood": "moods", "to": "states"}
"""What of an event is a code and not somebody's words."""


def masked_page(conn: Any, row: Any) -> str:
    """The page, its customer in full while a reason given lately still holds."""
    words, people = show(), names(conn)
    whole = record.whole(conn, row.id)
    masked = masked_record(whole)
    full = _revealed(row.number)
    customer = whole["customer"]
    about = {
        "show": words,
        "row": row,
        "r": masked,
        "shown": number(row.number),
        "shape": SHAPES[row.tier],
        "full": full,
        "name": marks(customer["name"] or "") if full else marks(masked["name"]),
        "phone": marks(phone(customer["phone"], full)) if customer["phone"] else "",
        "clocks": [(promise, words.clock(promise)) for promise in masked["promises"]],
        "history": [_entry(event, words, people) for event in events.of_complaint(conn, row.id)],
        "minutes": str(int(SHOWN_FOR.total_seconds() // 60)),
        "longest": LONGEST_TEXT,
    }
    return render_template("desk/masked.html", **about)


def _entry(event: Any, words: Any, people: dict[int, str]) -> dict[str, str]:
    named = [words.label(kind, event.data[key]) for key, kind in CODES.items() if key in event.data]
    return {
        "name": event.name,
        "when": words.when(event.at),
        "exactly": words.exactly(event.at),
        "who": people.get(event.user_id, ""),
        "about": " ".join(named),
    }


def _revealed(wanted: str) -> bool:
    given = session.get(REVEALED_KEY) or {}
    return now().timestamp() - float(given.get(wanted, 0)) < SHOWN_FOR.total_seconds()


@blueprint.post("/complaints/<number>/reveal")
@needs(AUDIT)
def reveal(number: str) -> Any:
    """Show the customer's name and number in full, to this person, for a while; the reason is kept first."""
    reason = request.form.get("reason", "").strip()
    if not reason:
        abort(400, "empty")
    if len(reason) > LONGEST_TEXT:
        abort(400, "too_long")
    at = now()
    with house().db.writing() as conn:
        row = find(conn, number, masked=True)
        events.append(conn, REVEALED, at, user_id=user().id, complaint=row.id, reason=reason)
    session[REVEALED_KEY] = {number: at.timestamp()}
    return redirect(url_for("desk.complaint", number=number), 303)
