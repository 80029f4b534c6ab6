"""The log of tries at the desk, and calling the customer by a click."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app import assemble
from reception.telephone import Unreachable
from settings import load
from store import attempts, promises, users
from tests.desk.conftest import Browser

JSON = {"Accept": "application/json"}
STORY = "送来的沙发坏了，要求退款，电话13800138000"
SID = "CA" + "7" * 32


@pytest.fixture
def page(customer, at_desk, on_duty):
    customer.says(STORY)
    customer.asks()
    return at_desk()


def part_of(page, customer):
    return page.get(customer.page).get_data(as_text=True).split('id="attempts"')[1].split("</section>")[0]


def tried(page, customer, **about):
    given = {"means": "phone", "purpose": "callback", "result": "not_reached", "words": "", **about}
    return page.post(f"{customer.page}/tried", **given)


def callback(house, customer):
    with house.db.reading() as conn:
        return promises.open_of(conn, customer.complaint.id, "callback")


def test_every_try_stands_in_the_log_with_what_was_said(page, customer, house):
    assert tried(page, customer, result="busy", words="占线，下午再打").status_code == 303
    log = part_of(page, customer)
    assert "占线，下午再打" in log
    assert "李敏" in log
    assert "还没在这些时候试过" in log
    assert callback(house, customer) is not None


def test_a_claim_is_shown_as_one_and_keeps_nothing(page, customer, house):
    tried(page, customer, result="reached", words="说好周三上门")
    assert "客户还没点头" in part_of(page, customer)
    assert callback(house, customer) is not None


def test_three_parts_of_the_day_over_two_days_are_enough(page, customer, clock, at_desk):
    morning = (clock() + timedelta(days=1)).replace(hour=2, minute=0)  # ten in China
    for hours in (0, 5, 34):
        assert "可以按“联系不上”办" not in part_of(at_desk(), customer)
        clock.now = morning + timedelta(hours=hours)
        tried(at_desk(), customer)
    assert "可以按“联系不上”办" in part_of(at_desk(), customer)
    customer.says("在的，刚才没看手机")
    assert "可以按“联系不上”办" not in part_of(at_desk(), customer)


@pytest.mark.parametrize(
    "bad", [{"means": "pigeon"}, {"purpose": "fun"}, {"result": ""}, {"result": "calling"}]
)
def test_nonsense_is_refused(bad, page, customer, house):
    assert tried(page, customer, **bad).status_code == 400
    with house.db.reading() as conn:
        assert attempts.of_complaint(conn, customer.complaint.id) == []


def test_a_message_is_not_busy(page, customer):
    answer = tried(page, customer, means="message", result="busy")
    assert answer.status_code == 409
    assert "发消息没有这种结果" in answer.get_data(as_text=True)


# ---- By a click


class Company:
    def __init__(self):
        self.called, self.failing = [], False

    def call(self, number, url, ended):
        if self.failing:
            raise Unreachable("no answer", again=True)
        self.called.append(number)
        return SID


@pytest.fixture
def company():
    return Company()


@pytest.fixture
def line(house, company, tmp_path, customer, people, on_duty):
    """A desk with a line of its own, on which an agent with a phone is logged in."""
    env = {
        "JIESU_DATA_DIR": str(tmp_path),
        "JIESU_RASA_URL": "http://127.0.0.1:1",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "a-token-of-sixteen-bytes",
        "TWILIO_CALLER_ID": "+861000000000",
        "TWILIO_BYOC_TRUNK_SID": "BY" + "0" * 32,
    }
    customer.says(STORY)
    with house.db.writing() as conn:
        users.change(conn, people["agent"], phone="client:li")
    app = assemble(load(env), replace(house, telephone=company, trunk="BY" + "0" * 32))

    def logged_in(login="agent"):
        browser = Browser(app.test_client())
        assert browser.log_in(login).status_code == 303
        return browser

    return logged_in


def test_a_click_calls_the_customer_and_is_in_the_log(line, customer, company, house):
    page = line()
    assert "打电话给客户" in part_of(page, customer)
    assert page.post(f"{customer.page}/call", purpose="callback").status_code == 303
    assert company.called == ["+8613800138000"]
    assert "正在打" in part_of(page, customer)
    with house.db.reading() as conn:
        (row,) = attempts.of_complaint(conn, customer.complaint.id)
    assert (row.call_sid, row.result) == (SID, "calling")


def test_a_line_that_fails_is_told_in_words(line, customer, company):
    page = line()
    company.failing = True
    answer = page.client.post(
        f"{customer.page}/call",
        data={"csrf_token": page.token("/desk/"), "purpose": "callback"},
        headers=JSON,
    )
    assert answer.status_code == 409
    assert "没办成" in answer.json["message"]


def test_who_has_no_phone_dials_otherwise(line, customer, company):
    page = line("agent2")
    shown = part_of(page, customer)
    assert "打电话给客户" not in shown
    assert 'href="tel:+8613800138000"' in shown
    assert page.post(f"{customer.page}/call", purpose="callback").status_code == 409
    assert company.called == []


def test_without_a_line_there_is_no_button(page, customer):
    shown = part_of(page, customer)
    assert "打电话给客户" not in shown
    assert 'href="tel:+8613800138000"' in shown


@pytest.mark.parametrize("purpose", ["", "fun"])
def test_a_call_has_a_purpose(purpose, line, customer):
    assert line().post(f"{customer.page}/call", purpose=purpose).status_code == 400
