"""The phone door against strangers, repeats, faults and nonsense."""

import sqlite3
import threading
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from core import call as machine
from core.call import Place
from ivr import views
from ivr.door import from_query, to_query
from ivr.guard import LARGEST_BODY
from ivr.once import Once
from ivr.voice import in_words
from simulator import accepts, declines, document, voicemail
from simulator.line import signature
from store import calls, complaints, conversations, events, facts, overview, promises, recordings, users
from store.schema import metadata
from tests.ivr.conftest import PUBLIC, TOKEN, hotline_at

SID = "CA" + "a" * 32
FORM = "application/x-www-form-urlencoded"


def post(hotline, path, params=None, token=TOKEN, sign_as=None, method="post", headers=None, body=None):
    params = {"CallSid": SID, "From": "+8613800138000"} if params is None else params
    signed = signature(token, PUBLIC + (sign_as or path), params)
    client = hotline.app.test_client()
    return getattr(client, method)(
        path,
        data=(urlencode(params) if body is None else body).encode(),
        content_type=FORM,
        headers={"X-Twilio-Signature": signed, **(headers or {})},
    )


def everything(hotline):
    with hotline.house.db.reading() as conn:
        return {
            table.name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar()
            for table in metadata.sorted_tables
        }


def rings(answer):
    return any(verb.name == "Dial" for verb in document.read(answer.get_data(as_text=True)))


ROUTES = [
    "incoming",
    "turn?n=open&t=1",
    "rang?n=ring&t=2",
    "recorded?n=record&t=2",
    "recording",
    "status",
    "whisper?h=1&a=1",
    "whispered?h=1&a=1",
]


# ---- strangers


@pytest.mark.parametrize("route", ROUTES)
def test_a_wrong_or_missing_signature_is_refused_and_nothing_stored(hotline, route):
    before = everything(hotline)
    path = f"/voice/{route}"
    assert post(hotline, path, token="another-token-of-some-length").status_code == 403
    assert post(hotline, path, sign_as="/voice/other").status_code == 403
    assert post(hotline, path, headers={"X-Twilio-Signature": ""}).status_code == 403
    assert post(hotline, path, headers={"X-Twilio-Signature": "\xff\xfe"}).status_code == 403
    assert everything(hotline) == before


def test_a_changed_or_added_parameter_is_refused(hotline):
    signed = {"CallSid": SID, "From": "+8613800138000"}
    assert (
        post(hotline, "/voice/incoming", signed, body=urlencode({**signed, "Digits": "0"})).status_code == 403
    )
    assert post(hotline, "/voice/incoming", signed, body="CallSid=CAb&From=%2B86").status_code == 403


def test_without_a_token_the_door_is_closed(tmp_path):
    closed = hotline_at(tmp_path, TWILIO_AUTH_TOKEN="")
    assert post(closed, "/voice/incoming", token="").status_code == 403


def test_the_simulators_token_opens_only_without_twilios(tmp_path):
    (tmp_path / "simulator_token").write_text("simulator-token-0123456789")
    simulated = hotline_at(tmp_path, TWILIO_AUTH_TOKEN="")
    assert post(simulated, "/voice/incoming", token="simulator-token-0123456789").status_code == 200
    real = hotline_at(tmp_path)
    assert post(real, "/voice/incoming", token="simulator-token-0123456789").status_code == 403


