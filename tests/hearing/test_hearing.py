"""Sound made fit, and heard by whatever engine is set; on sounds made here."""

import io
import json
import math
import struct
import sys
import types
import wave

import pytest
import speech_recognition as sr

import hearing
from hearing import Ear, Refused, TooLarge, TooLong, Unreadable, prepare


def tone(seconds, rate=8000, channels=1, width=2, volume=0.3, pitch=440):
    peak = {1: 127, 2: 32767, 4: 2**31 - 1}[width]
    code = {1: "B", 2: "<h", 4: "<i"}[width]
    frames = bytearray()
    for i in range(int(seconds * rate)):
        value = int(peak * volume * math.sin(2 * math.pi * pitch * i / rate))
        frames += struct.pack(code, value + 128 if width == 1 else value) * channels
    return bytes(frames)


def wav(frames, rate=8000, channels=1, width=2):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(frames)
    return file.getvalue()


@pytest.mark.parametrize(
    ("rate", "channels", "width"), [(8000, 1, 2), (44100, 2, 2), (16000, 1, 1), (8000, 2, 4)]
)
def test_any_pcm_becomes_mono_16_khz_16_bit(rate, channels, width):
    sound = prepare(wav(tone(1, rate, channels, width), rate, channels, width))
    with wave.open(io.BytesIO(sound.wav())) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 16000, 2)
    assert sound.seconds == pytest.approx(1, abs=0.05)


def test_the_level_is_set():
    sound = prepare(wav(tone(1, volume=0.01)))
    loudest = max(abs(value) for (value,) in struct.iter_unpack("<h", sound.pcm))
    assert loudest > 25000


def test_silence_at_both_ends_is_trimmed_but_for_a_margin():
    quiet = bytes(2 * 8000 * 3)
    sound = prepare(wav(quiet + tone(1) + quiet))
    assert 1.0 < sound.seconds < 1.6


@pytest.mark.parametrize("recording", [wav(b""), wav(bytes(16000)), wav(tone(2, volume=0.0002))])
def test_silence_is_silence(recording):
    assert prepare(recording).silent
    assert Ear(lambda *_: "invented").hear(recording, "mandarin") is None


def test_an_unknown_format_is_refused_by_name():
    mulaw = bytearray(wav(tone(1)))
    mulaw[20:22] = struct.pack("<H", 7)
    torn = wav(tone(1))[:50]
    for recording in (
        b"",
        b"ID3\x03mp3",
        b"#!AMR\n",
        b"\x02#!SILK_V3",
        bytes(mulaw),
        torn[:30],
        b"RIFF0000WAVE",
    ):
        with pytest.raises(Unreadable):
            prepare(recording)


def test_a_torn_recording_is_no_crash():
    recording = wav(tone(1))
    for cut in range(0, len(recording), 997):
        try:
            prepare(recording[:cut])
        except Unreadable:
            continue


def test_too_large_and_too_long_are_refused(monkeypatch):
    with pytest.raises(TooLong):
        prepare(wav(bytes(2 * 301 * 100), rate=100))
    monkeypatch.setattr(sys.modules["hearing.prepare"], "LARGEST", 100)
    with pytest.raises(TooLarge):
        prepare(wav(tone(1)))


def test_without_an_engine_there_are_no_words():
    assert hearing.engine("none") is None
    assert Ear(hearing.engine("none")).hear(wav(tone(1)), "mandarin") is None


def test_the_engine_gets_the_prepared_sound_the_code_and_the_hints():
    got = []

    def engine(sound, language, hints):
        got.append((sound.seconds, language, list(hints)))
        return " 货坏了 "

    assert Ear(engine).hear(wav(tone(1)), "cantonese", ["投诉"]) == "货坏了"
    assert got[0][1:] == ("zh-HK", ["投诉"])


@pytest.mark.parametrize(
    "failure", [sr.UnknownValueError(), sr.RequestError("no network"), ValueError("x"), KeyError()]
)
def test_a_failing_engine_means_no_words(failure, caplog):
    def engine(*_):
        raise failure

    assert Ear(engine).hear(wav(tone(1)), "mandarin") is None
    assert Ear(engine).hear(b"nonsense", "mandarin") is None


def test_an_engine_that_hears_nothing():
    assert Ear(lambda *_: "  ").hear(wav(tone(1)), "mandarin") is None


@pytest.mark.parametrize(
    ("name", "settings", "why"),
    [
        ("google", {}, "no engine is called"),
        ("vosk", {}, "`model` is missing"),
        ("vosk", {"model": "/nowhere"}, "does not exist"),
        ("azure", {"location": "chinaeast2"}, "`key` is missing"),
        ("azure", {"key": "k"}, "`location` is missing"),
        ("google_cloud", {}, "`credentials` is missing"),
        ("google_cloud", {"credentials": "/nowhere"}, "does not exist"),
    ],
)
def test_a_wrong_setting_is_found_at_start(name, settings, why):
    with pytest.raises(Refused, match=why):
        hearing.engine(name, **settings)


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "vosk", None)
    with pytest.raises(Refused, match="vosk is not installed"):
        hearing.engine("vosk", model=str(tmp_path))


def test_vosk_loads_its_model_once_and_joins_characters(tmp_path, monkeypatch):
    loaded = []

    class Recogniser:
        def __init__(self, model, rate):
            assert rate == 16000

        def AcceptWaveform(self, pcm):
            assert pcm

        def FinalResult(self):
            return json.dumps({"text": "货 坏 了"})

    fake = types.SimpleNamespace(Model=lambda path: loaded.append(path), KaldiRecognizer=Recogniser)
    monkeypatch.setitem(sys.modules, "vosk", fake)
    ear = Ear(hearing.engine("vosk", model=str(tmp_path)))
    assert [ear.hear(wav(tone(1)), "mandarin") for _ in range(2)] == ["货坏了", "货坏了"]
    assert loaded == [str(tmp_path)]


def test_azure_keeps_swearing_and_takes_the_text(monkeypatch):
    def recognise(self, audio, key, language, profanity, location):
        assert (key, language, profanity, location) == ("k", "zh-CN", "raw", "chinaeast2")
        assert isinstance(audio, sr.AudioData)
        return ("他妈的等了三天", 0.9)

    monkeypatch.setattr(sr.Recognizer, "recognize_azure", recognise)
    ear = Ear(hearing.engine("azure", key="k", location="chinaeast2"))
    assert ear.hear(wav(tone(1)), "mandarin") == "他妈的等了三天"


def test_google_cloud_gets_the_hints(tmp_path, monkeypatch):
    credentials = tmp_path / "key.json"
    credentials.write_text("{}")
    monkeypatch.setitem(sys.modules, "google.cloud.speech", types.ModuleType("speech"))

    def recognise(self, audio, credentials_json_path, language_code, preferred_phrases):
        assert (credentials_json_path, language_code, preferred_phrases) == (
            str(credentials),
            "zh-CN",
            ["投诉"],
        )
        return "我要投诉"

    monkeypatch.setattr(sr.Recognizer, "recognize_google_cloud", recognise)
    ear = Ear(hearing.engine("google_cloud", credentials=str(credentials)))
    assert ear.hear(wav(tone(1)), "mandarin", ["投诉"]) == "我要投诉"
