"""Keep first: the customer's words, and what they plainly say, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core import complaint, emotion
from core.conversation import AGENT
from core.understanding import Understood, Vocabulary
from reception import joining
from reception.evidence import Sealed
from reception.heard import Heard
from reception.learning import LONGEST_STORY, Note, learn_facts, learn_told, raise_red_lines, settle_mood
from store import complaints, conversations, customers, files, messages, typing
from store.db import Connection, Row

ENDED = (complaint.CLOSED, complaint.WITHDRAWN)


@dataclass(frozen=True)
class Names:
    """Draws what must not be guessed: conversation ids, complaint numbers, and the name Rasa knows."""

    conversation: Callable[[], str]
    number: Callable[[], str]
    sender: Callable[[str, int], str]


@dataclass(frozen=True)
class Kept:
    """A message that is safe: its id, its conversation and its complaint."""

    message: int
    conversation: str
    complaint: int


def keep(
    conn: Connection,
    heard: Heard,
    understood: Understood,
    vocabulary: Vocabulary,
    ids: Names,
    sealed: tuple[Sealed, ...],
    *,
    in_turn: bool = False,
) -> Kept:
    """Write the message, its conversation, the complaint's draft, and the facts and signals in it. `in_turn`:
    what it tells and how it sounds is learned with the rest of its turn (`learn_turn`), since half a sentence
    is easily misread; red lines and facts with a shape are kept at once.
    """
    conversation = conversation_of(conn, heard, ids)
    if heard.asks:
        conversations.change(conn, conversation.id, asked=heard.asks)
        conversation = conversations.fetch(conn, conversation.id)
    complaint_id = open_draft(conn, conversation, heard.at, ids, afresh=_tells(understood))
    message = messages.hear(
        conn,
        conversation=conversation,
        complaint_id=complaint_id,
        key=heard.key,
        words=heard.words,
        at=heard.at,
        typed=heard.typed,
    )
    if conversation.speaker == AGENT:
        typing.end(conn, conversation.id, "customer")
    if conversation.last_heard_at != heard.at:
        conversations.change(conn, conversation.id, last_heard_at=heard.at)
    _keep_files(conn, sealed, conversation.id, complaint_id, message, heard.at)
    note = Note(conn, complaint_id, message, heard.at)
    if heard.caller and note.known("phone") is None:
        note.learn("phone", heard.caller, by="caller_id")
    learn_facts(note, understood, conversation)
    if understood.values("phone") or understood.values("order_no"):
        joining.prove(conn, complaint_id, heard.at)
    if in_turn:
        held = emotion.Mood(conversation.mood, conversation.mood_level)
        raise_red_lines(note, understood, vocabulary, held)
    else:
        learn_told(note, understood, heard.words)
        raise_red_lines(note, understood, vocabulary, settle_mood(note, conversation, understood))
    return Kept(message, conversation.id, complaint_id)


def learn_turn(
    conn: Connection, kept: Kept, words: str, heard: Understood, vocabulary: Vocabulary, at: datetime
) -> None:
    """What a whole turn tells, once, after each of its messages was kept: the matters, the wishes, the story,
    the mood, and red lines that run over several messages."""
    conversation = conversations.fetch(conn, kept.conversation)
    note = Note(conn, kept.complaint, kept.message, at)
    learn_told(note, heard, words)
    raised = complaints.flags(conn, kept.complaint)
    new = tuple(reason for reason in heard.raised if reason.flag not in raised)
    raise_red_lines(note, replace(heard, raised=new), vocabulary, settle_mood(note, conversation, heard))


def keep_unread(conn: Connection, heard: Heard, field: str, ids: Names) -> None:
    """Write words from which nothing follows, as a message and as the fact `field`, after what it holds."""
    conversation = conversation_of(conn, heard, ids)
    id = open_draft(conn, conversation, heard.at, ids, afresh=False)
    message = messages.hear(
        conn, conversation=conversation, complaint_id=id, key=heard.key, words=heard.words, at=heard.at
    )
    messages.mark_answered(conn, [message])
    conversations.change(conn, conversation.id, last_heard_at=heard.at)
    note = Note(conn, id, message, heard.at)
    if heard.caller and note.known("phone") is None:
        note.learn("phone", heard.caller, by="caller_id")
    told = " / ".join(part for part in (note.known(field, ""), heard.words) if part)
    note.learn(field, told[:LONGEST_STORY])


def conversation_of(conn: Connection, heard: Heard, ids: Names) -> Row[Any]:
    """The conversation, or a new one: an id that we did not give out is never adopted from the web."""
    found = conversations.get(conn, heard.conversation) if heard.conversation else None
    if found is not None and found.channel == heard.channel:
        return found
    own = heard.conversation if heard.channel == "phone" and heard.conversation else ids.conversation()
    customer = customers.known_as(conn, *heard.who, heard.at)
    return conversations.start(
        conn, id=own, channel=heard.channel, customer_id=customer, sender=ids.sender(own, 1), at=heard.at
    )


def open_draft(
    conn: Connection, conversation: Row[Any], at: datetime, ids: Names, afresh: bool = True
) -> int:
    """The conversation's complaint, opened as a draft when there is none.

    `afresh`: after one that is closed or withdrawn a new one is opened and linked, since what is told now
    must not end in a drawer.
    """
    before = conversation.complaint_id
    if before is not None and not (afresh and complaints.get(conn, before).state in ENDED):
        return int(before)
    id = complaints.open_draft(
        conn,
        draw=ids.number,
        channel=conversation.channel,
        customer_id=conversation.customer_id,
        at=at,
        conversation_id=conversation.id,
    )
    started: dict[str, Any] = {"asked": None, "asked_counts": {}, "skipped": [], "misses": 0}
    conversations.change(conn, conversation.id, complaint_id=id, **started)
    if before is not None:
        complaints.link(conn, id, before, "related")
    return id


def _tells(heard: Understood) -> bool:
    """Whether a message is more than a thank-you or a good-bye."""
    return bool(heard.human or heard.issues or not (heard.remarks or heard.blank or heard.resigned))


def _keep_files(
    conn: Connection,
    sealed: tuple[Sealed, ...],
    conversation: str,
    complaint: int,
    message: int,
    at: datetime,
) -> None:
    for file in sealed:
        files.keep(
            conn,
            id=file.id,
            complaint_id=complaint,
            conversation_id=conversation,
            message_id=message,
            kind=file.kind,
            name=file.name,
            type=file.type,
            size=file.size,
            sha256=file.sha256,
            at=at,
        )
