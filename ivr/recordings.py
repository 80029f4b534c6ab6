"""Recordings: the last resort of a caller whom nobody could answer. Each is a row, a page, a complaint."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from flask import Response

from core import events as names
from ivr import twiml
from ivr.asked import form, sid, xml
from ivr.dialogue import Dialogue, learn_caller
from ivr.door import Phone, blueprint, log, phone
from reception.keeping import open_draft
from reception.registering import register
from store import calls, conversations, customers, events

RECORDING = re.compile(r"RE[0-9a-f]{32}")


@blueprint.post("/voice/recording")
def recording() -> Response:
    """The provider says that a recording is ready. Its address is never fetched as posted."""
    if form("RecordingStatus") in ("", "completed"):
        keep_recording("completed")
    return xml(twiml.render_nothing())


def keep_recording(status: str) -> bool:
    """A row for the recording, and a page, since a person has to listen. False when it cannot be kept.

    A call that could not be stored while it lasted becomes a complaint now."""
    recording, door = form("RecordingSid"), phone()
    if not RECORDING.fullmatch(recording):
        return False
    try:
        _keep(door, recording, sid(), status)
    except Exception as error:
        log.exception("a recording could not be noted: %s", type(error).__name__)
        return False
    return True


def _keep(door: Phone, recording: str, call: str, status: str) -> None:
    now = door.house.clock()
    Dialogue(door, call, "", door.engine.shown_number(form("From")), now).open()
    with door.house.db.writing() as conn:
        complaint = _complaint_of(conn, door, call, now)
        new = calls.keep_recording(
            conn,
            sid=recording,
            call_sid=call,
            complaint_id=complaint,
            status=status,
            seconds=_seconds(),
            at=now,
        )
        if new:
            events.append(conn, names.SUPERVISOR_PAGED, now, complaint_id=complaint, reason="recording")


def _complaint_of(conn: Any, door: Phone, call: str, now: datetime) -> int:
    """The call's complaint. Where nothing was told that could be stored, the recording is the complaint."""
    conversation = conversations.fetch(conn, call)
    if conversation.complaint_id is not None:
        return int(conversation.complaint_id)
    complaint = open_draft(conn, conversation, now, door.house.reception.ids)
    learn_caller(conn, complaint, customers.identity(conn, conversation.customer_id, "phone"), now)
    register(conn, door.house.content, complaint, now)
    return complaint


def _seconds() -> int | None:
    length = form("RecordingDuration")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 6 else None
