"""What the house asks of the phone company outside of a call's own webhooks.

`ivr.rest` is the one that speaks to Twilio. Where no account is set there is none, and what needs it
is left out: callers still reach a person, since nothing on that way depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

RECORDING = re.compile(r"RE[0-9a-f]{32}")
"""A recording's name: all that is ever taken of an address."""
LONGEST_CALL = timedelta(hours=4)
"""Twilio ends a call by then: https://www.twilio.com/docs/voice/twiml/dial#timelimit"""
OVER = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})
"""What is said of a call that has ended: https://www.twilio.com/docs/voice/api/call-resource#call-status-values"""


class Unreachable(Exception):
    """The phone company could not be asked, or refused. `code`: its error number, 0 when it gave none;
    `again`: whether the same request may succeed later."""

    def __init__(self, why: str, code: int = 0, *, again: bool = False) -> None:
        super().__init__(why)
        self.code = code
        self.again = again


class Gone(Unreachable):
    """There is no such call or recording (any more)."""


@dataclass(frozen=True)
class ProviderCall:
    """A call as the phone company noted it. `caller` is as it gives it; status is its own word."""

    sid: str
    caller: str
    status: str
    started_at: datetime
    seconds: int


@dataclass(frozen=True)
class ProviderRecording:
    """A recording that lies with the phone company."""

    sid: str
    call: str
    status: str
    seconds: int | None
    at: datetime


class Telephone(Protocol):
    """Every method may raise Unreachable; none waits longer than a few seconds."""

    def send(self, call: str, url: str) -> None:
        """Make a call go on at this address of ours at once. Raises Gone when it has ended."""
        ...

    def call(self, number: str, url: str, ended: str) -> str:
        """Ring this number (E.164) and go on at `url` when it is picked up; `ended` hears how it ended. The
        call's name. Never tried twice."""
        ...

    def hang_up(self, call: str) -> None:
        """End a call. One that has ended already is no error."""
        ...

    def calls_since(self, at: datetime) -> Sequence[ProviderCall]:
        """Inbound calls that began at `at` or later."""
        ...

    def recordings_since(self, at: datetime) -> Sequence[ProviderRecording]:
        """Recordings made at `at` or later."""
        ...

    def fetch(self, recording: str) -> Iterator[bytes]:
        """The sound of a recording (WAV), piece by piece; the address is built from the checked id alone.
        Whoever reads decides how much is too much."""
        ...

    def delete(self, recording: str) -> None:
        """Remove a recording there. One that is gone already is no error."""
        ...

    def token(self, identity: str, seconds: int) -> str | None:
        """What lets a browser be the phone `client:<identity>` for so long; None without an API key."""
        ...
