"""What the phone company's other side does to simulated calls; and the verbs, legs and lines behind it."""

from __future__ import annotations

import io
import wave
from datetime import UTC, datetime

import pytest
from flask import Flask

from simulator import Caller, Ended, Exchange, Line, accepts, document, rings_out
from simulator.line import Overrides
from simulator.sound import spoken_seconds, tone
from tests.simulator.test_simulator import DIAL, LEGS, PUBLIC, SAY, WHISPER, Application, bridges

ASK = '<Gather action="/got">' + SAY.format("请说") + "</Gather>"
SPEECH = '<Gather action="/got" input="dtmf speech" language="cmn-Hans-CN" speechTimeout="3" {}/>'
END = "<Hangup/>"


def moments(exchange: Exchange) -> None:
    exchange.clock = lambda: datetime(2026, 3, 11, 4, 0, tzinfo=UTC)


# ---- REST: divert, end, delete


def test_a_call_that_waits_goes_on_where_it_is_sent() -> None:
    app = Application(start=ASK, other=SAY.format("换到这里") + END)
    exchange = Exchange()
    call = app.caller(exchange=exchange).dial()
    exchange.send(call.sid, f"{PUBLIC}/other")
    assert (call.last[-1], call.ended, app.sent("got")) == ("换到这里", "machine", [])


def test_a_talk_is_left_and_what_its_action_answers_is_not_played() -> None:
    app = Application(
        start=DIAL, whisper=WHISPER, key=bridges, other=SAY.format("请稍等") + ASK, rang=SAY.format("不该")
    )
    exchange = Exchange()

    def hold(call) -> None:
        exchange.send(call.sid, f"{PUBLIC}/other")

    agents = {"client:a": accepts(3, during=hold), "client:b": rings_out()}
    call = app.caller(agents=agents, exchange=exchange).dial()
    (told,) = app.sent("rang")
    assert (told["DialCallStatus"], told["DialBridged"]) == ("completed", "true")
    assert (call.bridged, call.heard, call.listening) == (["client:a"], ["请稍等", "请说"], True)
    legs = [one for one in exchange.calls.values() if one.parent == call.sid]
    assert [(leg.to, leg.status) for leg in legs] == [("client:a", "completed"), ("client:b", "canceled")]


def test_a_ring_is_left_when_somebody_is_free_elsewhere() -> None:
    app = Application(start=DIAL, other=SAY.format("这边") + END, rang="不该")
    exchange = Exchange()
    away = lambda call: exchange.send(call.sid, f"{PUBLIC}/other")  # noqa: E731
    call = app.caller(exchange=exchange, ringing=away).dial()
    assert (call.heard, call.ended, call.dial_results) == (["这边"], "machine", [])


def test_an_agents_leg_that_is_ended_ends_the_talk() -> None:
    app = Application(start=DIAL, whisper=WHISPER, key=bridges, rang=END)
    exchange = Exchange()

    def drop(call) -> None:
        leg = next(one for one in exchange.calls.values() if one.parent and one.status == "in-progress")
        exchange.complete(leg.sid)

    app.caller(agents={"client:a": accepts(3, talk=100, during=drop)}, exchange=exchange).dial()
    told = app.sent("rang")[0]
    assert (told["DialCallStatus"], told["DialBridged"], told["DialCallDuration"]) == (
        "completed",
        "true",
        "0",
    )


def test_what_is_over_cannot_be_moved() -> None:
    exchange = Exchange()
    app = Application(start=ASK)
    call = app.caller(exchange=exchange, status="/status").dial()
    exchange.complete(call.sid)
    assert (call.ended, call.status) == ("rest", "completed")
    assert app.sent("status")[-1]["CallStatus"] == "completed"
    for act in (lambda: exchange.send(call.sid, PUBLIC), lambda: exchange.complete(call.sid)):
        with pytest.raises(Ended):
            act()
    with pytest.raises(KeyError):
        exchange.send("CA0", PUBLIC)


def test_a_call_diverted_within_its_own_webhook_goes_there() -> None:
    exchange = Exchange()

    def other(form) -> str:
        exchange.send(form["CallSid"], f"{PUBLIC}/other")
        return SAY.format("不该听到") + END

    app = Application(start=ASK, got=other, other=SAY.format("这里") + END)
    call = app.caller(exchange=exchange).dial().press("1#")
    assert call.heard == ["请说", "这里"]


