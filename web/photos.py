"""Photos: those of a form, checked; and one of this conversation, shown."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from flask import Response, abort, request

from core.conversation import AGENT
from reception import evidence
from reception.heard import Upload
from store import files, messages
from web import visitors
from web.door import blueprint, house


def sent() -> tuple[tuple[Upload, ...], list[str]]:
    """The photos of this form that are photos, and the codes of what is wrong with the others."""
    given = [file for file in request.files.getlist("photos") if file.filename]
    good: list[Upload] = []
    problems = ["too_many_photos"] if len(given) > evidence.MOST else []
    for file in given[: evidence.MOST]:
        try:
            good.append(evidence.examine(file.filename or "", file.stream.read(evidence.LARGEST + 1)))
        except evidence.TooLarge:
            problems.append("photo_too_large")
        except evidence.NotAPhoto:
            problems.append("bad_photo")
    return tuple(good), list(dict.fromkeys(problems))


@blueprint.get("/chat/files/<id>")
def file(id: str) -> Response:
    """A clean copy of a photo, for the conversation it was sent in and for nobody else."""
    _find(id)
    response = viewing(id)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def viewing(id: str) -> Response:
    """The copy, whoever may see it; else the answer 404."""
    try:
        copy = evidence.viewing_copy(house().data_dir, id)
    except (FileNotFoundError, evidence.NotAPhoto):
        abort(404)
    response = Response(copy, mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'inline; filename="{id}.jpg"'
    return response


@blueprint.get("/chat/files/<id>/original")
def take_file(id: str) -> Response:
    """A file that an agent sent, to be taken away as it is; only ever a download."""
    return taking_away(_find(id, ours=True))


def taking_away(row: Any) -> Response:
    """The file as it is, under its own name and only ever as a download; else the answer 404."""
    id = row.id
    try:
        content = evidence.original(house().data_dir, id)
    except FileNotFoundError:
        abort(404)
    response = Response(content, mimetype="application/octet-stream")
    name = quote(row.name or id, safe="")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    response.headers["Cache-Control"] = "no-store"
    return response


def _find(id: str, ours: bool = False) -> Any:
    """The file, if it belongs to the visitor's conversation and its line was not taken back; `ours`: only one
    that an agent sent. Else the answer 404."""
    listens_to = visitors.visitor().listens_to
    with house().db.reading() as conn:
        row = files.get(conn, id)
        if row is None or listens_to is None or row.conversation_id != listens_to:
            abort(404)
        line = messages.get(conn, row.message_id) if row.message_id is not None else None
    if line is not None and line.taken_back_at is not None:
        abort(404)
    if ours and (line is None or line.author != AGENT):
        abort(404)
    return row
