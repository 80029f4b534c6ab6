"""Photos that customers send, and recordings: kept as they came, a photo shown as a clean copy.

What is kept is the sender's file, byte for byte, under a random name, with its SHA-256 in the store.
What anybody sees is a copy made from its pixels: no place, no device, nothing hidden in it.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from reception.heard import Upload

FOLDER = "files"
LARGEST = 10 * 1024 * 1024
MOST = 9
MOST_PIXELS = 60_000_000
WIDEST_VIEW = 1600
TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
}
HEIC = "image/heic"
"""What iPhones take. Kept and handed on as it came; there is no copy for viewing."""
DOCUMENT = "document"
VIDEO = "video"
SOUND = ".wav"
PDF = "application/pdf"
PDF_BEGINS, PDF_ENDS, PDF_TAIL = b"%PDF-", b"%%EOF", 2048
"""How a PDF begins, and ends within so many bytes (ISO 32000-1, 7.5.2 and 7.5.5)."""
SUFFIXES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".heic": HEIC,
    ".heif": HEIC,
    ".pdf": PDF,
}
HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc", b"heim")
ID = re.compile(r"[A-Za-z0-9_-]{22}")
LEFT = re.compile(r"([A-Za-z0-9_-]{22}|\.([A-Za-z0-9_-]{16}|[A-Za-z0-9_-]{22}))(\.(view\.jpg|wav|aside))*")
"""Names in the folder: files, their copies, and drafts of either, which begin with a full stop."""
ASIDE = ".aside"


class NotAPhoto(ValueError):
    """The bytes are no picture that we know, or one made to do harm."""


class Disguised(NotAPhoto):
    """The name says that it is something else than it is."""


class TooLarge(ValueError):
    """More than LARGEST bytes."""


@dataclass(frozen=True)
class Sealed:
    """A file that is safe on disk, under the name `id`."""

    id: str
    kind: str
    name: str
    type: str
    size: int
    sha256: str


def examine(name: str, content: bytes) -> Upload:
    """The photo, its type read from the bytes and not from its name. Raises TooLarge or NotAPhoto."""
    if len(content) > LARGEST:
        raise TooLarge
    kind = HEIC if _is_heic(content) else TYPES[_open(content).format or ""]
    return Upload(name=_plain(name), type=kind, kind="photo", content=content)


def examine_enclosure(name: str, content: bytes) -> Upload:
    """A photo or a PDF that the house sends out. Raises TooLarge, NotAPhoto, and Disguised when its name
    claims another kind than its bytes are."""
    if len(content) > LARGEST:
        raise TooLarge
    if content.startswith(PDF_BEGINS) and PDF_ENDS in content[-PDF_TAIL:]:
        upload = Upload(name=_plain(name), type=PDF, kind=DOCUMENT, content=content)
    else:
        upload = examine(name, content)
    claimed = Path(upload.name).suffix.lower()
    if claimed and SUFFIXES.get(claimed) != upload.type:
        raise Disguised(upload.type)
    return upload


def seal(data_dir: Path, upload: Upload) -> Sealed:
    """Write the sender's bytes to disk, for good, before anybody is told they arrived. Raises OSError."""
    folder = data_dir / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    id = secrets.token_urlsafe(16)
    _write(folder / id, (upload.content,))
    digest = hashlib.sha256(upload.content).hexdigest()
    return Sealed(id, upload.kind, upload.name, upload.type, len(upload.content), digest)


def seal_stream(data_dir: Path, id: str, pieces: Iterable[bytes], most: int) -> tuple[int, str]:
    """Write what comes piece by piece under `id`, over what an earlier try left there; size and SHA-256.

    Raises TooLarge after `most` bytes, OSError, and whatever the source raises; then nothing is there."""
    place = _place(data_dir, id)
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0

    def counted() -> Iterator[bytes]:
        nonlocal size
        for piece in pieces:
            size += len(piece)
            if size > most:
                raise TooLarge
            digest.update(piece)
            yield piece

    _write(place, counted(), draft=f".{id}")
    return size, digest.hexdigest()


def original(data_dir: Path, id: str) -> bytes:
    """The file as it came. Raises FileNotFoundError."""
    return _place(data_dir, id).read_bytes()


