"""What the page of the seven steps shows: each step with what was recorded, and what is missing for the next
move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from core import complaint as states
from core import steps as rules
from core.attempts import parts_left
from core.remedy import yuan
from core.roles import ANSWER_MEMO, APPROVE, CLOSE, FOLLOW_UP, HANDLE, REOPEN, ROLES, may
from desk.door import allowed, content, house, now, user
from desk.queue import names
from desk.shown import marks
from desk.work.step_forms import local
from reception import standing
from reception.follow_ups import ACTION_KINDS, TAGS
from store import (
    attempts,
    conversations,
    files,
    findings,
    follow_ups,
    memos,
    messages,
    pauses,
    remedies,
    users,
)
from store import promises as promise_rows
from store import steps as rows
from store.db import Connection, Row


@dataclass(frozen=True)
class Memo:
    """A memo with how it stands, and whose it is."""

    row: Any
    stage: str
    by: str
    taken: str
    replied: str


@dataclass(frozen=True)
class Remedy:
    """A remedy line: its state, its amount in yuan, who proposed and who agreed, and whether the person at
    the desk may approve it."""

    row: Any
    state: str
    amount: str
    by: str
    agreed: list[str]
    may_approve: bool


def step_view(conn: Connection, row: Row[Any]) -> dict[str, Any]:
    """Everything beside what the complaint's head shows."""
    people, at = names(conn), now()
    since = rows.round_since(conn, row.id)
    fair = rules.fair(user().id, rows.workers(conn, row.id), rows.recused(conn, row.id))
    work, there = standing.work_of(conn, row), manned(conn)
    return {
        "met": work.have(),
        "needed": rules.still_needed(row.state, work.have()),
        "wanted_for_next": _needs(row.state),
        "next_state": rules.next_state(row.state),
        "skips": rules.skips(row.state),
        "people": people,
        "memos": [memo_of(memo, row.tier, people, at) for memo in memos.of_complaint(conn, row.id)],
        "manned": there,
        "memo_to": _memo_to(row, there),
        "memo_due": local(house().memos.due(row.tier, at)),
        "findings": findings.findings_of(conn, row.id),
        "plans": findings.plans_of(conn, row.id),
        "plan": standing.plan_of(conn, row.id, rows.looked_again(conn, row.id)),
        "remedies": _remedies(conn, row, people),
        "files": files.of_complaint(conn, row.id),
        "withdrawal": rows.withdrawal(conn, row.id),
        "work": content().work,
        "limit_shown": yuan(house().content.work.remedies.limit(user().role)),
        **_after(conn, row, since),
        **_pauses(conn, row, at),
        **_may(conn, row, fair),
        "fair": fair,
        "given": given,
    }


def _needs(state: str) -> tuple[str, ...]:
    """Everything that the straight move asks for, met or not."""
    return rules.still_needed(state, ())


def memo_of(row: Any, tier: int, people: Mapping[int, str], at: datetime) -> Memo:
    times = {name: getattr(row, name) for name in ("taken_at", "replied_at", "recalled_at")}
    stage = rules.memo_stage(house().memos.half_at(row, tier), row.due_at, at, **times)
    by, taken, replied = (people.get(id, "") for id in (row.user_id, row.taken_by, row.replied_by))
    return Memo(row, stage, by, taken, replied)


def _remedies(conn: Connection, row: Row[Any], people: Mapping[int, str]) -> list[Remedy]:
    return [_remedy(line, people) for line in remedies.of_complaint(conn, row.id)]


def _remedy(line: Any, people: Mapping[int, str]) -> Remedy:
    state = (
        "refused" if line.refused_at else "done" if line.done_at else "approved" if line.approved_at else ""
    )
    mine = user().id == line.user_id or user().id in line.approvers
    return Remedy(
        row=line,
        state=state or "waiting",
        amount=yuan(line.amount) if line.amount else "",
        by=people.get(line.user_id, ""),
        agreed=[people.get(id, "") for id in line.approvers],
        may_approve=not state and allowed(APPROVE) and not mine,
    )


