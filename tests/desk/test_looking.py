"""Two people on one complaint see each other."""

from datetime import timedelta

import pytest

from store import viewers


@pytest.fixture
def number(customer):
    customer.says("送来的沙发坏了，我要退款")
    return customer.page


def head(page, number):
    text = page.get(number).get_data(as_text=True)
    return text.split('id="others"')[1].split("</span>")[0]


def looking(page, number, **said):
    answer = page.post(f"{number}/looking", page=number, **said)
    return answer.get_data(as_text=True)


def test_who_else_has_it_open_is_named_to_both(at_desk, number):
    li, zhou = at_desk("agent"), at_desk("agent2")
    assert "hidden" in head(li, number)
    assert "李敏也在看" in head(zhou, number)
    assert "周二也在看" in looking(li, number)
    assert "周二也在看" in head(li, number)


def test_who_writes_is_told_as_writing_for_a_while(at_desk, number, clock):
    li, zhou = at_desk("agent"), at_desk("agent2")
    looking(zhou, number, writing="1")
    assert "周二正在写" in looking(li, number)
    clock.pass_(seconds=9)
    assert "周二也在看" in looking(li, number)


def test_one_writes_and_another_looks(at_desk, number, people):
    li, zhou, wang = at_desk("agent"), at_desk("agent2"), at_desk("supervisor")
    looking(wang, number)
    looking(zhou, number, writing="1")
    assert "周二正在写，王主管也在看" in looking(li, number)


def test_who_says_nothing_for_25_seconds_has_gone(at_desk, number, clock):
    li = at_desk("agent")
    looking(at_desk("agent2"), number)
    clock.pass_(seconds=24)
    assert "周二" in looking(li, number)
    clock.pass_(seconds=1)
    assert "周二" not in looking(li, number)


def test_a_page_that_is_left_says_so(at_desk, number):
    li, zhou = at_desk("agent"), at_desk("agent2")
    looking(zhou, number)
    assert zhou.post(f"{number}/looking", page=number, gone="1").status_code == 204
    assert "周二" not in looking(li, number)


def test_looking_makes_nobodys_save_stale(at_desk, number, customer):
    before = customer.complaint.sequence
    looking(at_desk("agent2"), number, writing="1")
    assert customer.complaint.sequence == before


def test_who_was_there_long_ago_is_forgotten(house, people, customer, number, clock):
    with house.db.writing() as conn:
        viewers.look(conn, customer.complaint.id, people["agent"], clock() + timedelta(seconds=25), None)
        assert viewers.prune(conn, clock()) == 0
        assert viewers.prune(conn, clock() + timedelta(hours=1)) == 1
