"""The part of the complaint record that people write in the seven steps, as JSON-able values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from store import attempts, findings, follow_ups, memos, remedies

People = Mapping[int, str]


def work(conn: Connection, complaint_id: int, people: People) -> dict[str, Any]:
    """JSON-able values; instants are ISO 8601 in UTC, people are public names, amounts are fen."""
    return {
        "memos": [_memo(row, people) for row in memos.of_complaint(conn, complaint_id)],
        "finding": _newest(findings.findings_of(conn, complaint_id), _finding, people),
        "plan": _newest(findings.plans_of(conn, complaint_id), _plan, people),
        "remedies": [_remedy(row, people) for row in remedies.of_complaint(conn, complaint_id)],
        "attempts": [_attempt(row, people) for row in attempts.of_complaint(conn, complaint_id)],
        "follow_ups": [_follow_up(row, people) for row in follow_ups.of_complaint(conn, complaint_id)],
        "feedback": [_feedback(row, people) for row in follow_ups.told_of(conn, complaint_id)],
        "actions": [_action(row, people) for row in follow_ups.actions_of(conn, complaint_id)],
    }


def _newest(rows: Any, read: Any, people: People) -> dict[str, Any] | None:
    return read(rows[-1], people) if rows else None


def _memo(row: Row[Any], people: People) -> dict[str, Any]:
    names = {"by": row.user_id, "taken_by": row.taken_by, "replied_by": row.replied_by}
    return {
        **_plain(row, ("id", "department", "facts", "ask", "reply")),
        **_moments(row, ("sent_at", "due_at", "taken_at", "replied_at", "recalled_at")),
        **_names(names, people),
    }


def _finding(row: Row[Any], people: People) -> dict[str, Any]:
    told = _plain(row, ("facts", "cause", "cause_words", "level", "responsibility"))
    return {**told, **_by(row, people)}


def _plan(row: Row[Any], people: People) -> dict[str, Any]:
    told = _plain(row, ("options", "answer", "chosen", "words"))
    return {**told, **_moments(row, ("told_at", "answered_at")), **_by(row, people)}


def _remedy(row: Row[Any], people: People) -> dict[str, Any]:
    told = _plain(row, ("id", "kind", "words", "appointment", "reason", "proof", "proof_file"))
    names = {"done_by": row.done_by, "refused_by": row.refused_by}
    return {
        **told,
        "amount_fen": row.amount,
        "approvers": [people.get(id, "") for id in row.approvers],
        **_moments(row, ("approved_at", "refused_at", "done_at")),
        **_names(names, people),
        **_by(row, people),
    }


def _attempt(row: Row[Any], people: People) -> dict[str, Any]:
    told = _plain(row, ("id", "means", "purpose", "caller_id", "result", "words", "confirmed"))
    return {**told, **_by(row, people)}


def _follow_up(row: Row[Any], people: People) -> dict[str, Any]:
    told = _plain(row, ("q1", "q2", "q3", "q4", "q5", "words", "outcome"))
    return {**told, **_by(row, people)}


def _feedback(row: Row[Any], people: People) -> dict[str, Any]:
    return {**_plain(row, ("to", "words")), **_by(row, people)}


def _action(row: Row[Any], people: People) -> dict[str, Any]:
    told = _plain(row, ("id", "kind", "tag", "words", "department"))
    return {**told, **_moments(row, ("due_at", "done_at")), **_by(row, people)}


def _plain(row: Row[Any], fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields}


def _moments(row: Row[Any], fields: Iterable[str]) -> dict[str, Any]:
    return {name: _iso(getattr(row, name)) for name in fields}


def _names(ids: Mapping[str, int | None], people: People) -> dict[str, Any]:
    return {name: people.get(id) if id is not None else None for name, id in ids.items()}


def _by(row: Row[Any], people: People) -> dict[str, Any]:
    return {"by": people.get(row.user_id), "at": _iso(row.at)}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
