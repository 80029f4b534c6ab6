"""What has gone wrong on other people's telephone systems, and must not go wrong here."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hearing import Ear
from office.recordings import Recordings
from simulator import Call, Exchange, accepts, busy, declines, document, fails, rings_out, voicemail
from simulator.line import signature
from store import recordings
from tests.fakes.rasa import FakeRasa
from tests.fakes.twilio_api import TwilioApi
from tests.ivr.conftest import PUBLIC, TOKEN, Hotline, hotline_at
from tests.ivr.reaching import SOMEBODY, node_of

NOBODY_THERE = ("没人值班", "没接上", "没通", "没接通")
TALK_OVER = "通话结束了"
FORM = "application/x-www-form-urlencoded"
LATIN = re.compile(r"[A-Za-z0-9<>{}\[\]*_#]")
RING_SECONDS = 20


def dials(call: Call) -> list[document.Verb]:
    """Every ring of this call, as the documents say it."""
    return [verb for body in call.documents for verb in document.read(body) if verb.name == "Dial"]


@pytest.fixture
def rasa() -> Iterator[FakeRasa]:
    fake = FakeRasa()
    yield fake
    fake.close()


# ---- a finished talk is not "nobody was there", and every other end of a ring goes on to a person
# ivr-recording-django reads CallStatus, which is the caller's own leg; others handle `no-answer` alone.


@pytest.mark.parametrize("talk", [1, 30, 4000])
def test_who_has_talked_to_somebody_is_not_told_that_nobody_was_there(hotline: Hotline, talk: int) -> None:
    hotline.staff(SOMEBODY)
    call = hotline.call(agents={SOMEBODY: accepts(3, talk=talk)})
    call.press("0")
    heard = "".join(call.last)
    assert TALK_OVER in heard
    assert not any(words in heard for words in NOBODY_THERE)
    assert [handoff.outcome for handoff in hotline.handoffs(call)] == ["accepted"]


@pytest.mark.parametrize(
    "first",
    [rings_out(), busy(), fails(), declines(2), voicemail(2)],
    ids=["rings out", "busy", "fails", "declines", "voicemail"],
)
@pytest.mark.parametrize("rule", ["accept", "pickup"])
def test_every_other_end_of_a_ring_leads_to_the_next_person(hotline: Hotline, first, rule: str) -> None:
    hotline.staff("client:first")
    call = hotline.call(agents={"client:first": first}, first_wins=rule)
    call.press("0")
    assert call.listening, f"the caller was left alone: {call.last}"
    hotline.staff(SOMEBODY)
    call.caller.agents = {SOMEBODY: accepts(1, talk=5, caller_ends=True)}
    call.silent()
    assert call.bridged == [SOMEBODY]
    assert call.faults == []


# ---- transferred calls cut off after a minute (pipecat #5135)


def test_a_talk_of_two_hours_is_ended_by_those_who_talk(hotline: Hotline) -> None:
    hotline.staff(SOMEBODY)
    call = hotline.call(agents={SOMEBODY: accepts(3, talk=7200, caller_ends=True)})
    call.press("0")
    assert call.seconds > 7200
    assert call.ended == "caller"
    assert call.faults == []
    (ring,) = dials(call)
    assert ring.number("timeLimit", 14400) >= 7200


# ---- REST is down (warm-transfer-flask: a 500), and two callers who meet


@pytest.mark.parametrize("kind", ["auth", "too_many", "broken", "error", "not_in_progress"])
def test_without_rest_a_caller_reaches_a_person_waits_and_is_promised(tmp_path: Path, kind: str) -> None:
    with TwilioApi() as api:
        api.refuse(kind)
        hotline = hotline_at(tmp_path, **api.environment())
        assert hotline.house.telephone is not None
        hotline.staff(SOMEBODY)
        call = hotline.call(agents={SOMEBODY: accepts(3, talk=20)})
        call.says("送来的灯坏了").press("0")
        assert call.bridged == [SOMEBODY]
        call.caller.agents = {}
        call.press("0")
        assert node_of(call) == "wait"
        call.press("1")
        call.hang_up()
        assert "callback" in hotline.promises(call)
        assert call.faults == []
        hotline.house.db.close()


def test_two_callers_at_the_same_moment_never_meet(hotline: Hotline) -> None:
    """All that is asked at once is asked by real threads; nobody hears, or is bridged to, another's case."""
    agents = [f"client:a{n}" for n in range(4)]
    hotline.staff(*agents)
    stories = ["送来的冰箱坏了", "多扣了我的会员费", "师傅态度太差", "发票一直不给开"]
    done: list[Call] = []

    def ring(n: int) -> None:
        phones = {agents[n]: accepts(2, talk=30, caller_ends=True)}
        call = hotline.call(number=f"+861390000000{n}", agents=phones)
        done.append(call.says(stories[n]).press("0"))

    threads = [threading.Thread(target=ring, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(done) == len(agents)
    bridged = [address for call in done for address in call.bridged]
    assert len(bridged) == len(set(bridged)), "one agent was connected to two callers at once"
    for call in done:
        assert call.faults == []
        assert not any("<Conference" in body or "<Queue" in body for body in call.documents)
        mine = stories[int(call.caller.number[-1])]
        assert hotline.words(call)[0] == mine
        assert len(set(call.whispers)) <= 1


# ---- sixty seconds of ringing (Chatwoot hangs up then)


@pytest.mark.parametrize("people", [1, 2, 11, 25])
def test_a_minute_of_ringing_leads_to_the_waiting_room(hotline: Hotline, people: int) -> None:
    hotline.staff(*(f"client:a{n}" for n in range(people)))
    call = hotline.call()
    call.press("0")
    rung = [ring.number("timeout", 30) for ring in dials(call)]
    assert 0 < sum(rung) <= 60
    assert all(len(group) <= 10 for group in call.rung)
    assert node_of(call) == "wait"
    assert call.ended == ""


# ---- the caller has gone, and the agent's phone still rings (agents-js #2008)


@pytest.mark.parametrize("second", range(1, RING_SECONDS))
def test_nobody_is_connected_to_a_caller_who_has_gone(hotline: Hotline, second: int) -> None:
    """Hanging up in each second of the ring; the agent picks up in that second, and accepts after it."""
    hotline.staff(SOMEBODY)
    call = hotline.call(agents={SOMEBODY: accepts(second - 0.5, thinks=1.0)})
    call.says("送来的灯坏了").hangs_up_while_ringing(second).press("0")
    assert call.ended == "caller"
    assert call.bridged == []
    (handoff,) = hotline.handoffs(call)
    assert handoff.outcome == "customer_left"
    assert handoff.ended_at is not None
    assert hotline.complaint(call).state == "registered"
    assert "callback" in hotline.promises(call)


def test_an_agent_who_accepts_too_late_hears_that_the_caller_has_gone(hotline: Hotline) -> None:
    hotline.staff(SOMEBODY)
    call = hotline.call(agents={})
    call.says("送来的灯坏了").hangs_up_while_ringing(3).press("0")
    ring = dials(call)[0]
    address = ring.inside[0].get("url").split("#")[0]
    replies = hotline.line.post(address, {"CallSid": "CA" + "9" * 32, "ParentCallSid": call.sid})
    gather = next(verb for verb in document.read(replies[0].body) if verb.name in ("Gather", "Hangup"))
    if gather.name == "Gather":
        action = gather.get("action").split("#")[0]
        replies = hotline.line.post(action, {"CallSid": "CA" + "9" * 32, "Digits": "1"})
    verbs = document.read(replies[0].body)
    assert [verb.name for verb in verbs] == ["Say", "Hangup"]
    assert "对方已挂机" in verbs[0].text


# ---- a human holds one conversation, and the same person calls again (Rasa after `pause`: an empty Response)


def test_a_new_call_is_answered_while_a_human_holds_the_last_one(hotline: Hotline) -> None:
    hotline.staff(SOMEBODY)
    first = hotline.call(agents={SOMEBODY: accepts(2, talk=30)})
    first.says("送来的灯坏了").press("0")
    with hotline.house.db.reading() as conn:
        assert conn.exec_driver_sql("select count(*) from handoffs where agent_id is not null").scalar() == 1
    second = hotline.call(agents={SOMEBODY: accepts(2, talk=30, caller_ends=True)})
    assert second.listening
    assert second.heard
    second.says("还有一件事")
    assert second.last
    assert not second.ended
    assert second.faults == []


# ---- replies made for eyes, read into an ear (Rasa: buttons read aloud, a custom payload is a 500)


def test_every_reply_can_be_said(hotline: Hotline) -> None:
    """No button, mark-up, letter or figure is read out, whatever fills it."""
    content, strange = hotline.house.content, {}
    for name in content.replies:
        slots = re.findall(r"{(\w+)}", content.variant(name, "phone").text)
        said = content.say(name, "phone", **dict.fromkeys(slots, "三"))
        if LATIN.search(said.text) or not said.text:
            strange[name] = said.text
    assert len(content.replies) > 50
    assert strange == {}


@pytest.mark.parametrize(
    "message",
    [
        {"text": "要退还是换？", "buttons": [{"title": "退", "payload": '/want{"kind":"refund"}'}]},
        {"custom": {"blocks": [{"type": "section", "text": "x"}]}},
        {"image": "https://example.invalid/x.png"},
        {"attachment": {"type": "video", "payload": {"src": "x"}}},
        {"text": "<Say>x</Say>& \u0007"},
        {"text": ""},
        {},
    ],
)
def test_whatever_the_assistant_answers_can_be_played(tmp_path: Path, rasa: FakeRasa, message: dict) -> None:
    rasa.reply = lambda body: json.dumps([{"recipient_id": body["sender"], **message}]).encode()
    hotline = hotline_at(tmp_path, JIESU_RASA_URL=rasa.url)
    call = hotline.call()
    call.says("送来的灯坏了")
    assert call.listening
    heard = "".join(call.last)
    assert heard
    assert not LATIN.search(heard)
    assert call.faults == []
    assert hotline.words(call) == ["送来的灯坏了"]
    hotline.house.db.close()


# ---- recordings, once the provider asks for a login (yap #1573)


def test_a_recording_is_fetched_with_a_login_and_from_its_own_address(tmp_path: Path) -> None:
    exchange = Exchange()
    with TwilioApi(exchange=exchange) as api:
        hotline = hotline_at(tmp_path, **api.environment())
        exchange.clock = hotline.clock
        call = hotline.call(exchange=exchange)
        call.press("0").press("0").press("0").says("我的灯坏了，请回电")
        (sid,) = call.recordings
        Recordings(hotline.house, Ear()).fetch_due()
        with hotline.house.db.reading() as conn:
            row = recordings.get(conn, sid)
        assert row is not None
        assert row.fetched_at is not None
        assert row.file_id
        hotline.house.db.close()


def test_without_the_right_login_nothing_is_lost(tmp_path: Path) -> None:
    exchange = Exchange()
    with TwilioApi(exchange=exchange) as api:
        hotline = hotline_at(tmp_path, **api.environment())
        exchange.clock = hotline.clock
        call = hotline.call(exchange=exchange)
        call.press("0").press("0").press("0").says("我的灯坏了，请回电")
        api.refuse("auth")
        Recordings(hotline.house, Ear()).fetch_due()
        with hotline.house.db.reading() as conn:
            row = recordings.get(conn, call.recordings[0])
        assert row is not None
        assert row.fetched_at is None
        assert row.due_at > hotline.clock()
        assert not exchange.tapes[row.sid].deleted
        hotline.house.db.close()


# ---- signatures behind a proxy that ends TLS (twilio-python #751, django-twilio #196)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "10.0.0.7:8000"},
        {"Host": "127.0.0.1", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "jiesu.example"},
        {"Host": "jiesu.example:443", "X-Forwarded-Proto": "http"},
        {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Port": "1"},
    ],
)
def test_the_signature_is_for_our_public_address_whatever_the_proxy_says(
    hotline: Hotline, headers: dict[str, str]
) -> None:
    params = {"CallSid": "CA" + "c" * 32, "From": "+8613800138000"}
    path = "/voice/turn?n=open&t=1"
    client = hotline.app.test_client()
    inside, plain = "http://10.0.0.7:8000", PUBLIC.replace("https", "http")
    for address, status in ((PUBLIC, 200), (plain, 403), (inside, 403)):
        signed = {**headers, "X-Twilio-Signature": signature(TOKEN, address + path, params)}
        answer = client.post(path, data=params, content_type=FORM, headers=signed)
        assert answer.status_code == status, (address, headers)


# ---- a call back costs one key (elsewhere up to five prompts)


@pytest.mark.parametrize("staffed", [True, False])
def test_a_call_back_is_one_key(hotline: Hotline, staffed: bool) -> None:
    if staffed:
        hotline.staff(SOMEBODY)
    call = hotline.call(agents={})
    call.press("0")
    inputs = call.inputs
    call.press("1")
    call.hang_up()
    assert call.inputs == inputs + 1
    assert "callback" in hotline.promises(call)
    assert hotline.fact(call, "phone") == call.caller.number
