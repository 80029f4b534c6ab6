"""A time agreed with a customer, as the first page reminds of it."""

from datetime import timedelta

import pytest

from office.visits import Visits
from store import complaints, recusals, remedies, users
from tests.fakes.complaints import NOON, complaint

AGREED = {"day": "2026-03-02", "from": "14:00", "to": "15:00", "person": "周师傅", "place": "东风路8号"}
NEAR = NOON + timedelta(minutes=105)
SAID = "14:00到15:00约好上门"


@pytest.fixture
def visit(house, people):
    """What 李敏 has agreed with a customer for two o'clock."""
    with house.db.writing() as conn:
        id = complaint(conn, 1)
        complaints.change(conn, id, state="carrying_out", owner_id=people["agent"])
        about = {"kind": "repair", "amount": None, "words": "上门修", "appointment": AGREED, "approved": True}
        return remedies.propose(conn, id, people["agent"], **about, at=NOON)


@pytest.fixture
def near(clock, visit):
    clock.now = NEAR


def shown(page):
    return page.get("/desk/").get_data(as_text=True)


def test_who_answers_for_it_is_told_in_time_where_and_who(house, clock, at_desk, visit):
    clock.now = NEAR - timedelta(seconds=1)
    page = at_desk()
    assert SAID not in shown(page)
    clock.now = NEAR
    text = shown(page)
    for words in (SAID, "周师傅", "东风路8号"):
        assert words in text
    assert f'data-visits="{visit}:2026-03-02T14:00"' in text
    clock.now = NEAR + timedelta(minutes=75)
    assert SAID not in shown(at_desk()), "it is over"


def test_others_are_not_while_that_person_is_here(house, clock, people, at_desk, near):
    with house.db.writing() as conn:
        users.set_presence(conn, people["agent"], users.BUSY, clock() + timedelta(minutes=5))
    assert SAID not in shown(at_desk("agent2"))


def test_others_are_told_when_that_person_is_gone(house, clock, people, at_desk, near):
    with house.db.writing() as conn:
        users.set_presence(conn, people["agent"], users.AWAY, clock() - timedelta(hours=1))
    text = shown(at_desk("agent2"))
    assert SAID in text
    assert "负责人李敏不在" in text


def test_one_that_nobody_answers_for_is_everybodys(house, at_desk, near):
    with house.db.writing() as conn:
        complaints.change(conn, 1, owner_id=None)
    assert SAID in shown(at_desk("agent2"))


def test_who_must_keep_out_is_told_nothing(house, clock, people, at_desk, near):
    with house.db.writing() as conn:
        complaints.change(conn, 1, owner_id=None)
        about = {"reason": "x", "user_id": people["supervisor"], "at": clock()}
        recusals.add(conn, 1, people["agent2"], **about)
    assert SAID not in shown(at_desk("agent2"))


def test_a_moved_one_disappears_at_once(house, clock, people, at_desk, visit, near):
    page = at_desk()
    assert SAID in shown(page)
    with house.db.writing() as conn:
        again = {**AGREED, "from": "17:00", "to": "18:00"}
        remedies.missed(conn, remedies.get(conn, visit), people["agent"], "客户改时间", again, clock())
    text = shown(page)
    assert "约好上门" not in text
    assert 'data-visits=""' in text


def test_strangers_text_in_it_stays_text(house, people, at_desk, near):
    bad = {**AGREED, "person": "<script>alert(1)</script>", "place": "\u202egnp.exe"}
    with house.db.writing() as conn:
        line = remedies.visits(conn)[0]
        remedies.missed(conn, line, people["agent"], "x", bad, NOON)
    text = shown(at_desk())
    assert "<script>alert(1)" not in text
    assert "\u202e" not in text


def test_every_open_page_of_that_person_hears_of_it(house, clock, people, at_desk, near):
    page = at_desk()
    cursor = page.get("/desk/stream?after=0", headers={"Accept": "application/json"}).json["cursor"]
    Visits(house).look(clock())
    told = page.get(f"/desk/stream?after={cursor}", headers={"Accept": "application/json"}).json["change"]
    assert told["reminded"] == [people["agent"]]
    assert told["alarm"] is False
    assert f'data-me="{people["agent"]}"' in shown(page)
