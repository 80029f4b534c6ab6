"""Any sound file that a phone, a chat or a browser makes, as plain samples: read from memory by PyAV.

PyAV carries ffmpeg's libraries in its wheel, so no program is needed on the machine. They are old C
code and read hundreds of formats; we let them see a few, each chosen by the file's first bytes and
never guessed: a playlist or a picture is refused before any of them looks. Nothing outside of the file
is opened (https://ffmpeg.org/ffmpeg-protocols.html#Protocol-Options).
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import av
import av.error
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from hearing import chat

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that are looked at at all."""
RATE = 16_000
WIDTH = 2
MOST_CHANNELS = 8
SLOWEST_RATE, FASTEST_RATE = 4_000, 192_000
"""Samples a second of a recording that can be speech; a header may claim any number."""
DECODE_SECONDS = 20.0
"""Wall clock. The longest talk that is heard takes two of them."""
MOST_BAD = 50
"""Torn pieces that are passed over; then what follows is taken for noise, too."""

CODECS = frozenset(
    {
        "pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_f32le", "pcm_mulaw", "pcm_alaw",
        "mp3", "mp3float", "amrnb", "amrwb", "opus", "libopus", "vorbis", "speex", "libspeex", "aac",
        "libopencore_amrnb", "libopencore_amrwb",
    }
)  # fmt: skip


TYPES = {"wav": "audio/wav", "amr": "audio/amr", "ogg": "audio/ogg", "mov": "audio/mp4", "mp3": "audio/mpeg"}
"""Of what `_format` finds."""


class Unreadable(ValueError):
    """Not a recording that can be read here; the text says why, without anything from the file."""


class TooLarge(Unreadable):
    """More than LARGEST bytes."""


class TooLong(Unreadable):
    """More seconds than asked for. Nothing is cut silently."""


class TooSlow(Unreadable):
    """Not decoded within DECODE_SECONDS."""


@dataclass(frozen=True)
class Samples:
    """16-bit samples at RATE, one channel or two side by side."""

    pcm: bytes
    channels: int


def decode(recording: bytes, longest: float) -> Samples:
    """The samples of a recording of at most `longest` seconds, up to where it is torn.

    Raises TooLarge, TooLong, TooSlow or Unreadable.
    """
    if len(recording) > LARGEST:
        raise TooLarge("the recording is too large")
    try:
        found = chat.coding_of(recording)
        if found is not None:
            return _of_chat(*found, longest)
        with av.open(
            io.BytesIO(recording),
            format=_format(recording),
            options={"protocol_whitelist": "none"},
            metadata_errors="ignore",
        ) as box:
            return _read(box, longest)
    except (av.error.FFmpegError, ValueError, EOFError, MemoryError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable(f"the recording cannot be read ({type(error).__name__})") from None


def type_of(recording: bytes) -> str | None:
    """The media type of a sound that is read here, by its own bytes; None for anything else."""
    try:
        found = chat.coding_of(recording)
        return f"audio/{found[0]}" if found is not None else TYPES[_format(recording)]
    except ValueError:
        return None


def _of_chat(coding: str, frames: chat.Frames, longest: float) -> Samples:
    if chat.seconds(frames) > longest:
        raise TooLong("the recording is too long")
    return _samples(chat.decoded(coding, frames), 1, longest)


def _format(recording: bytes) -> str:
    """The one reader that may look at it, by the file's first bytes. Raises Unreadable."""
    if recording[:4] in (b"RIFF", b"RF64") and recording[8:12] == b"WAVE":
        return "wav"
    if recording[:5] == b"#!AMR":
        return "amr"
    if recording[:4] == b"OggS":
        return "ogg"
    if recording[4:8] == b"ftyp":
        return "mov"
    # https://www.datavoyage.com/mpgscript/mpeghdr.htm: eleven set bits, and the layer is not 00
    frame = len(recording) > 1 and recording[0] == 0xFF and recording[1] & 0xE0 == 0xE0
    if recording[:3] == b"ID3" or (frame and recording[1] & 0x06):
        return "mp3"
    raise Unreadable("the recording is of no kind that is read here")


def _read(box: Any, longest: float) -> Samples:
    if not box.streams.audio:
        raise Unreadable("the file holds no sound")
    stream = box.streams.audio[0]
    context = stream.codec_context
    if context.name not in CODECS:
        raise Unreadable("the recording's coding is not read here")
    if not (SLOWEST_RATE <= context.sample_rate <= FASTEST_RATE and 1 <= context.channels <= MOST_CHANNELS):
        raise Unreadable("the recording's samples are no speech")
    return _samples(_frames(box, stream), min(context.channels, 2), longest)


def _samples(frames: Iterator[AudioFrame], channels: int, longest: float) -> Samples:
    layout = "stereo" if channels == 2 else "mono"
    most = int(longest * RATE) * WIDTH * channels
    pcm = bytearray()
    resampler = AudioResampler(format="s16", layout=layout, rate=RATE)
    for frame in frames:
        for piece in resampler.resample(frame):
            pcm += _bytes(piece, channels)
        if len(pcm) > most:
            raise TooLong("the recording is too long")
    for piece in resampler.resample(None) if pcm else ():
        pcm += _bytes(piece, channels)
    return Samples(bytes(pcm), channels)


def _frames(box: Any, stream: Any) -> Iterator[AudioFrame]:
    """Frame after frame; a torn one is passed over. Raises TooSlow."""
    until = time.monotonic() + DECODE_SECONDS
    packets, bad = box.demux(stream), 0
    while bad < MOST_BAD:
        if time.monotonic() > until:
            raise TooSlow("the recording takes too long to read")
        try:
            packet = next(packets)
            yield from packet.decode()
        except StopIteration:
            return
        except av.error.FFmpegError:
            bad += 1


def _bytes(frame: AudioFrame, channels: int) -> bytes:
    """The frame's own samples: its buffer is padded."""
    return bytes(frame.planes[0])[: frame.samples * WIDTH * channels]
