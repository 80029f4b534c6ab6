"""What the rows of a complaint say of its present round, read for the moves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from core.attempts import unreachable
from core.follow_up import REOPENED
from core.steps import ACCEPTED, Work
from reception.acting import Refused
from store import attempts, conversations, findings, follow_ups, memos, messages, remedies, steps
from store.db import Connection, Row

ASKED = "follow_up"
"""The purpose of a try to reach the customer for the follow-up."""


def work_of(conn: Connection, row: Row[Any]) -> Work:
    """What is on record since the complaint was opened, or last reopened. The finding stands over rounds."""
    since = steps.round_since(conn, row.id)
    asked = [memo for memo in memos_of(conn, row.id, since) if memo.recalled_at is None]
    plan = plan_of(conn, row.id, steps.looked_again(conn, row.id))
    lines = lines_of(conn, row.id, since)
    found = newest(findings.findings_of(conn, row.id))
    told = {one.to for one in _later(follow_ups.told_of(conn, row.id), since)}
    silent = is_unreachable(conn, row.id, since)
    return Work(
        owner=row.owner_id is not None,
        memo=bool(asked),
        replies=bool(asked) and all(memo.replied_at for memo in asked),
        customer_agreed=plan is not None and plan.answer == ACCEPTED,
        remedies_approved=bool(lines) and all(line.approved_at for line in lines),
        remedies_proved=bool(lines) and all(line.done_at for line in lines),
        answers_or_attempts=silent or answer_of(conn, row.id, since) is not None,
        cause=found is not None and bool(found.cause),
        responsibility=found is not None and bool(found.responsibility) and bool(found.level),
        passed_on=set(concerned(row, asked)) <= told,
        customer_told=follow_ups.CUSTOMER in told
        or (silent and conversations.written_of(conn, row.id) is None),
        customer_words=steps.withdrawal(conn, row.id) is not None,
    )


def memos_of(conn: Connection, complaint_id: int, since: datetime | None) -> list[Row[Any]]:
    return _later(memos.of_complaint(conn, complaint_id), since, "sent_at")


def plan_of(conn: Connection, complaint_id: int, since: datetime | None) -> Row[Any] | None:
    """The newest plan since then (`steps.looked_again`): what was offered before it counts no more."""
    return newest([row for row in findings.plans_of(conn, complaint_id) if since is None or row.at >= since])


def lines_of(conn: Connection, complaint_id: int, since: datetime | None) -> list[Row[Any]]:
    """The remedies of the round that nobody refused."""
    rows = _later(remedies.of_complaint(conn, complaint_id), since)
    return [row for row in rows if row.refused_at is None]


def answer_of(conn: Connection, complaint_id: int, since: datetime | None) -> Row[Any] | None:
    """The follow-up of this round that let the complaint go on, if there was one."""
    rows = _later(follow_ups.of_complaint(conn, complaint_id), since)
    return next((row for row in reversed(rows) if row.outcome != REOPENED), None)


def is_unreachable(conn: Connection, complaint_id: int, since: datetime | None) -> bool:
    """Whether the customer was tried in vain often enough to be asked afterwards; one word revives them."""
    tries = attempts.tries(conn, complaint_id, ASKED)
    heard = messages.last_heard(conn, complaint_id)
    return unreachable([one for one in tries if since is None or one.at > since], heard)


def concerned(row: Row[Any], asked: Iterable[Row[Any]]) -> list[str]:
    """The departments that the answers must reach: the one it belongs to, and those that were asked."""
    named = [row.department, *(memo.department for memo in asked)]
    return list(dict.fromkeys(name for name in named if name))


def newest(rows: Sequence[Row[Any]]) -> Row[Any] | None:
    return rows[-1] if rows else None


def mine(row: Row[Any], user_id: int) -> None:
    """The steps are taken by the owner, who is answerable. Raises Refused."""
    if row.owner_id != user_id:
        raise Refused("not_owner")


def _later(rows: Iterable[Row[Any]], since: datetime | None, column: str = "at") -> list[Row[Any]]:
    return [row for row in rows if since is None or getattr(row, column) > since]
