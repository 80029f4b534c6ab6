"""The phone company's list of calls against ours: what never reached us is found, once, and nothing else."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import settings
import wiring
from core import events as names
from ivr import rest
from office.sweep import Sweep
from reception.content import Content, load
from reception.heard import Heard
from reception.house import House
from reception.missed_calls import complaint_of_call
from store import calls, complaints, conversations, events, facts, heartbeats, promises, recordings
from tests.fakes.clock import Clock
from tests.fakes.complaints import NOON
from tests.fakes.twilio_api import TwilioApi

CALLER = "+8613800138000"
AGO = timedelta(minutes=10)


@dataclass
class Office:
    """A house whose phone company is on loopback."""

    api: TwilioApi
    house: House
    clock: Clock
    sweeps: list[Sweep] = field(default_factory=list)

    def sweep(self, fresh: bool = False) -> int:
        """One sweep; `fresh`: by an office that was started anew."""
        if fresh or not self.sweeps:
            self.sweeps.append(Sweep(self.house))
        return self.sweeps[-1].sweep(self.clock())

    def complaint(self, call: str) -> Any:
        with self.house.db.reading() as conn:
            row = conversations.get(conn, call)
            return complaints.get(conn, row.complaint_id) if row and row.complaint_id else None

    def all_complaints(self) -> int:
        with self.house.db.reading() as conn:
            return len(complaints.queue(conn))

    def pages(self) -> list[str]:
        with self.house.db.reading() as conn:
            found = events.after(conn, 0)
        return [event.data["reason"] for event in found if event.name == names.SUPERVISOR_PAGED]

    def answered(self, call: str, at: datetime) -> None:
        """The call reached us and heard something; nothing was told."""
        with self.house.db.writing() as conn:
            calls.start(conn, call, "open", at)
            calls.keep_answer(conn, call, "0", "<Response/>", at)

    def beat(self) -> datetime | None:
        with self.house.db.reading() as conn:
            return heartbeats.last(conn, "sweep")


@pytest.fixture(scope="module")
def content() -> Content:
    return load(wiring.CONTENT, today=NOON.date())


@pytest.fixture
def office(tmp_path: Path, content: Content) -> Iterator[Office]:
    with TwilioApi() as api:
        clock = Clock()
        env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:9", **api.environment()}
        house = wiring.house(settings.load(env), clock, content)
        yield Office(api, house, clock)
        house.db.close()


def test_a_call_that_never_reached_us_becomes_a_complaint(office: Office) -> None:
    call = office.api.add_call(CALLER, NOON - AGO)
    assert office.sweep() == 1
    row = office.complaint(call)
    assert (row.state, row.channel) == ("registered", "phone")
    with office.house.db.reading() as conn:
        phone = facts.current(conn, row.id)["phone"]
        assert (phone.value, phone.by) == (CALLER, "caller_id")
        promise = promises.open_of(conn, row.id, "callback")
        assert promise is not None
        assert promise.due_at > NOON
        assert complaints.flags(conn, row.id) == {"missed_call"}
        kept = calls.get(conn, call)
    assert office.pages() == ["missed_call"]
    assert kept is not None
    assert (kept.status, kept.conversation_id, kept.started_at) == ("completed", call, NOON - AGO)
    assert kept.ended_at == NOON - AGO + timedelta(seconds=30)
    assert office.beat() == NOON


@pytest.mark.parametrize("caller", ["anonymous", "+86282452253", "", "sip:unknown@trunk.example"])
def test_a_withheld_number_is_no_number(office: Office, caller: str) -> None:
    call = office.api.add_call(caller, NOON - AGO)
    assert office.sweep() == 1
    with office.house.db.reading() as conn:
        assert "phone" not in facts.current(conn, office.complaint(call).id)
    assert office.pages() == ["missed_call_unknown"]


def test_a_number_as_a_trunk_shows_it(office: Office) -> None:
    call = office.api.add_call("013800138000@trunk.example", NOON - AGO)
    office.sweep()
    with office.house.db.reading() as conn:
        assert facts.current(conn, office.complaint(call).id)["phone"].value == CALLER


def test_a_call_that_we_answered_is_left_alone(office: Office) -> None:
    call = office.api.add_call(CALLER, NOON - AGO)
    office.answered(call, NOON - AGO)
    assert office.sweep() == 0
    assert office.complaint(call) is None
    assert office.pages() == []


def test_a_report_of_its_status_alone_is_no_record_of_a_call(office: Office) -> None:
    """We came back while the caller heard the other host's document."""
    call = office.api.add_call(CALLER, NOON - AGO)
    with office.house.db.writing() as conn:
        calls.start(conn, call, "open", NOON - AGO)
        calls.set_status(conn, call, "completed", NOON - AGO)
    assert office.sweep() == 1
    assert office.complaint(call).state == "registered"


