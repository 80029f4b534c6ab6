"""Whether a customer comes back about the same thing: earlier complaints are linked and the flag is set."""

from __future__ import annotations

from collections.abc import Set
from datetime import datetime, timedelta

from core.text import likeness
from store import complaints, facts
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
    for earlier in complaints.of_customer(conn, own.customer_id):
        if earlier.id >= complaint_id or at - earlier.opened_at > WITHIN:
            continue
        told = facts.current(conn, earlier.id)
        issues = {issue["category"] for issue in told["issues"].value} if "issues" in told else set()
        story = str(told["story"].value) if "story" in told else ""
        if categories & issues or likeness(words, story) >= SAME_STORY:
            complaints.link(conn, complaint_id, earlier.id, KIND)
            found = True
    if found and FLAG not in complaints.flags(conn, complaint_id):
        complaints.signal(
            conn,
            complaint_id,
            kind="flag",
            code=FLAG,
            level=1,
            rule=RULE,
            words=[""],
            by="rule",
            at=at,
            message_id=message,
        )


def link_known(conn: Connection, complaint_id: int, at: datetime) -> None:
    """The same for what a complaint has told so far: its customer is somebody who has come before."""
    told = facts.current(conn, complaint_id)
    categories = {issue["category"] for issue in told["issues"].value} if "issues" in told else set()
    link(conn, complaint_id, categories, str(told["story"].value) if "story" in told else "", at)
