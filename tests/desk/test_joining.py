"""The same person in another channel, as the desk shows it, and what is done about it there."""

import re

import pytest

from core import complaint as states
from core.audit import LOOKED
from store import complaints, conversations, events, joins, recusals, users
from tests.desk.conftest import Customer, found

STORY = "送来的沙发坏了，我要退款，电话13800138000"


@pytest.fixture
def pair(house, clock):
    """Two customers who left the same number."""
    one, other = Customer(house, clock, "one"), Customer(house, clock, "two")
    for customer in (one, other):
        customer.says(STORY)
    return one, other


def card(page, customer):
    text = page.get(customer.page).get_data(as_text=True)
    return found(r'(?s)(<section class="card" id="earlier".*?</section>)', text)


def join_of(house, customer):
    with house.db.reading() as conn:
        (edge,) = joins.edges(conn, (customer.complaint.customer_id,))
    return edge.id


def persons(house, customer):
    with house.db.reading() as conn:
        return len(joins.everyone(conn, customer.complaint.customer_id))


def same(page, one, other, why="客户说上周在网页写过"):
    return page.post(f"{one.page}/same", page=one.page, other=other.complaint.number, reason=why)


def test_who_may_be_the_same_is_shown_with_the_reason_and_no_word_of_theirs(at_desk, pair):
    one, other = pair
    other.says("我家住三楼，密码锁是坏的")
    shown = card(at_desk(), one)
    assert "可能是同一个人" in shown
    assert "同一个手机号" in shown
    assert f'href="{other.page}"' in shown
    assert "密码锁" not in shown
    assert "13800138000" not in shown


def test_nobody_is_suggested_to_a_reader_who_may_change_nothing(house, people, clock, at_desk, pair):
    with house.db.writing() as conn:
        complaints.change(conn, pair[0].complaint.id, state=states.FOLLOWING_UP)
        users.change(conn, people["agent2"], role="follow_up")
    shown = card(at_desk("agent2"), pair[0])
    assert "可能是同一个人" not in shown


def test_somebody_who_has_asked_joins_them(at_desk, house, people, pair):
    one, other = pair
    page = at_desk()
    assert same(page, one, other).status_code == 303
    assert persons(house, one) == 2
    shown = card(page, one)
    assert "问过客户" in shown
    assert "李敏" in shown
    assert "客户说上周在网页写过" in shown
    assert "可能是同一个人" not in shown
    assert len(re.findall(f'href="{other.page}"', shown)) == 2
    with house.db.reading() as conn:
        last = events.of_complaint(conn, one.complaint.id)[-1]
    assert (last.name, last.user_id) == ("customers_joined", people["agent"])
    assert last.name in LOOKED["joined"]


def test_without_saying_how_nobody_is_joined(at_desk, house, pair):
    assert same(at_desk(), *pair, why=" ").status_code == 400
    assert persons(house, pair[0]) == 1


def test_no_is_not_suggested_again(at_desk, house, pair):
    one, other = pair
    page = at_desk()
    answer = page.post(f"{one.page}/different", page=one.page, other=other.complaint.number, reason="")
    assert answer.status_code == 303
    for customer in pair:
        assert "可能是同一个人" not in card(page, customer)
        customer.says("订单号88231567")
    assert persons(house, one) == 1


def test_a_join_is_undone_with_a_reason(at_desk, house, pair):
    one, other = pair
    page = at_desk()
    same(page, one, other)
    join = join_of(house, one)
    assert page.post(f"{one.page}/part", page=one.page, join=join, reason=" ").status_code == 400
    assert page.post(f"{one.page}/part", page=one.page, join=join, reason="是她先生").status_code == 303
    assert persons(house, one) == 1
    shown = card(page, one)
    assert "问过客户" not in shown
    assert "可能是同一个人" not in shown
    assert f'href="{other.page}"' not in shown
    history = page.get(one.page).get_data(as_text=True).split('id="history"')[1]
    assert "不再认作同一个人" in history
    assert "是她先生" in history


def test_undone_twice_is_told(at_desk, house, pair):
    one, other = pair
    page = at_desk()
    same(page, one, other)
    join = join_of(house, one)
    page.post(f"{one.page}/part", page=one.page, join=join, reason="x")
    answer = page.post(f"{one.page}/part", page=one.page, join=join, reason="x")
    assert answer.status_code == 409
    assert "刚刚变了" in answer.get_data(as_text=True)


