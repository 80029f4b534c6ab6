"""Sound made fit, and heard by whatever engine is set; on sounds made here."""

import contextlib
import io
import itertools
import json
import random
import socket
import struct
import subprocess
import sys
import time
import types
import wave
from typing import ClassVar

import pytest
import speech_recognition as sr

import hearing
from hearing import Ear, Refused, TooLarge, TooLong, TooSlow, Unreadable, prepare, prepare_channels
from tests.fakes.sounds import encoded, talk, tone, wav
from tests.hearing.chat_sounds import AMR_WB, SPEEX, SPEEX_ALIKE, silk

decode_module = sys.modules["hearing.decode"]
CODINGS = {
    "mu-law": ("wav", "pcm_mulaw", 8000),
    "a-law": ("wav", "pcm_alaw", 8000),
    "mp3": ("mp3", "libmp3lame", 44100),
    "amr": ("amr", "libopencore_amrnb", 8000),
    "opus": ("ogg", "libopus", 48000),
    "m4a": ("mp4", "aac", 44100),
}


@pytest.mark.parametrize(
    ("rate", "channels", "width"), [(8000, 1, 2), (44100, 2, 2), (16000, 1, 1), (8000, 2, 4)]
)
def test_any_pcm_becomes_mono_16_khz_16_bit(rate, channels, width):
    sound = prepare(wav(tone(1, rate, channels, width), rate, channels, width))
    with wave.open(io.BytesIO(sound.wav())) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 16000, 2)
    assert sound.seconds == pytest.approx(1, abs=0.05)


def pitch(sound):
    """How often the samples pass zero upwards, a second: a tone's pitch."""
    values = [value for (value,) in struct.iter_unpack("<h", sound.pcm)]
    ups = sum(1 for a, b in itertools.pairwise(values) if a < 0 <= b)
    return ups / sound.seconds


@pytest.mark.parametrize("name", CODINGS)
def test_every_coding_is_read_and_sounds_as_it_was(name):
    sound = prepare(encoded(*CODINGS[name]))
    assert sound.seconds == pytest.approx(2, abs=0.1)
    assert pitch(sound) == pytest.approx(440, rel=0.02)


CHATS = {
    "SILK as Tencent writes it": (silk(), "audio/silk", 1),
    "SILK as Skype wrote it": (silk(tencent=False) + b"\xff\xff", "audio/silk", 1),
    "Speex after its lengths": (SPEEX, "audio/speex", 0.5),
    "Speex alone": (SPEEX_ALIKE, "audio/speex", 0.5),
}


@pytest.mark.parametrize("name", CHATS)
def test_what_chats_send_sounds_as_it_was(name):
    recording, type, seconds = CHATS[name]
    sound = prepare(recording)
    assert hearing.type_of(recording) == type
    assert sound.seconds == pytest.approx(seconds, abs=0.05)
    assert pitch(sound) == pytest.approx(440, rel=0.02)


def test_amr_in_wide_band_is_read():
    """No encoder is at hand, so only that the frames are taken for a second of sound."""
    assert hearing.type_of(AMR_WB) == "audio/amr"
    assert prepare(AMR_WB).seconds == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("recording", [silk(), SPEEX, AMR_WB, encoded("amr", "libopencore_amrnb", 8000)])
def test_a_copy_to_play_lasts_as_long_and_is_a_wav(recording):
    copy = hearing.playable(recording)
    with wave.open(io.BytesIO(copy)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getsampwidth()) == (1, 16000, 2)
        seconds = file.getnframes() / 16000
    assert seconds == pytest.approx(prepare(recording).seconds, abs=0.1)


@pytest.mark.parametrize("recording", [silk()[:200], SPEEX[: 61 * 10]], ids=["SILK", "Speex"])
def test_what_was_torn_on_the_way_is_read_up_to_there(recording):
    assert 0 < prepare(recording).seconds < 0.45


