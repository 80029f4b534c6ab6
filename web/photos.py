"""Photos: those of a form, checked; and one of this conversation, shown."""

from __future__ import annotations

from flask import Response, abort, request

from reception import evidence
from reception.heard import Upload
from store import files
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
    who = visitors.visitor()
    with house().db.reading() as conn:
        row = files.get(conn, id)
    if row is None or who.listens_to is None or row.conversation_id != who.listens_to:
        abort(404)
    try:
        copy = evidence.viewing_copy(house().data_dir, id)
    except (FileNotFoundError, evidence.NotAPhoto):
        abort(404)
    response = Response(copy, mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Disposition"] = f'inline; filename="{id}.jpg"'
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response
