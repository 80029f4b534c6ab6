"""The sentences of `content/replies.yml`: a name per situation, a variant for the eye, one for the ear."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.content import ContentError

SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
NEEDS = frozenset("NPHAGSMR")
CHANNELS = ("chat", "phone")


class UnfilledSlot(LookupError):
    """A slot of the line is missing or empty: the line must not be sent."""

    def __init__(self, name: str, slot: str) -> None:
        super().__init__(f"{name}: {{{slot}}} is not filled, so the line is not sent")
        self.name = name
        self.slot = slot


class UnknownReply(KeyError):
    """No reply has this name."""


@dataclass(frozen=True)
class Line:
    """One sentence ready to be said, and what must be stored before it may be said."""

    reply: str
    text: str
    buttons: tuple[str, ...]
    needs: frozenset[str]


@dataclass(frozen=True)
class Variant:
    """One wording of a reply: `line` is its number among the script lines, `kin` the one it replaces."""

    channel: str
    text: str
    buttons: tuple[str, ...]
    needs: frozenset[str]
    line: str = ""
    kin: str = ""
    empathy: bool = False
    audience: str = "customer"

    @property
    def slots(self) -> tuple[str, ...]:
        return slots_of(self.text)


def slots_of(text: str) -> tuple[str, ...]:
    """The slot names in a text, in order, each once."""
    return tuple(dict.fromkeys(SLOT.findall(text)))


def fill(name: str, text: str, slots: Mapping[str, str]) -> str:
    """The text with every slot filled, in one pass, so that braces in a value stay as they are.

    Raises UnfilledSlot when a slot is missing, empty or blank."""

    def value(found: re.Match[str]) -> str:
        given = slots.get(found[1])
        if given is None or not str(given).strip():
            raise UnfilledSlot(name, found[1])
        return str(given).strip()

    return SLOT.sub(value, text)


Replies = Mapping[str, Mapping[str, Variant]]


def read_replies(where: str, data: Any) -> Replies:
    """Replies by name, then channel, from the text of a Rasa domain fragment. Raises ContentError."""
    responses = data.get("responses") if isinstance(data, dict) else None
    if not isinstance(responses, dict) or not responses:
        raise ContentError(where, "needs a list of replies under `responses:`")
    return {name: _read_reply(f"{where}: {name}", variants) for name, variants in responses.items()}


def _read_reply(where: str, variants: Any) -> Mapping[str, Variant]:
    if not isinstance(variants, list):
        raise ContentError(where, "needs a list of wordings, each starting with `- text:`")
    read: dict[str, Variant] = {}
    for raw in variants:
        variant = _read_variant(where, raw)
        if variant.channel in read:
            raise ContentError(where, f"has two wordings for {variant.channel}; keep one")
        read[variant.channel] = variant
    missing = [channel for channel in CHANNELS if channel not in read]
    if missing:
        raise ContentError(where, f"has no wording for {missing[0]}")
    return read


def _read_variant(where: str, raw: Any) -> Variant:
    if not isinstance(raw, dict):
        raise ContentError(where, "each wording needs `text:`")
    unknown = sorted(set(raw) - {"text", "channel", "buttons", "metadata"})
    if unknown:
        raise ContentError(where, f"does not know `{unknown[0]}:`; use text, channel, buttons, metadata")
    channel = raw.get("channel", "chat")
    if channel not in CHANNELS or raw.get("channel") == "chat":
        raise ContentError(where, "channel may only be `phone`; leave it out for chat")
    notes = _read_notes(where, raw.get("metadata"))
    buttons = _read_buttons(where, raw.get("buttons"))
    return Variant(channel, _read_text(where, raw.get("text")), buttons, **notes)


def _read_text(where: str, text: Any) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ContentError(where, "the text is empty")
    if "\n" in text:
        raise ContentError(where, "the text must stand on one line")
    if set("{}") & set(SLOT.sub("", text)):
        raise ContentError(where, f"a slot is written {{name}}, in small Latin letters: {text}")
    return text


def _read_buttons(where: str, buttons: Any) -> tuple[str, ...]:
    titles: list[str] = []
    for button in buttons or ():
        title = button.get("title") if isinstance(button, dict) else None
        if not isinstance(title, str) or not title:
            raise ContentError(where, "a button needs a `title:` (numbers in quotation marks)")
        if button.get("payload") != title or title.startswith(("/", "／")):
            raise ContentError(where, f"the button {title} must send its own words, payload = title")
        titles.append(title)
    return tuple(titles)


def _read_notes(where: str, notes: Any) -> dict[str, Any]:
    known = {"needs", "line", "kin", "empathy", "audience"}
    if not isinstance(notes, dict) or "needs" not in notes:
        raise ContentError(where, "must state `metadata: {needs: [...]}`; empty when nothing need be stored")
    if set(notes) - known:
        raise ContentError(where, f"does not know {sorted(set(notes) - known)[0]} under metadata")
    needs = frozenset(notes["needs"] or ())
    if needs - NEEDS:
        raise ContentError(where, f"does not know the need {sorted(needs - NEEDS)[0]}; use N P H A G S M R")
    if notes.get("audience", "customer") not in ("customer", "agent"):
        raise ContentError(where, "audience is customer or agent")
    return {**notes, "needs": needs}
