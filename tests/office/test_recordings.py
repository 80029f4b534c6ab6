"""Recordings brought home: every answer of the phone company's, and a death at every step."""

from __future__ import annotations

import hashlib
import json
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

import settings
import wiring
from core import events as names
from hearing import Ear
from office import __main__ as starting
from office import recordings as brought
from office.recordings import LEASE, Recordings, file_id
from reception import evidence
from reception.house import House
from reception.telephone import Gone, Unreachable
from store import calls, complaints, conversations, customers, events, files, messages, record, recordings
from tests.fakes.clock import Clock
from tests.fakes.sounds import talk, tone, wav

SID = "RE" + "1" * 32
CALL = "CA" + "2" * 32
SOUND = wav(tone(1))


class Killed(BaseException):
    """The process died here."""


@dataclass
class Company:
    """The phone company: what lies there, in pieces, and how it answers."""

    tapes: dict[str, Any] = field(default_factory=dict)
    refuses: list[Exception] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def fetch(self, sid):
        self.asked.append(sid)
        if self.refuses:
            raise self.refuses.pop(0)
        if sid not in self.tapes:
            raise Gone("no such recording", 20404)
        tape = self.tapes[sid]
        if isinstance(tape, bytes):
            yield from (tape[at : at + 1000] for at in range(0, len(tape), 1000))
        else:
            yield from tape()

    def delete(self, sid):
        if self.refuses:
            raise self.refuses.pop(0)
        self.tapes.pop(sid, None)
        self.deleted.append(sid)


@dataclass
class Office:
    """A house with a call that left a recording; `passes` lets time go by and does what is due."""

    house: House
    clock: Clock
    company: Company
    complaint: int
    steady: float = 0.0

    def recordings(self, engine=None):
        return Recordings(self.house, Ear(engine), lambda: self.steady)

    def keep(self, status="completed", kind="message", sid=SID):
        with self.house.db.writing() as conn:
            about = {"status": status, "seconds": 1, "at": self.clock(), "kind": kind}
            return recordings.keep(conn, sid=sid, call_sid=CALL, complaint_id=self.complaint, **about)

    def passes(self, seconds=0.0, engine=None):
        self.clock.pass_(seconds=seconds)
        at_work = self.recordings(engine)
        at_work.fetch_due()
        at_work.finish_due()

    def row(self, sid=SID):
        with self.house.db.reading() as conn:
            found = recordings.get(conn, sid)
        assert found is not None
        return found

    def evidence(self):
        with self.house.db.reading() as conn:
            return list(files.of_complaint(conn, self.complaint))

    def on_disk(self):
        folder = self.house.data_dir / evidence.FOLDER
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def pages(self):
        with self.house.db.reading() as conn:
            found = events.of_complaint(conn, self.complaint)
        return [event.data["reason"] for event in found if event.name == names.SUPERVISOR_PAGED]

    def said(self):
        with self.house.db.reading() as conn:
            return [(row.author, row.words) for row in messages.of_conversation(conn, CALL)]


@pytest.fixture
def office(tmp_path):
    clock, company = Clock(), Company({SID: SOUND})
    told = settings.load({"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:9"})
    house = wiring.house(told, clock)
    object.__setattr__(house, "telephone", company)
    with house.db.writing() as conn:
        customer = customers.known_as(conn, "phone", "+8613800138000", clock())
        conversations.start(conn, id=CALL, channel="phone", customer_id=customer, sender="s", at=clock())
        id = complaints.open_draft(
            conn,
            draw=house.reception.ids.number,
            channel="phone",
            customer_id=customer,
            at=clock(),
            conversation_id=CALL,
        )
        conversations.change(conn, CALL, complaint_id=id)
        calls.start(conn, CALL, "record", clock())
    yield Office(house, clock, company, id)
    house.db.close()


# ---- fetched, sealed, deleted


