"""What is said: replies of `content/` filled from stored rows, for the caller's ear and the agent's."""

from __future__ import annotations

import logging
import math
import statistics
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core.call import Say
from ivr.door import Phone
from reception.content import Content, UnfilledSlot
from reception.slots import slots_for
from store import complaints, conversations, facts, handoffs, promises

log = logging.getLogger("jiesu.ivr")

CHANNEL = "phone"
NEUTRAL = "utter_here"
RECENT = timedelta(hours=1)
LEAST_WAITS = 3


@dataclass
class Voice:
    """Speaks for one turn of one call. Stored rows are read once, and only when a line needs them."""

    phone: Phone
    sid: str
    now: datetime
    _slots: dict[str, str] | None = field(default=None)

    def __call__(self, say: Say) -> str:
        """The words, or the first reply that can be filled; a line that lacks a slot is never said."""
        if say.words:
            return say.words
        words = (self._say(reply) for reply in say.replies)
        return next((said for said in words if said), "") or self._say(NEUTRAL)

    def _say(self, reply: str) -> str:
        content = self.phone.house.content
        if not content.has(reply):
            log.error("calls.yml names a reply that replies.yml does not have: %s", reply)
            return ""
        for known in (dict, self._known):  # rows are read only for a line that needs them
            try:
                return content.say(reply, CHANNEL, **known()).text
            except UnfilledSlot:
                continue
        return ""

    def _known(self) -> dict[str, str]:
        if self._slots is None:
            try:
                self._slots = stored_slots(self.phone, self.sid, self.now)
            except Exception as error:
                log.exception("slots could not be read: %s", type(error).__name__)
                self._slots = {}
        return self._slots


def stored_slots(phone: Phone, sid: str, now: datetime) -> dict[str, str]:
    """What stored rows can fill in this call: a number only when registered, a time only when it is a
    promise to call, the place in the queue while a wish is open."""
    content = phone.house.content
    with phone.house.db.reading() as conn:
        conversation = conversations.get(conn, sid)
        if conversation is None or conversation.complaint_id is None:
            return {}
        slots = slots_for(conn, content, conversation.complaint_id, CHANNEL, now)
        if promises.open_of(conn, conversation.complaint_id, "callback") is None:
            slots.pop("due", None)
        if complaints.get(conn, conversation.complaint_id).registered_at is None:
            slots.pop("number", None)
        return slots | _place_in_queue(conn, content, sid, now)


def _place_in_queue(conn: Any, content: Content, sid: str, now: datetime) -> dict[str, str]:
    """The place, and the minutes only when recent waits are known."""
    handoff = handoffs.open_of(conn, sid)
    ahead = handoffs.ahead_of(conn, handoff.id) if handoff is not None else 0
    if not ahead:
        return {}
    slots = {"ahead": in_words(content, ahead)}
    waits = handoffs.recent_waits(conn, now - RECENT)
    if len(waits) >= LEAST_WAITS:
        minutes = max(1, math.ceil(statistics.median(waits) * (ahead + 1) / 60))
        slots["minutes"] = in_words(content, minutes)
    return slots


def in_words(content: Content, value: int) -> str:
    """1 to 99 as it is read out; more is said as 99."""
    say = content.promises.say
    tens, ones = divmod(min(value, 99), 10)
    lead = "" if not tens else say["ten"] if tens == 1 else say["digits"][tens] + say["ten"]
    return str(lead + (say["digits"][ones] if ones or not tens else ""))


def whisper(phone: Phone, handoff_id: int | None, now: datetime) -> str:
    """What an agent hears before accepting: stored facts only, at most 60 characters of them."""
    content = phone.house.content
    known = _facts_of(phone, handoff_id, now) if handoff_id is not None else {}
    brief = _within(content, known, phone.flow.whisper_limit, phone.flow.whisper_drop)
    try:
        return content.say("utter_whisper", CHANNEL, brief=brief).text
    except UnfilledSlot:
        return content.say("utter_whisper_plain", CHANNEL).text


def _within(content: Content, known: dict[str, str], limit: int, drop: tuple[str, ...]) -> str:
    """The brief, with facts left out in the order of `drop` until it is short enough."""
    for name in ("", *drop):
        known = {fact: value for fact, value in known.items() if fact != name}
        brief = content.whisper(**known)
        if len(brief) <= limit:
            return brief
    return brief[:limit]


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
    found = {"tier": content.label("tiers", str(row.tier)), "what": slots.get("what", "")}
    found["want"] = slots.get("want", "")
    if "name" in known:
        found["name"] = str(known["name"].value)
    if times > 1:
        found["times"] = in_words(content, times)
    if promised and "due" in slots:
        found["promise"] = slots["due"] + content.label("promise_kinds", "callback")
    return found
