"""Pictures, sounds and videos: fetched from WeChat at once, sealed here, and what is said in them heard.

WeChat deletes them after three days. Each step is kept before the next: the bytes on our disk, their row
among the evidence, words. Whatever dies in between leaves the row due, and doing a step twice changes
nothing: a file has one name, a message one key. Only the media id is used, never an address in a push.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from requests import RequestException
from urllib3.exceptions import HTTPError

import hearing
from core import wechat_codes as codes
from reception import evidence, speaking
from reception.heard import Heard
from reception.house import House
from store import conversations, files, messages, wechat_media
from store.db import Connection
from store.wechat_media import DUE, EXPIRED, FETCHED, HEARD, KEPT, LOST, REFUSED, TOO_LARGE, UNHEARD, VOICE
from wechat.calls import Calls, Failed
from wechat.download import Elsewhere, Oversize, video

log = logging.getLogger("jiesu.wechat")

MOST_BYTES = {"image": evidence.LARGEST, VOICE: 2 * 1024 * 1024}
MOST_VIDEO = 10 * 1024 * 1024
"""WeChat's own limits for what is uploaded (Tencent, "Adding temporary media")."""
FILE = "file"
"""Of Kf: a photo or a video sent as it is; another file is refused as another picture is."""
FETCHING, LISTENING = 4, 1
"""At the same time: an engine needs a whole core."""
FETCH_LEASE, HEAR_LEASE = timedelta(minutes=2), timedelta(minutes=10)
"""Longer than any fetch and any hearing; after a crash the row is taken up again then."""
RETRIES = (2, 5, 15, 30, 60, 300, 900, 3600)
"""Seconds until the next try; then hourly."""
GONE_AFTER = timedelta(days=3)
HEAR_TRIES = 3
"""A recording on which the process dies again and again is for a person to hear."""
MANDARIN = "mandarin"
SAID_OF = {
    EXPIRED: "utter_media_expired",
    REFUSED: "utter_media_refused",
    TOO_LARGE: "utter_media_refused",
}
"""What the customer is told, to send it once more. After three days that would come too late."""
NOT_AGAIN = 3
"""Lines of ours within which the same is not said twice."""


class Unfit(Exception):
    """Not what it was sent as."""


@dataclass(frozen=True)
class Got:
    """What came, checked: its kind among the evidence, its media type and its bytes."""

    kind: str
    type: str
    content: bytes


class Lane:
    """Does one kind of step, a few at the same time. Claimed rows are nobody else's until the lease ends."""

    def __init__(
        self, house: House, state: str, act: Callable[[Any], None], most: int, lease: timedelta
    ) -> None:
        self._house, self._state, self._act, self._most, self._lease = house, state, act, most, lease
        self._threads = ThreadPoolExecutor(most, thread_name_prefix=state)
        self._under_way: set[int] = set()

    def take(self, id: int, now: datetime) -> None:
        """Start with this row, unless there is no hand free or somebody has it."""
        if len(self._under_way) >= self._most:
            return
        with self._house.db.writing() as conn:
            row = wechat_media.claim(conn, id, self._state, now, self._lease)
        if row is not None:
            self._under_way.add(id)
            self._threads.submit(self._guarded, row)

    def _guarded(self, row: Any) -> None:
        """Only the kind of an error is noted: its text may hold what a customer sent."""
        try:
            self._act(row)
        except Exception as error:
            log.error("media, %s: %s", self._state, type(error).__name__, exc_info=error)
        finally:
            self._under_way.discard(row.id)


