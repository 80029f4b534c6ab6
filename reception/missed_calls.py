"""Calls of which nothing could be stored while they lasted: each becomes a complaint for a person to follow.

We were down, or the store was; the phone company knows of the call all the same, by its own list or by
the recording that a document on another host has taken.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from core import events as names
from core.callers import shown_number
from reception.heard import Heard
from reception.house import House
from reception.keeping import conversation_of, open_draft
from reception.registering import register
from reception.telephone import ProviderCall, ProviderRecording
from store import calls, complaints, conversations, customers, events, facts, recordings
from store.db import Connection

MISSED, UNKNOWN, RECORDING = "missed_call", "missed_call_unknown", "recording"
"""Reasons of pages, by labels.yml; the first is the flag, too."""


def complaint_of_call(conn: Connection, house: House, call: str, now: datetime) -> int:
    """The complaint of a call's conversation, which exists. Where nothing was told that could be stored,
    one is opened and registered now, with the number that called and a promise to call back."""
    conversation = conversations.fetch(conn, call)
    if conversation.complaint_id is not None:
        return int(conversation.complaint_id)
    complaint = open_draft(conn, conversation, now, house.reception.ids)
    learn_caller(conn, complaint, customers.identity(conn, conversation.customer_id, "phone"), now)
    register(conn, house.content, complaint, now)
    return complaint


def learn_caller(conn: Connection, complaint: int, caller: str | None, at: datetime) -> None:
    """The number that called, unless the complaint knows one already."""
    if caller is not None and "phone" not in facts.current(conn, complaint):
        facts.learn(conn, complaint, "phone", caller, by="caller_id", at=at)


def keep_missed_call(house: House, call: ProviderCall, now: datetime) -> bool:
    """The record of a call that has none, with a flag and a page for a person. False when it has one: also
    when somebody else has just made it."""
    caller = shown_number(call.caller, _withheld(house))
    with house.db.writing() as conn:
        if not calls.unrecorded(conn, [call.sid]):
            return False
        before = _conversation(conn, house, call, caller)
        complaint = complaint_of_call(conn, house, call.sid, now)
        learn_caller(conn, complaint, caller, now)
        calls.start(conn, call.sid, calls.MISSED, call.started_at)
        calls.change(conn, call.sid, node=calls.MISSED, conversation_id=call.sid)
        calls.set_status(conn, call.sid, call.status, call.started_at + timedelta(seconds=call.seconds))
        if before is None:
            _flag(conn, complaint, now)
            reason = UNKNOWN if caller is None else MISSED
            events.append(conn, names.SUPERVISOR_PAGED, now, complaint_id=complaint, reason=reason)
    return True


def keep_found_recording(house: House, found: ProviderRecording, now: datetime) -> bool:
    """A recording that nobody told us of, kept on its call's complaint and due to be fetched. False when it
    is known, or its call is none of ours. The list does not tell its kind; a message is never this long."""
    longer = (found.seconds or 0) > house.content.flow.record_seconds
    with house.db.writing() as conn:
        if recordings.get(conn, found.sid) is not None or conversations.get(conn, found.call) is None:
            return False
        complaint = complaint_of_call(conn, house, found.call, now)
        recordings.keep(
            conn,
            sid=found.sid,
            call_sid=found.call,
            complaint_id=complaint,
            status=recordings.COMPLETED,
            kind=recordings.TALK if longer else recordings.MESSAGE,
            seconds=found.seconds,
            at=now,
        )
        events.append(conn, names.SUPERVISOR_PAGED, now, complaint_id=complaint, reason=RECORDING)
    return True


def _conversation(conn: Connection, house: House, call: ProviderCall, caller: str | None) -> int | None:
    """Makes sure that the call has a conversation; the complaint it had before, if any."""
    heard = Heard(
        channel="phone",
        who=("phone", caller) if caller else ("call", call.sid),
        words="",
        key=f"{call.sid}:missed",
        at=call.started_at,
        conversation=call.sid,
        caller=caller,
    )
    complaint: int | None = conversation_of(conn, heard, house.reception.ids).complaint_id
    return complaint


def _flag(conn: Connection, complaint: int, now: datetime) -> None:
    complaints.signal(
        conn, complaint, kind="flag", code=MISSED, level=1, rule="call_log", words=[], by="rule", at=now
    )


def _withheld(house: House) -> frozenset[str]:
    return frozenset(str(word).lower() for word in house.content.calls["engine"]["withheld"])
