"""Any recording made fit for a recogniser: one channel, 16 kHz, 16 bit, level, silence trimmed."""

from __future__ import annotations

import io
import warnings
import wave
from dataclasses import dataclass

from hearing.decode import RATE, WIDTH, decode

with warnings.catch_warnings():
    # pydub warns at import that ffmpeg is missing; PyAV decodes, so it is not needed.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment, effects
    from pydub.silence import detect_leading_silence

LONGEST_SECONDS = 300
LONGEST_TALK_SECONDS = 900
"""A longer talk is for a person to hear: its samples alone would fill the memory of a small machine."""
HEADROOM_DB = 1.0
QUIET_DB = -40.0
"""Below this, of full scale, once the level is set: silence."""
FAINTEST_DB = -70.0
"""A recording that never gets louder than this holds no voice; raising it would only raise the hiss."""
MARGIN_MS = 200


@dataclass(frozen=True)
class Sound:
    """Prepared sound: raw PCM (mono, 16 bit, 16 kHz) and how long it is; no seconds mean silence."""

    pcm: bytes
    seconds: float

    @property
    def silent(self) -> bool:
        return self.seconds == 0

    def wav(self) -> bytes:
        """The same as a WAV file."""
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(WIDTH)
            out.setframerate(RATE)
            out.writeframes(self.pcm)
        return file.getvalue()


def prepare(recording: bytes) -> Sound:
    """The recording, its channels mixed, made fit. Raises Unreadable."""
    return _fit(_read(recording, LONGEST_SECONDS).set_channels(1))


def prepare_channels(recording: bytes) -> list[Sound]:
    """Each channel of a recorded talk by itself, made fit. Raises Unreadable."""
    return [_fit(channel) for channel in _read(recording, LONGEST_TALK_SECONDS).split_to_mono()]


def playable(recording: bytes) -> bytes:
    """The recording as a WAV that every browser plays, as loud and as long as it was. Raises Unreadable."""
    pcm = _read(recording, LONGEST_SECONDS).set_channels(1).raw_data
    return Sound(pcm, len(pcm) / (RATE * WIDTH)).wav()


def _read(recording: bytes, longest: float) -> AudioSegment:
    found = decode(recording, longest)
    return AudioSegment(found.pcm, sample_width=WIDTH, frame_rate=RATE, channels=found.channels)


def _fit(segment: AudioSegment) -> Sound:
    if len(segment) == 0 or segment.max_dBFS < FAINTEST_DB:
        return Sound(b"", 0.0)
    trimmed = _trimmed(effects.normalize(segment, headroom=HEADROOM_DB))
    return Sound(trimmed.raw_data, len(trimmed.raw_data) / (RATE * WIDTH))


def _trimmed(segment: AudioSegment) -> AudioSegment:
    """Without the silence at both ends, but for a margin, so that no first consonant is lost."""
    start = detect_leading_silence(segment, QUIET_DB)
    end = detect_leading_silence(segment.reverse(), QUIET_DB)
    return segment[max(0, start - MARGIN_MS) : len(segment) - max(0, end - MARGIN_MS)]
