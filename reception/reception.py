"""Every message from every door: keep it, decide who answers, answer in time.

Keep and answer are one transaction each; nothing but Rasa is asked between them, and it may fail.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path

from core import conversation
from core import events as names
from core.acts import Human
from reception import answers, situation, speaking
from reception.assistant import Assistant
from reception.bursts import Bursts
from reception.carrying import Carrying
from reception.content import Content
from reception.evidence import seal
from reception.heard import Answer, Heard
from reception.keeping import Names, conversation_of, keep, keep_unread, open_draft
from reception.turns import Turns
from reception.waiting import Waiting
from store import calls, complaints, conversations, facts, handoffs, messages
from store.db import Database


@dataclass(frozen=True)
class Reception:
    """The one who hears everything. Doors call it; it never calls a door."""

    db: Database
    content: Content
    assistant: Assistant
    ids: Names
    data_dir: Path

    @cached_property
    def turns(self) -> Turns:
        return Turns(self.db, self.content, self.assistant, self.ids)

    @cached_property
    def waiting(self) -> Waiting:
        return Waiting(self.db, self.content, self.turns)

    @cached_property
    def bursts(self) -> Bursts:
        return Bursts(self.db, self.content, self.turns, self.ids)

    def begin(self, heard: Heard) -> str:
        """The conversation in which this is heard, begun when there is none; nothing is a complaint yet.
        Repeating it is safe."""
        with self.db.writing() as conn:
            return str(conversation_of(conn, heard, self.ids).id)

    def receive(self, heard: Heard) -> Answer:
        """Keep the message and answer it. The same key again gives the same answer.

        Raises sqlalchemy.exc.SQLAlchemyError or OSError when it could not be kept: then nothing may be
        called received.
        """
        understood = self.turns.understand(heard.words, heard.at)
        repeated = self._repeated(heard.key) if heard.uploads else None
        if repeated is not None:
            return repeated
        sealed = tuple(seal(self.data_dir, upload) for upload in heard.uploads)
        with self.db.writing() as conn:
            if messages.by_key(conn, heard.key) is None:
                vocabulary = self.content.vocabulary
                kept = keep(conn, heard, understood, vocabulary, self.ids, sealed, in_turn=True)
                begun = self.turns.begin(conn, kept, heard.at, understood)
            else:
                kept = None
        if kept is None:
            return self._repeated(heard.key) or Answer("", conversation.ASSISTANT, pending=True)
        return self.turns.run(kept, begun, heard.at, heard.channel)

    def note(self, heard: Heard, kept_as: str) -> None:
        """Keep words for a person to read, as the fact `kept_as`: doubtful ones, or the story in a language
        that is not understood. Nothing follows from them, nothing is answered. Repeating it is safe.

        Raises sqlalchemy.exc.SQLAlchemyError when they could not be kept.
        """
        with self.db.writing() as conn:
            if messages.by_key(conn, heard.key) is None:
                keep_unread(conn, heard, kept_as, self.ids)

    def ask_human(
        self, conversation_id: str, reason: str, key: str, at: datetime, caller: str | None = None
    ) -> Answer:
        """Bring a person now, with no question asked: the wish is stored before anything rings.

        caller: the number that calls, so that who says nothing else can still be called back.
        """
        with self.db.writing() as conn:
            row = conversations.fetch(conn, conversation_id)
            if row.speaker == conversation.AGENT:
                return answers.read(conn, conversation_id)
            complaint_id = open_draft(conn, row, at, self.ids)
            before = messages.by_key(conn, key)
            if before is not None:
                return answers.read(conn, conversation_id, before.id)
            wish = messages.hear(
                conn, conversation=row, complaint_id=complaint_id, key=key, words="", at=at, answered=True
            )
            if caller:
                facts.learn(conn, complaint_id, "phone", caller, by="caller_id", at=at, message_id=wish)
            standing = situation.read(conn, self.content, conversation_id, at)
            carrying = Carrying(conn, self.content, standing, at, "", wish)
            carrying.carry_out([Human(reason)])
            return carrying.answer()

    def called(self, sid: str, complaint_id: int, user_id: int, at: datetime) -> bool:
        """A customer whom an agent calls has picked up: this call is about that complaint, and that agent is
        sought. Whether the customer has refused to be recorded. Repeating it is safe."""
        with self.db.writing() as conn:
            row = complaints.get(conn, complaint_id)
            if conversations.get(conn, sid) is None:
                sender = self.ids.sender(sid, 1)
                who = row.customer_id
                conversations.start(conn, id=sid, channel="phone", customer_id=who, sender=sender, at=at)
                conversations.change(conn, sid, complaint_id=complaint_id)
                calls.start(conn, sid, handoffs.WAITING_ROOM, at)
                wish = handoffs.ask(
                    conn, conversation_id=sid, complaint_id=complaint_id, reason="called_out", at=at
                )
                handoffs.change(conn, wish, sought=f"user:{user_id}")
                spoken = conversations.fetch(conn, sid)
                speaking.turn(conn, spoken, conversation.HumanAsked())
                speaking.event(conn, names.CALL_STARTED, spoken, user_id, at)
            return "unrecorded" in facts.current(conn, complaint_id)

    def unreached(self, conversation_id: str, at: datetime) -> Answer:
        """Nobody picked up: a call is promised and stored, and the assistant says when."""
        with self.db.writing() as conn:
            standing = situation.read(conn, self.content, conversation_id, at)
            carrying = Carrying(conn, self.content, standing, at)
            carrying.nobody_came()
            return carrying.answer()

    def left(self, conversation_id: str, at: datetime) -> None:
        """The customer has gone. A draft with a story becomes a complaint; without words it is put away."""
        self.waiting.left(conversation_id, at)

    def finish_unanswered(self, now: datetime) -> int:
        """Answer what was kept but not answered, because a process died between the two. Returns how many."""
        return self.waiting.finish_unanswered(now)

    def register_silent(self, now: datetime, after: timedelta) -> int:
        """Register drafts whose customer has been silent for `after`. Returns how many."""
        return self.waiting.register_silent(now, after)

    def chase_waiting(self, now: datetime) -> int:
        """Tell those who wait: after 60 s that a call back is possible, after five minutes when it comes."""
        return self.waiting.chase(now)

    def _repeated(self, key: str) -> Answer | None:
        with self.db.reading() as conn:
            row = messages.by_key(conn, key)
            if row is None:
                return None
            answer = answers.read(conn, row.conversation_id, row.id)
            return answer if row.answered else replace(answer, pending=True)
