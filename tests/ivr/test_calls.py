"""Whole calls, as `tests/calls/*.yml` tell them: what is heard, and what is stored when the line is down."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.due import ZONE
from simulator import Call
from simulator.script import Script
from store import calls as call_rows
from store import complaints, conversations, messages, promises, recordings
from tests.ivr.conftest import Hotline

CALLS = Path(__file__).parents[1] / "calls"
FILES = sorted(CALLS.glob("*.yml"))
LEAST = 25
LANGUAGES = {"mandarin", "cantonese", "english"}


def read(file: Path) -> Script:
    return Script(yaml.safe_load(file.read_text("utf-8")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_call(file: Path, hotline: Hotline) -> None:
    script = read(file)
    for earlier in script.before:
        play(hotline, earlier)
        hotline.clock.pass_(hours=float(earlier.data.get("later", 1)))
    play(hotline, script)


def test_the_calls_are_many_and_open_in_every_language() -> None:
    told = [read(file).data for file in FILES]
    assert len(told) >= LEAST
    assert len({data["call"] for data in told}) == len(told), "two calls have one name"
    assert {str(data.get("then", {}).get("language", "mandarin")) for data in told} >= LANGUAGES


def play(hotline: Hotline, script: Script) -> None:
    """One call, and whoever calls meanwhile; then what must follow of each."""
    set_the_clock(hotline, script)
    set_on_call(hotline, script)
    hotline.staff(*script.on_duty)
    for one, call in script.play_together(hotline.line):
        left = dict(one.data.get("then", {}))
        if left.pop("complaint", True):
            check_stored(hotline, call, left)
        else:
            assert hotline.complaint(call) is None
        assert not left, f"not checked: {left}"


def set_the_clock(hotline: Hotline, script: Script) -> None:
    """`at: "02:30"` is the next time that the clocks of Shanghai show this."""
    if "at" not in script.data:
        return
    here = hotline.clock().astimezone(ZONE)
    then = datetime.combine(here.date(), time.fromisoformat(str(script.data["at"])), ZONE)
    days = 1 if then < here else 0
    hotline.clock.pass_(seconds=(then - here).total_seconds(), days=days)


def set_on_call(hotline: Hotline, script: Script) -> None:
    """`on_call: ["client:night"]`: off duty, and rung at any hour for what is grave (hours.yml)."""
    phones = list(script.data.get("on_call", ()))
    if not phones:
        return
    hotline.staff(*phones, presence="away")
    content = hotline.house.content
    hours = replace(content.hours, on_call=frozenset(phones))
    object.__setattr__(content, "hours", hours)


def check_stored(hotline: Hotline, call: Call, left: dict[str, Any]) -> None:
    """What `then` says, taken out of it piece by piece; and what always holds at the end of a call."""
    row = hotline.complaint(call)
    assert row is not None, "no complaint was made"
    assert row.state != "draft", "the call has ended, and the complaint is still a draft"
    for name in ("tier", "department", "state"):
        if name in left:
            assert getattr(row, name) == left.pop(name), name
    check_facts(hotline, call, left)
    check_words(hotline, call, left)
    assert set(left.pop("promises", [])) <= hotline.promises(call)
    assert not set(left.pop("no_promises", [])) & hotline.promises(call)
    flags = left.pop("flags", [])
    assert set(flags) <= hotline.flags(call), hotline.flags(call)
    if "language" in left:
        assert hotline.row(call).language == left.pop("language")
    if "outcomes" in left:
        assert [one.outcome for one in hotline.handoffs(call)] == left.pop("outcomes")
    if "recordings" in left:
        with hotline.house.db.reading() as conn:
            assert len(recordings.of_complaint(conn, row.id)) == left.pop("recordings")
    tried = {hotline.agents[address] for address in left.pop("tried", [])}
    assert tried <= {agent for handoff in hotline.handoffs(call) for agent in handoff.tried}
    assert_nothing_waits(hotline, call)


def check_facts(hotline: Hotline, call: Call, left: dict[str, Any]) -> None:
    """`phone`, `amounts` claimed, `references` of orders and waybills, the kinds of `linked` cases."""
    if "phone" in left:
        assert hotline.fact(call, "phone") == left.pop("phone")
    if "amounts" in left:
        losses = hotline.fact(call, "loss_claimed") or []
        assert set(left.pop("amounts")) <= {loss["amount"] for loss in losses}
    if "references" in left:
        told = str(hotline.fact(call, "reference"))
        missing = [one for one in left.pop("references") if str(one) not in told]
        assert not missing, told
    if "linked" in left:
        with hotline.house.db.reading() as conn:
            linked = complaints.linked(conn, hotline.complaint(call).id)
        assert [link.link for link in linked] == left.pop("linked")


def check_words(hotline: Hotline, call: Call, left: dict[str, Any]) -> None:
    """`words` are among what the caller said; `messages` is how many times something was said."""
    said = hotline.words(call)
    for words in left.pop("words", []):
        assert any(words in one for one in said), said
    if "messages" in left:
        assert len(said) == left.pop("messages"), said


def assert_nothing_waits(hotline: Hotline, call: Call) -> None:
    """After the call no wish is left open unnoticed: it was answered, or a call back is promised."""
    with hotline.house.db.reading() as conn:
        complaint = hotline.complaint(call)
        assert messages.pending(conn, call.sid) == []
        assert conversations.get(conn, call.sid) is not None
        row = call_rows.get(conn, call.sid)
        assert row is not None
        assert row.status == "completed"
        for handoff in hotline.handoffs(call):
            called_back = promises.open_of(conn, complaint.id, "callback") is not None
            assert handoff.ended_at is not None or called_back
