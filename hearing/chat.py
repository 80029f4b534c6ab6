"""The two codings that chats send without a container: Tencent's SILK, and WeChat's Speex.

SILK: "#!SILK_V3", a byte 2 before it where Tencent wrote it, then frames of 20 ms, each after its length in
two bytes (Skype's SILK SDK 1.0.9, the format of its own test programs). Speex: frames of 20 ms in wideband
mode, each after its length in one byte (audio/x-speex-with-header-byte) or all of 60 bytes, as Tencent's
published decoder reads them. Every length is checked here, before old C code reads a frame.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence

import av
import pysilk
from av.audio.frame import AudioFrame
from av.codec.context import CodecContext

SILK = "silk"
SPEEX = "speex"
MAGIC = b"#!SILK_V3"
TENCENT = b"\x02"
FRAMES_PER_SECOND = 50
SILK_RATE = 24_000
"""SILK's own highest: at a lower one the decoder may write more samples than were made room for."""
LARGEST_FRAME = 960
"""Bytes; what is more than a frame's samples at SILK_RATE is refused."""
SPEEX_RATE = 16_000
SPEEX_FRAME = 60
FEWEST_FRAMES = 5
"""Speex has no mark of its own: fewer frames than these could be anything."""
SPEEX_HEADER = b"Speex   " + b"1.2".ljust(20, b"\0")
SPEEX_HEADER += struct.pack("<13i", 1, 80, SPEEX_RATE, 1, 4, 1, -1, 320, 0, 1, 0, 0, 0)
"""What stands before the frames in a Speex file (The Speex Codec Manual, "Speex header")."""

Frames = Sequence[bytes]


class Torn(ValueError):
    """Begins as one of the two, and does not go on as one."""


def coding_of(recording: bytes) -> tuple[str, Frames] | None:
    """The coding and its frames; None for anything else. Raises Torn."""
    start = recording.removeprefix(TENCENT)
    if start.startswith(MAGIC):
        return SILK, _silk(start[len(MAGIC) :])
    frames = _lengths_first(recording) or _all_alike(recording)
    return (SPEEX, frames) if frames else None


def seconds(frames: Frames) -> float:
    return len(frames) / FRAMES_PER_SECOND


def decoded(coding: str, frames: Frames) -> Iterator[AudioFrame]:
    """The sound, piece by piece. Raises Torn, and av.error.FFmpegError for a torn Speex frame."""
    return _decoded_silk(frames) if coding == SILK else _decoded_speex(frames)


def _silk(packed: bytes) -> Frames:
    """The frames up to the end, which is marked by the length -1 or simply comes."""
    frames, at = [], 0
    while at + 2 <= len(packed):
        length = int.from_bytes(packed[at : at + 2], "little", signed=True)
        if length == -1:
            break
        frame = packed[at + 2 : at + 2 + length]
        if not 0 < length <= LARGEST_FRAME:
            raise Torn("no length of a frame")
        if len(frame) == length:
            frames.append(frame)
        at += 2 + length
    if not frames:
        raise Torn("no frame")
    return frames


def _lengths_first(packed: bytes) -> Frames:
    """The frames of a whole file of which every one stands after its length; nothing if it is no such."""
    frames, at = [], 0
    while at < len(packed):
        frame = packed[at + 1 : at + 1 + packed[at]]
        if len(frame) != packed[at] or not _begins_speex(frame):
            return ()
        frames.append(frame)
        at += 1 + len(frame)
    return frames if len(frames) >= FEWEST_FRAMES else ()


def _all_alike(packed: bytes) -> Frames:
    """The frames of a whole file in which all are of 60 bytes and one mode; nothing if it is no such."""
    frames = [packed[at : at + SPEEX_FRAME] for at in range(0, len(packed), SPEEX_FRAME)]
    whole = len(frames) >= FEWEST_FRAMES and len(frames[-1]) == SPEEX_FRAME
    return frames if whole and _begins_speex(frames[0]) and len({one[0] >> 3 for one in frames}) == 1 else ()


def _begins_speex(frame: bytes) -> bool:
    """Whether it begins as a frame in wideband mode: with narrow-band speech of one of the eight modes."""
    return bool(frame) and frame[0] < 0x80 and 1 <= frame[0] >> 3 <= 8


def _decoded_silk(frames: Frames) -> Iterator[AudioFrame]:
    packed = b"".join(len(frame).to_bytes(2, "little") + frame for frame in frames)
    pcm = io.BytesIO()
    try:
        pysilk.decode(io.BytesIO(MAGIC + packed), pcm, SILK_RATE)
    except pysilk.SilkError as error:
        raise Torn(f"SILK says {error}") from None
    samples = pcm.getvalue()
    frame = AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.planes[0].update(samples)
    frame.sample_rate = SILK_RATE
    yield frame


def _decoded_speex(frames: Frames) -> Iterator[AudioFrame]:
    context = CodecContext.create("speex", "r")
    context.extradata = SPEEX_HEADER
    context.sample_rate, context.layout = SPEEX_RATE, "mono"
    for frame in frames:
        yield from context.decode(av.Packet(frame))
