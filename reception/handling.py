"""What is done about a complaint: who owns it, its tier, notes, word to the customer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core import complaint, conversation, roles
from core import events as names
from reception.acting import Refused, fresh, move, own
from reception.content import Content
from reception.registering import MADE_AT_REGISTRATION, hasten_promises, make_promise
from store import complaints, conversations, events, messages, users
from store import notes as note_rows
from store import promises as promise_rows
from store.db import Connection, Database

TIERS = (1, 2, 3)


@dataclass(frozen=True)
class Handling:
    """The work on complaints. Every method takes who acts and when, and the sequence number that was read:
    raises Stale when the complaint has changed since."""

    db: Database
    content: Content

    def own(self, user_id: int, complaint_id: int, sequence: int, at: datetime) -> None:
        """Become the named owner: the one person answerable. Keeps the promise of an owner."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            own(conn, row, user_id, at)

    def note(self, user_id: int, complaint_id: int, words: str, at: datetime) -> None:
        """Add a note that only the house sees."""
        with self.db.writing() as conn:
            note_rows.add(conn, complaint_id, user_id, words, at)

    def resolve(self, user_id: int, complaint_id: int, words: str, sequence: int, at: datetime) -> None:
        """Solved on contact: to the follow-up by somebody else, with what was done. Never closed here."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if row.owner_id is None:
                own(conn, row, user_id, at)
                row = complaints.get(conn, complaint_id)
            move(conn, row, complaint.FOLLOWING_UP, words, frozenset({"skip_reason"}), user_id, at)
            note_rows.add(conn, complaint_id, user_id, words, at)
            for kind in MADE_AT_REGISTRATION:
                promise_rows.keep(conn, complaint_id, kind, at)
            make_promise(conn, self.content, complaint_id, "follow_up", at)

    def reached(self, user_id: int, complaint_id: int, at: datetime) -> None:
        """A person has spoken with the customer: the promised call is kept, and so is the next notice."""
        with self.db.writing() as conn:
            promise_rows.keep(conn, complaint_id, "callback", at)
            self._next_progress(conn, complaint_id, at)

    def progress(self, user_id: int, complaint_id: int, words: str, sequence: int, at: datetime) -> None:
        """Tell the customer what was done, in the written conversation; the next notice is promised.

        Raises Refused("no_channel") when there is only the phone: then a call keeps it.
        """
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            written = conversations.written_of(conn, row.id)
            if written is None:
                raise Refused("no_channel")
            messages.say(
                conn,
                conversation_id=written,
                complaint_id=row.id,
                author=conversation.AGENT,
                words=words,
                at=at,
                agent_id=user_id,
            )
            self._next_progress(conn, row.id, at)

    def _next_progress(self, conn: Connection, complaint_id: int, at: datetime) -> None:
        """Every open complaint has a future notice."""
        promise_rows.keep(conn, complaint_id, "progress", at)
        if complaints.get(conn, complaint_id).state in complaint.OPEN_STATES[:5]:
            make_promise(conn, self.content, complaint_id, "progress", at)

    def set_tier(
        self, user_id: int, complaint_id: int, level: int, reason: str, sequence: int, at: datetime
    ) -> None:
        """Raise or lower the tier, with a reason. A higher one makes promises sooner, never later."""
        if level not in TIERS or not reason.strip():
            raise Refused("reason_missing")
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            user = users.get(conn, user_id)
            if level < row.tier and (user is None or not roles.may(user.role, roles.LOWER)):
                raise Refused("move_refused")
            complaints.change(conn, row.id, tier=level)
            complaints.signal(
                conn,
                row.id,
                kind="tier",
                code=str(level),
                level=level,
                rule="person",
                words=[reason],
                by=f"user:{user_id}",
                at=at,
            )
            events.append(conn, names.TIER_SET, at, complaint_id=row.id, user_id=user_id, tier=level)
            hasten_promises(conn, self.content, row.id, at)
