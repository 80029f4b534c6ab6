"""What the house did about a complaint, step by step, as blocks of a sheet; nothing for what was not done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.remedy import yuan
from desk.sheets.blocks import Block, Maker, field, form
from store import attempts, findings, follow_ups, memos, remedies


def work_blocks(make: Maker, conn: Any, complaint_id: int) -> list[Block]:
    """From the first try to reach the customer to what is to change, in the order of the seven steps."""
    return [
        _attempts(make, attempts.of_complaint(conn, complaint_id)),
        *(_finding(make, row) for row in findings.findings_of(conn, complaint_id)),
        _memos(make, memos.of_complaint(conn, complaint_id)),
        *(_plan(make, row) for row in findings.plans_of(conn, complaint_id)),
        _remedies(make, remedies.of_complaint(conn, complaint_id)),
        *(_follow_up(make, row) for row in follow_ups.of_complaint(conn, complaint_id)),
        _feedback(make, follow_ups.told_of(conn, complaint_id)),
        _actions(make, follow_ups.actions_of(conn, complaint_id)),
    ]


def _who(make: Maker, id: int | None, at: Any) -> str:
    """Who did it and when; nothing while nobody has."""
    return make.word("paper.source", by=make.people.get(id or 0, ""), at=make.at(at)) if at else ""


def _attempts(make: Maker, rows: Sequence[Any]) -> Block:
    return make.rows(
        make.word("paper.attempts"),
        make.words("paper.attempt_at", "paper.attempt_by", "paper.attempt_result", "paper.attempt_words"),
        (3, 2, 3, 6),
        [
            (
                make.at(row.at),
                make.people.get(row.user_id, ""),
                make.joined([make.label("attempt_results", row.result), _confirmed(make, row.confirmed)]),
                row.words,
            )
            for row in rows
        ],
    )


def _confirmed(make: Maker, said: bool | None) -> str:
    """Somebody's claim is one thing, the customer's own word another."""
    if said is None:
        return ""
    return make.word("paper.confirmed" if said else "paper.denied")


def _finding(make: Maker, row: Any) -> Block:
    return form(
        make.word("paper.finding"),
        [
            field(make.word("paper.finding_facts"), row.facts, _who(make, row.user_id, row.at), wide=True),
            field(
                make.word("paper.cause"), make.causes.get(row.cause, row.cause or ""), row.cause_words or ""
            ),
            field(
                make.word("paper.responsibility"),
                make.label("responsibility", row.responsibility),
                make.label("cause_levels", row.level),
            ),
        ],
    )


def _memos(make: Maker, rows: Sequence[Any]) -> Block:
    return make.rows(
        make.word("paper.memos"),
        make.words("paper.memo_department", "paper.memo_ask", "paper.memo_due", "paper.memo_reply"),
        (2, 5, 3, 5),
        [
            (
                row.department,
                row.ask,
                make.at(row.due_at),
                row.reply or (make.label("memo_stages", "recalled") if row.recalled_at else ""),
            )
            for row in rows
        ],
    )


def _plan(make: Maker, row: Any) -> Block:
    options = "\n".join(
        make.word("paper.option", n=str(n), words=words) for n, words in enumerate(row.options, 1)
    )
    chosen = make.word("paper.chosen", n=str(row.chosen + 1)) if row.chosen is not None else ""
    answer = make.joined([make.label("plan_answers", row.answer), chosen])
    return form(
        make.word("paper.plan"),
        [
            field(make.word("paper.options"), options, _who(make, row.user_id, row.at), wide=True),
            field(make.word("paper.answer"), answer, _who(make, row.answered_by, row.answered_at)),
            field(make.word("paper.answer_words"), row.words or ""),
        ],
    )


def _remedies(make: Maker, rows: Sequence[Any]) -> Block:
    return make.rows(
        make.word("paper.remedies"),
        make.words(
            "paper.remedy_kind",
            "paper.remedy_amount",
            "paper.remedy_words",
            "paper.remedy_approved",
            "paper.remedy_done",
        ),
        (2, 2, 4, 3, 4),
        [
            (
                make.label("remedy_kinds", row.kind),
                f"¥{yuan(row.amount)}" if row.amount else "",
                row.words,
                _approval(make, row),
                "\n".join(part for part in (row.proof, _who(make, row.done_by, row.done_at)) if part),
            )
            for row in rows
        ],
    )


def _approval(make: Maker, row: Any) -> str:
    if row.refused_at:
        return make.joined([make.label("remedy_states", "refused"), row.reason or ""])
    if not row.approved_at:
        return make.label("remedy_states", "waiting")
    return make.joined(make.people.get(id, "") for id in (row.user_id, *row.approvers))


def _follow_up(make: Maker, row: Any) -> Block:
    asked = {"paper.q1": row.q1, "paper.q2": row.q2, "paper.q3": row.q3}
    marks = [field(make.word(path), str(mark or "")) for path, mark in asked.items()]
    return form(
        make.word("paper.follow_up"),
        [
            *marks,
            field(make.word("paper.q5"), make.label("cause_answers", row.q5)),
            field(make.word("paper.q4"), row.q4 or ""),
            field(make.word("paper.outcome"), make.label("outcomes", row.outcome)),
            field(make.word("paper.answer_words"), row.words, _who(make, row.user_id, row.at), wide=True),
        ],
    )


def _feedback(make: Maker, rows: Sequence[Any]) -> Block:
    return make.rows(
        make.word("paper.feedback"),
        make.words("paper.feedback_to", "paper.feedback_words", "paper.feedback_by"),
        (2, 7, 4),
        [
            (
                make.label("authors", row.to) if row.to == follow_ups.CUSTOMER else row.to,
                row.words,
                _who(make, row.user_id, row.at),
            )
            for row in rows
        ],
    )


def _actions(make: Maker, rows: Sequence[Any]) -> Block:
    return make.rows(
        make.word("paper.actions"),
        make.words("paper.action_kind", "paper.action_words", "paper.action_department", "paper.action_due"),
        (2, 6, 2, 3),
        [
            (
                make.label("action_kinds", row.kind),
                row.words,
                row.department,
                "\n".join([make.at(row.due_at), *([make.word("paper.action_done")] if row.done_at else [])]),
            )
            for row in rows
        ],
    )
