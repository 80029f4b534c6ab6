"""A `<Dial>`: phones ring together, hear their whisper, and one of them is bridged; or it is a room or queue.

https://www.twilio.com/docs/voice/twiml/dial
"""

from __future__ import annotations

import heapq
import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from simulator import document, phones, taping
from simulator.document import Verb
from simulator.exchange import Tape
from simulator.phones import Phone
from simulator.sound import spoken_seconds

if TYPE_CHECKING:
    from simulator.call import Call

TIMEOUT = 30.0
LONGEST = 14400.0
WHISPER_TIMEOUT = 5.0
OVER = ("completed", phones.BUSY, phones.RINGS_OUT, phones.FAILED, "canceled")


@dataclass
class Outcome:
    """How the Dial ended: what its action is told, whether the caller has gone, and the talk's recording."""

    params: dict[str, str]
    gone: bool = False
    tape: Tape | None = None


@dataclass
class Leg:
    """One ringing phone and what became of it; to the phone company a call of its own (exchange.Party)."""

    call: Call
    noun: Verb
    address: str
    phone: Phone
    started: datetime
    began: float
    sid: str = field(default_factory=lambda: "CA" + uuid.uuid4().hex)
    status: str = "ringing"
    seconds: float = 0.0
    order: str = ""
    verbs: list[Verb] = field(default_factory=list)
    sequence: int = 0

    @property
    def parent(self) -> str:
        return self.call.sid

    @property
    def direction(self) -> str:
        return "outbound-dial"

    @property
    def number(self) -> str:
        return self.call.number

    @property
    def to(self) -> str:
        return self.address

    def divert(self, url: str) -> None:
        self.order = url

    def cut(self) -> None:
        self.order = self.call.END

    def becomes(self, status: str) -> None:
        """The next status, reported to those who ask: by default only the end."""
        self.status = status
        self.seconds = self.call.seconds - self.began
        event = {"ringing": "ringing", "in-progress": "answered"}.get(status, "completed")
        address = self.noun.get("statusCallback")
        if address and event in self.noun.get("statusCallbackEvent", "completed").split():
            told = self.about() | {"CallStatus": status, "SequenceNumber": str(self.sequence)}
            self.sequence += 1
            told["CallDuration"] = str(int(self.seconds))
            self.call.notify(address, told, self.noun.get("statusCallbackMethod", "POST"))

    def about(self) -> dict[str, str]:
        told = {"CallSid": self.sid, "ParentCallSid": self.call.sid, "To": self.address}
        return told | {"Direction": "outbound-dial"}

    def fetch(self, address: str, params: Mapping[str, str], method: str) -> list[Verb]:
        """A document for this phone only. One that cannot be played hangs it up."""
        call = self.call
        reply, _ = call.request(address, {**call.about(), **self.about(), **params}, method)
        try:
            if reply.fault:
                raise document.Unreadable(reply.fault)
            verbs = document.read(reply.body)
        except document.Unreadable as why:
            call.faults.append(f"whisper: {why}")
            return [Verb("Hangup", {}, "")]
        found = document.lint(verbs, call.caller.absolute)
        call.faults += [fault for fault in found if fault not in call.faults]
        return verbs


def ring(call: Call, verb: Verb) -> Outcome | None:
    """Everything from the first ring to the end of the talk. None when the call went elsewhere meanwhile."""
    nouns = verb.inside or ((Verb("Number", {}, verb.text),) if verb.text else ())
    room = next((noun for noun in nouns if noun.name == "Conference"), None)
    if room is not None:
        return _meet(call, room)
    return Ringing(call, verb, nouns).outcome()


def address_of(noun: Verb) -> str:
    """As scripts name it: client:NAME, sip:USER@HOST, queue:NAME, conference:NAME, or a number."""
    name = next((child.text for child in noun.inside if child.name == "Identity"), noun.text)
    kind = noun.name.lower()
    return f"{kind}:{name}" if kind in ("client", "queue", "conference") else name


