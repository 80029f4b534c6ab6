"""News as they come: server-sent events for browsers, and the same as JSON for whoever polls."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Iterator

from flask import Response, copy_current_request_context, jsonify, request

from reception.house import House
from reception.hub import Hub
from reception.live import Full, Streams
from web import news, shown, visitors
from web.asked import Refused
from web.door import blueprint, house, hub, refusal, streams, wants_json

BEAT = 20.0
LOOK_AGAIN = 300.0
"""Seconds after which a stream that nobody woke looks by itself: at midnight, tomorrow becomes today."""
RECONNECT_MS = 2000
TRY_A_STREAM_AGAIN = 30


@blueprint.get("/chat/events")
def events() -> Response:
    """News past the cursor. A stream belongs to the cookie; a poll may also name its conversation."""
    named = request.args.get("conversation")
    polls = wants_json() or named is not None
    conversation = named or visitors.visitor().listens_to
    if conversation is None or not news.exists(house(), conversation):
        return refusal(Refused("unknown_conversation", 404))
    return _poll(conversation, _cursor()) if polls else _stream(conversation, _cursor())


def _cursor() -> int:
    """Where the reader stands: what it heard last counts more than where its page began."""
    raw = request.headers.get("Last-Event-ID") or request.args.get("after") or "0"
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 19 else 0


def _poll(conversation: str, cursor: int) -> Response:
    latest = news.since(house(), conversation, cursor) or news.quiet(house(), conversation, cursor)
    body = shown.news_json(latest)
    if request.args.get("html"):
        body["html"] = shown.news_html(house(), latest)
    response = jsonify(body)
    response.headers["Cache-Control"] = "no-store"
    return response


def _stream(conversation: str, cursor: int) -> Response:
    try:
        place = streams().enter(conversation)
    except Full:
        full = refusal(Refused("stream_full", 503))
        full.headers["Retry-After"] = str(TRY_A_STREAM_AGAIN)
        return full
    flow = _flow(house(), hub(), streams(), copy_current_request_context(_event), conversation, cursor)
    response = Response(flow, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(place.leave)
    return response


def _flow(
    house: House,
    hub: Hub,
    open_ones: Streams,
    draw: Callable[[news.News], str],
    conversation: str,
    cursor: int,
) -> Iterator[str]:
    """Events until the process stops. The ear is there before the first look, so nothing that happens between
    a look and the wait is missed."""
    beaten = looked = time.monotonic()
    begun = rung = False
    yield f"retry: {RECONNECT_MS}\nevent: beat\ndata: {cursor}\n\n"
    with hub.listen(conversation) as ear:
        while not open_ones.ended:
            now = time.monotonic()
            if rung or not begun or now - looked >= LOOK_AGAIN:
                looked, before = now, cursor
                cursor = yield from _news(house, draw, conversation, cursor)
                if begun and cursor == before:
                    yield draw(news.quiet(house, conversation, cursor))  # the place in the queue moved on
                begun = True
            if now - beaten >= BEAT:
                beaten = now
                yield f"event: beat\ndata: {cursor}\n\n"
            rung = ear.wait(beaten + BEAT - time.monotonic())


def _news(
    house: House, draw: Callable[[news.News], str], conversation: str, cursor: int
) -> Generator[str, None, int]:
    """All that is past the cursor, drawn; returns the new cursor."""
    while (latest := news.since(house, conversation, cursor)) is not None:
        cursor = latest.cursor
        yield draw(latest)
    return cursor


def _event(latest: news.News) -> str:
    """The news as one event. Needs the request's context, which the stream outlives."""
    body = json.dumps(shown.news_html(house(), latest), ensure_ascii=False)
    return f"id: {latest.cursor}\nevent: news\ndata: {body}\n\n"
