"""What became of a message: by what WeChat answered, or by what an end in the middle left behind."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core import outgoing
from core import wechat_codes as codes
from reception.alarms import raise_alarm
from reception.going_out import line_of
from reception.house import House
from reception.telling import UNSENT, owe_call
from store import conversations, messages, wechat_sends
from store import wechat as rows
from store.db import Connection, Row
from wechat.calls import Failed
from wechat.reserving import Reserved, ToUpload

log = logging.getLogger("jiesu.wechat")

WITHIN = 30.0
"""Seconds for which a busy database is asked again: what was sent would count as cut off else."""
SHUT = frozenset({codes.WINDOW, codes.SPENT})
LATER = frozenset({codes.BUSY, codes.TOKEN, codes.ADDRESS, codes.DAILY})
"""Nothing arrived, and it may be sent later as it is."""
ALARMED = frozenset({codes.TOKEN, codes.ADDRESS, codes.DAILY, codes.TEMPLATE, codes.PERMISSION})
"""What only a person of the house can mend; labels.yml `alarm_reasons` says it."""


@dataclass(frozen=True)
class Settling:
    """Settles one account's messages."""

    house: House
    account: str

    def recover(self, now: datetime) -> int:
        """What was being sent when a process ended may have arrived: it is not repeated, and people see it.
        Returns how many there were."""
        with self.house.db.writing(WITHIN) as conn:
            found = wechat_sends.cut_off(conn)
            for row in found:
                wechat_sends.settle(conn, row.id, wechat_sends.UNKNOWN, now)
                self._show_cut_off(conn, row, now)
            return len(found)

    def _show_cut_off(self, conn: Connection, row: Row[Any], now: datetime) -> None:
        said = [messages.get(conn, id) for id in row.messages]
        must = any(outgoing.must_know(line_of(self.house.content, one)) for one in said)
        complaint = next((one.complaint_id for one in said if one.complaint_id), None)
        if must and complaint is not None:
            raise_alarm(conn, UNSENT, now, complaint)

    def sent(self, reserved: Reserved, provider_id: str | None, now: datetime) -> None:
        """WeChat took it. It may have told what became of it before we knew its id."""
        with self.house.db.writing(WITHIN) as conn:
            row = wechat_sends.get(conn, reserved.id)
            if row is not None and row.state != wechat_sends.RESERVED:
                wechat_sends.note_provider(conn, reserved.id, provider_id or "")
                return
            wechat_sends.settle(conn, reserved.id, wechat_sends.SENT, now, provider_id=provider_id)

    def failed(self, reserved: Reserved, failure: Failed, now: datetime) -> datetime | None:
        """Believe WeChat: a window that is over is shut; what never arrived is sent later, or otherwise.
        Returns when to look at the conversation again, None for when there is something new."""
        log.warning("not sent: %s", failure)
        with self.house.db.writing(WITHIN) as conn:
            return self._settle(conn, reserved, failure, now)

    def not_uploaded(self, wanted: ToUpload, failure: Failed, now: datetime) -> datetime | None:
        """The same for a file that WeChat does not hold: it was not sent, and no right was used."""
        log.warning("not uploaded: %s", failure)
        lost = wanted.failed
        with self.house.db.reading() as conn:
            if any(messages.get(conn, id).taken_back_at is not None for id in lost.lines):
                return now  # nobody is to hear of it any more
        about: dict[str, Any] = {"author": wanted.author, "messages": lost.lines, "file_id": wanted.file.id}
        with self.house.db.writing(WITHIN) as conn:
            id = wechat_sends.reserve(conn, lost.conversation, kind=lost.kind, right_id=None, at=now, **about)
            again = self._settle(conn, replace(lost, id=id), failure, now)
            return again or now

    def _settle(
        self, conn: Connection, reserved: Reserved, failure: Failed, now: datetime
    ) -> datetime | None:
        id, why = reserved.id, failure.meaning
        if why in ALARMED:
            raise_alarm(conn, f"wechat_{why}", now, None)
        again = self._again_at(conn, reserved, now) if why in LATER else None
        if again is not None:
            wechat_sends.settle(conn, id, wechat_sends.LATER, now, failure.code)
            if reserved.right is not None:
                rows.give_back(conn, reserved.right)
            return self._unsent(conn, reserved, again)
        state = wechat_sends.UNKNOWN if why == codes.UNKNOWN else wechat_sends.REFUSED
        wechat_sends.settle(conn, id, state, now, failure.code)
        if why in SHUT or why == codes.CONTACT:
            self._shut(conn, reserved, why, now)
            return self._unsent(conn, reserved, now)
        if state == wechat_sends.REFUSED:
            # A piece that is refused for good ends its line: the others alone would say half of it.
            conversations.change(conn, reserved.conversation, sent_up_to=reserved.lines[-1])
        if reserved.must and reserved.complaint is not None:
            self._follow_up(conn, reserved.complaint, state, now)
        return now if reserved.more else None

    def _follow_up(self, conn: Connection, complaint: int, state: str, now: datetime) -> None:
        """What the customer must hear of was refused: somebody calls. Where it may have arrived, a person
        decides."""
        if state == wechat_sends.REFUSED:
            owe_call(conn, self.house.content, complaint, now)
        else:
            raise_alarm(conn, UNSENT, now, complaint)

    def _again_at(self, conn: Connection, reserved: Reserved, now: datetime) -> datetime | None:
        """When it is sent once more as it is; None when that was tried for long enough."""
        tried = wechat_sends.put_off(conn, reserved.conversation, reserved.lines)
        return outgoing.again_at([*tried, now])

    def _shut(self, conn: Connection, reserved: Reserved, why: str, now: datetime) -> None:
        """Nothing more may be written to this customer; the lines go another way, or somebody calls."""
        if why == codes.CONTACT or reserved.kind == wechat_sends.TEMPLATE:
            rows.mark_gone(conn, self.account, reserved.openid, f"gone:{reserved.id}", now)
        else:
            right = reserved.right.id if reserved.right is not None else None
            rows.shut(conn, self.account, reserved.openid, now, right)

    def _unsent(self, conn: Connection, reserved: Reserved, at: datetime) -> datetime:
        """The lines count as not sent; they are looked at again then."""
        conversations.change(conn, reserved.conversation, sent_up_to=reserved.before)
        return at
