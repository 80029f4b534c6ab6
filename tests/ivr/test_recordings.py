"""What the provider says of recordings: any status, any order, any kind; its address is never used."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
import sqlalchemy as sa

from store import conversations, events, recordings
from tests.ivr.test_door import SID, post

RE = "RE" + "d" * 32
CALLER = {"CallSid": SID, "From": "+8613800138000"}


def told(hotline, status, kind="message", recording=RE, **more):
    params = {**CALLER, "RecordingSid": recording, "RecordingStatus": status, **more}
    answer = post(hotline, f"/voice/recording?kind={kind}", params)
    assert answer.status_code == 200
    return answer


def ended(hotline, **more):
    return post(hotline, "/voice/recorded?n=record&t=3", {**CALLER, "RecordingSid": RE, **more})


def row(hotline, recording=RE):
    with hotline.house.db.reading() as conn:
        return recordings.get(conn, recording)


def pages(hotline):
    with hotline.house.db.reading() as conn:
        found = events.after(conn, 0, limit=500)
        return [
            e.data["reason"] for e in found if e.name == "supervisor_paged" and "recording" in str(e.data)
        ]


@pytest.mark.parametrize("kind", ["message", "talk"])
def test_a_recording_is_to_be_fetched_once_it_is_complete(hotline, kind):
    told(hotline, "in-progress", kind)
    assert row(hotline) is None
    told(hotline, "completed", kind, RecordingDuration="21")
    found = row(hotline)
    assert (found.kind, found.status, found.seconds) == (kind, "completed", 21)
    assert found.due_at == hotline.clock()
    assert pages(hotline) == (["recording"] if kind == "message" else [])


def test_the_end_of_a_message_makes_a_row_that_is_looked_for_a_minute_later(hotline):
    ended(hotline, RecordingDuration="9")
    assert row(hotline).due_at == hotline.clock() + timedelta(seconds=60)
    told(hotline, "completed")
    assert row(hotline).due_at == hotline.clock()
    assert pages(hotline) == ["recording"]


@pytest.mark.parametrize("order", itertools.permutations(["end", "in-progress", "absent", "completed"]))
def test_in_whatever_order_it_is_reported_the_sound_wins(hotline, order):
    for what in order:
        if what == "end":
            ended(hotline)
        else:
            told(hotline, what)
    assert row(hotline).status == "completed"
    assert row(hotline).due_at == hotline.clock()
    assert pages(hotline)[-1] == "recording"


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_a_message_that_was_not_recorded_is_told_to_a_person_once(hotline, status):
    ended(hotline)
    for _ in range(2):
        told(hotline, status)
    assert (row(hotline).status, row(hotline).due_at) == (status, None)
    assert pages(hotline) == ["recording", "recording_absent"]
    with hotline.house.db.reading() as conn:
        assert conversations.fetch(conn, SID).complaint_id == row(hotline).complaint_id


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_a_talk_that_was_not_recorded_leaves_nothing(hotline, status):
    told(hotline, status, "talk")
    assert row(hotline) is None
    assert pages(hotline) == []


@pytest.mark.parametrize("kind", ["", "king", "message2", "talk'--"])
def test_an_unknown_kind_is_not_kept(hotline, kind):
    told(hotline, "completed", kind)
    assert row(hotline) is None


@pytest.mark.parametrize("status", ["king", "paused", "processing"])
def test_an_unknown_status_is_not_kept(hotline, status):
    told(hotline, status)
    assert row(hotline) is None


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/x.wav", "http://169.254.169.254/latest", "file:///etc/passwd", "\x00", "x" * 5000],
)
def test_the_posted_address_changes_nothing_and_is_kept_nowhere(hotline, url):
    told(hotline, "completed", RecordingUrl=url)
    assert row(hotline).status == "completed"
    with hotline.house.db.reading() as conn:
        for table in ("recordings", "events", "messages", "files", "facts"):
            for found in conn.execute(sa.text(f"select * from {table}")):
                assert url not in str(tuple(found))


def test_another_call_s_recording_is_not_moved_to_this_one(hotline):
    told(hotline, "completed")
    ours = row(hotline).complaint_id
    other = {"CallSid": "CA" + "9" * 32, "From": "+8613900139000"}
    post(hotline, "/voice/recording", {**other, "RecordingSid": RE, "RecordingStatus": "completed"})
    assert (row(hotline).call_sid, row(hotline).complaint_id) == (SID, ours)
