"""Files as customers send them, good and bad."""

from __future__ import annotations

import io

from PIL import Image


def photo(kind: str = "JPEG", size: tuple[int, int] = (320, 240), **options) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, (200, 120, 40)).save(drawn, kind, **options)
    return drawn.getvalue()


def with_place() -> bytes:
    """A photo that says where and by whom it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Spy Camera Works"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (31.0, 13.0, 49.0)
    return photo(exif=exif)


def bomb() -> bytes:
    """A small file that unpacks to 81 million pixels."""
    drawn = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(drawn, "PNG")
    return drawn.getvalue()


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 64
NO_PHOTOS = {
    "text": b"hello, I am no photo",
    "nothing": b"",
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "program": b"MZ" + b"\x00" * 200,
    "cut": photo(size=(800, 800))[:900],
    "magic only": b"\xff\xd8\xff\xe0" + b"\x00" * 50,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
}
