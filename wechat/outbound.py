"""What goes out: reserved first, sent once, settled by WeChat's answer. A send that may have arrived is not
repeated."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import outgoing, quota
from core.quota import Right
from reception.house import House
from store import conversations, customers, wechat_sends
from store import wechat as rows
from store.db import Connection
from wechat import codes
from wechat.api import Api, Failed
from wechat.inbound import IDENTITY

log = logging.getLogger("jiesu.wechat")

SHUT = frozenset({codes.WINDOW, codes.SPENT})
LATER = frozenset({codes.BUSY, codes.TOKEN, codes.ADDRESS, codes.DAILY})
"""Nothing arrived, and it may be sent later as it is."""
AGAIN_AFTER = timedelta(seconds=30)
TEXT, TEMPLATE = "text", "template"


@dataclass(frozen=True)
class Reserved:
    """A message about to be sent, with its right already counted down."""

    id: int
    openid: str
    words: str
    right: Right
    before: int


@dataclass
class Sender:
    """Sends what is said in one account's conversations."""

    house: House
    account: str
    api: Api
    _after: int = 0
    _waiting: dict[str, datetime] = field(default_factory=dict)

    def work(self, now: datetime) -> int:
        """Send whatever may go out now; returns how many messages did."""
        with self.house.db.reading() as conn:
            newest = wechat_sends.newest_message(conn)
            for id in wechat_sends.waiting(conn, self._after):
                self._waiting.setdefault(id, now)
            self._after = newest
        due = [id for id, at in self._waiting.items() if at <= now]
        return sum(self._one(id, now) for id in due)

    def _one(self, id: int | str, now: datetime) -> bool:
        reserved = self._reserve(str(id), now)
        if reserved is None:
            return False
        try:
            self.api.text(reserved.openid, reserved.words)
        except Failed as failure:
            self._settle(str(id), reserved, failure, now)
            return False
        with self.house.db.writing() as conn:
            wechat_sends.settle(conn, reserved.id, "sent", now)
        return True

    def _reserve(self, id: str, now: datetime) -> Reserved | None:
        """Decide and reserve, in one transaction; the speaker is read in it. None: nothing to send now."""
        with self.house.db.writing() as conn:
            row = conversations.fetch(conn, id)
            lines = [_line(one) for one in wechat_sends.unsent(conn, row)]
            if not lines:
                self._waiting.pop(id, None)
                return None
            openid = customers.identity(conn, row.customer_id, IDENTITY) or ""
            rights = rows.rights_of(conn, self.account, openid, now)
            plan = outgoing.plan(lines, row.speaker, row.turn_at is not None, rights, now)
            if isinstance(plan, outgoing.Wait):
                self._waiting[id] = plan.until
                return None
            self._waiting.pop(id, None)
            conversations.change(conn, id, sent_up_to=lines[-1].id)
            if isinstance(plan, outgoing.Pass):
                return None
            return self._written(conn, row, openid, plan, now)

    def _written(
        self, conn: Connection, row: Any, openid: str, plan: outgoing.Send, now: datetime
    ) -> Reserved | None:
        right = plan.right
        id = wechat_sends.reserve(
            conn,
            row.id,
            kind=TEMPLATE if right is None else TEXT,
            author=plan.author,
            messages=plan.lines,
            right_id=right.id if right else None,
            at=now,
        )
        if right is None:
            wechat_sends.settle(conn, id, "no_right", now)
            return None
        rows.set_left(conn, quota.used(right))
        return Reserved(id, openid, plan.words, right, row.sent_up_to or 0)

    def _settle(self, id: str, reserved: Reserved, failure: Failed, now: datetime) -> None:
        """Believe WeChat: a window that is over is shut; what never arrived is sent later."""
        log.warning("not sent: %s", failure)
        with self.house.db.writing() as conn:
            if failure.meaning in LATER:
                wechat_sends.settle(conn, reserved.id, "later", now, failure.code)
                rows.set_left(conn, reserved.right)
                conversations.change(conn, id, sent_up_to=reserved.before)
                self._waiting[id] = now + AGAIN_AFTER
                return
            state = codes.UNKNOWN if failure.meaning == codes.UNKNOWN else "refused"
            wechat_sends.settle(conn, reserved.id, state, now, failure.code)
            if failure.meaning in SHUT:
                rows.shut(conn, self.account, reserved.openid)


def _line(row: Any) -> outgoing.Line:
    taken_back = row.taken_back_at is not None
    return outgoing.Line(row.id, row.author, row.words, row.at, row.reply, taken_back)
