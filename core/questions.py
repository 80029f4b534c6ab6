"""Which question comes next, with at most one line of empathy before it, and what counts as its answer."""

from __future__ import annotations

from dataclasses import replace

from core import intake
from core.acts import Act, Ask, Learn, Line, Register, Situation
from core.understanding import Understood

STATUS = "status"
CALLBACK = "callback"
CALLBACK_PHONE = "callback_phone"
WITHDRAW = "withdraw"
RESIGNED = "resigned"
GRUMBLE = "grumble"
FREE_ANSWERS = (intake.STORY, intake.WANTED, intake.MISSING)
EMPATHY = ("utter_worried", "utter_aggrieved", "utter_apology", "utter_repeat", "utter_abuse_first")
OFFERED = frozenset(("utter_resigned", "utter_resigned_plain"))


def story(now: Situation) -> list[Act]:
    """These words are the story, when none was told yet."""
    told = intake.STORY in now.known.facts
    return [] if told or now.registered else [Learn(intake.STORY)]


def taken(now: Situation) -> list[Act]:
    """The message's own words answer the open question, unless they already gave a fact with a shape."""
    question = answered(now)
    return [Learn(question)] if question is not None and question not in now.known.facts else []


def answered(now: Situation) -> str | None:
    """The question that any words answer: the story first, then the open one if it takes free words."""
    if intake.STORY not in now.known.facts:
        return intake.STORY
    return now.asked if now.asked in FREE_ANSWERS else None


def go_on(now: Situation, heard: Understood) -> list[Act]:
    """The next question with at most one line of empathy before it, or the registration."""
    if now.registered:
        return []
    question = next_question(now)
    if question is None:
        return [Register()]
    corrected = "correction" in heard.remarks and bool(heard.references or heard.wishes)
    slowly = "elder" in heard.remarks and once(now, "utter_elder")
    before: list[Act] = [Line("utter_corrected")] if corrected else [*_empathy(now, question)]
    if slowly and not before:
        before = [Line("utter_elder")]
    return [*before, Ask(question)]


def next_question(now: Situation) -> str | None:
    """The next question. Who has been promised a call, or does not want one, while nobody is on duty, is not
    offered it once more: the choice counts as made."""
    question = intake.next_question(now.known)
    chosen = (now.promised and not now.staffed) or "utter_callback_declined" in now.said
    if question != intake.CHOICE or not chosen:
        return question
    return intake.next_question(replace(now.known, asked={**now.known.asked, intake.CHOICE: 1}))


def _empathy(now: Situation, question: str) -> list[Act]:
    if intake.STORY not in now.known.facts or question == intake.CHOICE:
        return []
    if now.repeat and once(now, "utter_repeat"):
        return [Line("utter_repeat")]
    name = {"worried": "utter_worried", "aggrieved": "utter_apology", "frustrated": "utter_apology"}.get(
        now.mood
    )
    if name is None or any(reply in EMPATHY for reply in now.said):
        return []
    return [Line(name)] if now.detail or name == "utter_apology" else []


def once(now: Situation, name: str) -> bool:
    """Whether this reply was not said yet."""
    return name not in now.said


def having(now: Situation, fact: str | None) -> Situation:
    """The situation once this fact is known."""
    if fact is None:
        return now
    return replace(now, known=replace(now.known, facts=now.known.facts | {fact}))


def skipping(now: Situation, question: str) -> Situation:
    """The situation once the customer has passed over this question."""
    return replace(now, known=replace(now.known, skipped=now.known.skipped | {question}))
