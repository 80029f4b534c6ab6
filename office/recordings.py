"""Recordings brought home: fetched from the phone company, sealed here, deleted there, and heard.

In this order, each step kept before the next: the sound on our disk, its row among the evidence, gone at
the provider, words. Whatever dies in between leaves the row due, and doing a step twice changes nothing:
a file has one name, a message one key. Fetching and hearing have a thread each, so that neither a slow
line nor a slow engine holds up the office's other chores, or the next recording.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hearing import LARGEST, Ear
from office import alarms
from reception import evidence
from reception.heard import Heard
from reception.house import House
from reception.overhearing import overhear
from reception.telephone import Gone, Telephone, Unreachable
from store import calls, conversations, files, recordings
from store.db import Connection

log = logging.getLogger("jiesu.office")

VOICE = "voice"
TYPE = "audio/wav"
MOST_BYTES = {recordings.MESSAGE: LARGEST, recordings.TALK: 512 * 1024 * 1024}
"""A talk of four hours, when Twilio ends a call, has 461 MB: two channels, 8 kHz, 16 bit."""
FETCH_SECONDS = {recordings.MESSAGE: 60.0, recordings.TALK: 600.0}
LEASE = timedelta(minutes=15)
"""Longer than any fetch and any hearing; after a crash the row is taken up again then."""
RETRIES = (5, 25, 30, 60, 480, 3000, 3600)
"""Seconds until the next try: tried at once, after 5 s, 30 s, 1 min, 2 min, 10 min, 1 h, then hourly."""
ALARM_AFTER = timedelta(seconds=60)
GONE_TRIES = 4
"""How often "no such recording" is heard before it is believed: a new one may not be there yet."""
HEAR_TRIES = 3
"""A recording on which the process dies again and again is for a person to hear."""
MANDARIN = "mandarin"


class NoSound(Exception):
    """What came is no whole WAV file: an error page, or torn on the way."""


class Overdue(Exception):
    """It trickles."""


class Recordings:
    """Does what is due. `work` starts it aside, `fetch_due` and `finish_due` do it here and now."""

    def __init__(self, house: House, ear: Ear, steady: Callable[[], float] = time.monotonic) -> None:
        self._house = house
        self._ear = ear
        self._steady = steady
        self._threads = ThreadPoolExecutor(2, "recordings")
        self._under_way: dict[str, Future[None]] = {}

    def work(self) -> None:
        """Start what is not under way. Without an account there is nothing to fetch from."""
        if self._house.telephone is None:
            return
        for name, act in (("fetch", self.fetch_due), ("finish", self.finish_due)):
            before = self._under_way.get(name)
            if before is None or before.done():
                self._under_way[name] = self._threads.submit(_guarded, name, act)

    def fetch_due(self) -> None:
        """Fetch everything that is due."""
        telephone = self._house.telephone
        if telephone is not None:
            for row in self._claimed(fetched=False):
                self._fetch(telephone, row)

    def finish_due(self) -> None:
        """Delete at the provider and hear whatever was fetched."""
        telephone = self._house.telephone
        if telephone is not None:
            for row in self._claimed(fetched=True):
                self._finish(telephone, row)

    def _claimed(self, *, fetched: bool) -> Iterator[Any]:
        """Each row that is due, claimed when its turn comes."""
        with self._house.db.reading() as conn:
            found = recordings.due(conn, self._now(), fetched=fetched)
        for sid in found:
            with self._house.db.writing() as conn:
                row = recordings.claim(conn, sid, self._now(), LEASE, fetched=fetched)
            if row is not None:
                yield row

    def _now(self) -> datetime:
        return self._house.clock()

    # ---- fetching

    def _fetch(self, telephone: Telephone, row: Any) -> None:
        file = file_id(row.sid)
        try:
            size, digest = evidence.seal_stream(
                self._house.data_dir, file, self._pieces(telephone, row), MOST_BYTES[row.kind]
            )
        except evidence.TooLarge:
            self._give_up(row, recordings.TOO_LARGE, alarms.RECORDING_TOO_LARGE)
        except Gone:
            if row.attempts >= GONE_TRIES:
                self._give_up(row, recordings.LOST, alarms.RECORDING_LOST)
            else:
                self._again(row, "Gone")
        except Exception as error:  # whatever it was, the recording still is where it was
            self._again(row, type(error).__name__)
        else:
            self._seal(row, file, size, digest)

    def _pieces(self, telephone: Telephone, row: Any) -> Iterator[bytes]:
        until = self._steady() + FETCH_SECONDS[row.kind]

        def in_time() -> Iterator[bytes]:
            for piece in telephone.fetch(row.sid):
                if self._steady() > until:
                    raise Overdue
                yield piece

        return whole_wav(in_time())

    def _seal(self, row: Any, file: str, size: int, digest: str) -> None:
        """The row among the evidence and the recording's own, in one transaction."""
        now = self._now()
        kind = _kind(evidence.whereabouts(self._house.data_dir, file), row.kind)
        with self._house.db.writing() as conn:
            held = recordings.get(conn, row.sid)
            if held is None or held.fetched_at is not None:
                return
            files.keep(
                conn,
                id=file,
                complaint_id=held.complaint_id,
                conversation_id=_conversation(conn, row.call_sid),
                message_id=None,
                kind=VOICE,
                name=f"{kind}-{row.at:%Y%m%d-%H%M%S}.wav",
                type=TYPE,
                size=size,
                sha256=digest,
                at=now,
            )
            recordings.fetched(conn, row.sid, file, kind, now)

    def _again(self, row: Any, why: str) -> None:
        """Try later; people are told when it has been failing for a minute."""
        now = self._now()
        log.warning("a recording was not fetched: %s, try %s", why, row.attempts)
        with self._house.db.writing() as conn:
            recordings.rest(conn, row.sid, now + _pause(row.attempts))
            if now - row.at >= ALARM_AFTER:
                alarms.raise_alarm(conn, alarms.RECORDING_UNFETCHED, now, row.complaint_id, once=row.sid)

    def _give_up(self, row: Any, status: str, reason: str) -> None:
        with self._house.db.writing() as conn:
            recordings.give_up(conn, row.sid, status)
            alarms.raise_alarm(conn, reason, self._now(), row.complaint_id, once=row.sid)

    # ---- what comes after

    def _finish(self, telephone: Telephone, row: Any) -> None:
        gone = row.deleted_at is not None or self._delete(telephone, row)
        if row.heard_at is None:
            self._hear(row)
        with self._house.db.writing() as conn:
            recordings.rest(conn, row.sid, None if gone else self._now() + _pause(row.attempts))

    def _delete(self, telephone: Telephone, row: Any) -> bool:
        try:
            telephone.delete(row.sid)
        except Unreachable as error:
            log.warning("a recording was not deleted at the provider: %s", type(error).__name__)
            return False
        with self._house.db.writing() as conn:
            recordings.deleted(conn, row.sid, self._now())
        return True

    def _hear(self, row: Any) -> None:
        """Words, as far as an engine has any; a caller's message becomes one of the conversation's."""
        message = row.kind == recordings.MESSAGE
        words = self._words(row) if row.attempts <= HEAR_TRIES else None
        now = self._now()
        understood = self._house.reception.turns.understand(words or "", now)
        with self._house.db.writing() as conn:
            if words and message and _conversation(conn, row.call_sid) is not None:
                heard = Heard(
                    "phone", ("call", row.call_sid), words, f"recording:{row.sid}", now, row.call_sid
                )
                kept = overhear(conn, self._house.content, self._house.reception.ids, heard, understood)
                files.attach(conn, row.file_id, kept.message)
            recordings.heard(conn, row.sid, words, now)

    def _words(self, row: Any) -> str | None:
        """A message's words; a talk's as a JSON list, the caller's channel first."""
        if self._ear.engine is None:
            return None
        with self._house.db.reading() as conn:
            call = calls.get(conn, row.call_sid)
            file = files.get(conn, row.file_id)
        if file is None or file.size > LARGEST:
            return None
        try:
            sound = evidence.original(self._house.data_dir, row.file_id)
        except OSError as error:
            log.error("a recording could not be read: %s", type(error).__name__)
            return None
        language = (call.language if call is not None else None) or MANDARIN
        hints = self._house.content.labels["hearing_hints"]
        if row.kind == recordings.MESSAGE:
            return self._ear.hear(sound, language, hints)
        sides = self._ear.hear_channels(sound, language, hints)
        return json.dumps([side or "" for side in sides], ensure_ascii=False) if any(sides) else None


