"""Deliveries: claimed in order per complaint, leased, marked, never deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from core import events as names
from store import deliveries, events
from store.schema import deliveries as table
from store.schema import destinations
from tests.fakes.complaints import NOON, change, complaint, database, destination, register

SECOND = timedelta(seconds=1)


@pytest.fixture
def db(tmp_path):
    db = database(tmp_path)
    yield db
    db.close()


@pytest.fixture
def conn(db):
    with db.writing() as conn:
        yield conn


def rows(conn):
    return conn.execute(select(table).order_by(table.c.id)).all()


def claim_all(conn, to, now=NOON):
    claimed = [deliveries.claim(conn, id, now) for id in deliveries.ready(conn, to, now, 100)]
    return [row for row in claimed if row]


def test_an_outward_event_makes_one_row_per_destination_in_force(conn):
    destination(conn, "a")
    off = destination(conn, "b")
    deliveries.switch_off(conn, off)
    complaint(conn, 1)
    assert [(row.type, row.state) for row in rows(conn)] == [("complaint.registered", "waiting")]


def test_a_draft_is_not_delivered(conn):
    destination(conn)
    complaint(conn, 1, registered=False)
    assert rows(conn) == []


def test_only_the_first_waiting_row_of_a_complaint_is_ready(conn):
    to = destination(conn)
    a, b = complaint(conn, 1), complaint(conn, 20)
    change(conn, a)
    change(conn, b)
    assert {row.complaint_id for row in claim_all(conn, to)} == {a, b}
    assert claim_all(conn, to) == []


def test_a_later_row_cannot_be_claimed_past_an_earlier_one(conn):
    destination(conn)
    change(conn, complaint(conn, 1))
    first, second = rows(conn)
    assert deliveries.claim(conn, second.id, NOON) is None
    claimed = deliveries.claim(conn, first.id, NOON)
    assert claimed is not None
    deliveries.mark_sent(conn, claimed, "200", NOON)
    assert deliveries.claim(conn, second.id, NOON) is not None


def test_an_earlier_row_that_is_not_due_holds_the_later_ones(conn):
    to = destination(conn)
    change(conn, complaint(conn, 1))
    row = claim_all(conn, to)[0]
    deliveries.mark_again(conn, row, "500", NOON + 300 * SECOND, counted=True)
    assert deliveries.ready(conn, to, NOON + SECOND, 9) == []
    assert deliveries.ready(conn, to, NOON + 300 * SECOND, 9) == [row.id]


def test_destinations_do_not_wait_for_each_other(conn):
    slow, quick = destination(conn, "slow"), destination(conn, "quick")
    complaint(conn, 1)
    assert len(claim_all(conn, slow)) == 1
    assert len(claim_all(conn, quick)) == 1


def test_the_gravest_complaint_goes_first(conn):
    to = destination(conn)
    complaint(conn, 1)
    grave = complaint(conn, 20, tier=3)
    assert claim_all(conn, to)[0].complaint_id == grave


def test_a_lease_holds_60_s_and_then_ends(conn):
    to = destination(conn)
    complaint(conn, 1)
    assert claim_all(conn, to)
    assert claim_all(conn, to, NOON + 59 * SECOND) == []
    assert claim_all(conn, to, NOON + 60 * SECOND)


def test_a_lease_that_reaches_further_ahead_than_60_s_is_void(conn):
    to = destination(conn)
    complaint(conn, 1)
    claim_all(conn, to, NOON)
    assert claim_all(conn, to, NOON - 3600 * SECOND) == []  # due later than this clock says
    conn.execute(update(table).values(leased_until=NOON + 61 * SECOND))
    assert claim_all(conn, to, NOON)


def test_marks_of_a_lost_lease_change_nothing_but_sent_is_sent(conn):
    to = destination(conn)
    complaint(conn, 1)
    late = claim_all(conn, to)[0]
    current = claim_all(conn, to, NOON + 61 * SECOND)[0]
    deliveries.mark_again(conn, late, "500", NOON + 9999 * SECOND, counted=True)
    deliveries.mark_dead(conn, late, "500", "exhausted", NOON)
    assert rows(conn)[0].leased_until == current.lease
    deliveries.mark_sent(conn, late, "200", NOON)
    assert rows(conn)[0].state == "sent"
    deliveries.mark_again(conn, current, "500", NOON, counted=True)
    assert rows(conn)[0].state == "sent"


def test_uncounted_attempts_are_not_counted(conn):
    to = destination(conn)
    complaint(conn, 1)
    deliveries.mark_again(conn, claim_all(conn, to)[0], "429", NOON, counted=False)
    assert rows(conn)[0].attempts == 0
    deliveries.mark_again(conn, claim_all(conn, to)[0], "500", NOON, counted=True)
    assert (rows(conn)[0].attempts, rows(conn)[0].last_answer) == (1, "500")


def test_a_success_wakes_what_sleeps_and_what_died_of_exhaustion(conn):
    to = destination(conn)
    for n in (1, 20, 40, 60):
        complaint(conn, n)
    sleeping, exhausted, refused, sent = claim_all(conn, to)
    deliveries.mark_again(conn, sleeping, "500", NOON + 72_000 * SECOND, counted=True)
    deliveries.mark_dead(conn, exhausted, "500", "exhausted", NOON)
    deliveries.mark_dead(conn, refused, "400", "refused", NOON)
    deliveries.mark_sent(conn, sent, "200", NOON + SECOND)
    assert deliveries.ready(conn, to, NOON + 60 * SECOND, 9) == [sleeping.id, exhausted.id]
    assert [row.reason for row in deliveries.dead_letters(conn)] == ["refused"]


def test_a_row_that_the_receiver_put_off_is_brought_when_it_said(conn):
    to = destination(conn)
    complaint(conn, 1)
    complaint(conn, 20)
    put_off, sent = claim_all(conn, to)
    deliveries.mark_again(conn, put_off, "429", NOON + 600 * SECOND, counted=False)
    deliveries.mark_sent(conn, sent, "200", NOON + SECOND)
    assert deliveries.ready(conn, to, NOON + 599 * SECOND, 9) == []
    (again,) = claim_all(conn, to, NOON + 600 * SECOND)
    deliveries.mark_again(conn, again, "500", NOON + 9000 * SECOND, counted=True)
    deliveries.wake(conn, to, NOON + 700 * SECOND)
    assert deliveries.ready(conn, to, NOON + 700 * SECOND, 9) == [put_off.id]


def test_a_success_wakes_nobody_elses_rows(conn):
    one, other = destination(conn, "one"), destination(conn, "other")
    complaint(conn, 1)
    deliveries.mark_again(conn, claim_all(conn, other)[0], "500", NOON + 500 * SECOND, counted=True)
    deliveries.mark_sent(conn, claim_all(conn, one)[0], "200", NOON)
    assert deliveries.ready(conn, other, NOON + 60 * SECOND, 9) == []


def test_a_dead_row_frees_the_next_one_and_tells_the_desk(conn):
    to = destination(conn)
    id = complaint(conn, 1)
    change(conn, id)
    first = claim_all(conn, to)[0]
    deliveries.mark_dead(conn, first, "400", "refused", NOON)
    assert len(claim_all(conn, to)) == 1
    died = [event for event in events.of_complaint(conn, id) if event.name == names.DELIVERY_DIED]
    assert died[0].data == {"delivery": first.id, "why": "refused", "answer": "400"}
    letter = deliveries.dead_letters(conn)[0]
    assert (letter.attempts, letter.destination, letter.owner_id) == (1, "default", None)


def test_replay_starts_the_schedule_again(conn):
    to = destination(conn)
    complaint(conn, 1)
    row = claim_all(conn, to)[0]
    deliveries.mark_dead(conn, row, "400", "refused", NOON)
    assert deliveries.replay(conn, [row.id, 999], NOON) == 1
    assert deliveries.dead_letters(conn) == []
    assert claim_all(conn, to)[0].attempts == 0
    assert deliveries.replay(conn, [row.id], NOON) == 0


def test_handled_elsewhere_needs_a_reason_and_keeps_the_row(conn):
    to = destination(conn)
    id = complaint(conn, 1)
    row = claim_all(conn, to)[0]
    deliveries.mark_dead(conn, row, "400", "refused", NOON)
    with pytest.raises(ValueError, match="reason"):
        deliveries.handled_elsewhere(conn, row.id, "  ", NOON)
    assert deliveries.handled_elsewhere(conn, row.id, "by phone", NOON)
    assert not deliveries.handled_elsewhere(conn, row.id, "again", NOON)
    assert deliveries.dead_letters(conn) == []
    assert rows(conn)[0].reason == "by phone"
    assert events.of_complaint(conn, id)[-1].name == names.DELIVERY_SETTLED


def test_an_exhausted_row_handled_elsewhere_is_not_woken(conn):
    to = destination(conn)
    complaint(conn, 1)
    complaint(conn, 20)
    a, b = claim_all(conn, to)
    deliveries.mark_dead(conn, a, "500", "exhausted", NOON)
    deliveries.handled_elsewhere(conn, a.id, "exhausted", NOON)
    deliveries.mark_sent(conn, b, "200", NOON)
    assert [row.state for row in rows(conn)] == ["dead", "sent"]


def test_gone_switches_the_destination_off_and_keeps_its_rows(conn):
    to = destination(conn)
    complaint(conn, 1)
    assert deliveries.mark_off(conn, claim_all(conn, to)[0], "410")
    assert rows(conn)[0].state == "waiting"
    assert rows(conn)[0].leased_until is None
    assert claim_all(conn, to) == []
    assert deliveries.active(conn) == []


def test_switching_on_delivers_what_changed_meanwhile_once_per_complaint(conn):
    to = destination(conn)
    known = complaint(conn, 1)
    deliveries.mark_off(conn, claim_all(conn, to)[0], "410")
    change(conn, known)
    last = change(conn, known)
    new = complaint(conn, 20)
    complaint(conn, 40, registered=False)
    destination(conn)  # the same name again: on
    queued = [(row.complaint_id, row.type) for row in rows(conn)]
    assert queued == [
        (known, "complaint.registered"),
        (known, "complaint.updated"),
        (new, "complaint.registered"),
    ]
    assert rows(conn)[1].event_id == last
    deliveries.switch_on(conn, to, NOON)
    assert len(rows(conn)) == 3


def test_a_new_address_is_taken_over(conn):
    destination(conn)
    destination(conn, url="http://127.0.0.1:9/other")
    assert list(conn.execute(select(destinations.c.url)).scalars()) == ["http://127.0.0.1:9/other"]


def test_a_removed_destination_receives_nothing_and_alarms_nobody(conn):
    destination(conn, "demo")
    complaint(conn, 1)
    deliveries.remove_destination(conn, "demo", NOON)
    deliveries.remove_destination(conn, "nobody", NOON)
    assert deliveries.dead_letters(conn) == []
    assert conn.execute(select(destinations.c.active)).scalar() is False
    assert deliveries.backlog(conn) == deliveries.Backlog(0, 0, None)


def test_backlog_and_what_is_overdue(conn):
    to = destination(conn)
    ordinary, grave = complaint(conn, 1), complaint(conn, 20, tier=3)
    late = NOON + 61 * SECOND
    assert deliveries.backlog(conn) == deliveries.Backlog(2, 0, NOON)
    assert deliveries.overdue(conn, 3, late - 60 * SECOND) == [grave]
    assert deliveries.overdue(conn, 3, NOON) == []
    deliveries.switch_off(conn, to)
    assert deliveries.overdue(conn, 3, late) == []
    conn.execute(update(destinations).values(active=True))
    for row in claim_all(conn, to):
        deliveries.mark_dead(conn, row, "400", "refused", NOON)
    assert deliveries.backlog(conn) == deliveries.Backlog(0, 2, None)
    assert ordinary


def test_registering_later_delivers_the_whole_complaint(conn):
    destination(conn)
    id = complaint(conn, 1, registered=False)
    change(conn, id)
    register(conn, id)
    assert [row.type for row in rows(conn)] == ["complaint.registered"]
