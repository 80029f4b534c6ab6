"""Template messages: short fields of fixed kinds, each cut so that WeChat takes it.

The kinds are part of WeChat's own field names, such as `thing4` (Tencent, "Template message: parameters"):
a `thing` holds 20 characters, a `phrase` five Chinese ones, a `character_string` 32 of ASCII; a `time` has
a form of its own. A value that does not fit makes the whole message fail (47003).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.complaint import STATES
from core.content import ContentError, known_keys, mapping_at, text_at, whole_at
from core.due import ZONE

LONGEST = {"thing": 20, "phrase": 5, "character_string": 32, "time": 20}
OTHERS = {"phrase": re.compile(r"[^\u4e00-\u9fff]"), "character_string": re.compile(r"[^\x21-\x7e]")}
"""What these kinds may not hold."""
NAME = re.compile(r"([a-z_]+?)[0-9]+")
SLOT = re.compile(r"\{([a-z]+)\}")
SLOTS = ("number", "step", "time", "what")
OTHER = "other"
CUT = "…"


@dataclass(frozen=True)
class Template:
    """What its fields carry, by WeChat's names; what it is about, by reply; the steps in few words, by state;
    how its time is written; the shortest time between two of them."""

    fields: Mapping[str, str]
    about: Mapping[str, str]
    steps: Mapping[str, str]
    time: str
    every: timedelta

    @classmethod
    def from_mapping(cls, value: object, where: str) -> Template:
        """Raises ContentError for a field of an unknown kind, or a slot that nothing fills."""
        given = mapping_at(value, where)
        known_keys(given, ("fields", "about", "steps", "time", "every_minutes"), where)
        fields = _texts(given.get("fields"), f"{where}.fields")
        for name, text in fields.items():
            if kind_of(name) not in LONGEST:
                kinds = ", ".join(LONGEST)
                raise ContentError(f"{where}.fields.{name}", f"must be one of {kinds}, with a number")
            unknown = set(SLOT.findall(text)) - set(SLOTS)
            if unknown:
                raise ContentError(f"{where}.fields.{name}", f"known are {', '.join(SLOTS)}")
        about = _texts(given.get("about"), f"{where}.about")
        if OTHER not in about:
            raise ContentError(f"{where}.about", f"{OTHER} is needed")
        steps = _texts(given.get("steps"), f"{where}.steps")
        if set(steps) != set(STATES):
            raise ContentError(f"{where}.steps", f"exactly these are needed: {', '.join(STATES)}")
        every = whole_at(given.get("every_minutes"), f"{where}.every_minutes", least=1)
        time = text_at(given.get("time"), f"{where}.time")
        return cls(fields, about, steps, time, timedelta(minutes=every))

    def filled(self, number: str, state: str, about: str, at: datetime) -> dict[str, str]:
        """The fields for this complaint, cut to what WeChat takes."""
        local = at.astimezone(ZONE)
        written = self.time
        for mark in ("Y", "m", "d", "H", "M"):
            written = written.replace(f"%{mark}", local.strftime(f"%{mark}"))
        told = {"number": number, "step": self.steps[state], "time": written}
        told["what"] = self.about.get(about, self.about[OTHER])
        return {name: cut(kind_of(name), _fill(text, told)) for name, text in self.fields.items()}


def kind_of(name: str) -> str:
    """The kind in WeChat's name of a field, "" for one that has no number."""
    found = NAME.fullmatch(name)
    return found[1] if found else ""


def cut(kind: str, text: str) -> str:
    """The text as a field of this kind holds it."""
    flat = " ".join(text.split())
    allowed = OTHERS[kind].sub("", flat) if kind in OTHERS else flat
    longest = LONGEST[kind]
    if len(allowed) <= longest:
        return allowed
    return allowed[: longest - 1] + CUT if kind == "thing" else allowed[:longest]


def _fill(text: str, told: Mapping[str, str]) -> str:
    return SLOT.sub(lambda found: told[found[1]], text)


def _texts(value: object, where: str) -> dict[str, str]:
    return {name: text_at(text, f"{where}.{name}") for name, text in mapping_at(value, where).items()}
