"""Which opening a caller hears: by what is stored of the number that calls, who is on duty, the hours, and
whether talks are recorded. Why no more is said: docs/decisions/what-a-returning-caller-hears.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import complaint as states
from core.callflow import opening_faults
from ivr.door import Phone, log
from ivr.voice import said_due
from reception import phones
from reception.content import UnfilledSlot
from reception.tongues import Tongue
from store import complaints, conversations, customers, promises

UNKEPT = ("open", "missed")
CALENDAR = "duty"


@dataclass(frozen=True)
class Opening:
    """The reply and what fills it. owed: the complaint for which a call back is overdue, when a person can
    be rung for it now."""

    reply: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    owed: int | None = None


@dataclass(frozen=True)
class _Standing:
    """What is certain when a call arrives."""

    staffed: bool
    known: int | None = None
    due: datetime | None = None


def choose(phone: Phone, caller: str | None, language: str, now: datetime) -> Opening:
    """The first opening that fits and keeps to its seconds. A store that cannot be read changes nothing but
    that the plain one is said."""
    try:
        standing = _standing(phone, caller, now)
    except Exception as error:
        log.exception("who calls could not be read: %s", type(error).__name__)
        standing = _Standing(staffed=True)
    tongue = phone.house.content.tongues.get(language)
    fitting = (one for one in _openings(phone, standing, tongue, now) if _fits(phone, one, language, tongue))
    return next(fitting, Opening())


def _standing(phone: Phone, caller: str | None, now: datetime) -> _Standing:
    with phone.house.db.reading() as conn:
        staffed = phones.staffed(conn, phone.house.content, 1, now)
        customer = customers.find(conn, "phone", caller) if caller else None
        mine = complaints.of_customer(conn, customer) if customer is not None else ()
        going = [row for row in mine if row.state in states.OPEN_STATES]
        calls_owed = [(row.id, promise.due_at) for row in going for promise in _call_backs(conn, row.id)]
    if calls_owed:
        known, due = min(calls_owed, key=lambda one: one[1])
        return _Standing(staffed, known, due)
    return _Standing(staffed, going[0].id if going else None)


def _call_backs(conn: Any, complaint: int) -> list[Any]:
    """The newest promise to call back, unless it is kept, or has another in its place."""
    made = [row for row in promises.of_complaint(conn, complaint) if row.kind == "callback"]
    newest = max(made, key=lambda row: row.id, default=None)
    return [newest] if newest is not None and newest.state in UNKEPT and newest.kept_at is None else []


def _openings(phone: Phone, standing: _Standing, tongue: Tongue | None, now: datetime) -> Iterator[Opening]:
    """All that are true now, the most telling first."""
    content = phone.house.content
    notices = tongue.notices if tongue is not None else content.labels["notices"]
    notice = {"notice": str(notices["recorded" if phone.talks else "unrecorded"])}
    if standing.due is not None and standing.due <= now:
        owed = standing.known if standing.staffed else None
        yield Opening("utter_open_owed" if owed else "utter_open_late", notice, owed)
    elif standing.due is not None:
        due = said_due(content, standing.due, now, tongue)
        yield Opening("utter_open_promised", {**notice, "due": due})
    if not standing.staffed:
        opens = content.hours.opens(now, content.hours.calendar(CALENDAR))
        if opens > now:
            yield Opening("utter_open_closed", {**notice, "opens": said_due(content, opens, now, tongue)})
        yield Opening("utter_open_nobody", notice)
    elif standing.known is not None:
        yield Opening("utter_open_known", notice)
    if not phone.talks:
        yield Opening("utter_open_unrecorded")


def _fits(phone: Phone, opening: Opening, language: str, tongue: Tongue | None) -> bool:
    """Whether it can be said, and offers a person early and ends in time."""
    content = phone.house.content
    try:
        words = content.spoken(opening.reply, language, **opening.slots)
    except UnfilledSlot:
        return False
    offers = tongue.offers if tongue is not None else phone.flow.ears.offers
    pace = tongue.pace if tongue is not None else phone.flow.pace
    return any(not opening_faults(words, offer, pace) for offer in offers)


def link_owed(phone: Phone, sid: str, owed: int) -> None:
    """The complaint of this call is joined to the one that a call is owed for, so that whoever answers sees
    both."""
    try:
        with phone.house.db.writing() as conn:
            row = conversations.get(conn, sid)
            if row is not None and row.complaint_id is not None:
                complaints.link(conn, row.complaint_id, owed, "related")
    except Exception as error:
        log.exception("two complaints could not be joined: %s", type(error).__name__)
