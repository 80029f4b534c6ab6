"""The five questions after a complaint was dealt with, and what follows from the answers."""

from __future__ import annotations

from dataclasses import dataclass

from core.content import known_keys, mapping_at, texts_at

YES, NO, UNSURE = "yes", "no", "unsure"
CAUSE_ANSWERS = (YES, NO, UNSURE)
MARKS = range(1, 6)

REOPENED = "reopened"
HIDDEN = "hidden_dissatisfaction"
LESSON = "closed_with_lesson"
CONFIRMED = "confirmed"
UNREACHABLE = "unreachable"
OUTCOMES = (REOPENED, HIDDEN, LESSON, CONFIRMED, UNREACHABLE)
POOR = (1, 2)


@dataclass(frozen=True)
class Answers:
    """What the customer said: marks for speed, way and result (None: skipped), what else there is, whether
    the cause is mended ("": skipped), and anything more in their words."""

    q1: int | None = None
    q2: int | None = None
    q3: int | None = None
    q4: str = ""
    q5: str = ""
    words: str = ""

    def given(self) -> bool:
        """Whether the customer answered anything at all."""
        return any((self.q1, self.q2, self.q3, self.q4.strip(), self.q5, self.words.strip()))


@dataclass(frozen=True)
class Cues:
    """content/follow_up.yml: words that say it is not solved, words that only half say yes, and answers to
    the fourth question that mean there is nothing more."""

    unsolved: tuple[str, ...]
    hedged: tuple[str, ...]
    nothing: tuple[str, ...]

    @classmethod
    def from_mapping(cls, value: object, where: str = "follow_up.yml") -> Cues:
        """Raises ContentError for a misspelt name or an empty word."""
        given = mapping_at(value, where)
        known_keys(given, ("unsolved", "hedged", "nothing"), where)
        return cls(
            *(texts_at(given.get(name), f"{where}.{name}") for name in ("unsolved", "hedged", "nothing"))
        )


@dataclass(frozen=True)
class Outcome:
    """What follows. `more`: what the customer told of besides, "" for nothing; it becomes a complaint of its
    own. `lesson`: the department hears what was poor. `look_again`: nobody knows yet whether the cause is
    mended, so somebody looks sooner. `cue`: the half-hearted words that decided."""

    code: str
    more: str = ""
    lesson: bool = False
    look_again: bool = False
    cue: str = ""


def outcome(answers: Answers, cues: Cues) -> Outcome:
    """What follows from the answers; the gravest counts.

    Not accepted, not mended or not solved in any words reopens; half-hearted words are counted as hidden
    dissatisfaction; a poor mark for speed or way is a lesson; all else confirms.
    """
    more = _more(answers.q4, cues)
    said = " ".join((answers.words, answers.q4 if more else ""))
    lesson = answers.q1 in POOR or answers.q2 in POOR
    unsure = answers.q5 == UNSURE
    if answers.q3 in POOR or answers.q5 == NO or _found(said, cues.unsolved):
        return Outcome(REOPENED, more, lesson)
    cue = _found(answers.words, cues.hedged)
    if cue:
        return Outcome(HIDDEN, more, lesson, unsure, cue)
    return Outcome(LESSON if lesson else CONFIRMED, more, lesson, unsure)


def _more(told: str, cues: Cues) -> str:
    text = told.strip()
    return "" if text.strip("。.！!，, ") in cues.nothing else text


def _found(text: str, cues: tuple[str, ...]) -> str:
    return next((cue for cue in cues if cue in text), "")
