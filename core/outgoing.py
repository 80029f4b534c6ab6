"""What of a conversation goes out next where every message counts: merged, held, withdrawn, or otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import quota
from core.conversation import AGENT, ASSISTANT
from core.quota import Right

HOLD = timedelta(seconds=10)
"""An agent's line can be taken back for so long, since nothing can be taken back from WeChat."""
HOLD_MOST = timedelta(seconds=30)
JOINED_WAITS = timedelta(seconds=60)
"""Who has joined is told together with that person's first line, if it comes within a minute."""
JOINED = "utter_joined"
HANDOFF = frozenset({"utter_finding_human", "utter_next_human", "utter_missed_twice", "utter_nobody"})
BETWEEN = "\n\n"


@dataclass(frozen=True)
class Line:
    """One sentence for the customer that was not sent yet, or taken back before it was."""

    id: int
    author: str
    words: str
    at: datetime
    reply: str | None = None
    taken_back: bool = False


@dataclass(frozen=True)
class Wait:
    """Nothing now; look again then."""

    until: datetime


@dataclass(frozen=True)
class Send:
    """These lines as one message, by this right; `right` None: by a template message, or not at all."""

    words: str
    lines: tuple[int, ...]
    author: str
    right: Right | None


@dataclass(frozen=True)
class Pass:
    """None of these is sent: taken back, or an answer of the assistant's that was overtaken."""

    lines: tuple[int, ...]


Plan = Wait | Send | Pass


def plan(
    lines: Sequence[Line], speaker: str, burst_waits: bool, rights: Sequence[Right], now: datetime
) -> Plan:
    """What to do with the lines of a conversation that were not sent, oldest first; there is at least one.

    `speaker`: who speaks now. The assistant's lines are dropped while a person speaks, and when the customer
    has written more meanwhile (`burst_waits`): the next answer answers all of it.
    """
    kept = [line for line in lines if not line.taken_back and not _overtaken(line, speaker, burst_waits)]
    if not kept:
        return Pass(tuple(line.id for line in lines))
    until = _held(kept)
    if until > now:
        return Wait(until)
    author = _author(kept)
    handoff = any(line.reply in HANDOFF for line in kept)
    right = quota.to_use(rights, author, now, handoff=handoff)
    words = BETWEEN.join(line.words for line in kept if line.words)
    return Send(words, tuple(line.id for line in lines), author, right)


def _overtaken(line: Line, speaker: str, burst_waits: bool) -> bool:
    return line.author == ASSISTANT and (speaker == AGENT or burst_waits)


def _held(lines: Sequence[Line]) -> datetime:
    """Until when the lines rest: an agent may still take one back, or say the first one."""
    typed = [line.at for line in lines if line.author == AGENT]
    if typed:
        return min(typed[-1] + HOLD, typed[0] + HOLD_MOST)
    last = lines[-1]
    return last.at + JOINED_WAITS if last.reply == JOINED else last.at


def _author(lines: Sequence[Line]) -> str:
    """Whose message it is where lines are merged: a person's, else a notice, else the assistant's."""
    authors = {line.author for line in lines}
    return AGENT if AGENT in authors else ASSISTANT if authors == {ASSISTANT} else "system"
