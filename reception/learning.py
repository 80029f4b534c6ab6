"""What a message, or a whole turn, shows of a complaint: facts, matters, the story, the mood, red lines."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import emotion, intake
from core import events as names
from core.corrections import day_and_clock
from core.due import ZONE
from core.questions import CALLBACK_PHONE, GRUMBLE, STATUS
from core.tiers import UNCLEAR, Raised
from core.understanding import Understood, Vocabulary, red_flags
from reception import repeats
from store import complaints, conversations, events, facts
from store.db import Connection, Row

JOINED = "；"
"""Between wishes that were said one after the other, so that they do not read as one sentence."""
LONGEST_STORY = 2000  # characters of the first telling that the record shows; the messages hold them all


@dataclass(frozen=True)
class Note:
    """Writes down what one message showed about one complaint."""

    conn: Connection
    complaint: int
    message: int
    at: datetime

    def learn(self, field: str, value: Any, by: str = "rule") -> bool:
        return facts.learn(
            self.conn, self.complaint, field, value, by=by, at=self.at, message_id=self.message
        )

    def known(self, field: str, default: Any = None) -> Any:
        value = facts.value(self.conn, self.complaint, field)
        return default if value is None else value

    def flag(self, code: str, level: int, rule: str, words: str) -> bool:
        """Keep a flag once, a danger to oneself each time; False when the complaint has it already."""
        if code in complaints.flags(self.conn, self.complaint) and code != "self_harm":
            return False
        self.signal("flag", code, level, rule, [words])
        return True

    def signal(self, kind: str, code: str, level: int, rule: str, words: list[str]) -> None:
        complaints.signal(
            self.conn,
            self.complaint,
            kind=kind,
            code=code,
            level=level,
            rule=rule,
            words=words,
            by="rule",
            at=self.at,
            message_id=self.message,
        )

    def event(self, name: str, **data: Any) -> None:
        events.append(self.conn, name, self.at, complaint_id=self.complaint, **data)


def learn_told(note: Note, heard: Understood, words: str) -> None:
    """What needs a whole thought: wishes, matters and the story."""
    if heard.wishes:
        _learn_wanted(note, heard)
    _learn_issues(note, heard, words)


def learn_facts(note: Note, heard: Understood, conversation: Row[Any]) -> None:
    """Facts with a shape, wherever they are said."""
    if "no_recording" in heard.remarks:
        note.learn("unrecorded", True)
    _learn_phone(note, heard, conversation.asked)
    _learn_reference(note, heard, conversation.asked)
    amounts = [{"amount": int(found.value), "words": found.words} for found in heard.values("amount")]
    denied = {int(found.value) for found in heard.references if found.kind == "amount" and found.denied}
    if amounts:
        before = [loss for loss in note.known("loss_claimed", []) if loss["amount"] not in denied]
        note.learn("loss_claimed", _joined(before, amounts, "amount"))
    _learn_when(note, heard, conversation.asked)


def _learn_when(note: Note, heard: Understood, asked: str | None) -> None:
    """When it happened: the first time said; another one only as a correction, or when it was asked for. A
    day ahead is an appointment, and never takes the place of a day that was."""
    for found in heard.values("when")[-1:]:
        before, today = note.known("happened"), f"{note.at.astimezone(ZONE):%Y-%m-%d}"
        anew = "correction" in heard.remarks or asked in (intake.MISSING, intake.READ_BACK)
        ahead = day_and_clock(str(found.value))[0] > today
        if before is None or (anew and (not ahead or day_and_clock(str(before["value"]))[0] > today)):
            note.learn("happened", {"words": found.words, "value": str(found.value)})


def _learn_reference(note: Note, heard: Understood, asked: str | None) -> None:
    """The first number said for the goods; another one only as a correction, or when it was asked for."""
    given = [*heard.values("order_no"), *heard.values("waybill")]
    anew = "correction" in heard.remarks or asked in (intake.MISSING, intake.READ_BACK)
    if not given or asked in (intake.PHONE, CALLBACK_PHONE) or (asked or "").startswith(STATUS):
        return
    if anew or note.known("reference") is None:
        found = given[-1]
        note.learn("reference", {"kind": found.kind, "value": str(found.value), "words": found.words})


def _learn_phone(note: Note, heard: Understood, asked: str | None) -> None:
    """A mobile number is the customer's; any other number only when it was asked for, or read back."""
    expected = (intake.PHONE, CALLBACK_PHONE, intake.READ_BACK)
    for found in heard.values("phone")[-1:]:
        if str(found.value).startswith("+861") or asked in expected:
            note.learn("phone", str(found.value))


