"""A token for each Chinese character, each run of letters and each run of digits."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from bot import files

RUNS = re.compile(r"[A-Za-z]+|\d+|[^\W\d_]")
NOTHING = "wordless"  # a text of marks and emoji only: featurizers need one token


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class Characters(Tokenizer):
    """Single characters: with word n-grams over them no dictionary and no segmentation is needed."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Characters:
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        found = [Token(match.group(), match.start()) for match in RUNS.finditer(message.get(attribute))]
        return found or [Token(NOTHING, 0, 0)]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        return files.digest(files.Path(__file__))
