"""What a turn tells, seen from the question it answers: facts, replies, and the question that comes next.

Pure: nothing is kept or said here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from actions.book import Book
from actions.turn import Turn
from core import categories, intake

RESIGNED = "resigned"
CORRECTION = "correction"
REGISTERED = "registered"
CONFIRMED = "phone_confirmed"
GUARD = "\u00b7"  # what reception puts before a text that begins like a command
ASKABLE = (*intake.QUESTIONS, intake.CHOICE, CORRECTION)

# Answered by a rule of data/rules.yml: the form steps aside for them.
ASIDE = frozenset(("nlu_fallback", "out_of_scope", "human", "withdraw", "resigned", "vent_only"))
SIDE = frozenset(
    (
        *("ask_hours", "ask_machine", "ask_duration", "ask_blame", "ask_money", "ask_photo", "ask_status"),
        *("abuse", "goodbye", "greet"),
    )
)
CONTENT = frozenset(("complain", "grumble", "inform", "wanted", "nlu_fallback"))
VAGUE = frozenset(("out_of_scope",))
RESIGNED_STILL = frozenset(("deny", "skip", "resigned"))
STORY_LEAST = 4  # words that answer "what happened", counted without facts and marks
OPENING_LEAST = 6  # the same, said before anything was asked
RAW_LEAST = 2
DETAIL_LEAST = 8  # a wish or a fact this long tells the story too, if a category was heard in it
CORRECTION_LEAST = 8  # shorter ones only announce that something is wrong
DIGITS_OF_A_PHONE = 5
SECOND_TIME = 2

_WORD = re.compile(r"[A-Za-z]+|\d+|[^\W\d_]")
# Which facts answer the one missing question; the other fields are answered in free words.
_ANSWERS = {
    "order": ("order_no", "waybill"),
    "waybill": ("waybill", "order_no"),
    "amount": ("amount",),
    "date": ("when",),
    "time": ("when",),
}
_NUMBERED = ("order", "waybill")


@dataclass(frozen=True)
class Heard:
    """Facts by field of the record, reply names in order, and the next question; None with `done` False:
    register now. `done` means that the form ends without registering; `skipped` is a question left open.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    said: tuple[str, ...] = ()
    question: str | None = None
    done: bool = False
    skipped: frozenset[str] = frozenset()

    @property
    def answered(self) -> frozenset[str]:
        """The questions that these facts answer."""
        return frozenset(intake.PHONE if name == CONFIRMED else name for name in self.facts)


def hear(turn: Turn, book: Book) -> Heard:
    """What this turn tells."""
    facts = _volunteered(turn, book)
    if _is_status(turn):
        return Heard(said=("utter_status",), done=True)
    if REGISTERED in turn.known:
        said = () if turn.intent in SIDE else (_after_registration(turn, facts),)
        return Heard(facts, said, done=True)
    if turn.asked == RESIGNED and turn.intent in RESIGNED_STILL:
        return Heard(said=("utter_resigned_no",), done=True)
    if turn.intent == "thanks" and turn.asked not in (intake.PHONE, intake.READ_BACK):
        return Heard(facts, ("utter_thanks",), _resume(turn, facts))
    if turn.intent in SIDE:
        return Heard(facts, question=_resume(turn, facts))
    if _corrects(turn):
        return _corrected(turn, facts, book)
    return _answered(turn, facts, book)


def _corrects(turn: Turn) -> bool:
    """Said so, or told something when the read-back was put or a correction asked for."""
    told = turn.asked == intake.READ_BACK and turn.intent in ("inform", "wanted")
    return turn.intent == "correct" or told or (turn.asked == CORRECTION and turn.intent != "affirm")


def answers(turn: Turn, book: Book) -> bool:
    """Whether words that were not understood can still be taken as they are."""
    if turn.asked is None:
        return _has_matter(turn) and _weight(turn) >= OPENING_LEAST
    if turn.asked == intake.PHONE and _dials(turn):
        return True
    return turn.asked in hear(turn, book).answered or (
        turn.intent == "nlu_fallback" and turn.asked in ASKABLE and _weight(turn) >= STORY_LEAST
    )


