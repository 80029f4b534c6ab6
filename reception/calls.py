"""What happens on the phone between a caller and the agents, as the phone door tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import conversation
from core import events as names
from reception.acting import Refused
from reception.content import Content
from reception.speaking import conversation_of, event, first_word, record_accept, turn
from store import calls, conversations, handoffs
from store.db import Connection, Database, Row

TALKED = "accepted"


@dataclass(frozen=True)
class Calls:
    """Calls between callers and agents. Every method takes who acts and when."""

    db: Database
    content: Content

    def decline(self, user_id: int, handoff_id: int, at: datetime) -> None:
        """Not this agent: the wish stays open and the next person is tried."""
        with self.db.writing() as conn:
            row = handoffs.get(conn, handoff_id)
            if row is None or row.ended_at:
                raise Refused("gone")
            handoffs.change(conn, handoff_id, tried=[*row.tried, user_id])
            spoken = conversations.fetch(conn, row.conversation_id)
            event(conn, names.AGENT_DECLINED, spoken, user_id, at)

    def accept_call(self, user_id: int, handoff_id: int, at: datetime, leg: str = "") -> bool:
        """The agent pressed 1 on the phone, whose call is `leg`. False when somebody else was first, the
        caller is gone, or this agent is on the line with another caller."""
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is not None and user_id in handoffs.engaged(conn, handoff.conversation_id, at)[0]:
                return False
            if handoff is None or not handoffs.accept(conn, handoff_id, user_id, at):
                return handoff is not None and _accepted_again(conn, handoff, user_id, at, leg)
            row = conversation_of(conn, handoff.conversation_id)
            calls.change(conn, row.id, agent_leg=leg)
            turn(conn, row, conversation.Accepted(user_id))
            record_accept(conn, self.content, row, user_id, at)
            return True

    def hold_call(self, handoff_id: int, at: datetime) -> None:
        """The caller waits for whoever has accepted: that one still speaks, and is not on the line now."""
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None or handoff.ended_at or handoff.agent_id is None:
                return
            first_word(conn, conversations.fetch(conn, handoff.conversation_id), handoff.accepted_at)
            calls.change(conn, handoff.conversation_id, agent_leg=None)
            _call_event(conn, names.CALL_HELD, handoff, at)

    def pass_call(self, handoff_id: int, at: datetime) -> None:
        """Whoever has accepted this call has spoken, and gives it to a colleague: a new wish follows."""
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None or handoff.ended_at or handoff.agent_id is None:
                return
            _call_event(conn, names.CALL_PASSED, handoff, at)
            _end_call(conn, handoff, "passed", at, talked=True)

    def end_call(self, handoff_id: int, outcome: str, at: datetime) -> None:
        """The talk with the agent is over: the assistant may speak again if the caller is still there.

        The outcome "accepted" means that they have talked: only that keeps the promise of a call.
        """
        with self.db.writing() as conn:
            handoff = handoffs.get(conn, handoff_id)
            if handoff is None or handoff.ended_at:
                return
            talked = outcome == TALKED or handoff.first_word_at is not None
            _end_call(conn, handoff, TALKED if talked else outcome, at, talked)


def _accepted_again(conn: Connection, handoff: Row[Any], user_id: int, at: datetime, leg: str) -> bool:
    """Whoever had accepted this call before is on the line again, after holding it."""
    if handoff.agent_id != user_id or handoff.ended_at:
        return False
    call = calls.get(conn, handoff.conversation_id)
    if call is not None and call.agent_leg is None:
        calls.change(conn, call.sid, agent_leg=leg)
        _call_event(conn, names.CALL_RESUMED, handoff, at)
    return True


def _call_event(conn: Connection, name: str, handoff: Row[Any], at: datetime) -> None:
    event(conn, name, conversations.fetch(conn, handoff.conversation_id), handoff.agent_id, at)


def _end_call(conn: Connection, handoff: Row[Any], outcome: str, at: datetime, talked: bool) -> None:
    row = conversations.fetch(conn, handoff.conversation_id)
    if talked:
        first_word(conn, row, handoff.accepted_at or at)
    handoffs.end(conn, handoff.id, outcome, at)
    calls.change(conn, row.id, agent_leg=None)
    if row.speaker == conversation.AGENT:
        turn(conn, row, conversation.HandedBack(row.agent_id))
    elif row.speaker == conversation.WAITING:
        turn(conn, row, conversation.WaitEnded())
