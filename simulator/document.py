"""TwiML read the way the engine reads it, and a lint of what is written."""

from __future__ import annotations

import inspect
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import dataclass

#: Attributes that are not in an SDK signature, or not in Twilio's documented table.
UNDOCUMENTED = {"Gather": {"bargeIn", "maxSpeechTime", "debug"}}
NESTABLE = {"Gather": {"Say", "Play", "Pause"}, "Dial": {"Number", "Sip", "Client", "Queue", "Conference"}}
#: A listening code, and the speaking codes that go with it; others fail the verb (13331).
LISTENS = {"cmn-Hans-CN", "cmn-Hant-TW", "yue-Hant-HK", "en-US", "en-GB"}
SPEAKS = {
    "cmn-CN": {"Polly.Zhiyu", "Polly.Zhiyu-Neural", "Google.cmn-CN-Standard-A"},
    "yue-CN": {"Polly.Hiujin-Neural"},
}


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


def lint(verbs: list[Verb]) -> list[str]:
    """What is wrong though it can be read: misspelt attributes, wrong language pairs, bad nesting."""
    found: list[str] = []
    for verb in verbs:
        unknown = set(verb.attributes) - _known(verb.name)
        found += [f"{verb.name}: unknown attribute {name}" for name in sorted(unknown)]
        found += _lint_language(verb)
        allowed = NESTABLE.get(verb.name)
        found += [f"{c.name} inside {verb.name}" for c in verb.inside if allowed and c.name not in allowed]
        if any(ord(c) < 32 and c not in "\t\n\r" for c in verb.text):
            found.append(f"{verb.name}: control character")
        found += lint(list(verb.inside))
    return found


def _lint_language(verb: Verb) -> list[str]:
    found = []
    if verb.name == "Gather" and "speech" in verb.get("input") and verb.get("language") not in LISTENS:
        found.append(f"Gather: cannot listen to {verb.get('language') or 'no language'} (13331)")
    if verb.name == "Gather" and not verb.get("speechTimeout", "1").isdigit():
        found.append("Gather: speechTimeout is a whole number (13335)")
    if verb.name == "Say" and verb.get("language") in SPEAKS:
        if verb.get("voice") not in SPEAKS[verb.get("language")]:
            found.append(f"Say: {verb.get('voice')} does not speak {verb.get('language')}")
    elif verb.name == "Say" and verb.get("language").startswith("zh"):
        found.append(f"Say: {verb.get('language')} is not a code of this verb")
    return found


def _known(name: str) -> set[str]:
    """Attributes in the SDK's signature for this verb, less the undocumented ones."""
    from twilio.twiml import voice_response as sdk

    builders = {
        "Client": sdk.Dial.client,
        "Sip": sdk.Dial.sip,
        "Number": sdk.Dial.number,
        "Conference": sdk.Dial.conference,
        "Queue": sdk.Dial.queue,
    }
    builder = builders.get(name) or getattr(sdk.VoiceResponse, name.lower(), None)
    if builder is None:
        return set()
    names = {_camel(parameter) for parameter in inspect.signature(builder).parameters}
    return names - UNDOCUMENTED.get(name, set())


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
