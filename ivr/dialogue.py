"""What a call's machine asks of the house, done: words to reception, a person sought, a call promised."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from core import categories
from core.call import (
    STORY,
    Answered,
    Ask,
    Event,
    Failed,
    GiveUp,
    Leg,
    Noted,
    Place,
    Seek,
    Sought,
    Tell,
    Unreached,
)
from core.conversation import WAITING
from ivr.door import Phone, log
from reception import phones
from reception.accounts import RINGABLE
from reception.heard import Answer, Heard
from reception.phones import Phones
from reception.situation import likely_category
from store import complaints, conversations, facts, handoffs, promises

NOBODY = "utter_nobody"
WAITING_TURN, OFFERED = "waiting", "free"  # as `core.call` asks: a turn of the waiting room; an offer there
PENDING_SECONDS = 2.5
LONGEST_WORDS = 20_000


@dataclass
class Dialogue:
    """One turn of one call. `caller`: the number that is shown, in E.164, or None. `named`: what reception
    has said in this turn, each sentence with the name of its reply."""

    phone: Phone
    sid: str
    turn: str
    caller: str | None
    now: datetime
    handoff: int | None = None
    named: dict[str, str] = field(default_factory=dict)

    def do(self, ask: Ask, place: Place) -> Event:
        """Never raises: whatever fails is an event too, so that the caller still hears something."""
        try:
            if isinstance(ask, Tell):
                return self.note(ask.words, ask.kept_as) if ask.kept_as else self._tell(ask.words, ask.asks)
            return self._seek(ask) if isinstance(ask, Seek) else self._give_up()
        except Exception as error:
            log.exception("the house failed in a call: %s", type(error).__name__)
            return self._failed(ask)

    def open(self) -> None:
        """Begin the conversation of this call, if nobody has yet."""
        self.phone.house.reception.begin(self._heard("", "open"))

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

    def _tell(self, words: str, asks: str) -> Event:
        """Keep the words, then the answer. Another worker at the same message is waited for, briefly."""
        heard = replace(self._heard(words, self.turn), asks=asks)
        until = time.monotonic() + PENDING_SECONDS
        answer = self.phone.house.reception.receive(heard)
        while answer.pending and time.monotonic() < until:
            time.sleep(0.05)
            answer = self.phone.house.reception.receive(heard)
        if answer.pending:
            return Failed()
        self.handoff = answer.handoff
        return Answered(
            said=self._words(answer),
            expects=(*_names(answer), *self._asked(answer)),
            handoff=answer.handoff is not None and answer.speaker == WAITING,
            registered=answer.complaint is not None,
        )

    def note(self, words: str, kept_as: str) -> Event:
        """Keep words for a person to read: doubtful ones, or those of a language that is not understood."""
        self.phone.house.reception.note(self._heard(words, f"{self.turn}:{kept_as}"), kept_as)
        return Answered() if kept_as == STORY else Noted()

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

    def _words(self, answer: Answer | None) -> tuple[str, ...]:
        """What reception says, with the names of its replies noted, for a language with words of its own."""
        said = [one for one in answer.said if one.words] if answer is not None else []
        self.named |= {one.words: one.reply for one in said if one.reply}
        return tuple(one.words for one in said)

    # ---- a person

    def _seek(self, ask: Seek) -> Event:
        """The wish is stored before anything rings. One that is open already is not stored twice."""
        house = self.phone.house
        with house.db.reading() as conn:
            known = conversations.get(conn, self.sid) is not None
            row = handoffs.open_of(conn, self.sid)
        if ask.release and row is not None and row.agent_id is not None:
            house.agents.pass_call(row.id, self.now)
            row = None
        answer: Answer | None = None
        if not (ask.again and row is not None) and NOBODY not in self.named.values():
            if not known:
                self.open()
            key = f"{self.sid}:{self.turn}:human"
            answer = house.reception.ask_human(self.sid, ask.reason, key, self.now, self.caller)
        return self._sought(answer, ask)

    def _sought(self, answer: Answer | None, ask: Seek) -> Sought:
        names = (*_names(answer), *(name for name in self.named.values() if name == NOBODY))
        with self.phone.house.db.reading() as conn:
            conversation = conversations.fetch(conn, self.sid)
            row = handoffs.open_of(conn, self.sid)
            complaint = complaints.get(conn, conversation.complaint_id)
            nobody = NOBODY in names
            found = Phones() if nobody else self._phones(conn, conversation, row, complaint.tier, ask)
            known = facts.current(conn, conversation.complaint_id)
            promised = promises.open_of(conn, conversation.complaint_id, "callback") is not None
        self.handoff = row.id if row is not None else None
        bare = [leg for leg in found.legs if RINGABLE.fullmatch(leg.address)]
        self.phone.legs[:] = bare or self.phone.legs
        return Sought(
            legs=tuple(replace(leg, address=_address(leg.address, complaint.number)) for leg in bare),
            said=self._words(answer),
            names=names,
            staffed=found.staffed,
            promised=promised,
            withheld=self.caller is None and "phone" not in known,
            spoke="story" in known,
        )

    def _phones(self, conn: Any, conversation: Any, handoff: Any, tier: int, ask: Seek) -> Phones:
        return phones.for_call(
            conn,
            self.phone.house.content,
            conversation,
            handoff,
            tier,
            self.now,
            trunk=bool(self.phone.house.trunk),
            only=ask.only,
            waits=ask.reason in (WAITING_TURN, OFFERED),
            behind=ask.reason == WAITING_TURN,
        )

    def _give_up(self) -> Event:
        house = self.phone.house
        answer = house.reception.unreached(self.sid, self.now)
        with house.db.reading() as conn:
            complaint = conversations.fetch(conn, self.sid).complaint_id
            promised = promises.open_of(conn, complaint, "callback") is not None
            withheld = self.caller is None and "phone" not in facts.current(conn, complaint)
        return Unreached(self._words(answer), _names(answer), promised, withheld)


@dataclass(frozen=True)
class NoHouse:
    """The house when nothing in it can be trusted: nothing is stored, who was there last is rung."""

    legs: tuple[Leg, ...] = ()

    def do(self, ask: Ask, place: Place) -> Event:
        if isinstance(ask, Seek):
            return Sought(self.legs, stored=False)
        return Unreached() if isinstance(ask, GiveUp) else Failed()


def _address(phone: str, number: str) -> str:
    """A SIP phone gets the complaint's number in a header; the browser finds it on the desk."""
    return f"{phone}?X-Complaint={number}" if phone.startswith("sip") else phone


def _names(answer: Answer | None) -> tuple[str, ...]:
    """Names of the replies, the last first, since it is the last that asks."""
    return tuple(said.reply for said in reversed(answer.said) if said.reply) if answer is not None else ()