def whereabouts(data_dir: Path, id: str) -> Path:
    """Where the file lies as it came, for one too large to be read at once. Raises FileNotFoundError."""
    place = _place(data_dir, id)
    if not place.is_file():
        raise FileNotFoundError(id)
    return place


def viewing_copy(data_dir: Path, id: str) -> bytes:
    """A JPEG of what the photo shows, at most WIDEST_VIEW each way. Raises FileNotFoundError, NotAPhoto."""
    copy = _place(data_dir, id).with_suffix(".view.jpg")
    if not copy.exists():
        _write(copy, (_redrawn(original(data_dir, id)),))
    return copy.read_bytes()


def keep_sound(data_dir: Path, id: str, wav: bytes) -> None:
    """Keep a copy of a sound that every browser plays, beside the file as it came. Raises OSError."""
    _write(_place(data_dir, id).with_suffix(SOUND), (wav,), draft=f".{id}{SOUND}")


def sound(data_dir: Path, id: str) -> Path:
    """Where the copy to play lies. Raises FileNotFoundError, also where the original is its own copy."""
    copy = _place(data_dir, id).with_suffix(SOUND)
    if not copy.is_file():
        raise FileNotFoundError(id)
    return copy


# ---- What nobody knows of


def leftovers(data_dir: Path, before: float) -> Iterator[str]:
    """Names of files last written before then (seconds since 1970), in no order; to be gone through bit by
    bit, while files come and go. Names that are not ours are left out."""
    folder = data_dir / FOLDER
    if not folder.is_dir():
        return
    with os.scandir(folder) as found:
        for one in found:
            with suppress(FileNotFoundError):  # gone since the folder was read
                if LEFT.fullmatch(one.name) and one.is_file() and one.stat().st_mtime < before:
                    yield one.name


def whose(name: str) -> str:
    """The id of the file that a name in the folder belongs to; "" for a draft, which belongs to none."""
    return "" if name.startswith(".") else name.partition(".")[0]


def discard(data_dir: Path, name: str, before: float) -> bool:
    """Remove what nobody knows of. False when it was written anew meanwhile: then it stays."""
    place = data_dir / FOLDER / name
    aside = place.with_name(f".{name.lstrip('.')}{ASIDE}")
    try:
        os.rename(place, aside)
    except FileNotFoundError:
        return False
    if aside.stat().st_mtime >= before:
        os.rename(aside, place)
        return False
    aside.unlink()
    return True


def _redrawn(content: bytes) -> bytes:
    image = ImageOps.exif_transpose(_open(content))
    image.thumbnail((WIDEST_VIEW, WIDEST_VIEW))
    paper = Image.new("RGB", image.size, "white")
    clear = image.convert("RGBA")
    paper.paste(clear, mask=clear.getchannel("A"))
    drawn = io.BytesIO()
    paper.save(drawn, "JPEG", quality=85)
    return drawn.getvalue()


def _open(content: bytes) -> Image.Image:
    """The picture, every pixel decoded. Damaged, disguised and enormous ones are refused alike."""
    try:
        image = Image.open(io.BytesIO(content), formats=tuple(TYPES))
        if image.width * image.height > MOST_PIXELS:
            raise NotAPhoto("too many pixels")
        image.load()
    except NotAPhoto:
        raise
    except Exception as error:  # Pillow's decoders raise whatever they stumble over
        raise NotAPhoto(type(error).__name__) from None
    return image


def _is_heic(content: bytes) -> bool:
    return content[4:8] == b"ftyp" and content[8:12] in HEIC_BRANDS


def _place(data_dir: Path, id: str) -> Path:
    if not ID.fullmatch(id):
        raise FileNotFoundError(id)
    return data_dir / FOLDER / id


def _plain(name: str) -> str:
    """The file's own name, without folders and control characters, short enough to show."""
    last = re.split(r"[/\\]", name)[-1]
    return "".join(mark for mark in last if mark.isprintable()).strip()[-80:]


def _write(path: Path, pieces: Iterable[bytes], draft: str = "") -> None:
    """All of it or none, and on the disk when this returns. `draft`: its name until then, always the same
    where what a killed process left is to be written over."""
    place = path.with_name(draft or f".{secrets.token_hex(8)}")
    try:
        with place.open("wb") as file:
            os.chmod(place, 0o600)
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        os.replace(place, path)
        _sync_folder(path.parent)
    finally:
        with suppress(FileNotFoundError):
            place.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
