"""Plays a golden conversation through reception and reads back what is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from core import events as names
from reception.reception import Reception
from store import complaints, conversations, customers, events, facts, handoffs, messages, users
from store import promises as promise_rows
from tests.fakes.clock import Clock
from tests.golden.script import Script
from tests.reception.conftest import Customer, add_agent

SILENT_AFTER = timedelta(minutes=15)
WITHHELD = ("call", "withheld-1")


@dataclass
class Reply:
    """One sentence of ours, its conversation, and its moment: one for all sentences said at once."""

    conversation: str
    moment: int
    name: str
    words: str


@dataclass
class Played:
    """What was said on both sides. `turns` pairs each turn of the file with the replies to it."""

    replies: list[Reply] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    turns: list[tuple[dict[str, Any], list[Reply]]] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)


class Player:
    """One customer, through one or several conversations."""

    def __init__(self, reception: Reception, clock: Clock, script: Script) -> None:
        self.reception = reception
        self.clock = clock
        self.script = script
        self.played = Played()
        self.calls = 0
        self.moment = 0
        self.customer = self._arrives()

    def _arrives(self) -> Customer:
        channel = self.script.channel
        caller = self.script.caller if channel == "phone" else None
        customer = Customer(self.reception, self.clock, channel, caller)
        if channel == "wechat":
            customer.who = ("openid", "o-golden-1")
        if channel == "phone":
            self.calls += 1
            customer.conversation = f"CA{self.calls:032d}"
            customer.who = customer.who if caller else WITHHELD
            conversation = self.reception.begin(customer.heard(""))
            line = self.reception.content.say("utter_open", channel)
            self._note(conversation, [(line.reply, line.text)])
        return customer

    def play(self) -> Played:
        if self.script.staffed:
            with self.reception.db.writing() as conn:
                agent = add_agent(conn, self.clock, "li", "李敏")
                users.set_presence(conn, agent, users.AVAILABLE, self.clock() + timedelta(days=60))
        for turn in self.script.says:
            before = len(self.played.replies)
            self._step(turn)
            self.played.turns.append((turn, self.played.replies[before:]))
        return self.played

    def _step(self, turn: dict[str, Any]) -> None:
        if "again_after_days" in turn:
            self.clock.pass_(days=turn["again_after_days"])
            self.customer = self._arrives()
        elif "silent_minutes" in turn:
            self.reception.register_silent(self.clock.pass_(minutes=turn["silent_minutes"]), SILENT_AFTER)
        elif "leaves" in turn:
            self.reception.left(self.customer.conversation, self.clock.pass_(seconds=5))
        elif "presses" in turn:
            self._presses_zero()
        else:
            burst = turn.get("burst") or [turn["customer"]]
            if self.script.channel == "wechat":
                self._writes([str(words) for words in burst])
                return
            for words in burst:
                self._says(str(words), seconds=1 if "burst" in turn else 20)

    def _writes(self, burst: list[str]) -> None:
        """Messages a second apart, and the one answer when their turn is over, as at the door of WeChat."""
        self.clock.pass_(seconds=20)
        bursts = self.reception.bursts
        for words in burst:
            words = words.replace("{number}", self._number()) if "{number}" in words else words
            key = f"{self.script.file.stem}-{len(self.played.heard)}"
            with self.reception.db.writing() as conn:
                kept = bursts.keep(conn, self.customer.heard(words, key=key))
            assert kept is not None
            self.customer.conversation = kept.conversation
            self.played.heard.append(words)
            self.clock.pass_(seconds=1)
        self.clock.pass_(seconds=10)
        assert bursts.due(self.clock()) == [self.customer.conversation]
        answer = bursts.answer(self.customer.conversation, self.clock())
        assert answer is not None
        self.customer.answer = answer
        self._note(answer.conversation, [(said.reply, said.words) for said in answer.said])

    def _presses_zero(self) -> None:
        key = f"zero-{self.moment}"
        now = self.clock.pass_(seconds=5)
        answer = self.reception.ask_human(self.customer.conversation, "key", key, now, self.script.caller)
        self.played.heard.append("")
        self._note(answer.conversation, [(said.reply, said.words) for said in answer.said])

    def _says(self, words: str, seconds: float) -> None:
        words = words.replace("{number}", self._number()) if "{number}" in words else words
        self.clock.pass_(seconds=seconds)
        key = f"{self.script.file.stem}-{len(self.played.heard)}"
        answer = self.reception.receive(self.customer.heard(words, key=key))
        assert not answer.pending
        self.customer.answer = answer
        self.customer.conversation = answer.conversation
        self.played.heard.append(words)
        self._note(answer.conversation, [(said.reply, said.words) for said in answer.said])

    def _number(self) -> str:
        assert self.customer.answer.complaint, "the file says {number}, but none was given yet"
        return self.customer.answer.complaint.number

    def _note(self, conversation: str, said: list[tuple[str | None, str]]) -> None:
        if conversation not in self.played.conversations:
            self.played.conversations.append(conversation)
        self.played.replies += [Reply(conversation, self.moment, name or "", words) for name, words in said]
        self.moment += 1

    def stored(self) -> Stored:
        """What the database holds of the customer's newest complaint."""
        with self.reception.db.reading() as conn:
            return _read(conn, self.customer.who, self.played.conversations)


