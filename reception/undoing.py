"""Undoing what somebody has just done at the desk: a line, a note, a take-over, a hand-back or a hand-on.

Nothing is wiped out: what was undone stays in the record and its history, with the event that undid it.
What each act needs to be undone stands in the data of its event. Each is undone once, in ten seconds, by
whoever did it, and only while nothing has built on it. A line for WeChat is taken back until it goes out,
however long WeChat puts it off, and never after. How it works: docs/decisions/undo-without-wiping.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import complaint, conversation, undo
from core import events as names
from core.outgoing import WAITS_MOST
from reception import reach
from reception.acting import Refused
from reception.content import Content
from reception.speaking import announce, event, turn
from reception.talks import FREED, seek_after
from store import complaints, conversations, events, handoffs, messages, notes
from store import promises as promise_rows
from store.db import Connection, Database, Row

UNDOABLE = (names.MESSAGE_SAID, names.NOTE_ADDED, names.AGENT_ACCEPTED, names.HANDED_BACK, names.HANDED_ON)


@dataclass(frozen=True)
class Undoable:
    """An act that can still be undone: its event, its name there, until when, and a line's message. `waits`:
    it is a line that WeChat does not have yet, and `until` is None once only WeChat is waited for."""

    id: int
    name: str
    until: datetime | None
    message: int | None = None
    waits: bool = False


@dataclass(frozen=True)
class Undoing:
    """Second thoughts. Every method takes who acts and when."""

    db: Database
    content: Content

    def open_to(self, conn: Connection, user_id: int, complaint_id: int, at: datetime) -> list[Undoable]:
        """What this person can undo on this complaint now, the last act first."""
        recent = events.lately(conn, complaint_id, at - WAITS_MOST)
        mine = [row for row in recent if row.user_id == user_id and row.name in UNDOABLE]
        waiting = reach.waiting(conn, self.content, _talks_of_lines(mine), at)
        return [
            _undoable(row, waiting, at)
            for row in mine
            if _in_time(conn, row, waiting, at) and _stands(conn, row, recent)
        ]

    def undo(self, user_id: int, complaint_id: int, event_id: int, at: datetime) -> str:
        """Undo this act of one's own and return its name. A second press does nothing more.

        Raises Refused: "too_late", "gone_out" for a line that WeChat has, or "built_on" when something has
        happened since that rests on it."""
        with self.db.writing() as conn:
            recent = events.lately(conn, complaint_id, at - WAITS_MOST - undo.ON_ITS_WAY)
            act = next((row for row in recent if row.id == event_id and row.user_id == user_id), None)
            if act is None or act.name not in UNDOABLE:
                raise Refused("too_late")
            if _undone(act, recent):
                return str(act.name)
            _check_time(conn, self.content, act, at)
            if not _stands(conn, act, recent):
                raise Refused("built_on")
            self._do(conn, act, at)
            return str(act.name)

    def _do(self, conn: Connection, act: Row[Any], at: datetime) -> None:
        if act.name == names.MESSAGE_SAID:
            _take_back_line(conn, act, at)
            return
        if act.name == names.NOTE_ADDED:
            notes.take_back(conn, act.data["note"], at)
            _say_undone(conn, act, at)
            return
        row = conversations.fetch(conn, act.conversation_id)
        if act.name == names.AGENT_ACCEPTED:
            self._give_away(conn, row, act, at)
        else:
            self._take_again(conn, row, act, at)

    def _give_away(self, conn: Connection, row: Row[Any], act: Row[Any], at: datetime) -> None:
        """Whoever took over did not mean to: the customer is where he was, with the place in the queue."""
        waited = act.data["before"] == conversation.WAITING
        back = conversation.HandedBack(act.user_id)
        turn(conn, row, *((back, conversation.HumanAsked()) if waited else (back,)))
        if waited:
            handoffs.change(conn, act.data["handoff"], agent_id=None, accepted_at=None)
        else:
            handoffs.end(conn, act.data["handoff"], "undone", at)
        _disown(conn, act, at)
        _say_undone(conn, act, at)
        reply = "utter_take_undone" if waited else "utter_handed_back"
        announce(conn, self.content, row, reply, act.user_id, at)
        if act.data["before"] == FREED:
            seek_after(conn, self.content, row.id, at)

    def _take_again(self, conn: Connection, row: Row[Any], act: Row[Any], at: datetime) -> None:
        """Whoever gave the talk away did not mean to and speaks again. A call promised for the search is owed
        only while they have not spoken yet: their first word keeps it."""
        handoffs.end_of(conn, row.id, "undone", at)
        turn(conn, row, conversation.Accepted(act.user_id))
        if "handoff" in act.data:
            handoffs.reopen(conn, act.data["handoff"])
        before = handoffs.open_of(conn, row.id)
        if before is not None and before.first_word_at is not None:
            promise_rows.cancel(conn, row.complaint_id, ("callback",), at, made_at=act.at)
        _say_undone(conn, act, at)
        announce(conn, self.content, row, "utter_joined", act.user_id, at)


Waiting = Mapping[int, datetime | None]
"""Lines that WeChat does not have yet, as `reach.waiting` tells of them."""


def _talks_of_lines(acts: Iterable[Row[Any]]) -> frozenset[str]:
    return frozenset(act.conversation_id for act in acts if act.name == names.MESSAGE_SAID)


def _in_time(conn: Connection, act: Row[Any], waiting: Waiting, at: datetime) -> bool:
    """Whether this act is shown as one that can be undone now."""
    if act.name == names.MESSAGE_SAID and act.data["message"] in waiting:
        return True
    return at <= act.at + undo.WITHIN and not _gone_out(conn, act)


def _undoable(act: Row[Any], waiting: Waiting, at: datetime) -> Undoable:
    message = act.data.get("message")
    if message not in waiting:
        return Undoable(act.id, act.name, act.at + undo.WITHIN, message)
    held = waiting[message]
    until = held - undo.ON_ITS_WAY if held is not None else at
    return Undoable(act.id, act.name, until if until > at else None, message, waits=True)


def _gone_out(conn: Connection, act: Row[Any]) -> bool:
    return act.name == names.MESSAGE_SAID and reach.gone_out(conn, messages.get(conn, act.data["message"]))


def _check_time(conn: Connection, content: Content, act: Row[Any], at: datetime) -> None:
    """Raises Refused. What WeChat does not have yet can be taken back however long ago it was typed."""
    if _gone_out(conn, act):
        raise Refused("gone_out")
    if act.data.get("message") in reach.waiting(conn, content, _talks_of_lines((act,)), at):
        return
    if not undo.in_time(act.at, at):
        raise Refused("too_late")


def _stands(conn: Connection, act: Row[Any], recent: Any) -> bool:
    """Whether the act is still as it was done: not undone, and nothing rests on it yet. A line has a key when
    it was typed in the talk; one without told of progress, a plan or the end, and promises are kept by it."""
    if _undone(act, recent):
        return False
    if act.name == names.MESSAGE_SAID:
        return messages.get(conn, act.data["message"]).provider_key is not None
    if act.name == names.NOTE_ADDED:
        return True
    if "epoch" not in act.data:
        return False
    row = conversations.fetch(conn, act.conversation_id)
    said = messages.spoken_since(conn, row.id, act.user_id, act.at)
    return row.epoch == act.data["epoch"] and not (act.name == names.AGENT_ACCEPTED and said)


def _undone(act: Row[Any], recent: Any) -> bool:
    return any(row.data.get("undoes") == act.id for row in recent)


def _say_undone(conn: Connection, act: Row[Any], at: datetime) -> None:
    ids = {"complaint_id": act.complaint_id, "conversation_id": act.conversation_id, "user_id": act.user_id}
    events.append(conn, names.ACT_UNDONE, at, **ids, undoes=act.id, act=act.name)


def _take_back_line(conn: Connection, act: Row[Any], at: datetime) -> None:
    """The customer sees that a line was taken back; the house keeps its words. If it was the person's first
    word, nobody has spoken with the customer yet, and the promised call is due as before."""
    line = messages.get(conn, act.data["message"])
    messages.take_back(conn, line.id, at)
    row = conversations.fetch(conn, line.conversation_id)
    event(conn, names.MESSAGE_TAKEN_BACK, row, act.user_id, at, message=line.id, undoes=act.id)
    handoff = handoffs.open_of(conn, row.id)
    if handoff is None or handoff.agent_id != act.user_id or handoff.first_word_at != line.at:
        return
    if not messages.spoken_since(conn, row.id, act.user_id, handoff.accepted_at):
        handoffs.change(conn, handoff.id, first_word_at=None)
        promise_rows.reopen(conn, act.complaint_id, "callback", line.at, at)


def _disown(conn: Connection, act: Row[Any], at: datetime) -> None:
    """Whoever became the owner by taking over is not, unless the work has begun."""
    row = complaints.get(conn, act.complaint_id)
    begun = (row.state, row.owner_id) != (complaint.INVESTIGATING, act.user_id)
    if not act.data["owned"] or begun:
        return
    have = frozenset({"taken_by_mistake"})
    complaint.check_move(row.state, complaint.REGISTERED, have, complaint.SYSTEM)
    complaints.change(conn, row.id, owner_id=None, taken_at=None, state=complaint.REGISTERED)
    told = {"to": complaint.REGISTERED, "reason": "taken_by_mistake"}
    events.append(conn, names.STATE_MOVED, at, complaint_id=row.id, user_id=act.user_id, **told)
    promise_rows.reopen(conn, row.id, "accept", act.at, at)
