"""The phone company's own view of simulated calls: what its REST side lists, diverts, ends and deletes.

    exchange = Exchange(clock=house.clock)
    caller = Caller(line, exchange=exchange)      # every call of this caller registers itself here
    exchange.calls[sid], exchange.tapes[sid]      # calls and agents' legs; recordings
    exchange.send(sid, url)                       # a live call leaves whatever it does and goes on at url

What REST calls "update a call" works as documented: the new document takes the place of the one that
runs, a `<Dial>` ends, its `action` is requested but the answer not played, and the other party is hung up.
https://www.twilio.com/docs/voice/api/call-resource#update-a-call-resource
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol


class Ended(Exception):
    """The call is over; there is nothing left to divert or end (REST answers 21220)."""


class Party(Protocol):
    """One end of the line: a caller's call, or the leg of an agent's phone.

    `parent`: the sid of the call a leg belongs to, "" for a caller's. `direction`: "inbound" or
    "outbound-dial". `status`: as REST says it. `seconds`: on the line so far.
    """

    sid: str

    @property
    def parent(self) -> str: ...
    @property
    def direction(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def started(self) -> datetime: ...
    @property
    def seconds(self) -> float: ...

    def divert(self, url: str) -> None: ...
    def cut(self) -> None: ...


@dataclass
class Tape:
    """A recording as the provider keeps it. `call`: the sid of its call; `sound`: a WAV file."""

    sid: str
    call: str
    seconds: float
    sound: bytes
    at: datetime
    channels: int = 1
    source: str = "RecordVerb"
    deleted: bool = False


@dataclass
class Exchange:
    """Calls and recordings by sid, the newest last."""

    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    calls: dict[str, Party] = field(default_factory=dict)
    tapes: dict[str, Tape] = field(default_factory=dict)

    def register(self, party: Party) -> None:
        self.calls[party.sid] = party

    def keep(self, tape: Tape) -> None:
        self.tapes[tape.sid] = tape

    def send(self, sid: str, url: str) -> None:
        """Make a live call go on at `url`. Raises KeyError for an unknown one, Ended when it is over.

        A call that waits for its caller goes on at once; one that is in the middle of a webhook, a talk or
        a sentence goes on as soon as that returns.
        """
        self._live(sid).divert(url)

    def complete(self, sid: str) -> None:
        """Hang a live call up. Raises as `send` does."""
        self._live(sid).cut()

    def delete(self, recording: str) -> None:
        """Delete a recording: its sound is gone. Raises KeyError for one that is unknown or gone already."""
        tape = self.tapes[recording]
        if tape.deleted:
            raise KeyError(recording)
        tape.deleted, tape.sound = True, b""

    def _live(self, sid: str) -> Party:
        party = self.calls[sid]
        if party.status not in LIVE:
            raise Ended(sid)
        return party


LIVE = ("queued", "ringing", "in-progress")
