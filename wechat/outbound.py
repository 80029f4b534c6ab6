"""What goes out: reserved first, sent once, settled by WeChat's answer. A send that may have arrived is not
repeated."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from core import conversation, outgoing, quota
from core import wechat_codes as codes
from core.outgoing import Plan, Send, Template, Unsendable, Wait
from core.quota import Right
from reception.alarms import raise_alarm
from reception.content import Content
from reception.house import House
from reception.talks import seek_after
from reception.telling import UNSENT, owe_call
from store import complaints, conversations, customers, handoffs, messages, wechat_sends
from store import wechat as rows
from store.db import Connection, Row
from wechat.calls import Failed
from wechat.inbound import IDENTITY

log = logging.getLogger("jiesu.wechat")

SETTLES_WITHIN = 30.0
"""Seconds for which a busy database is asked again: what was sent would count as cut off else."""
SHUT = frozenset({codes.WINDOW, codes.SPENT})
LATER = frozenset({codes.BUSY, codes.TOKEN, codes.ADDRESS, codes.DAILY})
"""Nothing arrived, and it may be sent later as it is."""
RESTS = {
    codes.TOKEN: timedelta(seconds=30),
    codes.ADDRESS: timedelta(seconds=30),
    codes.DAILY: timedelta(minutes=10),
}
"""What is wrong with the account is wrong for everybody: nothing is sent for so long."""
ALARMED = frozenset({*RESTS, codes.TEMPLATE, codes.PERMISSION})
"""What only a person of the house can mend; labels.yml `alarm_reasons` says it."""
BINDS = frozenset("NP")
STATES = BINDS | {"H"}
"""Needs of a reply that tells a number, a promise or that a person is sought (content/replies.yml)."""


class Out(Protocol):
    """What a sender asks of an account's API. Every method may raise Failed."""

    def text(self, to: str, words: str, /) -> str | None: ...

    def typing(self, to: str, /) -> None: ...

    def template(self, to: str, template: str, fields: Mapping[str, str], url: str, /) -> str: ...


