"""Every message from every door: keep it, decide who answers, answer in time.

Keep and answer are one transaction each; nothing but Rasa is asked between them, and it may fail.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from core import complaint, conversation, turn
from core import events as names
from core.promises import ZONE
from core.text import safe_for_rasa
from core.understanding import Understood, understand
from reception import answers, situation
from reception.assistant import Assistant, NoAnswer
from reception.carrying import Carrying, hasten_promises, register
from reception.content import Content
from reception.evidence import seal
from reception.heard import Answer, Channel, Heard, Said
from reception.keeping import Kept, Names, conversation_of, keep
from reception.situation import Standing
from reception.status import Lookup
from store import complaints, conversations, events, facts, handoffs, messages
from store.db import Connection, Database

log = logging.getLogger(__name__)

DEADLINES = {"web": 2.5, "wechat": 2.5, "phone": 3.0}  # seconds for Rasa, of 3 and 4 in all
SCRIPTED_RUNG = 1
UNANSWERED_AFTER = timedelta(seconds=15)
OFFER_CALLBACK_AFTER = timedelta(seconds=60)
NOBODY_CAME_AFTER = timedelta(minutes=5)
LEASE_POLL = 0.02


@dataclass(frozen=True)
class Reception:
    """The one who hears everything. Doors call it; it never calls a door."""

    db: Database
    content: Content
    assistant: Assistant
    ids: Names
    data_dir: Path

    def open(self, heard: Heard) -> Answer:
        """Begin a phone call's conversation and greet; nothing is a complaint yet. Repeating it is safe."""
        with self.db.writing() as conn:
            row = conversation_of(conn, heard, self.ids)
        line = self.content.say("utter_open", heard.channel)
        said = Said(0, conversation.ASSISTANT, line.text, heard.at, line.reply, line.buttons)
        return Answer(row.id, row.speaker, (said,))

    def receive(self, heard: Heard) -> Answer:
        """Keep the message and answer it. The same key again gives the same answer.

        Raises sqlalchemy.exc.SQLAlchemyError or OSError when it could not be kept: then nothing may be
        called received.
        """
        understood = self._understand(heard.words, heard.at)
        repeated = self._repeated(heard.key)
        if repeated is not None:
            return repeated
        sealed = tuple(seal(self.data_dir, upload) for upload in heard.uploads)
        with self.db.writing() as conn:
            earlier = messages.by_key(conn, heard.key)
            kept = (
                keep(conn, heard, understood, self.content.vocabulary, self.ids, sealed)
                if not earlier
                else None
            )
        if kept is None:
            return self._repeated(heard.key) or Answer("", conversation.ASSISTANT, pending=True)
        return self._turn(kept, heard.at, heard.channel)

    def ask_human(self, conversation_id: str, reason: str, key: str, at: datetime) -> Answer:
        """Bring a person now, with no question asked: the wish is stored before anything rings."""
        with self.db.writing() as conn:
            self._ensure_complaint(conn, conversation_id, at)
            standing = situation.read(conn, self.content, conversation_id, at)
            if standing.situation.speaker == conversation.AGENT:
                return answers.read(conn, conversation_id)
            before = messages.by_key(conn, key)
            if before is None:
                wish = messages.hear(
                    conn,
                    conversation=standing.conversation,
                    complaint_id=standing.complaint.id,
                    key=key,
                    words="",
                    at=at,
                )
                self._carry(conn, standing, [turn.Human(reason)], "", wish, at)
                messages.mark_answered(conn, [wish])
            return answers.read(conn, conversation_id, before.id if before else wish)

    def unreached(self, conversation_id: str, at: datetime) -> Answer:
        """Nobody picked up: a call is promised and stored, and the assistant says when."""
        with self.db.writing() as conn:
            standing = situation.read(conn, self.content, conversation_id, at)
            carrying = self._carrying(conn, standing, "", None, at)
            carrying.nobody(quiet=True, silent=True)
            carrying.say("utter_nobody_came")
            return answers.read(conn, conversation_id, said=carrying.said)

    def next_person(self, conversation_id: str, reply: str, at: datetime) -> Answer:
        """Say that the next person is tried; the wish stays open."""
        with self.db.writing() as conn:
            carrying = self._carrying(
                conn, situation.read(conn, self.content, conversation_id, at), "", None, at
            )
            carrying.say(reply)
            return answers.read(conn, conversation_id, said=carrying.said)

    def left(self, conversation_id: str, at: datetime) -> None:
        """The customer has gone. A draft with a story becomes a complaint; without words it is put away."""
        with self.db.writing() as conn:
            row = conversations.get(conn, conversation_id)
            if row is None or row.complaint_id is None:
                return
            if complaints.get(conn, row.complaint_id).state != complaint.DRAFT:
                return
            kind = _kind_when_left(conn, row.complaint_id)
            register(conn, self.content, row.complaint_id, at, kind)

    def finish_unanswered(self, now: datetime) -> int:
        """Answer what was kept but not answered, because a process died between the two. Returns how many."""
        with self.db.reading() as conn:
            rows = messages.unanswered(conn, now - UNANSWERED_AFTER)
            channels = {row.id: conversations.fetch(conn, row.conversation_id).channel for row in rows}
        for row in rows:
            kept = Kept(row.id, row.conversation_id, row.complaint_id)
            self._turn(kept, now, channels[row.id])
        return len(rows)

    def register_silent(self, now: datetime, after: timedelta) -> int:
        """Register drafts whose customer has been silent for `after`. Returns how many."""
        with self.db.reading() as conn:
            silent = conversations.silent_drafts(conn, now - after)
        for id in silent:
            self.left(id, now)
        return len(silent)

    def chase_waiting(self, now: datetime) -> int:
        """Tell those who wait: after 60 s that a call back is possible, after five minutes when it comes."""
        with self.db.reading() as conn:
            rows = [row for row in handoffs.waiting(conn) if row.channel != "phone"]
        return sum(self._chase(row.id, now) for row in rows)

    def _chase(self, handoff_id: int, now: datetime) -> bool:
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None or handoff.ended_at or handoff.agent_id:
                return False
            standing = situation.read(conn, self.content, handoff.conversation_id, now)
            if standing.situation.speaker != conversation.WAITING:
                return False
            carrying = self._carrying(conn, standing, "", None, now)
            waited = now - handoff.asked_at
            if waited >= NOBODY_CAME_AFTER:
                carrying.nobody(quiet=True, silent=True)
                return carrying.say("utter_nobody_came", "utter_reply_booked")
            if waited < OFFER_CALLBACK_AFTER or handoff.offered_at:
                return False
            handoffs.change(conn, handoff.id, offered_at=now)
            ahead = handoffs.ahead_of(conn, handoff.id)
            return carrying.say("utter_queue_place" if ahead else "utter_queue_next", ahead=str(ahead))

    def view(self, conversation_id: str) -> list[Said]:
        """The whole conversation, as far as it is shown: the last 500 messages."""
        with self.db.reading() as conn:
            return answers.history(conn, conversation_id)

    def since(self, conversation_id: str, cursor: int) -> tuple[list[Said], int]:
        """What was said past the cursor, and the new cursor."""
        with self.db.reading() as conn:
            return answers.since(conn, conversation_id, cursor)

    def standing(self, conversation_id: str) -> Answer:
        """Who speaks, and what the customer may know of the complaint, without anything new said."""
        with self.db.reading() as conn:
            return answers.read(conn, conversation_id, said=())

    def _understand(self, words: str, at: datetime) -> Understood:
        return understand(words, self.content.vocabulary, at.astimezone(ZONE).date())

    def _repeated(self, key: str) -> Answer | None:
        with self.db.reading() as conn:
            row = messages.by_key(conn, key)
            if row is None:
                return None
            answer = answers.read(conn, row.conversation_id, row.id)
            return answer if row.answered else replace(answer, pending=True)

    def _ensure_complaint(self, conn: Connection, conversation_id: str, at: datetime) -> None:
        row = conversations.fetch(conn, conversation_id)
        if row.complaint_id is not None:
            return
        id = complaints.open_draft(
            conn,
            draw=self.ids.number,
            channel=row.channel,
            customer_id=row.customer_id,
            at=at,
            conversation_id=row.id,
        )
        conversations.change(conn, row.id, complaint_id=id)

    def _turn(self, kept: Kept, at: datetime, channel: Channel) -> Answer:
        """Answer a kept message, together with others of its conversation that wait."""
        deadline = time.monotonic() + DEADLINES[channel]
        standing = self._lease(kept, at, deadline)
        if standing is None:
            with self.db.reading() as conn:
                answer = answers.read(conn, kept.conversation, kept.message)
                done = messages.get(conn, kept.message).answered
            return replace(answer, pending=not done)
        ids, words = self._burst(kept)
        heard = self._understand(words, at)
        names_ = self._ask(kept, standing, heard, deadline)
        return self._answer(kept, ids, words, heard, names_, standing, at)

    def _lease(self, kept: Kept, at: datetime, deadline: float) -> Standing | None:
        """Where things stand once this turn may run; None when another turn has answered the message."""
        while True:
            with self.db.writing() as conn:
                if messages.get(conn, kept.message).answered:
                    return None
                if conversations.lease(conn, kept.conversation, at):
                    return situation.read(
                        conn, self.content, kept.conversation, at, kept.new_flags, kept.repeat
                    )
            if time.monotonic() > deadline:
                return None
            time.sleep(LEASE_POLL)

    def _burst(self, kept: Kept) -> tuple[list[int], str]:
        """All messages that wait in this conversation are one turn."""
        with self.db.reading() as conn:
            rows = messages.pending(conn, kept.conversation)
        return [row.id for row in rows], "\n".join(row.words for row in rows)

    def _ask(self, kept: Kept, standing: Standing, heard: Understood, deadline: float) -> list[str] | None:
        """The names that Rasa proposes, [] when it need not be asked, None when it has no answer."""
        if turn.first(standing.situation, heard) is not None:
            return []
        try:
            return self.assistant.ask(
                standing.conversation.sender,
                safe_for_rasa(heard.folded),
                answers.marks(standing, kept.message),
                deadline - time.monotonic(),
            )
        except NoAnswer as failure:
            log.warning("assistant gave no answer", extra={"why": str(failure)})
            return None

    def _answer(
        self,
        kept: Kept,
        ids: Sequence[int],
        words: str,
        heard: Understood,
        proposed: list[str] | None,
        before: Standing,
        at: datetime,
    ) -> Answer:
        """Say it, unless an agent has taken over meanwhile; then the words simply reach the agent."""
        with self.db.writing() as conn:
            standing = situation.read(conn, self.content, kept.conversation, at, kept.new_flags, kept.repeat)
            now = standing.conversation
            may = conversation.may_say(
                conversations.speaker(now), conversation.ASSISTANT, before.conversation.epoch
            )
            if may:
                acts = _acts(standing, heard, proposed)
                if kept.raised:
                    hasten_promises(conn, self.content, standing.complaint.id, at)
                self._carry(conn, standing, acts, words, kept.message, at)
                self._note_rung(conn, standing, proposed)
            messages.mark_answered(conn, ids)
            conversations.release(conn, kept.conversation)
            return answers.read(conn, kept.conversation, kept.message)

    def _note_rung(self, conn: Connection, standing: Standing, proposed: list[str] | None) -> None:
        """After a failure Rasa knows us under a new name, so that nothing half-done is inherited."""
        if proposed is not None:
            return
        complaints.change(conn, standing.complaint.id, rung=max(SCRIPTED_RUNG, standing.complaint.rung))
        generation = standing.conversation.sender_generation + 1
        sender = self.ids.sender(standing.conversation.id, generation)
        conversations.change(conn, standing.conversation.id, sender=sender, sender_generation=generation)

    def _carrying(
        self, conn: Connection, standing: Standing, words: str, message: int | None, at: datetime
    ) -> Carrying:
        return Carrying(conn, self.content, standing, at, words, message, Lookup(self.content))

    def _carry(
        self,
        conn: Connection,
        standing: Standing,
        acts: list[turn.Act],
        words: str,
        message: int,
        at: datetime,
    ) -> None:
        self._carrying(conn, standing, words, message, at).carry_out(acts)


def _acts(standing: Standing, heard: Understood, proposed: list[str] | None) -> list[turn.Act]:
    ruled = turn.first(standing.situation, heard)
    if ruled is not None:
        return ruled
    if proposed:
        return turn.after_assistant(standing.situation, heard, proposed)
    return turn.scripted(standing.situation, heard)


def _kind_when_left(conn: Connection, complaint_id: int) -> str:
    """A told story is a complaint even if the customer gave up in the middle."""
    known = facts.current(conn, complaint_id)
    asked = events.happened(conn, complaint_id, names.HUMAN_ASKED)
    return "complaint" if "story" in known or asked else "hidden"
