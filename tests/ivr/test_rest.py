"""Twilio's REST side over a real socket: what is asked, what a refusal means, and that nothing leaks."""

from __future__ import annotations

import base64
import json
import logging
import time
import traceback
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import settings
import wiring
from ivr import rest
from ivr.rest import Account, Line, Rest, Wire
from reception.telephone import Gone, Unreachable
from simulator.exchange import Exchange
from tests.fakes.complaints import NOON
from tests.fakes.twilio_api import ACCOUNT, TOKEN, TwilioApi, tone
from tests.ivr.conftest import PUBLIC, Hotline

KEY = "SK" + "1" * 32
KEY_SECRET = "a-key-secret-of-thirty-two-bytes"
CALLER = "+8613800138000"
OURS = "+8610000000000"
URL = "https://jiesu.example/voice/resumed?n=wait&t=3#ct=800"


@pytest.fixture
def api() -> Iterator[TwilioApi]:
    with TwilioApi() as api:
        yield api


def speaks_to(api: TwilioApi, token: str = TOKEN) -> Rest:
    account, wire = Account(ACCOUNT, token, KEY, KEY_SECRET), Wire(api.url, pause=lambda seconds: None)
    return Rest(account, wire, Line(OURS))


@pytest.fixture
def phone(api: TwilioApi) -> Rest:
    return speaks_to(api)


def all_of(phone: Rest, call: str, recording: str) -> dict[str, Any]:
    """Every method that asks the provider something."""
    return {
        "send": lambda: phone.send(call, URL),
        "call": lambda: phone.call(CALLER, URL, URL),
        "hang_up": lambda: phone.hang_up(call),
        "calls_since": lambda: phone.calls_since(NOON),
        "recordings_since": lambda: phone.recordings_since(NOON),
        "fetch": lambda: list(phone.fetch(recording)),
        "delete": lambda: phone.delete(recording),
        "handlers": lambda: phone.handlers("https://jiesu.example"),
        "self_test": phone.self_test,
    }


# ---- calls


def test_a_live_call_goes_on_at_our_address(api: TwilioApi, phone: Rest) -> None:
    call = api.add_call(CALLER, NOON, status="in-progress")
    phone.send(call, URL)
    assert api.sent == [(call, URL)]
    assert api.asked[-1].form == {"Url": URL, "Method": "POST"}


def test_a_call_goes_out_under_our_number_once(api: TwilioApi, phone: Rest) -> None:
    call = phone.call(CALLER, URL, "https://jiesu.example/voice/outgoing/over?x=1")
    assert api.calls[call]["to"] == CALLER
    form = api.asked[-1].form
    assert (form["To"], form["From"], form["Url"], form["Method"]) == (CALLER, OURS, URL, "POST")
    assert form["StatusCallback"] == "https://jiesu.example/voice/outgoing/over?x=1"
    assert "Byoc" not in form
    api.refuse("too_many")
    with pytest.raises(Unreachable):
        phone.call(CALLER, URL, URL)
    assert [one.path.endswith("/Calls.json") for one in api.asked].count(True) == 2, "never tried twice"


def test_without_a_number_of_ours_nobody_is_called(api: TwilioApi) -> None:
    with pytest.raises(Unreachable):
        Rest(Account(ACCOUNT, TOKEN), Wire(api.url)).call(CALLER, URL, URL)
    assert api.asked == []


def test_a_call_that_has_ended_is_gone_and_needs_no_hanging_up(api: TwilioApi, phone: Rest) -> None:
    call = api.add_call(CALLER, NOON)
    with pytest.raises(Gone) as gone:
        phone.send(call, URL)
    assert gone.value.code == 21220
    phone.hang_up(call)
    phone.hang_up(api.sid("CA"))


def test_a_live_call_is_hung_up(api: TwilioApi, phone: Rest) -> None:
    call = api.add_call(CALLER, NOON, status="in-progress")
    phone.hang_up(call)
    assert api.calls[call]["status"] == "completed"


