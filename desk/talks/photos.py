"""Files that customers sent: a clean copy to look at, and the sealed original to take away."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, abort

from core.events import ORIGINAL_TAKEN
from core.roles import EDIT, READ
from desk.door import blueprint, house, needs, now, takes, user
from desk.finding import found
from desk.forms import done, row_of
from desk.talks import enclosures
from reception import evidence
from store import events, files

PHOTO = "photo"
SHOWN = (PHOTO, evidence.DOCUMENT, evidence.VIDEO)
SANDBOX = "sandbox; default-src 'none'"


@blueprint.get("/files/<id>")
@needs(READ)
def view_file(id: str) -> Any:
    """A JPEG made from the picture's pixels."""
    _find(id)
    try:
        copy = evidence.viewing_copy(house().data_dir, id)
    except (FileNotFoundError, evidence.NotAPhoto):
        abort(404)
    return _sealed(copy, "image/jpeg", "inline")


@blueprint.get("/files/<id>/original")
@needs(READ)
def original_file(id: str) -> Any:
    """The sender's bytes, only ever as a download; who takes them is kept first."""
    row = _find(id)
    try:
        content = evidence.original(house().data_dir, id)
    except FileNotFoundError:
        abort(404)
    with house().db.writing() as conn:
        events.append(conn, ORIGINAL_TAKEN, now(), user_id=user().id, complaint=row.complaint_id, file=id)
    name = quote(row.name or id, safe="")
    return _sealed(content, "application/octet-stream", f"attachment; filename*=UTF-8''{name}")


@blueprint.post("/complaints/<number>/evidence")
@needs(EDIT)
@takes(enclosures.MOST * enclosures.LARGEST)
def add_evidence(number: str) -> Any:
    """Files that reached the house in another way, such as a letter or a colleague's camera."""
    row, uploads = row_of(number), enclosures.sent()
    if not uploads:
        abort(400, "empty_file")
    sealed = enclosures.sealed(uploads)
    return done(number, lambda: house().handling.evidence(user().id, row.id, sealed, now()), "evidence")


def _find(id: str) -> Any:
    with house().db.reading() as conn:
        row = files.get(conn, id)
        if row is None or row.complaint_id is None or row.kind not in SHOWN:
            abort(404)
        found(conn, row.complaint_id)
    return row


def _sealed(content: bytes, type: str, disposition: str) -> Response:
    response = Response(content, mimetype=type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = disposition
    return response