@dataclass(frozen=True)
class Stored:
    """The newest complaint as rows, in the words of the files."""

    values: dict[str, Any]
    heard: list[str]
    unanswered: int


def _read(conn: Any, who: tuple[str, str], conversation_ids: list[str]) -> Stored:
    customer = customers.find(conn, *who)
    rows = complaints.of_customer(conn, customer) if customer else []
    said = [row for id in conversation_ids for row in messages.of_conversation(conn, id)]
    heard = [row for row in said if row.author == "customer"]
    last = conversations.fetch(conn, conversation_ids[-1])
    values = _values(conn, rows[0]) if rows else {}
    return Stored(
        values={**values, "complaints": len(rows), "skipped": set(last.skipped)},
        heard=[row.words for row in heard],
        unanswered=sum(not row.answered for row in heard),
    )


def _values(conn: Any, row: Any) -> dict[str, Any]:
    known = {name: fact.value for name, fact in facts.current(conn, row.id).items()}
    promises = promise_rows.of_complaint(conn, row.id)
    paged = [event for event in events.of_complaint(conn, row.id) if event.name == names.SUPERVISOR_PAGED]
    return {
        "kind": row.kind,
        "tier": row.tier,
        "state": row.state,
        "mood": row.mood,
        "flags": set(complaints.flags(conn, row.id)),
        "issues": {issue["category"] for issue in known.get("issues", [])},
        "wanted": set(known.get("wanted", {}).get("kinds", [])),
        "phone": known.get("phone"),
        "reference": known.get("reference", {}).get("value"),
        "amounts": {loss["amount"] for loss in known.get("loss_claimed", [])},
        "when": known.get("happened", {}).get("words"),
        "story": known.get("story"),
        "promises": {promise.kind for promise in promises if promise.state == "open"},
        "declined": {promise.kind for promise in promises if promise.state == "declined"},
        "human": _human(conn, row.id, promises),
        "paged": {event.data.get("reason") for event in paged},
        "linked": sorted(link.link for link in complaints.linked(conn, row.id)),
        "own_words": known.get("missing"),
    }


def _human(conn: Any, complaint: int, promises: Any) -> str:
    """`waiting`: somebody is being sought; `callback`: nobody could come, a call or answer is promised;
    `declined`: a person was offered and refused; `never asked`."""
    wishes = handoffs.of_complaint(conn, complaint)
    if any(wish.ended_at is None for wish in wishes):
        return "waiting"
    if not wishes:
        return "never asked"
    open_ones = [promise for promise in promises if promise.kind == "callback" and promise.state == "open"]
    return "callback" if open_ones else "declined"
