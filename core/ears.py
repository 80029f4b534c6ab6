"""What is listened for in everything a caller says, besides a wish for a person: another language, a great
age, a no to being recorded, swearing at a person, a bare wish to complain. Cues come from `calls.yml`,
`answers.yml` and `emotions.yml`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core.content import ContentError, known_keys, mapping_at, text_at, texts_at
from core.cues import NO_CUES, Cues
from core.text import fold

WHERE = "calls.yml: languages"
ELDERS = ("person", "ask", "off")
ASIDE = 14  # letters that may stand beside a wish for a language before there is more in it than that


@dataclass(frozen=True)
class Ears:
    """Cues, and what follows from them.

    languages: by name, the words that ask for it. heard_out: languages that the machine does not
    understand, so that words are kept and a person is rung. elders: `person` rings one, `ask` offers one,
    `off` does neither. offers: words of an opening that offer a person. read: how a text is folded before
    cues are looked for.
    """

    languages: Mapping[str, Cues] = field(default_factory=dict)
    default: str = ""
    heard_out: frozenset[str] = frozenset()
    elders: str = "off"
    offers: tuple[str, ...] = ()
    elder: Cues = NO_CUES
    unrecorded: Cues = NO_CUES
    complaint: Cues = NO_CUES
    insult: Cues = NO_CUES
    read: Callable[[str], str] = fold

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Ears:
        """From the whole of calls.yml; the cues of answers.yml are added by whoever reads that file.

        Raises ContentError."""
        elders = str(data.get("elders", "off"))
        if elders not in ELDERS:
            raise ContentError("calls.yml: elders", f"write one of {', '.join(ELDERS)}, not `{elders}`")
        if "languages" not in data:
            return cls(elders=elders)
        given = mapping_at(data["languages"], WHERE)
        known_keys(given, ("default", "numbers", "heard_out", "offers", "asked"), WHERE)
        asked = mapping_at(given.get("asked"), f"{WHERE}: asked")
        languages = {name: Cues.from_mapping(cues, f"{WHERE}: asked: {name}") for name, cues in asked.items()}
        default = text_at(given.get("default"), f"{WHERE}: default")
        heard_out = frozenset(texts_at(given.get("heard_out"), f"{WHERE}: heard_out"))
        _check_known([default, *heard_out], languages)
        if default in heard_out:
            raise ContentError(f"{WHERE}: default", f"`{default}` is not understood; take another")
        return cls(languages, default, heard_out, elders, texts_at(given.get("offers"), f"{WHERE}: offers"))

    def asked(self, words: str, language: str) -> str | None:
        """The language that these words ask for, None when it is the one that is spoken already."""
        read = self.read(words).lower()
        wanted = next((name for name, cues in self.languages.items() if cues.first(read)), None)
        return None if wanted == (language or self.default) else wanted

    def only_asked(self, words: str, wanted: str) -> bool:
        """Whether there is nothing in the words but the wish for a language."""
        read = self.read(words).lower()
        hit = self.languages[wanted].first(read)
        beside = read.replace(hit.words, "", 1) if hit else read
        return sum(1 for mark in beside if mark.isalnum()) <= ASIDE

    def only_heard(self, language: str) -> bool:
        """Whether the machine does not understand this language."""
        return language in self.heard_out

    def is_elder(self, words: str) -> bool:
        """Whether somebody says to be old, or hard of seeing or hearing; nothing else tells it."""
        return self.elder.first(self.read(words)) is not None

    def wants_to_complain(self, words: str) -> bool:
        """Whether somebody says that there is a complaint, and nothing yet of what it is about."""
        return self.complaint.first(self.read(words)) is not None

    def swears(self, words: str) -> bool:
        """Whether somebody swears at a person; at the matter is anger, not abuse."""
        return self.insult.first(self.read(words)) is not None

    def refuses_recording(self, words: str) -> bool:
        return self.unrecorded.first(self.read(words)) is not None


def _check_known(named: list[str], languages: Mapping[str, Cues]) -> None:
    for name in named:
        if name not in languages:
            raise ContentError(
                WHERE, f"`{name}` has no words under `asked`; known are {', '.join(languages)}"
            )
