"""What is said: replies of `content/` filled from stored rows, for the caller's ear and the agent's."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import due, number
from core.call import Say
from ivr.door import Phone
from reception import places
from reception.content import Content, UnfilledSlot
from reception.slots import shortened, slots_for
from reception.tongues import Tongue, figures
from store import calls, complaints, conversations, facts, handoffs, notes, promises

log = logging.getLogger("jiesu.ivr")

CHANNEL = "phone"
NEUTRAL = "utter_here"
KEPT = "utter_listening"
MARKUP = re.compile(r"<[^>]*>|[<>&*_#`|\\{}\[\]~]|https?://\S+")
NOTED_WITHIN = timedelta(minutes=1)
LONGEST_NOTE = 20


@dataclass
class Voice:
    """Speaks for one turn of one call. Stored rows are read once, and only when a line needs them.

    named: reception's words of this turn, each with the name of its reply, so that a language with words of
    its own says those. given: slots that this turn knows without a row of this call.
    """

    phone: Phone
    sid: str
    now: datetime
    _slots: dict[str, str] | None = field(default=None)
    language: str = ""
    named: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    _noted: bool = False

    def __call__(self, say: Say) -> str:
        """The words, or the first reply that can be filled; a line that lacks a slot is never said."""
        if say.words:
            return self._in_own_words(say.words)
        words = (self._say(reply) for reply in say.replies)
        return next((said for said in words if said), "") or self._say(NEUTRAL)

    @property
    def _tongue(self) -> Tongue | None:
        return self.phone.house.content.tongues.get(self.language)

    def _in_own_words(self, words: str) -> str:
        """What reception has said, in this language. What it cannot say is not read out; that the caller's
        words are kept is said instead, once."""
        tongue = self._tongue
        if tongue is None:
            return words
        own = self._say(self.named.get(words, "")) if self.named.get(words) in tongue.replies else ""
        if own or not tongue.own_script:
            return own or words
        noted, self._noted = self._noted, True
        return "" if noted else self._say(KEPT)

    def _say(self, reply: str) -> str:
        content = self.phone.house.content
        if not content.has(reply):
            log.error("calls.yml names a reply that replies.yml does not have: %s", reply)
            return ""
        for known in (dict, self._known):  # rows are read only for a line that needs them
            try:
                return content.spoken(reply, self.language, **{**self.given, **known()})
            except UnfilledSlot:
                continue
        return ""

    def _known(self) -> dict[str, str]:
        if self._slots is None:
            try:
                self._slots = stored_slots(self.phone, self.sid, self.now, self._tongue)
            except Exception as error:
                log.exception("slots could not be read: %s", type(error).__name__)
                self._slots = {}
        return self._slots


def stored_slots(phone: Phone, sid: str, now: datetime, tongue: Tongue | None = None) -> dict[str, str]:
    """What stored rows can fill in this call: a number only when registered, a time only when it is a
    promise to call, the place in the queue while a wish is open."""
    content = phone.house.content
    with phone.house.db.reading() as conn:
        conversation = conversations.get(conn, sid)
        if conversation is None or conversation.complaint_id is None:
            return {}
        row = complaints.get(conn, conversation.complaint_id)
        slots = slots_for(conn, content, row.id, CHANNEL, now)
        promise = promises.open_of(conn, row.id, "callback")
        slots.pop("due", None)
        if promise is not None:
            slots["due"] = said_due(content, promise.due_at, now, tongue)
        if row.registered_at is None:
            slots.pop("number", None)
        slots |= _place_in_queue(conn, content, sid, now, tongue)
        if tongue is not None and tongue.own_script:
            known = facts.current(conn, row.id)
            phone_number = str(known["phone"].value) if "phone" in known else ""
            return _figures(content, slots, row.number, phone_number)
    return slots


def said_due(content: Content, due_at: datetime, now: datetime, tongue: Tongue | None) -> str:
    """A time for the ear, in the words of a language."""
    moment = due.say_due(due_at, now)
    if tongue is None:
        return due.render_due(moment, content.promises.say, CHANNEL)
    return tongue.due(moment, content.promises.say)


def _figures(content: Content, slots: dict[str, str], numbered: str, phone_number: str) -> dict[str, str]:
    """For a voice that cannot read Chinese: figures, and no slot that is filled with anything else."""
    caller_id = content.company.numbers["caller_id"].digits
    digits = {"tail": number.tail(phone_number), "caller_tail": number.tail(caller_id)}
    digits |= {"number": number.shown(numbered)} if "number" in slots else {}
    kept = {name: slots[name] for name in ("due", "ahead", "minutes") if name in slots}
    return kept | {name: figures(value) for name, value in digits.items() if value}


def _place_in_queue(
    conn: Any, content: Content, sid: str, now: datetime, tongue: Tongue | None
) -> dict[str, str]:
    """The place, and the minutes only when recent waits are known."""
    handoff = handoffs.open_of(conn, sid)
    ahead = handoffs.ahead_of(conn, handoff.id) if handoff is not None else 0
    if not ahead:
        return {}
    count = str if tongue is not None and tongue.own_script else lambda value: in_words(content, value)
    slots = {"ahead": count(ahead)}
    minutes = places.minutes(conn, ahead, now)
    if minutes is not None:
        slots["minutes"] = count(minutes)
    return slots


def in_words(content: Content, value: int) -> str:
    """1 to 99 as it is read out; more is said as 99."""
    say = content.promises.say
    tens, ones = divmod(min(value, 99), 10)
    lead = "" if not tens else say["ten"] if tens == 1 else say["digits"][tens] + say["ten"]
    return str(lead + (say["digits"][ones] if ones or not tens else ""))


def whisper(phone: Phone, handoff_id: int | None, now: datetime) -> str:
    """What an agent hears before accepting: stored facts only, and in all at most the characters that the
    flow allows, since the caller hears it ring all the while."""
    content, limit = phone.house.content, phone.flow.whisper_limit
    known = _facts_of(phone, handoff_id, now) if handoff_id is not None else {}
    known = {fact: MARKUP.sub("", value) for fact, value in known.items()}
    for name in ("", *phone.flow.whisper_drop):
        known = {fact: value for fact, value in known.items() if fact != name}
        words = _whispered(content, content.whisper(**known))
        if len(words) <= limit:
            return words
    keys = len(_whispered(content, "-")) - 1
    return _whispered(content, content.whisper(**known)[: limit - keys])


def _whispered(content: Content, brief: str) -> str:
    try:
        return content.say("utter_whisper", CHANNEL, brief=brief).text
    except UnfilledSlot:
        return content.say("utter_whisper_plain", CHANNEL).text


def _facts_of(phone: Phone, handoff_id: int, now: datetime) -> dict[str, str]:
    content = phone.house.content
    with phone.house.db.reading() as conn:
        handoff = handoffs.get(conn, handoff_id)
        if handoff is None:
            return {}
        row = complaints.get(conn, handoff.complaint_id)
        slots = slots_for(conn, content, row.id, CHANNEL, now)
        known = facts.current(conn, row.id)
        times = 1 + sum(1 for link in complaints.linked(conn, row.id) if link.link == "repeat")
        promised = promises.open_of(conn, row.id, "callback") is not None
        call = calls.get(conn, handoff.conversation_id)
        note = _note_of(conn, handoff)
    found = {"tier": content.label("tiers", str(row.tier)), "what": slots.get("what", "")}
    found["want"] = slots.get("want", "")
    if call is not None and call.language and call.language != phone.flow.ears.default:
        found["language"] = content.label("languages", call.language)
    if "name" in known:
        found["name"] = str(known["name"].value)
    if times > 1:
        found["times"] = in_words(content, times)
    if note:
        found["note"] = note
    if promised and "due" in slots:
        found["promise"] = slots["due"] + content.label("promise_kinds", "callback")
    return found


def _note_of(conn: Any, handoff: Any) -> str:
    """What the colleague wrote who has just passed this call on."""
    if handoff.reason != "passed":
        return ""
    rows = notes.of_complaint(conn, handoff.complaint_id)
    lately = [row.words for row in rows if row.at >= handoff.asked_at - NOTED_WITHIN]
    return shortened(lately[-1], LONGEST_NOTE) if lately else ""
