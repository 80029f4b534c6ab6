"""What a caller sent, checked: words that can be kept byte for byte, an id, a conversation. Pure."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

LONGEST = 20_000
LONGEST_ID = 128


class Refused(Exception):
    """The message is not taken; `code` names the sentence in labels.yml under `errors`."""

    def __init__(self, code: str, status: int = 400, **slots: str) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.slots = slots


@dataclass(frozen=True)
class Asked:
    """One message. `id` is the caller's own, None when it gave none."""

    text: str
    id: str | None = None
    conversation: str | None = None


def read_json(body: bytes) -> Asked:
    """The message in a JSON body. Raises Refused."""
    said = _loaded(body)
    if not isinstance(said, dict) or "text" not in said:
        raise Refused("bad_request", what="text")
    for name in ("text", "id", "conversation"):
        missing = name != "text" and said.get(name) is None
        if not missing and not isinstance(said[name], str):
            raise Refused("bad_request", what=name)
    return Asked(checked(said["text"]), checked_id(said.get("id")), checked_id(said.get("conversation")))


def _loaded(body: bytes) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Refused("bad_encoding") from None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refused("bad_json") from None


def checked(text: str) -> str:
    """The text, unchanged. Raises Refused when it is empty, too long, or no text at all."""
    if any("\ud800" <= mark <= "\udfff" for mark in text):
        raise Refused("bad_encoding")
    if len(text) > LONGEST:
        raise Refused("too_long", 413, limit=str(LONGEST))
    if not has_words(text):
        raise Refused("empty")
    return text


def has_words(text: str) -> bool:
    """Whether anything in the text can be seen."""
    return any(unicodedata.category(mark)[0] not in "CZ" for mark in text)


def checked_id(id: str | None) -> str | None:
    """An id as callers make them: short, visible ASCII. Raises Refused."""
    if id is None or id == "":
        return None
    if len(id) > LONGEST_ID or not all("!" <= mark <= "~" for mark in id):
        raise Refused("bad_id")
    return id
