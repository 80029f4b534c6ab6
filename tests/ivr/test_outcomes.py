"""However a call ends, and whenever: the caller knows what is next, nobody is left waiting in the rows, and
nobody talks to the wrong caller. Tables of ringing, hanging up, REST being down, and two callers at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from core import events as names
from simulator import Call, accepts, busy, declines, fails, rings_out, voicemail
from simulator.phones import Phone
from store import calls, conversations, events, handoffs, promises
from store.schema import users
from tests.ivr.conftest import Hotline
from tests.ivr.reaching import node_of
from tests.ivr.switchboard import Desk, at_desk

ONE, TWO = "client:one", "client:two"
STORY = "上周送来的冰箱坏了，要换新的"
TALKED = accepts(1, talk=5, caller_ends=True)


@pytest.fixture
def desk(hotline: Hotline) -> Desk:
    return at_desk(hotline)


def settled(desk: Desk, call: Call) -> None:
    """What must hold once a call is over, however it came to that."""
    assert call.ended
    assert call.faults == []
    with desk.hotline.house.db.reading() as conn:
        row = calls.get(conn, call.sid)
        assert row is not None
        assert row.ended_at is not None
        conversation = conversations.get(conn, call.sid)
        assert conversation is not None
        assert conversation.speaker == "assistant"
        assert handoffs.open_of(conn, call.sid) is None
        since = desk.hotline.clock() - timedelta(minutes=5)
        assert handoffs.engaged(conn, "", since) == (set(), set())
    if call.rung or desk.hotline.words(call):
        assert desk.hotline.complaint(call) is not None
    if conversation.complaint_id is not None and call.rung:
        answered(desk, call)


def answered(desk: Desk, call: Call) -> None:
    """Every wish for a person has its answer: somebody has talked, or a call is promised. Whoever accepted
    by the rows is who was bridged."""
    rows = desk.hotline.handoffs(call)
    by_id = {id: address for address, id in desk.hotline.agents.items()}
    talked = [by_id[row.agent_id] for row in rows if row.first_word_at is not None]
    assert all(row.ended_at is not None for row in rows)
    assert set(talked) == set(call.bridged)
    assert talked or "callback" in desk.hotline.promises(call)


# ---- how a ring ends


RINGS: list[tuple[str, Phone, str, list[str]]] = [
    ("accepted", accepts(1, talk=5), "通话结束了。接回刚才那位按一，换人按零，没事就挂机。", [ONE]),
    ("declined", declines(1), "这位没接上，我换一位，您别挂。", [TWO]),
    ("voicemail", voicemail(1), "这位没接上，我换一位，您别挂。", [TWO]),
    ("no answer", rings_out(), "这位没接上，我换一位，您别挂。", [TWO]),
    ("busy", busy(), "这位在通话，我换一位。", [TWO]),
    ("failed", fails(), "这条线没通，我换一条。", [TWO]),
]


@pytest.mark.parametrize("rest", ["up", "down"])
@pytest.mark.parametrize(("what", "phone", "says", "bridged"), RINGS, ids=[row[0] for row in RINGS])
def test_every_outcome_has_its_own_next_sentence_and_step(
    desk: Desk, what: str, phone: Phone, says: str, bridged: list[str], rest: str
) -> None:
    """The agent is rung first, then the supervisor, who is not rung together with a free agent."""
    desk.company.down = rest == "down"
    desk.hotline.staff(ONE, TWO)
    as_supervisor(desk.hotline, TWO)
    call = desk.dial(one=phone, two=TALKED)
    call.press("0")
    assert call.rung[0] == [ONE]
    assert says in "".join(call.last)
    assert call.bridged == bridged
    if what == "accepted":
        assert node_of(call) == "after"
        call.hang_up()
    settled(desk, call)


def as_supervisor(hotline: Hotline, address: str) -> None:
    with hotline.house.db.writing() as conn:
        conn.execute(users.update().where(users.c.id == hotline.agents[address]).values(role="supervisor"))


ODD: list[tuple[str, dict[str, str], str, list[str]]] = [
    ("canceled", {"DialCallStatus": "canceled"}, "刚才断了，我重新接。", ["one"]),
    ("absent", {}, "没接通，我换一位。", ["two"]),
    ("unknown", {"DialCallStatus": "eaten by a goat"}, "没接通，我换一位。", ["two"]),
]


@pytest.mark.parametrize(("what", "told", "says", "rung"), ODD, ids=[row[0] for row in ODD])
def test_odd_results_too(desk: Desk, what: str, told: dict[str, str], says: str, rung: list[str]) -> None:
    """Canceled while the caller is there: the same group once more. Nothing known: the next, and an alarm."""
    desk.hotline.staff(ONE, TWO)
    as_supervisor(desk.hotline, TWO)
    document = reported(desk, told)
    assert says in document
    assert [f">{name}</Client>" in document for name in ("one", "two")] == [
        name in rung for name in ("one", "two")
    ]
    assert ("ring_unknown" in alarms(desk.hotline)) == (what != "canceled")


def reported(desk: Desk, told: dict[str, str]) -> str:
    """The answer to a report of the first ring that the phone company words in its own way."""
    documents: list[str] = []

    def report(call: Call) -> None:
        if not documents:
            action = call.documents[-1].split('<Dial action="')[1].split('"')[0].replace("&amp;", "&")
            url = action.split("#")[0]
            params = {"CallSid": call.sid, "From": call.number, "CallStatus": "in-progress", **told}
            documents.append(call.caller.line.post(url, params)[0].body)

    caller = desk.hotline.caller(agents={ONE: rings_out()}, exchange=desk.company.exchange)
    caller.ringing = report
    caller.dial().press("0")
    return documents[0]


def alarms(hotline: Hotline) -> list[str]:
    with hotline.house.db.reading() as conn:
        rows = events.after(conn, 0)
        return [row.data["reason"] for row in rows if row.name == names.SUPERVISOR_PAGED]


@pytest.mark.parametrize("alone", [True, False])
def test_a_line_that_failed_is_left_alone_for_five_minutes(desk: Desk, alone: bool) -> None:
    """Alone in its ring the Dial tells; among others, the phone's own status does."""
    desk.hotline.staff(ONE, *([] if alone else [TWO]))
    call = desk.dial(one=fails(), two=rings_out()).press("0").hang_up()
    assert alarms(desk.hotline) == ["line_failed"]
    settled(desk, call)
    again = desk.dial(one=TALKED, two=rings_out()).press("0")
    assert [ONE] not in again.rung
    assert again.bridged == []
    again.hang_up()
    desk.hotline.clock.pass_(minutes=5, seconds=1)
    assert desk.dial(one=TALKED, two=rings_out()).press("0").bridged == [ONE]
    assert alarms(desk.hotline) == ["line_failed"]


