"""The port `hear(audio, language, hints) -> words or nothing`, and the engines behind it.

Engines: `none` (the default: a person listens), `vosk` (offline, a model folder), `azure` and
`google_cloud` (keys; the audio crosses the border, which is for the operator to decide). Not offered:
`recognize_google`, which sends customers' voices with a shared key.
"""

from __future__ import annotations

import importlib
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import speech_recognition as sr

from hearing.prepare import RATE, WIDTH, Sound, Unreadable, prepare

log = logging.getLogger("jiesu.hearing")

CODES = {"mandarin": "zh-CN", "cantonese": "zh-HK", "english": "en-US"}

#: prepared sound, language code, hints -> words; raises what it likes
Engine = Callable[[Sound, str, Sequence[str]], str]


class Refused(Exception):
    """This engine cannot be used as it is set; the text says what is missing."""


@dataclass(frozen=True)
class Ear:
    """Hears with one engine, or not at all."""

    engine: Engine | None = None

    def hear(self, recording: bytes, language: str, hints: Sequence[str] = ()) -> str | None:
        """The words of a recording, or None: silence, no engine, an unreadable file, a failing engine.

        Never raises: the recording is kept elsewhere, and a person listens when there are no words.
        """
        try:
            sound = prepare(recording)
        except Unreadable as error:
            log.warning("a recording was not heard: %s", error)
            return None
        if self.engine is None or sound.silent:
            return None
        try:
            words = self.engine(sound, CODES.get(language, CODES["mandarin"]), hints)
        except sr.UnknownValueError:
            return None
        except Exception as error:
            log.error("the engine failed on a recording: %s", type(error).__name__)
            return None
        return words.strip() or None


def engine(name: str, **settings: str) -> Engine | None:
    """The engine of this name: none, vosk(model), azure(key, location), google_cloud(credentials).

    Raises Refused when it cannot work, so that a wrong setting is found at start and not at the first call.
    """
    makers: dict[str, Callable[[dict[str, str]], Engine | None]] = {
        "none": lambda _settings: None,
        "vosk": _vosk,
        "azure": _azure,
        "google_cloud": _google_cloud,
    }
    if name not in makers:
        raise Refused(f"no engine is called {name!r}; there are {', '.join(makers)}")
    return makers[name](settings)


def _vosk(settings: dict[str, str]) -> Engine:
    """Offline. Called directly: through SpeechRecognition the model is read anew from one fixed folder
    for each recording. Its spaces between Chinese characters are taken out."""
    folder = Path(_needed("vosk", settings, "model"))
    if not folder.is_dir():
        raise Refused("vosk: the model folder does not exist")
    vosk: Any = _module("vosk", "vosk")
    model = vosk.Model(str(folder))

    def hear(sound: Sound, language: str, hints: Sequence[str]) -> str:
        recogniser = vosk.KaldiRecognizer(model, RATE)
        recogniser.AcceptWaveform(sound.pcm)
        text = str(json.loads(recogniser.FinalResult()).get("text", ""))
        return text.replace(" ", "") if language.startswith("zh") else text

    return hear


def _azure(settings: dict[str, str]) -> Engine:
    """https://github.com/Uberi/speech_recognition, recognize_azure; swearing is kept, it is evidence."""
    key, location = _needed("azure", settings, "key"), _needed("azure", settings, "location")
    recogniser = sr.Recognizer()

    def hear(sound: Sound, language: str, hints: Sequence[str]) -> str:
        given = recogniser.recognize_azure(
            _audio(sound), key=key, language=language, profanity="raw", location=location
        )
        return str(given[0] if isinstance(given, tuple) else given)

    return hear


def _google_cloud(settings: dict[str, str]) -> Engine:
    """https://github.com/Uberi/speech_recognition, recognize_google_cloud."""
    credentials = _needed("google_cloud", settings, "credentials")
    if not Path(credentials).is_file():
        raise Refused("google_cloud: the credentials file does not exist")
    _module("google.cloud.speech", "google-cloud-speech")
    recogniser: Any = sr.Recognizer()

    def hear(sound: Sound, language: str, hints: Sequence[str]) -> str:
        return str(
            recogniser.recognize_google_cloud(
                _audio(sound),
                credentials_json_path=credentials,
                language_code=language,
                preferred_phrases=list(hints),
            )
        )

    return hear


def _audio(sound: Sound) -> sr.AudioData:
    return sr.AudioData(sound.pcm, RATE, WIDTH)


def _needed(name: str, settings: dict[str, str], setting: str) -> str:
    if not settings.get(setting):
        raise Refused(f"{name}: the setting `{setting}` is missing")
    return settings[setting]


def _module(name: str, package: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Refused(f"the Python package {package} is not installed") from None