def file_id(recording: str) -> str:
    """The name of a recording's file: always the same, so that fetching twice leaves one file."""
    return base64.urlsafe_b64encode(hashlib.sha256(recording.encode()).digest()[:16]).decode().rstrip("=")


def whole_wav(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The pieces, when they make a WAV file with all that its header announces. Raises NoSound.

    Only such a file may take the place of the provider's: that one is deleted then. A header that was
    written before the length was known announces 0 or the largest number.
    http://soundfile.sapp.org/doc/WaveFormat/"""
    head, size = b"", 0
    for piece in pieces:
        head += piece[: max(0, 12 - len(head))]
        size += len(piece)
        yield piece
    announced = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE" or (announced < 0xFFFFFFFF and announced + 8 > size):
        raise NoSound


def _kind(sound: Path, said: str) -> str:
    """Two channels are a talk, whatever was said of it: a recording that only the provider's list names
    comes without its kind, and an agent's words must not become a customer's."""
    with sound.open("rb") as file:
        head = file.read(24)
    two = head[12:16] == b"fmt " and int.from_bytes(head[22:24], "little") > 1
    return recordings.TALK if two else said


def _conversation(conn: Connection, call: str) -> str | None:
    """The call's conversation, which has its name; None when nothing of the call could be stored."""
    return call if conversations.get(conn, call) is not None else None


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=RETRIES[min(attempts, len(RETRIES)) - 1])


def _guarded(name: str, act: Callable[[], None]) -> None:
    """Only the kind of an error is noted: its text may hold a customer's words."""
    try:
        act()
    except Exception as error:
        log.error("recordings, %s: %s", name, type(error).__name__, exc_info=error)
