"""What a sentence shows besides its intent, found by core/understanding.py as reception finds it: the mood,
what it is about, red flags, and whether the customer gives up; each with the words that decided."""

from __future__ import annotations

from datetime import date
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import files, vocabulary
from bot.part import Part, add_entities
from core.understanding import Understood, understand

ANY_DAY = date(2025, 1, 1)  # what a date is worth is not asked here


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Signals(Part):
    """Entities `mood` and `mood_level` (its anger, 0 to 3) unless calm, `category`, `flag`, `resigned`."""

    def __init__(self) -> None:
        self._vocabulary = vocabulary.load()

    def look(self, message: Message) -> None:
        text = message.get(TEXT) or ""
        add_entities(message, entities(text, understand(text, self._vocabulary, ANY_DAY)), by="Signals")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return files.digest(files.Path(__file__), *vocabulary.sources())


def entities(text: str, heard: Understood) -> list[dict[str, Any]]:
    """One entity for each signal, at the words that decided where these stand in the text."""
    mood, words = heard.mood, heard.mood.words[0] if heard.mood.words else ""
    found = [_entity(text, "mood", mood.name, words), _entity(text, "mood_level", mood.anger, words)]
    return [
        *(found if mood.level else []),
        *(_entity(text, "category", issue.category, issue.cue) for issue in heard.issues),
        *(_entity(text, "flag", reason.flag, reason.words) for reason in heard.raised if reason.flag),
        *([_entity(text, "resigned", heard.resigned, heard.resigned)] if heard.resigned else []),
    ]


def _entity(text: str, name: str, value: Any, words: str) -> dict[str, Any]:
    start = max(0, text.find(words))
    end = start + len(words) if words in text else len(text)
    return {"entity": name, "value": value, "start": start, "end": end}
