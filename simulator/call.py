"""One simulated call: documents played against a virtual clock, until the caller has to act."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from simulator import document, phones
from simulator.document import Verb
from simulator.line import Foreign, Line, Reply
from simulator.phones import Phone

PACE = 4.0  # characters a second; the one place where the pace of speech is set
PLAY_SECONDS = 8.0
MOST_DOCUMENTS = 60  # in a row without the caller doing anything
GATHER_TIMEOUT = 5.0
DIAL_TIMEOUT = 30.0
APPLICATION_ERROR = "application error"


@dataclass
class Caller:
    """Somebody with a telephone. `first_wins`: what ends the other legs of a ring, the first pick-up or
    the first accept; the documents leave it open, so tests try both."""

    line: Line
    number: str = "+8613800138000"
    to: str = "+8610000000000"
    agents: Mapping[str, Phone] = field(default_factory=dict)
    incoming: str = "/voice/incoming"
    status: str = "/voice/status"
    first_wins: str = "accept"

    def dial(self, reorder: bool = False) -> Call:
        """Ring the hotline and hear it up to the first prompt that listens."""
        call = Call(self, reorder=reorder)
        call.start()
        return call


class Stop(Exception):
    """The call is over."""


@dataclass
class Call:
    """A call in progress. See the package's docstring for what a script may do and read."""

    caller: Caller
    reorder: bool = False
    sid: str = field(default_factory=lambda: "CA" + uuid.uuid4().hex)
    heard: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    whispers: list[str] = field(default_factory=list)
    bridged: list[str] = field(default_factory=list)
    rung: list[list[str]] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    dial_results: list[str] = field(default_factory=list)
    ended: str = ""
    seconds: float = 0.0
    spoken: float = 0.0
    silence: float = 0.0
    webhooks: int = 0
    inputs: int = 0
    status_sequence: int = 0
    url: str = ""
    verbs: list[Verb] = field(default_factory=list)
    waiting: Verb | None = None
    prompt_seconds: float = 0.0

    # ---- what a script may do

    @property
    def listening(self) -> bool:
        """Whether the line waits for the caller: a prompt that listens, or a recording."""
        return self.waiting is not None

    def start(self) -> None:
        self.url = self.caller.line.absolute(self.caller.line.public_url, self.caller.incoming)
        self._fetch(self.url, {})
        self._play()

    def press(self, keys: str, at_once: bool = False) -> Call:
        """Press keys at the prompt. Keys cut it short when pressed at once."""
        verb = self._act(at_once)
        if verb.name == "Record":
            return self._end_recording(verb, keys[:1], 1.0)
        if "dtmf" not in verb.get("input", "dtmf"):
            return self._after_silence(verb)
        digits, complete = _collect(verb, keys)
        self.seconds += 0.0 if complete else verb.number("timeout", GATHER_TIMEOUT)
        if not digits:
            return self._after_silence(verb, waited=False)
        return self._report(verb, {"Digits": digits})

    def says(self, words: str, confidence: float = 0.9, at_once: bool = False) -> Call:
        """Say something; at a recording, into it."""
        verb = self._act(at_once)
        self.seconds += _spoken(words)
        if verb.name == "Record":
            return self._end_recording(verb, "#", max(1.0, _spoken(words)))
        if "speech" not in verb.get("input", "dtmf"):
            return self._after_silence(verb)
        self.seconds += verb.number("speechTimeout", GATHER_TIMEOUT)
        return self._report(verb, {"SpeechResult": words, "Confidence": str(confidence)})

    def silent(self, times: int = 1) -> Call:
        """Say and press nothing until the line goes on by itself, so often."""
        for _ in range(times):
            verb = self._act(at_once=False)
            self.inputs -= 1
            self._after_silence(verb)
        return self

    def hang_up(self) -> Call:
        """Put the phone down, whatever is being said."""
        self.waiting = None
        self._end("caller")
        return self

    # ---- the caller acts at a verb that waits

    def _act(self, at_once: bool) -> Verb:
        if self.waiting is None:
            raise AssertionError(f"nobody listens: the call has ended ({self.ended}); heard {self.heard}")
        verb, self.waiting = self.waiting, None
        if at_once:
            self.seconds -= self.prompt_seconds
            self.spoken -= self.prompt_seconds
        self.inputs += 1
        self.last = []
        return verb

    def _report(self, verb: Verb, params: dict[str, str]) -> Call:
        self._follow(verb.get("action") or self.url, params)
        self._play()
        return self

    def _after_silence(self, verb: Verb, waited: bool = True) -> Call:
        """Nothing came in: reported when the prompt asks for it, else the next verb runs."""
        if waited:
            self.seconds += verb.number("timeout", GATHER_TIMEOUT)
            self.silence += verb.number("timeout", GATHER_TIMEOUT)
        if verb.name == "Gather" and verb.yes("actionOnEmptyResult"):
            return self._report(verb, {})
        self._play()
        return self

    def _end_recording(self, verb: Verb, key: str, seconds: float) -> Call:
        sid = "RE" + uuid.uuid4().hex
        self.recordings.append(sid)
        length = str(int(min(seconds, verb.number("maxLength", 3600))))
        facts = {"RecordingSid": sid, "RecordingDuration": length}
        url = f"https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/{sid}"
        self._follow(verb.get("action") or self.url, {**facts, "RecordingUrl": url, "Digits": key})
        if verb.get("recordingStatusCallback"):
            told = {**facts, "RecordingUrl": url, "RecordingStatus": "completed"}
            self._notify(verb.get("recordingStatusCallback"), told)
        self._play()
        return self

    # ---- playing documents

    def _play(self) -> None:
        """Run verbs until the caller has to act or the call ends."""
        try:
            for _ in range(MOST_DOCUMENTS * 20):
                if not self.verbs:
                    self.faults.append("the document ended and with it the call, without a goodbye")
                    raise Stop("document")
                verb = self.verbs.pop(0)
                if self._run(verb):
                    return
            self.faults.append("a loop without the caller")
            raise Stop("loop")
        except Stop as stop:
            self._end(str(stop))

    def _run(self, verb: Verb) -> bool:
        """Run one verb; True when the caller has to act now."""
        if verb.name in ("Say", "Play", "Pause"):
            self._sound(verb)
        elif verb.name == "Gather":
            self._prompt(verb)
            return True
        elif verb.name == "Record":
            self.waiting, self.prompt_seconds = verb, 0.0
            return True
        elif verb.name == "Redirect":
            self._follow(verb.text, {})
        elif verb.name == "Dial":
            self._dial(verb)
        elif verb.name in ("Hangup", "Reject"):
            raise Stop("machine")
        else:
            self.faults.append(f"the simulator does not know {verb.name}")
        return False

    def _sound(self, verb: Verb) -> float:
        if verb.name == "Say":
            seconds = _spoken(verb.text)
            self.heard.append(verb.text)
            self.last.append(verb.text)
            self.spoken += seconds
        elif verb.name == "Play":
            seconds = PLAY_SECONDS
        else:
            seconds = verb.number("length", 1)
            self.silence += seconds
        self.seconds += seconds
        return seconds

    def _prompt(self, verb: Verb) -> None:
        self.prompt_seconds = sum(self._sound(inner) for inner in verb.inside)
        self.waiting = verb

    def _dial(self, verb: Verb) -> None:
        outcome = Ringing(self, verb).outcome()
        self.dial_results.append(outcome["DialCallStatus"])
        if self.ended:
            raise Stop(self.ended)
        if outcome.pop("gone", ""):
            self._follow(verb.get("action") or self.url, {**outcome, "CallStatus": "completed"})
            raise Stop("caller")
        if verb.get("action"):
            self._follow(verb.get("action"), outcome)

    def _follow(self, address: str, params: dict[str, str]) -> None:
        """Fetch the next document and make it the current one."""
        try:
            url = self.caller.line.absolute(self.url, address)
        except Foreign as foreign:
            self.faults.append(f"leads to another host: {foreign}")
            self._end("foreign")
            self.verbs = [Verb("Hangup", {}, "")]
            return
        self._fetch(url, params)

    def _fetch(self, url: str, params: dict[str, str]) -> None:
        reply = self.request(url, self.about() | params)
        try:
            if reply.fault:
                raise document.Unreadable(reply.fault)
            self.verbs = document.read(reply.body)
        except document.Unreadable as why:
            self.faults.append(f"{APPLICATION_ERROR}: {why}")
            self.verbs = [Verb("Hangup", {}, "")]
            return
        self.url = url
        self.faults += document.lint(self.verbs)

    # ---- webhooks

    def about(self) -> dict[str, str]:
        """The parameters of every voice request.
        https://www.twilio.com/docs/voice/twiml#request-parameters"""
        return {
            "AccountSid": "AC" + "0" * 32,
            "ApiVersion": "2010-04-01",
            "CallSid": self.sid,
            "CallStatus": "in-progress",
            "Direction": "inbound",
            "From": self.caller.number,
            "To": self.caller.to,
        }

    def request(self, url: str, params: dict[str, str]) -> Reply:
        """Deliver one webhook, as often as the line repeats; differing answers are noted."""
        self.webhooks += 1
        replies = self.caller.line.post(url, params)
        if len({reply.body for reply in replies}) > 1:
            self.differences.append(url)
        self.documents.append(replies[-1].body)
        return replies[-1]

    def _notify(self, address: str, params: dict[str, str]) -> None:
        self.caller.line.post(self.caller.line.absolute(self.url, address), self.about() | params)

    def _end(self, who: str) -> None:
        """Note who ended the call, and report the status as the phone company does."""
        if self.ended:
            return
        self.ended = who
        self.waiting = None
        if not self.caller.status:
            return
        statuses = ["ringing", "in-progress", "completed"]
        for number, status in sorted(enumerate(statuses), reverse=self.reorder):
            self._notify_status(status, number)

    def _notify_status(self, status: str, sequence: int) -> None:
        told = {"CallStatus": status, "SequenceNumber": str(sequence), "CallDuration": str(int(self.seconds))}
        url = self.caller.line.absolute(self.caller.line.public_url, self.caller.status)
        self.caller.line.post(url, self.about() | told)


