"""The seven steps: from one to the next, skipped with a reason, closed, taken back, reopened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import complaint
from core import events as names
from core.follow_up import UNREACHABLE
from core.steps import SKIP_REASONS, fair, next_state, skips
from reception.acting import Refused, fresh, move
from reception.content import Content
from reception.registering import make_promise
from reception.reopening import RETURNS_WITHIN, by_supervisor, reopen
from reception.slots import said_due
from reception.standing import answer_of, work_of
from reception.telling import announce
from store import complaints, events, findings, follow_ups
from store import notes as note_rows
from store import promises as promise_rows
from store import steps as rows
from store.db import Connection, Database, Row

DONE_WITH_THE_WORK = ("plan", "progress", "resolve")
"""What nobody can keep any more once the work is done: kept by then, or no longer owed."""
ALL_KINDS = ("accept", "callback", *DONE_WITH_THE_WORK, "final", "follow_up")
WAITS = "withdrawal_waits"
"""What a supervisor is paged for: a withdrawal that a second person is to confirm."""


@dataclass(frozen=True)
class Steps:
    """The moves of a complaint. Every method takes who acts, the sequence that was read, and when; raises
    Stale, or Refused with what is missing."""

    db: Database
    content: Content

    def go_on(self, user_id: int, complaint_id: int, sequence: int, reason: str, at: datetime) -> str:
        """To the next step, when everything it needs is on record; returns it. `reason`: why not every
        department answered. Closing is `close`, the first step is to own it."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            to = next_state(row.state)
            if to in ("", complaint.INVESTIGATING, complaint.CLOSED):
                raise Refused("move_refused")
            why = reason.strip() if row.state == complaint.MEMO_SENT else ""
            move(conn, row, to, why, work_of(conn, row).have(why), user_id, at)
            if to == complaint.FOLLOWING_UP:
                finished(conn, self.content, row, at)
            return to

    def skip(
        self,
        user_id: int,
        complaint_id: int,
        sequence: int,
        to: str,
        code: str,
        words: str,
        at: datetime,
    ) -> None:
        """Pass over steps, with the reason's code and what was done in words. Raises Refused."""
        if code not in SKIP_REASONS or not words.strip():
            raise Refused("reason_missing")
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if to not in skips(row.state):
                raise Refused("move_refused")
            move(conn, row, to, code, frozenset({"skip_reason"}), user_id, at)
            note_rows.add(conn, row.id, user_id, words, at)
            if to == complaint.FOLLOWING_UP:
                finished(conn, self.content, row, at)

    def back(self, user_id: int, complaint_id: int, sequence: int, reason: str, at: datetime) -> None:
        """Look again: the customer said no, or there are new facts."""
        if not reason.strip():
            raise Refused("reason_missing")
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if row.state != complaint.CONFERRING:
                raise Refused("move_refused")
            move(conn, row, complaint.INVESTIGATING, reason, frozenset({"reason"}), user_id, at)

    def close(self, user_id: int, complaint_id: int, sequence: int, at: datetime) -> None:
        """The end, by a supervisor or the follow-up person, when cause, responsibility and both ways of
        feedback are on record; not by whoever worked on it. The customer is thanked in writing where that can
        be read."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            answer = answer_of(conn, row.id, rows.round_since(conn, row.id))
            outcome = answer.outcome if answer is not None else UNREACHABLE
            move(conn, row, complaint.CLOSED, outcome, work_of(conn, row).have(), user_id, at)
            if not fair(user_id, rows.workers(conn, row.id), rows.recused(conn, row.id)):
                raise Refused("not_fair_to_close")
            self._thank(conn, row, at)
            over(conn, row.id, outcome, at)

    def _thank(self, conn: Connection, row: Row[Any], at: datetime) -> None:
        """Said only when a row says what is looked at again, and when."""
        look = [one for one in follow_ups.actions_of(conn, row.id) if one.kind == follow_ups.SECOND_LOOK]
        if look:
            cause = self.content.work.causes.get(findings.findings_of(conn, row.id)[-1].cause, "")
            check = said_due(self.content, look[-1].due_at, at, "web")
            announce(conn, self.content, row.id, "utter_closed", at, cause=cause, check_date=check)

    def ask_withdrawal(
        self, user_id: int, complaint_id: int, sequence: int, words: str, at: datetime
    ) -> None:
        """The customer takes it back, in these words; a supervisor who is somebody else confirms it."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if row.state not in complaint.OPEN_STATES or not words.strip():
                raise Refused("move_refused")
            if rows.withdrawal(conn, row.id) is not None:
                raise Refused("withdrawal_waits")
            rows.ask_withdrawal(conn, row.id, user_id, words, at)
            events.append(conn, names.SUPERVISOR_PAGED, at, complaint_id=row.id, reason=WAITS)

    def settle_withdrawal(
        self, user_id: int, complaint_id: int, sequence: int, yes: bool, at: datetime
    ) -> None:
        """The second person: it is withdrawn, or it goes on."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            asked = rows.withdrawal(conn, row.id)
            if asked is None or asked.user_id == user_id:
                raise Refused(
                    "move_refused", frozenset({"customer_words" if asked is None else "second_person"})
                )
            rows.settle_withdrawal(conn, asked, user_id, yes, at)
            if yes:
                have = frozenset({"customer_words", "second_person"})
                move(conn, row, complaint.WITHDRAWN, "customer_withdrew", have, user_id, at)
                over(conn, row.id, complaint.WITHDRAWN, at)

    def reopen(self, user_id: int, complaint_id: int, sequence: int, reason: str, at: datetime) -> None:
        """Closed or taken back, and not done after all: the same number again, within 30 days."""
        if not reason.strip():
            raise Refused("reason_missing")
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            if row.state not in (complaint.CLOSED, complaint.WITHDRAWN):
                raise Refused("move_refused")
            if row.closed_at is not None and at - row.closed_at > RETURNS_WITHIN:
                raise Refused("too_late_to_reopen")
            by_supervisor(conn, user_id)
            reopen(conn, self.content, row, reason, user_id, at)


def finished(conn: Connection, content: Content, row: Row[Any], at: datetime) -> None:
    """The work is done. What was promised of it is kept when the rows say so, else it is no longer owed."""
    if work_of(conn, row).remedies_proved:
        promise_rows.keep(conn, row.id, "resolve", at)
    promise_rows.cancel(conn, row.id, DONE_WITH_THE_WORK, at)
    make_promise(conn, content, row.id, "follow_up", at)


def over(conn: Connection, complaint_id: int, outcome: str, at: datetime) -> None:
    """Closed or withdrawn: nothing is owed any more."""
    complaints.change(conn, complaint_id, closed_at=at, outcome=outcome)
    promise_rows.cancel(conn, complaint_id, ALL_KINDS, at)