TORN = {
    "SILK without a frame": b"#!SILK_V3",
    "SILK with a frame too long": b"#!SILK_V3" + (961).to_bytes(2, "little") + b"a" * 961,
    "SILK with a frame of nothing": b"\x02#!SILK_V3\x00\x00" + b"a" * 50,
    "SILK with a frame before its start": b"\x02#!SILK_V3\xfe\xff" + b"a" * 50,
    "four frames, which may be anything": SPEEX[: 61 * 4],
    "frames in another band": SPEEX.replace(b"\x3c\x30", b"\x3c\xb0"),
}


@pytest.mark.parametrize("name", TORN)
def test_a_chat_s_sound_that_is_none_is_refused_before_a_decoder_sees_it(name, monkeypatch):
    monkeypatch.setattr("hearing.chat.pysilk.decode", lambda *_: pytest.fail("it was let through"))
    with pytest.raises(Unreadable):
        prepare(TORN[name])


def test_a_long_voice_is_refused_before_it_is_unfolded(monkeypatch):
    monkeypatch.setattr("hearing.chat.pysilk.decode", lambda *_: pytest.fail("it was let through"))
    hours = b"#!SILK_V3" + b"\x01\x00a" * (50 * 3600)
    with pytest.raises(TooLong):
        prepare(hours)


