"""The hub: who is woken by what, and that whoever follows by cursor gets everything once and in order."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from reception.hub import DESK, KEPT, Hub, LineOf
from store import conversations, customers, events, handoffs, live, users, viewers
from tests.fakes.clock import Clock
from tests.fakes.complaints import complaint, database

SOON = 5.0
"""Far more than a wake needs; a test that waits so long has failed."""
NEVER = 0.4
"""Long enough to see that nobody was woken."""


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def hub(db, clock):
    return Hub(db, clock, look_again=0.05)


@pytest.fixture
def ids(db, clock):
    """Two complaints with a conversation each: [(complaint, conversation), ...]."""
    made = []
    with db.writing() as conn:
        for n in range(2):
            of, id = complaint(conn, n + 1), f"talk-{n}"
            who = customers.known_as(conn, "cookie", id, clock())
            conversations.start(conn, id=id, channel="web", customer_id=who, sender=id, at=clock())
            conversations.change(conn, id, complaint_id=of)
            made.append((of, id))
    return made


def settle(ear):
    """Let what stands now be over: the reader rings everybody once when it begins."""
    while ear.wait(NEVER):
        pass
    ear.take()
    ear.take_call()


def note(db, clock, **about):
    with db.writing() as conn:
        return events.append(conn, "note_added", clock(), **about)


def test_a_chat_hears_of_its_own_conversation_and_the_desk_of_all(hub, db, clock, ids):
    (_, mine), (_, other) = ids
    with hub.listen(mine) as chat, hub.listen(DESK) as desk:
        settle(chat), settle(desk)
        note(db, clock, conversation_id=other)
        assert desk.wait(SOON)
        assert not chat.wait(NEVER)
        note(db, clock, conversation_id=mine)
        assert chat.wait(SOON)
        assert desk.wait(SOON)


def test_what_happens_to_a_complaint_concerns_its_conversation(hub, db, clock, ids):
    (of, mine), (other, _) = ids
    with hub.listen(mine) as chat:
        settle(chat)
        note(db, clock, complaint_id=other)
        assert not chat.wait(NEVER)
        note(db, clock, complaint_id=of)
        assert chat.wait(SOON)


def test_another_process_is_heard_of_without_a_bell(hub, db, clock, ids, tmp_path):
    (_, mine), _ = ids
    elsewhere = type(db)(db.url)
    with hub.listen(mine) as chat:
        settle(chat)
        note(elsewhere, clock, conversation_id=mine)
        assert chat.wait(SOON)


def test_memory_reaches_from_where_the_reader_began(hub, db, clock, ids):
    _, (_, mine) = ids
    early = note(db, clock, conversation_id=mine)
    with hub.listen(DESK) as desk:
        settle(desk)
        assert hub.past(early - 1) is None
        assert list(hub.past(early)) == []
        later = [note(db, clock, conversation_id=mine) for _ in range(3)]
        while len(hub.past(early)) < 3:
            assert desk.wait(SOON)
        assert [row.id for row in hub.past(early)] == later
        assert [row.id for row in hub.past(later[1])] == later[2:]
        assert hub.past(later[2] + 1) is None


def test_memory_has_an_end_and_knows_it(hub, db, clock, ids):
    with db.reading() as conn:
        start = events.last(conn)
    with hub.listen(DESK) as desk:
        settle(desk)
        with db.writing() as conn:
            last = [events.append(conn, "note_added", clock()) for _ in range(KEPT + 10)][-1]
        while not (kept := hub.past(last - 5)):
            assert desk.wait(SOON)
        assert [row.id for row in kept] == list(range(last - 4, last + 1))
        assert hub.past(start) is None


def test_a_follower_by_cursor_misses_nothing_while_many_write(hub, db, clock, ids):
    """Four writers, one of them in another process's stead, and three readers that come and go."""
    _, (_, mine) = ids
    with db.reading() as conn:
        start = events.last(conn)
    written = [[], [], [], []]
    stop = threading.Event()
    found = [[], [], []]

    def write(mine_, into):
        for _ in range(30):
            into.append(note(mine_, clock, conversation_id=mine))

    def read(into):
        cursor = start
        while not (stop.is_set() and len(into) >= 120):
            with hub.listen(mine) as ear:
                for _ in range(5):
                    with db.reading() as conn:
                        rows = live.signs(conn, cursor, 7)
                    into.extend(row.id for row in rows)
                    cursor = rows[-1].id if rows else cursor
                    if not rows and not ear.wait(SOON):
                        return

    databases = [db, db, db, type(db)(db.url)]
    writers = [threading.Thread(target=write, args=pair) for pair in zip(databases, written, strict=True)]
    readers = [threading.Thread(target=read, args=(into,)) for into in found]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in readers:
        thread.join(4 * SOON)
    told = sorted(id for one in written for id in one)
    assert [sorted(set(one)) for one in written] == written
    assert found == [told, told, told]