@pytest.mark.parametrize("call", ["lost-123", "CA1", "../Accounts", "CA" + "0" * 31 + "/", ""])
def test_what_is_no_calls_name_is_never_asked_for(api: TwilioApi, phone: Rest, call: str) -> None:
    with pytest.raises(Gone):
        phone.send(call, URL)
    phone.hang_up(call)
    assert api.asked == []


def test_inbound_calls_since_a_moment_over_several_pages(api: TwilioApi, phone: Rest) -> None:
    api.page_size = 3
    early = api.add_call(CALLER, NOON - timedelta(seconds=1))
    wanted = [api.add_call(CALLER, NOON + timedelta(minutes=n), seconds=n) for n in range(7)]
    leg = api.add_call("+10", NOON, direction="outbound-dial", parent_call_sid=wanted[0])
    found = {one.sid: one for one in phone.calls_since(NOON)}
    assert set(found) == set(wanted)
    assert {early, leg}.isdisjoint(found)
    assert len(api.asked) == 3
    assert found[wanted[5]].seconds == 5
    assert found[wanted[5]].started_at == NOON + timedelta(minutes=5)
    assert (found[wanted[5]].caller, found[wanted[5]].status) == (CALLER, "completed")


def test_a_list_without_end_is_read_to_a_limit(
    api: TwilioApi, phone: Rest, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rest, "MOST_PAGES", 2)
    api.page_size = 1
    for _ in range(5):
        api.add_call(CALLER, NOON)
    assert len(phone.calls_since(NOON)) == 2
    assert "its end was not read" in caplog.text


def test_rows_that_cannot_be_read_are_left_out_and_counted(
    api: TwilioApi, phone: Rest, caplog: pytest.LogCaptureFixture
) -> None:
    api.refuse("list")
    assert phone.calls_since(NOON) == []
    assert phone.recordings_since(NOON) == []
    assert "cannot be read: 2" in caplog.text
    assert CALLER not in caplog.text


# ---- recordings


def test_a_recording_is_listed_fetched_and_deleted(api: TwilioApi, phone: Rest) -> None:
    call = api.add_call(CALLER, NOON)
    sound = tone(9)
    recording = api.add_recording(call, NOON + timedelta(seconds=20), seconds=9, sound=sound)
    api.add_recording(call, NOON - timedelta(hours=3))
    (row,) = phone.recordings_since(NOON)
    assert (row.sid, row.call, row.status, row.seconds) == (recording, call, "completed", 9)
    pieces = list(phone.fetch(recording))
    assert b"".join(pieces) == sound
    assert len(pieces) > 1
    phone.delete(recording)
    phone.delete(recording)
    with pytest.raises(Gone):
        list(phone.fetch(recording))


def test_the_address_of_a_sound_is_built_from_the_checked_name_alone(api: TwilioApi, phone: Rest) -> None:
    recording = api.add_recording(api.sid("CA"), NOON)
    list(phone.fetch(recording))
    assert api.asked[-1].path == f"/2010-04-01/Accounts/{ACCOUNT}/Recordings/{recording}.wav"
    asked = len(api.asked)
    for name in ("https://elsewhere.example/RE" + "0" * 32, "RE1", "../Calls", "RE" + "0" * 32 + "/x"):
        with pytest.raises(Gone):
            list(phone.fetch(name))
        with pytest.raises(Gone):
            phone.delete(name)
    assert len(api.asked) == asked


@pytest.mark.parametrize("kind", ["redirect", "garbage", "half"])
def test_what_is_not_a_whole_sound_is_not_given_out_as_one(api: TwilioApi, phone: Rest, kind: str) -> None:
    recording = api.add_recording(api.sid("CA"), NOON)
    api.refuse(kind)
    with pytest.raises(Unreachable):
        list(phone.fetch(recording))
    assert [asked.path for asked in api.asked if "elsewhere" in asked.path] == []


# ---- the simulated phone company behind it


