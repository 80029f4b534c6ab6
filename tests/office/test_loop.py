"""The loop: clocks, chores, and that nothing that breaks stops it."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from core import events as names
from core.clusters import Burst
from office import alarms
from office.courier import Courier
from office.loop import Clocks, Loop
from reception.desk import Agents
from store import calls, events, handoffs, heartbeats, limits
from store.schema import limits as limit_rows
from tests.fakes.clock import Clock
from tests.fakes.complaints import NOON, complaint, database, destination


@pytest.fixture
def db(tmp_path):
    db = database(tmp_path)
    yield db
    db.close()


class Steady:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


class Reception:
    """Counts what it is asked; breaks when told."""

    def __init__(self):
        self.asked = []
        self.broken = set()

    def __getattr__(self, name):
        def act(*arguments):
            self.asked.append(name)
            if name in self.broken:
                raise KeyError("13800138000")
            return 0

        return act


@pytest.fixture
def parts(db, tmp_path):
    wall, steady, reception = Clock(), Steady(), Reception()
    agents = Reception()
    about = {"reception": reception, "agents": agents, "clock": wall, "telephone": None, "lines": Reception()}
    about |= {"pauses": Reception()}
    content = SimpleNamespace(
        clusters=SimpleNamespace(burst=Burst(5, timedelta(hours=1), timedelta(hours=4)))
    )
    house: Any = SimpleNamespace(db=db, content=content, data_dir=tmp_path, **about)
    told: list[bool] = []
    chaser: Any = SimpleNamespace(chase=lambda now, may_tell: told.append(may_tell))
    loop = Loop(house, Courier(db, wall), Clocks(wall, steady))
    loop._chaser = chaser
    return SimpleNamespace(
        loop=loop, wall=wall, steady=steady, reception=reception, agents=agents, told=told, db=db
    )


def pass_(parts, seconds):
    parts.wall.pass_(seconds=seconds)
    parts.steady.now += seconds


def pages(db):
    with db.reading() as conn:
        return [e.data["reason"] for e in events.after(conn, 0) if e.name == names.SUPERVISOR_PAGED]


def test_every_chore_is_done_at_its_pace(parts):
    for _ in range(20):
        parts.loop.tick()
        pass_(parts, 1)
    asked = parts.reception.asked
    assert asked.count("finish_unanswered") == asked.count("chase_waiting") == 10
    assert asked.count("register_silent") == 2
    assert parts.agents.asked.count("release_absent") == 20
    assert parts.told == [True] * 4
    with parts.db.reading() as conn:
        assert heartbeats.last(conn, "office") == NOON + timedelta(seconds=15)


def test_what_breaks_stops_nothing_and_tells_the_log_no_words(parts, caplog):
    parts.reception.broken = {"finish_unanswered", "chase_waiting"}
    for _ in range(4):
        parts.loop.tick()
        pass_(parts, 1)
    assert parts.reception.asked.count("finish_unanswered") == 2
    assert parts.told
    assert all("13800138000" not in record.getMessage() for record in caplog.records)


@pytest.mark.parametrize("jump", [3600, -3600, 6])
def test_a_jump_of_the_wall_clock_alarms_once_and_silences_customer_notices(parts, jump):
    parts.loop.tick()
    pass_(parts, 5)
    parts.wall.pass_(seconds=jump)
    parts.loop.tick()
    assert parts.told == [True, False]
    assert pages(parts.db) == [alarms.CLOCK_JUMPED]
    pass_(parts, 299)
    parts.loop.tick()
    pass_(parts, 2)
    parts.loop.tick()
    pass_(parts, 5)
    parts.loop.tick()
    assert parts.told == [True, False, False, True]


def test_a_slow_tick_is_no_jump(parts):
    parts.loop.tick()
    pass_(parts, 600)
    parts.loop.tick()
    assert pages(parts.db) == []


@pytest.mark.parametrize(("tier", "seconds"), [(3, 61), (2, 601), (1, None)])
def test_late_deliveries_alarm_by_tier_once_an_hour(parts, tier, seconds):
    with parts.db.writing() as conn:
        to = destination(conn)
        complaint(conn, 1, tier=tier)
        conn.exec_driver_sql("update deliveries set due_at = '2030-01-01 00:00:00.000000'")
    assert to
    for _ in range(70):
        pass_(parts, 10)
        parts.loop.tick()
        passed = (parts.wall.now - NOON).total_seconds()
        assert pages(parts.db) == ([alarms.DELIVERY_LATE] if seconds and passed >= seconds else [])


def test_run_ends_when_told(parts):
    stop = Event()
    parts.reception.broken = {"finish_unanswered"}
    parts.loop._courier = SimpleNamespace(work=lambda s: stop.set(), close=lambda s: True)
    parts.loop.run(stop)


def test_old_counters_go_but_what_is_said_only_once_is_remembered(parts):
    with parts.db.writing() as conn:
        limits.hit(conn, "login:a", NOON, timedelta(minutes=15))
        alarms.raise_alarm(conn, alarms.PROMISE_UNTOLD, NOON, None, once=7)
    pass_(parts, 86_401)
    with parts.db.writing() as conn:
        limits.hit(conn, "login:b", parts.wall.now, timedelta(minutes=15))
    parts.loop.tick()
    with parts.db.reading() as conn:
        keys = set(conn.execute(select(limit_rows.c.key)).scalars())
        assert alarms.raised(conn, alarms.PROMISE_UNTOLD, parts.wall.now, None, once=7)
    assert "login:b" in keys
    assert "login:a" not in keys


@pytest.mark.parametrize(
    ("hung_up", "hours", "gone"), [(True, 0, True), (False, 1, False), (False, 5, True), (None, 5, False)]
)
def test_nobody_waits_for_a_caller_who_has_gone(parts, hung_up, hours, gone):
    """`hung_up` None: a wish written on the web, where there is no call."""
    with parts.db.writing() as conn:
        id = complaint(conn, 1)
        wish = handoffs.ask(conn, conversation_id="chat-1", complaint_id=id, reason="asked", at=NOON)
        if hung_up is not None:
            calls.start(conn, "CA1", "open", NOON)
            calls.change(conn, "CA1", conversation_id="chat-1")
        if hung_up:
            calls.set_status(conn, "CA1", "completed", NOON)
    agents: Any = Agents(parts.db, None)
    parts.loop._house.agents.__dict__["end_call"] = agents.end_call
    pass_(parts, hours * 3600)
    parts.loop.tick()
    with parts.db.reading() as conn:
        row = handoffs.get(conn, wish)
    assert row is not None
    assert row.outcome == ("customer_left" if gone else None)