def test_after_sixty_seconds_of_ringing_the_caller_is_offered_a_call(desk: Desk) -> None:
    phones = [f"tel:+4930123456{number}" for number in range(5)]
    desk.hotline.staff(*phones)
    call = desk.dial().press("0")
    assert call.rung == [[phone.removeprefix("tel:")] for phone in phones[:3]]  # each may be a voicemail
    assert node_of(call) == "wait"
    assert "位置留着" in call.last[-1]
    assert "不想等请按一" in call.last[-1]


def test_at_most_ten_ring_together(desk: Desk) -> None:
    desk.hotline.staff(*(f"client:{number}" for number in range(12)))
    call = desk.dial().press("0")
    assert [len(group) for group in call.rung] == [10, 2]


def test_a_telephone_in_mainland_china_needs_our_own_carrier(desk: Desk) -> None:
    desk.hotline.staff("tel:+8613900139000")
    assert desk.dial().press("0").rung == []


def test_who_says_to_be_busy_is_rung_after_the_others(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    desk.hotline.staff(TWO, presence="busy")
    assert desk.dial(one=rings_out(), two=TALKED).press("0").rung == [[ONE], [TWO]]


@pytest.mark.parametrize(
    ("words", "rung"), [("煤气漏了，孩子中毒送医院了", [["sip:lin@desk.example"]]), (STORY, [])]
)
def test_a_grave_complaint_rings_who_is_on_call_at_any_hour(
    desk: Desk, words: str, rung: list[list[str]]
) -> None:
    address = "sip:lin@desk.example"
    desk.hotline.staff(address, presence="away")
    object.__setattr__(desk.hotline.house.content.hours, "on_call", frozenset({address}))
    call = desk.dial().says(words)
    if not call.rung:
        call.press("0")
    assert [[one.split("?")[0] for one in group] for group in call.rung] == rung


def test_nobody_there_is_a_promise_with_a_time_and_a_number_and_a_recording_only_last(desk: Desk) -> None:
    call = desk.dial().press("0")
    assert "现在没人值班" in "".join(call.last)
    call.press("1")
    assert "来电尾号零零零零" in "".join(call.last)
    assert "callback" in desk.hotline.promises(call)
    assert call.recordings == []
    call.hang_up()
    settled(desk, call)


def test_a_call_back_keeps_the_place_and_takes_another_number_by_keys(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    call = desk.dial(one=rings_out()).press("0")
    asked = desk.hotline.handoffs(call)[0].asked_at
    desk.hotline.clock.pass_(seconds=40)
    call.press("1")
    assert "尾号八零零零" in call.last[-1]
    call.press("13900139001#")
    assert desk.hotline.fact(call, "phone") == "+8613900139001"
    with desk.hotline.house.db.reading() as conn:
        assert [row.queued_at for row in promises.places(conn)] == [asked]
    call.hang_up()
    settled(desk, call)


# ---- hanging up, whenever


def opening(desk: Desk) -> Call:
    return desk.dial(one=TALKED)


def story(desk: Desk) -> Call:
    return desk.dial(one=TALKED).says(STORY)


def after_talk(desk: Desk) -> Call:
    return desk.dial(one=accepts(1, talk=5)).press("0")


def on_hold(desk: Desk) -> Call:
    return desk.dial(one=accepts(1, during=lambda call: desk.act("hold", call, ONE))).press("0")


def waiting(desk: Desk) -> Call:
    return desk.dial(one=rings_out()).press("0")


def call_chosen(desk: Desk) -> Call:
    return waiting(desk).press("1")


def nobody_came(desk: Desk) -> Call:
    call = waiting(desk)
    while node_of(call) == "wait":
        call.silent()
    return call


PHASES: list[tuple[Callable[[Desk], Call], str]] = [
    (opening, "open"),
    (story, "digits"),
    (after_talk, "after"),
    (on_hold, "held"),
    (waiting, "wait"),
    (call_chosen, "told"),
    (nobody_came, "nobody_came"),
]


@pytest.mark.parametrize("callers", [1, 2])
@pytest.mark.parametrize("rest", ["up", "down"])
@pytest.mark.parametrize(("phase", "node"), PHASES, ids=[node for _, node in PHASES])
def test_hanging_up_at_a_prompt(
    desk: Desk, phase: Callable[[Desk], Call], node: str, rest: str, callers: int
) -> None:
    desk.hotline.staff(ONE)
    call = phase(desk)
    assert node_of(call) == node
    desk.company.down = rest == "down"
    other = desk.dial("+8613900139000", one=TALKED).press("0") if callers == 2 else None
    desk.lines.ring_waiting(desk.hotline.clock())
    call.hang_up()
    settled_but(desk, call, other)


def settled_but(desk: Desk, call: Call, other: Call | None) -> None:
    """The first call is over. The second goes on as if the first had never been: a person, or the queue."""
    if other is None:
        settled(desk, call)
        return
    if not other.ended:
        other.hang_up()
    settled(desk, call)
    settled(desk, other)
    assert other.bridged in ([], [ONE])


SECONDS = [0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 19.0, 19.9]


@pytest.mark.parametrize("callers", [1, 2])
@pytest.mark.parametrize("seconds", SECONDS)
@pytest.mark.parametrize(
    "phone",
    [rings_out(), accepts(6, thinks=1), declines(6), voicemail(6)],
    ids=["rings out", "accepts", "declines", "voicemail"],
)
def test_hanging_up_while_it_rings_or_whispers(
    desk: Desk, phone: Phone, seconds: float, callers: int
) -> None:
    """Second by second: before anybody picks up, in the whisper, after the key, before the next ring."""
    desk.hotline.staff(ONE)
    others: list[Call] = []
    caller = desk.hotline.caller(
        agents={ONE: phone}, exchange=desk.company.exchange, hangs_up_while_ringing=seconds
    )
    if callers == 2:
        caller.ringing = lambda _: others.append(second(desk)) if not others else None
    call = caller.dial().says(STORY).press("0")
    if not call.ended:
        call.hang_up()
    settled(desk, call)
    for other in others:
        settled(desk, other)
        assert other.bridged == [ONE]


def second(desk: Desk) -> Call:
    return desk.dial("+8613900139000", one=TALKED).press("0")


@pytest.mark.parametrize("rest", ["up", "down"])
def test_hanging_up_in_the_talk_is_a_talk(desk: Desk, rest: str) -> None:
    desk.hotline.staff(ONE)
    desk.company.down = rest == "down"
    call = desk.dial(one=TALKED).press("0")
    settled(desk, call)
    assert [row.outcome for row in desk.hotline.handoffs(call)] == ["accepted"]
    assert "callback" not in desk.hotline.promises(call)


def test_accepted_and_gone_before_the_bridge_is_no_talk(desk: Desk) -> None:
    """Who pressed 1 a moment too late has not talked to the caller: the call stays promised."""
    desk.hotline.staff(ONE)

    def accepts_late(call: Call) -> None:
        handoff = desk.hotline.handoffs(call)[0]
        assert desk.hotline.house.agents.accept_call(
            desk.hotline.agents[ONE], handoff.id, desk.hotline.clock()
        )

    caller = desk.hotline.caller(
        agents={ONE: rings_out()}, exchange=desk.company.exchange, hangs_up_while_ringing=3
    )
    caller.ringing = accepts_late
    call = caller.dial().press("0")
    assert [row.outcome for row in desk.hotline.handoffs(call)] == ["customer_left"]
    assert "callback" in desk.hotline.promises(call)


def test_hanging_up_into_a_recording(desk: Desk) -> None:
    call = desk.dial().press("0").press("0").press("0")
    call.says("冰箱坏了，打我电话", hangs_up=True)
    if not call.ended:
        call.hang_up()
    settled(desk, call)
    assert desk.hotline.complaint(call) is not None
    assert "callback" in desk.hotline.promises(call)


def test_a_turn_that_comes_after_the_end_leaves_no_wish_open(desk: Desk) -> None:
    """The phone company's requests may overtake each other: the last key after the end of the call."""
    desk.hotline.staff(ONE)
    call = desk.dial(one=TALKED)
    assert call.waiting is not None
    action = call.waiting.get("action").split("#")[0]
    call.hang_up()
    late = {"CallSid": call.sid, "From": call.number, "CallStatus": "in-progress", "Digits": "0"}
    call.caller.line.post(action, late)
    with desk.hotline.house.db.reading() as conn:
        assert handoffs.open_of(conn, call.sid) is None
        assert conversations.fetch(conn, call.sid).speaker == "assistant"
    assert dict(parse_qsl(urlsplit(action).query))["n"] == "open"


def test_two_callers_and_two_agents_never_cross(desk: Desk) -> None:
    """Each is told of the caller whose talk it becomes, and the rows say the same."""
    desk.hotline.staff(ONE, TWO)
    others: list[Call] = []

    def during(_: Call) -> None:
        others.append(desk.dial("+8613900139000", two=TALKED).says("快递员骂人，要道歉").press("0"))

    first = desk.dial(one=accepts(1, talk=5, during=during)).says(STORY).press("0")
    assert (first.bridged, others[0].bridged) == ([ONE], [TWO])
    assert others[0].rung == [[TWO]]
    assert not set(first.whispers) & set(others[0].whispers)
    first.hang_up()
    settled(desk, first)
    settled(desk, others[0])


def test_the_last_words_before_hanging_up_are_kept(desk: Desk) -> None:
    """A sentence that the phone company reports together with the end of the call."""
    call = desk.dial()
    assert call.waiting is not None
    action = call.waiting.get("action").split("#")[0]
    said = {"CallSid": call.sid, "From": call.number, "CallStatus": "completed", "SpeechResult": STORY}
    call.caller.line.post(action, said)
    call.hang_up()
    assert desk.hotline.words(call) == [STORY]
    settled(desk, call)


def test_after_a_talk_zero_is_for_another_agent(desk: Desk) -> None:
    desk.hotline.staff(ONE, TWO)
    call = desk.dial(one=accepts(1, talk=5), two=accepts(2, talk=5)).press("0")
    call.press("0")
    assert call.bridged == [ONE, TWO]
    assert call.press("1").bridged == [ONE, TWO, TWO]


def test_after_a_talk_zero_in_a_house_of_one_rings_that_one(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    call = desk.dial(one=accepts(1, talk=5)).press("0").press("0")
    assert call.bridged == [ONE, ONE]
    assert "没接上" not in "".join(call.last)


def test_who_presses_too_late_hears_why(desk: Desk) -> None:
    """Two pick up: one accepts, the other is told that a colleague was first, not that the caller left."""
    desk.hotline.staff(ONE, TWO)
    told: list[str] = []

    def late(call: Call) -> None:
        handoff = desk.hotline.handoffs(call)[0]
        path = f"/voice/whispered?h={handoff.id}&a={desk.hotline.agents[TWO]}"
        url = call.caller.line.absolute(call.caller.line.public_url, path)
        told.append(call.caller.line.post(url, {"CallSid": "CA" + "7" * 32, "Digits": "1"})[0].body)

    desk.dial(one=accepts(1, talk=5, during=late, caller_ends=True)).press("0")
    assert "同事先接了，记录在您桌面。" in told[0]
    assert "<Hangup" in told[0]


def test_a_whisper_says_only_what_is_stored_without_markup_in_sixty_characters(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    words = "<b>冰箱</b>坏了*三次*，一直没人管，打了好多个电话都说过几天，" * 3
    call = desk.dial(one=TALKED).says(words).press("0")
    assert len(call.whispers[0]) <= 60
    assert not set("<>*&#") & set(call.whispers[0])
    assert call.whispers[0].endswith("按一接听，按二换人。")
