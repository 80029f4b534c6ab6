"""What the customer said afterwards, whom it was told, and what is to change because of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from core import events as names
from core.complaint import FEEDING_BACK, FOLLOWING_UP
from core.follow_up import Answers
from store import events
from store.rows import insert
from store.schema import actions, complaints, feedbacks, promises
from store.schema import follow_ups as table

CUSTOMER = "customer"
"""To whom feedback went, when not to a department by name."""
SECOND_LOOK = "second_look"
SHOWN = 200


def add(
    conn: Connection, complaint_id: int, user_id: int, answers: Answers, outcome: str, at: datetime
) -> int:
    """Keep five answers, each alone, and what followed."""
    marks = {"q1": answers.q1, "q2": answers.q2, "q3": answers.q3}
    words = {"q4": answers.q4 or None, "q5": answers.q5 or None, "words": answers.words}
    row = {"complaint_id": complaint_id, "user_id": user_id, "at": at, "outcome": outcome}
    id = insert(conn, table, {**row, **marks, **words})
    about: dict[str, Any] = {"follow_up": id, "outcome": outcome}
    events.append(conn, names.FOLLOW_UP_RECORDED, at, complaint_id=complaint_id, user_id=user_id, **about)
    return id


def of_complaint(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All follow-ups, oldest first."""
    return conn.execute(select(table).where(table.c.complaint_id == complaint_id).order_by(table.c.id)).all()


def due(conn: Connection, limit: int = SHOWN) -> Sequence[Row[Any]]:
    """Complaints whose customer is to be asked, or hear the result: the promise due first on top. Rows carry
    `due_at` and `made_at` of the open follow-up promise, if there is one."""
    promise = promises.alias()
    query = (
        select(complaints, promise.c.made_at, promise.c.due_at, promise.c.state.label("promise_state"))
        .outerjoin(
            promise,
            (promise.c.complaint_id == complaints.c.id)
            & (promise.c.kind == "follow_up")
            & promise.c.state.in_(["open", "missed"])
            & promise.c.kept_at.is_(None),
        )
        .where(complaints.c.state.in_([FOLLOWING_UP, FEEDING_BACK]))
        .order_by(complaints.c.state, promise.c.due_at.is_(None), promise.c.due_at, complaints.c.id)
    )
    return conn.execute(query.limit(limit)).all()


# ---- Feedback


def tell(conn: Connection, complaint_id: int, user_id: int, to: str, words: str, at: datetime) -> int:
    """Keep that the answers reached a department, or the customer (`to` CUSTOMER) heard what changed."""
    row = {"complaint_id": complaint_id, "to": to, "words": words, "user_id": user_id, "at": at}
    id = insert(conn, feedbacks, row)
    events.append(
        conn, names.FEEDBACK_GIVEN, at, complaint_id=complaint_id, user_id=user_id, feedback=id, department=to
    )
    return id


def told_of(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All feedback, oldest first."""
    query = select(feedbacks).where(feedbacks.c.complaint_id == complaint_id)
    return conn.execute(query.order_by(feedbacks.c.id)).all()


# ---- Actions


def act(
    conn: Connection,
    complaint_id: int,
    user_id: int,
    *,
    kind: str,
    tag: str,
    words: str,
    department: str,
    due_at: datetime,
    at: datetime,
) -> int:
    """Keep what is to change, who is to do it and by when."""
    row = {"complaint_id": complaint_id, "kind": kind, "tag": tag, "words": words, "department": department}
    id = insert(conn, actions, {**row, "due_at": due_at, "user_id": user_id, "at": at})
    about: dict[str, Any] = {"action": id, "department": department}
    events.append(conn, names.ACTION_SET, at, complaint_id=complaint_id, user_id=user_id, **about)
    return id


def action(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(actions).where(actions.c.id == id)).one_or_none()


def actions_of(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """All actions, oldest first."""
    query = select(actions).where(actions.c.complaint_id == complaint_id)
    return conn.execute(query.order_by(actions.c.id)).all()


def open_actions(conn: Connection, limit: int = SHOWN, **only: str) -> Sequence[Row[Any]]:
    """Actions not done, the next due on top; with `only`, those of one kind or department. Rows carry the
    complaint's number."""
    query = (
        select(actions, complaints.c.number, complaints.c.tier, complaints.c.state)
        .join(complaints, complaints.c.id == actions.c.complaint_id)
        .where(actions.c.done_at.is_(None), *(actions.c[name] == value for name, value in only.items()))
    )
    return conn.execute(query.order_by(actions.c.due_at, actions.c.id).limit(limit)).all()


def open_looks(conn: Connection, complaint_id: int) -> list[Row[Any]]:
    """Second looks at the cause that nobody has taken yet."""
    rows = actions_of(conn, complaint_id)
    return [row for row in rows if row.kind == SECOND_LOOK and row.done_at is None]


def finish(conn: Connection, row: Row[Any], user_id: int | None, at: datetime) -> bool:
    """Done; `user_id` None: the customer came back. False when it was before."""
    change = update(actions).where(actions.c.id == row.id, actions.c.done_at.is_(None))
    done = conn.execute(change.values(done_by=user_id, done_at=at)).rowcount == 1
    if done:
        about: dict[str, Any] = {"action": row.id, "department": row.department}
        events.append(conn, names.ACTION_DONE, at, complaint_id=row.complaint_id, user_id=user_id, **about)
    return done