def test_the_host_header_plays_no_part(hotline):
    answer = post(
        hotline, "/voice/incoming", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert answer.status_code == 200
    assert b"evil" not in answer.data


def test_only_post(hotline):
    for route in ROUTES:
        path = f"/voice/{route}"
        assert post(hotline, path, method="get").status_code in (403, 405)


def test_too_large_is_413_and_nothing_stored(hotline):
    before = everything(hotline)
    params = {"CallSid": SID, "SpeechResult": "x" * (LARGEST_BODY + 1)}
    assert post(hotline, "/voice/turn?n=open&t=1", params).status_code == 413
    assert everything(hotline) == before


# ---- nonsense rings a person


@pytest.mark.parametrize(
    "path",
    [
        "/voice/turn",
        "/voice/turn?n=open",
        "/voice/turn?t=1",
        "/voice/turn?n=nowhere&t=1",
        "/voice/turn?n=open&t=-1",
        "/voice/turn?n=open&t=1&misses=abc",
        "/voice/turn?n=open&t=99999999999999999999",
        "/voice/turn?n=open&t=1&tried=1-x",
        "/voice/rang",
        "/voice/recorded?n=zzz&t=1",
    ],
)
def test_an_address_that_is_not_ours_rings_a_person(hotline, path):
    hotline.staff("client:agent1")
    answer = post(hotline, path)
    assert answer.status_code == 200
    assert rings(answer)


def test_missing_parameters_ring_a_person(hotline):
    hotline.staff("client:agent1")
    assert rings(post(hotline, "/voice/turn", {"From": ""}))
    assert rings(post(hotline, "/voice/turn?n=open&t=5", {"CallSid": "", "Digits": "0"}))


def test_an_expired_call_rings_a_person(hotline):
    """An address of ours, for a call that we never saw or that has ended."""
    hotline.staff("client:agent1")
    assert rings(post(hotline, "/voice/turn?n=story&t=9&misses=1", {"CallSid": SID, "From": "anonymous"}))


@pytest.mark.parametrize("digits", ["1" * 200, "12#34", "*", "##", "１", "0x", "9"])
def test_odd_keys_are_no_error(hotline, digits):
    answer = post(
        hotline, "/voice/turn?n=open&t=1", {"CallSid": SID, "From": "+8613800138000", "Digits": digits}
    )
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "words",
    [
        "投诉" * 2000,
        "\u202e倒过来",
        "<Say>x</Say>",
        "a\x00b\x1b",
        "𠮷野家的货坏了",
        "好🙂🙂🙂",
        "/restart",
        "／restart",
        "{detail}",
    ],
)
def test_odd_words_are_kept_and_answered(hotline, words):
    params = {"CallSid": SID, "From": "+8613800138000", "SpeechResult": words, "Confidence": "nonsense"}
    answer = post(hotline, "/voice/turn?n=open&t=1", params)
    assert answer.status_code == 200
    document.read(answer.get_data(as_text=True))
    with hotline.house.db.reading() as conn:
        row = conversations.get(conn, SID)
        assert row is not None


def test_both_keys_and_speech(hotline):
    hotline.staff("client:agent1")
    both = {"CallSid": SID, "From": "+8613800138000", "SpeechResult": "货坏了", "Digits": "0"}
    assert rings(post(hotline, "/voice/turn?n=open&t=1", both))
    stray = {**both, "Digits": "5"}
    post(hotline, "/voice/turn?n=open&t=2", stray)
    with hotline.house.db.reading() as conn:
        assert conversations.get(conn, SID).complaint_id is not None


def test_a_lost_request_is_no_repeat_of_an_earlier_turn(hotline):
    """A call that has turns already, then an address that cannot be read: the ring's result is a new turn."""
    hotline.staff("client:agent1")
    call = hotline.call(agents={"client:agent1": accepts(2)})
    call.says("送来的货坏了")
    call.verbs, call.waiting = [], None
    call.follow(f"{PUBLIC}/voice/turn?n=nowhere&t=1", {})
    call.play()
    assert call.bridged == ["client:agent1"]
    assert "通话结束了" in "".join(call.last)


# ---- repeats and order


def test_a_repeat_gets_the_same_document(hotline):
    params = {"CallSid": SID, "From": "+8613800138000", "SpeechResult": "送来的货坏了"}
    answers = {post(hotline, "/voice/turn?n=open&t=1", params).data for _ in range(3)}
    assert len(answers) == 1
    with hotline.house.db.reading() as conn:
        assert calls.answer(conn, SID, "1").encode() in answers


def test_repeats_at_the_same_moment_make_one_message(hotline):
    params = {"CallSid": SID, "From": "+8613800138000", "SpeechResult": "送来的货坏了"}
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(post(hotline, "/voice/turn?n=open&t=1", params).data))
        for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(answers)) == 1
    with hotline.house.db.reading() as conn:
        heard = conn.execute(sa.text("select count(*) from messages where author='customer'")).scalar()
        assert heard == 1


def test_statuses_in_any_order_never_go_back(hotline):
    for status in ("completed", "in-progress", "ringing", "nonsense"):
        answer = post(hotline, "/voice/status", {"CallSid": SID, "CallStatus": status})
        assert answer.status_code == 200
    with hotline.house.db.reading() as conn:
        row = calls.get(conn, SID)
    assert (row.status, row.ended_at is not None) == ("completed", True)