@dataclass
class Leg:
    """One ringing phone and what became of it."""

    address: str
    url: str
    phone: Phone
    sid: str = field(default_factory=lambda: "CA" + uuid.uuid4().hex)
    status: str = phones.RINGS_OUT


@dataclass
class Ringing:
    """A `<Dial>` in progress: its legs ring together; one may be bridged."""

    call: Call
    verb: Verb

    def outcome(self) -> dict[str, str]:
        """The parameters of the action request, after everything that happens on the legs."""
        legs = [self._leg(noun) for noun in self.verb.inside]
        self.call.rung.append([leg.address for leg in legs])
        timeout = self.verb.number("timeout", DIAL_TIMEOUT)
        answering = [leg for leg in legs if leg.phone.does == phones.PICKS_UP and leg.phone.after < timeout]
        for leg in legs:
            if leg.phone.does in (phones.BUSY, phones.FAILED):
                leg.status = leg.phone.does
        started = self.call.seconds
        for leg in sorted(answering, key=lambda one: one.phone.after):
            self.call.seconds = max(self.call.seconds, started + leg.phone.after)
            if self._whispered(leg):
                return self._talk(leg)
            leg.status = "completed"
            if self.call.caller.first_wins == "pickup":
                return _result(leg, "completed", bridged=False)
        return self._nobody(legs, started + timeout)

    def _leg(self, noun: Verb) -> Leg:
        address = f"client:{noun.text}" if noun.name == "Client" else noun.text
        phone = self.call.caller.agents.get(address.split("?")[0], phones.rings_out())
        return Leg(address, noun.get("url"), phone)

    def _whispered(self, leg: Leg) -> bool:
        """Whether the leg is bridged after its whisper: it is, unless the whisper ends in a Hangup."""
        if not leg.url:
            return True
        verbs = self._fetch(leg, leg.url, {})
        while verbs:
            verb = verbs.pop(0)
            if verb.name == "Hangup":
                return False
            if verb.name == "Say":
                self.call.whispers.append(verb.text)
            if verb.name == "Gather":
                self.call.whispers += [inner.text for inner in verb.inside if inner.name == "Say"]
                if leg.phone.key:
                    verbs = self._fetch(leg, verb.get("action") or leg.url, {"Digits": leg.phone.key})
        return True

    def _fetch(self, leg: Leg, address: str, params: dict[str, str]) -> list[Verb]:
        url = self.call.caller.line.absolute(self.call.url, address)
        about = self.call.about() | {"CallSid": leg.sid, "ParentCallSid": self.call.sid, "To": leg.address}
        about["Direction"] = "outbound-dial"
        reply = self.call.request(url, about | params)
        try:
            if reply.fault:
                raise document.Unreadable(reply.fault)
            verbs = document.read(reply.body)
        except document.Unreadable as why:
            self.call.faults.append(f"whisper: {why}")
            return [Verb("Hangup", {}, "")]
        self.call.faults += document.lint(verbs)
        return verbs

    def _talk(self, leg: Leg) -> dict[str, str]:
        longest = self.verb.number("timeLimit", 14400)
        self.call.bridged.append(leg.address.split("?")[0])
        self.call.seconds += min(leg.phone.talk, longest)
        if leg.phone.talk > longest:
            self.call.faults.append("the talk was cut off")
        result = _result(leg, "completed", bridged=True)
        return {**result, "gone": "yes"} if leg.phone.caller_ends else result

    def _nobody(self, legs: list[Leg], end: float) -> dict[str, str]:
        """Nobody was bridged: ringing out outweighs busy, and that outweighs a dead line."""
        statuses = [leg.status for leg in legs] or [phones.FAILED]
        for status in (phones.RINGS_OUT, "completed", phones.BUSY, phones.FAILED):
            if status in statuses:
                break
        if status == phones.RINGS_OUT:
            self.call.seconds = max(self.call.seconds, end)
        leg = next((one for one in legs if one.status == status), None)
        return _result(leg or Leg("", "", Phone()), status, bridged=False)


def _result(leg: Leg, status: str, bridged: bool) -> dict[str, str]:
    talked = str(int(leg.phone.talk)) if bridged else "0"
    return {
        "DialCallStatus": status,
        "DialCallSid": leg.sid,
        "DialCallDuration": talked,
        "DialBridged": "true" if bridged else "false",
    }


def _spoken(words: str) -> float:
    return sum(1 for c in words if c.isalnum()) / PACE


def _collect(verb: Verb, keys: str) -> tuple[str, bool]:
    """The digits a Gather takes from these keys, and whether it stops at once rather than by its timeout."""
    finish = verb.get("finishOnKey", "#")
    most = int(verb.number("numDigits", 0))
    taken = ""
    for key in keys:
        if key in finish:
            return taken, True
        taken += key
        if most and len(taken) >= most:
            return taken, True
    return taken, False