def _after(conn: Connection, row: Row[Any], since: datetime | None) -> dict[str, Any]:
    """The last two steps: tries, answers, feedback, actions."""
    tries = [one for one in attempts.of_complaint(conn, row.id) if one.purpose == standing.ASKED]
    heard = messages.last_heard(conn, row.id)
    counted = [one for one in attempts.tries(conn, row.id, standing.ASKED) if since is None or one.at > since]
    asked = [memo for memo in standing.memos_of(conn, row.id, since) if memo.recalled_at is None]
    return {
        "tries": tries,
        "parts_left": parts_left(counted, heard),
        "unreachable": standing.is_unreachable(conn, row.id, since),
        "answer_rows": follow_ups.of_complaint(conn, row.id),
        "told": follow_ups.told_of(conn, row.id),
        "concerned": standing.concerned(row, asked),
        "actions": follow_ups.actions_of(conn, row.id),
        "action_kinds": ACTION_KINDS,
        "action_tags": TAGS,
        "lines": _lines(row),
    }


def _lines(row: Row[Any]) -> dict[str, str]:
    """What is said to the customer at the follow-up, for the ear and the eye of who asks."""
    content = house().content
    shown = {"number": row.number}
    said = {f"q{n}": content.variant(f"utter_follow_up_q{n}", "web").text for n in range(1, 6)}
    told = {"open": "utter_follow_up", "hedged": "utter_hedged"}
    return said | {name: content.say(reply, "phone", **shown).text for name, reply in told.items()}


def manned(conn: Connection) -> frozenset[str]:
    """The departments where somebody can open a memo."""
    return users.departments_of(conn, [role for role in ROLES if may(role, ANSWER_MEMO)])


def _memo_to(row: Row[Any], there: frozenset[str]) -> str:
    """To whom a memo goes unless chosen otherwise: where the complaint belongs, if somebody is there to read
    it; never to one's own department."""
    own = user().department or ""
    return row.department if row.department in there - {own} else ""


def _pauses(conn: Connection, row: Row[Any], at: datetime) -> dict[str, Any]:
    made = pauses.of_complaint(conn, row.id)
    going = [one for one in made if one.ended_at is None]
    paused = {one.promise_id for one in made}
    open_now = [promise_rows.open_of(conn, row.id, kind) for kind in rules.PAUSABLE]
    lead = allowed(APPROVE)
    can = [
        one
        for one in open_now
        if one is not None
        and one.due_at > at
        and one.id not in {pause.promise_id for pause in going}
        and (lead or one.id not in paused)
    ]
    kinds = {one.id: one.kind for one in promise_rows.of_complaint(conn, row.id)}
    return {
        "pauses": [(one, kinds.get(one.promise_id, "")) for one in made],
        "pausable": can,
        "pause_latest": local(house().pauses.latest(at)),
        "pause_reasons": rules.PAUSE_REASONS,
    }


def _may(conn: Connection, row: Row[Any], fair: bool) -> dict[str, bool]:
    """What the person at the desk may do here. `fair`: they have not worked on it."""
    owns = row.owner_id == user().id and allowed(HANDLE)
    asked = rows.withdrawal(conn, row.id)
    going = row.state in states.OPEN_STATES
    return {
        "owns": owns,
        "may_own": going and allowed(HANDLE) and row.owner_id != user().id,
        "may_ask": allowed(FOLLOW_UP),
        "may_feed": owns or allowed(CLOSE),
        "may_close": allowed(CLOSE) and fair,
        "may_reopen": allowed(REOPEN) and row.state in (states.CLOSED, states.WITHDRAWN),
        "may_take_back": going and allowed(HANDLE) and asked is None,
        "may_confirm": asked is not None and allowed(APPROVE) and asked.user_id != user().id and not owns,
        "written_to": conversations.written_of(conn, row.id) is not None,
    }


def given(act: str, name: str, usual: Any = "") -> str:
    """What was typed into this field of a form that was just refused, else what usually stands there."""
    if request.method == "POST" and request.endpoint == f"desk.{act}":
        return request.form.get(name, "")
    return marks(usual)
