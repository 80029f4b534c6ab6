"""What of a conversation goes out next where every message counts: merged, held, withdrawn, or otherwise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import quota, undo
from core.conversation import AGENT, ASSISTANT, SYSTEM
from core.options import MOST
from core.quota import Right

HOLD = undo.WITHIN + undo.ON_ITS_WAY
"""An agent's line rests as long as it can be taken back, since nothing can be taken back from WeChat."""
HOLD_MOST = timedelta(seconds=30)
JOINED_WAITS = timedelta(seconds=60)
"""Who has joined is told together with that person's first line, if it comes within a minute."""
WITHDRAWN_MOST = timedelta(seconds=20)
"""An answer waits so long at most for a customer who goes on writing: it is withdrawn once, not for ever."""
LOOK_AGAIN = timedelta(seconds=0.5)
JOINED = "utter_joined"
HANDOFF = frozenset(
    {
        "utter_finding_human",
        "utter_finding_human_first",
        "utter_finding_human_again",
        "utter_next_human",
        "utter_missed_twice",
        "utter_nobody",
        "utter_nobody_still",
        "utter_nobody_still_again",
        "utter_nobody_still_here",
        "utter_nobody_still_here_again",
        "utter_nobody_came",
        "utter_nobody_came_here",
        "utter_reply_booked",
    }
)
"""What the assistant says of the person who is sought, or who calls instead."""
SPEAKER_CHANGED = frozenset({JOINED, "utter_handed_back", "utter_handed_on", "utter_take_undone"})
"""Notices of who speaks: nobody misses them afterwards."""
ASKED_AGAIN = frozenset({"utter_media_expired"})
"""Requests to send something once more: a person can ask for it, and so they leave the last message."""
BETWEEN = "\n\n"
LONGEST = 2048
"""Bytes of one message (45002 beyond; Tencent, "Customer service messages")."""
BESIDE_OPTION = 32
"""Bytes beside each option at most: its number, and the words that content/wechat.yml puts there."""
SENTENCE_END = re.compile(r"[\n。！？；!?;]+")


@dataclass(frozen=True)
class Line:
    """One sentence for the customer that was not sent yet, or taken back before it was.

    `answers`: the message it answers; `states`: it tells of something stored, such as a number or a time;
    `binds`: that is a number or a promise; `begun`: how many pieces of it have gone out; `files`: ids of the
    files that come with it, each a message of its own after the words.
    """

    id: int
    author: str
    words: str
    at: datetime
    reply: str | None = None
    taken_back: bool = False
    buttons: tuple[str, ...] = ()
    answers: int | None = None
    states: bool = False
    binds: bool = False
    begun: int = 0
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Otherwise:
    """What remains without a right: whether a template message is possible, and from when the next one."""

    template: bool
    template_from: datetime | None = None


NOTHING_ELSE = Otherwise(template=False)


@dataclass(frozen=True)
class Wait:
    """Nothing now; look again then."""

    until: datetime


@dataclass(frozen=True)
class Send:
    """These lines as one message, by this right. `options`: what may be answered by its number; `file`: the
    id of the file that this message is, "" where it is words."""

    words: str
    options: tuple[str, ...]
    lines: tuple[int, ...]
    author: str
    right: Right
    must: bool
    """Whether the customer must hear of it, by whatever way."""
    more: bool = False
    """Whether this is a piece of a line that takes several messages, and others follow."""
    file: str = ""


@dataclass(frozen=True)
class Template:
    """These lines are told of by a template message; `about`: the reply that says it, "person" for a person's
    words."""

    lines: tuple[int, ...]
    author: str
    about: str


@dataclass(frozen=True)
class Unsendable:
    """These lines cannot go out at all. `must`: a person has to call; `kept`: the assistant has used up its
    share, and the last message is a person's."""

    lines: tuple[int, ...]
    author: str
    must: bool
    kept: bool


@dataclass(frozen=True)
class Pass:
    """None of these is sent: taken back, or an answer of the assistant's that was overtaken."""

    lines: tuple[int, ...]


Plan = Wait | Send | Template | Unsendable | Pass
PERSON = "person"


def plan(
    lines: Sequence[Line],
    speaker: str,
    burst_waits: bool,
    rights: Sequence[Right],
    now: datetime,
    otherwise: Otherwise = NOTHING_ELSE,
) -> Plan:
    """What to do with the lines of a conversation that were not sent, oldest first; there is at least one.

    `speaker`: who speaks now. The assistant's lines are dropped while a person speaks. While the customer
    writes on (`burst_waits`) they wait for the next answer, and go out with it as far as they state
    something. What is too long for one message is left for the next; one line that takes several, being too
    long or having files, goes out in pieces, or another way when there are not rights enough for all of them.
    """
    kept = [line for line in lines if not line.taken_back and not _overtaken(line, lines, speaker)]
    if not kept:
        return Pass(tuple(line.id for line in lines))
    until = _held(kept, burst_waits, now)
    if until > now:
        return Wait(until)
    kept = _fitting(kept)
    return _by_right(kept, rights, now) or _otherwise(kept, rights, now, otherwise)


