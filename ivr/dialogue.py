"""What a call's machine asks of the house, done: words to reception, a person sought, a call promised."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core import categories
from core.call import Answered, Ask, Event, Failed, GiveUp, Leg, Place, Seek, Sought, Tell, Unreached
from core.conversation import AGENT, WAITING
from ivr.door import Phone, log
from reception.accounts import RINGABLE
from reception.heard import Answer, Heard
from reception.situation import likely_category, on_duty
from store import complaints, conversations, facts, handoffs, promises, users

NOBODY = "utter_nobody"
PENDING_SECONDS = 2.5
LONGEST_WORDS = 20_000


@dataclass
class Dialogue:
    """One turn of one call. `caller`: the number that is shown, in E.164, or None."""

    phone: Phone
    sid: str
    turn: str
    caller: str | None
    now: datetime
    handoff: int | None = None

    def do(self, ask: Ask, place: Place) -> Event:
        """Never raises: whatever fails is an event too, so that the caller still hears something."""
        try:
            if isinstance(ask, Tell):
                return self._tell(ask.words)
            return self._seek(ask) if isinstance(ask, Seek) else self._give_up()
        except Exception as error:
            log.exception("the house failed in a call: %s", type(error).__name__)
            return self._failed(ask)

    def open(self) -> None:
        """Begin the conversation of this call, if nobody has yet."""
        self.phone.house.reception.open(self._heard("", "open"))

    def _failed(self, ask: Ask) -> Event:
        if isinstance(ask, Tell):
            return Failed()
        return Sought(tuple(self.phone.legs), stored=False) if isinstance(ask, Seek) else Unreached()

    # ---- words

    def _heard(self, words: str, key: str) -> Heard:
        who = ("phone", self.caller) if self.caller else ("call", self.sid)
        return Heard(
            channel="phone",
            who=who,
            words=words[:LONGEST_WORDS],
            key=f"{self.sid}:{key}",
            at=self.now,
            conversation=self.sid,
            caller=self.caller,
        )

    def _tell(self, words: str) -> Event:
        """Keep the words, then the answer. Another worker at the same message is waited for, briefly."""
        heard = self._heard(words, self.turn)
        until = time.monotonic() + PENDING_SECONDS
        answer = self.phone.house.reception.receive(heard)
        while answer.pending and time.monotonic() < until:
            time.sleep(0.05)
            answer = self.phone.house.reception.receive(heard)
        if answer.pending:
            return Failed()
        self.handoff = answer.handoff
        return Answered(
            said=tuple(said.words for said in answer.said if said.words),
            expects=(*_names(answer), *self._asked(answer)),
            handoff=answer.handoff is not None and answer.speaker == WAITING,
            registered=answer.complaint is not None,
        )

    def _asked(self, answer: Answer) -> tuple[str, ...]:
        """The open question, told apart where keys are better than speech: "missing waybill"."""
        if answer.asked != "missing":
            return (answer.asked,) if answer.asked else ()
        content = self.phone.house.content
        with self.phone.house.db.reading() as conn:
            known = facts.current(conn, conversations.fetch(conn, self.sid).complaint_id)
        issues = [issue["category"] for issue in known["issues"].value] if "issues" in known else []
        category = categories.by_code(likely_category(content, issues), content.categories)
        return (f"missing {category.missing_field}", "missing")

    # ---- a person

    def _seek(self, ask: Seek) -> Event:
        """The wish is stored before anything rings. One that is open already is not stored twice."""
        house = self.phone.house
        with house.db.reading() as conn:
            known = conversations.get(conn, self.sid) is not None
            row = handoffs.open_of(conn, self.sid)
        answer: Answer | None = None
        if not (ask.again and row is not None):
            if not known:
                self.open()
            key = f"{self.sid}:{self.turn}:human"
            answer = house.reception.ask_human(self.sid, ask.reason, key, self.now, self.caller)
        return self._sought(answer, ask.only)

    def _sought(self, answer: Answer | None, only: int) -> Sought:
        names = _names(answer)
        with self.phone.house.db.reading() as conn:
            conversation = conversations.fetch(conn, self.sid)
            row = handoffs.open_of(conn, self.sid)
            people = [] if NOBODY in names else self._people(conn, conversation, row)
            known = facts.current(conn, conversation.complaint_id)
            promised = promises.open_of(conn, conversation.complaint_id, "callback") is not None
            number = complaints.get(conn, conversation.complaint_id).number
        self.handoff = row.id if row is not None else None
        tried = row.tried if row is not None else ()
        bare = _legs([one for one in people if one.id not in tried])
        self.phone.legs[:] = bare or self.phone.legs
        legs = tuple(replace(leg, address=_address(leg.address, number)) for leg in bare)
        return Sought(
            legs=tuple(leg for leg in legs if leg.agent == only) or legs,
            said=_words(answer),
            names=names,
            staffed=bool(people),
            promised=promised,
            withheld=self.caller is None and "phone" not in known,
            spoke="story" in known,
        )

    def _people(self, conn: Any, conversation: Any, handoff: Any) -> list[Any]:
        """Who could answer now; once somebody at the desk has accepted, only that one."""
        if conversation.speaker == AGENT and handoff is not None and handoff.agent_id:
            owner = users.get(conn, handoff.agent_id)
            return [owner] if owner is not None and owner.phone else []
        return on_duty(conn, "phone", self.now)

    def _give_up(self) -> Event:
        house = self.phone.house
        answer = house.reception.unreached(self.sid, self.now)
        with house.db.reading() as conn:
            complaint = conversations.fetch(conn, self.sid).complaint_id
            promised = promises.open_of(conn, complaint, "callback") is not None
            withheld = self.caller is None and "phone" not in facts.current(conn, complaint)
        return Unreached(_words(answer), _names(answer), promised, withheld)


@dataclass(frozen=True)
class NoHouse:
    """The house when nothing in it can be trusted: nothing is stored, who was there last is rung."""

    legs: tuple[Leg, ...] = ()

    def do(self, ask: Ask, place: Place) -> Event:
        if isinstance(ask, Seek):
            return Sought(self.legs, stored=False)
        return Unreached() if isinstance(ask, GiveUp) else Failed()


def _legs(people: Sequence[Any]) -> tuple[Leg, ...]:
    return tuple(Leg(one.id, one.phone) for one in people if RINGABLE.fullmatch(one.phone or ""))


def learn_caller(conn: Any, complaint: int, caller: str | None, at: datetime) -> None:
    """The number that called, unless the complaint knows one already."""
    if caller is not None and "phone" not in facts.current(conn, complaint):
        facts.learn(conn, complaint, "phone", caller, by="caller_id", at=at)


def _address(phone: str, number: str) -> str:
    """A SIP phone gets the complaint's number in a header; the browser finds it on the desk."""
    return f"{phone}?X-Complaint={number}" if phone.startswith("sip") else phone


def _words(answer: Answer | None) -> tuple[str, ...]:
    return tuple(said.words for said in answer.said if said.words) if answer is not None else ()


def _names(answer: Answer | None) -> tuple[str, ...]:
    """Names of the replies, the last first, since it is the last that asks."""
    return tuple(said.reply for said in reversed(answer.said) if said.reply) if answer is not None else ()
