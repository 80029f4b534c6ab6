"""Talks in writing: agents take over, answer, hand back and hand on. Each act writes its event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import conversation
from core import events as names
from core.acts import Human
from reception import colleagues, situation
from reception.acting import Refused
from reception.carrying import Carrying
from reception.content import Content
from reception.evidence import Sealed
from reception.speaking import announce, conversation_of, event, first_word, record_accept, turn
from store import conversations, files, handoffs, messages, typing, users
from store import notes as note_rows
from store.db import Connection, Database, Row

GONE_AFTER = timedelta(minutes=2)
FREED = "freed"
"""Who spoke before a take-over: a colleague whose page has been closed for a while."""


@dataclass(frozen=True)
class Talks:
    """Conversations in writing, as agents lead them. Every method takes who acts and when."""

    db: Database
    content: Content

    def take(self, user_id: int, conversation_id: str, at: datetime) -> int:
        """The agent speaks from now on, and owns an unowned complaint. Raises Refused: another was first."""
        with self.db.writing() as conn:
            row = conversation_of(conn, conversation_id)
            freed = row.agent_id not in (None, user_id) and not _present(conn, row.agent_id, at)
            if freed:
                row = self._release(conn, row, at)
            handoff = handoffs.ask(
                conn, conversation_id=row.id, complaint_id=row.complaint_id, reason="taken", at=at
            )
            if not handoffs.accept(conn, handoff, user_id, at):
                if row.agent_id != user_id:
                    raise Refused("taken")
                return handoff
            about = {"handoff": handoff, "before": FREED if freed else row.speaker}
            epoch = turn(conn, row, conversation.Accepted(user_id))
            record_accept(conn, self.content, row, user_id, at, **about, epoch=epoch)
            announce(conn, self.content, row, "utter_joined", user_id, at)
            return handoff

    def say(
        self,
        user_id: int,
        conversation_id: str,
        words: str,
        key: str,
        at: datetime,
        sealed: tuple[Sealed, ...] = (),
    ) -> int:
        """Send the customer a message, with files that are safe on disk. The same key again sends nothing
        more. Raises Refused."""
        with self.db.writing() as conn:
            before = messages.by_key(conn, key)
            if before is not None:
                return int(before.id)
            row = conversation_of(conn, conversation_id)
            state = conversations.speaker(row)
            if not conversation.may_say(state, conversation.AGENT, state.epoch, user_id):
                raise Refused("not_speaking")
            first_word(conn, row, at)
            typing.end(conn, row.id, conversation.AGENT)
            id = messages.say(
                conn,
                conversation_id=row.id,
                complaint_id=row.complaint_id,
                author=conversation.AGENT,
                words=words,
                at=at,
                agent_id=user_id,
                key=key,
            )
            _keep_files(conn, row, id, sealed, at)
            return id

    def hand_back(self, user_id: int, conversation_id: str, note: str, at: datetime) -> None:
        """The assistant speaks again, and the customer is told. Raises Refused unless this agent speaks."""
        with self.db.writing() as conn:
            row = conversation_of(conn, conversation_id)
            about = _give_up(conn, row, "handed_back", at, conversation.HandedBack(user_id))
            _note(conn, row, user_id, note, at)
            event(conn, names.HANDED_BACK, row, user_id, at, **about)
            announce(conn, self.content, row, "utter_handed_back", user_id, at)

    def hand_on(self, user_id: int, conversation_id: str, to: str, note: str, at: datetime) -> None:
        """Another person is sought: a colleague ("user:7"), a group ("role:supervisor", "department:…") or
        with "" whoever is free. They are asked first, yet anybody may take it, so that nobody waits for one.

        Raises Refused: this agent does not speak, or nobody of those is here ("nobody_free")."""
        with self.db.writing() as conn:
            row = conversation_of(conn, conversation_id)
            if not colleagues.sought(conn, to, row.complaint_id, user_id, at):
                raise Refused("nobody_free")
            steps = (conversation.HandedBack(user_id), conversation.HumanAsked())
            about = _give_up(conn, row, "passed", at, *steps)
            _note(conn, row, user_id, note, at)
            standing = situation.read(conn, self.content, row.id, at)
            wish = Carrying(conn, self.content, standing, at).seek("passed")
            handoffs.change(conn, wish, tried=[user_id], sought=to or None)
            event(conn, names.HANDED_ON, row, user_id, at, **about, wish=wish)
            announce(conn, self.content, row, "utter_handed_on", user_id, at)

    def leave(self, user_id: int, at: datetime) -> int:
        """The agent goes: every conversation is handed back and the wish for a person is open again."""
        with self.db.reading() as conn:
            ids = conversations.spoken_by(conn, user_id)
        return sum(self._leave_one(id, user_id, at) for id in ids)

    def step_out(self, user_id: int, complaint_id: int, at: datetime) -> int:
        """The agent must keep out of this complaint: its conversations are handed back, another is sought."""
        with self.db.reading() as conn:
            ids = [
                id
                for id in conversations.spoken_by(conn, user_id)
                if conversations.fetch(conn, id).complaint_id == complaint_id
            ]
        return sum(self._leave_one(id, user_id, at) for id in ids)

    def release_absent(self, now: datetime) -> int:
        """Hand on the written conversations whose agent has been gone for a while. Returns how many."""
        with self.db.reading() as conn:
            ids = conversations.abandoned(conn, now - GONE_AFTER)
            gone = [(id, conversations.fetch(conn, id).agent_id) for id in ids]
        return sum(self._leave_one(id, user_id, now) for id, user_id in gone)

    def _leave_one(self, conversation_id: str, user_id: int, at: datetime) -> bool:
        """The customer is told, and another person is sought; unless this agent speaks there no more."""
        with self.db.writing() as conn:
            row = conversation_of(conn, conversation_id)
            if row.speaker != conversation.AGENT or row.agent_id != user_id:
                return False
            self._release(conn, row, at)
            announce(conn, self.content, row, "utter_handed_back", row.agent_id, at)
            seek_after(conn, self.content, row.id, at)
            return True

    def _release(self, conn: Connection, row: Row[Any], at: datetime) -> Row[Any]:
        """Whoever speaks here does so no more."""
        _give_up(conn, row, "agent_gone", at, conversation.HandedBack(row.agent_id))
        event(conn, names.HANDED_BACK, row, row.agent_id, at)
        return conversations.fetch(conn, row.id)


def seek_after(
    conn: Connection, content: Content, conversation_id: str, at: datetime, reason: str = "agent_gone"
) -> None:
    """A person is sought, as a rule for who was with one; when nobody can come, the customer is told when one
    calls."""
    standing = situation.read(conn, content, conversation_id, at)
    Carrying(conn, content, standing, at).carry_out([Human(reason)])


def _give_up(
    conn: Connection, row: Row[Any], outcome: str, at: datetime, *steps: conversation.Event
) -> dict[str, int]:
    """Change who speaks and end the handoff; what undoing that needs."""
    epoch = turn(conn, row, *steps)
    handoff = handoffs.open_of(conn, row.id)
    if handoff is None:
        return {"epoch": epoch}
    handoffs.end(conn, handoff.id, outcome, at)
    return {"epoch": epoch, "handoff": handoff.id}


def _note(conn: Connection, row: Row[Any], user_id: int, words: str, at: datetime) -> None:
    if words:
        note_rows.add(conn, row.complaint_id, user_id, words, at)


def _keep_files(
    conn: Connection, row: Row[Any], message: int, sealed: tuple[Sealed, ...], at: datetime
) -> None:
    for file in sealed:
        place = {"complaint_id": row.complaint_id, "conversation_id": row.id, "message_id": message}
        files.keep(conn, **vars(file), **place, user_id=row.agent_id, at=at)


def _present(conn: Connection, user_id: int, at: datetime) -> bool:
    """Whether the agent's page was seen lately; one without script says nothing and counts as there."""
    user = users.get(conn, user_id)
    seen = user.present_until if user is not None else None
    return seen is None or seen > at - GONE_AFTER
