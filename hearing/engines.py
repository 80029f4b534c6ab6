"""The engines behind the port, one chosen by setting, each refused in words when it cannot work.

`none` (the default: a person listens), `vosk` and `faster_whisper` (offline, a folder with a model),
`azure` and `google_cloud` (keys; the audio crosses the border, which is for the operator to decide).
Not offered: `recognize_google`, which sends customers' voices over plain http with a shared key.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import speech_recognition as sr

from hearing.decode import RATE, WIDTH
from hearing.prepare import Sound

#: prepared sound, language code, hints -> words; raises what it likes
Engine = Callable[[Sound, str, Sequence[str]], str]
UNVOICED = 0.6
"""How sure Whisper must be that nobody spoke for its text to count as invented; its own threshold."""


class Refused(Exception):
    """This engine cannot be used as it is set; the text says what is missing."""


def engine(name: str, **settings: str) -> Engine | None:
    """The engine of this name: none, vosk(model), faster_whisper(model), azure(key, region),
    google_cloud(credentials). Settings that it does not need are passed over.

    Raises Refused when it cannot work, so that a wrong setting is found at start and not at the first call.
    """
    makers: dict[str, Callable[[dict[str, str]], Engine | None]] = {
        "none": lambda _settings: None,
        "vosk": _vosk,
        "faster_whisper": _faster_whisper,
        "azure": _azure,
        "google_cloud": _google_cloud,
    }
    if name not in makers:
        raise Refused(f"no engine is called {name!r}; there are {', '.join(makers)}")
    return makers[name](settings)


def _vosk(settings: dict[str, str]) -> Engine:
    """Offline. Called directly: through SpeechRecognition the model is read anew from one fixed folder
    for each recording. Its spaces between Chinese characters are taken out."""
    folder = _folder("vosk", settings)
    vosk: Any = _module("vosk", "vosk")
    model = _loaded("vosk", lambda: vosk.Model(folder))

    def hear(sound: Sound, language: str, hints: Sequence[str]) -> str:
        recogniser = vosk.KaldiRecognizer(model, RATE)
        recogniser.AcceptWaveform(sound.pcm)
        text = str(json.loads(recogniser.FinalResult()).get("text", ""))
        return text.replace(" ", "") if language.startswith("zh") else text

    return hear


def _faster_whisper(settings: dict[str, str]) -> Engine:
    """Offline; the weights stay loaded. Whisper invents text where nobody speaks, so its own check for a
    voice comes first, and what it doubts itself is left out. The hints are its prompt: their writing
    (simplified, with commas) is the one it goes on in.
    https://github.com/SYSTRAN/faster-whisper"""
    folder = _folder("faster_whisper", settings)
    whisper: Any = _module("faster_whisper", "faster-whisper")
    about = {"device": "cpu", "compute_type": "int8", "local_files_only": True}
    model = _loaded("faster_whisper", lambda: whisper.WhisperModel(folder, **about))

    def hear(sound: Sound, language: str, hints: Sequence[str]) -> str:
        parts, _about = model.transcribe(
            io.BytesIO(sound.wav()),
            language=language.split("-")[0],
            initial_prompt="，".join(hints) or None,
            vad_filter=True,
            condition_on_previous_text=False,
        )
        return "".join(part.text for part in parts if part.no_speech_prob < UNVOICED)

    return hear


def _azure(settings: dict[str, str]) -> Engine:
    """https://github.com/Uberi/speech_recognition, recognize_azure; swearing is kept, it is evidence."""
    key, region = _needed("azure", settings, "key"), _needed("azure", settings, "region")
    recogniser = sr.Recognizer()

    def hear(sound: Sound, language: str, hints: Sequence[str]) -> str:
        given = recogniser.recognize_azure(
            _audio(sound), key=key, language=language, profanity="raw", location=region
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


def _folder(name: str, settings: dict[str, str]) -> str:
    folder = Path(_needed(name, settings, "model"))
    if not folder.is_dir():
        raise Refused(f"{name}: the model folder does not exist")
    return str(folder)


def _loaded(name: str, load: Callable[[], Any]) -> Any:
    try:
        return load()
    except Exception as error:
        raise Refused(
            f"{name}: the folder of JIESU_HEARING_MODEL holds no model that can be loaded"
            f" ({type(error).__name__})"
        ) from None


def _needed(name: str, settings: dict[str, str], setting: str) -> str:
    if not settings.get(setting):
        raise Refused(f"{name}: the setting JIESU_HEARING_{setting.upper()} is missing")
    return settings[setting]


def _module(name: str, package: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Refused(
            f"the Python package {package} is not installed; docs/recordings.md says how to bring it"
        ) from None
