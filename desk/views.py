"""Every address of the desk: importing this fills the blueprint, which `app.py` puts under /desk/."""

from __future__ import annotations

from typing import Any

from desk import door, language, live, menu, queue
from desk.door import blueprint
from desk.people import accounts as people
from desk.people import audit, login, own_account, resuming, second_factor, sso
from desk.queue import show
from desk.reports import exports
from desk.reports import pages as reports
from desk.sheets import printing
from desk.shown import SHAPES, marks, number
from desk.story import actions, facts, looking, marking, masked, one_person, page_links, search, staff
from desk.story.history import reason
from desk.talks import attempts, outbox, phone, photos, sending, talk
from desk.work import follow_up_list, memos, step_acts, steps

__all__ = [
    "actions",
    "attempts",
    "audit",
    "blueprint",
    "exports",
    "facts",
    "follow_up_list",
    "language",
    "live",
    "login",
    "looking",
    "marking",
    "masked",
    "memos",
    "menu",
    "one_person",
    "outbox",
    "own_account",
    "page_links",
    "people",
    "phone",
    "photos",
    "printing",
    "queue",
    "reports",
    "resuming",
    "search",
    "second_factor",
    "sending",
    "sso",
    "staff",
    "step_acts",
    "steps",
    "talk",
]

blueprint.add_app_template_filter(marks, "marks")


@blueprint.context_processor
def words() -> dict[str, Any]:
    """What the templates speak with: `w` a text of pages.yml, `label` the name of a code."""
    content = door.content()
    return {"w": content.page, "label": show().label, "pretty": number, "shapes": SHAPES, "reason": reason}
