"""What is said on the phone in a language that has its own words: `content/voices/<language>.yml`.

A reply without words here is said as `replies.yml` has it, read by this language's voice; where that
cannot be read (`own_script`), it is not said at all, and a line that says as much stands in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core import due
from core.content import ContentError, known_keys, mapping_at, text_at, texts_at
from core.promises import DAYS
from reception.replies import fill, slots_of

PARTS = ("night", "early", "morning", "noon", "afternoon", "evening")
NEAR = ("today", "tomorrow", "after_tomorrow", "this_year", "other_year")
KEYS = ("pace", "offers", "own_script", "never", "say", "notices", "replies")
MONTHS = 12


@dataclass(frozen=True)
class Tongue:
    """One language's own words. pace: characters a second; offers: words that offer a person; never: what is
    not said in it; say: how times are said; notices: what {notice} says."""

    language: str
    replies: Mapping[str, str]
    say: Mapping[str, Any]
    pace: float
    offers: tuple[str, ...]
    own_script: bool
    never: tuple[str, ...]
    notices: Mapping[str, str]

    @classmethod
    def from_mapping(cls, language: str, data: object, phone: Mapping[str, str]) -> Tongue:
        """From a file's content; `phone`: the replies that there are, as replies.yml says them on the phone.

        Raises ContentError."""
        where = f"voices/{language}.yml"
        given = mapping_at(data, where)
        known_keys(given, KEYS, where)
        replies = _replies(mapping_at(given.get("replies"), f"{where}: replies"), phone, where)
        own = given.get("own_script") is True
        pace = given.get("pace")
        if not isinstance(pace, (int, float)) or isinstance(pace, bool) or pace <= 0:
            raise ContentError(f"{where}: pace", "this must be a number above 0")
        return cls(
            language=language,
            replies=replies,
            say=_say(mapping_at(given.get("say"), f"{where}: say"), own, f"{where}: say"),
            pace=float(pace),
            offers=texts_at(given.get("offers"), f"{where}: offers"),
            own_script=own,
            never=texts_at(given.get("never"), f"{where}: never"),
            notices=mapping_at(given.get("notices"), f"{where}: notices"),
        )

    def line(self, reply: str, **slots: str) -> str | None:
        """The words for a reply, None when this language has none of its own. Raises UnfilledSlot."""
        text = self.replies.get(reply)
        return fill(reply, text, slots) if text is not None else None

    def due(self, moment: due.DueTime, base: Mapping[str, Any]) -> str:
        """A due time: in figures and a clock of twelve hours, or in `base`, with the words that differ."""
        if self.own_script:
            return _in_figures(moment, self.say)
        return due.render_due(moment, {**base, **self.say}, "phone")


def figures(number: str) -> str:
    """Digits apart, so that a voice does not read them as a quantity; groups stay apart."""
    return ", ".join(" ".join(group) for group in number.split())


def _in_figures(moment: due.DueTime, say: Mapping[str, Any]) -> str:
    day = say[moment.day].format(
        weekday=say["weekdays"][moment.on.weekday()],
        month=say["months"][moment.on.month - 1],
        day=moment.on.day,
        year=moment.on.year,
    )
    hour = (moment.hour - 1) % 12 + 1
    clock = f"{hour}:{moment.minute:02d}" if moment.minute else str(hour)
    return str(say["when"].format(clock=clock, part=say[moment.part], day=day))


def _replies(given: Mapping[str, Any], phone: Mapping[str, str], where: str) -> Mapping[str, str]:
    """Every reply is one of replies.yml, and knows no slot that it does not have there."""
    replies = {name: text_at(text, f"{where}: {name}") for name, text in given.items()}
    for name, text in replies.items():
        if name not in phone:
            raise ContentError(f"{where}: {name}", "replies.yml has no reply of this name")
        strange = [slot for slot in slots_of(text) if slot not in slots_of(phone[name])]
        if strange:
            raise ContentError(f"{where}: {name}", f"replies.yml has no slot {{{strange[0]}}} here")
    return replies


def _say(given: Mapping[str, Any], own: bool, where: str) -> Mapping[str, Any]:
    """How times are said; a language of its own script needs all of it, another only what differs."""
    allowed = (*NEAR, *PARTS, "when", "weekdays", "months")
    known_keys(given, allowed, where)
    missing = [name for name in allowed if own and name not in given]
    if missing:
        raise ContentError(where, f"`{missing[0]}` is missing")
    lists = {"weekdays": len(DAYS), "months": MONTHS}
    for name, length in lists.items():
        if name in given and len(texts_at(given[name], f"{where}: {name}")) != length:
            raise ContentError(f"{where}: {name}", f"needs {length} names")
    return given
