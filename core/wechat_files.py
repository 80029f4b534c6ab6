"""Which files WeChat carries to a customer, and as what.

A service account carries pictures only (Tencent, "Add temporary media": image, 10 MB, PNG, JPEG, GIF; "Send
customer service messages" knows no files). Kf carries pictures (JPG, PNG, 10 MB) and any file (20 MB), each
of more than 5 bytes (developer.work.weixin.qq.com, path 96484).
"""

from __future__ import annotations

from dataclasses import dataclass

IMAGE, FILE = "image", "file"
"""The message's type, and the media's."""
OPENID, KF = "openid", "kf"
"""Under which kind of name a customer is known: a follower of the service account, or somebody on Kf."""
MB = 1024 * 1024
LEAST = 6


@dataclass(frozen=True)
class Carries:
    """What one way to write to a customer takes: types of pictures, bytes of a picture, bytes of any file."""

    images: frozenset[str]
    image_most: int
    file_most: int = 0


WAYS = {
    OPENID: Carries(frozenset({"image/jpeg", "image/png", "image/gif"}), 10 * MB),
    KF: Carries(frozenset({"image/jpeg", "image/png"}), 10 * MB, 20 * MB),
}


def carried(way: str, type: str, size: int) -> str | None:
    """As what a file of this type and so many bytes goes out; None: not at all."""
    takes = WAYS[way]
    if size < LEAST:
        return None
    if type in takes.images and size <= takes.image_most:
        return IMAGE
    return FILE if size <= takes.file_most else None
