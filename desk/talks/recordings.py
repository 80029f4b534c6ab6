"""Recordings and voices: who may hear one, the sound itself, and that somebody listened."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Response, abort, request, send_file

from core.events import RECORDING_PLAYED
from core.roles import HEAR, HEAR_OWN
from desk.door import allowed, blueprint, house, needs, now, user
from desk.finding import found
from desk.talks.photos import SANDBOX
from reception import evidence
from store import events, files, handoffs, limits, messages, recordings, wechat_media

log = logging.getLogger("jiesu.desk")

TYPE = "audio/wav"
BYTES_PER_SECOND = 32_000
"""Of the copy to play: 16 kHz, 16 bit, one channel."""
LISTENING = timedelta(minutes=1)
"""A player asks for a recording in several pieces; within this time that is one listening."""
SIDES = ("customer", "agent")
"""The channels of a talk: Twilio puts the caller first.
https://www.twilio.com/docs/voice/api/recording#dual-channel-recordings"""


@dataclass(frozen=True)
class Tape:
    """A recording as the page shows it. `file` is empty while it is not here, `awaited` when it will be;
    `may`: whether the person at the desk may hear it; `plays`: whether a browser can, else it is taken away
    as it came; `words`: (speaker or "", what a machine heard)."""

    kind: str
    status: str
    at: datetime
    seconds: int
    file: str
    sha256: str
    awaited: bool
    may: bool
    plays: bool
    words: list[tuple[str, str]]


@dataclass(frozen=True)
class Sound:
    """What somebody wants to hear: its name in the trail, its complaint, and what it is."""

    name: str
    complaint_id: int
    kind: str


def tapes(conn: Any, complaint: Any) -> list[Tape]:
    """The recordings and voices of a complaint, oldest first."""
    sealed = {file.id: file for file in files.of_complaint(conn, complaint.id)}
    may = _may_hear(conn, complaint)
    recorded = [
        Tape(
            kind=row.kind,
            status=row.status,
            at=row.at,
            seconds=row.seconds or 0,
            file=row.file_id or "",
            sha256=sealed[row.file_id].sha256 if row.file_id in sealed else "",
            awaited=row.file_id is None and row.due_at is not None,
            may=may,
            plays=True,
            words=_words(row),
        )
        for row in recordings.of_complaint(conn, complaint.id)
    ]
    voices = [
        _voice(conn, row, sealed.get(row.file_id), may) for row in wechat_media.voices(conn, complaint.id)
    ]
    return sorted([*recorded, *voices], key=lambda one: one.at)


def _voice(conn: Any, row: Any, file: Any, may: bool) -> Tape:
    """A voice of a chat. The words that a machine heard in it are the message to which its file belongs."""
    seconds = _seconds(file.id) if file is not None else None
    heard = file is not None and row.state == wechat_media.HEARD
    return Tape(
        kind=row.kind,
        status=row.state,
        at=row.at,
        seconds=seconds or 0,
        file=row.file_id or "",
        sha256=file.sha256 if file is not None else "",
        awaited=row.file_id is None and row.due_at is not None,
        may=may,
        plays=seconds is not None,
        words=[("", messages.get(conn, file.message_id).words)] if heard else [],
    )


def _seconds(id: str) -> int | None:
    """How long the copy to play lasts; None without one."""
    try:
        return round(evidence.sound(house().data_dir, id).stat().st_size / BYTES_PER_SECOND)
    except FileNotFoundError:
        return None


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
        sound = _sound(conn, id)
        if sound is None:
            abort(404)
        may = _may_hear(conn, found(conn, sound.complaint_id))
    if not may:
        log.warning("refused user=%s endpoint=%s", user().id, request.endpoint)
        abort(403)
    try:
        place, plays = _place(sound, id)
    except FileNotFoundError:
        abort(404)
    _keep_listening(sound)
    type = TYPE if plays else "application/octet-stream"
    response = send_file(place, mimetype=type, conditional=True, as_attachment=not plays)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _sound(conn: Any, id: str) -> Sound | None:
    row = recordings.by_file(conn, id)
    if row is not None:
        return Sound(row.sid, row.complaint_id, row.kind)
    voice = wechat_media.by_file(conn, id)
    if voice is None or voice.kind != wechat_media.VOICE:
        return None
    return Sound(f"wechat:{voice.id}", voice.complaint_id, voice.kind)


def _place(sound: Sound, id: str) -> tuple[Path, bool]:
    """Where it lies, and whether a browser plays it. Raises FileNotFoundError."""
    if sound.kind != wechat_media.VOICE:
        return evidence.whereabouts(house().data_dir, id), True
    try:
        return evidence.sound(house().data_dir, id), True
    except FileNotFoundError:
        return evidence.whereabouts(house().data_dir, id), False


def _keep_listening(sound: Sound) -> None:
    """Who heard which recording. Not among the complaint's numbered events: listening changes nothing, so
    it must not make anybody's save stale."""
    at = now()
    with house().db.writing() as conn:
        if limits.hit(conn, f"heard:{user().id}:{sound.name}", at, LISTENING) == 1:
            about: dict[str, Any] = {"complaint": sound.complaint_id, "recording": sound.name}
            events.append(conn, RECORDING_PLAYED, at, user_id=user().id, **about)
