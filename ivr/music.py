"""What a caller hears while waiting: soft tones, made here, so that the line is never silent."""

from __future__ import annotations

import io
import math
import struct
import wave
from functools import lru_cache

RATE = 8000
NOTES = (261.63, 329.63, 392.00, 329.63)  # C E G E
NOTE_SECONDS = 1.25
VOLUME = 0.12
FADE = 4.0


@lru_cache(maxsize=2)
def hold_music(seconds: int) -> bytes:
    """A WAV file of this length: 8 kHz, one channel, 16 bit, as telephones play it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(b"".join(struct.pack("<h", _sample(i / RATE)) for i in range(seconds * RATE)))
    return file.getvalue()


def _sample(second: float) -> int:
    """One note after the other, each fading."""
    pitch = NOTES[int(second / NOTE_SECONDS) % len(NOTES)]
    since = second % NOTE_SECONDS
    swell = min(1.0, since * 20) * math.exp(-since * FADE)
    return int(32767 * VOLUME * swell * math.sin(2 * math.pi * pitch * second))
