"""Recordings, as the provider reports them: a caller's message, the last resort of one whom nobody could
answer, and the talk with an agent. Each is a row to be fetched; a message is a page, and a complaint.
"""

from __future__ import annotations

from flask import Response, request

from core import events as names
from ivr import twiml
from ivr.asked import form, sid, xml
from ivr.dialogue import Dialogue
from ivr.door import Phone, blueprint, log, phone
from reception.missed_calls import complaint_of_call
from reception.telephone import RECORDING
from store import events, recordings
from store.recordings import ABSENT, COMPLETED, FAILED, KINDS, MESSAGE, TALK

NOT_MADE = (ABSENT, FAILED)
PAGES = {ABSENT: "recording_absent", FAILED: "recording_absent"}


@blueprint.post("/voice/recording")
def recording() -> Response:
    """How a recording stands, in any order. Its address is never used as posted: what is fetched is named
    by the checked id alone. One still in progress is nothing to fetch yet.
    https://www.twilio.com/docs/voice/api/recording"""
    status = form("RecordingStatus") or COMPLETED
    kind = request.args.get("kind", MESSAGE)
    if status in (COMPLETED, *NOT_MADE) and kind in KINDS:
        keep_recording(status, kind)
    return xml(twiml.render_nothing())


def keep_recording(status: str, kind: str = MESSAGE) -> bool:
    """A row for the recording; for a message a page, too, since a person has to listen, or to call back
    where there is nothing to listen to. False when it cannot be kept.

    A call that could not be stored while it lasted becomes a complaint now. A talk that was not recorded
    leaves no row: that is so whenever nobody picks up."""
    recording, door = form("RecordingSid"), phone()
    if not RECORDING.fullmatch(recording) or (kind == TALK and status in NOT_MADE):
        return False
    try:
        _keep(door, recording, sid(), status, kind)
    except Exception as error:
        log.exception("a recording could not be noted: %s", type(error).__name__)
        return False
    return True


def _keep(door: Phone, recording: str, call: str, status: str, kind: str) -> None:
    now = door.house.clock()
    Dialogue(door, call, "", door.engine.shown_number(form("From")), now).open()
    with door.house.db.writing() as conn:
        before = recordings.get(conn, recording)
        complaint = before.complaint_id if before else complaint_of_call(conn, door.house, call, now)
        moved = recordings.keep(
            conn,
            sid=recording,
            call_sid=call,
            complaint_id=complaint,
            status=status,
            seconds=_seconds(),
            at=now,
            kind=kind,
        )
        reason = PAGES.get(status, "recording")
        told = before is not None and PAGES.get(before.status, "recording") == reason
        if moved and kind == MESSAGE and not told:
            events.append(conn, names.SUPERVISOR_PAGED, now, complaint_id=complaint, reason=reason)


def _seconds() -> int | None:
    length = form("RecordingDuration")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 6 else None
