"""The port `hear(audio, language, hints) -> words or nothing`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import speech_recognition as sr

from hearing.decode import Unreadable
from hearing.engines import Engine
from hearing.prepare import Sound, prepare, prepare_channels

log = logging.getLogger("jiesu.hearing")

CODES = {"mandarin": "zh-CN", "cantonese": "zh-HK", "english": "en-US"}


@dataclass(frozen=True)
class Ear:
    """Hears with one engine, or not at all. Nothing here raises: the recording is kept elsewhere, and a
    person listens when there are no words."""

    engine: Engine | None = None

    def hear(self, recording: bytes, language: str, hints: Sequence[str] = ()) -> str | None:
        """The words of a recording, or None: silence, no engine, an unreadable file, a failing engine."""
        return next(iter(self._each(lambda: [prepare(recording)], language, hints)), None)

    def hear_channels(
        self, recording: bytes, language: str, hints: Sequence[str] = ()
    ) -> tuple[str | None, ...]:
        """The words of each channel of a talk; nothing at all when it could not be heard."""
        return self._each(lambda: prepare_channels(recording), language, hints)

    def _each(
        self, sounds: Callable[[], list[Sound]], language: str, hints: Sequence[str]
    ) -> tuple[str | None, ...]:
        if self.engine is None:
            return ()
        code = CODES.get(language, CODES["mandarin"])
        try:
            return tuple(self._words(self.engine, sound, code, hints) for sound in sounds())
        except Unreadable as error:
            log.warning("a recording was not heard: %s", error)
        return ()

    def _words(self, engine: Engine, sound: Sound, code: str, hints: Sequence[str]) -> str | None:
        if sound.silent:
            return None
        try:
            return engine(sound, code, hints).strip() or None
        except sr.UnknownValueError:
            return None
        except Exception as error:
            log.error("the engine failed on a recording: %s", type(error).__name__)
            return None