def test_any_change_of_a_byte_ends_in_sound_or_in_a_refusal():
    chance = random.Random(6)
    for coded in (silk(), SPEEX) * 60:
        changed = bytearray(coded)
        for _ in range(chance.choice((1, 5, 50))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        with contextlib.suppress(Unreadable):
            assert hearing.playable(bytes(changed))[:4] == b"RIFF"


@pytest.mark.parametrize("name", ["mu-law", "mp3", "opus", "m4a"])
def test_two_channels_are_mixed(name):
    assert prepare(encoded(*CODINGS[name], layout="stereo")).seconds == pytest.approx(2, abs=0.1)


def test_each_channel_of_a_talk_by_itself():
    sounds = prepare_channels(talk(tone(2, pitch=300), tone(2, pitch=700)))
    assert [pitch(sound) for sound in sounds] == pytest.approx([300, 700], rel=0.02)


def test_the_level_is_set():
    sound = prepare(wav(tone(1, volume=0.01)))
    loudest = max(abs(value) for (value,) in struct.iter_unpack("<h", sound.pcm))
    assert loudest > 25000


def test_silence_at_both_ends_is_trimmed_but_for_a_margin():
    quiet = bytes(2 * 8000 * 3)
    sound = prepare(wav(quiet + tone(1) + quiet))
    assert 1.0 < sound.seconds < 1.6


def test_a_recording_of_nothing_is_no_crash():
    assert Ear(lambda *_: "invented").hear(wav(b""), "mandarin") is None


@pytest.mark.parametrize(
    "recording", [wav(bytes(16000)), wav(tone(2, volume=0.0002))], ids=["silent", "faint"]
)
def test_silence_is_silence(recording):
    assert prepare(recording).silent
    assert Ear(lambda *_: "invented").hear(recording, "mandarin") is None


PLAYLIST = b"#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/secret\nfile:///etc/passwd\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"
NO_SOUND = {
    "nothing": b"",
    "text": b"hello, I am no sound",
    "text that begins like one": b"RIFF\x00\x00\x00\x00WAVEhello, I am no sound" + b"a" * 400,
    "a page": b"<html><script>alert(1)</script></html>",
    "a playlist": PLAYLIST,
    "a playlist in a WAV": b"RIFF" + struct.pack("<I", len(PLAYLIST) + 4) + b"WAVE" + PLAYLIST,
    "a playlist after an ID3 tag": b"ID3\x04\x00\x00\x00\x00\x00\x00" + PLAYLIST * 20,
    "a list of files": CONCAT,
    "a stream description": b"v=0\r\nm=audio 5004 RTP/AVP 0\r\n",
    "WeChat's SILK": b"\x02#!SILK_V3" + b"\x00" * 400,
    "a tag alone": b"ID3\x03mp3",
    "a header alone": wav(tone(1))[:30],
    "an Ogg of nothing": b"OggS" + b"\x00" * 400,
    "an MP4 of nothing": b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42" + b"\x00" * 400,
    "a film without sound": b"\x00\x00\x00\x18ftypisom",
    "too many channels": wav(tone(0.1) * 40, channels=40),
    "a rate nobody speaks in": wav(tone(1), rate=7),
}


@pytest.mark.parametrize("name", NO_SOUND)
def test_what_is_no_sound_is_refused(name):
    with pytest.raises(Unreadable):
        prepare(NO_SOUND[name])


@pytest.mark.parametrize(
    "around",
    [b"%s", b"RIFF\x00\x01\x00\x00WAVE%s", b"ID3\x04\x00\x00\x00\x00\x00\x00%s"],
    ids=["bare", "in a WAV", "after a tag"],
)
def test_an_address_in_a_file_is_never_visited(around):
    """Nothing but memory is read, also where ffmpeg would follow a playlist if it were asked to guess."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = b"http://127.0.0.1:%d/a.ts\n" % listening.getsockname()[1]
        playlist = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + address + b"#EXT-X-ENDLIST\n"
        with pytest.raises(Unreadable):
            prepare(around % (playlist * 20))
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.parametrize("name", CODINGS)
def test_a_torn_recording_gives_what_is_there_and_is_no_crash(name):
    recording = encoded(*CODINGS[name])
    heard = []
    for cut in range(0, len(recording), max(1, len(recording) // 37)):
        try:
            heard.append(prepare(recording[:cut]).seconds)
        except Unreadable:
            continue
    assert heard == sorted(heard)
    if name != "m4a":  # its table of contents is at the end
        assert 0.8 < heard[len(heard) // 2] < 1.4


@pytest.mark.parametrize("name", ["mp3", "amr", "opus"])
def test_noise_in_the_middle_is_passed_over(name):
    recording = bytearray(encoded(*CODINGS[name]))
    middle = len(recording) // 2
    recording[middle : middle + 40] = b"\xa5" * 40
    assert prepare(bytes(recording)).seconds > 0.8


def test_a_small_file_that_claims_hours_gives_what_it_holds():
    recording = bytearray(wav(tone(1)))
    struct.pack_into("<I", recording, 40, 8000 * 2 * 3600 * 4)
    struct.pack_into("<I", recording, 4, 8000 * 2 * 3600 * 4 + 36)
    assert prepare(bytes(recording)).seconds == pytest.approx(1, abs=0.05)


def test_a_small_file_that_unfolds_to_hours_is_refused_in_good_time():
    bomb = b"#!AMR\n" + encoded(*CODINGS["amr"])[6:] * 8000
    began = time.monotonic()
    with pytest.raises(TooLong):
        prepare(bomb)
    assert time.monotonic() - began < 10


def test_too_long_is_refused_and_not_cut():
    with pytest.raises(TooLong):
        prepare(wav(bytes(2 * 8000 * 301)))
    assert prepare(wav(bytes(2 * 8000 * 299))).silent


def test_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(decode_module, "LARGEST", 100)
    with pytest.raises(TooLarge):
        prepare(wav(tone(1)))


def test_a_file_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(decode_module, "DECODE_SECONDS", 0.0)
    with pytest.raises(TooSlow):
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
        ("vosk", {}, "JIESU_HEARING_MODEL is missing"),
        ("vosk", {"model": "/nowhere"}, "does not exist"),
        ("faster_whisper", {}, "JIESU_HEARING_MODEL is missing"),
        ("faster_whisper", {"model": "/nowhere"}, "does not exist"),
        ("azure", {"region": "chinaeast2"}, "HEARING_KEY is missing"),
        ("azure", {"key": "k"}, "HEARING_REGION is missing"),
        ("google_cloud", {}, "HEARING_CREDENTIALS is missing"),
        ("google_cloud", {"credentials": "/nowhere"}, "does not exist"),
    ],
)
def test_a_wrong_setting_is_found_at_start(name, settings, why):
    with pytest.raises(Refused, match=why):
        hearing.engine(name, **settings)


@pytest.mark.parametrize(
    ("name", "module", "package"),
    [("vosk", "vosk", "vosk"), ("faster_whisper", "faster_whisper", "faster-whisper")],
)
def test_a_missing_package_is_named(name, module, package, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Refused, match=f"{package} is not installed"):
        hearing.engine(name, model=str(tmp_path))


@pytest.mark.parametrize(
    ("name", "maker"), [("vosk", "Model"), ("faster_whisper", "WhisperModel")], ids=["vosk", "faster_whisper"]
)
def test_a_stand_in_that_finds_no_model_in_the_folder_is_refused(name, maker, tmp_path, monkeypatch):
    def nothing_there(*_, **__):
        raise RuntimeError("Unable to open file 'model.bin'")

    monkeypatch.setitem(sys.modules, name, types.SimpleNamespace(**{maker: nothing_there}))
    with pytest.raises(Refused, match="holds no model"):
        hearing.engine(name, model=str(tmp_path))


def test_no_optional_engine_is_imported_before_it_is_chosen():
    names = ("vosk", "faster_whisper", "google.cloud.speech")
    code = f"import hearing, sys; sys.exit(any(name in sys.modules for name in {names!r}))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_a_stand_in_for_vosk_is_loaded_once_and_its_characters_joined(tmp_path, monkeypatch):
    """Only the seam: the package and a model are not here."""
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


class StandInForWhisper:
    """The two calls of faster-whisper 1.2 that we make, with the parameters that it has."""

    loaded: ClassVar[list[str]] = []
    heard: ClassVar[list[dict[str, object]]] = []

    def __init__(self, model_size_or_path, device="auto", compute_type="default", local_files_only=False):
        assert (device, compute_type, local_files_only) == ("cpu", "int8", True)
        self.loaded.append(model_size_or_path)

    def transcribe(self, audio, language, initial_prompt, vad_filter, condition_on_previous_text):
        with wave.open(audio) as file:
            assert (file.getframerate(), file.getnchannels()) == (16000, 1)
        assert vad_filter
        assert not condition_on_previous_text
        self.heard.append({"language": language, "prompt": initial_prompt})
        parts = [("货坏了，", 0.1), ("请订阅我的频道", 0.9), ("要退款。", 0.2)]
        return iter(types.SimpleNamespace(text=text, no_speech_prob=p) for text, p in parts), None


def test_a_stand_in_for_faster_whisper_stays_loaded_is_prompted_and_doubted(tmp_path, monkeypatch):
    """Only the seam: the package and weights are not here."""
    monkeypatch.setitem(sys.modules, "faster_whisper", types.SimpleNamespace(WhisperModel=StandInForWhisper))
    ear = Ear(hearing.engine("faster_whisper", model=str(tmp_path)))
    for _ in range(2):
        assert ear.hear(wav(tone(1)), "cantonese", ["投诉", "退款"]) == "货坏了，要退款。"
    assert StandInForWhisper.loaded == [str(tmp_path)]
    assert StandInForWhisper.heard[0] == {"language": "zh", "prompt": "投诉，退款"}
    assert ear.hear(wav(bytes(2 * 8000)), "mandarin") is None
    assert len(StandInForWhisper.heard) == 2


def test_each_side_of_a_talk_is_heard_by_itself():
    ear = Ear(lambda sound, *_: f"{pitch(sound):.0f}")
    both = ear.hear_channels(talk(tone(2, pitch=300), tone(2, pitch=700)), "mandarin")
    assert [int(words or 0) for words in both] == pytest.approx([300, 700], rel=0.02)
    half = ear.hear_channels(talk(tone(2, pitch=300), bytes(2 * 2 * 8000)), "mandarin")
    assert half[0]
    assert half[1] is None
    assert ear.hear_channels(b"no sound", "mandarin") == ()
    assert Ear().hear_channels(wav(tone(1)), "mandarin") == ()


def test_azure_keeps_swearing_and_takes_the_text(monkeypatch):
    def recognise(self, audio, key, language, profanity, location):
        assert (key, language, profanity, location) == ("k", "zh-CN", "raw", "chinaeast2")
        assert isinstance(audio, sr.AudioData)
        return ("他妈的等了三天", 0.9)

    monkeypatch.setattr(sr.Recognizer, "recognize_azure", recognise)
    ear = Ear(hearing.engine("azure", key="k", region="chinaeast2"))
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
