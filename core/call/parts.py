"""What a call is made of: steps for the caller, events, questions to the house, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass

from core.ringplan import Leg

# ---- steps: what the caller hears and what the line does


@dataclass(frozen=True)
class Say:
    """Something said: words as reception gave them, or the first of these replies that can be filled."""

    words: str = ""
    replies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Hold:
    """Music, or quiet, while the caller waits."""

    seconds: int


@dataclass(frozen=True)
class Listen:
    """Hear the caller: one key or free speech, or a run of digits. The prompt may be cut short by either."""

    mode: str
    prompt: tuple[Say | Hold, ...]


@dataclass(frozen=True)
class Ring:
    """Ring these phones together. Whoever accepts is bridged; the result comes back as `Rang`.

    recorded: the caller has not refused that their talk is recorded.
    """

    legs: tuple[Leg, ...]
    seconds: int
    longest: int
    recorded: bool = True


@dataclass(frozen=True)
class Record:
    """Record after a beep. Any key ends it."""

    seconds: int
    silence: int


@dataclass(frozen=True)
class Leave:
    """Hang up. Only ever after a goodbye."""


Step = Say | Hold | Listen | Ring | Record | Leave


# ---- events: what was heard, from the caller or from the house


@dataclass(frozen=True)
class Arrived:
    """The call came in. opening: the reply that greets this caller, when it is another than the flow's own;
    owed: a call back that was promised to this number is overdue."""

    opening: str = ""
    owed: bool = False


@dataclass(frozen=True)
class Lost:
    """We do not know where this call stands: unknown node, broken address, expired call."""


@dataclass(frozen=True)
class Silence:
    """Nothing was said and nothing pressed."""


@dataclass(frozen=True)
class Keys:
    digits: str


@dataclass(frozen=True)
class Words:
    """Speech as recognised, with the recogniser's confidence (1.0 when it gave none)."""

    text: str
    confidence: float = 1.0


@dataclass(frozen=True)
class Answered:
    """Reception kept the words and answers.

    expects: the names of its replies, last first, then the open question. handoff: a wish for a person
    is open and nobody has accepted it. registered: the complaint has its number.
    """

    said: tuple[str, ...] = ()
    expects: tuple[str, ...] = ()
    handoff: bool = False
    registered: bool = False


@dataclass(frozen=True)
class Sought:
    """The wish for a person is stored; these can be rung.

    said, names: what reception says about it, and the names of those replies. stored: the wish is kept.
    staffed: somebody is on duty, if perhaps busy. promised: a callback with a time is stored.
    withheld: no number of the caller's is known. spoke: the caller has told something before.
    """

    legs: tuple[Leg, ...] = ()
    said: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    stored: bool = True
    staffed: bool = False
    promised: bool = False
    withheld: bool = False
    spoke: bool = False


@dataclass(frozen=True)
class Unreached:
    """Nobody could be reached, and that is stored. Without `promised` nothing could be."""

    said: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    promised: bool = False
    withheld: bool = False


@dataclass(frozen=True)
class Failed:
    """The house could not keep or answer these words."""


@dataclass(frozen=True)
class Noted:
    """Words that were not surely heard are kept for a person, and nothing follows from them."""


@dataclass(frozen=True)
class Rang:
    """How the ringing ended: "accepted", or a name in the flow's `results`.

    left_out: agents not to be rung again; empty means all who were rung. talked: who accepted.
    """

    result: str
    left_out: tuple[int, ...] = ()
    talked: int = 0


@dataclass(frozen=True)
class Recorded:
    """The recording ended; `kept` when there is one, `key` if a key ended it."""

    kept: bool
    key: str = ""


@dataclass(frozen=True)
class Resumed:
    """The call was taken out of whatever it did, by an agent at the desk or because somebody is free.

    do: "hold" the caller waits for the agent `by`; "back" that one returns; "pass" another takes over:
    `agent`, or anybody when 0; "free" somebody can be rung now for a caller who waits; "asked" the caller
    was heard to wish for a person.
    """

    do: str
    agent: int = 0
    by: int = 0


UNSURE, STORY = "unsure", "story"
HOLD, BACK, PASS, FREE, ASKED, CALLED = "hold", "back", "pass", "free", "asked", "called"
RESUMED = (HOLD, BACK, PASS, FREE, ASKED)
"""What the desk may send a call to do; CALLED only follows when a customer picks up whom an agent calls."""


Event = (
    Arrived
    | Lost
    | Silence
    | Keys
    | Words
    | Answered
    | Sought
    | Unreached
    | Failed
    | Noted
    | Rang
    | Recorded
    | Resumed
)


# ---- asks: what only the house can do


@dataclass(frozen=True)
class Tell:
    """Give these words to reception; the answer is `Answered` (or `Failed`).

    kept_as: when nothing is to be understood from them. "unsure": the recogniser doubts them, the answer is
    `Noted`. "story": the machine does not know their language. asks: what they answer, where the place of
    the call tells that better than reception's open question.
    """

    words: str
    kept_as: str = ""
    asks: str = ""


@dataclass(frozen=True)
class Seek:
    """Store the wish for a person, then say who can be rung; the answer is always `Sought`.

    again: the wish is stored already, only who can be rung is asked. only: that one agent.
    release: whoever has accepted this call is no longer the one who speaks.
    """

    reason: str
    again: bool = False
    only: int = 0
    release: bool = False


@dataclass(frozen=True)
class GiveUp:
    """Nobody picked up, however long it rang: promise a call back; the answer is `Unreached`."""


Ask = Tell | Seek | GiveUp


@dataclass(frozen=True)
class Place:
    """Where a call stands. Small and free of personal data, since it travels in our own signed address.

    misses: in a row. rings: for this wish. nobody: times a person was sought in vain. waits: turns in
    the waiting room, or on hold. again: the same group was rung a second time. tried: agents left out.
    ringing: agents rung now. talked: the agent last bridged. unrecorded: the caller refused recording.
    language: of this call from now on, "" for the one that the flow begins with.
    lead, wish, agreed, offer hold within one turn only: the line before the ringing; why the words just
    told ring a person, "" when they do not; they are a yes; a person is offered in the answer to them.
    """

    node: str = "open"
    misses: int = 0
    rings: int = 0
    nobody: int = 0
    waits: int = 0
    again: int = 0
    tried: tuple[int, ...] = ()
    ringing: tuple[int, ...] = ()
    talked: int = 0
    unrecorded: bool = False
    language: str = ""
    lead: str = ""
    wish: str = ""
    agreed: bool = False
    offer: bool = False


@dataclass(frozen=True)
class Turn:
    """What to do now. With an `ask`, the house's answer continues this turn."""

    steps: tuple[Step, ...]
    place: Place
    ask: Ask | None = None