def test_a_join_that_is_out_of_sight_cannot_be_undone(at_desk, house, clock, people, pair):
    """Neither one further on, whose other end the reader may not see."""
    one, other = pair
    third = Customer(house, clock, "three")
    third.says(STORY)
    lead = at_desk("supervisor")
    same(lead, one, other)
    same(lead, other, third)
    with house.db.writing() as conn:
        about = {"reason": "x", "user_id": people["admin"], "at": clock()}
        recusals.add(conn, third.complaint.id, people["agent"], **about)
        hidden = joins.of_pair(conn, other.complaint.customer_id, third.complaint.customer_id).id
        shown = joins.of_pair(conn, one.complaint.customer_id, other.complaint.customer_id).id
    page = at_desk()
    assert page.post(f"{one.page}/part", page=one.page, join=hidden, reason="x").status_code == 404
    assert persons(house, one) == 3
    assert page.post(f"{one.page}/part", page=one.page, join=shown, reason="x").status_code == 303
    assert persons(house, one) == 1


def test_three_are_suggested_and_nobody_beyond_is_read(at_desk, house, clock, pair, monkeypatch):
    one, _other = pair
    one.says("订单号88231567")
    told = (STORY, "柜子坏了，订单号88231567")
    for n in range(4):
        Customer(house, clock, f"more-{n}").says(told[n % 2])
    read, contact = [], joins.contact
    monkeypatch.setattr(joins, "contact", lambda conn, id: read.append(id) or contact(conn, id))
    assert card(at_desk(), one).count('name="other"') == 3
    assert len(read) == 1 + 3


def test_against_a_colleagues_no_it_is_refused_in_words(at_desk, house, clock, pair):
    one, other = pair
    third = Customer(house, clock, "three")
    third.says(STORY)
    page = at_desk()
    page.post(f"{one.page}/different", page=one.page, other=third.complaint.number, reason="")
    assert same(page, one, other).status_code == 303
    answer = same(page, other, third)
    assert answer.status_code == 409
    assert "有同事说过" in answer.get_data(as_text=True)
    assert persons(house, one) == 2


@pytest.mark.parametrize("what", ["closed", "recused"])
def test_a_complaint_out_of_sight_is_not_seen_by_a_join(what, at_desk, house, clock, people, pair):
    one, other = pair
    lead = at_desk("supervisor")
    same(lead, one, other)
    assert f'href="{other.page}"' in card(lead, one)
    with house.db.writing() as conn:
        if what == "closed":
            complaints.change(conn, other.complaint.id, state=states.CLOSED)
        else:
            about = {"reason": "x", "user_id": people["admin"], "at": clock()}
            recusals.add(conn, other.complaint.id, people["agent"], **about)
    agent = at_desk()
    shown = card(agent, one)
    assert other.complaint.number not in shown
    assert "问过客户" not in shown
    assert agent.get(other.page).status_code == 404


def test_a_complaint_out_of_sight_is_not_suggested_and_cannot_be_joined(at_desk, house, pair):
    one, other = pair
    with house.db.writing() as conn:
        complaints.change(conn, other.complaint.id, state=states.CLOSED)
    agent = at_desk()
    assert "可能是同一个人" not in card(agent, one)
    assert same(agent, one, other).status_code == 404
    assert persons(house, one) == 1


def test_the_page_of_a_join_in_english(at_desk, pair):
    page = at_desk()
    page.client.set_cookie("jiesu_language", "en")
    shown = card(page, pair[0])
    assert "May be the same person" in shown
    assert "Same mobile number" in shown


def test_the_audit_shows_who_joined_whom(at_desk, pair):
    same(at_desk(), *pair)
    shown = at_desk("auditor").get("/desk/audit", query_string={"what": "joined"}).get_data(as_text=True)
    assert "认作同一个人" in shown
    assert "李敏" in shown


# ---- Complaints of one person


