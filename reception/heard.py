"""What a door hands to reception, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Channel = Literal["web", "phone", "wechat", "desk"]


@dataclass(frozen=True)
class Upload:
    """A file that came with a message: already checked by the door, bytes not yet on disk."""

    name: str
    type: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Heard:
    """One message from a customer.

    conversation: an id that reception gave out earlier (for the phone: the call's CallSid); None or
    an unknown one starts a new conversation and is never adopted for the web.
    who: (kind, value) of the identity, such as ("cookie", "…") or ("phone", "+8613800138000").
    key: unique to the provider's event; the same key again gets the same answer.
    caller: the number that calls, when it is shown.
    asks: the question that these words answer, where the door knows it; else the one that is open.
    typed: what was typed, where it was the number of an option and `words` are that option's.
    """

    channel: Channel
    who: tuple[str, str]
    words: str
    key: str
    at: datetime
    conversation: str | None = None
    uploads: tuple[Upload, ...] = ()
    caller: str | None = None
    asks: str = ""
    typed: str = ""


@dataclass(frozen=True)
class Said:
    """One sentence of a conversation as a door shows or speaks it. `taken_back`: whoever said it has taken it
    back; then it has no words."""

    id: int
    author: str
    words: str
    at: datetime
    reply: str | None = None
    buttons: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    name: str | None = None
    taken_back: bool = False


@dataclass(frozen=True)
class PromiseView:
    """A promise as the customer may know it."""

    kind: str
    due_at: datetime
    state: str


@dataclass(frozen=True)
class ComplaintView:
    """What the customer may know of the complaint: only once it is registered. `links_ended`: how often links
    to its page were withdrawn."""

    id: int
    number: str
    tier: int
    state: str
    promises: tuple[PromiseView, ...]
    links_ended: int = 0


@dataclass(frozen=True)
class Answer:
    """What to show or speak now.

    said is empty while a person speaks, or while `pending` (another worker is still answering this
    very message: ask again in a moment). handoff is the open wish for a person, if there is one.
    asked is the question that is open, for a door that listens differently (keys for "phone").
    """

    conversation: str
    speaker: str
    said: tuple[Said, ...] = ()
    complaint: ComplaintView | None = None
    handoff: int | None = None
    asked: str | None = None
    pending: bool = False
    stored: bool = True
    extra: dict[str, str] = field(default_factory=dict)
