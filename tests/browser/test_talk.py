"""Talking in a real browser: writing, taking back, handing on, files, and a call that is confirmed."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from reception import accounts
from store import complaints, promises, users

PASSWORD = "a fine long password"
STORY = "送来的沙发扶手裂了，要求退款，损失三千块，电话13800138000"
NAMES = {"li": ("李敏", "agent"), "zhou": ("周二", "agent"), "wang": ("王主管", "supervisor")}


@pytest.fixture
def people(site: Any) -> dict[str, int]:
    house = site.house()
    with house.db.writing() as conn:
        made = {
            login: accounts.create(conn, login, name, role, PASSWORD, house.clock())
            for login, (name, role) in NAMES.items()
        }
        for id in made.values():
            users.set_presence(conn, id, users.AVAILABLE, house.clock() + timedelta(hours=1))
    return made


@pytest.fixture
def desk(visit: Any, people: dict[str, int]) -> Any:
    """Somebody logged in at the desk, in a browser of their own."""

    def logged_in(login: str = "li", **options: Any) -> Any:
        page = visit("/desk/", bypass_csp=True, **options)
        page.locator("#login").fill(login)
        page.locator("#password").fill(PASSWORD)
        page.locator("button.main").click()
        expect(page.locator("#waiting-h")).to_be_visible()
        return page

    return logged_in


@pytest.fixture
def asked(desk: Any, page: Any) -> Any:
    """An agent at the desk, before whom the customer on `page` waits."""
    page.locator("#text").fill(STORY)
    page.locator("#composer .send").click()
    expect(page.locator("#log .line.assistant, #log .line.system").first).to_be_visible()
    page.locator("button.human").click()
    at_desk = desk()
    expect(at_desk.locator(".waiting li button").first).to_be_visible()
    return at_desk


@pytest.fixture
def agent(asked: Any, page: Any) -> Any:
    """An agent who has taken over the talk with the customer on `page`."""
    asked.locator(".waiting li button").first.click()
    expect(asked.locator("#words")).to_be_visible()
    expect(page.get_by_text("李敏接手了").first).to_be_visible()
    return asked


def says(agent: Any, words: str) -> None:
    agent.locator("#words").fill(words)
    agent.locator(".reply button").click()
    expect(agent.locator("#log .from-agent").last).to_contain_text(words)


def writes_until(field: Any, sign: Any, words: str) -> None:
    """Write on, as people do, until the other side shows it."""
    for _ in range(20):
        field.press_sequentially("在")
        if words in sign.inner_text():
            return
        field.page.wait_for_timeout(500)
    expect(sign).to_have_text(words)


def test_each_side_sees_the_other_write_and_stop(agent: Any, page: Any) -> None:
    writes_until(page.locator("#text"), agent.locator("#typing"), "客户正在写")
    writes_until(agent.locator("#words"), page.locator("#types"), "李敏正在写")
    agent.locator("#words").press("Enter")
    expect(page.locator("#types")).to_have_text("")
    expect(agent.locator("#typing")).to_have_text("", timeout=12_000)


def test_a_line_is_taken_back_in_sight_of_both_and_its_words_come_back(agent: Any, page: Any) -> None:
    says(agent, "这句说错了")
    expect(page.get_by_text("这句说错了")).to_be_visible()
    taken = agent.get_by_role("button", name="收回刚才那句")
    expect(agent.locator("#undo .left").first).to_have_text(re.compile(r"^\d+$"))
    taken.click()
    expect(page.get_by_text("收回了一句话")).to_be_visible()
    expect(page.get_by_text("这句说错了")).to_have_count(0)
    expect(agent.locator("#log .retracted s")).to_have_text("这句说错了")
    expect(agent.locator("#words")).to_have_value("这句说错了")
    says(agent, "这句说对了")
    expect(page.locator(".line.agent .words")).to_have_text(["收回了一句话", "这句说对了"])


def test_what_can_be_undone_goes_after_ten_seconds(agent: Any, page: Any) -> None:
    says(agent, "我来办")
    button = agent.get_by_role("button", name="收回刚才那句")
    expect(button).to_be_visible()
    expect(button).to_have_count(0, timeout=12_000)


def test_a_take_over_by_mistake_is_undone_with_one_press(asked: Any, page: Any) -> None:
    asked.locator(".waiting li button").first.click()
    asked.get_by_role("button", name="撤销接手").click()
    expect(asked.locator("#answer form[action$='/take'] button")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("李敏先不接了")).to_be_visible()
    expect(page.locator("#standing .finding")).to_be_visible()


def test_a_talk_is_handed_on_and_the_colleague_has_the_note(agent: Any, page: Any, desk: Any) -> None:
    agent.get_by_text("转给同事").click()
    agent.locator("#on-to").select_option(label="周二")
    agent.locator("#on-note").fill("要经理批，客户等到下午")
    agent.locator(".on form button").click()
    expect(agent.locator("#speaker")).to_contain_text("转给周二")
    expect(page.get_by_text("李敏请同事接着办")).to_be_visible()
    colleague = desk("zhou")
    colleague.locator(".waiting li button").first.click()
    expect(colleague.locator("#notes")).to_contain_text("要经理批，客户等到下午")
    expect(page.get_by_text("周二接手了").first).to_be_visible()


def test_asking_for_what_was_told_shows_the_answer_and_goes_on_when_wanted(
    agent: Any, page: Any, accessible: Any
) -> None:
    agent.locator("#words").fill("请问您的电话是多少？")
    agent.locator(".reply button").click()
    expect(agent.get_by_role("alert")).to_contain_text("客户已经说过“电话”")
    expect(agent.get_by_role("alert")).to_contain_text("138 0013 8000")
    expect(page.get_by_text("请问您的电话是多少？")).to_have_count(0)
    expect(agent.locator("#words")).to_be_focused()
    page.locator("#text").fill("你们先别问了")
    page.locator("#composer .send").click()
    expect(agent.locator("#log")).to_contain_text("你们先别问了")
    expect(agent.locator(".warned")).to_be_visible()
    accessible(agent)
    agent.locator(".warned .change").click()
    expect(agent.locator(".warned")).to_have_count(0)
    expect(agent.locator("#words")).to_be_focused()
    agent.locator("#words").press("Enter")
    agent.locator("button[name=anyway]").click()
    expect(agent.locator(".warned")).to_have_count(0)
    expect(page.get_by_text("请问您的电话是多少？")).to_be_visible()


def test_the_next_right_sentence_is_one_press_away(agent: Any, page: Any) -> None:
    words = agent.locator(".first-line .use").get_attribute("data-use")
    agent.locator(".first-line .use").click()
    expect(agent.locator("#words")).to_have_value(words)
    agent.locator("#words").press("Enter")
    expect(page.get_by_text(words)).to_be_visible()
    expect(agent.locator(".first-line .use")).not_to_have_attribute("data-use", words)


def test_a_file_goes_to_the_customer_by_keyboard_too(agent: Any, page: Any, tmp_path: Path) -> None:
    document = tmp_path / "维修单.pdf"
    document.write_bytes(b"%PDF-1.7\ntrailer\n<<>>\n%%EOF\n")
    agent.locator("#files").set_input_files(document)
    expect(agent.locator("#files-hint")).to_have_text("维修单.pdf")
    agent.locator("#words").fill("维修单在这里")
    agent.locator("#words").press("Enter")
    link = page.locator("a.unviewable")
    expect(link).to_have_text("维修单.pdf")
    with page.expect_download() as got:
        link.click()
    assert got.value.path().read_bytes() == document.read_bytes()
    expect(agent.locator("#files-hint")).not_to_have_text("维修单.pdf")


def test_a_call_that_is_claimed_is_confirmed_by_the_customer(agent: Any, page: Any, site: Any) -> None:
    house = site.house()

    def callback() -> Any:
        with house.db.reading() as conn:
            return promises.open_of(conn, complaints.get(conn, 1).id, "callback")

    agent.locator("#try-words").fill("说好周三上门")
    agent.locator("#attempts button[value=reached]").click()
    expect(agent.locator(".tries")).to_contain_text("客户还没点头")
    assert callback() is not None
    page.get_by_role("button", name="打通了", exact=True).click()
    expect(page.locator(".claim")).to_have_count(0)
    expect(agent.locator(".tries")).to_contain_text("客户说打通了")
    assert callback() is None


@pytest.mark.parametrize("size", [(1366, 768), (390, 844), (320, 640)])
def test_nothing_scrolls_sideways_and_nothing_serious_is_found(
    size: Any, agent: Any, page: Any, accessible: Any
) -> None:
    agent.set_viewport_size({"width": size[0], "height": size[1]})
    says(agent, "我来办")
    agent.get_by_role("button", name="收回刚才那句").click()
    expect(agent.locator("#log .retracted")).to_be_visible()
    agent.get_by_text("转给同事").click()
    agent.locator(".canned summary").click()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert agent.evaluate(wide) <= 0
    accessible(agent)


def test_without_a_script_a_line_is_taken_back_and_a_talk_handed_on(desk: Any, page: Any, site: Any) -> None:
    page.locator("#text").fill(STORY)
    page.locator("#composer .send").click()
    page.locator("button.human").click()
    expect(page.locator("#standing .finding")).to_be_visible()
    agent = desk(java_script_enabled=False)
    agent.locator(".waiting li button").first.click()
    agent.locator("#words").fill("这句说错了")
    agent.locator(".reply button").click()
    agent.get_by_role("button", name="收回刚才那句").click()
    expect(agent.locator("#log .retracted s")).to_have_text("这句说错了")
    agent.locator(".on summary").click()
    agent.locator(".on form button").click()
    expect(agent.locator("#speaker")).to_contain_text("等人工")
