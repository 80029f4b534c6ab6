"""Whether a customer comes back about the same thing: earlier complaints are linked and the flag is set."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta

from core import events as names
from core.text import likeness
from store import complaints, events, facts
from store.db import Connection

WITHIN = timedelta(days=30)
SAME_STORY = 0.5  # likeness from which two tellings are of one matter
FLAG = "repeat_contact"
KIND = "repeat"
RULE = "repeat"


def link(
    conn: Connection,
    complaint_id: int,
    categories: Set[str],
    words: str,
    at: datetime,
    message: int | None = None,
) -> None:
    """Link the customer's earlier complaints about the same thing: of the same kind, or told alike."""
    own, found = complaints.get(conn, complaint_id), False
    apart = _told_apart(conn, complaint_id)
    for earlier in complaints.of_customer(conn, own.customer_id):
        if earlier.id >= complaint_id or at - earlier.opened_at > WITHIN or earlier.id in apart:
            continue
        told = facts.current(conn, earlier.id)
        issues = {issue["category"] for issue in told["issues"].value} if "issues" in told else set()
        story = str(told["story"].value) if "story" in told else ""
        if categories & issues or likeness(words, story) >= SAME_STORY:
            complaints.link(conn, complaint_id, earlier.id, KIND)
            found = True
    if found:
        flag(conn, complaint_id, at, message=message)


def flag(
    conn: Connection,
    complaint_id: int,
    at: datetime,
    *,
    by: str = "rule",
    words: str = "",
    message: int | None = None,
) -> None:
    """It is a contact about something known; kept once. `words`: why, where a person says so."""
    if FLAG in complaints.flags(conn, complaint_id):
        return
    complaints.signal(
        conn,
        complaint_id,
        kind="flag",
        code=FLAG,
        level=1,
        rule=RULE,
        words=[words],
        by=by,
        at=at,
        message_id=message,
    )


def unflag(conn: Connection, complaint_id: int, user_id: int, why: str, at: datetime) -> None:
    """What was a repeat by links alone, all of which are gone, is none; a person's own judgement stands."""
    held = [row for row in complaints.signals_of(conn, complaint_id) if row.code == FLAG]
    by_links = held and all(row.rule == RULE for row in held)
    if by_links and not complaints.count_links(conn, complaint_id, KIND):
        complaints.end_flag(conn, complaint_id, FLAG, user_id=user_id, why=why, at=at)
        told = {"flag": FLAG, "reason": why}
        events.append(conn, names.FLAG_ENDED, at, complaint_id=complaint_id, user_id=user_id, **told)


def linked(conn: Connection, complaint_id: int, other_id: int) -> bool:
    """Whether this complaint counts as that one come back."""
    return any(row.id == other_id and row.link == KIND for row in complaints.linked(conn, complaint_id))


def _told_apart(conn: Connection, complaint_id: int) -> frozenset[int]:
    """The complaints of which a person has said that this one is about something else."""
    said = events.named(conn, complaint_id, names.COMPLAINTS_UNLINKED)
    return frozenset(event.data["other"] for event in said)


def link_known(conn: Connection, complaint_id: int, at: datetime) -> None:
    """The same for what a complaint has told so far: its customer is somebody who has come before."""
    told = facts.current(conn, complaint_id)
    categories = {issue["category"] for issue in told["issues"].value} if "issues" in told else set()
    link(conn, complaint_id, categories, str(told["story"].value) if "story" in told else "", at)
