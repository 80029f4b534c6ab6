"""Carrying out what core decided, in one transaction: rows first, then the sentences that state them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import acts, complaint, conversation, intake, questions
from core import events as names
from reception import answers, joining
from reception.content import Content, UnfilledSlot, UnknownReply
from reception.heard import Answer, Said
from reception.learning import LONGEST_STORY
from reception.registering import make_promise, register
from reception.situation import Standing
from reception.slots import changed_by, slots_for
from reception.status import Lookup
from store import complaints, conversations, events, facts, handoffs, messages
from store import promises as promise_rows
from store.db import Connection

log = logging.getLogger("jiesu.reception")

MISSES_UNTIL_HUMAN = 2
SAID_ALREADY = ("self_harm", acts.VOICE)
"""Reasons for a person whose own line says all that there is to say when nobody can come now."""
STAFFED_ONLY = {"utter_abuse_again": "utter_abuse_again_nobody"}
ALTERNATIVES = {
    "utter_money": ("utter_money_asked", "utter_money_first"),
    "utter_resigned": ("utter_resigned_plain",),
    "utter_call_when": ("utter_call_when_here",),
    "utter_goes_on": ("utter_goodbye",),
}
QUESTION_LINES = {
    intake.STORY: ("utter_ask_story",),
    intake.WANTED: ("utter_ask_wanted",),
    intake.MISSING: ("utter_ask_missing",),
    intake.PHONE: ("utter_ask_phone", "utter_ask_phone_unknown"),
    intake.READ_BACK: ("utter_ask_read_back", "utter_ask_read_back_short", "utter_ask_read_back_story"),
    intake.CHOICE: ("utter_angry",),
}


@dataclass
class Carrying:
    """One turn's acts on one conversation. `words` and `message` are what the customer said."""

    conn: Connection
    content: Content
    standing: Standing
    now: datetime
    words: str = ""
    message: int | None = None
    said: list[Said] = field(default_factory=list)
    changes: dict[str, Any] = field(default_factory=dict)
    learned: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._speaker = conversations.speaker(self.standing.conversation)

    @property
    def id(self) -> str:
        return str(self.standing.conversation.id)

    @property
    def complaint(self) -> int:
        return int(self.standing.complaint.id)

    @property
    def channel(self) -> str:
        return str(self.standing.conversation.channel)

    def carry_out(self, todo: list[acts.Act]) -> None:
        """Every act in order; what an act has made true, the sentences after it may say."""
        quiet = all(isinstance(act, acts.Page) for act in todo)
        if not quiet:
            self._change(asked=None)
        for act in todo:
            _CARRIED[type(act)](self, act)
        if not quiet and not any(isinstance(act, acts.Miss) for act in todo):
            self._change(misses=0)
        if not quiet and not self.said:
            self.say("utter_listening", "utter_listening_again")
        self._write_changes()

    def say(self, *replies: str, promise: str = "callback", **slots: str) -> bool:
        """Say the first of these replies that stored rows can fill and prove; in other words where it was
        said before and there are others. False when none can."""
        replies = tuple(name for reply in replies for name in (*self._other_words(reply), reply))
        filled = {**self._slots(replies, promise), **slots}
        for reply in replies:
            try:
                line = self.content.say(reply, self.channel, **filled)
            except (UnfilledSlot, UnknownReply):
                continue
            unmet = [need for need in line.needs if not self._proved(need, filled)]
            if unmet:
                log.warning(
                    "reply not said: nothing stored proves it", extra={"reply": reply, "needs": unmet}
                )
                continue
            self._speak(line.reply, line.text, line.buttons)
            return True
        return False

    def answer(self) -> Answer:
        """What was said in this turn, and how things stand after it, as `answers.read` reads it later."""
        wish = handoffs.open_of(self.conn, self.id)
        return Answer(
            conversation=self.id,
            speaker=self._speaker.speaker,
            said=tuple(self.said),
            complaint=answers.complaint_view(self.conn, self.complaint),
            handoff=wish.id if wish is not None else None,
            asked=self._now("asked"),
        )

    def _other_words(self, reply: str) -> tuple[str, ...]:
        other = f"{reply}_again"
        return (other,) if reply in self.standing.situation.said and self.content.has(other) else ()

    def _slots(self, replies: tuple[str, ...], promise: str) -> dict[str, str]:
        """What the rows can fill, read only for replies that state something."""
        variants = [self.content.variant(reply, self.channel) for reply in replies if self.content.has(reply)]
        wanted = {slot for variant in variants for slot in variant.slots}
        for variant in variants:
            wanted |= {"due"} if "P" in variant.needs else set()
            wanted |= {"no_tail", "state"} if "R" in variant.needs else set()
        return slots_for(self.conn, self.content, self.complaint, self.channel, self.now, promise, wanted)

    def _speak(self, reply: str, text: str, buttons: tuple[str, ...]) -> None:
        id = messages.say(
            self.conn,
            conversation_id=self.id,
            complaint_id=self.complaint,
            author=conversation.ASSISTANT,
            words=text,
            at=self.now,
            reply=reply,
            buttons=buttons,
            answers=self.message,
        )
        self.said.append(Said(id, conversation.ASSISTANT, text, self.now, reply, buttons))

    def _proved(self, need: str, slots: dict[str, str]) -> bool:
        """A sentence may state only what a row proves: number, promise, handoff, page, words, link."""
        if need == "N":
            return complaints.get(self.conn, self.complaint).registered_at is not None
        if need == "P":
            return "due" in slots
        if need == "H":
            return handoffs.open_of(self.conn, self.id) is not None
        if need == "G":
            return events.happened(self.conn, self.complaint, names.SUPERVISOR_PAGED)
        if need == "R":
            return "no_tail" in slots or "state" in slots
        return need == "S"

    def _change(self, **values: Any) -> None:
        self.changes.update(values)

    def _now(self, name: str) -> Any:
        """A value of the conversation as this turn has left it."""
        return self.changes.get(name, getattr(self.standing.conversation, name))

    def _write_changes(self) -> None:
        if self.changes:
            conversations.change(self.conn, self.id, **self.changes)

    def _event(self, name: str, **data: Any) -> None:
        events.append(self.conn, name, self.now, complaint_id=self.complaint, conversation_id=self.id, **data)

    def _line(self, act: acts.Line) -> None:
        slots: dict[str, str] = {}
        if act.reply == "utter_hours":
            slots["hours"] = self.content.page("hours.said")
        if act.reply in STAFFED_ONLY and not self.standing.situation.staffed:
            self.promise("callback", window="callback_after_wish")
            self.say(STAFFED_ONLY[act.reply], act.reply)
            return
        if act.reply == "utter_corrected":
            slots["what"] = changed_by(self.conn, self.content, self.complaint, self.message, self.channel)
        self.say(act.reply, *ALTERNATIVES.get(act.reply, ()), **slots)

    def _ask(self, act: acts.Ask) -> None:
        asked = self._now("asked_counts")
        counts = {**asked, act.question: asked.get(act.question, 0) + 1}
        self._change(asked=act.question, asked_counts=counts)
        lines = QUESTION_LINES[act.question]
        if act.question == intake.CHOICE and not self.standing.situation.staffed:
            self.promise("callback", window="callback_after_wish")
            lines = ("utter_angry_nobody", *lines)
        if act.question == intake.PHONE and not self.standing.situation.has_phone:
            lines = lines[1:]
        again = tuple(f"{line}_again" for line in lines if self.content.has(f"{line}_again"))
        second = counts[act.question] > 1 or bool(set(lines) & set(self.standing.situation.said))
        self.say(*(again if second else ()), *lines)

    def _expect(self, act: acts.Expect) -> None:
        self._change(asked=act.topic)

    def _learn(self, act: acts.Learn) -> None:
        self.learned.add(act.field)
        value = self.words[:LONGEST_STORY] if act.value is None else act.value
        if act.field == intake.WANTED and isinstance(value, str):
            value = {"kinds": [], "words": value}
        facts.learn(
            self.conn, self.complaint, act.field, value, by="answer", at=self.now, message_id=self.message
        )

    def _skip(self, act: acts.Skip) -> None:
        self._change(skipped=sorted({*self._now("skipped"), act.question}))

    def _register(self, act: acts.Register) -> None:
        row = complaints.get(self.conn, self.complaint)
        if row.state != complaint.DRAFT:
            return
        register(self.conn, self.content, self.complaint, self.now, act.kind)
        replies = {
            "vent": ("utter_registered_vent",),
            "hidden": ("utter_resigned_no",),
            "complaint": ("utter_registered", "utter_registered_here"),
        }[act.kind]
        self.say(*replies)

    def _page(self, act: acts.Page) -> None:
        self._event(names.SUPERVISOR_PAGED, reason=act.reason)
        if act.reason == "self_harm":
            return
        self.promise("callback")
        self.promise("callback", window="callback_after_wish")

    def _human(self, act: acts.Human) -> None:
        self._bring(
            "utter_finding_human" if self._told() else "utter_finding_human_first", act.reason, act.quiet
        )

    def _miss(self, act: acts.Miss) -> None:
        misses = self.standing.conversation.misses + 1
        self._change(misses=misses)
        if misses < MISSES_UNTIL_HUMAN:
            self.say(act.reply)
            self._change(asked=self.standing.conversation.asked)
            return
        self._change(misses=0)
        self._bring("utter_missed_twice", "missed_twice", quiet=False)

    def _bring(self, reply: str, reason: str, quiet: bool) -> None:
        """Store the wish for a person, then say who comes: somebody now, or a call at a stored time."""
        self.seek(reason)
        if not self.standing.situation.staffed:
            self._nobody(quiet, silent=reason in SAID_ALREADY)
            return
        self._turn_speaker(conversation.HumanAsked())
        if not quiet:
            self.say(reply)
            self._say_place()

    def seek(self, reason: str) -> int:
        """Store the wish for a person, and a call should nobody come; the open wish's id. Says nothing."""
        wish = handoffs.ask(
            self.conn, conversation_id=self.id, complaint_id=self.complaint, reason=reason, at=self.now
        )
        self._event(names.HUMAN_ASKED, reason=reason)
        self.promise("callback", window="callback_after_wish")
        return wish

    def _say_place(self) -> None:
        handoff = handoffs.open_of(self.conn, self.id) if self.channel != "phone" else None
        ahead = handoffs.ahead_of(self.conn, handoff.id) if handoff is not None else 0
        if ahead:
            self.say("utter_queue_place", ahead=str(ahead))

    def _nobody(self, quiet: bool, silent: bool) -> None:
        """No person can come now: the stored promise of a call is said, and the assistant goes on."""
        self._end_wish("nobody")
        if silent:
            return
        if quiet:
            self._register_if_told()
            return
        if "utter_nobody" in self.standing.situation.said:
            self._say_when("utter_nobody_still")
            if not self.standing.situation.has_phone:
                self._change(asked=questions.CALLBACK)
            return
        self.say("utter_nobody")
        self._change(asked=questions.CALLBACK)

    def nobody_came(self) -> bool:
        """Somebody was sought and nobody came: the promised time is said, and the assistant goes on."""
        self.promise("callback", window="callback_after_wish")
        self._end_wish("nobody")
        return self._say_when("utter_nobody_came")

    def _say_when(self, reply: str) -> bool:
        """When somebody calls, or, with no number known, when somebody answers here."""
        known = self.standing.situation.has_phone
        return self.say(*((reply,) if known else ()), f"{reply}_here")

    def _end_wish(self, outcome: str) -> None:
        """The wish is no longer open: what remains of it is a stored promise, or nothing."""
        handoffs.end_of(self.conn, self.id, outcome, self.now)
        self._turn_speaker(conversation.WaitEnded())

    def _register_if_told(self) -> None:
        """The number at once; then, if none is known, where to call."""
        if self._told():
            self._register(acts.Register())
        if not self.standing.situation.has_phone and self.said:
            self.say("utter_ask_phone_unknown")
            self._change(asked=questions.CALLBACK_PHONE)

    def _told(self) -> bool:
        return intake.STORY in self.learned or intake.STORY in self.standing.facts

    def _callback(self, act: acts.Callback) -> None:
        if act.wanted:
            self.promise("callback", window="callback_after_wish")
        self._end_wish("callback" if act.wanted else "customer_left")
        if not act.wanted:
            self._decline_callback()
            return
        unknown = intake.PHONE not in self.standing.facts
        if unknown and self.standing.situation.asked != questions.CALLBACK_PHONE:
            self.say("utter_ask_phone_unknown")
            self._change(asked=questions.CALLBACK_PHONE)
        elif self._told() and complaints.get(self.conn, self.complaint).state == complaint.DRAFT:
            self._register(acts.Register())
        else:
            self.say("utter_callback_booked", "utter_reply_booked")

    def _decline_callback(self) -> None:
        if self.standing.situation.speaker == conversation.WAITING:
            self.say("utter_wait_ended")
            return
        row = promise_rows.open_of(self.conn, self.complaint, "callback")
        if row is not None:
            promise_rows.change(self.conn, row.id, state="declined")
        self.say("utter_callback_declined")

    def _status(self, _act: acts.Status) -> None:
        lookup = Lookup(self.content)
        before = (self.standing.situation.asked or "").partition(":")[2]
        found = lookup.find(self.conn, self.standing.conversation, f"{before} {self.words}", self.now)
        if found.too_many:
            self._bring("utter_status_limit", "status_limit", quiet=False)
            return
        if found.complaint is not None:
            joining.prove_by_number(self.conn, self.standing.conversation, found.complaint, self.now)
        slots = lookup.slots(self.conn, found, self.channel, self.now)
        still = f"{questions.STATUS}:{found.number}" if found.number else questions.STATUS
        self._change(asked=None if found.complaint else still)
        self.say(*found.replies, **slots)

    def _withdraw(self, _act: acts.Withdraw) -> None:
        """A draft is withdrawn on the customer's word; a registered complaint waits for a second person."""
        row = complaints.get(self.conn, self.complaint)
        if row.state != complaint.DRAFT:
            self._event(names.SUPERVISOR_PAGED, reason="withdraw")
            self.say("utter_added", "utter_added_again")
            return
        complaint.check_move(
            row.state, complaint.WITHDRAWN, frozenset({"customer_words"}), complaint.CUSTOMER
        )
        complaints.change(self.conn, self.complaint, state=complaint.WITHDRAWN)
        self._event(names.STATE_MOVED, to=complaint.WITHDRAWN)
        self.say("utter_withdrawn")

    def _turn_speaker(self, event: conversation.Event) -> None:
        after = conversation.step(self._speaker, event)
        if after != self._speaker:
            conversations.set_speaker(self.conn, self.id, self._speaker, after)
            self._speaker = after

    def promise(self, kind: str, window: str | None = None) -> None:
        """Store a promise unless an open one of its kind is due as early. A call back keeps the place that
        the customer has had in the queue since the wish for a person."""
        wish = handoffs.open_of(self.conn, self.id) if kind == "callback" else None
        place = wish.asked_at if wish is not None else None
        make_promise(self.conn, self.content, self.complaint, kind, self.now, window, place)


_CARRIED: dict[type[Any], Callable[[Carrying, Any], None]] = {
    acts.Line: Carrying._line,
    acts.Ask: Carrying._ask,
    acts.Expect: Carrying._expect,
    acts.Learn: Carrying._learn,
    acts.Skip: Carrying._skip,
    acts.Register: Carrying._register,
    acts.Page: Carrying._page,
    acts.Human: Carrying._human,
    acts.Miss: Carrying._miss,
    acts.Callback: Carrying._callback,
    acts.Status: Carrying._status,
    acts.Withdraw: Carrying._withdraw,
}
"""How each act of core.acts is carried out."""
