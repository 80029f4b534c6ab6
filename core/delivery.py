"""What follows an attempt to deliver to the back office, by what came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

# Waits before each attempt, counted from the one before; 75 h 35 min 5 s in all, then dead.
SLOTS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
JITTER = 0.1  # at most this share is added to a wait
TRIES_WHEN_REFUSED = 3  # a 4xx answer: a deployment hiccup passes, a bad payload does not block for days
LONGEST_RETRY_AFTER = timedelta(hours=24)  # one destination may not put its rows to sleep for ever
_NEXT_SLOT = (408, 425)


@dataclass(frozen=True)
class Answer:
    """What came back: the HTTP status, None when nothing did (refused, timeout, DNS, TLS);
    `retry_after` is the wait the receiver asked for."""

    status: int | None
    retry_after: timedelta | None = None


@dataclass(frozen=True)
class Sent:
    """Delivered. Everything waiting for that destination becomes due within a minute."""


@dataclass(frozen=True)
class Again:
    """Try again at `at`; `counted` says whether this attempt uses up a slot; `alarm` tells people now."""

    at: datetime
    counted: bool
    alarm: bool = False


@dataclass(frozen=True)
class Dead:
    """No more attempts: `why` is `exhausted` or `refused`. The row stays, for people to see and replay."""

    why: str


@dataclass(frozen=True)
class DestinationOff:
    """410 Gone: the destination is switched off, a supervisor alarmed, rows kept."""


Outcome = Sent | Again | Dead | DestinationOff


def next_attempt(attempt: int, answer: Answer, now: datetime, jitter: float = 0.0) -> Outcome:
    """What follows counted attempt number `attempt` (from 1); `jitter` is chance, from 0 to 1.
    `now` is aware; the next time is at or after it. Raises ValueError for an attempt below 1."""
    if attempt < 1 or not 0 <= jitter <= 1:
        raise ValueError(f"attempt {attempt} from 1, jitter {jitter} from 0 to 1")
    status = answer.status
    if status is not None and 200 <= status < 300:
        return Sent()
    if status == 410:
        return DestinationOff()
    if status in (429, 503) and answer.retry_after is not None:
        wait = min(max(answer.retry_after, SLOTS[1]), LONGEST_RETRY_AFTER)
        return Again(now + wait * (1 + JITTER * jitter), counted=False)
    refused = status is not None and 400 <= status < 500 and status not in (*_NEXT_SLOT, 429)
    if refused and attempt >= TRIES_WHEN_REFUSED:
        return Dead("refused")
    if attempt >= len(SLOTS):
        return Dead("exhausted")
    return Again(now + SLOTS[attempt] * (1 + JITTER * jitter), counted=True, alarm=refused)