def test_a_status_that_is_refused_is_a_fault() -> None:
    app = Flask(__name__)
    app.add_url_rule("/start", view_func=lambda: OK, methods=["POST"])
    call = Caller(Line.over_wsgi(app, PUBLIC, ""), incoming="/start", status="/status").dial()
    assert set(call.faults) == {"status callback: HTTP 404"}


# ---- partial results, both at once


def test_partial_results_come_while_the_caller_speaks() -> None:
    app = Application(start=SPEECH.format('partialResultCallback="/part"'), got=END, part="")
    call = app.caller().dial().says("你们给我接人工吧")
    assert [form["UnstableSpeechResult"] for form in app.sent("part")] == ["你们给我", "你们给我接人工吧"]
    assert [form["SequenceNumber"] for form in app.sent("part")] == ["0", "1"]
    assert (app.sent("got")[0]["SpeechResult"], call.partials, call.webhooks) == ("你们给我接人工吧", 2, 2)


def test_a_partial_result_can_move_the_call_before_the_sentence_ends() -> None:
    exchange = Exchange()

    def part(form) -> str:
        if "人工" in form["UnstableSpeechResult"]:
            exchange.send(form["CallSid"], f"{PUBLIC}/other")
        return ""

    listens = SPEECH.format('partialResultCallback="/part"')
    app = Application(start=listens, got=END, part=part, other=SAY.format("来了") + END)
    call = app.caller(exchange=exchange).dial().says("接人工我已经等了很久很久了")
    assert (app.sent("got"), call.heard, call.partials) == ([], ["来了"], 1)


@pytest.mark.parametrize(
    ("act", "got"),
    [
        ({"keys": "1", "words": "投诉"}, ("1", "投诉")),
        ({"keys": "1", "words": "投诉", "words_after": 1.0}, ("1", None)),
        ({"keys": "1", "words": "投诉", "keys_after": 1.0}, (None, "投诉")),
        ({}, (None, None)),
    ],
)
def test_the_earlier_of_key_and_speech_wins(act: dict, got: tuple) -> None:
    app = Application(start=SPEECH.format('numDigits="1" actionOnEmptyResult="true"'), got=END)
    app.caller().dial().acts(**act)
    told = app.sent("got")[0]
    assert (told.get("Digits"), told.get("SpeechResult")) == got


def test_speech_cuts_a_prompt_only_by_a_switch() -> None:
    prompt = SPEECH.format("").replace("/>", ">" + SAY.format("一二三四五六七八") + "</Gather>")
    app = Application(start=prompt, got=END)
    assert app.caller().dial().says("好", at_once=True).spoken == 0.0
    assert app.caller(speech_cuts=False).dial().says("好", at_once=True).spoken == 2.0


# ---- legs


def test_the_caller_gives_up_while_it_rings() -> None:
    app = Application(start=DIAL, whisper=WHISPER, key=bridges, rang=SAY.format("不该听到"), status="")
    exchange = Exchange()
    agents = {"client:a": accepts(8), "client:b": rings_out()}
    caller = app.caller(agents=agents, exchange=exchange, hangs_up_while_ringing=5.0, status="/status")
    call = caller.dial()
    assert (call.ended, call.seconds, call.heard, call.bridged) == ("caller", 5.0, [], [])
    told = app.sent("rang")[0]
    assert (told["DialCallStatus"], told["CallStatus"]) == ("canceled", "completed")
    assert {leg.status for leg in exchange.calls.values() if leg.parent} == {"canceled"}
    assert app.sent("whisper") == []


@pytest.mark.parametrize(("rule", "bridged"), [("accept", ["client:b"]), ("pickup", ["client:a"])])
def test_first_accept_or_first_pickup(rule: str, bridged: list[str]) -> None:
    """a picks up first and thinks; b picks up later and presses at once."""
    app = Application(start=DIAL, whisper=WHISPER, key=bridges, rang=END)
    agents = {"client:a": accepts(2, thinks=3.0), "client:b": accepts(3)}
    assert app.caller(agents=agents, first_wins=rule).dial().bridged == bridged


