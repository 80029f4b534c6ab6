"""Recordings: who may hear one, the sound itself, and that somebody listened."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Response, abort, request, send_file

from core.events import RECORDING_PLAYED
from core.roles import HEAR, HEAR_OWN
from desk.door import allowed, blueprint, house, needs, now, user
from desk.finding import found
from desk.talks.photos import SANDBOX
from reception import evidence
from store import events, files, handoffs, limits, recordings

log = logging.getLogger("jiesu.desk")

TYPE = "audio/wav"
LISTENING = timedelta(minutes=1)
"""A player asks for a recording in several pieces; within this time that is one listening."""
SIDES = ("customer", "agent")
"""The channels of a talk: Twilio puts the caller first.
https://www.twilio.com/docs/voice/api/recording#dual-channel-recordings"""


@dataclass(frozen=True)
class Tape:
    """A recording as the page shows it. `file` is empty while it is not here, `awaited` when it will be;
    `may`: whether the person at the desk may hear it; `words`: (speaker or "", what a machine heard)."""

    kind: str
    status: str
    at: datetime
    seconds: int
    file: str
    sha256: str
    awaited: bool
    may: bool
    words: list[tuple[str, str]]


def tapes(conn: Any, complaint: Any) -> list[Tape]:
    """The recordings of a complaint, oldest first."""
    sealed = {file.id: file.sha256 for file in files.of_complaint(conn, complaint.id)}
    may = _may_hear(conn, complaint)
    return [
        Tape(
            kind=row.kind,
            status=row.status,
            at=row.at,
            seconds=row.seconds or 0,
            file=row.file_id or "",
            sha256=sealed.get(row.file_id, ""),
            awaited=row.file_id is None and row.due_at is not None,
            may=may,
            words=_words(row),
        )
        for row in recordings.of_complaint(conn, complaint.id)
    ]


def _words(row: Any) -> list[tuple[str, str]]:
    if not row.words:
        return []
    if row.kind == recordings.MESSAGE:
        return [("", row.words)]
    sides: list[str] = json.loads(row.words)
    named = zip(SIDES, sides, strict=False) if len(sides) > 1 else (("", side) for side in sides)
    return [(who, said) for who, said in named if said]


def _may_hear(conn: Any, complaint: Any) -> bool:
    """Some hear everything; an agent what is theirs: the complaint, or the talk they had."""
    if allowed(HEAR):
        return True
    talked = {row.agent_id for row in handoffs.of_complaint(conn, complaint.id) if row.accepted_at}
    return allowed(HEAR_OWN) and user().id in {complaint.owner_id, *talked}


@blueprint.get("/recordings/<id>")
@needs(HEAR_OWN)
def play_recording(id: str) -> Response:
    """The sound as it was sealed, in whatever pieces the player asks for. That somebody listens is kept
    before a byte is sent."""
    with house().db.reading() as conn:
        row = recordings.by_file(conn, id)
        if row is None:
            abort(404)
        may = _may_hear(conn, found(conn, row.complaint_id))
    if not may:
        log.warning("refused user=%s endpoint=%s", user().id, request.endpoint)
        abort(403)
    try:
        sound = evidence.whereabouts(house().data_dir, id)
    except FileNotFoundError:
        abort(404)
    _keep_listening(row)
    response = send_file(sound, mimetype=TYPE, conditional=True)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _keep_listening(row: Any) -> None:
    """Who heard which recording. Not among the complaint's numbered events: listening changes nothing, so
    it must not make anybody's save stale."""
    at = now()
    with house().db.writing() as conn:
        if limits.hit(conn, f"heard:{user().id}:{row.sid}", at, LISTENING) == 1:
            about = {"complaint": row.complaint_id, "recording": row.sid}
            events.append(conn, RECORDING_PLAYED, at, user_id=user().id, **about)