def test_a_recording_is_sealed_as_evidence_and_then_deleted_at_the_provider(office):
    office.keep()
    office.passes()
    row, (file,) = office.row(), office.evidence()
    assert row.file_id == file.id == file_id(SID)
    assert (file.kind, file.type, file.size) == ("voice", "audio/wav", len(SOUND))
    assert file.sha256 == hashlib.sha256(SOUND).hexdigest()
    assert evidence.original(office.house.data_dir, file.id) == SOUND
    assert office.company.deleted == [SID]
    assert None not in (row.fetched_at, row.deleted_at, row.heard_at)
    assert row.due_at is None
    assert office.said() == []


def test_the_back_office_hears_of_it_as_of_a_photo_and_of_no_provider_id(office):
    office.keep()
    office.passes()
    with office.house.db.reading() as conn:
        whole = record.whole(conn, office.complaint)
    (shown,) = whole["evidence"]
    assert (shown["kind"], shown["type"]) == ("voice", "audio/wav")
    assert shown["sha256"] == hashlib.sha256(SOUND).hexdigest()
    assert SID not in json.dumps(whole)
    assert CALL not in json.dumps(whole)


def test_a_recording_that_nobody_called_ready_is_looked_for_after_a_minute(office):
    office.keep("recorded")
    office.passes(59)
    assert office.company.asked == []
    office.passes(1)
    assert office.row().fetched_at
    assert not office.keep("completed")
    office.passes(60)
    assert office.company.asked == [SID]


@pytest.mark.parametrize("status", ["absent", "failed"])
def test_what_was_never_recorded_is_not_fetched(office, status):
    office.keep(status)
    office.passes(3600)
    assert office.company.asked == []


def test_without_an_account_nothing_is_done_and_nothing_lost(office):
    office.keep()
    object.__setattr__(office.house, "telephone", None)
    office.passes(600)
    at_work = office.recordings()
    at_work.work()
    assert at_work._under_way == {}
    object.__setattr__(office.house, "telephone", office.company)
    office.passes()
    assert office.row().fetched_at


# ---- when it fails


@pytest.mark.parametrize(
    "failure", [Unreachable("5xx", 0, again=True), Unreachable("refused", 20003), OSError("disk"), KeyError()]
)
def test_a_failure_is_tried_again_at_growing_distances_and_never_given_up(office, failure):
    office.company.refuses = [failure] * 20
    office.keep()
    tried = []
    for second in range(3 * 3600 + 61):
        before = len(office.company.asked)
        if second in (0, 5, 30, 60, 120, 600, 3600, 7200, 10800) or second % 300 == 7:
            office.passes()
        if len(office.company.asked) > before:
            tried.append(second)
        office.clock.pass_(seconds=1)
    assert tried == [0, 5, 30, 60, 120, 600, 3600, 7200, 10800]
    assert office.pages() == ["recording_unfetched"]
    office.company.refuses = []
    office.passes(3600)
    assert office.row().fetched_at


def test_people_are_told_when_it_has_been_failing_for_a_minute(office):
    office.company.refuses = [Unreachable("x")] * 5
    office.keep()
    for seconds, told in (
        (0, []),
        (5, []),
        (25, []),
        (30, ["recording_unfetched"]),
        (60, ["recording_unfetched"]),
    ):
        office.passes(seconds)
        assert office.pages() == told


def test_a_recording_that_is_gone_is_marked_and_told_but_not_believed_at_once(office):
    office.company.tapes = {}
    office.keep()
    for seconds in (0, 5, 25):
        office.passes(seconds)
        assert office.row().status == "completed"
    office.passes(30)
    assert (office.row().status, office.row().due_at) == ("lost", None)
    assert office.pages() == ["recording_lost"]
    office.passes(7200)
    assert len(office.company.asked) == 4
    assert not office.keep("completed")


