"""Asking the customer afterwards: the five questions, what follows from them, and who hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import complaint, follow_up, promises, roles
from core.follow_up import Answers, Outcome
from core.steps import fair
from reception.acting import Refused, fresh, move
from reception.content import Content
from reception.keeping import Names
from reception.reopening import reopen
from reception.splitting import split
from reception.standing import concerned, is_unreachable, memos_of, work_of
from reception.telling import write
from store import attempts, complaints, follow_ups, steps, users
from store import notes as note_rows
from store import promises as promise_rows
from store.db import Connection, Database, Row

FED_BACK_IN = (complaint.FOLLOWING_UP, complaint.FEEDING_BACK)
HIDDEN_FLAG = "hidden_dissatisfaction"
LESSON, LOOK = "correction", follow_ups.SECOND_LOOK
ACTION_KINDS = ("containment", "correction", "published")
TAGS = ("fault", "improvement", "opportunity")


@dataclass(frozen=True)
class FollowUps:
    """Done by somebody who neither owned nor worked on the complaint. Raises Stale or Refused."""

    db: Database
    content: Content
    ids: Names

    def record(
        self, user_id: int, complaint_id: int, sequence: int, answers: Answers, at: datetime
    ) -> Outcome:
        """Keep the answers and do what follows: reopen it, open what else there is, set flag, lesson and
        second look, and go on to the feedback. Returns the outcome."""
        if not answers.given():
            raise Refused("no_answers")
        with self.db.writing() as conn:
            row = self._asking(conn, complaint_id, sequence, user_id)
            came = follow_up.outcome(answers, self.content.work.cues)
            follow_ups.add(conn, row.id, user_id, answers, came.code, at)
            promise_rows.keep(conn, row.id, "follow_up", at)
            if came.more:
                split(conn, self.content, self.ids.number, row, came.more, user_id, at)
            if came.code == follow_up.REOPENED:
                reopen(conn, self.content, row, follow_up.REOPENED, user_id, at)
                return came
            self._mark(conn, row, came, user_id, at)
            self._feed_back(conn, row, came.code, came.look_again, user_id, at)
            return came

    def give_up(self, user_id: int, complaint_id: int, sequence: int, at: datetime) -> None:
        """Nobody answered, often enough: it goes on, and is counted apart."""
        with self.db.writing() as conn:
            row = self._asking(conn, complaint_id, sequence, user_id)
            if not is_unreachable(conn, row.id, steps.round_since(conn, row.id)):
                raise Refused("move_refused", frozenset({"answers_or_attempts"}))
            promise_rows.keep(conn, row.id, "follow_up", at)
            self._feed_back(conn, row, follow_up.UNREACHABLE, False, user_id, at)

    def _asking(self, conn: Connection, complaint_id: int, sequence: int, user_id: int) -> Row[Any]:
        row = fresh(conn, complaint_id, sequence)
        user = users.get(conn, user_id)
        if user is None or not roles.may(user.role, roles.FOLLOW_UP):
            raise Refused("move_refused")
        if not fair(user_id, steps.workers(conn, row.id), steps.recused(conn, row.id)):
            raise Refused("not_fair")
        if row.state != complaint.FOLLOWING_UP:
            raise Refused("wrong_step")
        return row

    def _mark(self, conn: Connection, row: Row[Any], came: Outcome, user_id: int, at: datetime) -> None:
        if came.code == follow_up.HIDDEN and HIDDEN_FLAG not in complaints.flags(conn, row.id):
            why: dict[str, Any] = {
                "rule": "follow_up",
                "words": [came.cue],
                "by": f"user:{user_id}",
                "at": at,
            }
            complaints.signal(conn, row.id, kind="flag", code=HIDDEN_FLAG, level=1, **why)
        if came.lesson:
            words = self.content.page("steps.lesson_words")
            self._act(conn, row, user_id, LESSON, "improvement", words, "follow_up_cause", at)

    def _feed_back(
        self, conn: Connection, row: Row[Any], code: str, soon: bool, user_id: int, at: datetime
    ) -> None:
        """On to the last step. Whether the cause is mended is looked at again, on a day that is stored."""
        move(conn, row, complaint.FEEDING_BACK, code, work_of(conn, row).have(), user_id, at)
        if code != follow_up.UNREACHABLE:
            window = "follow_up_unsure" if soon else "follow_up_again" if row.tier == 3 else "follow_up_cause"
            words = self.content.page("steps.look_words")
            self._act(conn, row, user_id, LOOK, "improvement", words, window, at)

    def _act(
        self,
        conn: Connection,
        row: Row[Any],
        user_id: int,
        kind: str,
        tag: str,
        words: str,
        window: str,
        at: datetime,
    ) -> None:
        due = promises.promise(window, row.tier, at, self.content.hours, self.content.promises).due_at
        about = {"kind": kind, "tag": tag, "words": words, "department": row.department or ""}
        follow_ups.act(conn, row.id, user_id, **about, due_at=due, at=at)

    # ---- Feeding back

    def pass_on(
        self,
        user_id: int,
        complaint_id: int,
        sequence: int,
        departments: Sequence[str],
        words: str,
        at: datetime,
    ) -> None:
        """The answers reach those who caused it and those who dealt with it."""
        with self.db.writing() as conn:
            row = self._feeding(conn, complaint_id, sequence, user_id)
            known = set(concerned(row, memos_of(conn, row.id, None))) | set(self.content.work.departments)
            if not departments or not set(departments) <= known:
                raise Refused("unknown_department")
            for name in dict.fromkeys(departments):
                follow_ups.tell(conn, row.id, user_id, name, words, at)

    def tell_customer(
        self, user_id: int, complaint_id: int, sequence: int, words: str, by_phone: bool, at: datetime
    ) -> None:
        """The customer hears what changed: in writing, or in a call that is written down as one. That is the
        final answer."""
        with self.db.writing() as conn:
            row = self._feeding(conn, complaint_id, sequence, user_id)
            if by_phone:
                call = {"means": "phone", "purpose": "other", "result": "reached"}
                attempts.add(conn, row.id, user_id, at=at, words=words, **call)
            elif not write(conn, row.id, words, user_id, at):
                raise Refused("no_channel")
            follow_ups.tell(conn, row.id, user_id, follow_ups.CUSTOMER, words, at)
            promise_rows.keep(conn, row.id, "final", at)

    def _feeding(self, conn: Connection, complaint_id: int, sequence: int, user_id: int) -> Row[Any]:
        """By the owner, or by whoever may close it."""
        row, user = fresh(conn, complaint_id, sequence), users.get(conn, user_id)
        if user is None or not (row.owner_id == user_id or roles.may(user.role, roles.CLOSE)):
            raise Refused("not_owner")
        if row.state not in FED_BACK_IN:
            raise Refused("wrong_step")
        return row

    # ---- What is to change

    def plan_action(
        self,
        user_id: int,
        complaint_id: int,
        *,
        kind: str,
        tag: str,
        words: str,
        department: str,
        due_at: datetime,
        at: datetime,
    ) -> int:
        """Something that is to change, with who is to do it and by when."""
        if kind not in ACTION_KINDS or tag not in TAGS:
            raise Refused("bad_request")
        if department not in self.content.work.departments:
            raise Refused("unknown_department")
        if due_at <= at:
            raise Refused("bad_time")
        with self.db.writing() as conn:
            row, user = complaints.get(conn, complaint_id), users.get(conn, user_id)
            if user is None or not (row.owner_id == user_id or roles.may(user.role, roles.CLOSE)):
                raise Refused("not_owner")
            about = {"kind": kind, "tag": tag, "words": words, "department": department}
            return follow_ups.act(conn, complaint_id, user_id, **about, due_at=due_at, at=at)

    def finish_action(self, user_id: int, action_id: int, at: datetime) -> None:
        """Done: by the department that was to do it, or whoever may close. Twice is once. A second look is
        ended by looking (`look_again`)."""
        with self.db.writing() as conn:
            row, user = follow_ups.action(conn, action_id), users.get(conn, user_id)
            if row is None or user is None or row.kind == LOOK:
                raise Refused("move_refused")
            theirs = roles.may(user.role, roles.ANSWER_MEMO) and user.department == row.department
            if not theirs and not roles.may(user.role, roles.CLOSE):
                raise Refused("move_refused")
            follow_ups.finish(conn, row, user_id, at)

    def look_again(self, user_id: int, action_id: int, mended: bool, words: str, at: datetime) -> None:
        """The second look at the cause. Not mended, within the time in which it can return: reopened."""
        with self.db.writing() as conn:
            look = follow_ups.action(conn, action_id)
            if look is None or look.kind != LOOK or look.done_at is not None:
                raise Refused("remedy_over")
            row = complaints.get(conn, look.complaint_id)
            if not fair(user_id, steps.workers(conn, row.id), steps.recused(conn, row.id)):
                raise Refused("not_fair")
            follow_ups.finish(conn, look, user_id, at)
            note_rows.add(conn, row.id, user_id, words, at)
            if not mended and row.state in (complaint.FEEDING_BACK, complaint.CLOSED):
                reopen(conn, self.content, row, follow_up.REOPENED, user_id, at)
