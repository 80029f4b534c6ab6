"""WeChat looked at: what went out and how it ended, what waits, whether the worker lives; and what came in
that nobody could read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app, redirect, render_template, url_for

from core import wechat_codes as codes
from core.roles import HANDLE, REPORTS
from desk.door import blueprint, house, needs, now, user
from desk.queue import show
from desk.shown import Show, number
from desk.talks.refused import day_of, refused_of
from reception import reach
from store import heartbeats, sight, wechat, wechat_media, wechat_sends
from store.db import Connection, Row

SHOWN = 50
WORKER = "wechat"
SILENT_AFTER = timedelta(minutes=2)
ACCOUNT_TROUBLE = (codes.TOKEN, codes.ADDRESS, codes.DAILY, codes.PERMISSION, codes.TEMPLATE)
"""What stops more than one message, and somebody has to set right."""


@dataclass(frozen=True)
class Sent:
    """A message that went out, or should have. `number` is empty for a complaint that the reader is kept out
    of."""

    when: str
    exactly: str
    number: str
    shown: str
    author: str
    state: str
    why: str
    code: int | None


@dataclass(frozen=True)
class Health:
    """How WeChat stands. `off`: it was never set up; `worker`: when it was last seen, `silent`: that was too
    long ago; `waits`: lines not sent, since `oldest`; `trouble`: what was wrong with the account last
    (labels.yml `wechat_errors`)."""

    off: bool
    worker: str
    silent: bool
    waits: int
    oldest: str
    unfetched: dict[str, int]
    unread: int
    trouble: str
    trouble_at: str


@blueprint.get("/wechat")
@needs(REPORTS)
def outbox() -> Any:
    """What a supervisor looks at when customers on WeChat hear nothing."""
    at = now()
    with house().db.reading() as conn:
        about = {
            "health": _health(conn, at),
            "days": day_of(conn, at),
            "refused": refused_of(conn, at),
            "sent": _sent(conn, at),
        }
    return render_template("desk/outbox.html", **about)


@blueprint.post("/unreadable/<int:id>/seen")
@needs(HANDLE)
def unreadable_seen(id: int) -> Any:
    """Somebody has looked at it; it stays stored."""
    with house().db.writing() as conn:
        wechat.seen(conn, id, user().id, now())
    return redirect(url_for("desk.queue"), 303)


def _health(conn: Connection, at: datetime) -> Health:
    words, beat = show(), heartbeats.last(conn, WORKER)
    waits, oldest = wechat_sends.unsent_of_all(conn)
    wrong = [code for code, means in codes.MEANINGS.items() if means in ACCOUNT_TROUBLE]
    trouble = wechat_sends.last_answered(conn, wrong)
    settings = current_app.extensions["jiesu_settings"]
    off = beat is None and not (settings.wechat.on or settings.kf.on)
    return Health(
        off=off,
        worker=words.when(beat),
        silent=not off and (beat is None or at - beat > SILENT_AFTER),
        waits=waits,
        oldest=words.when(oldest),
        unfetched=wechat_media.unfetched(conn),
        unread=len(wechat.unread(conn)),
        trouble=reach.why_of(trouble, at) if trouble is not None else "",
        trouble_at=words.when(trouble.at) if trouble is not None else "",
    )


def _sent(conn: Connection, at: datetime) -> list[Sent]:
    words, hidden = show(), sight.recused(conn, user().id)
    return [_line(row, words, row.complaint_id in hidden, at) for row in wechat_sends.latest(conn, SHOWN)]


def _line(row: Row[Any], words: Show, hidden: bool, at: datetime) -> Sent:
    told = "" if hidden else row.number or ""
    return Sent(
        when=words.when(row.at),
        exactly=words.exactly(row.at),
        number=told,
        shown=number(told) if told else "",
        author=row.author,
        state=reach.state_of(row, at),
        why=reach.why_of(row, at),
        code=row.code,
    )
