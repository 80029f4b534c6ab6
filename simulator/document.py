"""TwiML read the way the engine reads it, and a lint of what is written."""

from __future__ import annotations

import inspect
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urldefrag, urlsplit

from simulator.line import Overrides

#: Attributes that are not in an SDK signature, or not in Twilio's documented table.
UNDOCUMENTED = {"Gather": {"bargeIn", "maxSpeechTime", "debug"}}
PROMPTS = {"Say", "Play", "Pause"}
NESTABLE: dict[str, set[str]] = {
    "Gather": PROMPTS,
    "Dial": {"Number", "Sip", "Client", "Queue", "Conference", "Application", "Sim", "WhatsApp"},
    "Enqueue": {"Task"},
    "Client": {"Identity", "Parameter"},
    "Refer": {"Sip"},
    **{name: set() for name in ("Play", "Pause", "Redirect", "Record", "Hangup", "Reject", "Leave")},
}
#: Elements that mean nothing outside another one.
NOUNS = {"Number", "Sip", "Client", "Conference", "Application", "Sim", "Task", "Identity", "Parameter"}
#: Listening and speaking codes of the languages that are judged here; a wrong one fails the verb (13331).
#: https://www.twilio.com/docs/voice/twiml/gather#languagetags and /say#voice-and-language
LISTENS = {"cmn-Hans-CN", "cmn-Hant-TW", "yue-Hant-HK"}
NOVA = {"zh", "zh-CN", "zh-TW", "zh-HK", "zh-Hans", "zh-Hant", "multi"}
SPEAKS = {
    "cmn-CN": {"Polly.Zhiyu", "Polly.Zhiyu-Neural", "Google.cmn-CN-Standard-A"},
    "yue-CN": {"Polly.Hiujin-Neural"},
}
ENGLISH = re.compile(
    r"(Polly\.(Joanna|Matthew|Kendra|Kimberly|Salli|Ivy|Joey|Justin|Kevin|Ruth|Stephen|Danielle|Gregory)"
    r"(-Neural|-Generative)?|Google\.en-US-.+|alice|man|woman)"
)
CODE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?-([A-Z]{2}|\d{3})|arb|multi")
CHINESE = re.compile("[\u3400-\u9fff]")
URLS = ("action", "url", "partialResultCallback", "recordingStatusCallback", "statusCallback", "waitUrl")
SPOKEN_CHINESE = ("zh", "cmn", "yue")


class Unreadable(Exception):
    """Not TwiML: a phone company would take the fallback."""


