"""The phones that a `<Dial>` rings, and whoever answers a queue: each a small script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.call import Call

RINGS_OUT = "no-answer"
BUSY = "busy"
FAILED = "failed"
PICKS_UP = "picks up"


@dataclass(frozen=True)
class Phone:
    """What one phone does. `key`: pressed after the whisper ("" for none, like a voicemail); `talk`:
    seconds until somebody hangs up, the agent unless `caller_ends`; `during`: what else happens while
    they talk, such as a hold or a pass to a colleague; `thinks`: seconds before the key."""

    does: str = RINGS_OUT
    after: float = 0.0
    key: str = ""
    talk: float = 60.0
    caller_ends: bool = False
    during: Callable[[Call], None] | None = None
    thinks: float = 0.0


def accepts(
    after: float = 3.0,
    talk: float = 60.0,
    caller_ends: bool = False,
    during: Callable[[Call], None] | None = None,
    thinks: float = 0.0,
) -> Phone:
    """Picks up, hears the whisper, presses 1, talks."""
    return Phone(PICKS_UP, after, "1", talk, caller_ends, during, thinks)


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
    return replace(
        phone,
        after=float(numbers.get("after", phone.after)),
        talk=float(numbers.get("talks", phone.talk)),
        caller_ends=numbers.get("then") == "caller" or phone.caller_ends,
    )
