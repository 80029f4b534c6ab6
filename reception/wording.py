"""The twelve wording rules for what customers read and hear. Their words are content: `wording.yml`,
`never_say.yml`, `samples.yml`. They bind the machine's lines and warn an agent who types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.content import ContentError, known_keys, list_at, mapping_at, text_at, texts_at
from reception.replies import NEEDS, SLOT, Replies, Variant, fill, slots_of

SENTENCE_END = re.compile(r"(?<=[。！？!?])")
QUESTION = re.compile(r"[？?]")
LINK = re.compile(r"://|www\.", re.IGNORECASE)
SYMBOL = re.compile("[\u2600-\u27bf\ufe0f\U0001f000-\U0001faff]")
FIGURES = re.compile(r"\d(?:[\d -]*\d)?")
LONGEST_SENTENCE = 24
LONGEST_HEARD = 50
LONGEST_WHISPER = 60
LONGEST_READ = 100


@dataclass(frozen=True)
class Fault:
    """A wording rule that a text breaks, and how, for its author."""

    rule: int
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: rule {self.rule}: {self.what}"


@dataclass(frozen=True)
class NeverSaid:
    """Words found that nobody says to a customer, and why."""

    words: str
    why: str


@dataclass(frozen=True)
class NeverSay:
    """The never-say list: patterns with their reasons."""

    patterns: tuple[tuple[re.Pattern[str], str], ...]

    @classmethod
    def from_list(cls, data: Any, where: str = "never_say.yml") -> NeverSay:
        """From groups of `why`, `words`, `patterns`. Raises ContentError."""
        patterns = []
        for place, item in enumerate(list_at(data, where), 1):
            group = mapping_at(item, f"{where}[{place}]")
            known_keys(group, ("why", "words", "patterns"), f"{where}[{place}]")
            why = text_at(group.get("why"), f"{where}[{place}].why")
            words = [re.escape(word) for word in texts_at(group.get("words"), f"{where}[{place}].words")]
            given = [*words, *texts_at(group.get("patterns"), f"{where}[{place}].patterns")]
            patterns += [(_compiled(pattern, f"{where}[{place}]"), why) for pattern in given]
        return cls(tuple(patterns))

    def find(self, text: str) -> tuple[NeverSaid, ...]:
        """Every never-say word of a text, in the order of the list; () for a clean one."""
        found = ((pattern.search(text), why) for pattern, why in self.patterns)
        return tuple(NeverSaid(match[0], why) for match, why in found if match)


@dataclass(frozen=True)
class Claim:
    """Words that may only be said when one of `needs` is stored; `unless_asked`: questions claim nothing."""

    words: str
    needs: frozenset[str]
    unless_asked: bool
    exceptions: tuple[str, ...]

    def made_by(self, text: str) -> bool:
        for exception in self.exceptions:
            text = text.replace(exception, "")
        asked = self.unless_asked
        return any(self.words in s and not (asked and QUESTION.search(s)) for s in sentences(text))


@dataclass(frozen=True)
class Rules:
    """What the wording rules look for. `samples`: slot to (chat, phone) values of the greatest length."""

    never: NeverSay
    claims: tuple[Claim, ...]
    slot_needs: Mapping[str, frozenset[str]]
    samples: Mapping[str, Mapping[str, str]]
    words: Mapping[str, tuple[str, ...]]
    typed_times: tuple[re.Pattern[str], ...]
    spoken_digits: str
    numbers: frozenset[str]
    simplify: Callable[[str], str]

    @classmethod
    def from_mapping(
        cls, never: Any, wording: Any, samples: Any, numbers: Iterable[str], simplify: Callable[[str], str]
    ) -> Rules:
        """From the parsed files; `numbers`: the registered ones, written and spoken. Raises ContentError."""
        given = mapping_at(wording, "wording.yml")
        known_keys(given, ("claims", "slots", *_LISTS, "typed_times", "spoken_digits"), "wording.yml")
        times = texts_at(given.get("typed_times"), "wording.yml: typed_times")
        slots = mapping_at(given.get("slots"), "wording.yml: slots")
        return cls(
            never=NeverSay.from_list(never),
            claims=tuple(_claim(claim) for claim in list_at(given.get("claims"), "wording.yml: claims")),
            slot_needs={slot: _needs(needs) for slot, needs in slots.items()},
            samples=_samples(samples),
            words={name: texts_at(given.get(name), f"wording.yml: {name}") for name in _LISTS},
            typed_times=tuple(_compiled(pattern, "wording.yml: typed_times") for pattern in times),
            spoken_digits=text_at(given.get("spoken_digits"), "wording.yml: spoken_digits"),
            numbers=frozenset(_bare(number) for number in numbers),
            simplify=simplify,
        )


_LISTS = (
    "empathy",
    "actions",
    "fault",
    "money",
    "money_lines",
    "elsewhere",
    "elsewhere_lines",
    "times_lines",
)


def _compiled(pattern: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as broken:
        raise ContentError(where, f"the pattern {pattern!r} is broken: {broken}") from None


def _needs(letters: Any) -> frozenset[str]:
    needs = frozenset(str(letters))
    if needs - NEEDS:
        raise ContentError("wording.yml", f"does not know the need {sorted(needs - NEEDS)[0]}")
    return needs


def _claim(data: Any) -> Claim:
    given = mapping_at(data, "wording.yml: claims")
    known_keys(given, ("words", "needs", "unless_asked", "except"), "wording.yml: claims")
    words = text_at(given.get("words"), "wording.yml: claims")
    exceptions = texts_at(given.get("except"), "wording.yml: claims")
    return Claim(words, _needs(given.get("needs", "")), bool(given.get("unless_asked")), exceptions)


def _samples(data: Any) -> Mapping[str, Mapping[str, str]]:
    given = mapping_at(data, "samples.yml")
    read = {slot: mapping_at(pair, f"samples.yml: {slot}") for slot, pair in given.items()}
    for slot, pair in read.items():
        for channel in ("chat", "phone"):
            text_at(pair.get(channel), f"samples.yml: {slot}.{channel}")
    return read


def sentences(text: str) -> list[str]:
    """The sentences of a text with their end marks."""
    return [part for part in SENTENCE_END.split(text) if part]


def spoken_length(text: str) -> int:
    """How many characters are spoken; marks are not."""
    return sum(1 for mark in text if mark.isalnum())


def _bare(text: str) -> str:
    return "".join(mark for mark in text if mark.isalnum())


def reply_faults(rules: Rules, name: str, variant: Variant) -> list[Fault]:
    """What one wording of a reply breaks, except rule 10, which compares replies."""
    where = f"{name} ({variant.channel})"
    unlisted = [slot for slot in slots_of(variant.text) if slot not in rules.samples]
    if unlisted:
        return [Fault(2, where, f"the slot {{{unlisted[0]}}} is not on the list of samples.yml")]
    found = [*_needs_faults(rules, variant), *_length_faults(rules, variant), *_tone_faults(rules, variant)]
    return [Fault(rule, where, what) for rule, what in found] + text_faults(rules, where, variant)


def text_faults(rules: Rules, where: str, text: Variant | str) -> list[Fault]:
    """What any text, also one on a page, breaks of the rules that hold everywhere: 1, 9, 10, 11, 12."""
    words, lines = (text, {where}) if isinstance(text, str) else (text.text, {text.line, text.kin})
    found = [(1, f"never say {said.words}: {said.why}") for said in rules.never.find(words)]
    numbers = _unregistered(rules, words)
    found += [(9, f"the number {number} is not registered in company.yml") for number in numbers]
    if rules.simplify(words) != words:
        found.append((10, "write simplified characters"))
    if not lines & set(rules.words["elsewhere_lines"]):
        away = _in(rules.words["elsewhere"], words)
        found += [(11, f"{word} sends the customer elsewhere") for word in away]
    times = (pattern.search(words) for pattern in rules.typed_times)
    if not lines & set(rules.words["times_lines"]):
        found += [(12, f"{time[0]} is a time; times come from slots") for time in times if time]
    return [Fault(rule, where, what) for rule, what in found]


def file_faults(rules: Rules, replies: Replies) -> list[Fault]:
    """Everything that the replies break."""
    wordings = [(name, variant) for name, pair in replies.items() for variant in pair.values()]
    return [fault for name, v in wordings for fault in reply_faults(rules, name, v)] + _alike(replies)


def _alike(replies: Replies) -> list[Fault]:
    seen: dict[str, str] = {}
    found = []
    for name, pair in replies.items():
        for channel in ("chat", "phone"):
            if channel not in pair:
                found.append(Fault(10, name, f"has no wording for {channel}"))
                continue
            first = seen.setdefault(_bare(pair[channel].text), f"{name} ({channel})")
            if first != f"{name} ({channel})":
                found.append(Fault(10, f"{name} ({channel})", f"says the same as {first}"))
    return found


def _needs_faults(rules: Rules, variant: Variant) -> list[tuple[int, str]]:
    found = []
    for slot, needs in rules.slot_needs.items():
        if not needs & variant.needs and _states(variant.text, slot):
            found.append((2, f"{{{slot}}} comes from a row: state the need, one of {_listed(needs)}"))
    for claim in rules.claims:
        if not claim.needs & variant.needs and claim.made_by(variant.text):
            found.append((3, f"{claim.words} may be said only with the need {_listed(claim.needs)}"))
    return found


def _states(text: str, slot: str) -> bool:
    """True when the slot stands in a sentence that is no question."""
    return any(slot in slots_of(sentence) and not QUESTION.search(sentence) for sentence in sentences(text))


def _listed(needs: frozenset[str]) -> str:
    return " or ".join(sorted(needs))


def _length_faults(rules: Rules, variant: Variant) -> list[tuple[int, str]]:
    filled = fill("", variant.text, {slot: pair[variant.channel] for slot, pair in rules.samples.items()})
    found = []
    if len(QUESTION.findall(filled)) > 1:
        found.append((6, "asks more than one question"))
    if variant.channel == "phone":
        return found + _heard_faults(variant, filled)
    if len(filled) > LONGEST_READ:
        found.append((5, f"has up to {len(filled)} characters; {LONGEST_READ} is the most"))
    return found


def _heard_faults(variant: Variant, filled: str) -> list[tuple[int, str]]:
    longest = LONGEST_WHISPER if variant.audience == "agent" else LONGEST_HEARD
    found = [
        (4, f"the sentence {part} has up to {spoken_length(part)} characters; {LONGEST_SENTENCE} is the most")
        for part in sentences(filled)
        if spoken_length(part) > LONGEST_SENTENCE
    ]
    if spoken_length(filled) > longest:
        found.append((4, f"has up to {spoken_length(filled)} characters; {longest} is the most"))
    said = SLOT.sub("", variant.text) + filled
    if re.search(r"[A-Za-z0-9]", said) or LINK.search(said) or SYMBOL.search(said):
        found.append((4, "a voice cannot say Latin letters, figures, links or emoji"))
    return found


def _tone_faults(rules: Rules, variant: Variant) -> list[tuple[int, str]]:
    text, words = variant.text, rules.words
    found = []
    feeling = variant.empathy or _in(words["empathy"], text)
    if feeling and not _in(words["actions"], text) and not QUESTION.search(text):
        found.append((7, "empathy or apology needs an action in the same line"))
    found += [(8, f"{word} names a fault") for word in _in(words["fault"], text)]
    if not {variant.line, variant.kin} & set(words["money_lines"]):
        found += [(8, f"{word} speaks of money") for word in _in(words["money"], text)]
    return found


def _in(words: Iterable[str], text: str) -> list[str]:
    return [word for word in words if word in text]


def _unregistered(rules: Rules, text: str) -> list[str]:
    spoken = re.findall(f"[{rules.spoken_digits}]{{3,}}", text)
    figures = [run for run in map(_bare, FIGURES.findall(text)) if len(run) >= 3]
    return [run for run in [*spoken, *figures] if run not in rules.numbers]