def _by_right(lines: Sequence[Line], rights: Sequence[Right], now: datetime) -> Send | None:
    """The lines, or the next piece of one; None without rights for all that is left of it."""
    author, options, line = _author(lines), _options(lines), lines[-1]
    texts = pieces(_joined(lines), LONGEST - room_of(options))
    rest = [*((words, "") for words in texts), *(("", file) for file in line.files)][line.begun :]
    handoff = any(line.reply in HANDOFF for line in lines)
    last = any(_takes_the_last(line) for line in lines)
    right = quota.to_use(rights, author, now, handoff=handoff, must=last, many=len(rest))
    if right is None or not rest:
        return None
    (words, file), more, ids = rest[0], len(rest) > 1, tuple(line.id for line in lines)
    must = any(must_know(line) for line in lines)
    return Send(words, () if more else options, ids, author, right, must, more, file)


def _otherwise(
    lines: Sequence[Line], rights: Sequence[Right], now: datetime, otherwise: Otherwise
) -> Wait | Template | Unsendable:
    author, ids = _author(lines), tuple(line.id for line in lines)
    must = any(must_know(line) for line in lines)
    if not must or not otherwise.template:
        answer = author != AGENT and any(line.author == ASSISTANT for line in lines)
        handoff = any(line.reply in HANDOFF for line in lines)
        return Unsendable(ids, author, must, answer and not handoff and quota.left(rights, now) > 0)
    if otherwise.template_from is not None and otherwise.template_from > now:
        return Wait(otherwise.template_from)
    return Template(ids, author, about(lines))


def _options(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(button for line in lines for button in line.buttons))


def room_of(options: Sequence[str]) -> int:
    """Bytes that the numbered options take at most."""
    return sum(len(option.encode()) + BESIDE_OPTION for option in options[:MOST])


def pieces(words: str, most: int) -> list[str]:
    """The words in pieces of so many bytes at most, parted where a sentence or a line ends if there is such
    a place."""
    found = []
    while len(words.encode()) > most:
        fits = len(words.encode()[:most].decode(errors="ignore"))
        cut = max((end.end() for end in SENTENCE_END.finditer(words[:fits])), default=fits)
        found.append(words[:cut].rstrip())
        words = words[cut:].lstrip()
    return [piece for piece in [*found, words] if piece]


def _joined(lines: Sequence[Line]) -> str:
    return BETWEEN.join(line.words for line in lines if line.words)


def _fitting(lines: list[Line]) -> list[Line]:
    """As many of the lines, from the first, as one message holds; the first in any case. A line with files is
    the last of its message, and one of files alone brings no words to join."""
    last = next((at for at, line in enumerate(lines) if line.files), len(lines) - 1)
    count = last + 1 if lines[last].words else max(1, last)
    while count > 1 and _size(lines[:count]) > LONGEST:
        count -= 1
    return lines[:count]


def _size(lines: Sequence[Line]) -> int:
    return len(_joined(lines).encode()) + room_of(_options(lines))


def must_know(line: Line) -> bool:
    """Whether the customer must hear of it: a person's words, what the house tells unasked, and a number or
    a promise that the assistant states."""
    if line.author == ASSISTANT:
        return line.binds
    return line.author == AGENT or line.reply not in SPEAKER_CHANGED


def _takes_the_last(line: Line) -> bool:
    """Whether a notice may use the message that is kept for a person."""
    return line.author == SYSTEM and must_know(line) and line.reply not in ASKED_AGAIN


def about(lines: Sequence[Line]) -> str:
    """What a template message speaks of: a person's words before the newest notice."""
    told = [line for line in lines if must_know(line)]
    if any(line.author == AGENT for line in told):
        return PERSON
    return (told[-1].reply or "") if told else ""


def _overtaken(line: Line, lines: Sequence[Line], speaker: str) -> bool:
    """An answer of the assistant's to less than the customer had written when the next answer was made; what
    it states is not said again, and so is kept."""
    if line.author != ASSISTANT or speaker == AGENT:
        return line.author == ASSISTANT
    newest = max(other.answers or 0 for other in lines if other.author == ASSISTANT)
    return (line.answers or 0) < newest and not line.states


def _held(lines: Sequence[Line], burst_waits: bool, now: datetime) -> datetime:
    """Until when the lines rest: an agent may still take one back, or say the first one; the customer may
    write on."""
    typed = [line.at for line in lines if line.author == AGENT]
    if typed:
        return min(typed[-1] + HOLD, typed[0] + HOLD_MOST)
    said = [line.at for line in lines if line.author == ASSISTANT]
    if said and burst_waits and now < said[0] + WITHDRAWN_MOST:
        return now + LOOK_AGAIN
    last = lines[-1]
    return last.at + JOINED_WAITS if last.reply == JOINED else last.at


def _author(lines: Sequence[Line]) -> str:
    """Whose message it is where lines are merged: a person's, else a notice, else the assistant's."""
    authors = {line.author for line in lines}
    return AGENT if AGENT in authors else ASSISTANT if authors == {ASSISTANT} else SYSTEM


AGAIN, AGAIN_MOST = timedelta(seconds=30), timedelta(minutes=10)
GIVES_UP = timedelta(hours=1)
WAITS_MOST = HOLD_MOST + GIVES_UP + AGAIN_MOST
"""From when a line was said to when it is tried for the last time."""


def again_at(tried: Sequence[datetime]) -> datetime | None:
    """When to try what WeChat has put off at those times, oldest first; None: it was tried for an hour."""
    if tried[-1] - tried[0] >= GIVES_UP:
        return None
    waits: timedelta = AGAIN * 2 ** (len(tried) - 1)
    return tried[-1] + min(AGAIN_MOST, waits)
