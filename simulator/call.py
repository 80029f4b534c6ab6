"""One simulated call: documents played against a virtual clock, until the caller has to act."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from urllib.parse import urldefrag, urljoin

from simulator import document, playing, taping
from simulator.document import Verb
from simulator.exchange import Exchange
from simulator.line import Foreign, Line, Overrides, Reply
from simulator.phones import Phone, rings_out
from simulator.queueing import Queue
from simulator.sound import PLAY_SECONDS, spoken_seconds

GATHER_TIMEOUT = 5.0
SPOKEN_STEP = 4  # characters between two partial results: a second of speech
MOST_HOPS = 10
APPLICATION_ERROR = "application error"


@dataclass
class Caller:
    """Somebody with a telephone, and the settings of the number they dial.

    agents: what rings at an address ("client:NAME", "sip:USER@HOST", "+1...", "queue:NAME",
    "conference:NAME"); "*" is every other one. first_wins: what ends the other legs of a ring, the first
    pick-up or the first accept; the documents leave it open, so tests try both. fallback: where the call
    goes when the application fails, perhaps on another host over `fallback_line`. tapes_first: a
    recording is reported before its verb's action, not after. speech_cuts: speaking cuts a prompt short.
    ringing: what else happens while phones ring. hangs_up_while_ringing: seconds into every ring at which
    the caller gives up. patience: seconds in a queue. tracks: seconds of a sound file, by its name.
    absolute: the engine needs whole addresses. exchange: where the phone company lists its calls.
    """

    line: Line
    number: str = "+8613800138000"
    to: str = "+8610000000000"
    agents: Mapping[str, Phone] = field(default_factory=dict)
    incoming: str = "/voice/incoming"
    status: str = "/voice/status"
    first_wins: str = "accept"
    fallback: str = ""
    fallback_method: str = "POST"
    fallback_line: Line | None = None
    tapes_first: bool = False
    speech_cuts: bool = True
    ringing: Callable[[Call], None] | None = None
    hangs_up_while_ringing: float | None = None
    patience: float = 600.0
    tracks: Mapping[str, float] = field(default_factory=dict)
    absolute: bool = False
    method: str = "POST"
    exchange: Exchange = field(default_factory=Exchange)

    def dial(self, reorder: bool = False) -> Call:
        """Ring the hotline and hear it up to the first prompt that listens."""
        call = Call(self, reorder=reorder)
        call.start()
        return call

    def phone(self, address: str) -> Phone:
        return self.agents.get(address.split("?")[0]) or self.agents.get("*") or rings_out()


@dataclass(frozen=True)
class Reached:
    """The moment phones began to ring, or a queue was joined: what it had cost so far."""

    addresses: tuple[str, ...]
    inputs: int
    webhooks: int
    spoken: float
    silence: float
    seconds: float


@dataclass
class Call:
    """A call in progress. See the package's docstring for what a script may do and read."""

    END: ClassVar[str] = "end"  # an order from REST: hang up

    caller: Caller
    reorder: bool = False
    sid: str = field(default_factory=lambda: "CA" + uuid.uuid4().hex)
    heard: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    whispers: list[str] = field(default_factory=list)
    bridged: list[str] = field(default_factory=list)
    rung: list[list[str]] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)
    documents: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    recordings: list[str] = field(default_factory=list)
    dial_results: list[str] = field(default_factory=list)
    fallbacks: list[str] = field(default_factory=list)
    connects: list[str] = field(default_factory=list)
    ended: str = ""
    seconds: float = 0.0
    spoken: float = 0.0
    silence: float = 0.0
    longest_gap: float = 0.0
    webhooks: int = 0
    partials: int = 0
    inputs: int = 0
    url: str = ""
    verbs: list[Verb] = field(default_factory=list)
    waiting: Verb | None = None
    prompt_seconds: float = 0.0
    before_prompt: tuple[float, float, float] = (0.0, 0.0, 0.0)
    queue: Queue | None = None
    started: datetime = field(init=False)
    gives_up_after: float | None = field(init=False)
    order: str = ""
    gap: float = 0.0
    working: bool = False

    def __post_init__(self) -> None:
        self.started = self.caller.exchange.clock()
        self.gives_up_after = self.caller.hangs_up_while_ringing

    # ---- what a script may do

    @property
    def listening(self) -> bool:
        """Whether the line waits for the caller: a prompt that listens, or a recording."""
        return self.waiting is not None

    def start(self) -> None:
        self.caller.exchange.register(self)
        self.url = self.caller.line.public_url
        with self.at_work():
            self.follow(self.caller.incoming, {}, self.caller.method)
            self.play()

    def press(self, keys: str, at_once: bool = False) -> Call:
        """Press keys at the prompt. Keys cut it short when pressed at once."""
        return self.acts(keys=keys, at_once=at_once)

    def says(
        self,
        words: str,
        confidence: float = 0.9,
        at_once: bool = False,
        hangs_up: bool = False,
        sound: bytes = b"",
    ) -> Call:
        """Say something; at a recording, into it: then `sound` is kept, and `hangs_up` ends it, not #."""
        if self.waiting is not None and self.waiting.name == "Record":
            with self.at_work():
                verb = self._act(at_once=False)
                self.passes(spoken_seconds(words))
                seconds = max(1.0, spoken_seconds(words))
                taping.record(self, verb, "hangup" if hangs_up else "#", seconds, sound)
            return self
        return self.acts(words=words, confidence=confidence, at_once=at_once)

    def acts(
        self,
        keys: str = "",
        words: str = "",
        keys_after: float = 0.0,
        words_after: float = 0.0,
        confidence: float = 0.9,
        at_once: bool = False,
    ) -> Call:
        """Press and speak at one prompt, each so many seconds after it ended. The earlier of the two wins;
        when they begin together the request holds both, and with neither it is silence."""
        with self.at_work():
            verb = self._act(at_once and bool(keys or self.caller.speech_cuts))
            if verb.name == "Record":
                taping.record(self, verb, keys[:1], 1.0 + keys_after)
                return self
            inputs = verb.get("input", "dtmf").split()
            keys, words = keys if "dtmf" in inputs else "", words if "speech" in inputs else ""
            if keys and words and keys_after != words_after:
                keys, words = (keys, "") if keys_after < words_after else ("", words)
            self.quiet(words_after if words else keys_after if keys else 0.0)
            self._report(verb, keys, words, confidence)
        return self

    def silent(self, times: int = 1) -> Call:
        """Say and press nothing until the line goes on by itself, so often."""
        for _ in range(times):
            with self.at_work():
                verb = self._act(at_once=False)
                self.inputs -= 1
                self._after_silence(verb)
        return self

    def hang_up(self) -> Call:
        """Put the phone down, whatever is being said."""
        if self.waiting is not None and self.waiting.name == "Record":
            taping.absent(self, self.waiting)
        self.waiting = None
        self.end("caller")
        return self

    def hangs_up_while_ringing(self, after: float) -> Call:
        """From now on, give up every ring after so many seconds."""
        self.gives_up_after = after
        return self

    # ---- what the phone company's other side may do (simulator.exchange.Party)

    @property
    def parent(self) -> str:
        return ""

    @property
    def direction(self) -> str:
        return "inbound"

    @property
    def number(self) -> str:
        return self.caller.number

    @property
    def to(self) -> str:
        return self.caller.to

    @property
    def status(self) -> str:
        return "completed" if self.ended else "in-progress"

    def divert(self, url: str) -> None:
        """Go on at this address: now, or as soon as the webhook, talk or sentence in progress returns."""
        self.order = url
        if not self.working:
            with self.at_work():
                self.play()

    def cut(self) -> None:
        self.divert(self.END)

    # ---- the caller acts at a verb that waits

    def _act(self, at_once: bool) -> Verb:
        if self.waiting is None:
            raise AssertionError(f"nobody listens: the call has ended ({self.ended}); heard {self.heard}")
        verb, self.waiting = self.waiting, None
        if at_once:
            self.seconds, self.spoken, self.silence = self.before_prompt
        self.inputs += 1
        self.last = []
        return verb

    def _report(self, verb: Verb, keys: str, words: str, confidence: float) -> None:
        """Tell what came in; nothing that this prompt listens to is silence."""
        digits, complete = _collect(verb, keys)
        if keys and not words:
            self.quiet(0.0 if complete else verb.number("timeout", GATHER_TIMEOUT))
        if not digits and not words:
            self._after_silence(verb, waited=not keys)
            return
        params = {"Digits": digits} if digits else {}
        if words:
            if self._speaks(verb, words):
                self.play()
                return
            params |= {"SpeechResult": words, "Confidence": str(confidence)}
        self._go_on(verb, params)

    def _speaks(self, verb: Verb, words: str) -> bool:
        """Speak, with partial results on the way where they are asked for. True when REST has meanwhile sent
        the call elsewhere: then nobody hears how the sentence ends."""
        address, told = verb.get("partialResultCallback"), 0
        while address and told < len(words):
            part = words[told : told + SPOKEN_STEP]
            told += len(part)
            self.passes(spoken_seconds(part))
            self.partials += 1
            heard = {"UnstableSpeechResult": words[:told], "Stability": "0.5"}
            sequence = {"SequenceNumber": str((told - 1) // SPOKEN_STEP)}
            self.notify(address, heard | sequence, verb.get("partialResultCallbackMethod", "POST"))
            if self.order:
                return True
        if not address:
            self.passes(spoken_seconds(words))
        patience = verb.number("speechTimeout", verb.number("timeout", GATHER_TIMEOUT))
        self.quiet(1.0 if verb.get("speechTimeout") == "auto" else patience)
        return False

    def _go_on(self, verb: Verb, params: dict[str, str]) -> None:
        self.follow(verb.get("action") or self.url, params, verb.get("method", "POST"))
        self.play()

    def _after_silence(self, verb: Verb, waited: bool = True) -> None:
        """Nothing came in: reported when the prompt asks for it, else the next verb runs."""
        if verb.name == "Record":
            self.quiet(verb.number("timeout", GATHER_TIMEOUT), dead=False)
            taping.absent(self, verb)
            self.play()
            return
        if waited:
            self.quiet(verb.number("timeout", GATHER_TIMEOUT), dead=False)
        if verb.name == "Gather" and verb.yes("actionOnEmptyResult"):
            self._go_on(verb, {})
            return
        self.play()

    # ---- time on the line

    def sounds(self, seconds: float) -> None:
        """The caller hears something."""
        self.seconds += seconds
        self.gap = 0.0

    def passes(self, seconds: float) -> None:
        """The caller speaks, rings or talks: time that is neither spoken to them nor dead."""
        self.sounds(seconds)

    def quiet(self, seconds: float, dead: bool = True) -> None:
        """Nothing is heard. `dead`: though it is not the caller's turn; such a gap makes people hang up."""
        self.seconds += seconds
        self.silence += seconds
        self.gap = self.gap + seconds if dead else 0.0
        self.longest_gap = max(self.longest_gap, self.gap)

    # ---- playing documents

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """What REST orders meanwhile is done when this returns."""
        outer, self.working = self.working, True
        try:
            yield
        finally:
            self.working = outer

    def play(self) -> None:
        """Run verbs until the caller has to act or the call ends."""
        try:
            playing.play(self)
        except playing.Stop as stop:
            self.end(str(stop))

    def track(self, url: str) -> float:
        """How long a sound file is; eight seconds when nobody knows."""
        return self.caller.tracks.get(urldefrag(url).url.rsplit("/", 1)[-1], PLAY_SECONDS)

    def reaches(self, addresses: list[str]) -> None:
        """Phones begin to ring, or a queue is joined."""
        self.rung.append(addresses)
        cost = (self.inputs, self.webhooks, self.spoken, self.silence, self.seconds)
        self.reached.append(Reached(tuple(addresses), *cost))

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

    def follow(self, address: str, params: Mapping[str, str], method: str = "POST") -> None:
        """Fetch the next document and make it the current one."""
        verbs = self.fetch(address, {**self.about(), **params}, method)
        if verbs is not None:
            self.verbs = verbs
            return
        self.verbs = [Verb("Hangup", {}, "")]

    def fetch(self, address: str, params: Mapping[str, str], method: str = "POST") -> list[Verb] | None:
        """The document at this address, or the fallback's; None when there is neither, which is noted."""
        try:
            return self._read(address, params, method)
        except Foreign as foreign:
            self.faults.append(f"leads to another host: {foreign}")
            self.end("foreign")
            return None
        except Unplayable as why:
            return self._fall_back(why, address)

    def fetch_aside(self, address: str, method: str = "POST") -> None:
        """A document that plays beside the call, such as the music of a conference: only its lint matters."""
        url = self.url
        self.fetch(address, self.about(), method)
        self.url = url

    def _read(self, address: str, params: Mapping[str, str], method: str) -> list[Verb]:
        reply, url = self.request(address, params, method)
        if reply.fault:
            raise Unplayable(reply.fault, reply.code)
        try:
            verbs = document.read(reply.body)
        except document.Unreadable as why:
            raise Unplayable(str(why), "12100") from why
        self.url = url
        found = document.lint(verbs, self.caller.absolute)
        self.faults += [fault for fault in found if fault not in self.faults]
        return verbs

    def _fall_back(self, why: Unplayable, failed: str) -> list[Verb] | None:
        if not self.caller.fallback:
            self.faults.append(f"{APPLICATION_ERROR}: {why}")
            return None
        self.fallbacks.append(f"{why.code} {why}")
        told = self.about() | {"ErrorCode": why.code, "ErrorUrl": urljoin(self.url, failed)}
        try:
            return self._read(self.caller.fallback, told, self.caller.fallback_method)
        except (Unplayable, Foreign) as worse:
            self.faults.append(f"{APPLICATION_ERROR}: {why}; the fallback too: {worse}")
            return None

    def _line(self, url: str) -> tuple[Line, str]:
        """The line that leads to this address, and the address as it is sent. Raises Foreign."""
        try:
            return self.caller.line, self.caller.line.absolute(self.url, url)
        except Foreign:
            if self.caller.fallback_line is None:
                raise
            return self.caller.fallback_line, self.caller.fallback_line.absolute(self.url, url)

    def request(self, address: str, params: Mapping[str, str], method: str = "POST") -> tuple[Reply, str]:
        """Deliver one webhook, as often as the line repeats; differing answers are noted. A redirection is
        followed without what the caller said or pressed, by GET unless it says to keep the method."""
        url = address
        for _ in range(MOST_HOPS):
            line, url = self._line(url)
            self.webhooks += 1
            replies = line.request(url, params, method, _overrides(address))
            if len({reply.body for reply in replies}) > 1:
                self.differences.append(url)
            reply = replies[-1]
            self.quiet(reply.seconds)
            self.documents.append(reply.body)
            location = {name.lower(): value for name, value in reply.headers.items()}.get("location", "")
            if reply.status // 100 != 3 or not location:
                return reply, url
            url = address = urljoin(url, location)
            params = self.about()
            method = method if reply.status in (307, 308) else "GET"
        return Reply(0, "", cut="too many redirections"), url

    def notify(self, address: str, params: Mapping[str, str], method: str = "POST") -> None:
        """Tell something that wants no document back."""
        try:
            line, url = self._line(address)
        except Foreign as foreign:
            self.faults.append(f"reports to another host: {foreign}")
            return
        line.request(url, {**self.about(), **params}, method, _overrides(address))

    def end(self, who: str) -> None:
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
        line, address = self.caller.line, self.caller.status
        url = line.absolute(line.public_url, address)
        reply = line.request(url, {**self.about(), **told}, "POST", _overrides(address))[-1]
        if reply.status == 0 or reply.status >= 400:
            self.faults.append(f"status callback: HTTP {reply.status or 'connection failed'}")


class Unplayable(Exception):
    """An answer that no phone company plays, with its error code."""

    def __init__(self, why: str, code: str) -> None:
        super().__init__(why)
        self.code = code


def _overrides(address: str) -> Overrides:
    """Those of the address; one with a mistake in it was found by the lint and counts as none."""
    try:
        return Overrides.of(address)
    except ValueError:
        return Overrides()


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
