"""What the desk does with a live call: hold, take back, pass on, end; and ringing for those who wait."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core import events as names
from reception.acting import Refused
from reception.lines import Lines
from simulator import Call, accepts, declines, rings_out
from store import calls, notes
from tests.ivr.conftest import Hotline
from tests.ivr.reaching import node_of
from tests.ivr.switchboard import Desk, at_desk

ONE, TWO, THREE = "client:one", "client:two", "client:three"


@pytest.fixture
def desk(hotline: Hotline) -> Desk:
    return at_desk(hotline)


def test_on_hold_the_caller_knows_who_comes_back_and_nobody_else_speaks(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    one = desk.hotline.agents[ONE]
    call = desk.dial(one=accepts(during=lambda c: desk.act("hold", c, ONE)))
    call.press("0")
    assert node_of(call) == "held"
    assert "查完接着说" in "".join(call.last)
    assert desk.speaker(call) == ("agent", one)
    assert desk.events(call) == [(names.AGENT_ACCEPTED, one), (names.CALL_HELD, one)]
    first = desk.hotline.handoffs(call)[0]
    call.says("我还有一件事")
    assert node_of(call) == "held"
    assert "我还有一件事" in desk.hotline.words(call)
    call.caller.agents = {ONE: accepts(talk=10, caller_ends=True)}
    desk.act("resume", call, ONE)
    assert call.bridged == [ONE, ONE]
    after = desk.hotline.handoffs(call)
    assert [row.id for row in after] == [first.id]
    assert after[0].accepted_at == first.accepted_at
    assert after[0].outcome == "accepted"
    assert desk.events(call)[-1] == (names.CALL_RESUMED, one)
    assert call.faults == []


def test_an_agent_who_hangs_up_at_the_same_moment_leaves_the_caller_on_hold(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end of the talk is what the caller goes on with then, since nothing else comes."""
    desk.hotline.staff(ONE)
    monkeypatch.setattr(desk.company, "send", lambda _call, _url: None)
    call = desk.dial(one=accepts(talk=5, during=lambda c: desk.act("hold", c, ONE)))
    call.press("0")
    assert node_of(call) == "held"
    assert call.faults == []


