"""A time agreed with a customer: whoever answers for it is reminded once, not of a time that was moved."""

from datetime import timedelta

import pytest

from core import events as names
from office.visits import Visits
from store import complaints, events, remedies, users
from tests.fakes.complaints import NOON, complaint

AGREED = {"day": "2026-03-02", "from": "14:00", "to": "15:00", "person": "周师傅", "place": "东风路8号"}
TWO = NOON + timedelta(hours=2)  # 14:00 in Shanghai
REMIND = timedelta(minutes=15)


@pytest.fixture
def owner(house):
    """Who answers for the one complaint there is."""
    with house.db.writing() as conn:
        id = complaint(conn, 1, tier=2)
        who = users.add(
            conn, login="li", public_name="李", role="agent", password_hash="", at=NOON, phone=None
        )
        complaints.change(conn, id, state="carrying_out", owner_id=who)
    return who


@pytest.fixture
def visit(house, owner):
    about = {"kind": "repair", "amount": None, "words": "上门修", "appointment": AGREED, "approved": True}
    with house.db.writing() as conn:
        return remedies.propose(conn, 1, owner, **about, at=NOON)


def line(conn, visit):
    return remedies.get(conn, visit)


def told(house):
    with house.db.reading() as conn:
        return [
            (row.at, row.data["remedy"], row.data["responsible"])
            for row in events.named(conn, 1, names.APPOINTMENT_SOON)
        ]


def looked(house, *times):
    for at in times:
        Visits(house).look(at)
    return told(house)


def test_the_setting_says_how_long_before_and_it_is_told_once(house, owner, visit):
    assert house.content.work.remedies.remind == REMIND
    assert looked(house, TWO - REMIND - timedelta(seconds=1)) == []
    due = TWO - REMIND
    found = looked(house, due, due, due + timedelta(minutes=1), TWO, TWO + timedelta(hours=5))
    assert found == [(due, visit, owner)]


def test_an_office_that_was_closed_reminds_as_long_as_it_lasts(house, owner, visit):
    assert looked(house, TWO + timedelta(hours=1)) == []
    late = TWO + timedelta(minutes=59)
    assert looked(house, late) == [(late, visit, owner)]


def test_a_moved_one_is_reminded_of_at_its_new_time_only(house, owner, visit):
    with house.db.writing() as conn:
        again = {**AGREED, "from": "16:00", "to": "17:00"}
        remedies.missed(conn, line(conn, visit), owner, "客户改时间", again, NOON)
    assert looked(house, TWO - REMIND, TWO) == []
    moved = TWO + timedelta(hours=2) - REMIND
    assert [at for at, *_ in looked(house, moved, moved)] == [moved]


def test_one_that_was_reminded_of_and_then_moved_is_reminded_of_again(house, owner, visit):
    looked(house, TWO - REMIND)
    with house.db.writing() as conn:
        again = {**AGREED, "day": "2026-03-03"}
        remedies.missed(conn, line(conn, visit), owner, "客户不在", again, TWO)
    tomorrow = TWO + timedelta(days=1) - REMIND
    assert [at for at, *_ in looked(house, tomorrow)] == [TWO - REMIND, tomorrow]


@pytest.mark.parametrize("over", ["done", "refused", "closed", "withdrawn"])
def test_of_what_is_over_nobody_is_reminded(house, owner, visit, over):
    with house.db.writing() as conn:
        if over == "done":
            remedies.done(conn, line(conn, visit), owner, "修好了", None, NOON)
        elif over == "refused":
            remedies.refuse(conn, line(conn, visit), owner, "不修了", NOON)
        else:
            complaints.change(conn, 1, state=over)
    assert looked(house, TWO - REMIND) == []


def test_a_remedy_without_an_agreed_time_reminds_nobody(house, owner):
    about = {"kind": "apology", "amount": None, "words": "赔礼", "appointment": None, "approved": True}
    with house.db.writing() as conn:
        remedies.propose(conn, 1, owner, **about, at=NOON)
    assert looked(house, TWO - REMIND) == []


def test_no_supervisor_is_paged_by_it(house, owner, visit):
    looked(house, TWO - REMIND)
    with house.db.reading() as conn:
        assert events.named(conn, 1, names.SUPERVISOR_PAGED) == []
