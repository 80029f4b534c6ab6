"""Those whom nobody is answering right now: messages a crash left behind, silent drafts, people who wait."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import complaint, conversation, questions
from core import events as names
from reception import situation
from reception.carrying import Carrying
from reception.content import Content
from reception.keeping import Kept
from reception.registering import register
from reception.turns import Turns
from store import complaints, conversations, events, facts, handoffs, messages
from store.db import Connection, Database, Row

log = logging.getLogger("jiesu.reception")

UNANSWERED_AFTER = timedelta(seconds=15)
OFFER_CALLBACK_AFTER = timedelta(seconds=60)
NOBODY_CAME_AFTER = timedelta(minutes=5)
READ_LATER = ("wechat",)
"""Where what is said to a customer who is silent reaches them: their phone shows it."""


@dataclass(frozen=True)
class Waiting:
    """What the office's loop asks reception to do for those who wait."""

    db: Database
    content: Content
    turns: Turns

    def finish_unanswered(self, now: datetime) -> int:
        """Answer what was kept but not answered, because a process died between the two. Returns how many."""
        with self.db.reading() as conn:
            rows = messages.unanswered(conn, now - UNANSWERED_AFTER)
            channels = {row.id: conversations.fetch(conn, row.conversation_id).channel for row in rows}
        for row in rows:
            kept = Kept(row.id, row.conversation_id, row.complaint_id)
            _apart(self.turns.run, kept, None, now, channels[row.id])
        return len(rows)

    def register_silent(self, now: datetime, after: timedelta) -> int:
        """Register drafts whose customer has been silent for `after`. Returns how many."""
        with self.db.reading() as conn:
            silent = conversations.silent_drafts(conn, now - after)
        for id in silent:
            _apart(self.left, id, now, now - after)
        return len(silent)

    def left(self, conversation_id: str, at: datetime, silent_since: datetime | None = None) -> None:
        """The customer has gone. A draft with a story becomes a complaint; without words it is put away.

        With `silent_since`: only if nothing was heard after that, since a message may have just arrived.
        """
        with self.db.writing() as conn:
            row = conversations.get(conn, conversation_id)
            if row is None or row.complaint_id is None:
                return
            if silent_since is not None and row.last_heard_at >= silent_since:
                return
            if silent_since is not None and messages.pending(conn, conversation_id):
                return  # it was heard before an outage, and nobody has read yet what it tells
            if complaints.get(conn, row.complaint_id).state == complaint.DRAFT:
                kind = _kind_when_left(conn, row)
                register(conn, self.content, row.complaint_id, at, kind)
                if silent_since is not None and kind == "complaint" and row.channel in READ_LATER:
                    self._tell(conn, conversation_id, at)

    def _tell(self, conn: Connection, conversation_id: str, at: datetime) -> None:
        """Say number and time to who told something and went silent, while nobody else speaks."""
        standing = situation.read(conn, self.content, conversation_id, at)
        if standing.situation.speaker == conversation.ASSISTANT and "story" in standing.facts:
            Carrying(conn, self.content, standing, at).say("utter_registered", "utter_registered_here")

    def chase(self, now: datetime) -> int:
        """Tell those who wait: after 60 s that a call back is possible, after five minutes when it comes."""
        with self.db.reading() as conn:
            rows = [row for row in handoffs.waiting(conn) if row.channel != "phone"]
        return sum(bool(_apart(self._chase, row.id, now)) for row in rows)

    def _chase(self, handoff_id: int, now: datetime) -> bool:
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None or handoff.ended_at or handoff.agent_id:
                return False
            standing = situation.read(conn, self.content, handoff.conversation_id, now)
            if standing.situation.speaker != conversation.WAITING:
                return False
            carrying = Carrying(conn, self.content, standing, now)
            waited = now - handoff.asked_at
            if waited >= NOBODY_CAME_AFTER:
                return carrying.nobody_came()
            if waited < OFFER_CALLBACK_AFTER or handoff.offered_at:
                return False
            handoffs.change(conn, handoff.id, offered_at=now)
            ahead = handoffs.ahead_of(conn, handoff.id)
            return carrying.say("utter_queue_place" if ahead else "utter_queue_next", ahead=str(ahead))


def _apart(work: Callable[..., object], *given: object) -> object:
    """One customer's failure never keeps the next from being served; it is logged and tried again."""
    try:
        return work(*given)
    except Exception as error:
        log.exception("one of those who wait could not be served: %s", type(error).__name__)
        return None


def _kind_when_left(conn: Connection, conversation_row: Row[Any]) -> str:
    """A told story is a complaint even if the customer gave up in the middle, and so is what we could not
    hear well enough to know; a grumble stays one."""
    if conversation_row.asked == questions.GRUMBLE:
        return "hidden"
    known = facts.current(conn, conversation_row.complaint_id)
    asked = events.happened(conn, conversation_row.complaint_id, names.HUMAN_ASKED)
    return "complaint" if {"story", "unsure"} & known.keys() or asked else "hidden"
