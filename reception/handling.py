"""What is done about a complaint: who owns it, its tier, notes, word to the customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core import complaint, roles
from core import events as names
from reception.acting import Refused, fresh, move, own
from reception.content import Content
from reception.evidence import Sealed
from reception.registering import hasten_promises, make_promise, next_notice
from reception.steps import finished
from reception.telling import write
from store import case_links, complaints, events, files, recusals, users
from store import notes as note_rows
from store.db import Connection, Database

TIERS = (1, 2, 3)


@dataclass(frozen=True)
class Handling:
    """The work on complaints. Every method takes who acts and when, and the sequence number that was read:
    raises Stale when the complaint has changed since."""

    db: Database
    content: Content

    def own(self, user_id: int, complaint_id: int, sequence: int, at: datetime) -> None:
        """Become the named owner: the one person answerable. Keeps the promise of an owner. Raises Refused
        for a complaint that is over."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if row.state not in (complaint.DRAFT, *complaint.OPEN_STATES):
                raise Refused("move_refused")
            own(conn, row, user_id, at)

    def note(self, user_id: int, complaint_id: int, words: str, at: datetime) -> None:
        """Add a note that only the house sees."""
        with self.db.writing() as conn:
            note_rows.add(conn, complaint_id, user_id, words, at)

    def evidence(self, user_id: int, complaint_id: int, sealed: Sequence[Sealed], at: datetime) -> None:
        """Put files, safe on disk already, to the complaint; one that is there, byte for byte, stays one."""
        with self.db.writing() as conn:
            have = {row.sha256 for row in files.of_complaint(conn, complaint_id)}
            for file in sealed:
                if file.sha256 not in have:
                    about = vars(file) | {"conversation_id": None, "message_id": None}
                    files.keep(conn, complaint_id=complaint_id, at=at, user_id=user_id, **about)
                    have.add(file.sha256)

    def end_links(self, user_id: int, complaint_id: int, reason: str, at: datetime) -> None:
        """Withdraw all links to the customer's page that were made so far: one reached somebody else. What a
        browser had opened by one of them is shut too."""
        with self.db.writing() as conn:
            case_links.end(conn, complaint_id, user_id, reason, at)

    def resolve(self, user_id: int, complaint_id: int, words: str, sequence: int, at: datetime) -> None:
        """Solved on contact: to the follow-up by somebody else, with what was done. Never closed here.

        That keeps no promise: no plan, notice or proof was given, and those are not owed any more. A call
        back and the final answer stay owed, until somebody has really spoken or written to the customer.
        """
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if row.owner_id is None:
                own(conn, row, user_id, at)
                row = complaints.get(conn, complaint_id)
            move(conn, row, complaint.FOLLOWING_UP, words, frozenset({"skip_reason"}), user_id, at)
            note_rows.add(conn, complaint_id, user_id, words, at)
            finished(conn, self.content, complaints.get(conn, complaint_id), at)

    def progress(self, user_id: int, complaint_id: int, words: str, sequence: int, at: datetime) -> None:
        """Tell the customer what was done, in the written conversation; the next notice is promised.

        Raises Refused("no_channel") when there is only the phone: then a call keeps it.
        """
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if not write(conn, row.id, words, user_id, at):
                raise Refused("no_channel")
            next_notice(conn, self.content, row.id, at)

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

    def recuse(self, user_id: int, complaint_id: int, recused_id: int, reason: str, at: datetime) -> None:
        """Somebody must keep out: the complaint is about them or too near to them. They own it no longer, and
        an owner is promised anew. Anybody may keep themselves out, a lead anybody: raises Refused."""
        with self.db.writing() as conn:
            if recused_id != user_id:
                self._only_a_lead(conn, user_id)
            if users.get(conn, recused_id) is None:
                raise Refused("bad_desk_request")
            row = complaints.get(conn, complaint_id)
            if not recusals.add(conn, row.id, recused_id, reason=reason, user_id=user_id, at=at):
                return
            if row.owner_id == recused_id:
                complaints.change(conn, row.id, owner_id=None, taken_at=None)
                if row.state in complaint.OPEN_STATES:
                    make_promise(conn, self.content, row.id, "accept", at)

    def readmit(self, user_id: int, complaint_id: int, recused_id: int, at: datetime) -> None:
        """They need not keep out after all; a lead says so. Raises Refused."""
        with self.db.writing() as conn:
            self._only_a_lead(conn, user_id)
            recusals.lift(conn, complaint_id, recused_id, user_id=user_id, at=at)

    def _only_a_lead(self, conn: Connection, user_id: int) -> None:
        user = users.get(conn, user_id)
        if user is None or not roles.may(user.role, roles.LOWER):
            raise Refused("move_refused")
