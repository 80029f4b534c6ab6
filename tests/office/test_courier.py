"""Every row of the table of what follows an attempt, with the store, a clock, and a fake wire."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core import events as names
from core.delivery import Answer
from office import alarms, courier, outgoing
from office.courier import Courier
from office.outgoing import Reply
from store import deliveries, events, record
from store.schema import deliveries as table
from tests.fakes.backoffice import ScriptedBackOffice, answers
from tests.fakes.clock import Clock
from tests.fakes.complaints import NOON, SECRET, change, complaint, database, destination

OK = Reply(Answer(200), "200")
GONE = Reply(Answer(410), "410")
HOURS = (2, 5, 10, 14, 20, 24)
WAITS = [timedelta(0), timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)]
WAITS += [timedelta(hours=hours) for hours in HOURS]


@pytest.fixture
def db(tmp_path):
    db = database(tmp_path)
    yield db
    db.close()


class Wire:
    """Answers by a script, then 200; keeps what it was asked."""

    def __init__(self, *script):
        self.script = list(script)
        self.asked = []

    def __call__(self, url, body, headers, *, private):
        self.asked.append((url, headers["webhook-id"]))
        return self.script.pop(0) if self.script else OK


@pytest.fixture
def clock():
    return Clock()


def office(db, clock, *script):
    wire = Wire(*script)
    return Courier(db, clock, chance=lambda: 0.0, post=wire), wire


def rows(db):
    with db.reading() as conn:
        return conn.execute(select(table).order_by(table.c.id)).all()


def one(db, **options):
    with db.writing() as conn:
        destination(conn)
        return complaint(conn, 1, **options)


def work(carrier):
    """Everything that is due, to its end."""
    carrier.work(5)
    carrier.close(5)
    carrier._tours.clear()


def pages(db, id):
    with db.reading() as conn:
        found = events.of_complaint(conn, id)
    return [event.data["reason"] for event in found if event.name == names.SUPERVISOR_PAGED]


def test_2xx_is_sent(db, clock):
    one(db)
    carrier, wire = office(db, clock)
    work(carrier)
    (row,) = rows(db)
    assert (row.state, row.attempts, row.last_answer, row.settled_at) == ("sent", 1, "200", NOON)
    assert len(wire.asked) == 1


NOTHING = [None, 301, 308, 408, 425, 500, 502, 503, 504]


@pytest.mark.parametrize("status", NOTHING)
def test_no_answer_waits_for_the_next_slot_until_all_are_used(db, clock, status):
    id = one(db)
    reply = Reply(Answer(status), str(status))
    carrier, wire = office(db, clock, *[reply] * 99)
    for number, wait in enumerate(WAITS):
        clock.now = clock.now + wait - timedelta(milliseconds=1)
        if number:
            work(carrier)
            assert len(wire.asked) == number
        clock.pass_(milliseconds=1)
        work(carrier)
        assert len(wire.asked) == number + 1
    (row,) = rows(db)
    assert clock.now - NOON == timedelta(hours=75, minutes=35, seconds=5)
    assert (row.state, row.reason, row.attempts) == ("dead", "exhausted", 10)
    assert pages(db, id) == [alarms.DELIVERY_DEAD]
    assert len({id for _, id in wire.asked}) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_waited_for_and_not_counted(db, clock, status):
    one(db)
    carrier, wire = office(db, clock, *[Reply(Answer(status, timedelta(seconds=90)), "x")] * 20)
    for _ in range(20):
        work(carrier)
        clock.pass_(seconds=89)
        work(carrier)
        clock.pass_(seconds=1)
    assert len(wire.asked) == 20
    assert rows(db)[0].attempts == 0
    work(carrier)
    assert rows(db)[0].state == "sent"


def test_429_without_a_time_takes_the_next_slot(db, clock):
    one(db)
    carrier, _ = office(db, clock, Reply(Answer(429), "429"))
    work(carrier)
    assert (rows(db)[0].attempts, rows(db)[0].due_at) == (1, NOON + timedelta(seconds=5))


def test_410_switches_off_alarms_once_and_keeps_the_rows(db, clock):
    id = one(db)
    with db.writing() as conn:
        complaint(conn, 20)
    carrier, wire = office(db, clock, GONE, GONE)
    work(carrier)
    clock.pass_(hours=100)
    work(carrier)
    assert len(wire.asked) <= 2
    assert {row.state for row in rows(db)} == {"waiting"}
    with db.reading() as conn:
        assert deliveries.active(conn) == []
        paged = [e for e in events.after(conn, 0) if e.name == names.SUPERVISOR_PAGED]
    assert [event.data["reason"] for event in paged] == [alarms.DESTINATION_OFF]
    assert id


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_other_4xx_alarm_at_once_and_die_after_the_third(db, clock, status):
    id = one(db)
    with db.writing() as conn:
        change(conn, id)
    carrier, wire = office(db, clock, *[Reply(Answer(status), str(status))] * 3)
    work(carrier)
    assert pages(db, id) == [alarms.DELIVERY_REFUSED]
    for wait in (5, 300):
        clock.pass_(seconds=wait)
        work(carrier)
    first, second = rows(db)
    assert (first.state, first.reason) == ("dead", "refused")
    assert second.state == "sent"
    assert pages(db, id) == [alarms.DELIVERY_REFUSED, alarms.DELIVERY_DEAD]
    assert len(wire.asked) == 4


def test_a_hiccup_of_404_passes(db, clock):
    one(db)
    carrier, _ = office(db, clock, Reply(Answer(404), "404"))
    work(carrier)
    clock.pass_(seconds=5)
    work(carrier)
    assert rows(db)[0].state == "sent"


def test_after_a_long_outage_the_first_success_brings_everything_within_a_minute(db, clock):
    with db.writing() as conn:
        destination(conn)
        for n in range(12):
            id = complaint(conn, n * 20)
            change(conn, id)
    carrier, wire = office(db, clock, *[Reply(Answer(500), "500")] * 12 * 9)
    for wait in WAITS[:9]:
        clock.now += wait
        work(carrier)
    assert {row.state for row in rows(db)} == {"waiting"}
    with db.writing() as conn:
        complaint(conn, 900)  # a new one proves that the back office is there again
    work(carrier)
    clock.pass_(minutes=1)
    work(carrier)
    assert {row.state for row in rows(db)} == {"sent"}
    order = [(row.complaint_id, row.settled_at) for row in rows(db)]
    assert order
    assert len(wire.asked) == 12 * 9 + 25


def test_a_slow_destination_does_not_hold_up_another(db, clock):
    with db.writing() as conn:
        destination(conn, "slow", url="http://127.0.0.1:9/slow")
        destination(conn, "quick", url="http://127.0.0.1:9/quick")
        for n in range(9):
            complaint(conn, n * 20)
    free = threading.Event()
    asked = []

    def post(url, body, headers, *, private):
        asked.append(url)
        if url.endswith("slow"):
            free.wait(60)
        return OK

    carrier = Courier(db, clock, post=post)
    until = time.monotonic() + 20
    while asked.count("http://127.0.0.1:9/quick") < 9 and time.monotonic() < until:
        carrier.work(0.5)
    assert asked.count("http://127.0.0.1:9/quick") == 9
    assert sum(url.endswith("slow") for url in asked) == courier.AT_A_TIME
    assert not carrier.close(0.05)
    free.set()
    assert carrier.close(5)


def test_at_most_four_at_a_time_and_in_order_per_complaint(db):
    with ScriptedBackOffice(SECRET, then=answers(200, stall=0.02)) as desk:
        with db.writing() as conn:
            destination(conn, url=desk.url)
            ids = [complaint(conn, n * 20) for n in range(8)]
            for id in ids * 2:
                change(conn, id)
        Courier(db, lambda: datetime.now(UTC)).work(20)
        assert 1 < desk.busiest <= courier.AT_A_TIME
        assert len(desk.received) == 24


def test_500_waiting_rows_arrive_in_order_none_twice(db):
    drained(db, complaints=25, each=20)


def drained(db, complaints, each):
    with ScriptedBackOffice(SECRET) as desk:
        with db.writing() as conn:
            destination(conn, url=desk.url)
            ids = [complaint(conn, n * 20) for n in range(complaints)]
            for _ in range(each - 1):
                for id in ids:
                    change(conn, id)
        carrier = Courier(db, lambda: datetime.now(UTC))
        started = time.monotonic()
        carrier.work(60)
        spent = time.monotonic() - started
        assert len(desk.received) == complaints * each
        assert desk.refused == desk.repeated == 0
        last: dict[str, int] = {}
        for got in desk.received:
            event = int(got.id.split("_")[1])
            assert last.get(got.number, 0) < event
            last[got.number] = event
        assert {row.state for row in rows(db)} == {"sent"}
        print(f"{complaints * each / spent:.0f} deliveries a second")


def test_two_couriers_send_nothing_twice(db):
    with ScriptedBackOffice(SECRET) as desk:
        with db.writing() as conn:
            destination(conn, url=desk.url)
            for n in range(60):
                complaint(conn, n * 20)
        carriers = [Courier(db, lambda: datetime.now(UTC)) for _ in range(2)]
        threads = [threading.Thread(target=carrier.work, args=(30,)) for carrier in carriers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (len(desk.received), len(desk.asked)) == (60, 60)


def test_a_complaint_that_cannot_be_written_is_put_off_and_stops_nobody(db, clock, monkeypatch):
    bad = one(db)
    with db.writing() as conn:
        complaint(conn, 20)
    whole = record.whole

    def broken(conn, id):
        if id == bad:
            raise KeyError("13800138000")
        return whole(conn, id)

    monkeypatch.setattr(record, "whole", broken)
    carrier, wire = office(db, clock)
    work(carrier)
    first, second = rows(db)
    assert (first.state, first.last_answer) == ("waiting", courier.BROKEN)
    assert second.state == "sent"
    assert len(wire.asked) == 1
    assert pages(db, bad) == [alarms.DELIVERY_REFUSED]


def test_a_weak_key_is_our_own_mistake(db, clock):
    with db.writing() as conn:
        deliveries.set_destination(conn, "default", "http://127.0.0.1:9/", "whsec_c2hvcnQ=", NOON)
        complaint(conn, 1)
    carrier, wire = office(db, clock)
    work(carrier)
    assert (rows(db)[0].last_answer, wire.asked) == (courier.BROKEN, [])


def test_a_death_between_sending_and_marking_sends_the_same_id_again(db, clock, monkeypatch):
    one(db)
    carrier, wire = office(db, clock)
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "mark_sent", lambda *args: 1 / 0)
        work(carrier)
    assert rows(db)[0].state == "waiting"
    clock.pass_(seconds=59)
    work(carrier)
    assert len(wire.asked) == 1
    clock.pass_(seconds=1)
    work(carrier)
    assert len(wire.asked) == 2
    assert len({id for _, id in wire.asked}) == 1
    assert rows(db)[0].state == "sent"


def test_the_log_holds_no_words(db, clock, caplog):
    one(db)
    carrier, _ = office(db, clock, Reply(Answer(None), "timeout"))
    with caplog.at_level("DEBUG"):
        work(carrier)
    assert "timeout" in caplog.text
    assert "送来" not in caplog.text
    assert SECRET not in caplog.text


def test_a_row_that_fails_alone_is_not_woken_for_ever(db, clock):
    bad = one(db)
    asked = []

    def post(url, body, headers, *, private):
        asked.append(mine := b'"number":"1000000' in body and number.encode() in body)
        return Reply(Answer(500), "500") if mine else OK

    with db.reading() as conn:
        number = record.whole(conn, bad)["number"]
    carrier = Courier(db, clock, chance=lambda: 0.0, post=post)
    for n in range(1, 60):
        with db.writing() as conn:
            complaint(conn, n * 20, at=clock.pass_(seconds=1))
        work(carrier)
    assert asked.count(True) <= 2 + deliveries.MOST_WAKES
    assert rows(db)[0].state == "waiting"
    for _ in range(20):
        clock.pass_(hours=24)
        work(carrier)
    with db.writing() as conn:
        complaint(conn, 9000, at=clock.now)
    work(carrier)
    assert (rows(db)[0].state, rows(db)[0].reason) == ("dead", "exhausted")


def test_redirects_and_bodies_never_reach_the_store(db):
    with ScriptedBackOffice(SECRET, script=[answers(302)]) as desk:
        with db.writing() as conn:
            destination(conn, url=desk.url)
            complaint(conn, 1)
        carrier = Courier(db, lambda: datetime.now(UTC), post=outgoing.post)
        carrier.work(5)
    assert (rows(db)[0].state, rows(db)[0].last_answer) == ("waiting", "302")