def test_an_endless_recording_is_cut_off_marked_and_told(office, monkeypatch):
    monkeypatch.setitem(brought.MOST_BYTES, "message", 100_000)
    sent = []

    def endless():
        yield SOUND[:44]
        while True:
            sent.append(1)
            yield bytes(10_000)

    office.company.tapes[SID] = endless
    office.keep()
    office.passes()
    assert len(sent) <= 11
    assert (office.row().status, office.row().due_at) == ("too_large", None)
    assert office.pages() == ["recording_too_large"]
    assert office.on_disk() == []
    assert office.evidence() == []
    assert office.company.deleted == []


def test_a_recording_that_trickles_is_cut_off_and_tried_again(office):
    def trickling():
        for at in range(0, len(SOUND), 100):
            office.steady += 10
            yield SOUND[at : at + 100]

    office.company.tapes[SID] = trickling
    office.keep()
    office.passes()
    assert office.row().fetched_at is None
    office.company.tapes[SID] = SOUND
    office.passes(5)
    assert office.row().fetched_at


NOT_WHOLE = {
    "nothing": b"",
    "an error page": b"<html>504 Gateway Time-out</html>",
    "a byte short": SOUND[:-1],
    "half a header": SOUND[:10],
    "a header and little more": SOUND[:100],
}


@pytest.mark.parametrize("name", NOT_WHOLE)
def test_what_is_no_whole_recording_never_takes_the_originals_place(office, name):
    office.company.tapes[SID] = NOT_WHOLE[name]
    office.keep()
    office.passes()
    assert office.row().fetched_at is None
    assert office.company.deleted == []
    assert office.on_disk() == []


def test_a_header_written_before_the_length_was_known_is_whole():
    for length in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        assert b"".join(brought.whole_wav([SOUND[:4], length, SOUND[8:]])) == SOUND[:4] + length + SOUND[8:]


def test_deleting_is_tried_again_by_itself_and_hearing_does_not_wait_for_it(office):
    office.keep()
    office.recordings().fetch_due()
    office.company.refuses = [Unreachable("x"), Unreachable("x")]
    heard = []
    engine = lambda *_: heard.append(1) or "货坏了"  # noqa: E731
    for seconds, deleted in ((0, []), (5, []), (24, []), (1, [SID])):
        office.passes(seconds, engine)
        assert office.row().heard_at
        assert office.company.deleted == deleted
    assert office.row().due_at is None
    assert heard == [1]


def test_one_that_fails_holds_up_no_other(office):
    other = "RE" + "3" * 32
    office.company.tapes[other] = SOUND
    office.company.refuses = [KeyError()]
    office.keep()
    office.keep(sid=other)
    office.passes()
    assert {office.row().fetched_at is None, office.row(other).fetched_at is None} == {True, False}


def test_a_clock_set_back_postpones_nothing(office):
    office.company.refuses = [Unreachable("x")]
    office.keep()
    office.passes()
    office.clock.pass_(days=-1)
    office.passes()
    assert office.row().fetched_at


def test_two_offices_fetch_once(office):
    office.keep()
    release, inside = threading.Event(), threading.Event()

    def slow():
        inside.set()
        release.wait(10)
        yield SOUND

    office.company.tapes[SID] = slow
    first = threading.Thread(target=office.recordings().fetch_due)
    first.start()
    assert inside.wait(10)
    office.recordings().fetch_due()
    release.set()
    first.join(10)
    assert office.company.asked == [SID]
    assert len(office.evidence()) == 1


def test_work_goes_on_aside_and_is_not_started_twice(office):
    office.keep()
    release = threading.Event()

    def slow():
        release.wait(10)
        yield SOUND

    office.company.tapes[SID] = slow
    at_work = office.recordings()
    began = time.monotonic()
    for _ in range(3):
        at_work.work()
    assert time.monotonic() - began < 2
    release.set()
    for job in at_work._under_way.values():
        job.result(10)
    assert office.company.asked == [SID]
    assert office.row().fetched_at


# ---- a death at every step


