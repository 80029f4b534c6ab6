"""A complaint's own page in words: plain ones, without the names that we use among ourselves."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from core import complaint, due, number
from core.case import LATE, Promised
from core.categories import by_code
from core.remedy import yuan
from core.steps import NOW
from reception.case import Plan, Remedy, View
from reception.content import Content
from reception.slots import said_due
from web.shown import clock

CALL, WRITTEN = "callback", "written"
OVER = (complaint.DRAFT, complaint.CLOSED, complaint.WITHDRAWN)
"""States in which none of the seven steps is being worked on."""


def shown(content: Content, view: View, now: datetime, whole: bool) -> dict[str, Any]:
    """What the template prints. Not `whole`: nothing that was written to each other."""
    return {
        "number": number.shown(view.number),
        "state": _state(content, view),
        "steps": [] if view.state in OVER else _steps(content, view),
        "owner": view.owner,
        "promises": [_promise(content, one, now, view.about.phone) for one in view.promises],
        "about": _about(content, view),
        "options": _options(content, view.plan),
        "remedies": [_remedy(content, one, now) for one in view.remedies],
        "final": view.final,
        "split": [number.shown(other) for other in view.split],
        "lines": view.lines if whole else (),
    }


def said(content: Content, group: str, code: str, **slots: str) -> str:
    """The words for a code, of those under `group` in pages.yml."""
    return content.page(f"{group}.{code}", **slots)


def _state(content: Content, view: View) -> str:
    """Where it stands, in one sentence. One that goes on after it was closed says that too."""
    return said(content, "case.now", view.state) + (
        content.page("case.reopened") if view.reopened and view.state not in OVER else ""
    )


def _steps(content: Content, view: View) -> list[dict[str, str]]:
    return [
        {
            "name": said(content, "case.step", stage.state),
            "stage": stage.stage,
            "said": said(content, "case.stage", stage.stage),
            "here": "step" if stage.stage == NOW else "",
        }
        for stage in view.stages
    ]


def _promise(content: Content, one: Promised, now: datetime, phone: str) -> dict[str, str]:
    """What was promised by when, and what became of it. A late one says what happens now. Without a number
    nobody can call: the answer is written, as the assistant said when it promised it."""
    kind = WRITTEN if one.kind == CALL and not phone else one.kind
    slots = {"due": said_due(content, one.due_at, now, "web")}
    if one.kept_at is not None:
        slots["kept"] = clock(one.kept_at, now)
    return {
        "name": said(content, "case.promise", kind),
        "mark": one.mark,
        "said": said(content, "case.mark", one.mark, **slots),
        "next": content.page("case.late_next") if one.mark == LATE else "",
    }


def _about(content: Content, view: View) -> list[tuple[str, str]]:
    known = view.about
    issues = "、".join(by_code(code, content.vocabulary.categories).name for code in known.issues)
    wanted = "、".join(content.label("wanted", kind) for kind in known.wanted)
    told = (("matter", issues), ("happened", known.happened), ("wanted", wanted), ("phone", known.phone))
    return [(said(content, "case.about", name), value) for name, value in told if value]


def _options(content: Content, plan: Plan | None) -> list[tuple[str, bool]]:
    if plan is None:
        return []
    return [(option, place == plan.chosen) for place, option in enumerate(plan.options)]


def _remedy(content: Content, one: Remedy, now: datetime) -> dict[str, str]:
    amount = content.page("case.yuan", amount=yuan(one.amount)) if one.amount else ""
    visit = ""
    if one.visit is not None:
        day = due.render_day(date.fromisoformat(one.visit[0]), content.promises.say)
        visit = content.page("case.visit", day=day, begins=one.visit[1], ends=one.visit[2])
    done = content.page("case.remedy_done", when=clock(one.done_at, now)) if one.done_at else ""
    return {
        "name": content.label("remedy_kinds", one.kind),
        "amount": amount,
        "visit": visit,
        "done": done or content.page("case.remedy_going"),
    }
