"""An agent calls a customer by a click: the customer is rung, then that agent, and only a talk counts."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest

from reception.acting import Refused
from reception.heard import Heard
from reception.lines import Lines
from reception.telephone import Unreachable
from store import attempts, conversations, customers, facts, handoffs, messages, promises
from tests.ivr.conftest import PUBLIC, Hotline, hotline_at

ONE, TWO = "client:one", "client:two"
ABROAD, HOME = "+6591234567", "+8613800138000"
OURS = "+8610000000000"
SID, LEG = "CA" + "7" * 32, "CA" + "8" * 32


class Company:
    """The phone company, as far as a call goes out through it."""

    def __init__(self) -> None:
        self.called: list[tuple[str, str, str]] = []
        self.down = False

    def call(self, number: str, url: str, ended: str) -> str:
        if self.down:
            raise Unreachable("no answer", again=True)
        self.called.append((number, url, ended))
        return SID


class Out:
    """A complaint from the web with a number, an agent with a phone, and the line between them."""

    def __init__(self, hotline: Hotline, number: str = ABROAD, trunk: bool = False) -> None:
        self.hotline, self.company = hotline, Company()
        hotline.staff(ONE, TWO)
        self.agent = hotline.agents[ONE]
        house = hotline.house
        heard = Heard("web", ("cookie", "c"), "送来的沙发扶手裂了，要求退款", "k1", hotline.clock())
        self.talk = house.reception.receive(heard).conversation
        house.agents.take(self.agent, self.talk, hotline.clock())
        house.agents.hand_back(self.agent, self.talk, "", hotline.clock())
        with house.db.writing() as conn:
            self.complaint = conversations.fetch(conn, self.talk).complaint_id
            facts.learn(conn, self.complaint, "phone", number, by="answer", at=hotline.clock())
        self.lines = Lines(house.db, house.content, self.company, trunk, PUBLIC)  # type: ignore[arg-type]

    def calls(self, who: str = ONE) -> int:
        return self.lines.call_out(self.hotline.agents[who], self.complaint, "callback", self.hotline.clock())

    def post(self, url: str, **more: str) -> ElementTree.Element:
        about = {"CallSid": SID, "From": OURS, "To": ABROAD, "Direction": "outbound-api"}
        status = {"CallStatus": "in-progress"}
        (reply,) = self.hotline.line.post(self.hotline.line.absolute(PUBLIC, url), about | status | more)
        assert reply.status == 200
        return ElementTree.fromstring(reply.body)

    def attempt(self, id: int) -> Any:
        with self.hotline.house.db.reading() as conn:
            return attempts.get(conn, id)

    @property
    def callback(self) -> Any:
        with self.hotline.house.db.reading() as conn:
            return promises.open_of(conn, self.complaint, "callback")

    @property
    def wish(self) -> Any:
        with self.hotline.house.db.reading() as conn:
            return handoffs.open_of(conn, SID)


@pytest.fixture
def out(hotline: Hotline) -> Out:
    return Out(hotline)


def said(document: ElementTree.Element) -> str:
    return "".join(one.text or "" for one in document.iter("Say"))


def bridge(out: Out, document: ElementTree.Element) -> None:
    """The agent's phone is picked up, and 1 pressed."""
    client = document.find(".//Client")
    assert client is not None
    whispered = out.post(client.attrib["url"], CallSid=LEG)
    gather = whispered.find("Gather")
    assert gather is not None
    assert list(out.post(gather.attrib["action"], CallSid=LEG, Digits="1")) == []


def test_the_customer_is_rung_then_that_agent_and_a_talk_keeps_the_promise(out: Out) -> None:
    id = out.calls()
    number, url, ended = out.company.called[0]
    assert number == ABROAD
    assert ABROAD not in url
    assert out.attempt(id).result == "calling"
    assert out.callback is not None
    document = out.post(url)
    assert "给您回电" in said(document)
    assert [one.text for one in document.iter("Client")] == ["one"]
    bridge(out, document)
    assert out.wish.agent_id == out.agent
    dial = document.find("Dial")
    assert dial is not None
    out.post(dial.attrib["action"], DialCallStatus="completed", DialBridged="true", DialCallSid=LEG)
    out.post(ended, CallStatus="completed")
    row = out.attempt(id)
    assert (row.result, row.confirmed, row.call_sid) == ("reached", True, SID)
    assert out.callback is None
    with out.hotline.house.db.reading() as conn:
        spoken = conversations.fetch(conn, SID)
        assert spoken.complaint_id == out.complaint
        assert customers.identity(conn, spoken.customer_id, "phone") != OURS
        assert facts.current(conn, out.complaint)["phone"].value == ABROAD


