"""What one turn may do, and the situation in which it is decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.intake import Known

VOICE, PHOTO = "voice", "photo"


@dataclass(frozen=True)
class Line:
    """Say this reply."""

    reply: str


@dataclass(frozen=True)
class Ask:
    """Put this question and count it."""

    question: str


@dataclass(frozen=True)
class Learn:
    """Keep a fact that this message gave; None as value means the message's own words."""

    field: str
    value: object = None


@dataclass(frozen=True)
class Skip:
    """The customer leaves this question open."""

    question: str


@dataclass(frozen=True)
class Register:
    """Make it a complaint with its promises and say the number. kind "vent": recorded, nobody calls."""

    kind: str = "complaint"


@dataclass(frozen=True)
class Human:
    """Bring a person. quiet: another line has already said that somebody is called."""

    reason: str
    quiet: bool = False


@dataclass(frozen=True)
class Page:
    """Tell the supervisor on duty now, with the reason."""

    reason: str


@dataclass(frozen=True)
class Callback:
    """The customer chose to be called back, or not."""

    wanted: bool


@dataclass(frozen=True)
class Miss:
    """Not understood: say so with this reply and offer a person the first time, bring one the second."""

    reply: str = "utter_missed_once"


@dataclass(frozen=True)
class Status:
    """Answer with the state of a complaint, from the number and digits in this message."""


@dataclass(frozen=True)
class Withdraw:
    """The customer takes it back: a draft at once, a registered complaint by a second person."""


@dataclass(frozen=True)
class Expect:
    """Remember what the next message answers, without counting a question."""

    topic: str | None


Act = Line | Ask | Learn | Skip | Register | Human | Page | Callback | Miss | Status | Withdraw | Expect


@dataclass(frozen=True)
class Situation:
    """Where the conversation stands after this message was kept.

    asked: the open question; new_flags: red flags this message raised; flags: all there are;
    registered: the complaint has its promises; staffed: somebody could take over now; said: replies so
    far; has_phone: a number is known, confirmed or not; repeat: this message made it a repeat contact;
    detail: the matter has a name; media: what came without words, VOICE that nobody has heard or PHOTO;
    promised: a call back, or an answer here, has its time;
    going: not registered here, but a complaint of the same person is open and may be told of here.
    """

    channel: str
    speaker: str
    known: Known
    asked: str | None = None
    new_flags: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    registered: bool = False
    staffed: bool = False
    said: Sequence[str] = field(default_factory=tuple)
    mood: str = "calm"
    repeat: bool = False
    has_phone: bool = False
    detail: bool = False
    media: frozenset[str] = frozenset()
    going: bool = False
    promised: bool = False
