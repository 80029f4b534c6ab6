"""The desk's stream: says that something changed; the page then asks for its parts again.

It carries numbers of complaints, names of events and how one's own calls stand, never words of a customer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, abort, current_app, make_response, request

from core import events as names
from core.roles import READ, TALK
from desk.door import allowed, blueprint, house, needs, user
from reception import offers
from reception.house import House
from reception.hub import DESK, Hub, LineOf
from reception.live import Full, Place, Streams
from store import live

BEAT = 20.0
MOST = 200
RETRY_MS = 2000
TRY_AGAIN = 30
#: After this long a stream ends and the page opens the next one, which is asked for its login again.
LASTS = timedelta(minutes=5).total_seconds()


def streams() -> Streams:
    found: Streams = current_app.extensions["jiesu_streams"]
    return found


def hub() -> Hub:
    found: Hub = current_app.extensions["jiesu_hub"]
    return found


@blueprint.get("/stream")
@needs(READ)
def stream() -> Any:
    """Changes past the cursor as server-sent events; JSON for whoever polls; 503 when no stream is free. A
    reader's own old streams are in nobody's way: the next page replaces what the last one left behind."""
    cursor = _cursor()
    if "application/json" in request.headers.get("Accept", ""):
        change = _change(_stored(house(), cursor))
        told = {"cursor": change["cursor"] if change else cursor, "change": change}
        return told | {"line": _line(house(), _has_phone())}
    try:
        place = streams().enter(f"desk:{user().id}", instead=True)
    except Full:
        response = make_response("", 503)
        response.headers["Retry-After"] = str(TRY_AGAIN)
        return response
    flow = _flow(house(), hub(), cursor, streams(), place, _has_phone())
    response = Response(flow, mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(place.leave)
    return response


def _cursor() -> int:
    """Where the reader stands; what the browser heard last counts more than where its page began."""
    raw = request.headers.get("Last-Event-ID") or request.args.get("after") or ""
    if not (raw.isascii() and raw.isdigit() and len(raw) < 19):
        abort(400)
    return int(raw)


def _has_phone() -> int | None:
    """Whose calls to tell of: this person's, if they have a phone and may talk."""
    return user().id if user().phone and allowed(TALK) else None


def _flow(
    house: House,
    hub: Hub,
    cursor: int,
    streams: Streams,
    place: Place,
    who: int | None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Events until the process stops, the stream is old, or its reader has opened another in its stead: then
    a page that is still there is told to poll. The ear is there before the first look, so nothing that
    happens between a look and the wait is missed."""
    began = beaten = clock()
    line: str | None = None if who is not None else ""
    yield f"retry: {RETRY_MS}\nevent: beat\ndata: {cursor}\n\n"
    with hub.listen(DESK, LineOf(who)) as ear:
        place.on_replaced(ear.ring)
        while not streams.ended and not place.replaced and clock() - began < LASTS:
            if ear.take_call() or line is None:
                before, line = line, _line(house, who)
                if line != before:
                    yield f"event: line\ndata: {json.dumps(line)}\n\n"
            change = _change(_past(house, hub, cursor))
            if change is not None:
                cursor = change["cursor"]
                yield f"id: {cursor}\nevent: change\ndata: {json.dumps(change)}\n\n"
                continue
            stirred = ear.take()
            if stirred:
                yield f"event: stir\ndata: {json.dumps({'numbers': stirred})}\n\n"
            if clock() - beaten >= BEAT:
                beaten = clock()
                yield f"event: beat\ndata: {cursor}\n\n"
            ear.wait(beaten + BEAT - clock())
    if place.replaced:
        yield "event: full\ndata:\n\n"


def _line(house: House, who: int | None) -> str:
    """Which calls ring at this person's phone or were accepted there, and how each stands: "ringing:45".
    It changes with calls that leave no event, such as the next ring; the hub says when."""
    if who is None:
        return ""
    with house.db.reading() as conn:
        return offers.line(conn, who, house.clock())


def _past(house: House, hub: Hub, cursor: int) -> Sequence[Any]:
    """The events past the cursor, from memory where it reaches."""
    kept = hub.past(cursor)
    return _stored(house, cursor) if kept is None else kept


def _stored(house: House, cursor: int) -> Sequence[Any]:
    with house.db.reading() as conn:
        return live.signs(conn, cursor, MOST)


def _change(rows: Sequence[Any]) -> dict[str, Any] | None:
    """What these events are: which complaints changed, whether somebody asked for a person or an alarm was
    raised, in which complaints a customer spoke, and who is reminded of an agreed time. None when nothing
    happened."""
    if not rows:
        return None
    return {
        "cursor": rows[-1].id,
        "numbers": sorted({row.number for row in rows if row.number}),
        "asked": any(row.name == names.HUMAN_ASKED for row in rows),
        "alarm": any(row.name == names.SUPERVISOR_PAGED for row in rows),
        "heard": sorted({row.number for row in rows if row.number and row.name == names.MESSAGE_HEARD}),
        "reminded": sorted(
            {row.owner_id for row in rows if row.owner_id and row.name == names.APPOINTMENT_SOON}
        ),
    }