def test_hanging_up_registers_what_was_told(hotline):
    call = hotline.call()
    call.says("送来的货坏了")
    assert hotline.complaint(call).state == "draft"
    call.hang_up()
    assert hotline.complaint(call).state == "registered"
    assert "callback" in hotline.promises(call)


def test_hanging_up_without_a_word_is_no_complaint(hotline):
    call = hotline.call()
    call.hang_up()
    assert hotline.complaint(call) is None
    assert hotline.row(call).status == "completed"


def test_statuses_reordered_by_the_line(hotline):
    call = hotline.caller().dial(reorder=True)
    call.says("送来的货坏了")
    call.hang_up()
    assert hotline.row(call).status == "completed"


# ---- reaching a person


def test_two_agents_cannot_both_be_bridged(hotline):
    hotline.staff("client:agent1", "client:agent2")
    call = hotline.call(agents={"client:agent1": accepts(2, talk=10), "client:agent2": accepts(3)})
    call.press("0")
    assert call.bridged == ["client:agent1"]
    late = post(
        hotline,
        f"/voice/whispered?h=1&a={hotline.agents['client:agent2']}",
        {"CallSid": "CAx", "Digits": "1"},
    )
    assert [verb.name for verb in document.read(late.get_data(as_text=True))] == ["Say", "Hangup"]


def test_two_callers_are_not_crossed(hotline):
    hotline.staff("client:agent1", "client:agent2")
    one = hotline.call(agents={"client:agent1": accepts(2)})
    two = hotline.call(number="+8613900139000", agents={"client:agent2": accepts(2)})
    one.says("送来的货坏了")
    two.says("扣费不对")
    one.press("0")
    two.press("0")
    assert (one.bridged, two.bridged) == (["client:agent1"], ["client:agent2"])
    assert "物流破损" in one.whispers[0]
    assert "扣费退款" in two.whispers[0]


def test_the_caller_who_has_gone_is_not_bridged(hotline):
    hotline.staff("client:agent1")
    call = hotline.call()
    post(hotline, "/voice/turn?n=open&t=1", {"CallSid": call.sid, "From": call.caller.number, "Digits": "0"})
    handoff = hotline.handoffs(call)[0].id
    call.hang_up()
    agent = hotline.agents["client:agent1"]
    answer = post(hotline, f"/voice/whispered?h={handoff}&a={agent}", {"CallSid": "CAx", "Digits": "1"})
    assert [verb.name for verb in document.read(answer.get_data(as_text=True))] == ["Say", "Hangup"]
    assert hotline.handoffs(call)[0].outcome == "customer_left"
    assert "callback" in hotline.promises(call)


def test_voicemail_cannot_swallow_the_call(hotline):
    hotline.staff("client:agent1", "client:agent2")
    agents = {"client:agent1": voicemail(2), "client:agent2": accepts(4, talk=10)}
    for rule in ("accept", "pickup"):
        call = hotline.call(agents=agents, first_wins=rule)
        call.press("0")
        assert call.bridged == ["client:agent2"], rule
        assert call.faults == []


def test_back_to_the_same_agent_on_one_key(hotline):
    hotline.staff("client:agent1", "client:agent2")
    call = hotline.call(agents={"client:agent1": declines(2), "client:agent2": accepts(3, talk=20)})
    call.press("0")
    call.press("1")
    assert call.bridged == ["client:agent2", "client:agent2"]
    assert call.rung[-1] == ["client:agent2"]


def test_a_talk_of_two_hours_stays(hotline):
    hotline.staff("client:agent1")
    call = hotline.call(agents={"client:agent1": accepts(2, talk=7200)})
    call.press("0")
    assert "the talk was cut off" not in call.faults
    assert call.seconds > 7200


def test_sip_phones_get_the_number_of_the_complaint(hotline):
    hotline.staff("sip:agent@desk.example")
    call = hotline.call()
    call.press("0")
    assert call.rung[0] == [f"sip:agent@desk.example?X-Complaint={hotline.complaint(call).number}"]


