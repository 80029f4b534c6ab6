"""Recordings as phones, chats and browsers make them, encoded here; good and bad."""

from __future__ import annotations

import io
import math
import struct
import wave
from typing import Any

import av


def tone(
    seconds: float,
    rate: int = 8000,
    channels: int = 1,
    width: int = 2,
    volume: float = 0.3,
    pitch: float = 440,
) -> bytes:
    """Plain samples of one tone."""
    peak = {1: 127, 2: 32767, 4: 2**31 - 1}[width]
    code = {1: "B", 2: "<h", 4: "<i"}[width]
    frames = bytearray()
    for i in range(int(seconds * rate)):
        value = int(peak * volume * math.sin(2 * math.pi * pitch * i / rate))
        frames += struct.pack(code, value + 128 if width == 1 else value) * channels
    return bytes(frames)


def wav(frames: bytes, rate: int = 8000, channels: int = 1, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(frames)
    return file.getvalue()


def talk(left: bytes, right: bytes, rate: int = 8000) -> bytes:
    """A WAV with a voice on each channel; both as long as the shorter."""
    pairs = zip(struct.iter_unpack("<h", left), struct.iter_unpack("<h", right), strict=False)
    return wav(b"".join(struct.pack("<hh", a[0], b[0]) for a, b in pairs), rate, channels=2)


def encoded(container: str, codec: str, rate: int, seconds: float = 2, layout: str = "mono") -> bytes:
    """A tone in this coding."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as box:
        stream: Any = box.add_stream(codec, rate=rate, layout=layout)
        context = stream.codec_context
        channels = 2 if layout == "stereo" else 1
        frame = av.AudioFrame(format="s16", layout=layout, samples=int(rate * seconds))
        frame.planes[0].update(tone(seconds, rate, channels))
        frame.sample_rate, frame.pts = rate, 0
        fifo = av.AudioFifo()
        for piece in av.AudioResampler(context.format, layout, context.sample_rate).resample(frame):
            fifo.write(piece)
        while (part := fifo.read(context.frame_size or 1024) or fifo.read()) is not None:
            box.mux(stream.encode(part))
        box.mux(stream.encode(None))
    return file.getvalue()