@pytest.mark.parametrize("status", ["in-progress", "ringing", "queued"])
def test_a_call_that_goes_on_is_left_until_it_is_over(office: Office, status: str) -> None:
    call = office.api.add_call(CALLER, NOON - timedelta(hours=3), 10_000, status=status)
    assert office.sweep() == 0
    office.api.calls[call]["status"] = "completed"
    office.clock.pass_(minutes=5)
    assert office.sweep() == 1


def test_a_call_that_has_just_ended_is_left_for_a_minute(office: Office) -> None:
    office.api.add_call(CALLER, NOON - timedelta(seconds=60), 30)
    assert office.sweep() == 0
    office.clock.pass_(seconds=31)
    assert office.sweep() == 1


@pytest.mark.parametrize("status", ["busy", "failed", "no-answer", "canceled"])
def test_a_call_that_was_not_even_answered_counts_as_well(office: Office, status: str) -> None:
    office.api.add_call(CALLER, NOON - AGO, 0, status=status)
    assert office.sweep() == 1


def test_calls_that_we_made_are_none_of_ours_to_answer(office: Office) -> None:
    parent = office.api.add_call(CALLER, NOON - AGO)
    office.api.add_call("+861", NOON - AGO, direction="outbound-dial", parent_call_sid=parent)
    office.api.add_call("+861", NOON - AGO, direction="outbound-api")
    assert office.sweep() == 1
    assert office.all_complaints() == 1


def test_again_and_after_a_restart_nothing_is_found_twice(office: Office) -> None:
    call = office.api.add_call(CALLER, NOON - AGO)
    office.api.add_recording(call, NOON - AGO)
    assert [office.sweep(), office.sweep(), office.sweep(fresh=True)] == [2, 0, 0]
    assert office.all_complaints() == 1
    assert office.pages() == ["missed_call", "recording"]


def test_two_offices_at_once_make_one_complaint_of_a_call(office: Office) -> None:
    for number in range(8):
        office.api.add_call(f"+861380013800{number}", NOON - AGO)
    both = threading.Barrier(2)

    def sweep() -> int:
        one = Sweep(office.house)
        both.wait()
        return one.sweep(office.clock())

    with ThreadPoolExecutor(2) as loops:
        found = [loop.result() for loop in [loops.submit(sweep), loops.submit(sweep)]]
    assert sum(found) == 8
    assert office.all_complaints() == 8
    assert office.pages() == ["missed_call"] * 8


def test_how_far_back_it_looks(office: Office) -> None:
    """A day at start; then two hours, and for as long before that as the provider was not asked."""
    office.api.add_call("+8613800138001", NOON - timedelta(hours=23))
    office.api.add_call("+8613800138002", NOON - timedelta(hours=25))
    assert office.sweep() == 1
    office.api.add_call("+8613800138003", NOON - timedelta(hours=3))
    office.api.add_call("+8613800138004", NOON - timedelta(hours=1))
    office.clock.pass_(minutes=5)
    assert office.sweep() == 1
    office.api.add_call("+8613800138005", office.clock())
    office.api.refuse("broken")
    office.clock.pass_(hours=6)
    assert office.sweep() == 0
    office.api.refuse()
    assert office.sweep() == 1


# ---- recordings


@pytest.mark.parametrize(("seconds", "kind"), [(7, "message"), (3000, "talk")])
def test_a_recording_that_nobody_told_of_is_kept_and_due(office: Office, seconds: int, kind: str) -> None:
    """Of the fallback document, or of a talk whose report was lost: a message is never so long."""
    call = office.api.add_call(CALLER, NOON - AGO)
    recording = office.api.add_recording(call, NOON - AGO - timedelta(hours=1), seconds=seconds)
    assert office.sweep() == 2
    with office.house.db.reading() as conn:
        row = recordings.get(conn, recording)
    assert row is not None
    assert (row.call_sid, row.complaint_id) == (call, office.complaint(call).id)
    assert (row.kind, row.status, row.seconds, row.due_at) == (kind, "completed", seconds, NOON)


