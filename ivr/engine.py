"""How the phone engine listens and speaks: the `engine` part of `content/calls.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.content import ContentError, list_at, mapping_at, text_at, texts_at, whole_at

WHERE = "calls.yml: engine"


@dataclass(frozen=True)
class Language:
    """Codes of one language; the code to listen with and the code to speak with differ."""

    listen: str
    say: str
    voice: str


@dataclass(frozen=True)
class Patience:
    """Seconds without a first sound, and seconds of silence that end speech (a whole number: 13335)."""

    timeout: int
    speech_timeout: int


@dataclass(frozen=True)
class Engine:
    """Everything about the engine that the service team, not a programmer, decides."""

    language: Language
    free: Patience
    digits: Patience
    hints: tuple[str, ...]
    overrides: str
    withheld: frozenset[str]

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Engine:
        """From the whole of `calls.yml`; raises ContentError."""
        engine = mapping_at(data.get("engine"), WHERE)
        languages = mapping_at(engine.get("languages"), f"{WHERE}: languages")
        chosen = text_at(engine.get("language"), f"{WHERE}: language")
        if chosen not in languages:
            raise ContentError(f"{WHERE}: language", f"`{chosen}` is not one of {', '.join(languages)}")
        return cls(
            language=_language(languages[chosen], f"{WHERE}: languages: {chosen}"),
            free=_patience(engine.get("free"), f"{WHERE}: free"),
            digits=_patience(engine.get("digits"), f"{WHERE}: digits"),
            hints=texts_at(engine.get("hints"), f"{WHERE}: hints"),
            overrides=str(engine.get("overrides") or ""),
            withheld=frozenset(str(w).lower() for w in list_at(engine.get("withheld"), f"{WHERE}: withheld")),
        )

    def shown_number(self, caller: str) -> str | None:
        """The caller's number in E.164, or None when it is withheld or no number at all.

        Twilio sends words spelled on a keypad for withheld numbers, one of which looks Chinese:
        https://www.twilio.com/docs/voice/twiml#twilios-request-to-your-application
        """
        bare = caller.strip().lower()
        if bare.startswith("sip:"):
            bare = bare[4:].split("@")[0]
        digits = bare.removeprefix("+")
        if bare in self.withheld or not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15):
            return None
        return _e164(bare, digits)


def _e164(bare: str, digits: str) -> str:
    """A domestic trunk may send a number as it is dialled at home: a mobile, or a landline with its 0."""
    if bare.startswith("+"):
        return bare
    if digits.startswith("86") and len(digits) >= 12:
        return f"+{digits}"
    return f"+86{digits.removeprefix('0')}"


def _language(data: object, where: str) -> Language:
    given = mapping_at(data, where)
    return Language(*(text_at(given.get(name), f"{where}: {name}") for name in ("listen", "say", "voice")))


def _patience(data: object, where: str) -> Patience:
    given = mapping_at(data, where)
    names = ("timeout", "speech_timeout")
    return Patience(*(whole_at(given.get(name), f"{where}: {name}", least=1, most=30) for name in names))