def test_the_reader_rests_while_nobody_listens(hub, db, clock, ids):
    with hub.listen(DESK) as desk:
        settle(desk)
    until = time.monotonic() + SOON
    while hub._reader is not None:
        assert time.monotonic() < until
        time.sleep(0.01)
    with hub.listen(DESK) as desk:
        settle(desk)
        note(db, clock)
        assert desk.wait(SOON)


def test_a_stop_wakes_everybody(db, clock, ids):
    stopping = threading.Event()
    hub = Hub(db, clock, stopping.is_set, look_again=0.05)
    with hub.listen("talk-0") as chat, hub.listen(DESK) as desk:
        settle(chat), settle(desk)
        stopping.set()
        assert chat.wait(SOON)
        assert desk.wait(SOON)


def test_whoever_waits_is_told_when_the_place_moves(hub, db, clock, ids):
    (first, one), (second, two) = ids
    with db.writing() as conn:
        before = handoffs.ask(conn, conversation_id=one, complaint_id=first, reason="asked", at=clock())
        handoffs.ask(
            conn, conversation_id=two, complaint_id=second, reason="asked", at=clock.pass_(seconds=1)
        )
        assert handoffs.places_of(conn) == {one: 0, two: 1}
    with hub.listen(two) as chat:
        settle(chat)
        with db.writing() as conn:
            handoffs.end(conn, before, "customer_left", clock())
        assert chat.wait(SOON)
    with db.reading() as conn:
        assert handoffs.places_of(conn) == {two: 0}


def test_who_looks_and_who_writes_stirs_the_desk_and_ends_by_itself(hub, db, clock, ids):
    (of, _), _ = ids
    with db.writing() as conn:
        who = users.add(
            conn, login="a", public_name="A", role="agent", password_hash="", at=clock(), phone=None
        )
    with hub.listen(DESK) as desk:
        settle(desk)
        with db.writing() as conn:
            viewers.look(conn, of, who, clock() + timedelta(seconds=25), None)
        assert desk.wait(SOON)
        (number,) = desk.take()
        with db.writing() as conn:
            viewers.look(conn, of, who, clock() + timedelta(seconds=30), None)
        assert not desk.wait(4 * NEVER)  # still the same who looks
        clock.pass_(seconds=31)
        assert desk.wait(SOON)
        assert desk.take() == [number]


def test_only_the_agents_own_line_is_marked(hub, db, clock, ids, monkeypatch):
    told = {}
    monkeypatch.setattr("reception.offers.lines", lambda _conn, _at: dict(told))
    with hub.listen(DESK, LineOf(7)) as mine, hub.listen(DESK, LineOf(8)) as other:
        settle(mine), settle(other)
        told[7] = "ringing:1"
        db.ring()
        assert mine.wait(SOON)
        assert mine.take_call()
        assert not mine.take_call()
        assert not other.take_call()


def test_a_database_that_refuses_is_asked_again(hub, db, clock, ids, monkeypatch, caplog):
    from store.db import SQLAlchemyError

    real, broken = live.signs, threading.Event()

    def signs(*arguments):
        if broken.is_set():
            raise SQLAlchemyError("locked")
        return real(*arguments)

    monkeypatch.setattr("store.live.signs", signs)
    with hub.listen(DESK) as desk:
        settle(desk)
        broken.set()
        note(db, clock)
        assert not desk.wait(NEVER)
        broken.clear()
        assert desk.wait(SOON)
    assert "could not be read" in caplog.text
