"""What is heard, as seconds; and as a sound, where a recording needs one."""

from __future__ import annotations

import io
import math
import re
import struct
import wave

PACE = 4.0  # Chinese characters a second; the one place where the pace of speech is set
WORD_SECONDS = 0.4  # an English word, at 150 words a minute
PLAY_SECONDS = 8.0  # a sound file of which nothing is known
RATE = 8000
TONE = 440.0
LOUDNESS = 0.2
WORD = re.compile(r"[A-Za-z]+(?:['\u2019][A-Za-z]+)*")


def spoken_seconds(words: str) -> float:
    """How long the words take to say: marks are not spoken, a Latin word counts as a word."""
    left, latin = WORD.subn(" ", words)
    return latin * WORD_SECONDS + sum(1 for c in left if c.isalnum()) / PACE


def tone(seconds: float, channels: int = 1) -> bytes:
    """A WAV file with a steady tone: 8 kHz, 16 bit, as a telephone records it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(_second(channels) * max(1, round(seconds)))
    return file.getvalue()


def _second(channels: int) -> bytes:
    """One second of it; the tone has a whole number of waves, so that seconds can be joined."""
    samples = (LOUDNESS * math.sin(2 * math.pi * TONE * i / RATE) for i in range(RATE))
    return b"".join(struct.pack("<h", int(32767 * sample)) * channels for sample in samples)
