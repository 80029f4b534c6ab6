"""The chain of hashes: every event is in it, and whoever changes, drops, adds or cuts is found out."""

import hashlib
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.audit import ADDED, ANCHOR, CHANGED, CUT, FIRST, MISSING, TITLE, Fault, event_hash, link, noted
from office import alarms, trail
from office.trail import Trail
from store import audit, events
from tests.fakes.clock import Clock
from tests.fakes.complaints import complaint, database


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def trails(db, tmp_path):
    house: Any = SimpleNamespace(db=db)
    return Trail(house, tmp_path / "heads" / "audit-heads.txt")


@pytest.fixture
def sealed(db, trails, clock):
    """Three complaints, everything about them in the chain."""
    with db.writing() as conn:
        for n in range(3):
            complaint(conn, n)
    trails.work(clock())
    return trails


def verdict(db, anchors=None):
    with db.reading() as conn:
        return audit.examine(conn, anchors or {})


def count(db, table):
    with db.reading() as conn:
        return conn.execute(text(f"SELECT count(*) FROM {table}")).scalar()


def test_every_event_is_linked_and_the_chain_is_sound(db, sealed):
    assert count(db, "audit") == count(db, "events") == 9
    assert verdict(db) == (count(db, "events"), None)


def test_the_hash_is_made_as_it_is_written_down(db, sealed):
    """Recomputed here from the bare definition, so that the chain can be checked without this program."""
    with db.reading() as conn:
        links = conn.execute(text("SELECT seq, event_hash, prev, hash FROM audit ORDER BY seq")).all()
    before = FIRST
    for seq, hashed, prev, whole in links:
        assert prev == before
        assert whole == hashlib.sha256(f"{TITLE}\n{seq}\n{hashed}\n{prev}".encode()).hexdigest()
        before = whole


def test_the_salt_keeps_a_guess_from_being_tried_out(db, sealed):
    """Two events that say the same have different hashes, and one that is known in full but for its salt
    cannot be recognised."""
    said = {"id": 1, "name": "x", "at": Clock()(), "data": {"phone": "13800138000"}}
    hashes = {event_hash(audit.written(said | {"salt": salt})) for salt in ("a", "b", "a")}
    assert len(hashes) == 2
    with db.reading() as conn:
        salts = conn.execute(text("SELECT salt FROM events")).scalars().all()
    assert len(set(salts)) == len(salts)
    assert all(len(salt) == 2 * trail.SALT_BYTES for salt in salts)


def test_the_trail_holds_hashes_only(db, sealed):
    with db.reading() as conn:
        told = json.dumps([list(row) for row in conn.execute(text("SELECT * FROM audit"))])
    assert "message_heard" not in told
    assert "送来就坏了" not in told


@pytest.mark.parametrize(
    "change",
    ["UPDATE audit SET hash = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2", "DELETE FROM audit"],
)
def test_the_database_refuses_to_change_the_trail(change, db, sealed):
    with pytest.raises(IntegrityError, match="only added to"), db.writing() as conn:
        conn.execute(text(change))
    assert verdict(db)[1] is None


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ("UPDATE events SET name = 'note_added' WHERE id = 4", Fault(CHANGED, 4)),
        ("UPDATE events SET at = '2026-03-02 03:59:59' WHERE id = 4", Fault(CHANGED, 4)),
        ("UPDATE events SET user_id = NULL, data = '{\"x\": 1}' WHERE id = 4", Fault(CHANGED, 4)),
        ("UPDATE events SET salt = NULL WHERE id = 1", Fault(CHANGED, 1)),
        ("DELETE FROM deliveries; DELETE FROM events WHERE id = 5", Fault(MISSING, 5)),
        ("UPDATE audit SET event_hash = 'x' WHERE seq = 3", Fault(CHANGED, 3)),
        ("UPDATE audit SET hash = 'x' WHERE seq = 3", Fault(CHANGED, 3)),
        ("DELETE FROM audit WHERE seq = 6", Fault(MISSING, 6)),
        ("DELETE FROM audit WHERE seq = 1", Fault(MISSING, 1)),
    ],
)
def test_the_first_bad_link_is_named(change, fault, db, sealed):
    without_references(db, change)
    sound, found = verdict(db)
    assert found == fault
    assert sound == fault.at - 1


