"""One complaint through all seven steps in real browsers: an agent, a department, a supervisor, and somebody
who asks the customer afterwards."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from core import complaint as states
from reception import accounts
from reception.heard import Heard
from reception.registering import register
from store import complaints, messages, users
from store.schema import users as table

PASSWORD = "a fine long password"
PEOPLE = {
    "li": ("李敏", "agent", None),
    "zhou": ("周二", "handler", "货运部"),
    "wang": ("王主管", "supervisor", None),
    "sun": ("孙小红", "follow_up", None),
}
STORY = "送来的沙发扶手裂了，要求退款，损失三千块，电话13800138000"


@pytest.fixture
def number(site: Any) -> str:
    """A registered complaint, and everybody who will deal with it."""
    house = site.house()
    with house.db.writing() as conn:
        for login, (name, role, department) in PEOPLE.items():
            id = accounts.create(conn, login, name, role, PASSWORD, house.clock())
            conn.execute(table.update().where(table.c.id == id).values(department=department))
    house.reception.receive(Heard("web", ("cookie", "c"), STORY, "k", house.clock(), None))
    with house.db.writing() as conn:
        register(conn, house.content, 1, house.clock())
        complaints.change(conn, 1, department="货运部")
        return str(complaints.get(conn, 1).number)


@pytest.fixture
def desk(visit: Any, number: str) -> Any:
    """Somebody at the page of the steps, in a browser of their own."""

    def logged_in(login: str, path: str = "", **options: Any) -> Any:
        page = visit("/desk/login", bypass_csp=True, **options)
        page.locator("#login").fill(login)
        page.locator("#password").fill(PASSWORD)
        page.locator("#password").press("Enter")
        expect(page.locator("header.top")).to_be_visible()
        page.goto(page.url.split("/desk")[0] + (path or f"/desk/complaints/{number}/steps"))
        return page

    return logged_in


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def at(page: Any, step: str) -> None:
    """The step that is open, in the stepper and on the page, without a reload."""
    expect(page.locator(".stepper [aria-current=step]")).to_contain_text(step)
    expect(page.locator(".step.is-now h2")).to_have_text(step)


def state(site: Any) -> str:
    with site.house().db.reading() as conn:
        return str(complaints.get(conn, 1).state)


def test_all_seven_steps(site: Any, desk: Any, accessible: Any) -> None:
    li = desk("li")
    at(li, "受理")
    press(li, "认领")
    at(li, "调查")
    accessible(li)
    investigate(li)
    at(li, "联系单")
    expect(li.get_by_role("button", name="去跟客户商量")).to_have_count(0)

    zhou = desk("zhou", "/desk/memos")
    expect(zhou.locator("#memos-waiting")).to_contain_text("查那天装车")
    zhou.keyboard.press("j")
    expect(zhou.locator("#memos-waiting a")).to_be_focused()
    accessible(zhou)
    zhou.locator("#memos-waiting a").click()
    expect(zhou.get_by_text(STORY)).to_be_visible()
    accessible(zhou)
    press(zhou, "接办")
    zhou.locator("#reply").fill("装车没垫，周四能上门看。")
    press(zhou, "回复")
    expect(zhou.locator("blockquote")).to_have_text("装车没垫，周四能上门看。")

    # The owner's page hears of the answer by itself.
    expect(li.locator("#step-memo_sent")).to_contain_text("装车没垫")
    press(li, "去跟客户商量")
    at(li, "商量")
    confer(li)
    expect(li.get_by_role("button", name="开始落实")).to_have_count(0)

    wang = desk("wang")
    accessible(wang)
    press(wang, "批准")
    expect(wang.locator(".remedy")).to_contain_text("可以做")
    press(li, "开始落实")
    at(li, "落实")
    press(li, "做完，有凭据")
    expect(li.get_by_role("alert")).to_contain_text("凭据")
    li.get_by_label("凭据", exact=True).fill("退款流水 8812")
    press(li, "做完，有凭据")
    press(li, "转回访")
    at(li, "回访")
    expect(li.locator("#keep_answers-q4")).to_have_count(0)
    assert state(site) == states.FOLLOWING_UP

    sun = desk("sun", "/desk/follow-ups")
    accessible(sun)
    sun.locator("#asking a").click()
    accessible(sun)
    for question, mark in (("q1", "4"), ("q2", "2"), ("q3", "5"), ("q5", "yes")):
        sun.locator(f"input[name={question}][value='{mark}']").check()
    press(sun, "存回访")
    at(sun, "反馈结案")
    sun.locator("#pass_on-words").fill("客户认可，嫌路子绕")
    press(sun, "转过去")
    sun.locator("#tell_customer-words").fill("装车的都重新教过了。")
    press(sun, "告诉客户")
    press(sun, "结案")
    expect(sun.locator("#over")).to_contain_text("认可，有教训")
    accessible(sun)
    assert state(site) == states.CLOSED
    with site.house().db.reading() as conn:
        said = [row.words for row in messages.of_complaint(conn, 1)]
    assert "装车的都重新教过了。" in said

    # The customer comes back: the supervisor reopens it, and it stands at the second step again.
    wang.reload()
    wang.locator("#over summary").click()
    wang.locator("#reopen_complaint-reason").fill("客户说又裂了")
    press(wang, "重开")
    at(wang, "调查")
    expect(wang.locator(".stepper")).to_contain_text("重开 1 次")


def investigate(page: Any) -> None:
    page.locator("#keep_finding-facts").fill("瓷砖压在沙发上，没有垫东西")
    page.locator("#cause").select_option("handling")
    page.locator("input[name=level][value=department]").check()
    page.locator("input[name=responsibility][value=us]").check()
    press(page, "存调查结果")
    page.locator("#send_memo-ask").fill("查那天装车是谁装的")
    press(page, "发出")


def confer(page: Any) -> None:
    page.locator("#option-0").fill("全额退款")
    page.locator("#option-1").fill("换一张新的")
    page.locator("#offer_plan-message").fill("全额退款，或者换一张新的，您选。")
    page.locator("#step-conferring").get_by_role("button", name="存好", exact=True).click()
    page.locator("input[name=answer][value=accepted]").check()
    page.locator("input[name=chosen][value='0']").check()
    page.locator("#plan_answer-words").fill("退款吧")
    press(page, "存答复")
    page.locator("#propose_remedy-amount").fill("3000")
    page.locator("#propose_remedy-words").fill("原路退回")
    page.locator("#step-conferring").get_by_role("button", name="加上", exact=True).click()
    expect(page.locator(".remedy")).to_contain_text("等批")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_all_of_it_without_sideways_scrolling(desk: Any, accessible: Any, scheme: str) -> None:
    page = desk("li", viewport={"width": 320, "height": 640}, color_scheme=scheme)
    press(page, "认领")
    at(page, "调查")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_javascript_the_steps_go_on(site: Any, desk: Any) -> None:
    page = desk("li", java_script_enabled=False)
    press(page, "认领")
    expect(page.locator(".step.is-now h2")).to_have_text("调查")
    investigate(page)
    expect(page.locator(".step.is-now h2")).to_have_text("联系单")
    assert state(site) == states.MEMO_SENT


def test_a_refused_step_leaves_a_page_that_stays_live_and_a_done_one_shows_where_it_stands(
    site: Any, desk: Any
) -> None:
    page = desk("li")
    press(page, "认领")
    expect(page.locator("#step-investigating")).to_be_focused()
    expect(page.locator(".notice.good")).not_to_be_visible(timeout=8_000)
    page.locator("#keep_finding-facts").evaluate("field => field.removeAttribute('required')")
    press(page, "存调查结果")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page).to_have_url(re.compile("/steps$"))
    expect(page.locator(".link.on")).to_be_visible()
    house = site.house()
    with house.db.reading() as conn:
        wang, row = users.by_login(conn, "wang"), complaints.get(conn, 1)
    assert wang is not None
    house.handling.own(wang.id, 1, row.sequence, house.clock())
    expect(page.locator("#step-investigating")).to_contain_text("王主管")


def test_what_was_typed_into_a_refused_form_outlives_what_others_do(site: Any, desk: Any) -> None:
    page = desk("li")
    press(page, "认领")
    expect(page.locator("#step-investigating")).to_be_focused()
    typed, words = page.locator("#keep_finding-facts"), "箱子里没有垫" * 400
    typed.evaluate("field => field.removeAttribute('maxlength')")
    typed.fill(words)
    press(page, "存调查结果")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(typed).to_have_value(words)
    with page.expect_response(re.compile("/steps$")):
        site.house().handling.note(1, 1, "主管看过了", site.house().clock())
    page.wait_for_timeout(500)
    expect(typed).to_have_value(words)


def test_what_is_being_typed_survives_what_others_do(site: Any, desk: Any) -> None:
    """The page refreshes its parts when somebody else writes; the half-written finding stays."""
    page = desk("li")
    press(page, "认领")
    page.locator("#keep_finding-facts").fill("写到一半")
    house = site.house()
    with house.db.reading() as conn:
        wang = users.by_login(conn, "wang")
    assert wang is not None
    house.handling.note(wang.id, 1, "主管看过了", house.clock())
    page.wait_for_timeout(2500)
    expect(page.locator("#keep_finding-facts")).to_have_value("写到一半")
