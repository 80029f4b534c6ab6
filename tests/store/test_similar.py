"""Complaints like one."""

from datetime import timedelta
from typing import Any

import pytest

from store import complaints, facts, similar, users
from tests.fakes.complaints import NOON, complaint, database

WEEK = NOON - timedelta(days=7)


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


def person(conn, role="supervisor"):
    about: dict[str, Any] = {
        "login": role,
        "public_name": role,
        "role": role,
        "password_hash": "",
        "phone": None,
    }
    return users.get(conn, users.add(conn, at=NOON, **about))


def made(conn, n, at=NOON, **known):
    id = complaint(conn, n, at=at)
    for field, value in known.items():
        facts.learn(conn, id, field, value, by="rule", at=at)
    return id


def like(conn, id, who, most=5):
    row = complaints.get(conn, id)
    known = {field: fact.value for field, fact in facts.current(conn, id).items()}
    return {
        one.way: (one.count, [each.id for each in one.newest])
        for one in similar.like(conn, row, known, who, WEEK, most)
    }


def issue(*codes):
    return [{"category": code, "cue": ""} for code in codes]


def test_the_same_matter_within_the_days(db):
    with db.writing() as conn:
        who, id = person(conn), made(conn, 1, issues=issue("damage", "delay"))
        other = made(conn, 2, at=NOON - timedelta(days=2), issues=issue("damage"))
        made(conn, 3, at=NOON - timedelta(days=9), issues=issue("damage"))
        made(conn, 4, issues=issue("billing"))
        assert like(conn, id, who) == {"category": (1, [other])}


def test_a_matter_that_was_corrected_counts_as_corrected(db):
    with db.writing() as conn:
        who, id, other = (
            person(conn),
            made(conn, 1, issues=issue("damage")),
            made(conn, 2, issues=issue("damage")),
        )
        facts.correct(conn, other, "issues", issue("billing"), user_id=who.id, at=NOON)
        assert like(conn, id, who) == {}
        facts.correct(conn, other, "issues", None, user_id=who.id, at=NOON)
        assert complaints.get(conn, other).category is None


def test_the_same_place_and_the_same_thing_at_any_time(db):
    product = {"kind": "product", "value": "KF35", "words": "KF35"}
    with db.writing() as conn:
        who, id = person(conn), made(conn, 1, subject="城东网点", reference=product)
        place = made(conn, 2, at=NOON - timedelta(days=90), subject="城东网点")
        thing = made(conn, 3, at=NOON - timedelta(days=90), reference={**product, "kind": "batch"})
        made(conn, 4, subject="城西网点")
        assert like(conn, id, who) == {"subject": (1, [place]), "reference": (1, [thing])}


def test_the_same_customer_is_not_another(db):
    with db.writing() as conn:
        who, id, other = (
            person(conn),
            made(conn, 1, issues=issue("damage")),
            made(conn, 2, issues=issue("damage")),
        )
        complaints.change(conn, other, customer_id=complaints.get(conn, id).customer_id)
        assert like(conn, id, who) == {}


def test_all_are_counted_and_the_newest_named(db):
    with db.writing() as conn:
        who, id = person(conn), made(conn, 9, issues=issue("damage"))
        ids = [made(conn, n, at=NOON - timedelta(hours=n), issues=issue("damage")) for n in range(1, 5)]
        assert like(conn, id, who, most=2) == {"category": (4, ids[:2])}


def test_nobody_counts_what_they_may_not_see(db):
    with db.writing() as conn:
        agent, id, other = (
            person(conn, "agent"),
            made(conn, 1, issues=issue("damage")),
            made(conn, 2, issues=issue("damage")),
        )
        assert like(conn, id, agent) == {"category": (1, [other])}
        complaints.change(conn, other, state="closed")
        assert like(conn, id, agent) == {}
