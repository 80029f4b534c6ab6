"""What goes out next is decided and reserved in one transaction, in which the speaker and what the customer
wrote are read too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from core import conversation, quota, wechat_files
from core.outgoing import Send, Template, Unsendable, Wait
from core.quota import Right
from reception import going_out
from reception.going_out import Next
from reception.house import House
from reception.talks import seek_after
from reception.telling import owe_call
from store import (
    case_links,
    complaints,
    conversations,
    customers,
    files,
    handoffs,
    wechat_media,
    wechat_sends,
)
from store import wechat as rows
from store.db import Connection, Row
from wechat.page_line import with_page

KEPT_THERE = timedelta(days=2, hours=23)
"""WeChat holds what was uploaded for three days; what is about to end there is uploaded anew."""


@dataclass(frozen=True)
class File:
    """A file of ours on its way: what it is, and as what it goes out (core.wechat_files). `media_id`: by what
    name WeChat holds it."""

    id: str
    name: str
    type: str
    way: str
    media_id: str = ""


@dataclass(frozen=True)
class Reserved:
    """A message about to be sent: its `words` or its `file` by a right that is counted down already, or by
    template with these `fields` and `url`. `before`: what had been sent by then; `must`: the customer must
    hear of it; `more`: it is a piece, and others follow."""

    id: int
    conversation: str
    complaint: int | None
    openid: str
    lines: tuple[int, ...]
    before: int
    must: bool
    kind: str
    words: str = ""
    file: File | None = None
    right: Right | None = None
    more: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True)
class ToUpload:
    """Nothing is reserved yet: this file of the `author`'s has to be with WeChat first. `failed`: what did
    not go out when it cannot be brought there."""

    file: File
    author: str
    failed: Reserved


@dataclass(frozen=True)
class Step:
    """What was decided: what to do now, and when to look at the conversation again."""

    do: Reserved | ToUpload | None = None
    again: datetime | None = None


@dataclass(frozen=True)
class Talk:
    """A conversation in the transaction that decides of it."""

    conn: Connection
    row: Row[Any]
    openid: str
    complaint: int | None
    now: datetime


@dataclass(frozen=True)
class Reserving:
    """Decides and reserves for one account. `template`: whether one tells of progress; `identity`: under
    which kind of name the account knows customers."""

    house: House
    account: str
    template: bool
    identity: str

    def next(self, id: str, now: datetime) -> Step:
        """The next step in this conversation."""
        with self.house.db.writing() as conn:
            row = conversations.fetch(conn, id)
            openid = customers.identity(conn, row.customer_id, self.identity)
            if openid is None:
                return Step()
            rights = rows.rights_of(conn, self.account, openid, now)
            complaint = _complaint(conn, row)
            told = self.template and complaint is not None and not rows.gone(conn, self.account, openid)
            talk = Talk(conn, row, openid, complaint, now)
            following = going_out.next_of(conn, self.house.content, row, rights, now, told, self._page(talk))
            if following is None:
                return Step()
            return self._step(talk, following)

    def _page(self, talk: Talk) -> str:
        """The address of the customer's page, "" without a complaint."""
        if talk.complaint is None:
            return ""
        ended = case_links.ended(talk.conn, talk.complaint)
        return self.house.case_links.url(talk.complaint, talk.now, ended)

    def _step(self, talk: Talk, following: Next) -> Step:
        plan = following.plan
        if isinstance(plan, Wait):
            return Step(again=plan.until)
        if isinstance(plan, Send) and plan.file:
            absent = self._to_upload(talk, plan)
            if absent is not None:
                return Step(absent)
        more = isinstance(plan, Send) and plan.more
        out = plan.lines[:-1] if more else plan.lines
        if out:
            conversations.change(talk.conn, talk.row.id, sent_up_to=out[-1])
        again = talk.now if more or following.lines[-1].id > plan.lines[-1] else None
        if isinstance(plan, Send):
            return Step(self._by_right(talk, plan), again)
        if isinstance(plan, Template):
            return Step(self._by_template(talk, plan), again)
        if isinstance(plan, Unsendable):
            self._give_up(talk, plan)
        return Step(again=again)

    def _file(self, talk: Talk, plan: Send) -> File:
        row = files.get(talk.conn, plan.file)
        assert row is not None  # its line names it
        since = talk.now - KEPT_THERE
        media_id = wechat_media.uploaded(talk.conn, row.id, self.account, since) or ""
        way = wechat_files.carried(self.identity, row.type, row.size)
        assert way is not None  # else the line leads to it instead
        return File(row.id, row.name, row.type, way, media_id)

    def _to_upload(self, talk: Talk, plan: Send) -> ToUpload | None:
        file = self._file(talk, plan)
        if file.media_id:
            return None
        return ToUpload(file, plan.author, self._reserved(talk, plan, 0, file=file, right=None))

    def _by_right(self, talk: Talk, plan: Send) -> Reserved:
        file = self._file(talk, plan) if plan.file else None
        kind = wechat_sends.MEDIA if file else wechat_sends.TEXT
        about: dict[str, Any] = {"author": plan.author, "messages": plan.lines, "at": talk.now}
        more: dict[str, Any] = {"right_id": plan.right.id, "file_id": plan.file or None}
        id = wechat_sends.reserve(talk.conn, talk.row.id, kind=kind, **about, **more)
        rows.set_left(talk.conn, quota.used(plan.right))
        return self._reserved(talk, plan, id, file=file, right=plan.right)

    def _reserved(
        self, talk: Talk, plan: Send, id: int, *, file: File | None, right: Right | None
    ) -> Reserved:
        kind = wechat_sends.MEDIA if file else wechat_sends.TEXT
        told = with_page(talk.conn, self.house, plan, talk.now) if not file else ""
        words = self.house.content.wechat.options.numbered(told, plan.options)
        place = (talk.row.id, talk.complaint, talk.openid, plan.lines, talk.row.sent_up_to or 0, plan.must)
        return Reserved(id, *place, kind, words=words, file=file, right=right, more=plan.more)

    def _by_template(self, talk: Talk, plan: Template) -> Reserved:
        assert talk.complaint is not None  # else no template is possible
        kind = wechat_sends.TEMPLATE
        about: dict[str, Any] = {"author": plan.author, "messages": plan.lines, "at": talk.now}
        id = wechat_sends.reserve(talk.conn, talk.row.id, kind=kind, right_id=None, **about)
        about_it = complaints.get(talk.conn, talk.complaint)
        template = self.house.content.wechat.template
        fields = template.filled(about_it.number, about_it.state, plan.about, talk.now)
        place = (talk.row.id, talk.complaint, talk.openid, plan.lines, talk.row.sent_up_to or 0, True)
        return Reserved(id, *place, kind, fields=fields, url=self._page(talk))

    def _give_up(self, talk: Talk, plan: Unsendable) -> None:
        """What cannot go out is written down; a person calls, or is sought where the assistant has used up
        its share."""
        conn, row, now = talk.conn, talk.row, talk.now
        about: dict[str, Any] = {"author": plan.author, "messages": plan.lines, "at": now, "right_id": None}
        id = wechat_sends.reserve(conn, row.id, kind=wechat_sends.TEXT, **about)
        wechat_sends.settle(conn, id, wechat_sends.NO_RIGHT if plan.must else wechat_sends.DROPPED, now)
        if talk.complaint is None:
            return
        if plan.must:
            owe_call(conn, self.house.content, talk.complaint, now)
        elif plan.kept and row.speaker == conversation.ASSISTANT and handoffs.open_of(conn, row.id) is None:
            seek_after(conn, self.house.content, row.id, now, "quota")


def _complaint(conn: Connection, row: Row[Any]) -> int | None:
    """Which complaint the unsent lines are about: the first that names one, else the conversation's."""
    unsent = wechat_sends.unsent(conn, row)
    return next((one.complaint_id for one in unsent if one.complaint_id), row.complaint_id)
