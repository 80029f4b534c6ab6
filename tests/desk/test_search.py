"""All complaints, found and narrowed."""

import re

import pytest

from core import number
from desk.story import search
from store import complaints, events, facts, users
from tests.desk.conftest import Customer, found
from tests.fakes.complaints import complaint

PHONE = "13800138000"


@pytest.fixture
def told(house, clock):
    """Three complaints: one with a telephone, one grave, one closed."""
    first, grave, over = (Customer(house, clock, f"cookie-{n}") for n in range(3))
    first.says(f"送来的沙发扶手裂了，我要退款，电话{PHONE}")
    grave.says("装的热水器漏气，我妈头晕送医院了")
    over.says("充值没到账，要退款")
    with house.db.writing() as conn:
        complaints.change(conn, over.complaint.id, state="closed")
    return {"first": first.complaint.number, "grave": grave.complaint.number, "over": over.complaint.number}


def numbers(page, path):
    """What the page lists, by number, in order."""
    text = page.get(path).get_data(as_text=True)
    return re.findall(r'<td class="c-what"><a href="/desk/complaints/(\d{10})"', text)


def look_for(page, typed, **narrowed):
    answer = page.post("/desk/complaints", page="/desk/complaints", q=typed, **narrowed)
    assert answer.status_code == 303
    return answer.headers["Location"]


def searches(house):
    with house.db.reading() as conn:
        return [event for event in events.after(conn, 0, limit=1000) if event.name == "complaints_searched"]


def test_everything_stands_there_the_newest_first(at_desk, told):
    page = at_desk("supervisor")
    assert numbers(page, "/desk/complaints") == [told["over"], told["grave"], told["first"]]


def test_a_complaints_number_opens_it_at_once(at_desk, told):
    shown = number.shown(told["first"])
    assert look_for(at_desk(), shown) == f"/desk/complaints/{told['first']}"


def test_a_number_out_of_sight_is_not_found(at_desk, told):
    page = at_desk()
    where = look_for(page, told["over"])
    assert where.startswith("/desk/complaints?sought=")
    assert numbers(page, where) == []


@pytest.mark.parametrize("typed", [PHONE, "138 0013 8000", "8000"])
def test_a_telephone_finds_its_complaints_and_never_stands_in_an_address(typed, at_desk, told, house, people):
    page = at_desk()
    where = look_for(page, typed)
    assert "8000" not in where
    assert numbers(page, where) == [told["first"]]
    text = page.get(where).get_data(as_text=True)
    assert f'value="{typed}"' in text
    [event] = searches(house)
    assert event.user_id == people["agent"]
    assert event.data["by"] in ("phone", "tail")
    assert len(event.data["complaints"]) == 1
    assert "8000" not in str(event.data)


def test_words_in_what_is_known_find_it(at_desk, told):
    page = at_desk()
    assert numbers(page, look_for(page, "扶手")) == [told["first"]]
    assert numbers(page, look_for(page, "扶手", tier="3")) == []


@pytest.mark.parametrize(
    ("narrowed", "names"),
    [
        ("state=closed", ["over"]),
        ("tier=3", ["grave"]),
        ("channel=web", ["over", "grave", "first"]),
        ("channel=phone", []),
        ("since=2026-03-02&until=2026-03-02", ["over", "grave", "first"]),
        ("since=2026-03-03", []),
        ("until=2026-03-01", []),
    ],
)
def test_it_is_narrowed_by_what_stands_in_the_row(narrowed, names, at_desk, told):
    assert numbers(at_desk("supervisor"), f"/desk/complaints?{narrowed}") == [told[name] for name in names]


def test_a_role_sees_only_what_is_its_own_to_see(at_desk, told):
    assert numbers(at_desk(), "/desk/complaints") == [told["grave"], told["first"]]


def test_an_auditor_finds_and_reads_no_words(at_desk, told):
    page = at_desk("auditor")
    assert told["first"] in numbers(page, "/desk/complaints")
    assert "扶手" not in page.get("/desk/complaints").get_data(as_text=True)


@pytest.mark.parametrize("typed", [PHONE, PHONE[-4:], "+86138", "扶手"])
def test_an_auditor_does_not_guess_at_what_is_masked(typed, at_desk, told):
    answer = at_desk("auditor").post("/desk/complaints", page="/desk/complaints", q=typed)
    assert answer.status_code == 403


@pytest.mark.parametrize("role", ["admin"])
def test_who_may_not_search_does_not(role, at_desk):
    assert at_desk(role).get("/desk/complaints").status_code == 403


def test_page_after_page_each_is_seen_once(at_desk, house, monkeypatch):
    monkeypatch.setattr(search, "MOST", 3)
    with house.db.writing() as conn:
        for n in range(7):
            complaint(conn, n)
    page, where, seen = at_desk("supervisor"), "/desk/complaints?tier=1", []
    while where:
        seen += numbers(page, where)
        text = page.get(where).get_data(as_text=True)
        where = (
            found(r'rel="next" href="([^"]+)"', text).replace("&amp;", "&") if 'rel="next"' in text else ""
        )
    assert len(seen) == len(set(seen)) == 7


@pytest.mark.parametrize(
    "nonsense",
    [
        "behind=x",
        "behind=1-",
        "behind=-1",
        "tier=9",
        "tier=x",
        "owner=x",
        "owner=99999999999",
        "sought=zz",
        "state=x",
    ],
)
def test_an_address_that_makes_no_sense_is_no_error(nonsense, at_desk, told):
    assert at_desk().get(f"/desk/complaints?{nonsense}").status_code == 200


@pytest.mark.parametrize("day", ["2026-02-30", "yesterday", "2026-03-02T00:00"])
def test_a_day_that_is_none_is_told(day, at_desk, told):
    text = at_desk().get(f"/desk/complaints?since={day}").get_data(as_text=True)
    assert "日期写错了" in text


def test_a_search_that_the_browser_forgot_says_so(at_desk, told):
    page = at_desk()
    first = look_for(page, "沙发")
    for words in ("热水器", "充值", "扶手"):
        look_for(page, words)
    assert "已经不在了" in page.get(first).get_data(as_text=True)


def test_the_next_person_in_this_browser_finds_no_search_of_the_one_before(at_desk, told, people):
    page = at_desk()
    where = look_for(page, PHONE)
    page.post("/desk/logout")
    page.log_in("agent2")
    assert f'value="{PHONE}"' not in page.get(where).get_data(as_text=True)


def test_words_of_customers_stand_as_text(at_desk, house, clock):
    customer = Customer(house, clock)
    customer.says("送来就坏了 <script>alert(1)</script>\u202e")
    with house.db.writing() as conn:
        facts.learn(
            conn, customer.complaint.id, "story", "<script>alert(1)</script>\u202e坏了", by="rule", at=clock()
        )
    text = at_desk().get("/desk/complaints").get_data(as_text=True)
    assert "<script>alert" not in text
    assert "\u202e" not in text


def test_an_owner_is_chosen_by_name(at_desk, told, house, people):
    with house.db.writing() as conn:
        complaints.change(conn, complaints.by_number(conn, told["first"]).id, owner_id=people["agent"])
        assert users.get(conn, people["agent"]).public_name == "李敏"
    page = at_desk()
    assert numbers(page, f"/desk/complaints?owner={people['agent']}") == [told["first"]]
    assert "李敏</option>" in page.get("/desk/complaints").get_data(as_text=True)
