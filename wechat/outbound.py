"""What goes out: reserved first, sent once, settled by WeChat's answer. A send that may have arrived is not
repeated."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from core import conversation, outgoing, quota
from core import wechat_codes as codes
from reception.house import House
from store import conversations, customers, wechat_sends
from store import wechat as rows
from wechat.calls import Failed
from wechat.enclosing import Carrier, Enclosing
from wechat.inbound import IDENTITY
from wechat.reserving import Reserved, Reserving, Step, ToUpload
from wechat.settling import Settling

log = logging.getLogger("jiesu.wechat")

RESTS = {
    codes.TOKEN: timedelta(seconds=30),
    codes.ADDRESS: timedelta(seconds=30),
    codes.DAILY: timedelta(minutes=10),
}
"""What is wrong with the account is wrong for everybody: nothing is sent for so long."""
SILENT_AFTER = 2
UNANSWERED = timedelta(seconds=10)
"""After so many sends in a row that WeChat did not answer: each may cost a right, and a person must look."""
LANES = 8
"""Customers to whom something is being sent at once; WeChat may take five seconds for one of them."""


class Out(Carrier, Protocol):
    """What a sender asks of an account's API. Every method may raise Failed."""

    def text(self, to: str, words: str, /) -> str | None: ...

    def typing(self, to: str, /) -> None: ...

    def template(self, to: str, template: str, fields: Mapping[str, str], url: str, /) -> str: ...


@dataclass
class Sender:
    """Sends what is said in one account's conversations. `template`: WeChat's id of the message that tells of
    progress, "" for none; `identity`: under which kind of name the account knows customers."""

    house: House
    account: str
    api: Out
    template: str = ""
    identity: str = IDENTITY
    _after: int = 0
    _waiting: dict[str, datetime] = field(default_factory=dict)
    _rests_until: datetime | None = None
    _unanswered: int = 0
    _under_way: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _lanes: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(LANES, "send"))
    _typing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "typing"))

    def __post_init__(self) -> None:
        self._reserving = Reserving(self.house, self.account, bool(self.template), self.identity)
        self._settling = Settling(self.house, self.account)
        self._enclosing = Enclosing(self.house, self.account, self.api)

    def recover(self, now: datetime) -> int:
        """What was being sent when a process ended may have arrived: it is not repeated, and people see it.
        To be called before anything is sent; returns how many there were."""
        return self._settling.recover(now)

    def begin(self, now: datetime) -> list[Future[bool]]:
        """Begin to send whatever may go out now, for several customers at once, and one message at a time for
        each. The results say whether one was sent."""
        if self._rests(now):
            return []
        with self.house.db.reading() as conn:
            newest = wechat_sends.newest_message(conn)
            fresh = wechat_sends.waiting(conn, self._after)
        with self._lock:
            self._after = newest
            self._waiting |= dict.fromkeys(fresh, now)
            due = [id for id, at in self._waiting.items() if at <= now and id not in self._under_way]
            for id in due:
                del self._waiting[id]
            self._under_way |= set(due)
        return [self._lanes.submit(self._one, id) for id in due]

    def work(self, now: datetime) -> int:
        """The same, and wait for it. Returns how many messages were sent."""
        return sum(done.result() for done in self.begin(now))

    def _rests(self, now: datetime) -> bool:
        return self._rests_until is not None and now < self._rests_until

    def _one(self, id: str) -> bool:
        """The next message of a conversation. One whose rows were rolled back is not forgotten."""
        again: datetime | None = self.house.clock() + outgoing.AGAIN
        try:
            sent, again = self._next(id)
        except Exception as error:
            log.error("sending: %s", type(error).__name__, exc_info=error)
            return False
        finally:
            self._leave(id, again)
        return sent

    def _leave(self, id: str, again: datetime | None) -> None:
        """What was said in the meantime may have asked for an earlier time."""
        with self._lock:
            self._under_way.discard(id)
            if again is not None:
                self._waiting[id] = min(again, self._waiting.get(id, again))

    def _next(self, id: str) -> tuple[bool, datetime | None]:
        """Whether a message was sent, and when to look again. After an upload, which takes its time, all is
        decided anew; and by the time at which this conversation's turn has come, not the whole round's."""
        now = self.house.clock()
        if self._rests(now):
            return False, self._rests_until
        step = self._reserving.next(id, now)
        try:
            if isinstance(step.do, ToUpload):
                self._enclosing.upload(step.do.file, now)
                now = self.house.clock()
                step = self._reserving.next(id, now)
            if not isinstance(step.do, Reserved):
                return False, now if isinstance(step.do, ToUpload) else step.again
            provider_id = self._deliver(step.do, now)
        except Failed as failure:
            return False, self._failed(step, failure, now) or step.again
        with self._lock:
            self._unanswered = 0
        self._settling.sent(step.do, provider_id, now)
        return True, step.again

    def _failed(self, step: Step, failure: Failed, now: datetime) -> datetime | None:
        """When to look again at the conversation; what is wrong for everybody lets all of them rest."""
        with self._lock:
            if isinstance(step.do, Reserved):
                self._unanswered = self._unanswered + 1 if failure.meaning == codes.UNKNOWN else 0
            rest = UNANSWERED if self._unanswered >= SILENT_AFTER else RESTS.get(failure.meaning)
            if rest is not None:
                until = self.house.clock() + rest
                self._rests_until = max(until, self._rests_until or until)
        if isinstance(step.do, ToUpload):
            return self._settling.not_uploaded(step.do, failure, now)
        assert isinstance(step.do, Reserved)
        return self._settling.failed(step.do, failure, now)

    def _deliver(self, reserved: Reserved, now: datetime) -> str | None:
        if reserved.kind == wechat_sends.TEMPLATE:
            return self.api.template(reserved.openid, self.template, reserved.fields, reserved.url)
        if reserved.file is not None:
            return self._enclosing.send(reserved, reserved.file, now)
        return self.api.text(reserved.openid, reserved.words)

    def close(self) -> None:
        """Wait for what is being sent; what only stands in line has nothing reserved and is found again."""
        self._lanes.shutdown(wait=True, cancel_futures=True)
        self._typing.shutdown(wait=True)

    # ---- Somebody writes

    def typing(self, conversation_id: str) -> None:
        """Show that somebody writes, if that can be shown. Returns at once; nothing depends on it."""
        self._typing.submit(self._show_typing, conversation_id).add_done_callback(_note_failure)

    def _show_typing(self, conversation_id: str) -> None:
        now = self.house.clock()
        with self.house.db.reading() as conn:
            row = conversations.fetch(conn, conversation_id)
            openid = customers.identity(conn, row.customer_id, self.identity)
            rights = rows.rights_of(conn, self.account, openid, now) if openid else []
        if openid and quota.left(rights, now) and row.speaker == conversation.ASSISTANT:
            self.api.typing(openid)


def _note_failure(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.info("typing is not shown: %s", error if isinstance(error, Failed) else type(error).__name__)
