"""A burst of the same grievance: one alert for the house, whatever the number of complaints."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core import events as names
from core.clusters import Burst
from office.clusters import Clusters
from store import complaints, events, facts
from store.db import Database
from tests.fakes import complaints as fake
from tests.fakes.complaints import NOON

RULE = Burst(5, timedelta(hours=1), timedelta(hours=4))


@pytest.fixture
def db(tmp_path: Path) -> Database:
    return fake.database(tmp_path)


def complain(db: Database, numbers: range, category: str = "damage", at: datetime = NOON) -> list[int]:
    """One complaint each, by different customers, two minutes apart."""
    made = []
    with db.writing() as conn:
        for place, n in enumerate(numbers):
            then = at + timedelta(minutes=2 * place)
            made.append(fake.complaint(conn, n, at=then))
            facts.learn(conn, made[-1], "issues", [{"category": category}], by="rule", at=then)
    return made


def alerts(db: Database) -> list[dict[str, object]]:
    with db.reading() as conn:
        rows = events.after(conn, 0, limit=10_000)
    return [{**row.data, "complaint": row.complaint_id} for row in rows if row.name == names.SUPERVISOR_PAGED]


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def test_a_simulated_burst_makes_one_alert(db: Database) -> None:
    """Looked at all the while, as thirty come within an hour."""
    for n in range(1, 31):
        made = complain(db, range(n, n + 1), at=at(2 * n))
        Clusters(db, RULE).look(at(2 * n))
        if n == RULE.customers:
            told = {
                "reason": "cluster",
                "category": "damage",
                "customers": RULE.customers,
                "complaint": made[0],
            }
            assert alerts(db) == [told]
    assert len(alerts(db)) == 1


def test_four_are_no_burst_and_five_over_more_than_an_hour_neither(db: Database) -> None:
    complain(db, range(1, 5))
    assert Clusters(db, RULE).look(at(10)) == 0
    complain(db, range(5, 6), at=at(61))
    assert Clusters(db, RULE).look(at(62)) == 0


def test_no_tier_is_raised(db: Database) -> None:
    made = complain(db, range(1, 9))
    assert Clusters(db, RULE).look(at(20)) == 1
    with db.reading() as conn:
        assert {complaints.get(conn, id).tier for id in made} == {1}


def test_another_category_is_another_burst(db: Database) -> None:
    complain(db, range(1, 6), "damage")
    complain(db, range(6, 11), "billing")
    assert Clusters(db, RULE).look(at(15)) == 2
    assert {alert["category"] for alert in alerts(db)} == {"damage", "billing"}


def test_the_same_customer_five_times_is_no_burst(db: Database) -> None:
    made = complain(db, range(1, 6))
    with db.writing() as conn:
        first = complaints.get(conn, made[0]).customer_id
        for id in made:
            complaints.change(conn, id, customer_id=first)
    assert Clusters(db, RULE).look(at(15)) == 0


def test_what_goes_on_is_told_again_after_a_while(db: Database) -> None:
    later = RULE.again.total_seconds() / 60
    complain(db, range(1, 6))
    assert Clusters(db, RULE).look(at(15)) == 1
    complain(db, range(6, 11), at=at(60))
    assert Clusters(db, RULE).look(at(75)) == 0
    complain(db, range(11, 16), at=at(later + 20))
    assert Clusters(db, RULE).look(at(later + 35)) == 1


def test_a_restart_forgets_nothing(db: Database) -> None:
    complain(db, range(1, 6))
    first, second = Clusters(db, RULE), Clusters(db, RULE)
    assert (first.look(at(15)), second.look(at(16))) == (1, 0)


def test_how_many_in_which_time_is_the_houses_to_say(db: Database) -> None:
    complain(db, range(1, 4))
    strict = Burst(3, timedelta(minutes=10), timedelta(minutes=10))
    assert Clusters(db, RULE).look(at(5)) == 0
    assert Clusters(db, strict).look(at(5)) == 1
    complain(db, range(4, 7), at=at(16))
    assert Clusters(db, strict).look(at(21)) == 1
