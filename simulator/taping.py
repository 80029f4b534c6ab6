"""Recordings: of a caller's message, and of a talk. The provider keeps them as tapes and says so.

https://www.twilio.com/docs/voice/twiml/record#recordingstatuscallback
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from simulator.document import Verb
from simulator.exchange import Tape
from simulator.sound import tone

if TYPE_CHECKING:
    from simulator.call import Call

LONGEST = 3600.0


def begins(call: Call, verb: Verb) -> None:
    """A recording starts; told only to those who ask."""
    _notify(call, verb, "in-progress", {"RecordingSource": "RecordVerb"})


def record(call: Call, verb: Verb, key: str, seconds: float, sound: bytes = b"") -> None:
    """The caller has left a message; `key` ended it, "hangup" the caller's hanging up."""
    seconds = min(seconds, verb.number("maxLength", LONGEST))
    tape = keep(call, seconds, 1, "RecordVerb", sound)
    told = facts(tape) | {"Digits": key}
    gone = key == "hangup"
    if call.caller.tapes_first:
        report(call, verb, tape)
    if gone:
        told["CallStatus"] = "completed"
    call.follow(verb.get("action") or call.url, told, verb.get("method", "POST"))
    if not call.caller.tapes_first:
        report(call, verb, tape)
    if gone:
        call.end("caller")
    call.play()


def absent(call: Call, verb: Verb) -> None:
    """Nothing was said: there is no recording, and those who ask are told so."""
    _notify(call, verb, "absent", {"RecordingSource": "RecordVerb", "RecordingDuration": "0"})


def of_talk(call: Call, verb: Verb, seconds: float) -> Tape | None:
    """The recording of a talk, when the Dial asks for one."""
    wanted = verb.get("record", "do-not-record")
    if not wanted.startswith(("record-", "true")):
        return None
    return keep(call, seconds, 2 if wanted.endswith("-dual") else 1, "DialVerb")


def keep(call: Call, seconds: float, channels: int, source: str, sound: bytes = b"") -> Tape:
    """A tape of this length; without a sound of its own it has a steady tone."""
    exchange = call.caller.exchange
    sound = sound or tone(seconds, channels)
    tape = Tape(
        f"RE{uuid.uuid4().hex}", call.sid, seconds, sound, exchange.clock(), channels=channels, source=source
    )
    exchange.keep(tape)
    call.recordings.append(tape.sid)
    return tape


def facts(tape: Tape) -> dict[str, str]:
    """What is told of a tape. The address is not the one to fetch from: that is the point of it."""
    return {
        "RecordingSid": tape.sid,
        "RecordingUrl": f"https://api.twilio.com/2010-04-01/Accounts/AC0/Recordings/{tape.sid}",
        "RecordingDuration": str(int(tape.seconds)),
        "RecordingChannels": str(tape.channels),
        "RecordingSource": tape.source,
    }


def report(call: Call, verb: Verb, tape: Tape) -> None:
    """The recording is ready to be fetched."""
    _notify(call, verb, "completed", facts(tape))


def _notify(call: Call, verb: Verb, status: str, told: dict[str, str]) -> None:
    address = verb.get("recordingStatusCallback")
    if address and status in verb.get("recordingStatusCallbackEvent", "completed").split():
        method = verb.get("recordingStatusCallbackMethod", "POST")
        call.notify(address, told | {"RecordingStatus": status}, method)
