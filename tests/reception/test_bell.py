"""The bell between processes, over a real Redis: two databases in one process stand for two processes."""

from __future__ import annotations

import threading
import time

import pytest

from reception.bell import Bell
from reception.hub import DESK, Hub
from store import events
from store.db import Database
from tests.fakes.clock import Clock
from tests.fakes.complaints import database
from tools import redis_server

SOON = 10.0
LONG = 30.0
"""So long the readers here sleep without a bell: what is heard sooner came by the bell."""


@pytest.fixture
def redis():
    if redis_server.find() is None:
        pytest.fail(
            "no redis-server on this machine: ./jiesu test installs one, or apt-get install redis-server"
        )
    with redis_server.running() as server:
        yield server


@pytest.fixture
def bells(redis):
    made = []

    def bell(store="sqlite:////a/jiesu.db"):
        made.append(Bell(redis.url, store))
        return made[-1]

    yield bell
    for one in made:
        one.close()


def heard_within(bell, seconds=SOON):
    """Starts listening; what is returned waits for the next ring."""
    rung = threading.Event()
    bell.listen(rung.set)
    assert rung.wait(seconds)  # it is told once when it has subscribed

    def next_ring(within=seconds):
        rung.clear()
        return rung.wait(within)

    return next_ring


def test_a_write_in_one_process_wakes_the_reader_of_the_other(tmp_path, bells):
    here, there = bells(), bells()
    writing = Database(database(tmp_path).url, here.ring)
    reading = Database(writing.url)
    there.listen(reading.ring)
    clock = Clock()
    with Hub(reading, clock, look_again=LONG).listen(DESK) as ear:
        while ear.wait(1.0):
            pass
        for _ in range(5):
            with writing.writing() as conn:
                events.append(conn, "note_added", clock())
            began = time.monotonic()
            assert ear.wait(SOON)
            assert time.monotonic() - began < 2.0


def test_two_that_listen_hear_each_other(bells):
    here, there = bells(), bells()
    hears_here, hears_there = heard_within(here), heard_within(there)
    time.sleep(0.2)
    for ring, hears in ((here, hears_there), (there, hears_here)) * 2:
        threading.Timer(0.1, ring.ring).start()
        assert hears()


def test_ones_own_ring_and_another_installations_are_not_heard(bells):
    mine, other = bells(), bells("sqlite:////b/jiesu.db")
    next_ring = heard_within(mine)
    time.sleep(0.2)
    mine.ring()
    other.ring()
    assert not next_ring(1.0)


def test_it_survives_a_restart_of_redis(redis, bells, caplog):
    here, there = bells(), bells()
    next_ring = heard_within(there)
    redis.stop()
    here.ring()  # nobody carries it, and nobody waits
    time.sleep(1.5)
    redis.start()
    assert next_ring()  # told once when Redis is back
    until = time.monotonic() + SOON
    while time.monotonic() < until:
        here.ring()
        if next_ring(0.5):
            break
    else:
        pytest.fail("no ring was heard after the restart")
    assert "Redis does not answer" in caplog.text


def test_without_redis_a_ring_costs_nothing_and_raises_nothing(bells, redis):
    bell = bells()
    redis.stop()
    began = time.monotonic()
    for _ in range(1000):
        bell.ring()
    assert time.monotonic() - began < 1.0
