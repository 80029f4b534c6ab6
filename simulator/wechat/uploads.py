"""What an account may upload, and how its form is read (Tencent: temporary media; WeCom: path 96484)."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage

from simulator.wechat import codes
from simulator.wechat.tokens import Refused

MB = 1024 * 1024
ANY = "application/octet-stream"
BEGINS = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"GIF8": "image/gif",
    b"#!AMR": "audio/amr",
}


@dataclass(frozen=True)
class Takes:
    """What one kind of media takes: types by the first bytes (none: any), bytes at most and at least."""

    types: frozenset[str]
    most: int
    least: int = 1


@dataclass(frozen=True)
class Came:
    """One uploaded file."""

    name: str
    type: str
    content: bytes


SERVICE = {
    "image": Takes(frozenset({"image/jpeg", "image/png", "image/gif"}), 10 * MB),
    "voice": Takes(frozenset({"audio/amr"}), 2 * MB),
    "video": Takes(frozenset({"video/mp4"}), 10 * MB),
    "thumb": Takes(frozenset({"image/jpeg"}), 64 * 1024),
}
KF = {
    "image": Takes(frozenset({"image/jpeg", "image/png"}), 10 * MB, 6),
    "voice": Takes(frozenset({"audio/amr"}), 2 * MB, 6),
    "video": Takes(frozenset({"video/mp4"}), 10 * MB, 6),
    "file": Takes(frozenset(), 20 * MB, 6),
}


def read(kind: str, raw: bytes, known: Mapping[str, Takes]) -> Came:
    """The form's file. Raises Refused: 40004 for an unknown kind, 41005 without a file, 40005 for one
    that is not of this kind, 40009 for a picture and 40006 for anything else of a wrong size."""
    takes = known.get(kind)
    if takes is None:
        raise Refused(codes.WRONG_MEDIA_TYPE)
    part = _part(raw)
    if part is None:
        raise Refused(codes.NO_MEDIA)
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)  # of a part that is no multipart itself
    if not takes.least <= len(content) <= takes.most:
        raise Refused(codes.WRONG_IMAGE_SIZE if kind == "image" else codes.WRONG_SIZE)
    type = _type(content)
    if takes.types and type not in takes.types:
        raise Refused(codes.WRONG_FILE)
    return Came(part.get_filename() or "", type, content)


def _part(raw: bytes) -> EmailMessage | None:
    """The field "media" of a form; its first line names the boundary."""
    first = raw.partition(b"\r\n")[0]
    if not first.startswith(b"--"):
        return None
    head = b'Content-Type: multipart/form-data; boundary="' + first[2:] + b'"\r\n\r\n'
    form = email.message_from_bytes(head + raw, policy=email.policy.HTTP)
    for part in form.iter_parts():
        assert isinstance(part, EmailMessage)  # by the policy
        if part.get_param("name", header="content-disposition") == "media" and part.get_filename():
            return part
    return None


def _type(content: bytes) -> str:
    if content[4:8] == b"ftyp":
        return "video/mp4"
    return next((type for first, type in BEGINS.items() if content.startswith(first)), ANY)
