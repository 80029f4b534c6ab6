"""The phones that a `<Dial>` rings: each a small script."""

from __future__ import annotations

from dataclasses import dataclass

RINGS_OUT = "no-answer"
BUSY = "busy"
FAILED = "failed"
PICKS_UP = "picks up"


@dataclass(frozen=True)
class Phone:
    """What one phone does. `key`: pressed after the whisper ("" for none, like a voicemail); `talk`:
    seconds until somebody hangs up, the agent unless `caller_ends`."""

    does: str = RINGS_OUT
    after: float = 0.0
    key: str = ""
    talk: float = 60.0
    caller_ends: bool = False


def accepts(after: float = 3.0, talk: float = 60.0, caller_ends: bool = False) -> Phone:
    """Picks up, hears the whisper, presses 1, talks."""
    return Phone(PICKS_UP, after, "1", talk, caller_ends)


def declines(after: float = 3.0) -> Phone:
    """Picks up, hears the whisper, presses 2."""
    return Phone(PICKS_UP, after, "2")


def voicemail(after: float = 10.0) -> Phone:
    """A machine picks up and presses nothing."""
    return Phone(PICKS_UP, after)


def rings_out() -> Phone:
    return Phone(RINGS_OUT)


def busy() -> Phone:
    return Phone(BUSY)


def fails() -> Phone:
    return Phone(FAILED)


KINDS = {
    "accepts": accepts,
    "declines": declines,
    "voicemail": voicemail,
    "no-answer": rings_out,
    "busy": busy,
    "fails": fails,
}


def read(text: str) -> Phone:
    """A phone as a transcript writes it: "accepts after 3", "declines", "no-answer"."""
    kind, _, rest = text.strip().partition(" ")
    if kind not in KINDS:
        raise ValueError(f"a phone {', '.join(KINDS)}; not {text!r}")
    words = rest.split()
    numbers = dict(zip(words[::2], words[1::2], strict=False))
    phone: Phone = KINDS[kind]()
    return Phone(
        phone.does,
        float(numbers.get("after", phone.after)),
        phone.key,
        float(numbers.get("talks", phone.talk)),
        numbers.get("then") == "caller" or phone.caller_ends,
    )
