"""How talks end when something else goes wrong at that moment."""

from __future__ import annotations

import pytest

from core.conversation import AGENT
from ivr import ends, legs
from reception.acting import Refused
from simulator import Call, accepts
from store import conversations
from tests.ivr.conftest import Hotline
from tests.ivr.reaching import node_of

ONE = "client:one"


def dead(*_: object, **__: object) -> object:
    raise OSError("the disk is gone")


def test_who_has_talked_is_not_rung_again_when_the_end_cannot_be_kept(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotline.staff(ONE)

    def dies(_call: Call) -> None:
        monkeypatch.setattr(ends.handoffs, "open_of", dead)

    call = hotline.call(agents={ONE: accepts(talk=5, during=dies)})
    call.press("0")
    assert call.bridged == [ONE]
    assert node_of(call) == "after"


def test_a_talk_whose_acceptance_could_not_be_kept_ends_the_wish(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    hotline.staff(ONE)
    monkeypatch.setattr(type(hotline.house.agents), "accept_call", dead)
    call = hotline.call(agents={ONE: accepts(talk=5)})
    call.press("0")
    assert (call.bridged, node_of(call)) == ([ONE], "after")
    assert [row.outcome for row in hotline.handoffs(call)] == ["accepted"]


def test_a_colleague_who_was_first_is_a_refusal_and_no_fault(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(*_: object, **__: object) -> object:
        raise Refused("taken")

    hotline.staff(ONE)
    monkeypatch.setattr(legs, "_whisper_key", taken)
    call = hotline.call(agents={ONE: accepts(talk=5)})
    call.press("0")
    assert call.bridged == []


@pytest.mark.parametrize(("seconds", "kept"), [(1, True), (60, False)], ids=["at once", "after a minute"])
def test_hung_up_before_the_bridge_is_still_called_back(hotline: Hotline, seconds: int, kept: bool) -> None:
    """The status comes first, and does not tell whether the two were connected."""
    hotline.staff(ONE)

    def hangs_up(call: Call) -> None:
        hotline.clock.pass_(seconds=seconds)
        ends_first = {**call.about(), "CallStatus": "completed"}
        call.caller.line.post(f"{hotline.line.public_url}/voice/status", ends_first)

    call = hotline.call(agents={ONE: accepts(talk=5, caller_ends=True, during=hangs_up)})
    call.press("0")
    assert ("callback" in hotline.promises(call)) is kept
    with hotline.house.db.reading() as conn:
        assert conversations.fetch(conn, call.sid).speaker != AGENT