@dataclass(frozen=True)
class Reserved:
    """A message about to be sent: its `words` by a right that is counted down already, or by template with
    these `fields` and `url`. `before`: what had been sent by then; `must`: the customer must hear of it."""

    id: int
    conversation: str
    complaint: int | None
    openid: str
    lines: tuple[int, ...]
    before: int
    must: bool
    words: str = ""
    right: Right | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


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
    _typing: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "typing"))

    def recover(self, now: datetime) -> int:
        """What was being sent when a process ended may have arrived: it is not repeated, and people see it.
        To be called before anything is sent; returns how many there were."""
        with self.house.db.writing(SETTLES_WITHIN) as conn:
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

    def work(self, now: datetime) -> int:
        """Send whatever may go out now; returns how many messages did."""
        if self._rests_until is not None and now < self._rests_until:
            return 0
        with self.house.db.reading() as conn:
            newest = wechat_sends.newest_message(conn)
            self._waiting |= dict.fromkeys(wechat_sends.waiting(conn, self._after), now)
            self._after = newest
        due = [id for id, at in self._waiting.items() if at <= now]
        return sum(self._one(id, now) for id in due)

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

    def _one(self, id: str, now: datetime) -> bool:
        reserved = self._reserve_or_look_again(id, now)
        if reserved is None:
            return False
        try:
            provider_id = self._deliver(reserved)
        except Failed as failure:
            self._settle(reserved, failure, now)
            return False
        with self.house.db.writing(SETTLES_WITHIN) as conn:
            _note_sent(conn, reserved.id, provider_id, now)
        return True

    def _deliver(self, reserved: Reserved) -> str | None:
        if reserved.right is None:
            return self.api.template(reserved.openid, self.template, reserved.fields, reserved.url)
        return self.api.text(reserved.openid, reserved.words)

    # ---- Decided and reserved, in one transaction

    def _reserve_or_look_again(self, id: str, now: datetime) -> Reserved | None:
        """A conversation whose rows were rolled back is not forgotten, and does not stop the others."""
        try:
            return self._reserve(id, now)
        except Exception:
            self._waiting[id] = now + outgoing.AGAIN
            raise

    def _reserve(self, id: str, now: datetime) -> Reserved | None:
        """The speaker and what the customer wrote are read in the same transaction. None: nothing to send
        now."""
        with self.house.db.writing() as conn:
            row = conversations.fetch(conn, id)
            openid = customers.identity(conn, row.customer_id, self.identity)
            unsent = wechat_sends.unsent(conn, row) if openid is not None else ()
            self._waiting.pop(id, None)
            if openid is None or not unsent:
                return None
            complaint = next((one.complaint_id for one in unsent if one.complaint_id), row.complaint_id)
            plan = self._plan(conn, row, openid, unsent, complaint, now)
            if isinstance(plan, Wait):
                self._waiting[id] = plan.until
                return None
            more = isinstance(plan, Send) and plan.more
            if not more:
                conversations.change(conn, id, sent_up_to=plan.lines[-1])
            if more or unsent[-1].id > plan.lines[-1]:
                self._waiting[id] = now
            if isinstance(plan, Unsendable):
                self._give_up(conn, row, complaint, plan, now)
            if not isinstance(plan, Send | Template):
                return None
            return self._written(conn, row, openid, complaint, plan, now)

    def _plan(
        self,
        conn: Connection,
        row: Row[Any],
        openid: str,
        unsent: Sequence[Row[Any]],
        complaint: int | None,
        now: datetime,
    ) -> Plan:
        tried = wechat_sends.put_off(conn, row.id, [one.id for one in unsent])
        again = outgoing.again_at(tried) if tried else None
        if again is not None and again > now:
            return Wait(again)
        writes = row.turn_at is not None or bool(messages.pending(conn, row.id))
        rights = rows.rights_of(conn, self.account, openid, now)
        reachable = complaint is not None and not rows.gone(conn, self.account, openid)
        told = wechat_sends.last_template(conn, row.id)
        every = self.house.content.wechat.template.every
        otherwise = outgoing.Otherwise(bool(self.template) and reachable, told + every if told else None)
        begun = wechat_sends.begun(conn, row.id, unsent[0].id)
        lines = [replace(line_of(self.house.content, one), begun=begun[one.id]) for one in unsent]
        return outgoing.plan(lines, row.speaker, writes, rights, now, otherwise)

    def _written(
        self,
        conn: Connection,
        row: Row[Any],
        openid: str,
        complaint: int | None,
        plan: Send | Template,
        now: datetime,
    ) -> Reserved:
        right = plan.right if isinstance(plan, Send) else None
        kind = wechat_sends.TEMPLATE if right is None else wechat_sends.TEXT
        about: dict[str, Any] = {"author": plan.author, "messages": plan.lines, "at": now}
        id = wechat_sends.reserve(conn, row.id, kind=kind, right_id=right.id if right else None, **about)
        before = row.sent_up_to or 0
        if isinstance(plan, Send):
            rows.set_left(conn, quota.used(plan.right))
            words = self.house.content.wechat.options.numbered(plan.words, plan.options)
            return Reserved(
                id, row.id, complaint, openid, plan.lines, before, plan.must, words=words, right=right
            )
        assert complaint is not None  # else no template is possible
        about_it = complaints.get(conn, complaint)
        fields = self.house.content.wechat.template.filled(about_it.number, about_it.state, plan.about, now)
        url = self.house.case_links.url(complaint, now)
        return Reserved(id, row.id, complaint, openid, plan.lines, before, True, fields=fields, url=url)

    def _give_up(
        self, conn: Connection, row: Row[Any], complaint: int | None, plan: Unsendable, now: datetime
    ) -> None:
        """What cannot go out is written down; a person calls, or is sought where the assistant has used up
        its share."""
        about: dict[str, Any] = {"author": plan.author, "messages": plan.lines, "at": now, "right_id": None}
        id = wechat_sends.reserve(conn, row.id, kind=wechat_sends.TEXT, **about)
        wechat_sends.settle(conn, id, wechat_sends.NO_RIGHT if plan.must else wechat_sends.DROPPED, now)
        if complaint is None:
            return
        if plan.must:
            owe_call(conn, self.house.content, complaint, now)
        elif plan.kept and row.speaker == conversation.ASSISTANT and handoffs.open_of(conn, row.id) is None:
            seek_after(conn, self.house.content, row.id, now, "quota")

    # ---- Settled by what WeChat answered

    def _settle(self, reserved: Reserved, failure: Failed, now: datetime) -> None:
        """Believe WeChat: a window that is over is shut; what never arrived is sent later, or otherwise."""
        log.warning("not sent: %s", failure)
        why = failure.meaning
        if why in RESTS:
            self._rests_until = now + RESTS[why]
        with self.house.db.writing(SETTLES_WITHIN) as conn:
            if why in ALARMED:
                raise_alarm(conn, f"wechat_{why}", now, None)
            if why in LATER and self._put_off(conn, reserved, failure.code, now):
                return
            state = wechat_sends.UNKNOWN if why == codes.UNKNOWN else wechat_sends.REFUSED
            wechat_sends.settle(conn, reserved.id, state, now, failure.code)
            if why in SHUT or why == codes.CONTACT:
                self._shut(conn, reserved, why, now)
            elif reserved.must and reserved.complaint is not None:
                self._follow_up(conn, reserved.complaint, state, now)

    def _follow_up(self, conn: Connection, complaint: int, state: str, now: datetime) -> None:
        """What the customer must hear of was refused: somebody calls. Where it may have arrived, a person
        decides."""
        if state == wechat_sends.REFUSED:
            owe_call(conn, self.house.content, complaint, now)
        else:
            raise_alarm(conn, UNSENT, now, complaint)

    def _put_off(self, conn: Connection, reserved: Reserved, code: int, now: datetime) -> bool:
        """Send it later as it is; False when that was tried for long enough."""
        tried = [*wechat_sends.put_off(conn, reserved.conversation, reserved.lines), now]
        again = outgoing.again_at(tried)
        if again is None:
            return False
        wechat_sends.settle(conn, reserved.id, wechat_sends.LATER, now, code)
        if reserved.right is not None:
            rows.give_back(conn, reserved.right)
        self._again(conn, reserved, again)
        return True

    def _shut(self, conn: Connection, reserved: Reserved, why: str, now: datetime) -> None:
        """Nothing more may be written to this customer; the lines go another way, or somebody calls."""
        if why == codes.CONTACT or reserved.right is None:
            rows.mark_gone(conn, self.account, reserved.openid, f"gone:{reserved.id}", now)
        else:
            rows.shut(conn, self.account, reserved.openid, now, reserved.right.id)
        self._again(conn, reserved, now)

    def _again(self, conn: Connection, reserved: Reserved, at: datetime) -> None:
        """The lines count as not sent."""
        conversations.change(conn, reserved.conversation, sent_up_to=reserved.before)
        self._waiting[reserved.conversation] = at


def _note_sent(conn: Connection, id: int, provider_id: str | None, now: datetime) -> None:
    """WeChat took it. It may have told what became of it before we knew its id."""
    row = wechat_sends.get(conn, id)
    if row is not None and row.state != wechat_sends.RESERVED:
        wechat_sends.note_provider(conn, id, provider_id or "")
        return
    wechat_sends.settle(conn, id, wechat_sends.SENT, now, provider_id=provider_id)


def _note_failure(done: Future[None]) -> None:
    error = done.exception()
    if error is not None:
        log.info("typing is not shown: %s", error if isinstance(error, Failed) else type(error).__name__)


def line_of(content: Content, row: Row[Any]) -> outgoing.Line:
    """A stored message as what is decided of it is decided by."""
    known = row.reply is not None and content.has(row.reply)
    needs = content.variant(row.reply, "wechat").needs if known else frozenset()
    return outgoing.Line(
        row.id,
        row.author,
        row.words,
        row.at,
        row.reply,
        row.taken_back_at is not None,
        tuple(row.buttons),
        row.answers,
        bool(needs & STATES),
        bool(needs & BINDS),
    )