def test_a_talk_that_never_began_rings_on_and_the_assistant_speaks_again(hotline):
    """The agent pressed 1, and the line broke before they were bridged."""
    hotline.staff("client:agent1", "client:agent2")
    call = hotline.call()
    post(hotline, "/voice/turn?n=open&t=1", {"CallSid": call.sid, "From": call.caller.number, "Digits": "0"})
    first = hotline.handoffs(call)[0]
    agent = hotline.agents["client:agent1"]
    post(hotline, f"/voice/whispered?h={first.id}&a={agent}", {"CallSid": "CAx", "Digits": "1"})
    report = {"CallSid": call.sid, "From": call.caller.number, "DialCallStatus": "canceled"}
    answer = post(hotline, f"/voice/rang?n=ring&t=2&rings=1&ringing={agent}", report)
    assert rings(answer)
    assert "client:agent2".removeprefix("client:") in answer.get_data(as_text=True)
    ended, wish = hotline.handoffs(call)
    assert (ended.outcome, wish.ended_at, wish.agent_id) == ("failed", None, None)
    with hotline.house.db.reading() as conn:
        assert conversations.fetch(conn, call.sid).speaker == "waiting"


def test_phones_of_other_kinds_are_not_rung(hotline):
    """A mobile has a voicemail, and one in the mainland cannot be called from Twilio."""
    hotline.staff("tel:+8613800000000", "client:bad name", "client:agent1")
    call = hotline.call()
    call.press("0")
    assert call.rung[0] == ["client:agent1"]


def test_a_freed_agent_is_found_while_waiting(hotline):
    hotline.staff("client:agent1")
    call = hotline.call()
    call.press("0")
    assert call.url.startswith(f"{PUBLIC}/voice/rang")
    hotline.staff("client:agent2")
    call.caller.agents = {"client:agent2": accepts(1)}
    call.silent()
    assert call.bridged == ["client:agent2"]


def test_waiting_for_ever_ends_in_a_promise(hotline):
    hotline.staff("client:agent1")
    call = hotline.call()
    call.press("0")
    for _ in range(30):
        if call.ended:
            break
        call.silent()
    assert call.ended == "machine"
    assert "callback" in hotline.promises(call)
    assert call.faults == []


# ---- when parts die


class Dead(sqlite3.OperationalError):
    pass


@contextmanager
def dead(*_args, **_kwargs):
    raise Dead
    yield


def test_with_the_store_dead_a_call_still_reaches_whoever_was_there(hotline, monkeypatch):
    hotline.staff("client:agent1")
    warm = hotline.call(agents={"client:agent1": accepts(2, talk=1, caller_ends=True)})
    warm.press("0")
    monkeypatch.setattr(type(hotline.house.db), "writing", dead)
    monkeypatch.setattr(type(hotline.house.db), "reading", dead)
    call = hotline.call(agents={"client:agent1": accepts(2, talk=5, caller_ends=True)})
    assert "找人工按零" in call.heard[0]
    call.press("0")
    assert call.bridged == ["client:agent1"]
    assert call.faults == []


def test_with_the_store_dead_nobody_gets_the_number_of_another_caller(hotline, monkeypatch):
    hotline.staff("sip:agent@desk.example")
    warm = hotline.call()
    warm.press("0")
    assert "X-Complaint" in warm.rung[0][0]
    monkeypatch.setattr(type(hotline.house.db), "writing", dead)
    monkeypatch.setattr(type(hotline.house.db), "reading", dead)
    call = hotline.call()
    call.press("0")
    assert call.rung[0] == ["sip:agent@desk.example"]


def test_with_the_store_dead_and_nobody_known_a_recording_is_taken(hotline, monkeypatch):
    monkeypatch.setattr(type(hotline.house.db), "writing", dead)
    monkeypatch.setattr(type(hotline.house.db), "reading", dead)
    call = hotline.call()
    call.says("送来的货坏了")
    assert "嘀声" in "".join(call.last)
    assert "编号" not in "".join(call.heard)
    call.says("我姓王，货坏了，请回电")
    assert call.ended == "machine"
    assert call.recordings


def test_an_error_in_the_machine_is_a_sentence_and_not_a_500(hotline, monkeypatch):
    call = hotline.call()
    real = machine.run

    def broken(*args):
        if args[2].__class__.__name__ == "Words":
            raise RuntimeError
        return real(*args)

    monkeypatch.setattr(views.call, "run", broken)
    call.says("送来的货坏了")
    assert call.listening
    assert call.faults == []