def test_nouns_report_their_status() -> None:
    events = 'statusCallback="/leg" statusCallbackEvent="ringing answered completed"'
    start = f'<Dial action="/rang"><Client url="/whisper" {events}>a</Client></Dial>'
    app = Application(start=start, whisper=WHISPER, key=bridges, rang=END, leg="")
    app.caller(agents={"client:a": accepts(2)}).dial()
    statuses = [(form["CallStatus"], form["SequenceNumber"]) for form in app.sent("leg")]
    assert statuses == [("ringing", "0"), ("in-progress", "1"), ("completed", "2")]


def test_a_talk_is_cut_at_its_limit() -> None:
    app = Application(start=f'<Dial timeLimit="30">{LEGS}</Dial>', whisper=WHISPER, key=bridges)
    call = app.caller(agents={"client:a": accepts(2, talk=100)}).dial()
    assert "the talk was cut off" in call.faults


def test_a_number_may_stand_in_the_dial_itself() -> None:
    app = Application(start="<Dial>+15550100</Dial>" + SAY.format("接着") + END)
    call = app.caller(agents={"*": accepts(1)}).dial()
    assert (call.bridged, call.heard) == (["+15550100"], ["接着"])


def test_a_client_may_be_named_by_its_identity() -> None:
    noun = '<Client><Identity>a</Identity><Parameter name="number" value="1"/></Client>'
    call = Application(start=f"<Dial>{noun}</Dial>{END}").caller(agents={"client:a": accepts(1)}).dial()
    assert (call.bridged, call.faults) == (["client:a"], [])


# ---- recordings


@pytest.mark.parametrize("first", [True, False])
def test_a_talk_is_recorded_and_reported(first: bool) -> None:
    start = DIAL.replace("<Dial ", '<Dial record="record-from-answer-dual" recordingStatusCallback="/tape" ')
    app = Application(start=start, whisper=WHISPER, key=bridges, rang=END, tape="")
    exchange = Exchange()
    moments(exchange)
    app.caller(agents={"client:a": accepts(2, talk=12)}, exchange=exchange, tapes_first=first).dial()
    tape = next(iter(exchange.tapes.values()))
    told = app.sent("tape")[0]
    assert (told["RecordingSid"], told["RecordingSource"], told["RecordingChannels"]) == (
        tape.sid,
        "DialVerb",
        "2",
    )
    assert (tape.seconds, tape.at) == (12.0, exchange.clock())
    with wave.open(io.BytesIO(tape.sound)) as sound:
        assert (sound.getnchannels(), sound.getframerate(), sound.getnframes()) == (2, 8000, 96000)
    order = [path for path, _, _ in app.got if path in ("tape", "rang")]
    assert order == (["tape", "rang"] if first else ["rang", "tape"])
    exchange.delete(tape.sid)
    assert (tape.deleted, tape.sound) == (True, b"")
    with pytest.raises(KeyError):
        exchange.delete(tape.sid)


def test_a_message_ended_by_hanging_up_is_kept() -> None:
    app = Application(start='<Record action="/kept" recordingStatusCallback="/tape"/>', kept="", tape="")
    exchange = Exchange()
    call = app.caller(exchange=exchange).dial().says("货坏了", hangs_up=True, sound=b"RIFF")
    told = app.sent("kept")[0]
    assert (told["Digits"], told["CallStatus"], call.ended) == ("hangup", "completed", "caller")
    assert exchange.tapes[told["RecordingSid"]].sound == b"RIFF"
    assert len(app.sent("tape")) == 1


def test_an_absent_recording_is_told_to_who_asks() -> None:
    asks = 'recordingStatusCallback="/tape" recordingStatusCallbackEvent="completed absent"'
    app = Application(start=f'<Record action="/kept" {asks}/>{END}', tape="")
    app.caller().dial().silent()
    assert [form["RecordingStatus"] for form in app.sent("tape")] == ["absent"]
    assert app.sent("kept") == []


# ---- queues, rooms, the rest