def _volunteered(turn: Turn, book: Book) -> dict[str, Any]:
    """Answers to later questions, said before they were asked. Facts with a shape count as answers here;
    reception has kept them by itself before Rasa was asked, so their value is None."""
    facts: dict[str, Any] = {}
    if any(it.kind == "phone" for it in turn.references):
        facts[intake.PHONE] = None
    if _has_missing(turn, book):
        facts[intake.MISSING] = None
    kinds = book.wishes_in(turn.words) if turn.intent in CONTENT | {"ask_money", "correct"} else []
    if kinds and (intake.WANTED not in turn.known or turn.intent in ("wanted", "correct")):
        facts[intake.WANTED] = {"kinds": kinds, "words": _words(turn)}
    return facts


def _is_status(turn: Turn) -> bool:
    """A complaint's number said by itself asks how that complaint stands."""
    numbered = any(it.kind == "complaint_number" for it in turn.references)
    return numbered and intake.STORY not in turn.known and turn.intent not in ("complain", "grumble")


def _after_registration(turn: Turn, facts: dict[str, Any]) -> str:
    told = facts or turn.intent in CONTENT | {"correct"}
    return "utter_added" if told else "utter_thanks"


def _next(turn: Turn, facts: dict[str, Any], skipped: frozenset[str] = frozenset()) -> str | None:
    return intake.next_question(turn.policy(Heard(facts).answered, skipped))


def _resume(turn: Turn, facts: dict[str, Any]) -> str | None:
    """After a side question: the question that was open, if this turn did not answer it."""
    if turn.asked in ASKABLE and turn.asked not in turn.known | facts.keys():
        return turn.asked
    return _next(turn, facts)


def _corrected(turn: Turn, facts: dict[str, Any], book: Book) -> Heard:
    """A change of an earlier answer: only what was named changes, then the same question again."""
    if turn.asked == intake.PHONE and intake.PHONE not in facts and _dials(turn):
        return _answered(turn, facts, book)
    named = bool(facts) or bool(turn.references)
    if (
        not named
        and turn.intent == "correct"
        and turn.asked != CORRECTION
        and _weight(turn) < CORRECTION_LEAST
    ):
        return Heard(question=CORRECTION)
    if not named:
        facts = {_free_field(turn): _free_value(turn)}
    if turn.asked in turn.known | facts.keys():
        return Heard(facts, question=_next(turn, facts))
    again = turn.asked if turn.asked in intake.QUESTIONS[:-1] else _next(turn, facts)
    return Heard(facts, ("utter_corrected",), again)


def _free_field(turn: Turn) -> str:
    """Where a correction in free words belongs: to the open question, else beside the story."""
    return turn.asked if turn.asked in (intake.WANTED, intake.MISSING) else CORRECTION


def _free_value(turn: Turn) -> Any:
    return {"kinds": ["other"], "words": _words(turn)} if turn.asked == intake.WANTED else _words(turn)


def _answered(turn: Turn, facts: dict[str, Any], book: Book) -> Heard:
    """The plain case: an answer to what was asked, or the story itself."""
    if intake.STORY not in turn.known and _tells_story(turn):
        facts[intake.STORY] = _words(turn)
    heard = Heard(facts)
    reader = _READERS.get(turn.asked or "")
    if reader and turn.asked not in turn.known | heard.answered:
        heard = reader(turn, heard, book)
    if heard.question:
        return heard
    return replace(heard, question=_next(turn, heard.facts, heard.skipped))


def _tells_story(turn: Turn) -> bool:
    if turn.intent == "complain":
        return True
    if _has_matter(turn):
        return turn.intent in CONTENT and _weight(turn) >= DETAIL_LEAST
    if turn.asked == intake.STORY:
        return turn.intent in CONTENT - {"wanted"} and _weight(turn) >= STORY_LEAST
    return turn.asked is None and turn.intent == "inform" and _weight(turn) >= OPENING_LEAST


def _has_matter(turn: Turn) -> bool:
    return turn.category not in (None, categories.OTHER)


