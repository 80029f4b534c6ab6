"""Complaints found by whom they belong to, by what stands in their row, and by words."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.seeking import read
from store import complaints, customers, facts, recusals, search, users
from tests.fakes.complaints import NOON, complaint, database

PHONE = "+8613800138000"


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


def person(conn, role="supervisor", login="wang"):
    about: dict[str, Any] = {"login": login, "public_name": login, "role": role, "password_hash": ""}
    return users.get(conn, users.add(conn, **about, phone=None, at=NOON))


def made(conn, n, **row):
    id = complaint(conn, n, at=NOON + timedelta(minutes=n))
    if row:
        complaints.change(conn, id, **row)
    return id


def found(conn, who, typed="", most=50, behind=None, **narrowed):
    return search.find(conn, search.Wanted(read(typed), **narrowed), who, behind, most)


def test_the_newest_come_first_page_by_page(db):
    with db.writing() as conn:
        who, ids = person(conn), [made(conn, n) for n in range(1, 8)]
        page, seen = found(conn, who, most=3), []
        while True:
            seen += page.ids
            if page.on is None:
                break
            page = found(conn, who, most=3, behind=page.on)
    assert seen == ids[::-1]


def test_many_of_one_moment_are_each_found_once(db):
    with db.writing() as conn:
        who = person(conn)
        ids = [complaint(conn, n, at=NOON) for n in range(5)]
        first = found(conn, who, most=2)
        second = found(conn, who, most=2, behind=first.on)
        third = found(conn, who, most=2, behind=second.on)
    assert [*first.ids, *second.ids, *third.ids] == ids[::-1]
    assert third.on is None


@pytest.mark.parametrize("typed", ["138 0013 8000", "8000"])
def test_by_a_number_that_was_said_or_that_called(db, typed):
    with db.writing() as conn:
        who, said, called, _ = person(conn), made(conn, 1), made(conn, 2), made(conn, 3)
        facts.learn(conn, said, "phone", PHONE, by="rule", at=NOON)
        complaints.change(conn, called, customer_id=customers.known_as(conn, "phone", PHONE, NOON))
        assert found(conn, who, typed).ids == [called, said]


def test_a_number_that_was_replaced_finds_nothing(db):
    with db.writing() as conn:
        who, id = person(conn), made(conn, 1)
        facts.learn(conn, id, "phone", PHONE, by="rule", at=NOON)
        facts.correct(conn, id, "phone", "+8613911112222", user_id=who.id, at=NOON)
        assert found(conn, who, "13800138000").ids == []
        assert found(conn, who, "2222").ids == [id]


def test_by_order(db):
    with db.writing() as conn:
        who, id, _ = person(conn), made(conn, 1), made(conn, 2)
        value = {"kind": "waybill", "value": "SF1234567", "words": "sf 1234567"}
        facts.learn(conn, id, "reference", value, by="rule", at=NOON)
        assert found(conn, who, "sf1234567").ids == [id]


@pytest.mark.parametrize("typed", ["扶手", "城东 网点", '"', "%", "王女士"])
def test_by_words_in_what_is_known(db, typed):
    with db.writing() as conn:
        who, id, _ = person(conn), made(conn, 1), made(conn, 2)
        facts.learn(conn, id, "story", '沙发扶手裂了，100%是"城东 网点"弄的', by="rule", at=NOON)
        facts.learn(conn, id, "name", "王女士", by="rule", at=NOON)
        assert found(conn, who, typed).ids == [id]


def test_words_are_read_so_far_and_the_page_says_where_it_stopped(db, monkeypatch):
    monkeypatch.setattr(search, "LOOKED_THROUGH", 3)
    with db.writing() as conn:
        who, ids = person(conn), [made(conn, n) for n in range(1, 8)]
        facts.learn(conn, ids[0], "story", "扶手裂了", by="rule", at=NOON)
        page, pages = found(conn, who, "扶手"), 1
        while page.on is not None:
            assert (page.ids, page.whole) == ([], False)
            page, pages = found(conn, who, "扶手", behind=page.on), pages + 1
    assert (page.ids, page.whole, pages) == ([ids[0]], True, 3)


@pytest.mark.parametrize(
    ("row", "narrowed"),
    [
        ({"state": "investigating"}, {"state": "investigating"}),
        ({"tier": 3}, {"tier": 3}),
        ({"department": "质量部"}, {"department": "质量部"}),
        ({"category": "damage"}, {"category": "damage"}),
        ({"channel": "phone"}, {"channel": "phone"}),
        ({"opened_at": NOON - timedelta(days=9)}, {"until": NOON}),
        ({"opened_at": NOON + timedelta(days=9)}, {"since": NOON + timedelta(days=1)}),
    ],
)
def test_by_what_stands_in_the_row(db, row, narrowed):
    with db.writing() as conn:
        who, id, _ = person(conn), made(conn, 1, **row), made(conn, 2)
        assert found(conn, who, **narrowed).ids == [id]
        assert found(conn, who, "不在里面", **narrowed).ids == []


def test_by_owner(db):
    with db.writing() as conn:
        who = person(conn)
        id, _ = made(conn, 1, owner_id=who.id), made(conn, 2)
        assert found(conn, who, owner=who.id).ids == [id]


def test_a_draft_without_a_word_is_no_complaint_yet(db):
    with db.writing() as conn:
        who, id = person(conn), made(conn, 1)
        conn.execute(text("UPDATE messages SET author = 'assistant'"))
        assert found(conn, who).ids == [id]
        complaints.change(conn, id, state="draft")
        assert found(conn, who).ids == []


def test_only_what_the_person_may_see(db):
    with db.writing() as conn:
        lead, agent = person(conn), person(conn, "agent", "li")
        going, over, theirs = made(conn, 1), made(conn, 2, state="closed"), made(conn, 3, state="closed")
        complaints.change(conn, theirs, owner_id=agent.id)
        assert found(conn, agent).ids == [theirs, going]
        assert found(conn, lead).ids == [theirs, over, going]
        recusals.add(conn, going, lead.id, reason="x", user_id=lead.id, at=NOON)
        assert found(conn, lead).ids == [theirs, over]


@pytest.mark.parametrize(
    ("typed", "index"),
    [
        ("13800138000", "ix_facts_phone"),
        ("8000", "ix_facts_phone_tail"),
        ("8000", "ix_identities_phone_tail"),
        ("SF1234567", "ix_facts_reference"),
    ],
)
def test_what_is_looked_up_is_found_by_its_index(db, typed, index):
    """Not by reading everything: the plan names the index, which it takes only for conditions as written."""
    with db.reading() as conn:
        query = search._belonging(read(typed))
        sql = str(query.compile(conn.engine, compile_kwargs={"literal_binds": True}))
        plan = " ".join(row.detail for row in conn.execute(text(f"EXPLAIN QUERY PLAN {sql}")))
    assert index in plan
    assert "SCAN facts" not in plan
    assert "SCAN identities" not in plan
