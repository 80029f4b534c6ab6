"""What was found out, what the customer may choose from, and what is done to put it right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import complaint, roles
from core import events as names
from core.remedy import Kind
from core.steps import ACCEPTED, LEAST_OPTIONS, LEVELS, NO_ANSWER, PLAN_ANSWERS, RESPONSIBLE
from reception.acting import Refused, fresh
from reception.content import Content
from reception.standing import lines_of, mine, plan_of
from reception.telling import write
from store import events, files, findings, remedies, steps, users
from store import promises as promise_rows
from store.db import Connection, Database, Row

WORKED_IN = complaint.OPEN_STATES[1:]
WAITS = "remedy_waits"
"""What a supervisor is paged for: a line beyond its proposer's limit."""
SETTLED_IN = (complaint.CONFERRING, complaint.CARRYING_OUT)


@dataclass(frozen=True)
class Finding:
    """What was verified, and how. `cause` a code of causes.yml, `level` and `responsibility` codes of
    `core.steps`; "" while it is not known."""

    facts: str
    cause: str = ""
    cause_words: str = ""
    level: str = ""
    responsibility: str = ""


@dataclass(frozen=True)
class Line:
    """One remedy to propose. `amount` in fen; `appointment`: day, from, to, who, place."""

    kind: str
    words: str
    amount: int | None = None
    appointment: dict[str, str] | None = None


