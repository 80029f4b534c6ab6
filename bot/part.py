"""What all our components share: no training, no state in the model, and no way to spoil a turn."""

from __future__ import annotations

import logging
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

logger = logging.getLogger(__name__)


class Part(GraphComponent):
    """A component that looks at one message at a time.

    Danger: an exception inside Rasa's pipeline makes the whole turn `[]`. So it is caught here, named in
    the log without the customer's words, and the message goes on as it was.
    """

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Part:
        return cls()

    def look(self, message: Message) -> None:
        """Change the message or add to it."""
        raise NotImplementedError

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            try:
                self.look(message)
            except Exception as error:
                logger.warning("%s: %s", type(self).__name__, type(error).__name__)
        return messages


def add_entities(message: Message, found: list[dict[str, Any]], by: str, first: bool = False) -> None:
    """Append entities; `first` puts them before the others, so that in a slot the others win."""
    new = [{**entity, "extractor": by} for entity in found]
    old = message.get(ENTITIES, [])
    message.set(ENTITIES, new + old if first else old + new, add_to_output=True)