@dataclass(frozen=True)
class Verb:
    """One element of a document."""

    name: str
    attributes: Mapping[str, str]
    text: str
    inside: tuple[Verb, ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def number(self, name: str, default: float) -> float:
        try:
            return float(self.attributes.get(name, default))
        except ValueError:
            return default

    def yes(self, name: str) -> bool:
        return self.get(name).lower() == "true"


def read(body: str) -> list[Verb]:
    """The verbs of a document. Raises Unreadable."""
    if "<!DOCTYPE" in body:
        raise Unreadable("a DOCTYPE")
    try:
        root = ET.fromstring(body.encode())
    except ET.ParseError as error:
        raise Unreadable(str(error)) from error
    if root.tag != "Response":
        raise Unreadable(f"the root is {root.tag}, not Response")
    return [_verb(child) for child in root]


def _verb(element: ET.Element) -> Verb:
    inside = tuple(_verb(child) for child in element)
    return Verb(element.tag, dict(element.attrib), (element.text or "").strip(), inside)


# ---- lint


def lint(verbs: Sequence[Verb], absolute: bool = False) -> list[str]:
    """What is wrong though it can be read: misspelt attributes, wrong language pairs, bad nesting, bad
    addresses. `absolute`: the engine needs whole addresses, as some besides Twilio do."""
    found = [f"{verb.name} stands alone" for verb in verbs if verb.name in NOUNS]
    for verb in verbs:
        found += _lint(verb, absolute)
    return found


def _lint(verb: Verb, absolute: bool) -> list[str]:
    unknown = set(verb.attributes) - _known(verb.name)
    found = [f"{verb.name}: unknown attribute {name}" for name in sorted(unknown)]
    found += _lint_listening(verb) if verb.name == "Gather" else []
    found += _lint_speaking(verb) if verb.name == "Say" else []
    found += _lint_addresses(verb, absolute)
    allowed = NESTABLE.get(verb.name)
    outside = [child.name for child in verb.inside if allowed is not None and child.name not in allowed]
    found += [f"{name} inside {verb.name}" for name in outside]
    if any(_control(c) for text in (verb.text, *verb.attributes.values()) for c in text):
        found.append(f"{verb.name}: control character")
    for child in verb.inside:
        found += _lint(child, absolute)
    return found


def _control(c: str) -> bool:
    return (ord(c) < 32 and c not in "\t\n\r") or 0x7F <= ord(c) <= 0x9F


def _lint_listening(verb: Verb) -> list[str]:
    found = []
    inputs = verb.get("input", "dtmf").split()
    if "speech" in inputs and not _listens(verb.get("language", "en-US"), verb.get("speechModel")):
        found.append(f"Gather: cannot listen to {verb.get('language')} (13331)")
    said = "".join(child.text for child in verb.inside)
    if "speech" in inputs and not verb.get("language") and CHINESE.search(said):
        found.append("Gather: asks in Chinese and listens to no language, so to English (13331)")
    if not verb.get("speechTimeout", "auto").isdigit() and verb.get("speechTimeout", "auto") != "auto":
        found.append("Gather: speechTimeout is a whole number (13335)")
    if set(inputs) - {"dtmf", "speech"}:
        found.append(f"Gather: input {verb.get('input')}")
    return found


def _listens(code: str, model: str) -> bool:
    """Whether the recogniser has this code. Chinese is judged exactly; others by the shape of the code."""
    chinese = code.startswith(SPOKEN_CHINESE)
    if model.startswith("deepgram_nova-3"):
        return code in NOVA or not chinese
    if chinese:
        return code in LISTENS and model in ("", "default")
    return bool(CODE.fullmatch(code))


def _lint_speaking(verb: Verb) -> list[str]:
    language, voice = verb.get("language"), verb.get("voice")
    found = []
    if language in SPEAKS:
        if voice not in SPEAKS[language]:
            found.append(f"Say: {voice or 'the default voice'} does not speak {language}")
    elif language.startswith(SPOKEN_CHINESE):
        found.append(f"Say: {language} is not a code of this verb")
    elif language == "en-US" and voice and not ENGLISH.fullmatch(voice):
        found.append(f"Say: {voice} does not speak {language}")
    elif language and not CODE.fullmatch(language) and language != "en":
        found.append(f"Say: {language} is not a code of this verb")
    speaks_it = language.startswith(SPOKEN_CHINESE) or voice in _chinese_voices()
    if CHINESE.search(verb.text) and not speaks_it:
        found.append(f"Say: Chinese words in {language or 'the default language'}")
    return found


@lru_cache(maxsize=1)
def _chinese_voices() -> set[str]:
    return set().union(*SPEAKS.values())


def _lint_addresses(verb: Verb, absolute: bool) -> list[str]:
    given = {name: verb.get(name) for name in URLS if verb.get(name)}
    if verb.name in ("Redirect", "Play") and verb.text:
        given["address"] = verb.text
    found = []
    for name, address in given.items():
        if not address.isascii() and _method(verb, name) == "GET":
            found.append(f"{verb.name}: {name} is not ASCII, and its signature fails by GET")
        if absolute and not urlsplit(address).netloc:
            found.append(f"{verb.name}: {name} is not absolute")
        found += [f"{verb.name}: {name}: {wrong}" for wrong in _lint_overrides(address)]
    return found


def _method(verb: Verb, name: str) -> str:
    by = "method" if name in ("action", "url", "address") else f"{name}Method"
    return verb.get(by, "GET" if verb.name == "Play" else "POST")


def _lint_overrides(address: str) -> list[str]:
    """A fragment with a mistake in it makes the engine refuse the address."""
    if "=" not in urldefrag(address).fragment:
        return []
    try:
        Overrides.of(address)
    except ValueError as wrong:
        return [str(wrong)]
    return []


@lru_cache(maxsize=64)
def _known(name: str) -> frozenset[str]:
    """Attributes in the SDK's signature for this element, less the undocumented ones."""
    from twilio.twiml import voice_response as sdk

    builders = {
        "Client": sdk.Dial.client,
        "Sip": sdk.Dial.sip,
        "Number": sdk.Dial.number,
        "Conference": sdk.Dial.conference,
        "Queue": sdk.Dial.queue,
        "Application": sdk.Dial.application,
        "Task": sdk.Enqueue.task,
        "Identity": sdk.Client.identity,
        "Parameter": sdk.Client.parameter,
        "Stream": sdk.Connect.stream,
        "ConversationRelay": sdk.Connect.conversation_relay,
    }
    builder = builders.get(name) or getattr(sdk.VoiceResponse, name.lower(), None)
    if builder is None:
        return frozenset()
    names = {_camel(parameter) for parameter in inspect.signature(builder).parameters}
    return frozenset(names - UNDOCUMENTED.get(name, set()))


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(part.title() for part in rest)
