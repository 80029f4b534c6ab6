"""Files on their way to a customer: brought to WeChat first, which uses no right, and then sent by the name
that WeChat gave them."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core import wechat_codes as codes
from core import wechat_files
from reception import evidence
from reception.house import House
from store import wechat_media
from wechat.calls import Failed, before_sending
from wechat.reserving import File, Reserved
from wechat.settling import WITHIN


class Carrier(Protocol):
    """What is asked of an account's API. Every method may raise Failed."""

    def upload(self, kind: str, name: str, type: str, content: bytes, /) -> str: ...

    def enclosure(self, to: str, kind: str, media_id: str, /) -> str | None: ...


@dataclass(frozen=True)
class Enclosing:
    """One account's files."""

    house: House
    account: str
    api: Carrier

    def upload(self, file: File, now: datetime) -> str:
        """Bring the file to WeChat; the name by which it holds it for three days, noted. Raises Failed.

        Whatever comes of it, the customer has got nothing yet, and so it may be done again.
        """
        try:
            content = evidence.original(self.house.data_dir, file.id)
        except OSError:
            raise Failed(codes.OTHER) from None
        name = _named(file)
        media_id = before_sending(lambda: self.api.upload(file.way, name, file.type, content))
        with self.house.db.writing(WITHIN) as conn:
            wechat_media.note_upload(conn, file.id, self.account, media_id, now)
        return media_id

    def send(self, reserved: Reserved, file: File, now: datetime) -> str | None:
        """Send what was reserved; the provider's id. A file that WeChat holds no more is brought there again,
        once, and sent once more: it was refused before. Raises Failed."""
        try:
            return self.api.enclosure(reserved.openid, file.way, file.media_id)
        except Failed as failure:
            if failure.meaning != codes.MEDIA:
                raise
        return self.api.enclosure(reserved.openid, file.way, self.upload(file, now))


def _named(file: File) -> str:
    """What the customer sees as the name of a file; of a picture nobody sees any, and it tells nothing."""
    if file.way == wechat_files.FILE and file.name:
        return file.name
    return f"{file.way}{mimetypes.guess_extension(file.type) or ''}"
