"""Files that an agent sends to a customer: pictures and PDFs, known by their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import abort, request

from desk.door import house
from reception import evidence
from reception.evidence import Sealed
from reception.heard import Upload
from store.db import Row

MOST = 3
LARGEST = evidence.LARGEST


def sent() -> tuple[Upload, ...]:
    """The files of this form, checked. One that is too large, of no kind that we send, or that lies about
    what it is, is told, and nothing is sent."""
    given = [file for file in request.files.getlist("files") if file.filename]
    if len(given) > MOST:
        abort(400, "too_many_files")
    checked = []
    for file in given:
        try:
            checked.append(evidence.examine_enclosure(file.filename or "", file.stream.read(LARGEST + 1)))
        except evidence.TooLarge:
            abort(400, "file_too_large")
        except evidence.NotAPhoto:
            abort(400, "bad_file")
    return tuple(checked)


def sealed(uploads: tuple[Upload, ...]) -> tuple[Sealed, ...]:
    """The files, safe on disk."""
    return tuple(evidence.seal(house().data_dir, upload) for upload in uploads)


def sealed_again(files: Iterable[Row[Any]]) -> tuple[Sealed, ...]:
    """Copies of files that are stored already, for another line to bring. Raises FileNotFoundError."""
    folder = house().data_dir
    copies = (Upload(one.name, one.type, one.kind, evidence.original(folder, one.id)) for one in files)
    return tuple(evidence.seal(folder, copy) for copy in copies)
