"""Recordings over the wire: a stand-in for Twilio's REST side, the real client, and what refuses there."""

from __future__ import annotations

import pytest

import settings
import wiring
from hearing import Ear
from office.recordings import Recordings
from reception import evidence
from reception.heard import Heard
from reception.keeping import conversation_of, open_draft
from store import files, recordings
from tests.fakes.clock import Clock
from tests.fakes.sounds import tone, wav
from tests.fakes.twilio_api import TwilioApi

SOUND = wav(tone(3))


@pytest.fixture
def wire(tmp_path):
    with TwilioApi() as api:
        env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:9", **api.environment()}
        clock = Clock()
        house = wiring.house(settings.load(env), clock)
        call = api.add_call("+8613800138000", clock())
        sid = api.add_recording(call, clock(), sound=SOUND)
        with house.db.writing() as conn:
            heard = Heard("phone", ("phone", "+8613800138000"), "", call, clock(), call)
            row = conversation_of(conn, heard, house.reception.ids)
            complaint = open_draft(conn, row, clock(), house.reception.ids)
            about = {"complaint_id": complaint, "status": "completed", "seconds": 3, "at": clock()}
            recordings.keep(conn, sid=sid, call_sid=call, **about)
        yield api, house, clock, sid
        house.db.close()


def row_of(house, sid):
    with house.db.reading() as conn:
        return recordings.get(conn, sid)


def passes(house):
    at_work = Recordings(house, Ear())
    at_work.fetch_due()
    at_work.finish_due()


def test_it_is_fetched_sealed_and_deleted_there(wire):
    api, house, _clock, sid = wire
    passes(house)
    row = row_of(house, sid)
    assert evidence.original(house.data_dir, row.file_id) == SOUND
    assert sid not in api.recordings
    assert row.deleted_at is not None
    with house.db.reading() as conn:
        assert files.get(conn, row.file_id).size == len(SOUND)


@pytest.mark.parametrize("fault", ["half", "garbage", "empty", "redirect", "error", "broken"])
def test_what_refuses_or_tears_is_tried_again_and_nothing_is_deleted(wire, fault):
    api, house, clock, sid = wire
    api.refuse(fault)
    passes(house)
    assert row_of(house, sid).fetched_at is None
    assert sid in api.recordings
    assert not [asked for asked in api.asked if asked.method == "DELETE"]
    api.refuse()
    clock.pass_(seconds=5)
    passes(house)
    assert evidence.original(house.data_dir, row_of(house, sid).file_id) == SOUND


def test_what_is_gone_there_is_lost_and_said(wire):
    api, house, clock, sid = wire
    api.recordings.clear()
    for seconds in (0, 5, 25, 30):
        clock.pass_(seconds=seconds)
        passes(house)
    assert row_of(house, sid).status == "lost"