@pytest.fixture
def returning(house, clock):
    """A customer with a complaint about a sofa, and a draft in which they speak of something else."""
    one = Customer(house, clock, "back")
    one.says(STORY)
    earlier = one.complaint
    with house.db.writing() as conn:
        complaints.change(conn, earlier.id, state=states.INVESTIGATING)
        conversations.change(conn, one.conversation, ended_at=clock())
    one.conversation = None
    one.says("上次那件到现在没人管")
    assert one.complaint.id != earlier.id
    return one, earlier


def linked(page, customer, other, why="客户说是沙发那件", path="link"):
    return page.post(f"{customer.page}/{path}", page=customer.page, other=other.number, reason=why)


def flags(house, customer):
    with house.db.reading() as conn:
        return complaints.flags(conn, customer.complaint.id)


def test_a_draft_is_linked_to_an_earlier_complaint_by_hand(at_desk, house, people, returning):
    customer, earlier = returning
    page = at_desk()
    assert customer.complaint.state == "draft"
    assert flags(house, customer) == set()
    for _ in range(2):
        assert linked(page, customer, earlier).status_code == 303
    assert flags(house, customer) == {"repeat_contact"}
    assert "同一件事" in card(page, customer)
    with house.db.reading() as conn:
        told = events.named(conn, customer.complaint.id, "complaints_linked")
    assert [(one.user_id, one.data["number"], one.data["reason"]) for one in told] == [
        (people["agent"], earlier.number, "客户说是沙发那件")
    ]
    assert told[0].name in LOOKED["joined"]
    shown = page.get(f"/desk/complaints/{earlier.number}").get_data(as_text=True)
    assert "不是同一件事" in found(r'(?s)(<section class="card" id="earlier".*?</section>)', shown)


def test_a_link_is_undone_from_either_side_and_made_by_no_rule_again(at_desk, house, clock, returning):
    customer, earlier = returning
    page = at_desk()
    linked(page, customer, earlier)
    path = f"/desk/complaints/{earlier.number}"
    answer = page.post(f"{path}/unlink", page=path, other=customer.complaint.number, reason="是另一张沙发")
    assert answer.status_code == 303
    assert flags(house, customer) == set()
    customer.says("送来的沙发坏了，我要退款")
    assert flags(house, customer) == set()
    history = page.get(customer.page).get_data(as_text=True).split('id="history"')[1]
    assert "跟以前的投诉分开" in history
    assert "是另一张沙发" in history
    assert linked(page, customer, earlier, path="unlink").status_code == 409
    assert linked(page, customer, earlier).status_code == 303
    assert flags(house, customer) == {"repeat_contact"}


def test_what_a_person_flagged_stays_when_a_link_is_undone(at_desk, house, returning):
    customer, earlier = returning
    page = at_desk()
    page.post(f"{customer.page}/flag", flag="repeat_contact", reason="客户自己说第三次了")
    linked(page, customer, earlier)
    linked(page, customer, earlier, path="unlink")
    assert flags(house, customer) == {"repeat_contact"}


def test_who_serves_the_customer_links_what_is_closed_too(at_desk, house, clock, returning):
    customer, earlier = returning
    with house.db.writing() as conn:
        complaints.change(conn, earlier.id, state=states.CLOSED, closed_at=clock())
    page = at_desk()
    assert linked(page, customer, earlier).status_code == 404
    page.post(f"{customer.page}/own", page=customer.page, sequence=customer.complaint.sequence)
    assert linked(page, customer, earlier).status_code == 303


def test_a_link_needs_a_reason(at_desk, house, returning):
    assert linked(at_desk(), *returning, why=" ").status_code == 400
    assert flags(house, returning[0]) == set()


def test_complaints_of_two_people_are_not_linked(at_desk, house, pair):
    answer = linked(at_desk(), pair[0], pair[1].complaint)
    assert answer.status_code == 409
    assert "不是同一个人的" in answer.get_data(as_text=True)
    assert flags(house, pair[1]) == set()


def test_one_that_is_out_of_sight_is_not_linked(at_desk, house, people, clock, returning):
    customer, earlier = returning
    with house.db.writing() as conn:
        about = {"reason": "x", "user_id": people["supervisor"], "at": clock()}
        recusals.add(conn, earlier.id, people["agent"], **about)
    assert linked(at_desk(), customer, earlier).status_code == 404
    assert flags(house, customer) == set()