def _learn_wanted(note: Note, heard: Understood) -> None:
    nothing: dict[str, Any] = {"kinds": [], "words": ""}
    before = nothing if "correction" in heard.remarks else note.known("wanted", nothing)
    kinds = list(dict.fromkeys([*before["kinds"], *(wish.kind for wish in heard.wishes)]))
    said = [part for part in (before["words"], *(wish.words for wish in heard.wishes)) if part]
    note.learn("wanted", {"kinds": kinds, "words": JOINED.join(dict.fromkeys(said))})


def _learn_issues(note: Note, heard: Understood, words: str) -> None:
    if not heard.issues:
        return
    issues = [{"category": issue.category, "cue": issue.cue} for issue in heard.issues]
    before = note.known("issues", [])
    note.learn("issues", _joined(before, issues, "category"))
    if note.known("story") is None and heard.kind != GRUMBLE:
        note.learn("story", words[:LONGEST_STORY])
    new = {issue.category for issue in heard.issues} - {issue["category"] for issue in before}
    if new:
        repeats.link(note.conn, note.complaint, new, words, note.at, note.message)


def _joined(before: list[Any], new: list[Any], by: str) -> list[Any]:
    """Both lists, each `by` once."""
    seen = {item[by] for item in before}
    return before + [item for item in new if item[by] not in seen]


def settle_mood(note: Note, conversation: Row[Any], heard: Understood) -> emotion.Mood:
    """The conversation's mood after this message; it and its words are kept when it changed."""
    held = emotion.Mood(conversation.mood, conversation.mood_level)
    calmer = conversation.calm_turns + 1 if heard.mood.level < held.level else 0
    mood = emotion.settle(held, heard.mood, calmer)
    changed = (mood.name, mood.level) != (held.name, held.level)
    if not changed and calmer == conversation.calm_turns:
        return _note_resigned(note, heard, mood)
    conversations.change(
        note.conn,
        conversation.id,
        mood=mood.name,
        mood_level=mood.level,
        calm_turns=0 if changed else calmer,
    )
    if changed:
        note.signal("mood", mood.name, mood.level, "words", list(mood.words))
        if mood.level >= complaints.get(note.conn, note.complaint).mood_level:
            complaints.change(note.conn, note.complaint, mood=mood.name, mood_level=mood.level)
        note.event(names.MOOD_CHANGED, mood=mood.name, level=mood.level)
    return _note_resigned(note, heard, mood)


def _note_resigned(note: Note, heard: Understood, mood: emotion.Mood) -> emotion.Mood:
    if heard.resigned:
        note.flag("hidden_dissatisfaction", 1, "resigned", heard.resigned)
    return mood


def raise_red_lines(note: Note, heard: Understood, vocabulary: Vocabulary, mood: emotion.Mood) -> None:
    """Raise tier and flags by this message's words; nothing here lowers."""
    before = complaints.flags(note.conn, note.complaint)
    contacts = 1 + (
        complaints.count_links(note.conn, note.complaint, "repeat") if "repeat_contact" in before else 0
    )
    reasons = red_flags(heard, vocabulary, contacts=contacts, mood=mood.anger, flags=frozenset(before))
    tier = complaints.get(note.conn, note.complaint).tier if reasons else 0
    for reason in reasons:
        if reason.level > tier:
            tier = reason.level
            _set_tier(note, reason)
        if reason.flag:
            note.flag(reason.flag, reason.level, reason.rule, reason.words)
        if reason.certainty == UNCLEAR and reason.flag not in before:
            note.event(names.SUPERVISOR_PAGED, reason=reason.flag, certainty=UNCLEAR)


def _set_tier(note: Note, reason: Raised) -> None:
    complaints.change(note.conn, note.complaint, tier=reason.level)
    note.signal("tier", str(reason.level), reason.level, reason.rule, [reason.words])
    note.event(names.TIER_RAISED, tier=reason.level, rule=reason.rule)