@dataclass(frozen=True)
class Settling:
    """People only: no machine writes a finding or grants a remedy. Raises Stale or Refused."""

    db: Database
    content: Content

    def find(self, user_id: int, complaint_id: int, sequence: int, found: Finding, at: datetime) -> None:
        """Keep what is known now. The newest counts, the earlier ones stay."""
        known = (("", *self.content.work.causes), ("", *LEVELS), ("", *RESPONSIBLE))
        if any(
            x not in y for x, y in zip((found.cause, found.level, found.responsibility), known, strict=True)
        ):
            raise Refused("bad_request")
        with self.db.writing() as conn:
            row = self._working(conn, complaint_id, sequence, user_id, WORKED_IN)
            findings.add_finding(
                conn,
                row.id,
                user_id,
                facts=found.facts,
                cause=found.cause or None,
                cause_words=found.cause_words,
                level=found.level or None,
                responsibility=found.responsibility or None,
                at=at,
            )

    def offer(
        self,
        user_id: int,
        complaint_id: int,
        sequence: int,
        options: Sequence[str],
        message: str,
        at: datetime,
    ) -> None:
        """Lay options before the customer, two at least. With a `message` they are told in the written
        conversation, which keeps the promise of a plan; without, a person tells them by phone."""
        given = [option.strip() for option in options if option.strip()]
        if len(set(given)) < LEAST_OPTIONS:
            raise Refused("too_few_options")
        with self.db.writing() as conn:
            row = self._working(conn, complaint_id, sequence, user_id, (complaint.CONFERRING,))
            if message and not write(conn, row.id, message, user_id, at):
                raise Refused("no_channel")
            findings.add_plan(conn, row.id, user_id, given, at, at if message else None)
            if message:
                promise_rows.keep(conn, row.id, "plan", at)

    def answer(
        self,
        user_id: int,
        complaint_id: int,
        sequence: int,
        answer: str,
        chosen: int | None,
        words: str,
        at: datetime,
    ) -> None:
        """The customer's answer in their words. Whoever answers has heard the options: the plan is kept."""
        with self.db.writing() as conn:
            row = self._working(conn, complaint_id, sequence, user_id, (complaint.CONFERRING,))
            plan = plan_of(conn, row.id, steps.looked_again(conn, row.id))
            if plan is None or answer not in PLAN_ANSWERS or plan.answer == ACCEPTED:
                raise Refused("no_open_plan")
            if answer == ACCEPTED and (chosen is None or not 0 <= chosen < len(plan.options)):
                raise Refused("choice_missing")
            heard = answer != NO_ANSWER
            if heard and not words.strip():
                raise Refused("customer_words_missing")
            findings.answer_plan(
                conn,
                plan,
                user_id,
                answer=answer,
                chosen=chosen if answer == ACCEPTED else None,
                words=words,
                told=heard,
                at=at,
            )
            if heard:
                promise_rows.keep(conn, row.id, "plan", at)

    def propose(self, user_id: int, complaint_id: int, sequence: int, line: Line, at: datetime) -> int:
        """Add a remedy line. Within the proposer's limit it is approved; beyond, others must agree."""
        kind = self._kind(line)
        with self.db.writing() as conn:
            row = self._working(conn, complaint_id, sequence, user_id, SETTLED_IN)
            total = _money(self._lines(conn, row)) + (line.amount or 0)
            approved = not kind.money or self._enough(conn, total, user_id, ())
            if not approved:
                events.append(conn, names.SUPERVISOR_PAGED, at, complaint_id=row.id, reason=WAITS)
            return remedies.propose(
                conn,
                row.id,
                user_id,
                kind=kind.code,
                amount=line.amount,
                words=line.words,
                appointment=line.appointment,
                approved=approved,
                at=at,
            )

    def _kind(self, line: Line) -> Kind:
        kind = self.content.work.remedies.kinds.get(line.kind)
        if kind is None or (line.appointment and not kind.visit):
            raise Refused("bad_request")
        if kind.money and not line.amount:
            raise Refused("amount_missing")
        if line.amount and not kind.money:
            raise Refused("amount_unwanted")
        return kind

    def approve(self, user_id: int, complaint_id: int, remedy_id: int, sequence: int, at: datetime) -> None:
        """A second person agrees to a line beyond its proposer's limit."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            line = self._pending(conn, row, remedy_id)
            user = users.get(conn, user_id)
            if user is None or not roles.may(user.role, roles.APPROVE):
                raise Refused("move_refused")
            if user_id == line.user_id or user_id in line.approvers or user_id in steps.recused(conn, row.id):
                raise Refused("second_approver")
            total = _money(self._lines(conn, row))
            enough = self._enough(conn, total, line.user_id, (*line.approvers, user_id))
            remedies.approve(conn, line, user_id, enough, at)

    def refuse(
        self, user_id: int, complaint_id: int, remedy_id: int, reason: str, sequence: int, at: datetime
    ) -> None:
        """Not to be done: said by who may approve, or taken back by who owns the complaint."""
        with self.db.writing() as conn:
            row = fresh(conn, complaint_id, sequence)
            line = remedies.get(conn, remedy_id)
            user = users.get(conn, user_id)
            may = row.owner_id == user_id or (user is not None and roles.may(user.role, roles.APPROVE))
            if not may or line is None or line.complaint_id != row.id:
                raise Refused("move_refused")
            if line.refused_at is not None or line.done_at is not None:
                raise Refused("remedy_over")
            remedies.refuse(conn, line, user_id, reason, at)

    def done(
        self,
        user_id: int,
        complaint_id: int,
        remedy_id: int,
        proof: str,
        file: str,
        sequence: int,
        at: datetime,
    ) -> None:
        """It is done, and this is how we know: in words, or by one of the complaint's files."""
        with self.db.writing() as conn:
            row = self._working(conn, complaint_id, sequence, user_id, (complaint.CARRYING_OUT,))
            line = self._standing(conn, row, remedy_id)
            if line.approved_at is None:
                raise Refused("move_refused", frozenset({"remedies_approved"}))
            ours = {one.id for one in files.of_complaint(conn, row.id)}
            if (file and file not in ours) or not (file or proof.strip()):
                raise Refused("proof_missing")
            remedies.done(conn, line, user_id, proof, file or None, at)

    def missed(
        self,
        user_id: int,
        complaint_id: int,
        remedy_id: int,
        words: str,
        again: dict[str, str],
        sequence: int,
        at: datetime,
    ) -> None:
        """The visit did not happen: why, and when the next one is."""
        with self.db.writing() as conn:
            row = self._working(conn, complaint_id, sequence, user_id, SETTLED_IN)
            line = self._standing(conn, row, remedy_id)
            if not line.appointment:
                raise Refused("remedy_over")
            remedies.missed(conn, line, user_id, words, again, at)

    def _working(
        self, conn: Connection, complaint_id: int, sequence: int, user_id: int, states: Sequence[str]
    ) -> Row[Any]:
        row = fresh(conn, complaint_id, sequence)
        mine(row, user_id)
        if row.state not in states:
            raise Refused("wrong_step")
        return row

    def _lines(self, conn: Connection, row: Row[Any]) -> list[Row[Any]]:
        return lines_of(conn, row.id, steps.round_since(conn, row.id))

    def _standing(self, conn: Connection, row: Row[Any], remedy_id: int) -> Row[Any]:
        found = next((line for line in self._lines(conn, row) if line.id == remedy_id), None)
        if found is None or found.done_at is not None:
            raise Refused("remedy_over")
        return found

    def _pending(self, conn: Connection, row: Row[Any], remedy_id: int) -> Row[Any]:
        line = self._standing(conn, row, remedy_id)
        if line.approved_at is not None:
            raise Refused("remedy_over")
        return line

    def _enough(self, conn: Connection, total: int, proposer: int, approvers: Sequence[int]) -> bool:
        role = {user.id: user.role for user in users.everybody(conn)}
        rules = self.content.work.remedies
        return rules.approved(total, role.get(proposer, ""), [role.get(id, "") for id in approvers])


def _money(lines: Sequence[Row[Any]]) -> int:
    """All the money of the round together: five small lines are one large one."""
    return sum(line.amount or 0 for line in lines)
