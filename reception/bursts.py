"""Messages that are kept now and answered when their burst is over, for a door that acknowledges first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from reception.content import Content
from reception.heard import Answer, Heard
from reception.keeping import Kept, Names, keep
from reception.turns import Turns
from store import conversations, messages, wechat_media
from store.db import Connection, Database, Row

HEARING = timedelta(seconds=12)
"""How long a turn waits for the words of a voice; after 15 seconds the office answers what nobody did."""


@dataclass(frozen=True)
class Bursts:
    """Keeps now, answers later. When a turn closes stands in its conversation's row: a restart loses none."""

    db: Database
    content: Content
    turns: Turns
    ids: Names

    def keep(self, conn: Connection, heard: Heard) -> Kept | None:
        """Keep a message in the caller's transaction; None when it was kept before."""
        if messages.by_key(conn, heard.key) is not None:
            return None
        understood = self.turns.understand(heard.words, heard.at)
        kept = keep(conn, heard, understood, self.content.vocabulary, self.ids, (), in_turn=True)
        urgent = bool(understood.human or understood.raised)
        self.close_by(conn, kept.conversation, heard.at, urgent=urgent)
        return kept

    def close_by(self, conn: Connection, conversation_id: str, at: datetime, *, urgent: bool = False) -> None:
        """A part of the burst came at that time, or a voice in it was heard: its turn closes accordingly. An
        urgent one stays urgent; any other waits a while for a voice to become words."""
        before = conversations.fetch(conn, conversation_id).turn_at
        waiting = messages.pending(conn, conversation_id)
        first = min((row.at for row in waiting), default=at)
        pace = self.content.burst
        urgent = urgent or (before is not None and before <= at)
        closes = pace.closes_at(first, at, urgent=urgent)
        spoken = wechat_media.unheard_since(conn, conversation_id)
        if spoken is not None and not urgent:
            closes = max(closes, spoken + HEARING)
        conversations.change(conn, conversation_id, turn_at=closes)

    def due(self, now: datetime) -> list[str]:
        """Conversations whose turn is over."""
        with self.db.reading() as conn:
            return conversations.turns_due(conn, now)

    def answer(self, conversation_id: str, now: datetime) -> Answer | None:
        """Answer what waits in this conversation, all of it as one turn; None when nothing does."""
        with self.db.writing() as conn:
            row: Row[Any] = conversations.fetch(conn, conversation_id)
            conversations.change(conn, conversation_id, turn_at=None)
            waiting = messages.pending(conn, conversation_id)
        if not waiting:
            return None
        newest = waiting[-1]
        kept = Kept(newest.id, conversation_id, newest.complaint_id)
        return self.turns.run(kept, None, now, row.channel)
