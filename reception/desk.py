"""Who speaks: agents take over, answer, hand back, and take calls. Each act writes its event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import complaint, conversation
from core import events as names
from core.acts import Human
from reception import situation
from reception.acting import Refused, own
from reception.carrying import Carrying
from reception.content import Content
from reception.registering import register
from store import calls, complaints, conversations, events, handoffs, messages, users
from store import notes as note_rows
from store import promises as promise_rows
from store.db import Connection, Database, Row

GONE_AFTER = timedelta(minutes=2)
TALKED = "accepted"
PRESENT_FOR = timedelta(seconds=45)


@dataclass(frozen=True)
class Agents:
    """The agents' side of the house. Every method takes who acts and when."""

    db: Database
    content: Content

    def present(self, user_id: int, presence: str, at: datetime) -> None:
        """Set presence; it ends by itself unless it is renewed, so that a closed browser is not rung."""
        with self.db.writing() as conn:
            users.set_presence(conn, user_id, presence, at + PRESENT_FOR)

    def take(self, user_id: int, conversation_id: str, at: datetime) -> int:
        """The agent speaks from now on, and owns an unowned complaint. Raises Refused: another was first."""
        with self.db.writing() as conn:
            row = self._conversation(conn, conversation_id)
            if row.agent_id not in (None, user_id) and not self._present(conn, row.agent_id, at):
                row = self._release(conn, row, at)
            handoff = handoffs.ask(
                conn, conversation_id=row.id, complaint_id=row.complaint_id, reason="taken", at=at
            )
            if not handoffs.accept(conn, handoff, user_id, at):
                self._refuse_unless_own(row, user_id)
                return handoff
            self._turn(conn, row, conversation.Accepted(user_id))
            self._record_accept(conn, row, user_id, at)
            self._announce(conn, row, "utter_joined", user_id, at)
            return handoff

    def decline(self, user_id: int, handoff_id: int, at: datetime) -> None:
        """Not this agent: the wish stays open and the next person is tried."""
        with self.db.writing() as conn:
            row = handoffs.get(conn, handoff_id)
            if row is None or row.ended_at:
                raise Refused("gone")
            handoffs.change(conn, handoff_id, tried=[*row.tried, user_id])
            events.append(
                conn,
                names.AGENT_DECLINED,
                at,
                complaint_id=row.complaint_id,
                conversation_id=row.conversation_id,
                user_id=user_id,
            )

    def say(self, user_id: int, conversation_id: str, words: str, key: str, at: datetime) -> int:
        """Send the customer a message. The same key again sends nothing more. Raises Refused."""
        with self.db.writing() as conn:
            before = messages.by_key(conn, key)
            if before is not None:
                return int(before.id)
            row = self._conversation(conn, conversation_id)
            state = conversations.speaker(row)
            if not conversation.may_say(state, conversation.AGENT, state.epoch, user_id):
                raise Refused("not_speaking")
            self._first_word(conn, row, at)
            return messages.say(
                conn,
                conversation_id=row.id,
                complaint_id=row.complaint_id,
                author=conversation.AGENT,
                words=words,
                at=at,
                agent_id=user_id,
                key=key,
            )

    def hand_back(self, user_id: int, conversation_id: str, note: str, at: datetime) -> None:
        """The assistant speaks again, and the customer is told. Raises Refused unless this agent speaks."""
        with self.db.writing() as conn:
            row = self._conversation(conn, conversation_id)
            self._turn(conn, row, conversation.HandedBack(user_id))
            handoff = handoffs.open_of(conn, row.id)
            if handoff is not None:
                handoffs.end(conn, handoff.id, "handed_back", at)
            if note:
                note_rows.add(conn, row.complaint_id, user_id, note, at)
            events.append(
                conn,
                names.HANDED_BACK,
                at,
                complaint_id=row.complaint_id,
                conversation_id=row.id,
                user_id=user_id,
            )
            self._announce(conn, row, "utter_handed_back", user_id, at)

    def leave(self, user_id: int, at: datetime) -> int:
        """The agent goes: every conversation is handed back and the wish for a person is open again."""
        with self.db.reading() as conn:
            ids = conversations.spoken_by(conn, user_id)
        return sum(self._hand_on(id, user_id, at) for id in ids)

    def release_absent(self, now: datetime) -> int:
        """Hand on the written conversations whose agent has been gone for a while. Returns how many."""
        with self.db.reading() as conn:
            ids = conversations.abandoned(conn, now - GONE_AFTER)
        return sum(self._hand_on(id, None, now) for id in ids)

    def _hand_on(self, conversation_id: str, user_id: int | None, at: datetime) -> bool:
        """The customer is told, and another person is sought."""
        with self.db.writing() as conn:
            row = self._conversation(conn, conversation_id)
            if row.speaker != conversation.AGENT or (user_id is not None and row.agent_id != user_id):
                return False
            agent = row.agent_id
            self._release(conn, row, at)
            self._announce(conn, row, "utter_handed_back", agent, at)
            standing = situation.read(conn, self.content, conversation_id, at)
            Carrying(conn, self.content, standing, at).carry_out([Human("agent_gone")])
            return True

    def _release(self, conn: Connection, row: Row[Any], at: datetime) -> Row[Any]:
        self._turn(conn, row, conversation.HandedBack(row.agent_id))
        handoff = handoffs.open_of(conn, row.id)
        if handoff is not None:
            handoffs.end(conn, handoff.id, "agent_gone", at)
        events.append(
            conn,
            names.HANDED_BACK,
            at,
            complaint_id=row.complaint_id,
            conversation_id=row.id,
            user_id=row.agent_id,
        )
        return conversations.fetch(conn, row.id)

    def _present(self, conn: Connection, user_id: int, at: datetime) -> bool:
        """Whether the agent's page was seen lately; one without script says nothing and counts as there."""
        user = users.get(conn, user_id)
        seen = user.present_until if user is not None else None
        return seen is None or seen > at - GONE_AFTER

    def accept_call(self, user_id: int, handoff_id: int, at: datetime, leg: str = "") -> bool:
        """The agent pressed 1 on the phone, whose call is `leg`. False when somebody else was first, the
        caller is gone, or this agent is on the line with another caller."""
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is not None and user_id in handoffs.engaged(conn, handoff.conversation_id, at)[0]:
                return False
            if handoff is None or not handoffs.accept(conn, handoff_id, user_id, at):
                return handoff is not None and self._accepted_again(conn, handoff, user_id, at, leg)
            row = self._conversation(conn, handoff.conversation_id)
            calls.change(conn, row.id, agent_leg=leg)
            self._turn(conn, row, conversation.Accepted(user_id))
            self._record_accept(conn, row, user_id, at)
            return True

    def _accepted_again(
        self, conn: Connection, handoff: Row[Any], user_id: int, at: datetime, leg: str
    ) -> bool:
        """Whoever had accepted this call before is on the line again, after holding it."""
        if handoff.agent_id != user_id or handoff.ended_at:
            return False
        call = calls.get(conn, handoff.conversation_id)
        if call is not None and call.agent_leg is None:
            calls.change(conn, call.sid, agent_leg=leg)
            self._call_event(conn, names.CALL_RESUMED, handoff, at)
        return True

    def hold_call(self, handoff_id: int, at: datetime) -> None:
        """The caller waits for whoever has accepted: that one still speaks, and is not on the line now."""
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None or handoff.ended_at or handoff.agent_id is None:
                return
            self._first_word(conn, conversations.fetch(conn, handoff.conversation_id), handoff.accepted_at)
            calls.change(conn, handoff.conversation_id, agent_leg=None)
            self._call_event(conn, names.CALL_HELD, handoff, at)

    def pass_call(self, handoff_id: int, at: datetime) -> None:
        """Whoever has accepted this call has spoken, and gives it to a colleague: a new wish follows."""
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None or handoff.ended_at or handoff.agent_id is None:
                return
            self._call_event(conn, names.CALL_PASSED, handoff, at)
            self._end_call(conn, handoff, "passed", at, talked=True)

    def _call_event(self, conn: Connection, name: str, handoff: Row[Any], at: datetime) -> None:
        events.append(
            conn,
            name,
            at,
            complaint_id=handoff.complaint_id,
            conversation_id=handoff.conversation_id,
            user_id=handoff.agent_id,
        )

    def end_call(self, handoff_id: int, outcome: str, at: datetime) -> None:
        """The talk with the agent is over: the assistant may speak again if the caller is still there.

        The outcome "accepted" means that they have talked: only that keeps the promise of a call.
        """
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None:
                return
            talked = outcome == TALKED or handoff.first_word_at is not None
            self._end_call(conn, handoff, TALKED if talked else outcome, at, talked)

    def _end_call(
        self, conn: Connection, handoff: Row[Any], outcome: str, at: datetime, talked: bool
    ) -> None:
        row = conversations.fetch(conn, handoff.conversation_id)
        if talked:
            self._first_word(conn, row, handoff.accepted_at or at)
        handoffs.end(conn, handoff.id, outcome, at)
        calls.change(conn, row.id, agent_leg=None)
        if row.speaker == conversation.AGENT:
            self._turn(conn, row, conversation.HandedBack(row.agent_id))
        elif row.speaker == conversation.WAITING:
            self._turn(conn, row, conversation.WaitEnded())

    def _conversation(self, conn: Connection, conversation_id: str) -> Row[Any]:
        row = conversations.get(conn, conversation_id)
        if row is None or row.complaint_id is None:
            raise Refused("gone")
        return row

    def _turn(self, conn: Connection, row: Row[Any], event: conversation.Event) -> None:
        before = conversations.speaker(row)
        try:
            after = conversation.step(before, event)
        except conversation.Refused:
            raise Refused("taken") from None
        if after != before and not conversations.set_speaker(conn, row.id, before, after):
            raise Refused("taken")

    def _refuse_unless_own(self, row: Row[Any], user_id: int) -> None:
        if row.agent_id != user_id:
            raise Refused("taken")

    def _record_accept(self, conn: Connection, row: Row[Any], user_id: int, at: datetime) -> None:
        """A person took over: the draft becomes a complaint with a named owner."""
        if complaints.get(conn, row.complaint_id).state == complaint.DRAFT:
            register(conn, self.content, row.complaint_id, at)
        events.append(
            conn,
            names.AGENT_ACCEPTED,
            at,
            complaint_id=row.complaint_id,
            conversation_id=row.id,
            user_id=user_id,
        )
        current = complaints.get(conn, row.complaint_id)
        if current.owner_id is None and current.state == complaint.REGISTERED:
            own(conn, current, user_id, at)

    def _first_word(self, conn: Connection, row: Row[Any], at: datetime) -> None:
        """The first word of a person keeps the promise of contact."""
        handoff = handoffs.open_of(conn, row.id)
        if handoff is not None and handoff.first_word_at is None:
            handoffs.change(conn, handoff.id, first_word_at=at)
            promise_rows.keep(conn, row.complaint_id, "callback", at)

    def _announce(self, conn: Connection, row: Row[Any], reply: str, user_id: int, at: datetime) -> None:
        """One sentence at each change of speaker."""
        line = self.content.say(reply, row.channel, owner=users.names(conn).get(user_id, ""))
        messages.say(
            conn,
            conversation_id=row.id,
            complaint_id=row.complaint_id,
            author=conversation.SYSTEM,
            words=line.text,
            at=at,
            reply=reply,
            buttons=line.buttons,
        )