def test_a_late_store_is_bridged_by_a_sound_then_the_same_turn(hotline, monkeypatch):
    call = hotline.call()
    monkeypatch.setattr(hotline.app.extensions["jiesu_phone"].once, "_seconds", 0.05)
    release = threading.Event()
    real = type(hotline.house.reception).receive

    def slow(self, heard):
        release.wait(5)
        return real(self, heard)

    monkeypatch.setattr(type(hotline.house.reception), "receive", slow)
    params = {"CallSid": call.sid, "From": call.caller.number, "SpeechResult": "送来的货坏了"}
    first = post(hotline, "/voice/turn?n=open&t=1", params).get_data(as_text=True)
    verbs = document.read(first)
    assert [verb.name for verb in verbs] == ["Say", "Pause", "Redirect"]
    release.set()
    again = verbs[2].text.split("#")[0].removeprefix(PUBLIC)
    monkeypatch.setattr(hotline.app.extensions["jiesu_phone"].once, "_seconds", 4)
    silent = {"CallSid": call.sid, "From": call.caller.number}
    answer = post(hotline, again, silent).get_data(as_text=True)
    assert [verb.name for verb in document.read(answer)] == ["Gather", "Redirect"]
    assert hotline.words(call) == ["送来的货坏了"]


def test_an_answer_that_is_ready_just_now_is_no_emergency(hotline, monkeypatch):
    """The work ends between the look at the store and the look at what is still at work."""
    params = {"CallSid": SID, "From": "+8613800138000", "SpeechResult": "送来的货坏了"}
    ready = post(hotline, "/voice/turn?n=open&t=1", params).data
    real, looks = views._stored, []

    def late(*args):
        looks.append(args)
        return None if len(looks) == 1 else real(*args)

    monkeypatch.setattr(views, "_stored", late)
    assert post(hotline, "/voice/turn?n=open&t=1&w=1", params).data == ready


def test_a_store_that_stays_late_ends_in_a_recording(hotline, monkeypatch):
    call = hotline.call()
    monkeypatch.setattr(hotline.app.extensions["jiesu_phone"].once, "_seconds", 0.01)
    release = threading.Event()
    monkeypatch.setattr(type(hotline.house.reception), "receive", lambda *_: release.wait(10))
    call.says("送来的货坏了")
    assert call.last.count("嗯，稍等。") == 2
    assert call.waiting is not None
    assert call.waiting.name == "Record"
    release.set()


def test_a_broken_status_or_recording_callback_is_no_error(hotline, monkeypatch):
    monkeypatch.setattr(type(hotline.house.db), "writing", dead)
    assert post(hotline, "/voice/status", {"CallSid": SID, "CallStatus": "completed"}).status_code == 200
    assert (
        post(hotline, "/voice/recording", {"CallSid": SID, "RecordingSid": "RE" + "a" * 32}).status_code
        == 200
    )


# ---- recordings


def test_a_recording_is_kept_with_a_page_for_a_person(hotline):
    call = hotline.call()
    for _ in range(3):
        call.press("0")
    assert "嘀声" in "".join(call.last)
    call.says("我的货坏了")
    assert "录音收到了" in "".join(call.last)
    with hotline.house.db.reading() as conn:
        rows = recordings.of_complaint(conn, hotline.complaint(call).id)
    assert [row.sid for row in rows] == call.recordings


def test_a_recording_that_only_the_provider_kept_is_on_the_desk_when_the_store_lives_again(
    hotline, monkeypatch
):
    recording, about = "RE" + "b" * 32, {"CallSid": SID, "From": "+8613800138000"}
    with monkeypatch.context() as down:
        down.setattr(type(hotline.house.db), "writing", dead)
        down.setattr(type(hotline.house.db), "reading", dead)
        post(hotline, "/voice/incoming", about)
        post(hotline, "/voice/recorded?n=record&t=3", {**about, "RecordingSid": recording})
    post(hotline, "/voice/status", {**about, "CallStatus": "completed"})
    ready = {"CallSid": SID, "RecordingSid": recording, "RecordingStatus": "completed"}
    for _ in range(2):
        post(hotline, "/voice/recording", {**ready, "RecordingDuration": "21"})
    with hotline.house.db.reading() as conn:
        id = conversations.fetch(conn, SID).complaint_id
        assert [(row.status, row.seconds) for row in recordings.of_complaint(conn, id)] == [("completed", 21)]
        assert complaints.get(conn, id).state == "registered"
        assert facts.current(conn, id)["phone"].value == "+8613800138000"
        assert promises.open_of(conn, id, "callback") is not None
        pages = [event for event in events.of_complaint(conn, id) if event.name == "supervisor_paged"]
        assert [page.data["reason"] for page in pages] == ["recording"]
        assert id in [line.complaint.id for line in overview.open_lines(conn, ("story",))]


