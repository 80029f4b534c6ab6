"""The caller simulator against small applications, whose right behaviour Twilio documents."""

import json
import threading
from pathlib import Path

import pytest
import yaml
from flask import Flask, request
from twilio.request_validator import RequestValidator
from werkzeug.serving import make_server

from simulator import Caller, Line, accepts, busy, declines, document, fails, rings_out, voicemail
from simulator.line import Foreign, signature
from simulator.phones import read
from simulator.script import Script, Wrong

PUBLIC = "https://app.example"


class Application:
    """Answers each path with a fixed document, and remembers what it was sent."""

    def __init__(self, **documents):
        self.documents = documents
        self.got = []
        self.flask = Flask(__name__)
        self.flask.add_url_rule("/<path:path>", view_func=self.answer, methods=["POST"])

    def answer(self, path):
        self.got.append((path, request.form.to_dict(), dict(request.headers)))
        body = self.documents.get(path, "")
        if callable(body):
            body = body(request.form)
        return f"<Response>{body}</Response>", 200, {"Content-Type": "text/xml"}

    def caller(self, repeat=1, **more):
        line = Line.over_wsgi(self.flask, PUBLIC, "token-of-the-application", repeat)
        return Caller(line, incoming="/start", status=more.pop("status", ""), **more)

    def sent(self, path):
        return [form for at, form, _ in self.got if at == path]


SAY = '<Say language="cmn-CN" voice="Polly.Zhiyu-Neural">{}</Say>'


def test_it_signs_as_twilio_does():
    params = {"CallSid": "CA1", "SpeechResult": "货坏了", "Digits": "0"}
    url = "https://app.example/voice/turn?n=open&t=1"
    assert RequestValidator("secret").validate(url, params, signature("secret", url, params))


def test_time_is_counted_in_characters():
    call = Application(start=SAY.format("一二三四五六七八。") + "<Hangup/>").caller().dial()
    assert (call.seconds, call.spoken, call.ended) == (2.0, 2.0, "machine")


@pytest.mark.parametrize(
    ("attributes", "keys", "digits"),
    [
        ('numDigits="1"', "5", "5"),
        ('numDigits="1"', "56", "5"),
        ('numDigits="4"', "12#", "12"),
        ("", "12345#9", "12345"),
        ('finishOnKey="*"', "12#*", "12#"),
        ("", "123", "123"),
    ],
)
def test_keys_are_collected(attributes, keys, digits):
    app = Application(start=f'<Gather action="/got" {attributes}/>', got="<Hangup/>")
    app.caller().dial().press(keys)
    assert app.sent("got")[0]["Digits"] == digits


def test_the_finishing_key_alone_is_an_empty_result():
    app = Application(start='<Gather action="/got" actionOnEmptyResult="true"/>', got="<Hangup/>")
    app.caller().dial().press("#")
    assert "Digits" not in app.sent("got")[0]


def test_silence_falls_through_unless_the_empty_result_is_asked_for():
    app = Application(start='<Gather action="/got"/>' + SAY.format("二"), got="")
    call = app.caller().dial().silent()
    assert app.sent("got") == []
    assert call.heard == ["二"]
    assert call.ended == "document"
    assert any("without a goodbye" in fault for fault in call.faults)


def test_speech_is_only_heard_where_it_is_listened_for():
    speech = '<Gather action="/got" input="dtmf speech" language="cmn-Hans-CN" speechTimeout="3"/>'
    app = Application(start=speech, got="<Hangup/>")
    app.caller().dial().says("货坏了", confidence=0.2)
    assert (app.sent("got")[0]["SpeechResult"], app.sent("got")[0]["Confidence"]) == ("货坏了", "0.2")
    deaf = Application(start='<Gather action="/got"/><Hangup/>', got="")
    deaf.caller().dial().says("货坏了")
    assert deaf.sent("got") == []


def test_keys_cut_the_prompt():
    app = Application(start='<Gather action="/got">' + SAY.format("一二三四") + "</Gather>", got="<Hangup/>")
    assert app.caller().dial().press("1#", at_once=True).spoken == 0
    assert app.caller().dial().press("1#").spoken == 1.0


def test_redirect_goes_on_and_a_loop_is_noticed():
    app = Application(start="<Redirect>/next</Redirect>", next=SAY.format("到") + "<Hangup/>")
    assert app.caller().dial().heard == ["到"]
    loop = Application(start="<Redirect>/start</Redirect>").caller().dial()
    assert (loop.ended, loop.faults) == ("loop", ["a loop without the caller"])


def test_it_stays_on_its_host():
    call = Application(start="<Redirect>https://elsewhere.example/x</Redirect>").caller().dial()
    assert call.ended == "foreign"
    line = Line(PUBLIC, "t", lambda *_: None)
    for url in ("https://app.example.evil/x", "http://app.example/x", "//evil/x"):
        with pytest.raises(Foreign):
            line.absolute(PUBLIC + "/a", url)


