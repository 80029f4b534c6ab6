"""A complaint that somebody of the house was told: in a letter, at the counter, on the road, by the press.

The customer's own words are kept as they were told, and understood as in every other channel; what the form
says besides is the writer's. Nothing is answered, since nobody is in a conversation: it is registered, with
its promises, and the writer tells the customer number and time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import events as names
from reception.content import Content
from reception.evidence import Sealed
from reception.heard import Heard
from reception.keeping import keep
from reception.reception import Reception
from reception.registering import register
from store import complaints, conversations, events, facts, files, messages
from store.db import Connection, Database

SOURCES = ("customer", "staff", "dealer", "regulator", "media")
GRAVE = 3
PAGED = "grave"


@dataclass(frozen=True)
class Told:
    """What the form says: who told it, the customer's words, and facts checked by core.corrections."""

    source: str
    words: str
    facts: Mapping[str, Any]
    sealed: Sequence[Sealed] = ()


@dataclass(frozen=True)
class Filing:
    """The staff's way to file a complaint (any employee can take one)."""

    db: Database
    content: Content
    reception: Reception

    def file(self, user_id: int, told: Told, key: str, at: datetime) -> int:
        """Keep and register it; returns the complaint. The same key again gives the same complaint."""
        understood = self.reception.turns.understand(told.words, at)
        phone = told.facts.get("phone")
        who = ("phone", str(phone)) if phone else ("desk", key)
        with self.db.writing() as conn:
            before = messages.by_key(conn, key)
            if before is not None:
                return int(before.complaint_id)
            heard = Heard("desk", who, told.words, key, at)
            kept = keep(conn, heard, understood, self.content.vocabulary, self.reception.ids, ())
            messages.mark_answered(conn, [kept.message])
            conversations.change(conn, kept.conversation, ended_at=at)
            complaints.change(conn, kept.complaint, source=told.source)
            self._write(conn, user_id, kept.complaint, told, at)
            register(conn, self.content, kept.complaint, at)
            self._page(conn, kept.complaint, at)
            return kept.complaint

    def _write(self, conn: Connection, user_id: int, id: int, told: Told, at: datetime) -> None:
        """What the writer adds, with their name to it."""
        events.append(conn, names.COMPLAINT_FILED, at, complaint_id=id, user_id=user_id, source=told.source)
        for field, value in told.facts.items():
            facts.correct(conn, id, field, value, user_id=user_id, at=at)
        if facts.value(conn, id, "story") is None:
            facts.correct(conn, id, "story", told.words, user_id=user_id, at=at)
        for file in told.sealed:
            about = vars(file) | {"conversation_id": None, "message_id": None}
            files.keep(conn, complaint_id=id, at=at, user_id=user_id, **about)

    def _page(self, conn: Connection, id: int, at: datetime) -> None:
        """A grave matter waits for nobody to look."""
        if complaints.get(conn, id).tier >= GRAVE:
            events.append(conn, names.SUPERVISOR_PAGED, at, complaint_id=id, reason=PAGED)
