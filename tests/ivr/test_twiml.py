"""Steps to TwiML, as a table; and a lint of everything the table gives."""

from pathlib import Path

import pytest
import yaml

from core.call import Hold, Leave, Leg, Listen, Record, Ring, Say
from core.content import ContentError
from ivr import twiml
from ivr.engine import Engine
from simulator import document

DATA = yaml.safe_load((Path(__file__).parents[2] / "content" / "calls.yml").read_text("utf-8"))
ENGINE = Engine.from_mapping(DATA)
HINTS = {mode: ",".join(words) for mode, words in ENGINE.language.hints.items()}
TO = twiml.Addresses(
    turn="https://x/turn?n=a&t=1#ct=800",
    rang="https://x/rang",
    recorded="https://x/recorded",
    recording="https://x/recording",
    whisper=lambda leg: f"https://x/whisper?a={leg.agent}",
    leg=lambda leg: f"https://x/leg?a={leg.agent}",
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?><Response>'
VOICE = 'language="cmn-CN" voice="Polly.Zhiyu-Neural"'
REDIRECT = '<Redirect method="POST">https://x/turn?n=a&amp;t=1#ct=800</Redirect>'
FREE = (
    '<Gather action="https://x/turn?n=a&amp;t=1#ct=800" actionOnEmptyResult="true" '
    f'hints="{HINTS["free"]}" input="dtmf speech" language="cmn-Hans-CN" method="POST" '
    'numDigits="1" profanityFilter="false" speechTimeout="3" timeout="{}">'
)
DIGITS = (
    '<Gather action="https://x/turn?n=a&amp;t=1#ct=800" actionOnEmptyResult="true" finishOnKey="#" '
    f'hints="{HINTS["digits"]}" input="dtmf speech" language="cmn-Hans-CN" method="POST" '
    'profanityFilter="false" speechTimeout="3" timeout="3">'
)
SIP = "sip:a@b?X-Complaint=3820471683"

ENDS = (
    'method="POST" statusCallback="https://x/leg?a={0}" statusCallbackEvent="completed" '
    'statusCallbackMethod="POST" url="https://x/whisper?a={0}"'
)

TABLE = [
    ([Say("您好")], f"<Say {VOICE}>您好</Say>"),
    ([Say("a<b&c")], f"<Say {VOICE}>a&lt;b&amp;c</Say>"),
    ([Say("再见"), Leave()], f"<Say {VOICE}>再见</Say><Hangup />"),
    ([Listen("free", (Say("说"),))], FREE.format(5) + f"<Say {VOICE}>说</Say></Gather>" + REDIRECT),
    ([Listen("digits", (Say("按"),))], DIGITS + f"<Say {VOICE}>按</Say></Gather>" + REDIRECT),
    (
        [Listen("free", (Say("等"), Hold(20)))],
        FREE.format(1) + f'<Say {VOICE}>等</Say><Pause length="20" /></Gather>' + REDIRECT,
    ),
    (
        [Say("接"), Ring((Leg(1, "client:a"), Leg(2, SIP)), 20, 14400)],
        f'<Say {VOICE}>接</Say><Dial action="https://x/rang" answerOnBridge="true" method="POST" '
        f'timeLimit="14400" timeout="20"><Client {ENDS.format(1)}>a</Client>'
        f"<Sip {ENDS.format(2)}>{SIP}</Sip></Dial>",
    ),
    (
        [Record(120, 5)],
        '<Record action="https://x/recorded" maxLength="120" method="POST" playBeep="true" '
        'recordingStatusCallback="https://x/recording" recordingStatusCallbackEvent="completed absent" '
        'recordingStatusCallbackMethod="POST" timeout="5" />' + REDIRECT,
    ),
]


@pytest.mark.parametrize(("steps", "body"), TABLE)
def test_steps_become(steps, body):
    rendered = twiml.render(steps, lambda say: say.words, ENGINE, TO)
    assert rendered == f"{HEAD}{body}</Response>"
    assert document.lint(document.read(rendered)) == []


def dial(ring, **more):
    to = twiml.Addresses(**{**vars(TO), **more})
    verbs = document.read(twiml.render([ring], lambda say: "", ENGINE, to))
    assert document.lint(verbs) == []
    return verbs[0]


def test_a_telephone_rings_through_our_own_carrier():
    ring = Ring((Leg(1, "tel:+8613800138000"),), 20, 14400)
    number = dial(ring, trunk="BY" + "0" * 32).inside[0]
    assert (number.name, number.text, number.get("byoc")) == ("Number", "+8613800138000", "BY" + "0" * 32)
    assert dial(ring).inside[0].get("byoc") == ""


def test_a_talk_is_recorded_on_two_tracks_unless_the_caller_refused():
    ring = Ring((Leg(1, "client:a"),), 20, 14400)
    refused = Ring((Leg(1, "client:a"),), 20, 14400, recorded=False)
    assert dial(ring, talks="https://x/recording?kind=talk").get("record") == "record-from-answer-dual"
    assert dial(ring, talks="https://x/talk").get("recordingStatusCallback") == "https://x/talk"
    assert dial(refused, talks="https://x/talk").get("record") == ""
    assert dial(ring).get("record") == ""


def test_the_whisper_hangs_up_on_silence():
    verbs = document.read(twiml.render_whisper("按一接听", ENGINE, "https://x/whispered"))
    assert [verb.name for verb in verbs] == ["Gather", "Hangup"]
    assert verbs[0].get("timeout") == "4"
    assert document.lint(verbs) == []


@pytest.mark.parametrize("evil", ["a\x00b", "a\x1bb", "a\x08b", "a\ufffeb", "a\ud800b", "a\x7fb", "a\x85b"])
def test_control_characters_never_reach_the_xml(evil):
    rendered = twiml.render([Say(evil), Leave()], lambda say: say.words, ENGINE, TO)
    assert document.read(rendered)[0].text == "ab"


def test_nothing_to_say_is_no_empty_verb():
    rendered = twiml.render([Say("\x00"), Leave()], lambda say: say.words, ENGINE, TO)
    assert [verb.name for verb in document.read(rendered)] == ["Hangup"]


def test_music_replaces_the_pause():
    to = twiml.Addresses(**{**vars(TO), "music": "https://x/music.wav"})
    verbs = document.read(twiml.render([Listen("free", (Hold(20),))], lambda say: "", ENGINE, to))
    assert verbs[0].inside[0].name == "Play"


@pytest.mark.parametrize(
    ("shown", "number"),
    [
        ("+8613800138000", "+8613800138000"),
        ("13800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("01012345678", "+861012345678"),
        ("sip:13800138000@trunk.example", "+8613800138000"),
        ("+14155550100", "+14155550100"),
        ("anonymous", None),
        ("Anonymous", None),
        ("sip:anonymous@anonymous.invalid", None),
        ("+266696687", None),
        ("+7378742833", None),
        ("+2562533", None),
        ("+8656696", None),
        ("+86282452253", None),
        ("", None),
        ("110", None),
        ("client:desk", None),
        ("１３８００１３８０００", None),
    ],
)
def test_the_number_that_is_shown(shown, number):
    assert ENGINE.shown_number(shown) == number


@pytest.mark.parametrize(
    "change", [{"uses": "klingon"}, {"free": {"timeout": 0}}, {"engines": []}, {"hints": [""]}]
)
def test_a_wrong_engine_is_refused_with_its_place(change):
    data = {**DATA, "engine": {**DATA["engine"], **change}}
    with pytest.raises(ContentError, match=r"calls\.yml: engine"):
        Engine.from_mapping(data)
