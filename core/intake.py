"""Which question comes next: one policy for the assistant's form and for the scripted questions.

At most five questions, each skippable, each asked at most twice; a known fact is never asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

STORY = "story"
WANTED = "wanted"
MISSING = "missing"
PHONE = "phone"
READ_BACK = "read_back"
CHOICE = "choice"

QUESTIONS = (STORY, WANTED, MISSING, PHONE, READ_BACK)
TIMES = 2
ANGRY = 2
GRAVE = 3


@dataclass(frozen=True)
class Known:
    """What is known when the next question is chosen.

    facts: questions that have their answer; asked: how often each was put; skipped: those the
    customer would not or could not answer; mood 0 to 3; tier 1 to 3; category: a code, or None when
    two are equally likely, since then a person sorts it out and nothing is asked.
    """

    facts: frozenset[str] = frozenset()
    asked: Mapping[str, int] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    mood: int = 0
    tier: int = 1
    category: str | None = None


def next_question(known: Known) -> str | None:
    """The next question to put, or None: enough is known, register now.

    From mood 2 a choice comes first (a person, or registering); besides it only the story is asked for,
    the rest waits for the person. A grave matter stops the questions.
    """
    if known.tier >= GRAVE and STORY in known.facts:
        return None
    if known.mood >= ANGRY and CHOICE not in known.asked:
        return CHOICE
    if STORY not in known.facts and _may_ask(known, STORY):
        return STORY
    if known.mood >= ANGRY or CHOICE in known.asked or known.tier >= GRAVE:
        return None
    return next((q for q in QUESTIONS[1:] if _open(known, q)), None)


def _open(known: Known, question: str) -> bool:
    if question == MISSING and known.category is None:
        return False
    return question not in known.facts and _may_ask(known, question)


def _may_ask(known: Known, question: str) -> bool:
    return question not in known.skipped and known.asked.get(question, 0) < TIMES
