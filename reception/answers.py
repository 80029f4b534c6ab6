"""Reading a conversation back: for the door that asked, for streams, and for Rasa's metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import complaint as states
from core import events as names
from reception.heard import Answer, ComplaintView, PromiseView, Said
from reception.situation import Standing
from store import case_links, complaints, conversations, events, files, handoffs, messages, users
from store import promises as promise_rows
from store.db import Connection, Row

CUSTOMER = "customer"
SHOWN_PROMISES = ("callback", "progress")


def read(conn: Connection, conversation_id: str, message: int | None = None) -> Answer:
    """The answer to a message, with who speaks and the complaint as shown."""
    row = conversations.fetch(conn, conversation_id)
    rows = messages.answers_to(conn, message) if message is not None else []
    handoff = handoffs.open_of(conn, conversation_id)
    return Answer(
        conversation=conversation_id,
        speaker=row.speaker,
        said=tuple(spoken(conn, rows)),
        complaint=complaint_view(conn, row.complaint_id),
        handoff=handoff.id if handoff is not None else None,
        asked=row.asked,
    )


def complaint_view(conn: Connection, complaint_id: int | None) -> ComplaintView | None:
    """The registered complaint as the customer may see it; None before it is registered."""
    if complaint_id is None:
        return None
    row = complaints.get(conn, complaint_id)
    if row.state == states.DRAFT:
        return None
    promises = tuple(
        PromiseView(promise.kind, promise.due_at, promise.state)
        for promise in promise_rows.of_complaint(conn, complaint_id)
        if promise.kind in SHOWN_PROMISES and promise.state in ("open", "kept", "missed")
    )
    ended = case_links.ended(conn, row.id)
    return ComplaintView(row.id, row.number, row.tier, row.state, promises, ended)


def spoken(conn: Connection, rows: Sequence[Row[Any]]) -> list[Said]:
    """Message rows with their files and the public name of the agent who wrote them."""
    public = users.names(conn) if any(row.agent_id for row in rows) else {}
    attached: dict[int, list[str]] = {}
    heard = [row.id for row in rows if row.author == CUSTOMER]
    for file in files.of_messages(conn, heard) if heard else ():
        attached.setdefault(file.message_id, []).append(file.id)
    return [
        Said(
            id=row.id,
            author=row.author,
            words="" if row.taken_back_at else row.words,
            at=row.at,
            reply=row.reply,
            buttons=tuple(row.buttons),
            files=tuple(attached.get(row.id, ())),
            name=public.get(row.agent_id),
            taken_back=row.taken_back_at is not None,
        )
        for row in rows
    ]


def history(conn: Connection, conversation_id: str) -> list[Said]:
    """The conversation so far, oldest first. A bare wish for a person has no words and is left out."""
    said = spoken(conn, messages.of_conversation(conn, conversation_id))
    return [one for one in said if one.words or one.files or one.taken_back]


def since(conn: Connection, conversation_id: str, cursor: int) -> tuple[list[Said], int]:
    """What was said past the cursor by anyone, and the new cursor."""
    found = events.after(conn, cursor, conversation_id=conversation_id)
    ids = [
        event.data["message"] for event in found if event.name in (names.MESSAGE_HEARD, names.MESSAGE_SAID)
    ]
    said = spoken(conn, [messages.get(conn, id) for id in ids])
    shown = [one for one in said if one.words or one.files or one.taken_back]
    return shown, found[-1].id if found else cursor


def marks(standing: Standing, message: int) -> dict[str, Any]:
    """What Rasa is told: marks of what is known, never the values."""
    situation = standing.situation
    known = situation.known
    happened = {"registered": situation.registered, "resigned": "utter_resigned" in situation.said}
    marked = {*known.facts, *(name for name, is_so in happened.items() if is_so)}
    return {
        "message": str(message),
        "known": {name: "1" for name in sorted(marked)},
        "asked": situation.asked,
        "counts": dict(known.asked),
        "skipped": sorted(known.skipped),
        "mood": known.mood,
        "tier": known.tier,
        "category": known.category,
    }
