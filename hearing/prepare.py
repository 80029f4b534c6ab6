"""Any recording made fit for a recogniser: one channel, 16 kHz, 16 bit, level, silence trimmed.

PCM in a WAV file is read without any other program. Other formats need ffmpeg, which a later version
brings; until then they are refused by name, and stay playable for a person.
"""

from __future__ import annotations

import io
import warnings
import wave
from dataclasses import dataclass

with warnings.catch_warnings():
    # pydub warns at import when ffmpeg is missing; we do not use it.
    warnings.simplefilter("ignore")
    from pydub import AudioSegment, effects
    from pydub.silence import detect_leading_silence

LARGEST = 64 * 1024 * 1024
LONGEST_SECONDS = 300
RATE = 16_000
WIDTH = 2
HEADROOM_DB = 1.0
QUIET_DB = -40.0
"""Below this, of full scale, once the level is set: silence."""
FAINTEST_DB = -70.0
"""A recording that never gets louder than this holds no voice; raising it would only raise the hiss."""
MARGIN_MS = 200


class Unreadable(ValueError):
    """Not a recording that can be read here; the text says why, without anything from the file."""


class TooLarge(Unreadable):
    """More than LARGEST bytes."""


class TooLong(Unreadable):
    """More than LONGEST_SECONDS. Nothing is cut silently."""


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
    """The recording, made fit. Raises TooLarge, TooLong or Unreadable."""
    if len(recording) > LARGEST:
        raise TooLarge("the recording is too large")
    segment = _read(recording).set_sample_width(WIDTH)
    if len(segment) == 0 or segment.max_dBFS < FAINTEST_DB:
        return Sound(b"", 0.0)
    fit = segment.set_channels(1).set_frame_rate(RATE)
    trimmed = _trimmed(effects.normalize(fit, headroom=HEADROOM_DB))
    return Sound(trimmed.raw_data, len(trimmed.raw_data) / (RATE * WIDTH))


def _read(recording: bytes) -> AudioSegment:
    """The PCM of a WAV file, up to where it is torn; anything else is refused."""
    if recording[:4] != b"RIFF" or recording[8:12] != b"WAVE":
        raise Unreadable("the recording is no WAV file")
    try:
        with wave.open(io.BytesIO(recording)) as file:
            if file.getnframes() / file.getframerate() > LONGEST_SECONDS:
                raise TooLong("the recording is too long")
            frames = file.readframes(file.getnframes())
            about = file.getsampwidth(), file.getframerate(), file.getnchannels()
    except (wave.Error, EOFError, ZeroDivisionError):
        raise Unreadable("the WAV file holds something other than plain PCM, or is torn") from None
    return _segment(frames, *about)


def _segment(frames: bytes, width: int, rate: int, channels: int) -> AudioSegment:
    whole = len(frames) - len(frames) % (width * channels)
    try:
        return AudioSegment(frames[:whole], sample_width=width, frame_rate=rate, channels=channels)
    except Exception as error:  # pydub raises whatever it stumbles over
        raise Unreadable(f"the recording cannot be read ({type(error).__name__})") from None


def _trimmed(segment: AudioSegment) -> AudioSegment:
    """Without the silence at both ends, but for a margin, so that no first consonant is lost."""
    start = detect_leading_silence(segment, QUIET_DB)
    end = detect_leading_silence(segment.reverse(), QUIET_DB)
    return segment[max(0, start - MARGIN_MS) : len(segment) - max(0, end - MARGIN_MS)]