def test_a_simulated_call_is_diverted_and_ended(hotline: Hotline) -> None:
    exchange = Exchange(clock=hotline.clock)
    with TwilioApi(exchange=exchange) as api:
        phone = speaks_to(api)
        call = hotline.caller(exchange=exchange).dial()
        phone.send(call.sid, f"{PUBLIC}/voice/incoming")
        assert call.listening
        assert call.heard[0] == call.heard[-1]
        (row,) = phone.calls_since(hotline.clock() - timedelta(minutes=1))
        assert (row.sid, row.status) == (call.sid, "in-progress")
        phone.hang_up(call.sid)
        assert call.ended
        with pytest.raises(Gone):
            phone.send(call.sid, f"{PUBLIC}/voice/incoming")


# ---- refusals


@pytest.mark.parametrize(
    ("kind", "code", "again"),
    [
        ("auth", 20003, False),
        ("not_allowed", 21215, False),
        ("too_many", 20429, True),
        ("broken", 20503, True),
        ("error", 20500, True),
        ("redirect", 302, False),
    ],
)
def test_what_a_refusal_means(api: TwilioApi, phone: Rest, kind: str, code: int, again: bool) -> None:
    call, recording = api.add_call(CALLER, NOON, status="in-progress"), api.sid("RE")
    api.refuse(kind)
    for name, ask in all_of(phone, call, recording).items():
        with pytest.raises(Unreachable) as refused:
            ask()
        assert not isinstance(refused.value, Gone), name
        assert (refused.value.code, refused.value.again) == (code, again), name


def test_only_what_may_be_repeated_is_and_only_once(api: TwilioApi, phone: Rest) -> None:
    call = api.add_call(CALLER, NOON, status="in-progress")
    api.refuse("broken", times=1)
    assert len(phone.calls_since(NOON)) == 1
    assert len(api.asked) == 2
    api.refuse("broken", times=1)
    with pytest.raises(Unreachable):
        phone.send(call, URL)
    assert len(api.asked) == 3
    api.refuse("auth", times=1)
    with pytest.raises(Unreachable):
        phone.calls_since(NOON)
    assert len(api.asked) == 4


@pytest.mark.parametrize("kind", ["garbage", "empty", "page"])
def test_an_answer_of_another_shape_is_no_answer(api: TwilioApi, phone: Rest, kind: str) -> None:
    api.refuse(kind)
    with pytest.raises(Unreachable):
        phone.calls_since(NOON)
    assert {asked.path for asked in api.asked} == {f"/2010-04-01/Accounts/{ACCOUNT}/Calls.json"}


