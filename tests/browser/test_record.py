"""The record in real browsers: two people on one complaint, both versions of a fact, what is being typed."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from reception import accounts
from reception.heard import Heard
from store import complaints, conversations, facts

PASSWORD = "a fine long password"
STORY = "送来的沙发扶手裂了，要求退款，损失三千块，电话13800138000"
NAMES = {"li": "李敏", "zhou": "周二"}


@pytest.fixture
def complaint(site: Any) -> Any:
    """A complaint that a customer told in the chat: its row."""
    house = site.house()
    with house.db.writing() as conn:
        for login, name in NAMES.items():
            accounts.create(conn, login, name, "agent", PASSWORD, house.clock())
    answer = house.reception.receive(Heard("web", ("cookie", "c1"), STORY, "k1", house.clock()))
    with house.db.reading() as conn:
        return complaints.get(conn, conversations.fetch(conn, answer.conversation).complaint_id)


@pytest.fixture
def desk(visit: Any, complaint: Any, site: Any) -> Any:
    """Somebody who has the complaint open, in a browser of their own."""

    def opened(login: str = "li", path: str = "", **options: Any) -> Any:
        page = visit("/desk/", bypass_csp=True, **options)
        page.locator("#login").fill(login)
        page.locator("#password").fill(PASSWORD)
        page.locator("button.main").click()
        expect(page.locator("#main")).to_be_visible()
        page.goto(site.url + (path or f"/desk/complaints/{complaint.number}"))
        return page

    return opened


def open_edit(page: Any, field: str) -> Any:
    """The form of one fact, opened."""
    inside = page.locator(f"form[action$='/facts/{field}']")
    page.locator("#known details.edit").filter(has=inside).locator("summary").click()
    return page.locator("#known").locator(inside)


def test_two_on_one_complaint_see_each_other_and_who_writes(desk: Any) -> None:
    li = desk("li")
    expect(li.locator("#others")).to_be_hidden()
    zhou = desk("zhou")
    expect(zhou.locator("#others")).to_have_text("李敏也在看")
    expect(li.locator("#others")).to_have_text("周二也在看", timeout=20_000)
    zhou.locator("#note").fill("我来")
    expect(li.locator("#others")).to_have_text("周二正在写", timeout=20_000)
    zhou.goto("about:blank")
    expect(li.locator("#others")).to_be_hidden(timeout=20_000)


def test_a_slow_line_does_not_hide_who_writes(desk: Any) -> None:
    """What is typed while the page is still being answered is told by the same page's next question."""
    li, zhou = desk("li"), desk("zhou")
    expect(zhou.locator("#others")).to_have_text("李敏也在看")
    zhou.route("**/looking", lambda route: (zhou.wait_for_timeout(1_500), route.continue_()))
    with zhou.expect_request("**/looking", timeout=20_000):
        pass
    zhou.locator("#note").fill("我来")
    expect(li.locator("#others")).to_have_text("周二正在写", timeout=30_000)


def test_of_two_who_change_one_fact_the_second_chooses(desk: Any, site: Any, complaint: Any) -> None:
    li, zhou = desk("li"), desk("zhou")
    theirs, ours = open_edit(zhou, "name"), open_edit(li, "name")
    theirs.locator("input[name=words]").fill("王女士")
    ours.locator("input[name=words]").fill("汪女士")
    theirs.get_by_role("button").click()
    expect(zhou.locator("#known")).to_contain_text("王女士")
    ours.get_by_role("button").click()
    versions = li.locator(".version")
    expect(versions.first).to_contain_text("王女士")
    expect(versions.first).to_contain_text("周二")
    expect(versions.last).to_contain_text("汪女士")
    versions.last.get_by_role("button").click()
    expect(li.locator("#known")).to_contain_text("汪女士")
    expect(li.locator("#known s")).to_have_count(1)
    with site.house().db.reading() as conn:
        assert facts.value(conn, complaint.id, "name") == "汪女士"


def test_what_is_being_ticked_and_typed_survives_what_comes_in(desk: Any, site: Any, complaint: Any) -> None:
    li = desk("li")
    form = open_edit(li, "wanted")
    form.get_by_label("赔礼").check()
    form.locator("textarea").fill("当面说")
    house = site.house()
    with house.db.writing() as conn:
        facts.learn(conn, complaint.id, "name", "王女士", by="rule", at=house.clock())
    li.evaluate("refresh()")
    expect(form.get_by_label("赔礼")).to_be_checked()
    expect(form.locator("textarea")).to_have_value("当面说")
    form.get_by_role("button").click()
    expect(li.locator("#known")).to_contain_text("退款、赔礼")


def test_all_of_it_by_keyboard(desk: Any) -> None:
    li = desk("li")
    summary = li.locator("#known details.edit").filter(has=li.locator("form[action$='/facts/name']"))
    summary.locator("summary").focus()
    li.keyboard.press("Enter")
    li.keyboard.press("Tab")
    li.keyboard.type("Wang")
    li.keyboard.press("Enter")
    expect(li.locator("#known")).to_contain_text("Wang")


def test_a_complaint_is_filed_and_found_without_script(desk: Any) -> None:
    page = desk("li", "/desk/new", java_script_enabled=False)
    page.locator("#words").fill("师傅装完热水器就滴水，要求上门修好")
    page.locator("#n-phone-words").fill("139 1111 2222")
    page.locator("#n-name-words").fill("赵先生")
    page.locator("form.file button.main").click()
    expect(page.locator(".notice.good")).to_contain_text("请告诉客户编号")
    page.goto(page.url.rsplit("/", 1)[0])
    page.locator("#search").fill("2222")
    page.locator("form.seek button.main").click()
    assert "2222" not in page.url
    row = page.locator(".list tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("热水器")
    row.get_by_role("link").click()
    page.go_back()
    expect(page.locator("#search")).to_have_value("2222")


@pytest.mark.parametrize("path", ["", "/desk/complaints", "/desk/new"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(desk: Any, accessible: Any, path: str, scheme: str) -> None:
    page = desk("li", path, color_scheme=scheme)
    for each in page.locator("details").all():
        each.evaluate("each => { each.open = true; }")
    accessible(page)


@pytest.mark.parametrize("path", ["", "/desk/complaints", "/desk/new"])
def test_at_320_pixels_nothing_hangs_out(desk: Any, path: str) -> None:
    page = desk("li", path, viewport={"width": 320, "height": 640})
    for each in page.locator("#main details").all():
        each.evaluate("each => { each.open = true; }")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