def _with(heard: Heard, **facts: Any) -> Heard:
    return replace(heard, facts={**heard.facts, **facts})


def _skip(turn: Turn, heard: Heard) -> Heard:
    """Reception marks the open question as skipped when it sees this name."""
    return replace(heard, said=(*heard.said, "utter_skipped"), skipped=frozenset({turn.asked or ""}))


def _listening(turn: Turn, heard: Heard) -> Heard:
    """More of the story instead of an answer: kept, and the same question once more."""
    more = turn.intent in ("complain", "grumble", "nlu_fallback") and intake.STORY in turn.known
    return replace(heard, said=(*heard.said, "utter_listening")) if more else heard


def _takes_raw(turn: Turn, heard: Heard) -> bool:
    """Asked for the second time, the words are taken as they are, unless they told something else."""
    again = turn.counts.get(turn.asked or "", 0) >= SECOND_TIME and not heard.facts
    return again and turn.intent in CONTENT | VAGUE and _weight(turn) >= RAW_LEAST


def _story(turn: Turn, heard: Heard, book: Book) -> Heard:
    if turn.intent == "skip":
        return _skip(turn, heard)
    return _with(heard, story=_words(turn)) if _takes_raw(turn, heard) else heard


def _wanted(turn: Turn, heard: Heard, book: Book) -> Heard:
    if turn.intent == "skip":
        return _skip(turn, heard)
    if (turn.intent == "wanted" and _weight(turn)) or _takes_raw(turn, heard):
        return _with(heard, wanted={"kinds": ["other"], "words": _words(turn)})
    return _listening(turn, heard)


def _missing(turn: Turn, heard: Heard, book: Book) -> Heard:
    if turn.intent == "skip":
        return _skip(turn, heard)
    told = turn.intent in ("inform", "nlu_fallback") or _takes_raw(turn, heard)
    numbered = book.missing_field(turn.category) in _NUMBERED
    if not told or not _weight(turn) or (numbered and not re.search(r"\d{4}", turn.words)):
        return _listening(turn, heard)
    return _with(heard, missing=_words(turn))


def _phone(turn: Turn, heard: Heard, book: Book) -> Heard:
    if turn.intent in ("affirm", "thanks"):
        return _with(heard, **{CONFIRMED: True})
    if turn.intent in ("skip", "deny"):
        return _skip(turn, heard)
    if _dials(turn):
        return replace(heard, said=("utter_phone_bad",), question=intake.PHONE)
    return _listening(turn, heard)


def _read_back(turn: Turn, heard: Heard, book: Book) -> Heard:
    if turn.intent == "deny":
        named = bool(turn.references)
        return replace(heard, said=("utter_corrected",)) if named else replace(heard, question=CORRECTION)
    agreed = turn.intent in ("affirm", "thanks", "choose_register", "skip")
    return _with(heard, read_back=True) if agreed else _listening(turn, heard)


def _choice(turn: Turn, heard: Heard, book: Book) -> Heard:
    return _with(heard, choice=True)


_READERS: dict[str, Callable[[Turn, Heard, Book], Heard]] = {
    intake.STORY: _story,
    intake.WANTED: _wanted,
    intake.MISSING: _missing,
    intake.PHONE: _phone,
    intake.READ_BACK: _read_back,
    CORRECTION: _read_back,
    intake.CHOICE: _choice,
}


def _has_missing(turn: Turn, book: Book) -> bool:
    """Whether a fact was said that answers the missing question of this category."""
    kinds = _ANSWERS.get(book.missing_field(turn.category) or "", ())
    return any(it.kind in kinds for it in turn.references)


def _dials(turn: Turn) -> bool:
    return len(re.findall(r"\d", turn.words)) >= DIGITS_OF_A_PHONE


def _words(turn: Turn) -> str:
    return turn.words.removeprefix(GUARD)


def _weight(turn: Turn) -> int:
    """How many words there are besides the facts with a shape: a bare number tells no story."""
    rest = list(turn.words)
    for it in turn.references:
        rest[it.start : it.end] = " " * (it.end - it.start)
    return len(_WORD.findall("".join(rest)))
