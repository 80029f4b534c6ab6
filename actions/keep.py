"""The one way from an action to the store."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import settings
from store import facts
from store.db import Database


def learn(sender: str, message: str | None, found: Mapping[str, Any]) -> None:
    """Keep what this message told; None means that reception has it. A repeated call changes nothing.

    Raises when it cannot be kept: then Rasa answers nothing, and reception goes on by its scripted questions.
    Without a message id (`rasa shell`) there is no conversation to keep it for.
    """
    values = {name: value for name, value in found.items() if value is not None}
    if message is None or not values:
        return
    with _database().writing() as connection:
        facts.learn_by_sender(connection, sender, int(message), values, datetime.now(UTC))


@functools.lru_cache(maxsize=1)
def _database() -> Database:
    return Database(settings.load().database_url)
