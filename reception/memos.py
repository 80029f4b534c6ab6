"""Work memos: the owner asks departments in writing, in parallel; each takes its memo and answers it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import complaint, promises, roles
from reception.acting import Refused, fresh, move
from reception.content import Content
from reception.standing import mine, work_of
from store import complaints, memos, steps, users
from store import notes as note_rows
from store.db import Connection, Database, Row

SENT_IN = complaint.OPEN_STATES[1:5]
"""While the work is going on: from the investigation until the remedies are done."""
HALF = promises.Warnings(notify=50)


@dataclass(frozen=True)
class Memos:
    """Every method takes who acts and when. Raises Stale or Refused."""

    db: Database
    content: Content

    def due(self, tier: int, now: datetime) -> datetime:
        """When a memo sent now is to be answered, if nobody says otherwise."""
        return promises.promise("memo", tier, now, self.content.hours, self.content.promises).due_at

    def half_at(self, memo: Row[Any], tier: int) -> datetime:
        """When half of a memo's staffed time is over."""
        hours = self.content.hours
        calendar = hours.calendar(promises.CALENDAR_OF_TIER[tier])
        return promises.notify_at(memo.sent_at, memo.due_at, HALF, hours, calendar)

    def send(
        self,
        user_id: int,
        complaint_id: int,
        sequence: int,
        *,
        department: str,
        facts: str,
        ask: str,
        due_at: datetime,
        at: datetime,
    ) -> int:
        """Ask a department. The first memo is the move to the third step."""
        if department not in self.content.work.departments:
            raise Refused("unknown_department")
        if due_at <= at:
            raise Refused("bad_time")
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            mine(row, user_id)
            if row.state not in SENT_IN:
                raise Refused("move_refused")
            asked = {"department": department, "facts": facts, "ask": ask}
            id = memos.send(conn, row.id, user_id, **asked, due_at=due_at, at=at)
            if row.state == complaint.INVESTIGATING:
                move(conn, row, complaint.MEMO_SENT, "", work_of(conn, row).have(), user_id, at)
            return id

    def take(self, user_id: int, memo_id: int, at: datetime) -> None:
        """A named person of the department is on it. Raises Refused when somebody else took it."""
        with self.db.writing() as conn:
            memo = self._for(conn, memo_id, user_id)
            if not memos.take(conn, memo, user_id, at) and memo.taken_by != user_id:
                raise Refused("memo_taken" if memo.recalled_at is None else "memo_over")

    def reply(self, user_id: int, memo_id: int, words: str, at: datetime) -> None:
        """The department's answer; or what it told the owner, who writes it down. One answer, once."""
        with self.db.writing() as conn:
            memo = self._for(conn, memo_id, user_id, or_owner=True)
            if not memos.reply(conn, memo, user_id, words, at):
                raise Refused("memo_over")

    def recall(self, user_id: int, memo_id: int, reason: str, at: datetime) -> None:
        """The owner asks no more, and says why."""
        with self.db.writing() as conn:
            memo = _found(conn, memo_id)
            mine(complaints.get(conn, memo.complaint_id), user_id)
            if not memos.recall(conn, memo, user_id, at):
                raise Refused("memo_over")
            note_rows.add(conn, memo.complaint_id, user_id, reason, at)

    def _for(self, conn: Connection, memo_id: int, user_id: int, or_owner: bool = False) -> Row[Any]:
        """The memo, when it is this person's to answer: of their department, and not about them."""
        memo, user = _found(conn, memo_id), users.get(conn, user_id)
        answers = (
            user is not None
            and roles.may(user.role, roles.ANSWER_MEMO)
            and user.department == memo.department
            and user_id not in steps.recused(conn, memo.complaint_id)
        )
        owns = or_owner and complaints.get(conn, memo.complaint_id).owner_id == user_id
        if not answers and not owns:
            raise Refused("not_your_memo")
        return memo


def _found(conn: Connection, memo_id: int) -> Row[Any]:
    memo = memos.get(conn, memo_id)
    if memo is None:
        raise Refused("memo_over")
    return memo