class Media:
    """Fetches what is due and hears it. `api_of`: the account's side; `hosts`: where videos may come from."""

    def __init__(
        self, house: House, api_of: Callable[[str], Calls], ear: hearing.Ear, hosts: Collection[str]
    ) -> None:
        self._house = house
        self._api_of = api_of
        self._ear = ear
        self._hosts = frozenset(hosts)
        self._lanes = {
            DUE: Lane(house, DUE, self._fetch, FETCHING, FETCH_LEASE),
            FETCHED: Lane(house, FETCHED, self._hear, LISTENING, HEAR_LEASE),
        }

    def work(self, now: datetime) -> None:
        """Start whatever is due and waits for a free hand."""
        with self._house.db.reading() as conn:
            waiting = [(lane, wechat_media.due(conn, now, state)) for state, lane in self._lanes.items()]
        for lane, rows in waiting:
            for row in rows:
                lane.take(row.id, now)

    # ---- fetching

    def _fetch(self, row: Any) -> None:
        try:
            got = self._got(row)
        except Failed as failure:
            if failure.meaning == codes.MEDIA:
                self._miss(row, EXPIRED)
            else:
                self._again(row, failure.meaning)
        except (Oversize, evidence.TooLarge):
            self._miss(row, TOO_LARGE)
        except (Unfit, Elsewhere, evidence.NotAPhoto):
            self._miss(row, REFUSED)
        except (OSError, RequestException, HTTPError) as error:
            self._again(row, type(error).__name__)
        else:
            self._seal(row, got)

    def _got(self, row: Any) -> Got:
        most = MOST_BYTES.get(row.kind, MOST_VIDEO)
        content = self._api_of(row.account).media(row.media_id, most)
        if isinstance(content, str):
            content = video(content, self._hosts, most)
        return checked(row.kind, content)

    def _seal(self, row: Any, got: Got) -> None:
        """The bytes, then the row among the evidence and the medium's own in one transaction."""
        now, file = self._house.clock(), file_id(row.id)
        size, digest = evidence.seal_stream(self._house.data_dir, file, (got.content,), len(got.content))
        with self._house.db.writing() as conn:
            if wechat_media.get(conn, row.id).file_id is not None:
                return
            message = messages.get(conn, row.message_id)
            files.keep(
                conn,
                id=file,
                complaint_id=message.complaint_id,
                conversation_id=message.conversation_id,
                message_id=message.id,
                kind=got.kind,
                name=f"wechat-{message.at:%Y%m%d-%H%M%S}.{got.type.partition('/')[2]}",
                type=got.type,
                size=size,
                sha256=digest,
                at=now,
            )
            then = {"state": FETCHED, "due_at": now} if row.kind == VOICE else {"state": KEPT, "due_at": None}
            wechat_media.change(conn, row.id, file_id=file, attempts=0, **then)

    def _again(self, row: Any, why: str) -> None:
        """Try later, as long as WeChat has it."""
        log.warning("a medium was not fetched: %s, try %s", why, row.attempts)
        now = self._house.clock()
        with self._house.db.reading() as conn:
            sent = messages.get(conn, row.message_id).at
        if now - sent >= GONE_AFTER:
            self._miss(row, LOST)
            return
        pause = timedelta(seconds=RETRIES[min(row.attempts, len(RETRIES)) - 1])
        with self._house.db.writing() as conn:
            wechat_media.change(conn, row.id, due_at=now + pause)

    def _miss(self, row: Any, state: str) -> None:
        """It will never be ours: the complaint says so, and the customer is asked once more."""
        log.warning("a medium is missed: %s", state)
        now = self._house.clock()
        with self._house.db.writing() as conn:
            wechat_media.miss(conn, row, state, now)
            message = messages.get(conn, row.message_id)
            messages.mark_answered(conn, [message.id])
            self._close(conn, message.conversation_id, now)
            reply = SAID_OF.get(state)
            said = messages.replies_said(conn, message.conversation_id)[-NOT_AGAIN:]
            if reply is not None and reply not in said:
                talk = conversations.fetch(conn, message.conversation_id)
                speaking.announce(conn, self._house.content, talk, reply, None, now)

    # ---- hearing

    def _hear(self, row: Any) -> None:
        """Words, as far as an engine has any: they join the burst. Without them a person listens."""
        words = self._words(row) if row.attempts <= HEAR_TRIES else None
        now = self._house.clock()
        with self._house.db.writing() as conn:
            message = messages.get(conn, row.message_id)
            wechat_media.change(conn, row.id, state=HEARD if words else UNHEARD, heard_at=now, due_at=None)
            if words is None:
                self._close(conn, message.conversation_id, now)
                return
            talk = message.conversation_id
            heard = Heard("wechat", ("conversation", talk), words, f"voice:{row.id}", now, talk)
            kept = self._house.reception.bursts.keep(conn, heard)
            if kept is not None:
                files.attach(conn, row.file_id, kept.message)

    def _words(self, row: Any) -> str | None:
        """The words. On the way a copy is made that every browser plays."""
        sound = evidence.original(self._house.data_dir, row.file_id)
        try:
            evidence.keep_sound(self._house.data_dir, row.file_id, hearing.playable(sound))
        except hearing.Unreadable as error:
            log.warning("a voice cannot be played here: %s", error)
            return None
        return self._ear.hear(sound, MANDARIN, self._house.content.labels["hearing_hints"])

    def _close(self, conn: Connection, conversation_id: str, now: datetime) -> None:
        """Nothing more comes of it: what waits for it in this conversation need not wait."""
        if messages.pending(conn, conversation_id):
            self._house.reception.bursts.close_by(conn, conversation_id, now)


def checked(kind: str, content: bytes) -> Got:
    """What came, its type read from its own bytes. A voice in an unknown coding is kept: a person may find
    out. Raises Unfit, evidence.NotAPhoto or evidence.TooLarge."""
    if kind == "image":
        photo = evidence.examine("", content)
        return Got(photo.kind, photo.type, content)
    if kind == FILE and content[4:8] != b"ftyp":
        enclosed = evidence.examine_enclosure("", content)
        return Got(enclosed.kind, enclosed.type, content)
    if kind == VOICE:
        return Got(VOICE, hearing.type_of(content) or "application/octet-stream", content)
    if content[4:8] != b"ftyp":
        raise Unfit("no MP4")
    return Got(evidence.VIDEO, "video/mp4", content)


def file_id(medium: int) -> str:
    """The name of a medium's file: always the same, so that fetching twice leaves one file."""
    named = hashlib.sha256(f"wechat:{medium}".encode()).digest()[:16]
    return base64.urlsafe_b64encode(named).decode().rstrip("=")