def without_references(db, change):
    """Outside of any transaction, since foreign keys can only be switched off there."""
    with db._engine.connect() as conn:
        raw = conn.connection.driver_connection
        raw.execute("PRAGMA foreign_keys = OFF")
        for name in ("audit_no_update", "audit_no_delete"):
            raw.execute(f"DROP TRIGGER {name}")
        for statement in change.split(";"):
            raw.execute(statement)
        raw.execute("PRAGMA foreign_keys = ON")


def test_an_event_slipped_in_later_is_found(db, sealed, clock):
    without_references(
        db, "DELETE FROM deliveries; DELETE FROM audit WHERE seq = 5; DELETE FROM events WHERE id = 5"
    )
    with db.writing() as conn:
        links = conn.execute(
            text("SELECT seq, event_id, event_hash, prev, hash FROM audit ORDER BY seq")
        ).all()
        remade, before = [], FIRST
        for seq, (_, event_id, hashed, _, _) in enumerate(links, 1):
            remade.append(link(seq, event_id, hashed, before))
            before = remade[-1].hash
        conn.execute(text("DELETE FROM audit"))
        for each in remade:
            conn.execute(
                text("INSERT INTO audit VALUES (:seq, :event_id, :event_hash, :prev, :hash)"), vars(each)
            )
    assert verdict(db)[1] is None  # made anew in full: only a note kept elsewhere tells
    anchors = {links[-1].seq: links[-1].hash}
    assert verdict(db, anchors)[1] == Fault(CUT, len(remade) + 1)
    assert verdict(db, {7: links[6].hash, 3: remade[2].hash})[1] == Fault(ANCHOR, 7)
    with db.writing() as conn:
        conn.execute(
            text("INSERT INTO events (id, name, at, data) VALUES (5, 'note_added', '2026-03-02', '{}')")
        )
    assert verdict(db)[1] == Fault(ADDED, 5)


def test_a_long_history_is_linked_in_turns_and_in_order(db, trails, clock, monkeypatch):
    monkeypatch.setattr(trail, "BATCH", 7)
    monkeypatch.setattr(trail, "BATCHES", 2)
    with db.writing() as conn:
        for _ in range(30):
            events.append(conn, "note_added", clock())
    trails.work(clock())
    assert count(db, "audit") == 14
    for _ in range(3):
        trails.work(clock())
    assert count(db, "audit") == 30
    assert verdict(db) == (30, None)


def test_nothing_is_written_when_nothing_happened(db, sealed, clock):
    before = db.writes
    sealed.work(clock())
    assert db.writes == before


def test_an_event_that_is_not_linked_in_time_raises_an_alarm(db, trails, clock, monkeypatch):
    monkeypatch.setattr(trail, "BATCH", 1)
    monkeypatch.setattr(trail, "BATCHES", 1)
    with db.writing() as conn:
        for _ in range(3):
            events.append(conn, "note_added", clock())
    trails.work(clock())
    assert not _alarms(db)
    clock.pass_(seconds=61)
    trails.work(clock())
    assert _alarms(db) == [alarms.TRAIL_LATE]


def _alarms(db):
    with db.reading() as conn:
        return [event.data["reason"] for event in events.after(conn, 0) if event.name == "supervisor_paged"]


def test_the_head_is_noted_every_hour_in_a_private_file(db, sealed, clock, tmp_path):
    file = tmp_path / "heads" / "audit-heads.txt"
    first = file.read_text().split()
    assert file.stat().st_mode & 0o777 == 0o600
    with db.reading() as conn:
        head = audit.head(conn)
    assert head is not None
    assert first[1:] == [str(head.seq), head.hash]
    assert noted(file.read_text()) == {head.seq: head.hash}
    clock.pass_(minutes=59)
    sealed.work(clock())
    assert len(file.read_text().splitlines()) == 1
    clock.pass_(minutes=2)
    sealed.work(clock())
    assert len(file.read_text().splitlines()) == 2


def test_a_reader_can_say_how_long_something_waits(db, sealed, clock):
    with db.writing() as conn:
        events.append(conn, "note_added", clock() + timedelta(seconds=1))
    with db.reading() as conn:
        assert audit.waiting_since(conn) == clock() + timedelta(seconds=1)


@pytest.mark.parametrize(
    "line", ["", "x", "2026 1", "2026 x " + "0" * 64, "2026 1 abc", "2026 0 " + "0" * 64]
)
def test_a_note_that_cannot_be_read_is_refused(line):
    assert noted("") == {}
    with pytest.raises(ValueError, match="line 2"):
        noted("2026-03-02T04:00:00Z 1 " + "a" * 64 + "\n" + line + "\n")
