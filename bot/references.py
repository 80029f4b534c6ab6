"""Facts with a shape (telephone, order, amount, when) as entities, found by core/references.py."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import files
from bot.part import Part, add_entities
from core import (
    cues,
    dialled,
    ids,
    labels,
    message,
    moments,
    money,
    number,
    numerals,
    pieces,
    references,
    sums,
    text,
)

LABELS = "references.yml"
DECIDING = (
    *(references, labels, message, ids, dialled, pieces, sums, money, moments),
    *(number, numerals, cues, text),
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class References(Part):
    """Entities named like their kind, with value and place. What the customer denies is none."""

    def __init__(self) -> None:
        path = files.CONTENT / LABELS
        given = files.read(LABELS) if path.exists() else {}
        self._labels = references.Labels.from_mapping(given)

    def look(self, message: Message) -> None:
        found = references.find(message.get(TEXT) or "", self._labels)
        add_entities(message, [_entity(it) for it in found if not it.denied], by="References")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return files.digest(files.Path(__file__), files.CONTENT / LABELS, *DECIDING)


def _entity(it: references.Reference) -> dict[str, Any]:
    """A time without a sure date has no value of its own: then its words are the value."""
    value = it.words if it.value == "" else it.value
    return {"entity": it.kind, "start": it.start, "end": it.end, "value": value}