def test_a_recording_becomes_complete_and_never_goes_back(hotline):
    call = hotline.call()
    call.says("送来的货坏了")
    about = {"CallSid": call.sid, "From": call.caller.number, "RecordingSid": "RE" + "c" * 32}
    seen = []
    for path, more in (
        ("recorded?n=record&t=3", {"RecordingDuration": "9"}),
        ("recording", {"RecordingStatus": "in-progress"}),
        ("recording", {"RecordingStatus": "completed"}),
        ("recorded?n=record&t=4", {}),
    ):
        post(hotline, f"/voice/{path}", {**about, **more})
        with hotline.house.db.reading() as conn:
            (row,) = recordings.of_complaint(conn, hotline.complaint(call).id)
        seen.append((row.status, row.seconds))
    assert seen == [("recorded", 9), ("recorded", 9), ("completed", 9), ("completed", 9)]


@pytest.mark.parametrize(
    "sid", ["", "RE", "RE" + "g" * 32, "../../etc/passwd", "RE" + "a" * 33, "https://evil/RE"]
)
def test_a_recording_id_that_is_none_is_not_kept(hotline, sid):
    params = {"CallSid": SID, "RecordingSid": sid, "RecordingUrl": "https://evil.example/x"}
    assert post(hotline, "/voice/recording", params).status_code == 200
    assert post(hotline, "/voice/recorded?n=record&t=3", params).status_code == 200
    with hotline.house.db.reading() as conn:
        assert conn.execute(sa.text("select count(*) from recordings")).scalar() == 0


# ---- smaller things


def test_a_place_survives_its_address():
    place = Place("wait", 1, 2, 1, 4, 1, (1, 22), (3,), 7, True)
    query = {name: str(value) for name, value in to_query(place, 12).items()}
    assert from_query(query) == (place, 12)


def test_every_address_is_ascii_absolute_and_without_personal_data(hotline):
    call = hotline.call()
    call.says("我叫王小明，电话13900001111，送来的货坏了")
    call.press("0")
    text = "".join(call.documents)
    for part in text.split('"'):
        if part.startswith("http"):
            assert part.isascii()
            assert part.startswith(PUBLIC)
            assert "ct=800" in part
            assert "139" not in part
            assert "138" not in part


def test_every_reply_that_the_flow_names_has_words(hotline):
    flow = hotline.house.content.flow
    lines = [*flow.lines.values(), *flow.results.values()]
    lines += [line for node in flow.nodes.values() for line in node.say]
    lines += [node.silence for node in flow.nodes.values() if node.silence]
    missing = {reply for line in lines for reply in line.replies if not hotline.house.content.has(reply)}
    missing |= {
        name for name in flow.expects if name.startswith("utter_") and not hotline.house.content.has(name)
    }
    assert missing == set()


def test_a_whisper_is_short_and_built_from_stored_facts(hotline):
    hotline.staff("client:agent1")
    call = hotline.call(agents={"client:agent1": accepts(2)})
    call.says("三十万元的货送来就坏了，我要赔偿")
    call.press("0")
    assert call.whispers[0].startswith("严重投诉。物流破损")
    assert len(call.whispers[0].split("按一接听")[0]) <= 60


def test_numbers_are_said_in_words(hotline):
    content = hotline.house.content
    said = [in_words(content, value) for value in (1, 10, 12, 20, 25, 99, 100)]
    assert said == ["一", "十", "十二", "二十", "二十五", "九十九", "九十九"]


def test_once_raises_what_the_work_raises():
    once = Once(1)

    def fails():
        raise KeyError

    with pytest.raises(KeyError):
        once.answer("a", fails)
    assert not once.waiting("a")


def test_the_log_holds_no_customer(hotline, caplog, monkeypatch):
    monkeypatch.setattr(type(hotline.house.db), "writing", dead)
    call = hotline.call(number="+8613877776666")
    call.says("暗号是紫茄子")
    assert "13877776666" not in caplog.text
    assert "紫茄子" not in caplog.text


def test_agents_without_a_phone_are_nobody_on_the_phone(hotline):
    with hotline.house.db.writing() as conn:
        id = users.add(
            conn, login="x", public_name="x", role="agent", password_hash="-", at=hotline.clock(), phone=None
        )
        users.set_presence(conn, id, "available", hotline.clock().replace(year=2030))
    call = hotline.call()
    call.press("0")
    assert "现在没人值班" in "".join(call.last)
