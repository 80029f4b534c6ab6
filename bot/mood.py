"""The mood of a sentence and the words that decided, found by core/emotion.py."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot import files
from bot.part import Part, add_entities
from core import cues, emotion

CUES = "emotions.yml"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Mood(Part):
    """An entity `mood` (its name) and `mood_level` (its anger, 0 to 3); nothing for a calm sentence."""

    def __init__(self) -> None:
        path = files.CONTENT / CUES
        given = files.read(CUES) if path.exists() else {"moods": {}}
        self._cues = emotion.EmotionCues.from_mapping(given)

    def look(self, message: Message) -> None:
        text = message.get(TEXT) or ""
        felt = emotion.feel(text, self._cues)
        if felt.level:
            add_entities(message, _entities(text, felt), by="Mood")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return files.digest(files.Path(__file__), files.CONTENT / CUES, emotion, cues)


def _entities(text: str, felt: emotion.Mood) -> list[dict[str, Any]]:
    words = felt.words[0] if felt.words else ""
    start = max(0, text.find(words))
    place = {"start": start, "end": start + len(words)}
    return [
        {"entity": "mood", "value": felt.name, **place},
        {"entity": "mood_level", "value": felt.anger, **place},
    ]
