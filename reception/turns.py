"""One turn: everything that waits in a conversation is answered together, and no two turns run at once."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core import conversation, proposing, turn
from core.acts import Act, Page
from core.due import ZONE
from core.text import safe_for_rasa
from core.understanding import Understood, understand, understand_turn
from reception import answers, situation
from reception.assistant import Assistant, NoAnswer
from reception.carrying import Carrying
from reception.content import Content
from reception.heard import Answer, Channel
from reception.keeping import Kept, Names, learn_turn
from reception.registering import hasten_promises
from reception.situation import Standing
from store import complaints, conversations, messages
from store.db import Connection, Database

log = logging.getLogger("jiesu.reception")

DEADLINES = {"web": 2.5, "wechat": 2.5, "phone": 3.0}  # seconds for Rasa, of 3 and 4 in all
SCRIPTED_RUNG = 1
LEASE_POLL = 0.02


@dataclass(frozen=True)
class Begun:
    """A turn that may run: where things stand, and the messages that it answers, oldest first. `holder` is
    the message on whose behalf the conversation is leased."""

    holder: int
    standing: Standing
    ids: tuple[int, ...]
    words: str
    heard: Understood


@dataclass(frozen=True)
class Turns:
    """Runs turns: the rules, then Rasa within the deadline, then the answer in one transaction."""

    db: Database
    content: Content
    assistant: Assistant
    ids: Names

    def understand(self, words: str, at: datetime) -> Understood:
        """Read words said at `at`, by the customer's own date."""
        return understand(words, self.content.vocabulary, at.astimezone(ZONE).date())

    def begin(
        self, conn: Connection, kept: Kept, at: datetime, understood: Understood | None = None
    ) -> Begun | None:
        """Claim the conversation's next turn and learn what its messages tell together; None while another
        turn runs. A turn that begins again after a crash learns nothing twice. `understood`: the message that
        was just kept, so that one alone need not be read again while others wait to write."""
        if not conversations.lease(conn, kept.conversation, kept.message, at):
            return None
        rows = messages.pending(conn, kept.conversation)
        ids = tuple(row.id for row in rows)
        lines = [row.words for row in rows if row.words]
        words = "\n".join(lines)
        alone = understood if ids == (kept.message,) else None
        heard = alone or understand_turn(lines, self.content.vocabulary, at.astimezone(ZONE).date())
        # By its last message: one that was learned with the first before a crash is not taken for that one.
        last = replace(kept, message=ids[-1]) if ids else kept
        learn_turn(conn, last, words, heard, self.content.vocabulary, at)
        standing = situation.read(conn, self.content, kept.conversation, at, ids)
        return Begun(kept.message, standing, ids, words, heard)

    def run(self, kept: Kept, begun: Begun | None, at: datetime, channel: Channel) -> Answer:
        """Answer a kept message, together with the others of its conversation that wait."""
        deadline = time.monotonic() + DEADLINES[channel]
        begun = begun or self._wait(kept, at, DEADLINES[channel])
        if begun is None:
            with self.db.reading() as conn:
                answer = answers.read(conn, kept.conversation, kept.message)
                return replace(answer, pending=not messages.get(conn, kept.message).answered)
        proposed = self._ask(kept, begun.standing, begun.heard, deadline)
        return self._answer(kept, begun, begun.heard, proposed, at)

    def _wait(self, kept: Kept, at: datetime, seconds: float) -> Begun | None:
        """Begin when the running turn is over; None when it has answered this message, or never ends."""
        started = time.monotonic()
        while (waited := time.monotonic() - started) < seconds:
            with self.db.writing() as conn:
                if messages.get(conn, kept.message).answered:
                    return None
                begun = self.begin(conn, kept, at + timedelta(seconds=waited))
            if begun is not None:
                return begun
            time.sleep(LEASE_POLL)
        return None

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
        self, kept: Kept, begun: Begun, heard: Understood, proposed: list[str] | None, at: datetime
    ) -> Answer:
        """Say it, unless an agent has taken over meanwhile; then the words simply reach the agent."""
        with self.db.writing() as conn:
            if conversations.release(conn, kept.conversation, begun.holder):
                self._speak(conn, kept, begun, heard, proposed, at)
                messages.mark_answered(conn, begun.ids)
            return answers.read(conn, kept.conversation, kept.message)

    def _speak(
        self,
        conn: Connection,
        kept: Kept,
        begun: Begun,
        heard: Understood,
        proposed: list[str] | None,
        at: datetime,
    ) -> None:
        """Carry out the acts; while an agent speaks, or after one has come and gone, only the pages."""
        standing = self._now(conn, kept, begun, at)
        if standing.raised:
            hasten_promises(conn, self.content, kept.complaint, at)
        acts = _acts(standing, heard, proposed)
        speaker = conversations.speaker(standing.conversation)
        if not conversation.may_say(speaker, conversation.ASSISTANT, begun.standing.conversation.epoch):
            acts = [act for act in acts if isinstance(act, Page)]
        Carrying(conn, self.content, standing, at, begun.words, kept.message).carry_out(acts)
        self._note_rung(conn, standing, proposed)

    def _now(self, conn: Connection, kept: Kept, begun: Begun, at: datetime) -> Standing:
        """Where things stand now: as when the turn began, unless the speaker or the complaint has changed."""
        row = conversations.fetch(conn, kept.conversation)
        sequence = complaints.get(conn, kept.complaint).sequence
        before = begun.standing
        if (row.epoch, sequence) == (before.conversation.epoch, before.complaint.sequence):
            return before
        return situation.read(conn, self.content, kept.conversation, at, begun.ids)

    def _note_rung(self, conn: Connection, standing: Standing, proposed: Sequence[str] | None) -> None:
        """After a failure Rasa knows us under a new name, so that nothing half-done is inherited."""
        if proposed is not None:
            return
        complaints.change(conn, standing.complaint.id, rung=max(SCRIPTED_RUNG, standing.complaint.rung))
        generation = standing.conversation.sender_generation + 1
        sender = self.ids.sender(standing.conversation.id, generation)
        conversations.change(conn, standing.conversation.id, sender=sender, sender_generation=generation)


def _acts(standing: Standing, heard: Understood, proposed: list[str] | None) -> list[Act]:
    acts = turn.first(standing.situation, heard)
    if acts is None and proposed:
        acts = proposing.after_assistant(standing.situation, heard, proposed)
    if acts is None:
        acts = proposing.scripted(standing.situation, heard)
    acts = turn.unheard(standing.situation, heard, acts)
    return turn.unrecorded(standing.situation, heard, acts)
