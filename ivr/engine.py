"""How the phone engine listens and speaks: the `engine` and `languages` parts of `content/calls.yml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.callers import shown_number
from core.content import ContentError, known_keys, list_at, mapping_at, text_at, texts_at, whole_at

WHERE = "calls.yml: engine"
TWILIO = "twilio"
#: Codes that each engine listens with; another fails the verb (13331). The engine is Twilio's `speechModel`,
#: or "twilio" when none is named. https://www.twilio.com/docs/voice/twiml/gather#languagetags
LISTENS: Mapping[str, frozenset[str]] = {
    TWILIO: frozenset(("cmn-Hans-CN", "cmn-Hant-TW", "yue-Hant-HK", "en-US", "en-GB")),
    "deepgram_nova-3": frozenset(("zh", "zh-CN", "zh-TW", "zh-HK", "en", "en-US", "en-GB")),
}
#: Codes to speak with, and the voices of each. https://www.twilio.com/docs/voice/twiml/say/text-speech
SPEAKS: Mapping[str, frozenset[str]] = {
    "cmn-CN": frozenset(("Polly.Zhiyu", "Polly.Zhiyu-Neural", "Google.cmn-CN-Standard-A")),
    "yue-CN": frozenset(("Polly.Hiujin-Neural",)),
    "en-US": frozenset(("Polly.Joanna", "Polly.Joanna-Neural", "Polly.Matthew", "Polly.Matthew-Neural")),
    "en-GB": frozenset(("Polly.Amy", "Polly.Amy-Neural", "Polly.Brian", "Polly.Brian-Neural")),
}
MOST_HINTS = 500
LONGEST_HINT = 100
MODES = ("free", "digits")


@dataclass(frozen=True)
class Language:
    """Codes of one language; the code to listen with and the code to speak with differ. hints: by mode of
    listening, words that are likely to be said."""

    name: str
    listen: str
    say: str
    voice: str
    hints: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Patience:
    """Seconds without a first sound, and seconds of silence that end speech (a whole number: 13335)."""

    timeout: int
    speech_timeout: int


@dataclass(frozen=True)
class Engine:
    """Everything about the engine that the service team, not a programmer, decides.

    language: the one that is spoken now; agents are spoken to in the default one. numbers: which language
    a dialled number begins with. partials: whether what is heard is reported before it is complete.
    """

    model: str
    language: Language
    languages: Mapping[str, Language]
    numbers: Mapping[str, str]
    free: Patience
    digits: Patience
    overrides: str
    withheld: frozenset[str]
    partials: bool

    @classmethod
    def from_mapping(cls, data: Mapping[str, Any]) -> Engine:
        """From the whole of `calls.yml`; raises ContentError."""
        engine = mapping_at(data.get("engine"), WHERE)
        model, languages = _languages(engine)
        chosen = mapping_at(data.get("languages"), "calls.yml: languages")
        default = text_at(chosen.get("default"), "calls.yml: languages: default")
        numbers = mapping_at(chosen.get("numbers") or {}, "calls.yml: languages: numbers")
        for name in (default, *numbers.values()):
            if name not in languages:
                what = f"{WHERE} `{model}` has no codes for `{name}`; known are {', '.join(languages)}"
                raise ContentError("calls.yml: languages", what)
        return cls(
            model="" if model == TWILIO else model,
            language=languages[default],
            languages=languages,
            numbers={number: str(name) for number, name in numbers.items()},
            free=_patience(engine.get("free"), f"{WHERE}: free"),
            digits=_patience(engine.get("digits"), f"{WHERE}: digits"),
            overrides=str(engine.get("overrides") or ""),
            withheld=frozenset(str(w).lower() for w in list_at(engine.get("withheld"), f"{WHERE}: withheld")),
            partials=bool(engine.get("partial_results", False)),
        )

    def speaking(self, language: str) -> Engine:
        """The same, in the language of a call; in the default one when it is not known."""
        return replace(self, language=self.languages.get(language, self.language))

    def language_of(self, dialled: str) -> str:
        """The language that a call to this number of ours begins with, "" for the default one."""
        number = self.shown_number(dialled)
        return self.numbers.get(number, "") if number is not None else ""

    def shown_number(self, caller: str) -> str | None:
        """The caller's number in E.164, or None when it is withheld or no number at all."""
        return shown_number(caller, self.withheld)


def _languages(engine: Mapping[str, Any]) -> tuple[str, Mapping[str, Language]]:
    """The engine in use, by name, and its languages."""
    engines = mapping_at(engine.get("engines"), f"{WHERE}: engines")
    uses = text_at(engine.get("uses"), f"{WHERE}: uses")
    if uses not in engines:
        raise ContentError(f"{WHERE}: uses", f"`{uses}` is not one of {', '.join(engines)}")
    hints = mapping_at(engine.get("hints"), f"{WHERE}: hints")
    read = {
        name: {
            language: _language(name, language, codes, hints.get(language), f"{WHERE}: engines: {name}")
            for language, codes in mapping_at(given, f"{WHERE}: engines: {name}").items()
        }
        for name, given in engines.items()
    }
    return uses, read[uses]


def _language(engine: str, name: str, data: object, hints: object, where: str) -> Language:
    where = f"{where}: {name}"
    given = mapping_at(data, where)
    known_keys(given, ("listen", "say", "voice"), where)
    listen, say, voice = (text_at(given.get(part), f"{where}: {part}") for part in ("listen", "say", "voice"))
    if engine not in LISTENS:
        raise ContentError(where, f"the engine `{engine}` is not known; known are {', '.join(LISTENS)}")
    if listen not in LISTENS[engine]:
        known = ", ".join(sorted(LISTENS[engine]))
        raise ContentError(where, f"`{engine}` does not listen to `{listen}`; known are {known}")
    if say not in SPEAKS:
        raise ContentError(where, f"nothing speaks `{say}`; known are {', '.join(SPEAKS)}")
    if voice not in SPEAKS[say]:
        known = ", ".join(sorted(SPEAKS[say]))
        raise ContentError(where, f"`{voice}` does not speak `{say}`; known are {known}")
    return Language(name, listen, say, voice, _hints(hints, f"{WHERE}: hints: {name}"))


def _hints(data: object, where: str) -> Mapping[str, tuple[str, ...]]:
    """By mode. A comma would part a hint in two, and more or longer ones than allowed are all ignored."""
    given = mapping_at(data or {}, where)
    known_keys(given, ("everywhere", *MODES), where)
    hints = {
        mode: (*texts_at(given.get("everywhere"), where), *texts_at(given.get(mode), where)) for mode in MODES
    }
    for mode, words in hints.items():
        wrong = [word for word in words if len(word) > LONGEST_HINT or "," in word]
        if wrong or len(words) > MOST_HINTS:
            what = f"at most {MOST_HINTS}, each of at most {LONGEST_HINT} characters without a comma"
            raise ContentError(f"{where}: {mode}", what)
    return hints


def _patience(data: object, where: str) -> Patience:
    given = mapping_at(data, where)
    names = ("timeout", "speech_timeout")
    return Patience(*(whole_at(given.get(name), f"{where}: {name}", least=1, most=30) for name in names))
