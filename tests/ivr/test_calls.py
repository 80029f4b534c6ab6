"""Whole calls, as `tests/calls/*.yml` tell them."""

from pathlib import Path

import pytest
import yaml

from simulator.script import Script
from store import calls as call_rows
from store import messages, promises
from tests.ivr.conftest import Hotline

CALLS = Path(__file__).parents[1] / "calls"
FILES = sorted(CALLS.glob("*.yml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_call(file: Path, hotline: Hotline) -> None:
    script = Script(yaml.safe_load(file.read_text("utf-8")))
    hotline.staff(*script.on_duty)
    call = script.play(hotline.line)
    then = dict(script.data.get("then", {}))
    check_stored(hotline, call, then)
    assert not then, f"not checked: {then}"


def check_stored(hotline: Hotline, call, then: dict) -> None:
    row = hotline.complaint(call)
    assert row is not None, "no complaint was made"
    assert row.state != "draft", "the call has ended, and the complaint is still a draft"
    if "tier" in then:
        assert row.tier == then.pop("tier")
    if "department" in then:
        assert row.department == then.pop("department")
    if "state" in then:
        assert row.state == then.pop("state")
    if "phone" in then:
        assert hotline.fact(call, "phone") == then.pop("phone")
    said = hotline.words(call)
    for words in then.pop("words", []):
        assert any(words in one for one in said), said
    if "messages" in then:
        assert len(said) == then.pop("messages")
    assert set(then.pop("promises", [])) <= hotline.promises(call)
    assert set(then.pop("flags", [])) <= hotline.flags(call)
    if "amounts" in then:
        losses = hotline.fact(call, "loss_claimed") or []
        assert set(then.pop("amounts")) <= {loss["amount"] for loss in losses}
    tried = {hotline.agents[address] for address in then.pop("tried", [])}
    assert tried <= {agent for handoff in hotline.handoffs(call) for agent in handoff.tried}
    assert_nothing_waits(hotline, call)


def assert_nothing_waits(hotline: Hotline, call) -> None:
    """After the call no wish is left open unnoticed: it was answered, or a call back is promised."""
    with hotline.house.db.reading() as conn:
        complaint = hotline.complaint(call)
        assert messages.pending(conn, call.sid) == []
        row = call_rows.get(conn, call.sid)
        assert row is not None
        assert row.status == "completed"
        for handoff in hotline.handoffs(call):
            called_back = promises.open_of(conn, complaint.id, "callback") is not None
            assert handoff.ended_at is not None or called_back
