"""One spelling for understanding: full-width to ASCII, Traditional to simplified. Positions stay true."""

from __future__ import annotations

from typing import Any

import opencc
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot import files, part
from bot.part import Part

# By table, not NFKC, which changes lengths. The full-width solidus stays: as "/" it would be a command.
WIDE = {0xFF01 + step: 0x21 + step for step in range(94) if step != 0x0E}
WIDE[0x3000] = 0x20
_simplify = opencc.OpenCC("t2s")


def normalise(text: str) -> str:
    """The same text in one spelling and of the same length, so that an entity's place is its place in
    what the customer wrote. Never begins with "/" unless it was given so."""
    narrow = text.translate(WIDE)
    simple = _simplify.convert(narrow)
    return simple if len(simple) == len(narrow) else narrow


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Normalise(Part):
    """First of the pipeline, in training and in talk."""

    def look(self, message: Message) -> None:
        text = message.get(TEXT)
        if isinstance(text, str):
            message.set(TEXT, normalise(text))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        for example in training_data.training_examples:
            self.look(example)
        return training_data

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return files.digest(files.Path(__file__), part)
