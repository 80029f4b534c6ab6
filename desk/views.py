"""Every address of the desk: importing this fills the blueprint, which `app.py` puts under /desk/."""

from __future__ import annotations

from typing import Any

from desk import actions, live, login, people, phone, photos, queue
from desk.door import blueprint, house
from desk.dossier import reason
from desk.queue import show
from desk.shown import SHAPES, marks, number

__all__ = ["actions", "blueprint", "live", "login", "people", "phone", "photos", "queue"]

blueprint.add_app_template_filter(marks, "marks")


@blueprint.context_processor
def words() -> dict[str, Any]:
    """What the templates speak with: `w` a text of pages.yml, `label` the name of a code."""
    content = house().content
    return {"w": content.page, "label": show().label, "pretty": number, "shapes": SHAPES, "reason": reason}