@pytest.mark.parametrize("kind", ["silence", "drip"])
def test_nobody_waits_long_for_an_answer(
    api: TwilioApi, phone: Rest, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(rest, "SECONDS", 0.5)
    call = api.add_call(CALLER, NOON, status="in-progress")
    api.refuse(kind)
    started = time.monotonic()
    with pytest.raises(Unreachable) as late:
        phone.send(call, URL)
    assert late.value.again
    assert time.monotonic() - started < 2


def test_the_deadline_is_three_seconds() -> None:
    assert rest.SECONDS == 3.0


def test_a_provider_out_of_reach() -> None:
    nowhere = Wire("http://127.0.0.1:9", pause=lambda seconds: None)
    phone = Rest(Account(ACCOUNT, TOKEN), nowhere, Line(OURS))
    for ask in all_of(phone, "CA" + "0" * 32, "RE" + "0" * 32).values():
        with pytest.raises(Unreachable) as nobody:
            ask()
        assert nobody.value.again


# ---- secrets


def everything_of(error: BaseException) -> str:
    """All that a careless log could write of an exception: texts and values, of its causes too."""
    told = []
    one: BaseException | None = error
    while one is not None:
        told += [str(one), repr(one), repr(vars(one))]
        one = one.__cause__ or one.__context__
    return "".join([*told, *traceback.format_exception(error)])


@pytest.mark.parametrize(
    "kind", ["auth", "not_found", "not_allowed", "not_in_progress", "too_many", "broken", "garbage", "list"]
)
def test_no_token_and_no_number_in_errors_and_logs(
    api: TwilioApi, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    caplog.set_level(logging.DEBUG)
    phone = speaks_to(api)
    call, recording = api.add_call(CALLER, NOON, status="in-progress"), api.sid("RE")
    api.refuse(kind)
    told = repr(phone) + repr(vars(phone))
    for ask in all_of(phone, call, recording).values():
        try:
            ask()
        except Unreachable as error:
            told += everything_of(error)
            logging.getLogger("jiesu.ivr").exception("refused: %s", error)
    told += caplog.text + "".join(repr(vars(record)) for record in caplog.records)
    for secret in (TOKEN, KEY_SECRET, base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()):
        assert secret not in told
    assert CALLER.removeprefix("+") not in told
    assert "/voice/resumed" not in told


def test_errors_out_of_reach_hold_nothing_either(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    phone = Rest(Account(ACCOUNT, TOKEN), Wire("http://127.0.0.1:9", pause=lambda seconds: None))
    with pytest.raises(Unreachable) as nobody:
        phone.send("CA" + "0" * 32, URL)
    assert nobody.value.__context__ is None
    assert TOKEN not in everything_of(nobody.value) + caplog.text


# ---- tokens and wiring


def claims(token: str) -> dict[str, Any]:
    body = token.split(".")[1]
    told: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return told


def test_a_browser_may_take_calls_for_a_while_and_make_none(phone: Rest) -> None:
    token = phone.token("agent1", 900)
    assert token is not None
    told = claims(token)
    assert told["grants"] == {"identity": "agent1", "voice": {"incoming": {"allow": True}}}
    assert (told["iss"], told["sub"]) == (KEY, ACCOUNT)
    assert told["exp"] - told["nbf"] == 900
    assert KEY_SECRET not in token


def test_without_a_key_there_is_no_token() -> None:
    assert Rest(Account(ACCOUNT, TOKEN)).token("agent1", 900) is None
    assert Rest(Account(ACCOUNT, TOKEN, KEY)).token("agent1", 900) is None


@pytest.mark.parametrize("seconds", [0, 299, 3601])
def test_a_token_lasts_neither_too_short_nor_too_long(phone: Rest, seconds: int) -> None:
    with pytest.raises(ValueError, match="300 to 3600"):
        phone.token("agent1", seconds)


def test_the_account_is_tested(api: TwilioApi, phone: Rest) -> None:
    assert phone.self_test() == "active"
    with pytest.raises(Unreachable) as refused:
        speaks_to(api, token="another-token-of-the-same-length").self_test()
    assert refused.value.code == 20003


def test_which_numbers_ring_here_and_whether_they_have_a_second_address(api: TwilioApi, phone: Rest) -> None:
    ours, other = "https://jiesu.example/voice/incoming#ct=800", "https://other.example/voice/incoming"
    api.numbers += [
        {"sid": "PN1", "voice_url": ours, "voice_fallback_url": "https://static.example/fallback.xml"},
        {"sid": "PN2", "voice_url": other, "voice_fallback_url": ""},
        {"sid": "PN3", "voice_url": None},
    ]
    api.domains += [{"sid": "SD1", "voice_url": ours, "voice_fallback_url": ""}]
    assert phone.handlers("https://jiesu.example") == [True, False]


def test_only_the_api_is_ever_asked(phone: Rest) -> None:
    for url in (
        "https://api.twilio.com.evil.example/x",
        "http://api.twilio.com/x",
        "https://lookups.twilio.com/",
    ):
        with pytest.raises(Unreachable):
            Wire().address(url)
    assert Wire().address("https://api.twilio.com/2010-04-01/x") == "https://api.twilio.com/2010-04-01/x"


def test_the_environment_moves_nothing(monkeypatch: pytest.MonkeyPatch, api: TwilioApi) -> None:
    monkeypatch.setenv("TWILIO_REGION", "au1")
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert speaks_to(api).self_test() == "active"


def test_the_house_has_a_telephone_only_with_an_account(tmp_path: Any, api: TwilioApi) -> None:
    def wired(**env: str) -> Rest | None:
        return wiring.telephone(settings.load({"JIESU_DATA_DIR": str(tmp_path), **env}))

    assert wired() is None
    assert wired(TWILIO_AUTH_TOKEN=TOKEN) is None
    assert wired(TWILIO_ACCOUNT_SID=ACCOUNT) is None
    phone = wired(**api.environment())
    assert phone is not None
    assert phone.self_test() == "active"