def test_fragments_are_not_sent():
    app = Application(start="<Redirect>/next#ct=800</Redirect>", next="<Hangup/>")
    assert app.caller().dial().faults == []
    assert len(app.sent("next")) == 1


LEGS = '<Client url="/whisper">a</Client><Client url="/whisper">b</Client>'
DIAL = f'<Dial action="/rang" timeout="20">{LEGS}</Dial>'
WHISPER = '<Gather numDigits="1" action="/key">' + SAY.format("按一") + "</Gather><Hangup/>"


def bridges(form):
    return "" if form["Digits"] == "1" else "<Hangup/>"


def dialling(whisper=WHISPER, key=bridges):
    return Application(start=DIAL, whisper=whisper, key=key, rang=SAY.format("完") + "<Hangup/>")


@pytest.mark.parametrize(
    ("a", "b", "status", "bridged"),
    [
        (accepts(3), rings_out(), "completed", ["client:a"]),
        (declines(3), accepts(5), "completed", ["client:b"]),
        (voicemail(3), accepts(5), "completed", ["client:b"]),
        (declines(3), declines(4), "completed", []),
        (busy(), busy(), "busy", []),
        (fails(), busy(), "busy", []),
        (fails(), fails(), "failed", []),
        (busy(), rings_out(), "no-answer", []),
        (accepts(25), rings_out(), "no-answer", []),
    ],
)
def test_what_a_ring_reports(a, b, status, bridged):
    app = dialling()
    call = app.caller(agents={"client:a": a, "client:b": b}).dial()
    told = app.sent("rang")[0]
    assert (told["DialCallStatus"], call.bridged) == (status, bridged)
    assert told["DialBridged"] == ("true" if bridged else "false")
    assert call.heard == ["完"]


def test_a_ring_that_nobody_answers_takes_its_time():
    assert dialling().caller().dial().seconds == pytest.approx(20.25)


def test_first_pickup_ends_the_other_legs():
    call = (
        dialling()
        .caller(agents={"client:a": declines(3), "client:b": accepts(5)}, first_wins="pickup")
        .dial()
    )
    assert call.bridged == []


def test_a_whisper_that_just_ends_bridges():
    """The trap: a voicemail would be connected."""
    call = dialling(whisper=SAY.format("投诉")).caller(agents={"client:a": voicemail(3)}).dial()
    assert call.bridged == ["client:a"]


def test_after_a_dial_with_action_nothing_more_of_the_document_runs():
    app = Application(start=DIAL + SAY.format("不该听到"), whisper=WHISPER, key=bridges, rang="<Hangup/>")
    assert app.caller().dial().heard == []


def test_without_action_the_next_verb_runs():
    app = Application(start="<Dial><Client>a</Client></Dial>" + SAY.format("接着") + "<Hangup/>")
    assert app.caller(agents={"client:a": accepts(1)}).dial().heard == ["接着"]


def test_a_recording_is_reported_twice():
    app = Application(
        start='<Record action="/recorded" recordingStatusCallback="/ready"/>', recorded="<Hangup/>", ready=""
    )
    call = app.caller().dial().says("我的货坏了")
    assert (
        app.sent("recorded")[0]["RecordingSid"] == app.sent("ready")[0]["RecordingSid"] == call.recordings[0]
    )


def test_silence_into_a_recording_falls_through():
    app = Application(start='<Record action="/recorded"/>' + SAY.format("没录到") + "<Hangup/>")
    assert app.caller().dial().silent().heard == ["没录到"]


def test_statuses_come_in_order_or_not():
    app = Application(start="<Hangup/>", status="")
    app.caller(status="/status").dial()
    assert [form["CallStatus"] for form in app.sent("status")] == ["ringing", "in-progress", "completed"]
    app.got.clear()
    app.caller(status="/status").dial(reorder=True)
    assert [form["CallStatus"] for form in app.sent("status")] == ["completed", "in-progress", "ringing"]


def test_repeats_carry_one_token_and_differences_are_noticed():
    counter = iter(range(10))
    app = Application(start=lambda form: SAY.format(next(counter)) + "<Hangup/>")
    call = app.caller(repeat=3).dial()
    tokens = {headers["I-Twilio-Idempotency-Token"] for _, _, headers in app.got}
    assert (len(app.got), len(tokens)) == (3, 1)
    assert call.differences == [f"{PUBLIC}/start"]


def test_a_lost_reply_is_delivered_again():
    app = Application(start="<Hangup/>")
    caller = app.caller()
    caller.line.lose = {1}
    caller.dial()
    assert len(app.got) == 2


