"""Files that customers sent: a clean copy to look at, and the sealed original to take away."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, abort

from core.roles import READ
from desk.door import blueprint, house, needs
from reception import evidence
from store import files

PHOTO = "photo"
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
    """The sender's bytes, only ever as a download."""
    row = _find(id)
    try:
        content = evidence.original(house().data_dir, id)
    except FileNotFoundError:
        abort(404)
    name = quote(row.name or id, safe="")
    return _sealed(content, "application/octet-stream", f"attachment; filename*=UTF-8''{name}")


def _find(id: str) -> Any:
    with house().db.reading() as conn:
        row = files.get(conn, id)
    if row is None or row.complaint_id is None or row.kind != PHOTO:
        abort(404)
    return row


def _sealed(content: bytes, type: str, disposition: str) -> Response:
    response = Response(content, mimetype=type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Content-Disposition"] = disposition
    return response
