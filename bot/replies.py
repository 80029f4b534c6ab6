"""Replies by name. Reception renders the words; from Rasa it needs to know which reply is meant."""

from __future__ import annotations

from typing import Any

from rasa.core.nlg import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig


class ByDoor(NaturalLanguageGenerator):
    """The reply's text as it stands in content/replies.yml, and its name under `custom`.

    Nothing is filled in: an empty slot would print None, and only reception knows the rows. Reception
    ignores the text; it serves `rasa shell`. Every name gets an answer, also one without a text.
    """

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        self.responses = domain.responses  # by this name: Rasa puts the model's own here after loading it

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any]:
        variants = self.responses.get(utter_action) or [{}]
        plain = next((it for it in variants if "channel" not in it), variants[0])
        return {"text": plain.get("text", ""), "custom": {"reply": utter_action}}