@dataclass
class Ringing:
    """Phones in progress. Seconds count from the first ring."""

    call: Call
    verb: Verb
    nouns: tuple[Verb, ...]
    legs: list[Leg] = field(default_factory=list)
    agenda: list[tuple[float, int, str, Leg]] = field(default_factory=list)
    began: float = 0.0

    def outcome(self) -> Outcome | None:
        call = self.call
        self.began = call.seconds
        self.legs = [self._leg(noun) for noun in self.nouns]
        call.reaches([leg.address for leg in self.legs])
        self._begin()
        if call.caller.ringing is not None:
            call.caller.ringing(call)
        gives_up = call.gives_up_after
        while self.agenda and not call.order:
            at, _, what, leg = heapq.heappop(self.agenda)
            if gives_up is not None and at >= gives_up:
                return self._given_up(gives_up)
            self._until(at)
            if self._happens(what, leg):
                return self._talk(leg)
        if call.order:
            self._end_legs()
            return Outcome(_told(None, "canceled"))
        return self._nobody(gives_up)

    # ---- the agenda

    def _leg(self, noun: Verb) -> Leg:
        address, exchange = address_of(noun), self.call.caller.exchange
        phone = self.call.caller.phone(address)
        leg = Leg(self.call, noun, address, phone, exchange.clock(), self.call.seconds)
        exchange.register(leg)
        return leg

    def _begin(self) -> None:
        self._count = itertools.count()
        timeout = self.verb.number("timeout", TIMEOUT)
        for leg in self.legs:
            if leg.phone.does in (phones.BUSY, phones.FAILED):
                leg.becomes(leg.phone.does)
                continue
            leg.becomes("ringing")
            if leg.phone.does == phones.PICKS_UP and leg.phone.after < timeout:
                self._plan(leg.phone.after, "answers", leg)

    def _plan(self, at: float, what: str, leg: Leg) -> None:
        heapq.heappush(self.agenda, (at, next(self._count), what, leg))

    def _until(self, at: float) -> None:
        """The caller hears it ring."""
        self.call.passes(max(0.0, self.began + at - self.call.seconds))

    @property
    def _now(self) -> float:
        return self.call.seconds - self.began

    def _happens(self, what: str, leg: Leg) -> bool:
        """One thing on one leg; True when that bridges it."""
        if leg.status in OVER:
            return False
        if what == "answers":
            leg.becomes("in-progress")
            if self.call.caller.first_wins == "pickup":
                self._stop_others(leg)
            address = leg.noun.get("url")
            if not address:
                return True
            leg.verbs = leg.fetch(address, {}, leg.noun.get("method", "POST"))
        elif what == "key":
            gather = leg.verbs.pop(0)
            told, action = {"Digits": leg.phone.key}, gather.get("action") or leg.noun.get("url")
            leg.verbs = leg.fetch(action, told, gather.get("method", "POST"))
        else:
            leg.verbs.pop(0)
        return self._whisper(leg)

    def _whisper(self, leg: Leg) -> bool:
        """Play to the agent alone up to a prompt. Bridged when the document ends without a Hangup, which is
        how a voicemail is connected to a caller."""
        at = self._now
        while leg.verbs:
            verb = leg.verbs[0]
            if verb.name in ("Hangup", "Reject"):
                leg.becomes("completed")
                return False
            if verb.name == "Gather":
                at += sum(self._hears(inner) for inner in verb.inside)
                self._plan_key(leg, verb, at)
                return False
            leg.verbs.pop(0)
            if verb.name == "Redirect":
                leg.verbs = leg.fetch(verb.text, {}, verb.get("method", "POST"))
            else:
                at += self._hears(verb)
        self._until(at)
        return True

    def _plan_key(self, leg: Leg, gather: Verb, at: float) -> None:
        if leg.phone.key:
            self._plan(at + leg.phone.thinks, "key", leg)
        else:
            self._plan(at + gather.number("timeout", WHISPER_TIMEOUT), "silence", leg)

    def _hears(self, verb: Verb) -> float:
        if verb.name == "Say":
            self.call.whispers.append(verb.text)
            return spoken_seconds(verb.text)
        if verb.name == "Pause":
            return verb.number("length", 1)
        return self.call.track(verb.text) if verb.name == "Play" else 0.0

    # ---- how it ends

    def _stop_others(self, picked: Leg) -> None:
        """The first to pick up ends the other phones, whatever the whisper then leads to."""
        for leg in self.legs:
            if leg is not picked and leg.status not in OVER:
                leg.becomes("canceled")

    def _end_legs(self, talking: Leg | None = None) -> None:
        for leg in self.legs:
            if leg.status not in OVER and leg is not talking:
                leg.becomes("completed" if leg.status == "in-progress" else "canceled")

    def _talk(self, leg: Leg) -> Outcome | None:
        call, longest = self.call, self.verb.number("timeLimit", LONGEST)
        self._end_legs(talking=leg)
        call.bridged.append(leg.address.split("?")[0])
        if leg.phone.during is not None:
            leg.phone.during(call)
        cut = call.order or leg.order
        talked = 0.0 if cut else min(leg.phone.talk, longest)
        call.passes(talked)
        if not cut and leg.phone.talk > longest:
            call.faults.append("the talk was cut off")
        leg.becomes("completed")
        tape = taping.of_talk(call, self.verb, talked)
        if call.order:
            if tape is not None:
                taping.report(call, self.verb, tape)
            return Outcome(_told(leg, "completed", talked, tape, bridged=True))
        if leg.order and leg.order != call.END:
            for verb in leg.fetch(leg.order, {}, "POST"):
                self._hears(verb)
        gone = leg.phone.caller_ends and not cut
        return Outcome(_told(leg, "completed", talked, tape, bridged=True), gone, tape)

    def _given_up(self, after: float) -> Outcome:
        """The caller hangs up while it rings: every leg ends with them."""
        self._until(after)
        self._end_legs()
        left = next((one for one in self.legs if one.status == "canceled"), None)
        return Outcome(_told(left, phones.RINGS_OUT if left is None else "canceled"), gone=True)

    def _nobody(self, gives_up: float | None) -> Outcome:
        """Nobody was bridged: ringing out outweighs declining, that outweighs busy, and that a dead line."""
        timeout = self.verb.number("timeout", TIMEOUT)
        ringing = [leg for leg in self.legs if leg.status == "ringing"]
        if ringing:
            if gives_up is not None and gives_up < timeout:
                return self._given_up(gives_up)
            self._until(timeout)
            for leg in ringing:
                leg.becomes(phones.RINGS_OUT)
        statuses = [leg.status for leg in self.legs] or [phones.FAILED]
        order = (phones.RINGS_OUT, "completed", phones.BUSY, phones.FAILED)
        status = next((one for one in order if one in statuses), phones.FAILED)
        ended = next((one for one in self.legs if one.status == status), None)
        return Outcome(_told(ended, status))


