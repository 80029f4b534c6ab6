"""The link to the customer's own page, once, in the message that says that their complaint is registered.

It stands in what is sent and not in what is kept: a link is a key, and the record is read by many."""

from __future__ import annotations

from datetime import datetime

from core.outgoing import LONGEST, Send, room_of
from reception.house import House
from store import case_links, messages
from store.db import Connection

REGISTERED = ("utter_registered", "utter_registered_here")
"""Replies that tell the number; who wants no answer gets no page to look for one."""
SECURE = "https://"


def with_page(conn: Connection, house: House, plan: Send, at: datetime) -> str:
    """The message's words, with the link after them where it belongs and fits: it never takes a message more,
    and where customers cannot open it (no public https address) there is none."""
    complaint = None if plan.more or plan.file else _registered(conn, plan)
    if complaint is None or not house.case_links.public_url.startswith(SECURE):
        return plan.words
    url = house.case_links.url(complaint, at, case_links.ended(conn, complaint))
    told = "\n".join((plan.words, house.content.page("case.link_line", link=url)))
    return told if len(told.encode()) <= LONGEST - room_of(plan.options) else plan.words


def _registered(conn: Connection, plan: Send) -> int | None:
    """The complaint whose registration is told here for the first time, if any is."""
    for line in (messages.get(conn, id) for id in plan.lines):
        if line.reply in REGISTERED and line.complaint_id is not None:
            told = messages.of_complaint(conn, line.complaint_id)
            first = next(one.id for one in told if one.reply in REGISTERED)
            return int(line.complaint_id) if first == line.id else None
    return None