def test_a_queue_is_waited_in_until_somebody_takes_the_call() -> None:
    app = Application(
        start='<Enqueue waitUrl="/wait" action="/out">desk</Enqueue>', wait="<Play>/m.mp3</Play>", out=END
    )
    call = app.caller(agents={"queue:desk": accepts(after=20, talk=30)}).dial()
    assert (call.bridged, call.rung) == (["queue:desk"], [["queue:desk"]])
    assert len(app.sent("wait")) == 3  # eight seconds of music each
    assert (app.sent("out")[0]["QueueResult"], app.sent("out")[0]["QueueTime"]) == ("bridged", "54")


def test_a_caller_can_leave_a_queue() -> None:
    wait = '<Gather action="/leave" numDigits="1">' + SAY.format("按一离开") + "</Gather>"
    app = Application(
        start='<Enqueue waitUrl="/wait">desk</Enqueue>' + SAY.format("走了") + END,
        wait=wait,
        leave="<Leave/>",
    )
    call = app.caller().dial().press("1")
    assert (call.heard[-1], call.ended) == ("走了", "machine")


def test_nobody_waits_in_a_queue_for_ever() -> None:
    app = Application(start='<Enqueue waitUrl="/wait">desk</Enqueue>', wait="<Play>/m.mp3</Play>")
    call = app.caller(patience=60.0).dial()
    assert (call.ended, call.seconds) == ("caller", 64.0)
    still = Application(start='<Enqueue waitUrl="/wait">desk</Enqueue>', wait="").caller().dial()
    assert (still.ended, len(still.faults)) == ("loop", 1)


def test_a_conference_needs_somebody_to_come() -> None:
    app = Application(start="<Dial><Conference>room</Conference></Dial>" + END)
    assert app.caller(agents={"conference:room": accepts(5)}).dial().bridged == ["conference:room"]
    alone = app.caller().dial()
    assert (alone.ended, alone.faults) == ("caller", ["left alone in a conference"])


def test_streams_and_transfers_are_noted() -> None:
    app = Application(
        start='<Start><Stream url="wss://x.example/"/></Start>'
        '<Refer action="/after"><Sip>sip:a@b</Sip></Refer>',
        after='<Connect action="/end"><ConversationRelay url="wss://x.example/"/></Connect>',
        end="<Reject/>",
    )
    call = app.caller().dial()
    assert call.connects == ["Start Stream", "Refer sip:a@b", "Connect ConversationRelay"]
    assert (app.sent("after")[0]["ReferSipResponseCode"], call.ended) == ("202", "machine")


def test_dead_air_is_counted_but_not_the_callers_turn() -> None:
    app = Application(start=SAY.format("一") + '<Pause length="4"/>' + ASK, got=END)
    call = app.caller().dial()
    call.press("1#")
    assert call.longest_gap == 4.0
    turn = Application(start=ASK + END).caller().dial().silent()
    assert (turn.longest_gap, turn.silence) == (0.0, 5.0)


def test_a_redirection_loses_what_was_pressed() -> None:
    seen = []
    app = Flask(__name__)

    @app.route("/<path:path>", methods=["GET", "POST"])
    def answer(path):
        from flask import redirect, request

        seen.append((request.method, path, request.values.get("Digits")))
        if path == "got":
            return redirect("/next")
        body = ASK if path == "start" else END
        return f"<Response>{body}</Response>", 200, {"Content-Type": "text/xml"}

    Caller(Line.over_wsgi(app, PUBLIC, ""), incoming="/start", status="").dial().press("7#")
    assert seen == [("POST", "start", None), ("POST", "got", "7"), ("GET", "next", None)]


# ---- lines that are late, and the fallback


def answering(*answers):
    """An application that gives these answers, one after the other; the fallback is always well."""
    left = list(answers)
    app = Flask(__name__)

    @app.route("/start", methods=["POST"])
    def start():
        return left.pop(0)

    @app.route("/fallback", methods=["POST"])
    def fallback():
        return f"<Response>{SAY.format('后备')}<Hangup/></Response>", 200, {"Content-Type": "text/xml"}

    return app


