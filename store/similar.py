"""Complaints like one: the same matter in the same days, or the same place, thing or order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, literal_column, select

from store import joins
from store import schema as t
from store.sight import visible


@dataclass(frozen=True)
class Like:
    """How many are alike in one way, and the newest of them."""

    way: str
    value: str
    count: int
    newest: Sequence[Row[Any]]


def like(
    conn: Connection, row: Row[Any], known: dict[str, Any], person: Row[Any], since: datetime, most: int
) -> list[Like]:
    """Other customers' complaints like this one (a row), as far as this person may see them. `known`: its
    facts by field. The same category counts since then, the same subject or reference at any time."""
    found = []
    if row.category:
        same = (t.complaints.c.category == row.category, t.complaints.c.opened_at >= since)
        found.append(_like(conn, row, person, "category", row.category, same, most))
    if subject := known.get("subject"):
        found.append(_like(conn, row, person, "subject", str(subject), _held("subject", subject), most))
    reference = known.get("reference")
    if isinstance(reference, dict) and reference.get("value"):
        value = str(reference["value"])
        found.append(_like(conn, row, person, "reference", value, _held("reference", value), most))
    return [one for one in found if one.count]


def _held(field: str, value: Any) -> tuple[ColumnElement[bool], ...]:
    """Complaints of which this is known. The conditions stand as written in the indexes."""
    facts = select(t.facts.c.complaint_id).where(
        literal_column(f"facts.field = '{field}'"), t.facts.c.replaced_by.is_(None)
    )
    of_reference = field == "reference"
    stored: ColumnElement[Any] = literal_column(
        "json_extract(facts.value, '$.value')" if of_reference else "facts.value"
    )
    value = value if of_reference else json.dumps(value)
    return (t.complaints.c.id.in_(facts.where(stored == value)),)


def _like(
    conn: Connection,
    row: Row[Any],
    person: Row[Any],
    way: str,
    value: str,
    same: tuple[ColumnElement[bool], ...],
    most: int,
) -> Like:
    others = (
        t.complaints.c.customer_id.not_in(joins.everyone(conn, row.customer_id)),
        t.complaints.c.id != row.id,
    )
    mine = (*same, *others, visible(person))
    count = conn.execute(select(func.count()).select_from(t.complaints).where(*mine)).scalar() or 0
    newest = select(t.complaints).where(*mine).order_by(t.complaints.c.opened_at.desc()).limit(most)
    return Like(way, value, count, conn.execute(newest).all() if count else [])
