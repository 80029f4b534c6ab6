"""Every request to Twilio's REST side against Twilio's own description of it, and the fake's answers too.

What the description does not hold: the sound of recordings, webhooks and TwiML.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from ivr.rest import Account, Line, Rest
from reception.telephone import Gone, Telephone, Unreachable
from tests.fakes.complaints import NOON
from tests.fakes.twilio_api import ACCOUNT, REFUSALS, TOKEN, TwilioApi
from tests.fakes.twilio_contract import (
    Answer,
    Contract,
    NotAsDescribed,
    check,
    check_answer,
    example,
    request,
)

CALL = "CA" + "a" * 32
RECORDING = "RE" + "b" * 32
URL = "https://jiesu.example/voice/resumed?n=wait&t=3#ct=800&rt=4500&tt=5000&rc=1&rp=ct,5xx"
BASE = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}"


@dataclass(frozen=True)
class Case:
    """One method of Rest: how it is called, which operation that is, and the example it is answered with."""

    ask: Callable[[Rest], Any]
    method: str
    path: str
    example: str = ""


CASES = {
    "send": Case(lambda it: it.send(CALL, URL), "post", f"Calls/{CALL}.json", "update"),
    "call": Case(lambda it: it.call("+6591234567", URL, URL), "post", "Calls.json", "create"),
    "hang_up": Case(lambda it: it.hang_up(CALL), "post", f"Calls/{CALL}.json", "update"),
    "calls_since": Case(lambda it: it.calls_since(NOON), "get", "Calls.json", "readEmptyDatesGreater"),
    "recordings_since": Case(lambda it: it.recordings_since(NOON), "get", "Recordings.json", "readFull"),
    "delete": Case(lambda it: it.delete(RECORDING), "delete", f"Recordings/{RECORDING}.json"),
    "handlers": Case(lambda it: it.handlers("https://x"), "get", "IncomingPhoneNumbers.json", "readEmpty"),
    "self_test": Case(lambda it: it.self_test(), "get", ""),
}
NOT_IN_THE_DESCRIPTION = {"fetch", "token"}


def phone_over(wire: Contract) -> Rest:
    return Rest(Account(ACCOUNT, TOKEN), wire, Line("+8610000000000", "BY" + "1" * 32))


def test_every_method_has_its_case() -> None:
    public = {name for name, _ in inspect.getmembers(Rest, inspect.isfunction) if not name.startswith("_")}
    assert public == CASES.keys() | NOT_IN_THE_DESCRIPTION
    promised = {name for name, _ in inspect.getmembers(Telephone, inspect.isfunction) if name[0] != "_"}
    assert promised <= public


@pytest.mark.parametrize("name", CASES)
def test_what_is_asked_is_as_described(name: str) -> None:
    case, wire = CASES[name], Contract(CASES[name].example)
    case.ask(phone_over(wire))
    asked = wire.asked[0]
    assert asked.method == case.method
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}" + (f"/{case.path}" if case.path else ".json")


def test_the_example_rows_are_read() -> None:
    wire = Contract("readFull")
    (row,) = phone_over(wire).recordings_since(datetime(2016, 10, 14, tzinfo=UTC))
    assert (row.sid, row.seconds, row.status) == ("RE" + "a" * 32, 4, "completed")
    assert row.at == datetime(2016, 10, 14, 21, 56, 34, tzinfo=UTC)


def test_a_call_as_the_description_shows_it_is_read() -> None:
    """The examples of lists lead on to pages whose dates the description itself does not allow, so a list
    of one is made of the example of a single call."""
    _, shown = example(request("POST", f"{BASE}/Calls/{CALL}.json"), "update")
    row = json.loads(shown)
    phone = phone_over(Contract(answer=Answer(200, {"calls": [row], "next_page_uri": None})))
    (call,) = phone.calls_since(datetime(2010, 8, 31, tzinfo=UTC))
    assert (call.sid, call.caller) == ("CA" + "a" * 32, "+14158675308")
    assert (call.status, call.seconds) == ("completed", 15)
    assert call.started_at == datetime(2010, 8, 31, 20, 36, 29, tzinfo=UTC)


@pytest.mark.parametrize("kind", REFUSALS)
@pytest.mark.parametrize("name", CASES)
def test_every_error_comes_out_as_one_of_ours(name: str, kind: str) -> None:
    refusal = REFUSALS[kind]
    phone = phone_over(Contract(answer=Answer(refusal.status, refusal.body("+8613800138000"))))
    if kind in ("not_found", "not_in_progress"):
        if name in ("hang_up", "delete"):
            CASES[name].ask(phone)
            return
        with pytest.raises(Gone):
            CASES[name].ask(phone)
        return
    with pytest.raises(Unreachable) as refused:
        CASES[name].ask(phone)
    assert refused.value.code == refusal.code
    assert refused.value.again == (refusal.status == 429 or refusal.status >= 500)


# ---- what the description alone would let pass, and what it would not


@pytest.mark.parametrize(
    ("method", "path", "params", "data"),
    [
        ("POST", f"/Calls/{CALL}.json", {}, {"Url": URL, "Methot": "POST"}),
        ("POST", f"/Calls/{CALL}.json", {}, {"Url": URL, "Method": "PUT"}),
        ("POST", f"/Calls/{CALL}.json", {}, {"Status": "complete"}),
        ("POST", f"/Calls/{CALL}.json", {}, {"Method": "POST"}),
        ("POST", "/Calls/CA1.json", {}, {"Url": URL}),
        ("GET", "/Calls.json", {"StartTime>": "yesterday"}, {}),
        ("GET", "/Calls.json", {"StartTimeAfter": "2026-03-02T00:00:00Z"}, {}),
        ("GET", "/Calls.json", {"PageSize": "5000"}, {}),
        ("GET", "/Recording.json", {}, {}),
        ("DELETE", f"/Recordings/{RECORDING}.wav", {}, {}),
    ],
)
def test_a_slip_is_found(method: str, path: str, params: dict[str, str], data: dict[str, str]) -> None:
    with pytest.raises(NotAsDescribed):
        check(request(method, BASE + path, params, data, (ACCOUNT, TOKEN)))


def test_a_request_without_credentials_is_found() -> None:
    with pytest.raises(NotAsDescribed, match="Security"):
        check(request("GET", f"{BASE}/Calls.json"))


# ---- the fake


def told_by(api: TwilioApi, method: str, path: str, form: dict[str, str] | None = None) -> dict[str, Any]:
    url = f"{api.url}/2010-04-01/Accounts/{ACCOUNT}{path}"
    answer = requests.request(method, url, data=form, auth=(ACCOUNT, TOKEN), timeout=5)
    body: dict[str, Any] = json.loads(answer.text)
    check_answer(request(method, BASE + path, None, form, (ACCOUNT, TOKEN)), body, answer.status_code)
    return body


def test_the_fake_answers_as_described() -> None:
    with TwilioApi() as api:
        call = api.add_call("+8613800138000", NOON, status="in-progress")
        api.add_call("anonymous", NOON)
        api.add_recording(call, NOON)
        assert len(told_by(api, "GET", "/Calls.json")["calls"]) == 2
        assert len(told_by(api, "GET", "/Recordings.json")["recordings"]) == 1
        assert told_by(api, "GET", ".json")["status"] == "active"
        assert told_by(api, "POST", f"/Calls/{call}.json", {"Status": "completed"})["status"] == "completed"


def test_a_wrong_answer_would_be_found() -> None:
    asked = request("GET", f"{BASE}/Calls.json", None, None, (ACCOUNT, TOKEN))
    with pytest.raises(NotAsDescribed):
        check_answer(asked, {"calls": [{"sid": "CA1", "status": "finished"}]})
