"""What reception knows already, from the request's metadata, so that a form never asks for it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.part import Part, add_entities

MARKS = ("story", "wanted", "missing", "phone", "read_back", "choice")
KNOWN = "1"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Known(Part):
    """An entity for each mark of `metadata.known` and each of `metadata.skipped`, and one for the question
    that was `asked`. Marks only, no values; a value said in this very sentence comes after and wins."""

    def look(self, message: Message) -> None:
        given = message.get("metadata")
        if isinstance(given, Mapping):
            add_entities(message, entities(given), by="Known", first=True)


def entities(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entities for one request's metadata; anything that has another shape is left out."""
    known, skipped, asked = given.get("known"), given.get("skipped"), given.get("asked")
    marks = {name for name, mark in known.items() if mark} if isinstance(known, Mapping) else set()
    marks |= set(skipped) if isinstance(skipped, (list, tuple)) else set()
    found = [{"entity": name, "value": KNOWN, "start": 0, "end": 0} for name in MARKS if name in marks]
    if isinstance(asked, str) and asked:
        found.append({"entity": "asked", "value": asked, "start": 0, "end": 0})
    return found
