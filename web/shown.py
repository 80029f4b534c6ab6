"""How a conversation looks: as JSON for programs, and as pieces of the page for our own script."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import render_template

from core import number
from reception.heard import ComplaintView, Said
from reception.house import House
from reception.slots import said_due
from web.news import Line, News, Standing, next_promise

ZONE = ZoneInfo("Asia/Shanghai")
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def plain(text: object) -> str:
    """The text with characters that hide or turn it round shown as marks. Still to be escaped."""
    return HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", str(text).replace("\r\n", "\n"))


def clock(at: datetime, now: datetime) -> str:
    """The time of day in China; with the day when that is not today."""
    there = at.astimezone(ZONE)
    same_day = there.date() == now.astimezone(ZONE).date()
    return f"{there:%H:%M}" if same_day else f"{there:%m-%d %H:%M}"


def as_json(said: Said) -> dict[str, Any]:
    """One message as every caller gets it."""
    message: dict[str, Any] = {"id": said.id, "from": said.author, "text": said.words}
    if said.buttons:
        message["buttons"] = list(said.buttons)
    if said.taken_back:
        message["taken_back"] = True
    return message


def complaint_json(complaint: ComplaintView | None) -> dict[str, Any] | None:
    if complaint is None:
        return None
    told = [
        {"kind": one.kind, "due_at": one.due_at.isoformat(), "state": one.state} for one in complaint.promises
    ]
    return {"number": complaint.number, "tier": complaint.tier, "promises": told}


def news_json(news: News) -> dict[str, Any]:
    """News for programs that poll; `cursor` goes into the next `?after=`."""
    gone = {"taken_back": [line.said.id for line in news.taken_back]} if news.taken_back else {}
    return {
        "cursor": news.cursor,
        "speaker": news.standing.speaker,
        "messages": [_line_json(line) for line in news.lines],
        "complaint": complaint_json(news.standing.complaint),
        **gone,
    }


def _line_json(line: Line) -> dict[str, Any]:
    said = as_json(line.said) | {"at": line.said.at.isoformat()}
    if line.said.name:
        said["name"] = line.said.name
    if line.pictures:
        said["files"] = [f"/chat/files/{picture.id}" for picture in line.pictures]
    return said


def news_html(house: House, news: News) -> dict[str, Any]:
    """News as pieces of the page, drawn by the page's own templates."""
    view = seen(house, news.standing)
    return {
        "lines": render_template("chat/_lines.html", lines=(*news.taken_back, *news.lines), **view),
        "status": render_template("chat/_status.html", **view),
        "card": render_template("chat/_card.html", **view),
        "speaker": news.standing.speaker,
        "awaited": news.standing.awaited,
        "types": types(house, news.standing),
    }


def types(house: House, standing: Standing) -> str:
    """That the agent is writing now, in words; "" when not."""
    if not standing.types:
        return ""
    return house.content.page("chat.agent_types", owner=plain(standing.agent or ""))


def seen(house: House, standing: Standing) -> dict[str, Any]:
    """What the templates need besides the lines."""
    now = house.clock()
    return {"standing": standing, "card": card(house, standing, now), "now": now}


def card(house: House, standing: Standing, now: datetime) -> dict[str, str] | None:
    """The complaint as its customer sees it: number, state, the next promised time, and its own page."""
    content, complaint = house.content, standing.complaint
    if complaint is None:
        return None
    shown = {
        "number": number.shown(complaint.number),
        "plain_number": complaint.number,
        "state": content.label("states_said", complaint.state),
        "promise": "",
        "page": house.case_links.path(complaint.id, now, complaint.links_ended),
    }
    promise = next_promise(complaint, now)
    if promise is not None:
        due = said_due(content, promise.due_at, now, "chat")
        here = promise.kind == "callback" and not standing.has_phone
        kind = content.page("chat.promise_here") if here else content.label("promise_kinds", promise.kind)
        shown["promise"] = content.page("chat.promise_line", due=due, promise=kind)
    return shown