def test_taking_back_is_not_lost_in_a_turn_of_music(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """The music ends, and is answered, between the click and the moment in which the call is moved."""
    desk.hotline.staff(ONE)
    call = desk.dial(one=accepts(during=lambda c: desk.act("hold", c, ONE)))
    call.press("0")
    call.caller.agents = {ONE: accepts(talk=5, caller_ends=True)}
    send = desk.company.send

    def late(sid: str, url: str) -> None:
        call.silent()
        if not call.ended:
            send(sid, url)

    monkeypatch.setattr(desk.company, "send", late)
    desk.act("resume", call, ONE)
    assert call.bridged == [ONE, ONE]
    assert call.rung[-1] == [ONE]


def test_a_click_on_what_was_answered_meanwhile_still_counts(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.hotline.staff(ONE)
    call = desk.dial(one=accepts(during=lambda c: desk.act("hold", c, ONE)))
    call.press("0")
    call.caller.agents = {ONE: accepts(talk=5, caller_ends=True)}
    own = type(desk.lines)._own

    def stale(lines: Lines, *given: Any) -> Any:
        row = own(lines, *given)
        call.silent()
        return row

    monkeypatch.setattr(type(desk.lines), "_own", stale)
    desk.act("resume", call, ONE)
    assert call.bridged == [ONE, ONE]


def test_a_call_that_could_not_be_moved_stays_a_talk(desk: Desk) -> None:
    desk.hotline.staff(ONE)

    def hold(call: Call) -> None:
        desk.company.down = True
        with pytest.raises(Refused, match="line_failed"):
            desk.act("hold", call, ONE)

    call = desk.dial(one=accepts(talk=5, during=hold))
    call.press("0")
    assert node_of(call) == "after"


def test_zero_on_hold_rings_the_others(desk: Desk) -> None:
    desk.hotline.staff(ONE, TWO)
    call = desk.dial(one=accepts(1, during=lambda c: desk.act("hold", c, ONE)), two=rings_out())
    call.press("0")
    call.caller.agents = {ONE: accepts(), TWO: accepts(talk=5, caller_ends=True)}
    call.press("0")
    assert call.rung[-1] == [TWO]
    assert call.bridged == [ONE, TWO]
    assert [row.outcome for row in desk.hotline.handoffs(call)] == ["passed", "accepted"]


def test_nobody_is_on_hold_for_ever(desk: Desk) -> None:
    """After two minutes whoever holds is rung; who does not come leaves the caller to the others."""
    desk.hotline.staff(ONE)
    call = desk.dial(one=accepts(during=lambda c: desk.act("hold", c, ONE)))
    call.press("0")
    desk.hotline.staff(TWO)
    call.caller.agents = {ONE: rings_out(), TWO: accepts(talk=5, caller_ends=True)}
    turns = 0
    while node_of(call) == "held":
        call.silent()
        turns += 1
    assert turns == desk.hotline.house.content.flow.held_seconds // 20
    assert call.rung[-2:] == [[ONE], [TWO]]
    assert call.bridged == [ONE, TWO]


def test_passed_to_a_colleague_with_a_note(desk: Desk) -> None:
    desk.hotline.staff(ONE, TWO, THREE)
    to = desk.hotline.agents[TWO]
    call = desk.dial(
        one=accepts(1, during=lambda c: desk.act("pass_on", c, ONE, to, "要经理批")),
        two=accepts(5, talk=5, caller_ends=True),
        three=accepts(5),
    )
    call.press("0")
    assert call.rung[-1] == [TWO]
    assert call.bridged == [ONE, TWO]
    assert "要经理批" in call.whispers[-1]
    assert [row.outcome for row in desk.hotline.handoffs(call)] == ["passed", "accepted"]
    assert [name for name, _ in desk.events(call)] == [
        names.AGENT_ACCEPTED,
        names.CALL_PASSED,
        names.AGENT_ACCEPTED,
    ]
    with desk.hotline.house.db.reading() as conn:
        assert [row.words for row in notes.of_complaint(conn, desk.hotline.complaint(call).id)] == [
            "要经理批"
        ]


def test_passed_and_declined_goes_to_the_others_and_not_back(desk: Desk) -> None:
    desk.hotline.staff(ONE, TWO, THREE)
    to = desk.hotline.agents[TWO]
    call = desk.dial(
        one=accepts(1, during=lambda c: desk.act("pass_on", c, ONE, to, "")),
        two=declines(5),
        three=accepts(5, talk=5, caller_ends=True),
    )
    call.press("0")
    assert call.rung[-2:] == [[TWO], [THREE]]
    assert call.bridged == [ONE, THREE]


def test_passed_and_nobody_there_waits_with_a_promise(desk: Desk) -> None:
    desk.hotline.staff(ONE, TWO)
    to = desk.hotline.agents[TWO]
    call = desk.dial(one=accepts(1, during=lambda c: desk.act("pass_on", c, ONE, to, "")), two=rings_out())
    call.press("0")
    assert node_of(call) == "wait"
    assert "callback" in desk.hotline.promises(call)


def test_an_agent_may_end_the_call(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    call = desk.dial(one=accepts(during=lambda c: desk.act("hang_up", c, ONE)))
    call.press("0")
    assert call.ended
    assert [row.outcome for row in desk.hotline.handoffs(call)] == ["accepted"]


def test_only_who_talks_may_touch_the_line(desk: Desk) -> None:
    desk.hotline.staff(ONE, TWO)
    told: list[str] = []

    def others(call: Call) -> None:
        for what, more in (("hold", ()), ("pass_on", (None, "")), ("hang_up", ())):
            with pytest.raises(Refused) as refusal:
                desk.act(what, call, TWO, *more)
            told.append(refusal.value.why)
        with pytest.raises(Refused, match="not_talking"):
            desk.act("resume", call, ONE)
        with pytest.raises(Refused, match="no_phone"):
            desk.act("pass_on", call, ONE, desk.hotline.agents[ONE], "")

    call = desk.dial(one=accepts(1, during=others, talk=5), two=rings_out())
    call.press("0")
    assert told == ["not_talking"] * 3
    with pytest.raises(Refused, match="not_talking"):
        desk.act("hold", call, ONE)
    call.hang_up()
    with pytest.raises(Refused, match="call_over"):
        desk.act("hold", call, ONE)


def test_without_an_account_or_while_it_is_down_the_talk_goes_on(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    told: list[str] = []

    def tries(call: Call) -> None:
        for lines in (replace(desk.lines, telephone=None), desk.lines):
            with pytest.raises(Refused) as refusal:
                lines.hold(desk.hotline.agents[ONE], call.sid, desk.hotline.clock())
            told.append(refusal.value.why)

    desk.company.down = True
    call = desk.dial(one=accepts(during=tries, talk=5))
    call.press("0")
    assert told == ["no_line", "line_failed"]
    assert node_of(call) == "after"
    assert [row.outcome for row in desk.hotline.handoffs(call)] == ["accepted"]


# ---- the waiting room


def waiting(desk: Desk, number: str) -> Call:
    """A caller whom nobody has picked up for: the phones on duty rang out."""
    call = desk.dial(number, one=rings_out()).press("0")
    assert node_of(call) == "wait"
    desk.hotline.clock.pass_(seconds=1)
    return call


def test_whoever_is_free_is_rung_for_who_waits_longest(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    first, second = waiting(desk, "+8613800138001"), waiting(desk, "+8613800138002")
    assert desk.lines.ring_waiting(desk.hotline.clock()) == 0  # that phone has just rung in vain
    desk.hotline.staff(TWO)
    for call in (first, second):
        call.caller.agents = {ONE: rings_out(), TWO: accepts(1, talk=5, caller_ends=True)}
    assert desk.lines.ring_waiting(desk.hotline.clock()) == 1
    assert (first.bridged, second.bridged) == ([TWO], [])
    assert "有人空了" in "".join(first.last)


def test_a_grave_caller_comes_first(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    plain = waiting(desk, "+8613800138001")
    grave = desk.dial("+8613800138002", one=rings_out()).says("煤气漏了，孩子中毒送医院了")
    assert node_of(grave) == "wait"
    desk.hotline.staff(TWO)
    for call in (plain, grave):
        call.caller.agents = {TWO: accepts(1, talk=5, caller_ends=True)}
    assert desk.lines.ring_waiting(desk.hotline.clock()) == 1
    assert (plain.bridged, grave.bridged) == ([], [TWO])


def test_two_who_are_free_and_two_who_wait_are_not_crossed(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    both = waiting(desk, "+8613800138001"), waiting(desk, "+8613800138002")
    desk.hotline.staff(TWO, THREE)
    for call in both:
        call.caller.agents = {name: accepts(1, talk=5, caller_ends=True) for name in (TWO, THREE)}
    assert desk.lines.ring_waiting(desk.hotline.clock()) == 2
    assert [call.rung[-1] for call in both] == [[TWO], [THREE]]


def test_while_rest_is_down_the_next_turn_finds_who_is_free(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    call = waiting(desk, "+8613800138001")
    desk.hotline.staff(TWO)
    desk.company.down = True
    assert desk.lines.ring_waiting(desk.hotline.clock()) == 0
    call.caller.agents = {ONE: rings_out(), TWO: accepts(1, talk=5, caller_ends=True)}
    call.silent()
    assert call.bridged == [TWO]


def test_at_the_next_turn_too_who_waits_longer_comes_first(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    first, second = waiting(desk, "+8613800138001"), waiting(desk, "+8613800138002")
    second.silent()
    assert node_of(second) == "wait"
    assert second.rung[-1] == [ONE]  # from the first ring: the one who is free is left for the other
    assert len(second.rung) == 1
    first.silent()
    assert len(first.rung) == 2


def test_who_talks_is_neither_rung_nor_can_accept_another(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    seen: list[str] = []

    def meanwhile(_: Call) -> None:
        other = desk.dial("+8613800138002", one=accepts()).press("0")
        seen.extend([node_of(other), *map(str, other.rung)])
        handoff = desk.hotline.handoffs(other)[0]
        agents = desk.hotline.house.agents
        seen.append(str(agents.accept_call(desk.hotline.agents[ONE], handoff.id, desk.hotline.clock())))

    desk.dial(one=accepts(during=meanwhile, talk=5)).press("0")
    assert seen == ["wait", "False"]


def test_who_is_rung_for_one_comes_last_for_another(desk: Desk) -> None:
    """A first wish rings at once, if need be a phone that rings already; a free one is taken before it."""
    desk.hotline.staff(ONE)
    others: list[Call] = []

    def ringing(call: Call) -> None:
        if not others:
            desk.hotline.staff(TWO)
            others.append(desk.dial("+8613800138002", one=rings_out(), two=rings_out()))
            others[0].press("0")

    caller = desk.hotline.caller(agents={ONE: rings_out()}, exchange=desk.company.exchange)
    caller.ringing = ringing
    caller.dial().press("0")
    assert others[0].rung == [[TWO], [ONE]]


def test_who_rings_for_one_is_not_offered_to_another(desk: Desk) -> None:
    desk.hotline.staff(ONE)
    first = waiting(desk, "+8613800138001")
    desk.hotline.staff(TWO)
    offered: list[int] = []

    def ringing(call: Call) -> None:
        offered.append(desk.lines.ring_waiting(desk.hotline.clock()))

    caller = desk.hotline.caller("+8613800138002", agents={}, exchange=desk.company.exchange)
    caller.ringing = ringing
    caller.dial().press("0")
    assert offered[0] == 0
    assert len(first.rung) == 1


def test_a_call_that_was_lost_blocks_nobody(desk: Desk) -> None:
    """Whoever was not heard of for a minute is not waited for."""
    desk.hotline.staff(ONE)
    lost, later = waiting(desk, "+8613800138001"), waiting(desk, "+8613800138002")
    desk.hotline.clock.pass_(seconds=61)
    later.silent()
    assert len(later.rung) == 2
    assert node_of(lost) == "wait"
    with desk.hotline.house.db.reading() as conn:
        row = calls.get(conn, lost.sid)
        assert row is not None
        assert row.ended_at is None
