"""Mood from words only, and what the assistant may say in it. Every judgement keeps its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.content import ContentError, known_keys, mapping_at, text_at, texts_at, whole_at
from core.cues import NO_CUES, Cues

# From the gravest: of two moods the earlier one names the turn.
NAMES = ("distressed", "abusive", "angry", "frustrated", "aggrieved", "worried", "calm")
HEATED = ("abusive", "angry")
STAGES = ("open", "hear", "clarify", "promise", "follow_up")
_EDGE = re.compile(r"^[\W_]+|[\W_]+$")
SHOUTING = re.compile(r"!{2,}|(?:[!?][!?]){2,}")
CALM_TURNS_TO_FALL = 2


@dataclass(frozen=True)
class Mood:
    """A mood, its level from 0 to 3, and the words that decided."""

    name: str
    level: int
    words: tuple[str, ...] = ()

    @property
    def anger(self) -> int:
        """The level that shortens the questions: that of heated moods, at most 1 in others."""
        return self.level if self.name in HEATED else min(self.level, 1)


CALM = Mood("calm", 0)


@dataclass(frozen=True)
class MoodCues:
    """Cues of one mood; `most` is the highest level that it reaches by itself."""

    cues: Cues
    most: int


@dataclass(frozen=True)
class EmotionCues:
    """Everything that content/emotions.yml says about recognising a mood, and the replies for it."""

    moods: Mapping[str, MoodCues]
    swearing: Cues = NO_CUES  # at the matter: level 2
    insult: Cues = NO_CUES  # at a person: level 3, abusive
    ultimatum: Cues = NO_CUES  # level 3, angry
    friendly: Cues = NO_CUES  # shouting with these is joy
    resigned: Cues = NO_CUES
    guidance: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)

    @classmethod
    def from_mapping(cls, value: object, where: str = "emotions.yml") -> EmotionCues:
        """From `moods`, the five cue lists and `guidance`; raises ContentError for unknown names."""
        given = mapping_at(value, where)
        lists = ("swearing", "insult", "ultimatum", "friendly", "resigned")
        known_keys(given, ("moods", *lists, "guidance"), where)
        moods = {
            name: _mood(name, item, f"{where}.moods.{name}")
            for name, item in mapping_at(given.get("moods"), f"{where}.moods").items()
        }
        return cls(
            moods=moods,
            guidance=_guidance(given.get("guidance", {}), f"{where}.guidance"),
            **{name: Cues.from_mapping(given[name], f"{where}.{name}") for name in lists if name in given},
        )


def _mood(name: str, value: object, where: str) -> MoodCues:
    if name not in NAMES or name == "calm":
        raise ContentError(where, f"unknown mood; known are {', '.join(NAMES[:-1])}")
    given = dict(mapping_at(value, where))
    most = whole_at(given.pop("most", 3), f"{where}.most", least=1, most=3)
    return MoodCues(Cues.from_mapping(given, where), most)


def _guidance(value: object, where: str) -> dict[str, dict[str, tuple[str, ...]]]:
    made: dict[str, dict[str, tuple[str, ...]]] = {}
    for name, stages in mapping_at(value, where).items():
        if name not in NAMES:
            raise ContentError(where, f"unknown mood {name!r}; known are {', '.join(NAMES)}")
        given = mapping_at(stages, f"{where}.{name}")
        known_keys(given, STAGES, f"{where}.{name}")
        made[name] = {
            stage: texts_at([replies] if isinstance(replies, str) else replies, f"{where}.{name}.{stage}")
            for stage, replies in given.items()
        }
        for stage, replies in made[name].items():
            _reply_names(replies, f"{where}.{name}.{stage}")
    return made


def _reply_names(replies: tuple[str, ...], where: str) -> None:
    for reply in replies:
        if not text_at(reply, where).startswith("utter_"):
            raise ContentError(where, f"{reply!r} is no reply; replies are named utter_...")


def feel(folded: str, cues: EmotionCues, raw: str | None = None) -> Mood:
    """The mood of one turn. Level 1: one cue; 2: several, repetition, shouting marks, swearing at the
    matter; 3: an ultimatum or swearing at a person. `raw` are the words before folding, `folded` if None."""
    insult = cues.insult.hits(folded)
    found = {name: [hit.words for hit in mood.cues.hits(folded)] for name, mood in cues.moods.items()}
    said = {name: words for name, words in found.items() if words}
    if "distressed" in said:
        return Mood("distressed", 3, tuple(said["distressed"]))
    if insult:
        return Mood("abusive", 3, tuple(hit.words for hit in insult))
    ultimatum = [hit.words for hit in cues.ultimatum.hits(folded)]
    swearing = [hit.words for hit in cues.swearing.hits(folded)]
    shouting = _shouting(folded, raw, cues)
    everything = tuple(
        dict.fromkeys(
            [*ultimatum, *swearing, *(word for words in said.values() for word in words), *shouting]
        )
    )
    if ultimatum:
        return Mood("angry", 3, everything)
    if swearing:
        return Mood("angry", 2, everything)
    count = sum(len(words) for words in said.values()) + len(shouting)
    if not count:
        return CALM
    name = next((name for name in NAMES if name in said), "angry")
    if shouting and name in ("frustrated", "aggrieved"):
        name = "angry"
    most = cues.moods[name].most if name in cues.moods else 3
    return Mood(name, min(2 if count > 1 else 1, most), everything)


def _shouting(folded: str, raw: str | None, cues: EmotionCues) -> list[str]:
    """Runs of exclamation marks, unless friendly words stand beside them."""
    match = SHOUTING.search(folded) or (SHOUTING.search(raw) if raw else None)
    return [match.group()] if match and not cues.friendly.first(folded) else []


def settle(previous: Mood, this: Mood, calm_turns: int) -> Mood:
    """The mood of the conversation. It rises at once and falls after two calm turns; `calm_turns` counts
    the turns in a row, this one included, that were calmer than the mood held."""
    return this if this.level >= previous.level or calm_turns >= CALM_TURNS_TO_FALL else previous


def resigned(folded: str, cues: EmotionCues) -> str | None:
    """The words of a customer who gives up instead of complaining, or None. A flag, not a mood."""
    hit = cues.resigned.first(folded)
    return _EDGE.sub("", hit.words) or hit.words if hit else None


def guidance(mood: str, cues: EmotionCues) -> Mapping[str, tuple[str, ...]]:
    """Reply names for each stage (open, hear, clarify, promise, follow_up) in a mood; what a mood does not
    name is said as to a calm customer. `open`, `hear` and `clarify` of distress stay empty on purpose."""
    return {**cues.guidance.get("calm", {}), **cues.guidance.get(mood, {})}
