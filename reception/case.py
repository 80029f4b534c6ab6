"""A complaint as its customer may see it on a page of their own. Only what is named here leaves the house:
no finding, cause, note, memo, tier, flag or mood has a place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core import case, complaint
from core.case import Promised
from core.steps import Stage, course
from reception.answers import spoken
from reception.evidence import HEIC
from reception.heard import Said
from reception.reopening import RETURNS_WITHIN
from reception.standing import lines_of, plan_of
from store import case as rows
from store import complaints, facts, files, follow_ups, record, steps, users
from store import promises as promise_rows
from store.db import Connection, Row

LINES = 40
SETTLED = (
    complaint.CARRYING_OUT,
    complaint.FOLLOWING_UP,
    complaint.FEEDING_BACK,
    complaint.CLOSED,
)
"""From here on the customer has agreed to what is done."""


@dataclass(frozen=True)
class Photo:
    """One of the customer's own photos. `viewable`: there is a copy to look at."""

    id: str
    name: str
    at: datetime
    viewable: bool


@dataclass(frozen=True)
class Enclosure:
    """A file that somebody of the house sent the customer, under its own name. `viewable`: there is a copy to
    look at; all can be taken away as they are."""

    id: str
    name: str
    at: datetime
    viewable: bool


@dataclass(frozen=True)
class Plan:
    """What the customer was told that they can choose from, and what they chose."""

    options: tuple[str, ...]
    chosen: int | None


@dataclass(frozen=True)
class Remedy:
    """What is done about it: a code of `remedy_kinds`, fen, day and hours of a visit, when it was done."""

    kind: str
    amount: int | None
    visit: tuple[str, str, str] | None
    done_at: datetime | None


@dataclass(frozen=True)
class About:
    """What we understood: codes of categories and of wishes, when it happened, whom we ring (masked)."""

    issues: tuple[str, ...]
    wanted: tuple[str, ...]
    happened: str
    phone: str


@dataclass(frozen=True)
class View:
    """The page. `may`: what the customer's next words do (core.case). `final`: what we told them in the end.
    `registered`: not when it was put away as a draft. `kinds`: what each file of the lines is, by its id.
    `split`: numbers of complaints that came out of this one, or that it came from."""

    id: int
    number: str
    state: str
    stages: tuple[Stage, ...]
    reopened: bool
    owner: str
    promises: tuple[Promised, ...]
    about: About
    plan: Plan | None
    remedies: tuple[Remedy, ...]
    final: str
    registered: bool
    lines: tuple[Said, ...]
    kinds: Mapping[str, str]
    photos: tuple[Photo, ...]
    enclosures: tuple[Enclosure, ...]
    split: tuple[str, ...]
    may: str


def read(conn: Connection, complaint_id: int, now: datetime) -> View:
    """Everything that the page may show; the door decides which of it without a link."""
    row = complaints.get(conn, complaint_id)
    since = steps.round_since(conn, row.id)
    said = [
        replace(one, words=case.masked_words(one.words))
        for one in spoken(conn, rows.lines(conn, row.id, LINES))
    ]
    return View(
        id=row.id,
        number=row.number,
        state=row.state,
        stages=course(row.state, steps.passed(conn, row.id)),
        reopened=row.reopened > 0,
        owner=users.names(conn).get(row.owner_id, ""),
        promises=case.promised(promise_rows.of_complaint(conn, row.id), now),
        about=_about(conn, row),
        plan=_plan(conn, row),
        remedies=_remedies(conn, row, since),
        final=_final(conn, row, since),
        registered=row.registered_at is not None,
        lines=tuple(one for one in said if one.words or one.files or one.taken_back),
        kinds={file.id: file.kind for file in files.of_messages(conn, [one.id for one in said])},
        photos=tuple(
            Photo(file.id, file.name, file.received_at, file.type != HEIC)
            for file in rows.photos(conn, row.id)
        ),
        enclosures=tuple(
            Enclosure(file.id, file.name, file.received_at, file.kind == "photo" and file.type != HEIC)
            for file in rows.enclosures(conn, row.id)
        ),
        split=tuple(other.number for other in complaints.linked(conn, row.id) if other.link == "split"),
        may=case.may(row.state, row.registered_at, row.closed_at, now, RETURNS_WITHIN),
    )


def _about(conn: Connection, row: Row[Any]) -> About:
    known = {field: fact.value for field, fact in facts.current(conn, row.id).items()}
    wanted = known.get("wanted") or {"kinds": []}
    return About(
        issues=tuple(dict.fromkeys(issue["category"] for issue in known.get("issues") or [])),
        wanted=tuple(kind for kind in wanted["kinds"] if kind != "other"),
        happened=case.masked_words(str((known.get("happened") or {}).get("words", ""))),
        phone=case.masked_phone(record.number_of(conn, row.id) or ""),
    )


def _plan(conn: Connection, row: Row[Any]) -> Plan | None:
    """The newest options, once somebody has told them."""
    plan = plan_of(conn, row.id, steps.looked_again(conn, row.id))
    if plan is None or plan.told_at is None:
        return None
    return Plan(tuple(case.masked_words(option) for option in plan.options), plan.chosen)


def _remedies(conn: Connection, row: Row[Any], since: datetime | None) -> tuple[Remedy, ...]:
    """What was agreed and approved; nothing that is still being talked about in the house."""
    if row.state not in SETTLED:
        return ()
    approved = [line for line in lines_of(conn, row.id, since) if line.approved_at is not None]
    return tuple(Remedy(line.kind, line.amount, _visit(line), line.done_at) for line in approved)


def _visit(line: Row[Any]) -> tuple[str, str, str] | None:
    set_for = line.appointment or {}
    return (set_for["day"], set_for["from"], set_for["to"]) if set_for.get("day") else None


def _final(conn: Connection, row: Row[Any], since: datetime | None) -> str:
    told = [one for one in follow_ups.told_of(conn, row.id) if one.to == follow_ups.CUSTOMER]
    now = [one.words for one in told if since is None or one.at > since]
    return case.masked_words(now[-1]) if now else ""