def test_what_a_killed_process_left_half_written_is_written_over(office):
    folder = office.house.data_dir / evidence.FOLDER
    folder.mkdir()
    (folder / f".{file_id(SID)}").write_bytes(b"half of something")
    office.keep()
    office.passes()
    assert office.on_disk() == [file_id(SID)]
    assert evidence.original(office.house.data_dir, file_id(SID)) == SOUND


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", ["commit", "fetch", "replace", "delete", "hear"])
def test_killed_at_every_step_there_is_one_file_one_message_and_no_lost_row(office, monkeypatch, step, after):
    """The run is repeated with a death at the first, second, third … time that the step is taken."""
    office.keep()
    for time_ in range(1, 12):
        sid = f"RE{time_:032x}"
        office.company.tapes[sid] = SOUND
        office.keep(sid=sid)
        died = _run_dying(office, monkeypatch, step, time_, after)
        office.passes(LEASE.total_seconds() + 1, engine=lambda *_: "货坏了")
        office.passes(LEASE.total_seconds() + 1, engine=lambda *_: "货坏了")
        row = office.row(sid)
        assert None not in (row.fetched_at, row.deleted_at, row.heard_at)
        assert row.due_at is None
        assert sid not in office.company.tapes
        kept = [file for file in office.evidence() if file.id == row.file_id]
        assert len(kept) == 1
        with office.house.db.reading() as conn:
            found = [m for m in messages.of_conversation(conn, CALL) if m.provider_key == f"recording:{sid}"]
        assert [m.id for m in found] == [kept[0].message_id]
        if not died:
            assert time_ > 1
            break
    drafts = [name for name in office.on_disk() if name.startswith(".")]
    assert drafts == []
    assert len(office.on_disk()) == len(office.evidence())


def _run_dying(office, monkeypatch, step, time_, after):
    """Whether the process died; `after`: just after the step rather than just before."""
    dying = _dying([time_], after)
    real = type(office.house.db).writing
    engine = lambda *_: "货坏了"  # noqa: E731
    left = [time_]
    with monkeypatch.context() as patched:
        if step == "commit":
            patched.setattr(type(office.house.db), "writing", lambda db: _Dying(real(db), left, after))
        elif step == "replace":
            patched.setattr(evidence.os, "replace", dying(evidence.os.replace))
        elif step == "hear":
            engine = dying(engine)
        else:
            patched.setattr(office.company, step, dying(getattr(office.company, step)))
        try:
            office.passes(0, engine)
        except Killed:
            return True
    return False


def _dying(left, after):
    """Makes an act end with the process, the time that `left` says."""

    def wrap(real):
        def act(*given, **more):
            left[0] -= 1
            if left[0] == 0 and not after:
                raise Killed
            found = real(*given, **more)
            if left[0] == 0:
                raise Killed
            return found

        return act

    return wrap


class _Dying:
    """A transaction that ends with the process: before its commit, or just after."""

    def __init__(self, inner, left, after):
        self.inner, self.left, self.after = inner, left, after

    def __enter__(self):
        self.left[0] -= 1
        return self.inner.__enter__()

    def __exit__(self, *error):
        dies = self.left[0] == 0 and error[0] is None
        if dies and not self.after:
            self.inner.__exit__(Killed, Killed(), None)
            raise Killed
        found = self.inner.__exit__(*error)
        if dies:
            raise Killed
        return found


def test_a_recording_on_which_the_engine_kills_the_office_is_left_to_a_person(office):
    def deadly(*_):
        raise Killed

    office.keep()
    for _ in range(brought.HEAR_TRIES):
        with pytest.raises(Killed):
            office.passes(LEASE.total_seconds() + 1, deadly)
    office.passes(LEASE.total_seconds() + 1, deadly)
    assert office.row().heard_at
    assert office.row().words is None


# ---- heard


