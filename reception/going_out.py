"""What goes out next of a conversation where every message counts: read from the store, decided by
`core.outgoing`. One answer for whoever sends and for whoever looks on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core import outgoing, wechat_files
from core.outgoing import Plan, Wait
from core.quota import Right
from reception.content import Content
from store import customers, files, messages, wechat_sends
from store.db import Connection, Row

BINDS = frozenset("NP")
STATES = BINDS | {"H"}
"""Needs of a reply that tells a number, a promise or that a person is sought (content/replies.yml)."""


@dataclass(frozen=True)
class Next:
    """The lines that were not sent, oldest first, and what becomes of them. `put_off`: WeChat has put one of
    them off, and the plan is to wait until it is tried again."""

    lines: tuple[Row[Any], ...]
    plan: Plan
    put_off: bool = False

    @property
    def rests_until(self) -> datetime | None:
        """Until when the lines rest by our own will; None when they only wait for their turn."""
        return self.plan.until if isinstance(self.plan, Wait) and not self.put_off else None


def next_of(
    conn: Connection,
    content: Content,
    row: Row[Any],
    rights: Sequence[Right],
    now: datetime,
    template: bool = False,
    link: str = "",
) -> Next | None:
    """What to do with what was said in this conversation and not sent; None when all is out. `template`:
    whether a template message may tell of it where a right is missing; `link`: where the customer finds
    files that WeChat does not carry. Who only looks until when the lines rest needs neither."""
    unsent = wechat_sends.unsent(conn, row)
    if not unsent:
        return None
    tried = wechat_sends.put_off(conn, row.id, [one.id for one in unsent])
    again = outgoing.again_at(tried) if tried else None
    if again is not None and again > now:
        return Next(tuple(unsent), Wait(again), put_off=True)
    writes = row.turn_at is not None or bool(messages.pending(conn, row.id))
    told = wechat_sends.last_template(conn, row.id)
    every = content.wechat.template.every
    otherwise = outgoing.Otherwise(template, told + every if told else None)
    lines = _lines(conn, content, row, unsent, content.wechat.enclosed.replace("{url}", link))
    return Next(tuple(unsent), outgoing.plan(lines, row.speaker, writes, rights, now, otherwise))


def _lines(
    conn: Connection, content: Content, row: Row[Any], unsent: Sequence[Row[Any]], elsewhere: str
) -> list[outgoing.Line]:
    """`elsewhere`: what leads to files that do not go out themselves."""
    begun = wechat_sends.begun(conn, row.id, unsent[0].id)
    enclosed = files.of_lines(conn, row.id, [one.id for one in unsent])
    way = way_to(conn, row.customer_id)
    found = []
    for one in unsent:
        line, came = line_of(content, one), enclosed.get(one.id, ())
        carried = tuple(file.id for file in came if goes_itself(way, file))
        words = (line.words, elsewhere if len(carried) < len(came) else "")
        text = outgoing.BETWEEN.join(filter(None, words))
        found.append(replace(line, words=text, begun=begun[one.id], files=carried))
    return found


def line_of(content: Content, row: Row[Any]) -> outgoing.Line:
    """A stored message as what is decided of it is decided by, without its files."""
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


def way_to(conn: Connection, customer_id: int) -> str | None:
    """By which of WeChat's ways this customer is written to (core.wechat_files), None for no way. The service
    account comes first, since it carries less."""
    known = (way for way in wechat_files.WAYS if customers.identity(conn, customer_id, way) is not None)
    return next(known, None)


def goes_itself(way: str | None, file: Row[Any]) -> bool:
    """Whether a file goes out as a message; the customer is led to any other."""
    return way is not None and wechat_files.carried(way, file.type, file.size) is not None