def _told(
    leg: Leg | None, status: str, talked: float = 0.0, tape: Tape | None = None, bridged: bool = False
) -> dict[str, str]:
    told = {
        "DialCallStatus": status,
        "DialCallSid": leg.sid if leg is not None else "",
        "DialCallDuration": str(int(talked)),
        "DialBridged": "true" if bridged else "false",
    }
    return told | ({"RecordingUrl": taping.facts(tape)["RecordingUrl"]} if tape is not None else {})


def _meet(call: Call, noun: Verb) -> Outcome | None:
    """A conference: the caller is alone in it, with its wait URL, until somebody comes in."""
    address = address_of(noun)
    phone = call.caller.phone(address)
    call.reaches([address])
    if noun.get("waitUrl"):
        call.fetch_aside(noun.get("waitUrl"), noun.get("waitMethod", "POST"))
    told = {"DialCallStatus": "answered", "DialCallSid": "", "DialCallDuration": "0", "DialBridged": "false"}
    if phone.does != phones.PICKS_UP:
        call.passes(call.caller.patience)
        call.faults.append("left alone in a conference")
        return Outcome(told, gone=True)
    call.passes(phone.after)
    call.bridged.append(address)
    if phone.during is not None:
        phone.during(call)
    if call.order:
        return None
    call.passes(phone.talk)
    return Outcome({**told, "DialBridged": "true"}, phone.caller_ends)