def test_a_recording_that_is_known_or_not_ready_or_not_ours_is_left(office: Office) -> None:
    call = office.api.add_call(CALLER, NOON - AGO)
    office.answered(call, NOON - AGO)
    office.api.add_recording(call, NOON - AGO, status="processing")
    office.api.add_recording(call, NOON - timedelta(minutes=4))
    office.api.add_recording(office.api.sid("CA"), NOON - AGO)
    assert office.sweep() == 0


def test_a_recording_of_a_call_that_we_lost_half_way(office: Office) -> None:
    """The caller told us something, then we went down, and the other host's document took the rest."""
    call = office.api.add_call(CALLER, NOON - AGO)
    office.answered(call, NOON - AGO)
    heard = Heard("phone", ("phone", CALLER), "洗衣机漏水", f"{call}:1", NOON - AGO, call, caller=CALLER)
    office.house.reception.receive(heard)
    recording = office.api.add_recording(call, NOON - AGO)
    assert office.sweep() == 1
    with office.house.db.reading() as conn:
        assert [row.sid for row in recordings.of_complaint(conn, office.complaint(call).id)] == [recording]
    assert office.all_complaints() == 1


def test_the_number_is_learned_for_a_recording_that_was_reported_without_it(office: Office) -> None:
    """A recording's own report names no caller: its complaint has no number until the list is read."""
    call = office.api.add_call(CALLER, NOON - AGO)
    heard = Heard("phone", ("call", call), "", f"{call}:open", NOON - AGO, call)
    office.house.reception.begin(heard)
    with office.house.db.writing() as conn:
        complaint = complaint_of_call(conn, office.house, call, NOON - AGO)
        assert "phone" not in facts.current(conn, complaint)
    assert office.sweep() == 1
    with office.house.db.reading() as conn:
        assert facts.current(conn, complaint)["phone"].value == CALLER
    assert office.pages() == []


# ---- a provider that cannot be asked


@pytest.mark.parametrize("kind", ["auth", "too_many", "broken", "garbage", "empty", "page", "silence"])
def test_what_cannot_be_asked_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    monkeypatch.setattr(rest, "SECONDS", 0.2)
    monkeypatch.setattr(rest, "PAUSE", 0.0)
    call = office.api.add_call(CALLER, NOON - AGO)
    office.api.refuse(kind)
    assert office.sweep() == 0
    assert "could not be read" in caplog.text
    assert CALLER not in caplog.text
    assert office.beat() is None
    office.api.refuse()
    assert office.sweep() == 1
    assert office.complaint(call) is not None


def test_a_refusal_half_way_loses_nothing(office: Office) -> None:
    """The calls were read and kept; the recordings come next time."""
    call = office.api.add_call(CALLER, NOON - AGO)
    office.api.add_recording(call, NOON - AGO)
    real = office.api.listed

    def refusing(asked: Any, key: str) -> Any:
        if key == "recordings":
            raise OSError
        return real(asked, key)

    office.api.listed = refusing  # type: ignore[method-assign]
    office.sweep()
    assert office.pages() == ["missed_call"]
    office.api.listed = real  # type: ignore[method-assign]
    assert office.sweep() == 1
    assert office.pages() == ["missed_call", "recording"]


def test_a_slow_provider_holds_up_nobody(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked aside, and by one sweep at a time."""
    monkeypatch.setattr(rest, "SECONDS", 0.5)
    office.api.refuse("silence")
    sweep = Sweep(office.house)
    started = time.monotonic()
    for _ in range(3):
        sweep.start(office.clock())
    assert time.monotonic() - started < 0.5
    assert sweep._under_way is not None
    assert sweep._under_way.result(timeout=30) == 0
    assert len(office.api.asked) == 2  # one sweep's list, and its repeat


def test_without_an_account_there_is_nobody_to_ask(
    office: Office, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = wiring.house(settings.load({"JIESU_DATA_DIR": str(tmp_path / "other")}), office.clock)
    caplog.set_level(logging.INFO, "jiesu")
    sweep = Sweep(house)
    sweep.start(office.clock())
    assert sweep.sweep(office.clock()) == 0
    assert [record for record in caplog.records if record.name.startswith("jiesu")] == []
    house.db.close()