OK = (f"<Response>{END}</Response>", 200, {"Content-Type": "text/xml"})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (("oops", 500, {}), "11200"),
        (("", 200, {"Content-Type": "text/xml"}), "11200"),
        (("<Response>", 200, {"Content-Type": "text/xml"}), "12100"),
        (("{}", 200, {"Content-Type": "application/json"}), "12300"),
        (("gone", 404, {}), "11200"),
    ],
)
def test_the_fallback_is_taken(answer: tuple, code: str) -> None:
    line = Line.over_wsgi(answering(answer), PUBLIC, "")
    call = Caller(line, incoming="/start", status="", fallback="/fallback").dial()
    assert (call.heard, call.faults) == (["后备"], [])
    assert call.fallbacks[0].startswith(code)


def test_an_answer_that_is_late_is_retried_as_the_address_says() -> None:
    line = Line.over_wsgi(answering(OK, OK), PUBLIC, "")
    line.late = {1: 6.0}
    call = Caller(line, incoming="/start#rt=4500&tt=15000&rc=1&rp=rt", status="").dial()
    assert (line.requests, call.ended, call.faults, call.seconds) == (2, "machine", [], 4.5)


def test_without_that_policy_it_is_not_retried() -> None:
    line = Line.over_wsgi(answering(OK, OK), PUBLIC, "")
    line.late = {1: 6.0}
    address = "/start#ct=800&rt=4500&tt=5000&rc=1&rp=ct,5xx"
    call = Caller(line, incoming=address, status="", fallback="/fallback").dial()
    assert (call.heard, call.fallbacks) == (["后备"], ["11205 no answer within 4.5 s"])
    assert call.longest_gap == 4.5


def test_all_tries_together_have_a_limit() -> None:
    line = Line.over_wsgi(answering(OK, OK, OK), PUBLIC, "")
    line.late = {1: 9.0, 2: 9.0, 3: 9.0}
    call = Caller(line, incoming="/start#rt=4000&tt=6000&rc=5&rp=all", status="").dial()
    assert (line.requests, call.seconds) == (2, 6.0)


def test_a_5xx_is_retried_when_the_address_says_so() -> None:
    line = Line.over_wsgi(answering(("oops", 503, {}), OK), PUBLIC, "")
    assert Caller(line, incoming="/start#rp=5xx", status="").dial().faults == []
    assert line.requests == 2


@pytest.mark.parametrize("fragment", ["rp=never", "rt=99", "rc=9", "tt=x"])
def test_overrides_with_a_mistake(fragment: str) -> None:
    with pytest.raises(ValueError, match="11243"):
        Overrides.of(f"/start#{fragment}")
    found = document.lint(document.read(f"<Response><Redirect>/a#{fragment}</Redirect></Response>"))
    assert any("11243" in one for one in found)


# ---- lint and pace


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        ('<Gather input="speech" language="zh-CN" speechModel="deepgram_nova-3"/>', ""),
        ('<Gather input="speech" language="cmn-Hans-CN" speechModel="phone_call"/>', "13331"),
        ('<Say language="en-US" voice="Polly.Joanna-Neural">Hello.</Say>', ""),
        ('<Say language="en-US" voice="Polly.Zhiyu-Neural">Hello.</Say>', "does not speak"),
        ("<Say>您好</Say>", "Chinese words"),
        ('<Redirect method="GET">/a?w=人工</Redirect>', "not ASCII"),
        ("<Number>1</Number>", "stands alone"),
        ("<Say>a\x7fb</Say>", "control character"),
        ("<Dial><Client><Identity>a</Identity></Client></Dial>", ""),
        ('<Enqueue waitURL="/x">a</Enqueue>', "unknown attribute waitURL"),
        ('<Gather input="speak"/>', "input speak"),
    ],
)
def test_more_lint(body: str, finding: str) -> None:
    found = document.lint(document.read(f"<Response>{body}</Response>"))
    assert (found == []) if not finding else any(finding in one for one in found)


def test_engines_that_need_whole_addresses() -> None:
    verbs = document.read(
        '<Response><Gather action="/a"/><Redirect>https://x.example/b</Redirect></Response>'
    )
    assert document.lint(verbs, absolute=True) == ["Gather: action is not absolute"]
    assert document.lint(verbs) == []


def test_english_takes_its_words_time() -> None:
    assert spoken_seconds("Press 1, please") == pytest.approx(0.4 * 2 + 0.25)
    assert len(tone(2.0)) == 44 + 2 * 8000 * 2
