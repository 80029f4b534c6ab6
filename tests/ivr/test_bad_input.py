"""Whatever comes in at the phone door: who did not sign is refused; who did gets TwiML that can be played."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.guard import LARGEST_BODY
from ivr.twiml import UNSPEAKABLE
from simulator import accepts, document
from simulator.line import signature
from store import messages
from store.schema import metadata
from tests.ivr.conftest import PUBLIC, TOKEN, Hotline, hotline_at
from tests.ivr.reaching import SOMEBODY, WAYS, bring, node_of, offered, verb_of

SID = "CA" + "b" * 32
CALLER = "+8613800138000"
FORM = "application/x-www-form-urlencoded"
MINUTE = "送来的柜子门是歪的，打电话没人接，" * 16
"""What is said in a minute: four characters a second."""
REFUSED = (403, 405)


def send(
    hotline: Hotline,
    path: str,
    params: dict[str, str] | None = None,
    *,
    method: str = "POST",
    body: bytes | None = None,
    kind: str = FORM,
    sign: str | None = "",
) -> Any:
    """One request, signed for exactly what a form of these parameters would be; `sign` overrides it."""
    params = {"CallSid": SID, "From": CALLER} if params is None else params
    signed = signature(TOKEN, PUBLIC + path, params) if sign == "" else sign
    headers = {"X-Twilio-Signature": signed} if signed else {}
    data = urlencode(params).encode() if body is None else body
    client = hotline.app.test_client()
    return client.open(path, method=method, data=data, content_type=kind, headers=headers)


def rows(hotline: Hotline) -> dict[str, int]:
    with hotline.house.db.reading() as conn:
        return {
            table.name: conn.execute(sa.select(sa.func.count()).select_from(table)).scalar() or 0
            for table in metadata.sorted_tables
        }


def webhooks(hotline: Hotline) -> list[str]:
    """Every address of this door but the music, which is the same for everybody."""
    rules = [str(rule) for rule in hotline.app.url_map.iter_rules() if str(rule).startswith("/voice/")]
    return sorted(rule for rule in rules if not rule.endswith(".wav"))


def verbs_of(answer: Any) -> list[document.Verb]:
    """The document, which can be played and has nothing that the lint finds."""
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/xml")
    verbs = document.read(answer.get_data(as_text=True))
    assert document.lint(verbs) == []
    return verbs


def rings(verbs: list[document.Verb]) -> bool:
    return any(verb.name == "Dial" for verb in verbs)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hotline]:
    """One house for many calls that have nothing to do with each other."""
    found = hotline_at(tmp_path_factory.mktemp("shared"))
    found.staff(SOMEBODY)
    yield found
    found.house.db.close()


# ---- who did not sign


@pytest.mark.parametrize("sign", [None, "bm90aGluZw==", "\u00ff", "x" * 4000])
def test_without_our_signature_nothing_is_stored_anywhere(hotline: Hotline, sign: str | None) -> None:
    before = rows(hotline)
    for path in webhooks(hotline):
        answer = send(hotline, path, {"CallSid": SID, "Digits": "0", "CallStatus": "completed"}, sign=sign)
        assert answer.status_code in REFUSED, path
    assert rows(hotline) == before


def test_a_signature_for_one_address_opens_no_other(hotline: Hotline) -> None:
    params = {"CallSid": SID, "From": CALLER}
    other = signature(TOKEN, f"{PUBLIC}/voice/turn?n=open&t=1", params)
    assert send(hotline, "/voice/turn?n=ring&t=1", params, sign=other).status_code == 403
    assert send(hotline, "/voice/turn?n=open&t=1", {**params, "Digits": "0"}, sign=other).status_code == 403


def test_json_is_no_form(hotline: Hotline) -> None:
    """Signed like a form, or like the empty form it is to us: what it says is not read."""
    before = rows(hotline)
    told = json.dumps({"CallSid": SID, "Digits": "0"}).encode()
    answer = send(hotline, "/voice/turn?n=open&t=1", body=told, kind="application/json")
    assert answer.status_code == 403
    assert rows(hotline) == before


def test_get_changes_nothing(hotline: Hotline) -> None:
    before = rows(hotline)
    for path in webhooks(hotline):
        signed = signature(TOKEN, f"{PUBLIC}{path}?CallSid={SID}&Digits=0", {})
        answer = send(hotline, f"{path}?CallSid={SID}&Digits=0", {}, method="GET", sign=signed)
        assert answer.status_code in REFUSED, path
    assert rows(hotline) == before


@pytest.mark.parametrize("length", [LARGEST_BODY + 1, 3 * LARGEST_BODY])
def test_more_than_the_engine_ever_sends_is_refused_unread(hotline: Hotline, length: int) -> None:
    before = rows(hotline)
    for path in webhooks(hotline):
        answer = send(hotline, path, {"CallSid": SID, "SpeechResult": "x" * length})
        assert answer.status_code in (413, *REFUSED), path
    assert rows(hotline) == before


# ---- who signed, and makes no sense


@pytest.mark.parametrize(
    "path",
    [
        "/voice/turn",
        "/voice/turn?n=no-such-node&t=3",
        "/voice/turn?n=story",
        "/voice/turn?t=3",
        "/voice/turn?n=story&t=three",
        "/voice/turn?n=story&t=-1",
        "/voice/turn?n=story&t=3&misses=1.5",
        "/voice/turn?n=story&t=3&tried=1,2",
        "/voice/rang?n=&t=",
        "/voice/recorded?n=x&t=1",
    ],
)
def test_an_unknown_state_rings_a_person(hotline: Hotline, path: str) -> None:
    hotline.staff(SOMEBODY)
    assert rings(verbs_of(send(hotline, path)))


@pytest.mark.parametrize("params", [{}, {"CallSid": ""}, {"From": "x"}, {"CallSid": "../../etc/passwd"}])
@pytest.mark.parametrize("path", ["/voice/turn", "/voice/turn?n=story&t=2"])
def test_missing_parameters_ring_a_person(hotline: Hotline, path: str, params: dict[str, str]) -> None:
    hotline.staff(SOMEBODY)
    assert rings(verbs_of(send(hotline, path, {**params, "Digits": "0"})))


def test_a_call_that_has_ended_rings_a_person(hotline: Hotline) -> None:
    """An address of ours comes back after the end of its call; its talk is new, and so is the wish."""
    hotline.staff(SOMEBODY)
    call = hotline.call()
    address = verb_of(call).get("action").split("#")[0].removeprefix(PUBLIC)
    call.says("送来的柜子坏了").hang_up()
    again = {"CallSid": call.sid, "From": CALLER, "Digits": "0"}
    assert rings(verbs_of(send(hotline, address.replace("t=1", "t=9"), again)))


@pytest.mark.parametrize("node", WAYS)
def test_two_hundred_digits_are_no_error_and_no_number(hotline: Hotline, node: str) -> None:
    call = bring(hotline, node)
    call.press("1" * 200 + "#")
    assert call.faults == []
    assert call.listening or call.ended in ("machine", "caller")
    if hotline.complaint(call) is not None:
        assert hotline.fact(call, "phone") in (None, CALLER)


@pytest.mark.parametrize("node", [node for node in WAYS if node != "record"])
def test_a_minute_of_speech_is_kept_whole(hotline: Hotline, node: str) -> None:
    call = bring(hotline, node)
    since = len(call.documents)
    call.says(MINUTE)
    assert call.faults == []
    assert MINUTE in hotline.words(call)
    assert call.listening or offered(call, since), (node_of(call), call.last)


CONTROLS = "".join(map(chr, [*range(1, 9), 11, 12, *range(14, 32), 0x7F, 0x85, 0xFFFE, 0xFFFF]))


def test_control_characters_never_reach_the_document(hotline: Hotline) -> None:
    """In what is said, and in all that is echoed of it: the read-back, the whisper, the repeated number."""
    hotline.staff(SOMEBODY)
    call = hotline.call(agents={SOMEBODY: accepts(2, talk=5)})
    call.says(f"我叫王{CONTROLS}小明，送来的柜子{CONTROLS}坏了").says(f"我要{CONTROLS}换一台")
    for _ in range(3):
        if not call.ended:
            call.says(f"行{CONTROLS}")
    if not call.ended:
        call.press("0")
    assert call.faults == []
    assert call.whispers
    assert not any(UNSPEAKABLE.search(body) for body in call.documents)


FIELDS = st.sampled_from(
    [
        *("CallSid", "From", "To", "CallStatus", "Direction", "AccountSid", "StirVerstat", "ForwardedFrom"),
        *("Digits", "FinishedOnKey", "SpeechResult", "Confidence", "UnstableSpeechResult", "SequenceNumber"),
        *("DialCallStatus", "DialBridged", "DialCallSid"),
        *("RecordingSid", "RecordingUrl", "RecordingStatus", "RecordingDuration"),
    ]
)
VALUES = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "0",
            "1",
            "#",
            "*",
            "true",
            "false",
            "completed",
            "no-answer",
            "busy",
            "in-progress",
            "nan",
            "-1",
        ]
    ),
    st.from_regex(re.compile(r"[0-9*#]{0,40}"), fullmatch=True),
    st.sampled_from([SID, CALLER, "anonymous", "转人工", "我要投诉", "别录音", "1e999", "RE" + "a" * 32]),
)
QUERIES = st.dictionaries(
    st.sampled_from(
        [
            *("n", "t", "misses", "rings", "nobody", "waits", "again", "talked", "tried", "ringing"),
            *("unrecorded", "language", "w", "h", "a", "k", "do"),
        ]
    ),
    st.one_of(
        st.integers(-3, 10**12).map(str),
        st.sampled_from([*WAYS, "ring", "goodbye", "sorry", "held", "x", "", "1-2", "free", "back"]),
    ),
    max_size=6,
)
#: Addresses whose answer is never played to anybody, and what they may say instead.
SILENT = {"/voice/partial", "/voice/partials"}


@settings(max_examples=400, deadline=None)
@given(data=st.data())
def test_whatever_is_posted_the_answer_can_be_played(shared: Hotline, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from([p for p in webhooks(shared) if "<" not in p and p not in SILENT]))
    query = data.draw(QUERIES)
    params = data.draw(st.dictionaries(FIELDS, VALUES, max_size=8))
    address = f"{path}?{urlencode(query)}" if query else path
    verbs_of(send(shared, address, params))


def test_the_log_of_all_this_names_nobody(
    hotline: Hotline, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    for path in webhooks(hotline):
        send(hotline, path, {"CallSid": SID, "From": "+8613877776666", "SpeechResult": "暗号是紫茄子"})
    assert "7777666" not in caplog.text
    assert "紫茄子" not in caplog.text
    with hotline.house.db.reading() as conn:
        assert messages.pending(conn, SID) == []
