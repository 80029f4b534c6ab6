"""What people found out about a complaint, and the plans they laid before the customer. The newest counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import events as names
from store import events
from store.rows import insert
from store.schema import findings, plans


def add_finding(
    conn: Connection,
    complaint_id: int,
    user_id: int,
    *,
    facts: str,
    cause: str | None,
    cause_words: str,
    level: str | None,
    responsibility: str | None,
    at: datetime,
) -> int:
    """Keep what was verified and how; cause, level and responsibility as far as they are known by now."""
    row = {"complaint_id": complaint_id, "facts": facts, "cause": cause, "cause_words": cause_words}
    about: dict[str, Any] = {"level": level, "responsibility": responsibility, "user_id": user_id, "at": at}
    id = insert(conn, findings, {**row, **about})
    events.append(
        conn, names.FINDING_RECORDED, at, complaint_id=complaint_id, user_id=user_id, finding=id, cause=cause
    )
    return id


def findings_of(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All findings, oldest first."""
    query = select(findings).where(findings.c.complaint_id == complaint_id)
    return conn.execute(query.order_by(findings.c.id)).all()


def add_plan(
    conn: Connection,
    complaint_id: int,
    user_id: int,
    options: Sequence[str],
    at: datetime,
    told_at: datetime | None,
) -> int:
    """Keep the options. `told_at`: when the customer could read them; None while nobody has told them."""
    row = {"complaint_id": complaint_id, "options": list(options), "user_id": user_id, "at": at}
    id = insert(conn, plans, {**row, "told_at": told_at})
    events.append(conn, names.PLAN_OFFERED, at, complaint_id=complaint_id, user_id=user_id, plan=id)
    return id


def plans_of(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All plans, oldest first."""
    return conn.execute(select(plans).where(plans.c.complaint_id == complaint_id).order_by(plans.c.id)).all()


def answer_plan(
    conn: Connection,
    plan: Row[Any],
    user_id: int,
    *,
    answer: str,
    chosen: int | None,
    words: str,
    told: bool,
    at: datetime,
) -> None:
    """Keep the customer's answer in their words. `told`: they answered, so they had heard the options."""
    heard = {"told_at": at} if told and plan.told_at is None else {}
    values = {"answer": answer, "chosen": chosen, "words": words, "answered_by": user_id, "answered_at": at}
    conn.execute(update(plans).where(plans.c.id == plan.id).values(**values, **heard))
    events.append(
        conn,
        names.PLAN_ANSWERED,
        at,
        complaint_id=plan.complaint_id,
        user_id=user_id,
        plan=plan.id,
        answer=answer,
    )