@pytest.mark.parametrize(
    "answer",
    [
        ("oops", 500, {}),
        ("<Response>", 200, {"Content-Type": "text/xml"}),
        ("<a/>", 200, {"Content-Type": "text/xml"}),
        ("{}", 200, {"Content-Type": "text/json"}),
        ("<!DOCTYPE x><Response/>", 200, {"Content-Type": "text/xml"}),
    ],
)
def test_what_a_phone_company_would_not_play(answer):
    app = Flask(__name__)
    app.add_url_rule("/start", view_func=lambda: answer, methods=["POST"])
    call = Caller(Line.over_wsgi(app, PUBLIC, "t"), incoming="/start", status="").dial()
    assert call.ended == "machine"
    assert call.faults[0].startswith("application error")


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ('<Gather num_digits="1"/>', "unknown attribute num_digits"),
        ('<Gather bargeIn="true"/>', "unknown attribute bargeIn"),
        ('<Gather input="speech" language="zh-CN"/>', "13331"),
        ('<Gather input="speech"><Say language="cmn-CN" voice="Polly.Zhiyu">请说</Say></Gather>', "13331"),
        ('<Gather speechTimeout="1.5"/>', "13335"),
        ('<Say language="zh-CN">x</Say>', "not a code"),
        ('<Say language="cmn-CN" voice="alice">x</Say>', "does not speak"),
        ("<Gather><Dial/></Gather>", "Dial inside Gather"),
        ('<Dial timeOut="3"/>', "unknown attribute timeOut"),
        ('<Dial><Client urll="x">a</Client></Dial>', "unknown attribute urll"),
    ],
)
def test_the_lint_finds(body, finding):
    assert any(finding in one for one in document.lint(document.read(f"<Response>{body}</Response>")))


def test_nobody_listens_after_the_end():
    call = Application(start="<Hangup/>").caller().dial()
    with pytest.raises(AssertionError, match="has ended"):
        call.press("1")


def test_over_http_to_a_server_with_another_public_name():
    app = Application(start='<Gather action="/got"/>', got="<Hangup/>")
    server = make_server("127.0.0.1", 0, app.flask, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        line = Line.over_http(f"http://127.0.0.1:{server.port}", "token", public_url=PUBLIC)
        call = Caller(line, incoming="/start", status="").dial().press("7#")
        signed = app.got[1][2]["X-Twilio-Signature"]
        assert RequestValidator("token").validate(f"{PUBLIC}/got", app.got[1][1], signed)
        assert (call.ended, call.webhooks, call.inputs) == ("machine", 2, 1)
    finally:
        server.shutdown()
    refused = Caller(Line.over_http("http://127.0.0.1:9", "token"), status="").dial()
    assert refused.faults == ["application error: HTTP connection failed"]


# ---- scripts


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("accepts", accepts()),
        ("accepts after 4 talks 300", accepts(4, 300)),
        ("accepts after 4 talks 30 then caller", accepts(4, 30, True)),
        ("declines after 2", declines(2)),
        ("no-answer", rings_out()),
        ("busy", busy()),
        ("fails", fails()),
        ("voicemail after 9", voicemail(9)),
    ],
)
def test_phones_as_written(text, phone):
    assert read(text) == phone


def test_phones_misspelt():
    with pytest.raises(ValueError, match="not 'accept'"):
        read("accept")


def scripted(**changes):
    return Script({"call": "x", "steps": [], **changes})


def test_a_script_that_does_not_hold_says_where():
    app = Application(
        start='<Gather action="/got">' + SAY.format("您好") + "</Gather>",
        got=SAY.format("再见") + "<Hangup/>",
    )
    line = app.caller().line
    play = Script({"call": "打招呼", "steps": [{"hears": "再见"}]})
    original = Caller.dial
    Caller.dial = lambda self: original(Caller(self.line, incoming="/start", status=""))
    try:
        with pytest.raises(Wrong, match=r"打招呼, step 1 \(hears\): not heard(.|\n)*您好"):
            play.play(line)
        with pytest.raises(Wrong, match="ended by nobody yet, not machine"):
            scripted(ends="machine").play(line)
        with pytest.raises(Wrong, match="talked to"):
            scripted(talks_to=["client:a"]).play(line)
        scripted(steps=[{"presses": "1#"}, {"hears": "再见"}], ends="machine").play(line)
    finally:
        Caller.dial = original


def test_misspelt_scripts_are_refused():
    with pytest.raises(ValueError, match="unknown part stepps"):
        Script({"call": "x", "stepps": []})


def test_every_written_call_can_be_read():
    folder = Path(__file__).parents[1] / "calls"
    scripts = [Script(yaml.safe_load(file.read_text("utf-8"))) for file in folder.glob("*.yml")]
    assert len({script.name for script in scripts}) == len(scripts) >= 8
    json.dumps([script.name for script in scripts])