@pytest.mark.parametrize(
    ("status", "result"), [("busy", "busy"), ("no-answer", "not_reached"), ("failed", "wrong_number")]
)
def test_who_is_not_reached_was_not_spoken_with(status: str, result: str, out: Out) -> None:
    id = out.calls()
    ended = out.company.called[0][2]
    for _ in range(2):
        out.post(ended, CallStatus=status)
    assert out.attempt(id).result == result
    assert out.callback is not None
    with out.hotline.house.db.reading() as conn:
        assert conversations.get(conn, SID) is None, "nobody spoke, so there is no talk"


def test_a_customer_who_hangs_up_before_the_agent_is_there_was_not_reached(out: Out) -> None:
    id = out.calls()
    _, url, ended = out.company.called[0]
    out.post(url)
    out.post(ended, CallStatus="completed")
    assert out.attempt(id).result == "not_reached"
    assert out.callback is not None
    assert out.wish is None


def test_whoever_picks_up_is_never_met_with_silence(out: Out) -> None:
    """The agent does not answer: it goes on like any other call."""
    out.calls()
    document = out.post(out.company.called[0][1])
    dial = document.find("Dial")
    assert dial is not None
    after = out.post(dial.attrib["action"], DialCallStatus="no-answer", DialBridged="false")
    assert said(after) or after.find("Dial") is not None


@pytest.mark.parametrize("x", ["999", "", "x"])
def test_a_call_that_nobody_made_reaches_a_person_all_the_same(x: str, out: Out) -> None:
    document = out.post(f"{PUBLIC}/voice/outgoing?x={x}", CallSid="CA" + "9" * 32)
    assert document.find(".//Dial") is not None or said(document)


def test_a_repeat_of_the_same_request_hears_the_same(out: Out) -> None:
    out.calls()
    url = out.company.called[0][1]
    first, again = out.post(url), out.post(url)
    assert ElementTree.tostring(first) == ElementTree.tostring(again)


def test_a_second_press_is_the_same_call(out: Out) -> None:
    assert out.calls() == out.calls()
    assert len(out.company.called) == 1


def test_a_line_that_fails_is_told_and_was_no_try(out: Out) -> None:
    out.company.down = True
    with pytest.raises(Refused, match="line_failed"):
        out.calls()
    with out.hotline.house.db.reading() as conn:
        (row,) = attempts.of_complaint(conn, out.complaint)
    assert row.result == "not_made"


def test_a_number_at_home_needs_a_trunk_of_our_own(hotline: Hotline) -> None:
    out = Out(hotline, HOME)
    with pytest.raises(Refused, match="no_number"):
        out.calls()
    own = Lines(hotline.house.db, hotline.house.content, out.company, True, PUBLIC)  # type: ignore[arg-type]
    own.call_out(out.agent, out.complaint, "callback", hotline.clock())
    assert out.company.called[0][0] == HOME


def test_without_a_line_or_a_phone_nothing_rings(out: Out) -> None:
    house = out.hotline.house
    with pytest.raises(Refused, match="no_line"):
        Lines(house.db, house.content, None).call_out(out.agent, out.complaint, "callback", house.clock())
    with pytest.raises(Refused, match="no_phone"):
        out.lines.call_out(999, out.complaint, "callback", house.clock())


@pytest.mark.parametrize(("unrecorded", "words"), [(False, "通话录音"), (True, "智能语音接听")])
def test_whether_it_is_recorded_is_said_first_and_a_no_is_kept(
    unrecorded: bool, words: str, tmp_path: Any
) -> None:
    hotline = hotline_at(tmp_path, JIESU_RECORD_TALKS="1")
    out = Out(hotline)
    if unrecorded:
        with hotline.house.db.writing() as conn:
            facts.learn(conn, out.complaint, "unrecorded", True, by="rule", at=hotline.clock())
    out.calls()
    document = out.post(out.company.called[0][1])
    assert words in said(document)
    dial = document.find("Dial")
    assert dial is not None
    assert ("record" in dial.attrib) is not unrecorded
    with hotline.house.db.reading() as conn:
        assert [row.words for row in messages.of_conversation(conn, SID) if row.author == "customer"] == []
    hotline.house.db.close()


def test_the_address_holds_nothing_personal(out: Out) -> None:
    out.calls()
    for address in out.company.called[0][1:]:
        assert parse_qs(urlsplit(address).query).keys() == {"x"}