def test_an_engine_that_cannot_work_is_refused_when_the_office_starts(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JIESU_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("JIESU_HEARING", "vosk")
    monkeypatch.setenv("JIESU_HEARING_MODEL", str(tmp_path / "nowhere"))
    monkeypatch.setattr(starting.logs, "set_up", lambda _level: None)
    assert starting.main() == 1
    assert "vosk: the model folder does not exist" in capsys.readouterr().err


def test_heard_words_are_a_customers_message_that_nobody_answers(office):
    office.keep()
    office.passes(engine=lambda *_: "送来的沙发坏了，我要退款")
    assert office.said() == [("customer", "送来的沙发坏了，我要退款")]
    assert office.row().words == "送来的沙发坏了，我要退款"
    office.house.reception.finish_unanswered(office.clock() + timedelta(minutes=5))
    assert len(office.said()) == 1
    with office.house.db.reading() as conn:
        whole = record.whole(conn, office.complaint)
    (word,), (sound,) = whole["words"], whole["evidence"]
    assert sound["message"] == word["id"]
    assert whole["story"] == "送来的沙发坏了，我要退款"
    assert whole["wanted"]["kinds"] == ["refund"]


def test_a_danger_in_heard_words_raises_the_tier_and_pages(office):
    office.keep()
    office.passes(engine=lambda *_: "你们装的热水器漏气，我妈头晕送医院了")
    with office.house.db.reading() as conn:
        row = complaints.get(conn, office.complaint)
        assert row.tier == 3
        assert "safety" in complaints.flags(conn, office.complaint)
    assert "safety" in office.pages()
    assert [author for author, _ in office.said()] == ["customer"]


def test_the_call_s_language_and_our_hints_reach_the_engine(office):
    with office.house.db.writing() as conn:
        calls.change(conn, CALL, language="cantonese")
    got = []
    office.keep()
    office.passes(engine=lambda sound, language, hints: got.append((language, "投诉" in hints)) or "")
    assert got == [("zh-HK", True)]


@pytest.mark.parametrize("engine", [None, lambda *_: "", lambda *_: 1 / 0])
def test_without_words_the_sound_stays_and_nothing_is_invented(office, engine):
    office.keep()
    office.passes(engine=engine)
    assert office.row().heard_at
    assert office.row().words is None
    assert office.said() == []
    assert len(office.evidence()) == 1


def test_a_talk_is_heard_side_by_side_and_is_no_message(office):
    office.company.tapes[SID] = talk(tone(1, pitch=300), tone(1, pitch=700))
    office.keep(kind="talk")
    spoken = iter(["我要退款", "好的，马上办"])
    office.passes(engine=lambda *_: next(spoken))
    assert json.loads(office.row().words) == ["我要退款", "好的，马上办"]
    assert office.said() == []
    with office.house.db.reading() as conn:
        assert complaints.flags(conn, office.complaint) == set()


def test_two_channels_are_a_talk_though_it_was_called_a_message(office):
    office.company.tapes[SID] = talk(tone(1), tone(1))
    office.keep(kind="message")
    office.passes(engine=lambda *_: "货坏了")
    assert office.row().kind == "talk"
    assert office.said() == []
    assert office.evidence()[0].name.startswith("talk-")


def test_a_talk_without_an_engine_is_just_the_sound(office):
    office.company.tapes[SID] = talk(tone(1), tone(1))
    office.keep(kind="talk")
    office.passes()
    assert office.row().words is None
    assert len(office.evidence()) == 1


def test_a_recording_of_a_call_that_could_not_be_stored_is_evidence_without_a_message(office):
    other = "RE" + "4" * 32
    office.company.tapes[other] = SOUND
    with office.house.db.writing() as conn:
        about = {"status": "completed", "seconds": 1, "at": office.clock()}
        recordings.keep(conn, sid=other, call_sid="CA-unknown", complaint_id=office.complaint, **about)
    office.passes(engine=lambda *_: "货坏了")
    assert office.row(other).words == "货坏了"
    assert office.said() == []


def test_no_words_and_no_ids_reach_the_log(office, caplog):
    office.company.refuses = [Unreachable(f"no {SID} of 13800138000")]
    office.keep()
    office.passes()
    office.passes(5, lambda *_: "货坏了，电话13800138000")
    for secret in (SID, "13800138000", "货坏了"):
        assert secret not in caplog.text
