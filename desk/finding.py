"""The one place where the desk looks up a complaint by what a browser sent: whoever may not see it gets the
same answer as for one that does not exist. What was refused, here or at the door, is kept as an event."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from flask import Response, abort, g, request

from core.events import ACCESS_REFUSED
from core.sight import MASKED, NOTHING, WHOLE, sees
from desk.door import blueprint, house, log, now, user
from store import complaints, events, limits
from store import sight as standings
from store.db import SQLAlchemyError

ONE_TRY = timedelta(minutes=1)
"""A page that asks for several parts, or a hammered button, is one try."""


def find(conn: Any, wanted: str, masked: bool = False) -> Any:
    """The complaint with this number as a row, or the answer 404. `masked`: the view knows how to show it
    masked, so whoever may see it only so is let in."""
    row = complaints.by_number(conn, wanted) if re.fullmatch(r"[0-9]{10}", wanted) else None
    if row is None:
        abort(404)
    return checked(conn, row, masked)


def found(conn: Any, complaint_id: int) -> Any:
    """The complaint of a file, a recording or a memo, or the answer 404."""
    return checked(conn, complaints.get(conn, complaint_id), masked=False)


def checked(conn: Any, row: Any, masked: bool) -> Any:
    seen = sight(conn, row.id)
    if seen != WHOLE and not (masked and seen == MASKED):
        log.warning("hidden user=%s endpoint=%s", user().id, request.endpoint)
        g.desk_hidden = row.id
        abort(404)
    return row


def sight(conn: Any, complaint_id: int) -> str:
    """How the person at the desk sees it: WHOLE, MASKED or NOTHING."""
    who = user()
    return sees(who.role, standings.standing(conn, complaint_id, who))


def may_see(conn: Any, complaint_id: int) -> bool:
    """Whether it exists for the person at the desk, if only masked."""
    return sight(conn, complaint_id) != NOTHING


@blueprint.after_request
def keep_refusal(response: Response) -> Response:
    """Write who was refused what: a step that the role may not take, or a complaint that it may not see. By
    now the view's own transaction is over."""
    hidden = g.get("desk_hidden")
    if g.get("desk_user") is None or (response.status_code != 403 and hidden is None):
        return response
    about = {"endpoint": request.endpoint} | ({"complaint": hidden} if hidden is not None else {})
    key = f"refused:{user().id}:{request.endpoint}:{hidden or ''}"
    try:
        with house().db.writing() as conn:
            if limits.hit(conn, key, now(), ONE_TRY) == 1:
                events.append(conn, ACCESS_REFUSED, now(), user_id=user().id, **about)
    except SQLAlchemyError as error:
        log.error("a refusal could not be kept", exc_info=error)
    return response
