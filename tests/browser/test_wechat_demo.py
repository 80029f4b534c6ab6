"""`./jiesu demo wechat` in Chromium: the page on which a person is a customer on WeChat."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from simulator.wechat import Fake
from simulator.wechat.platform import Seen
from simulator.wechat.pushing import Answer
from tools import demo as command
from tools import demo_wechat
from tools.demo_wechat import Standing

ANSWERS_WITHIN = 30_000
"""Milliseconds, on a machine that does other things as well."""


@pytest.fixture(scope="module")
def demo() -> Iterator[Standing]:
    """The command's own processes, without Rasa."""
    with demo_wechat.standing(scripted=True) as standing:
        yield standing


@pytest.fixture
def alone() -> Iterator[Fake]:
    """The page with nobody behind it who answers."""
    with Fake(demo_wechat.made_up(), lambda query, body, deadline: Answer(200, "success")) as fake:
        yield fake


@pytest.fixture
def on(browser: Browser) -> Iterator[Any]:
    opened = []

    def go(url: str, **options: Any) -> Page:
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(10_000)
        opened.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield go
    for context in opened:
        context.close()


def say(page: Page, words: str) -> None:
    page.locator("#words-in").fill(words)
    page.keyboard.press("Enter")


def customer(page: Page) -> str:
    return str(page.evaluate("localStorage.getItem('openid')"))


def photo() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (400, 300), "#336699").save(drawn, "JPEG")
    return drawn.getvalue()


def test_a_person_complains_sends_a_photo_and_asks_for_a_person(demo, on):
    page = on(demo.page)
    say(page, "洗衣机漏水第三次了，要求退货")
    expect(page.locator(".line.mine .bubble")).to_have_text("洗衣机漏水第三次了，要求退货")
    expect(page.locator("#words-in")).to_be_focused()
    expect(page.locator("#words-in")).to_have_value("")
    expect(page.locator(".line.theirs")).to_have_count(1, timeout=ANSWERS_WITHIN)
    page.locator("#photo").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo()})
    expect(page.locator(".line.mine img")).to_have_js_property("naturalWidth", 400)
    expect(page.locator(".line.theirs")).to_have_count(2, timeout=ANSWERS_WITHIN)
    page.locator("nav button[data-key=human]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".line.theirs")).to_have_count(3, timeout=ANSWERS_WITHIN)
    assert [call.code for call in demo.fake.made("media/get")] == [0]
    assert {call.code for call in demo.fake.made("message/custom/send")} == {0}


def test_the_desk_opens_with_the_login_that_is_told(demo, on):
    page = on(demo.page)
    with page.context.expect_page() as opened:
        page.locator("aside a").click()
    desk = opened.value
    name, password = demo.login
    desk.locator("#login").fill(name)
    desk.locator("#password").fill(password)
    desk.locator("form.login button.main").click()
    expect(desk.locator("header.top")).to_be_visible()


def test_a_photo_of_the_account_is_shown_in_the_chat(alone: Fake, on: Any) -> None:
    page = on(alone.url)
    image = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(image, "PNG")
    media = alone.platform.keep_media(image.getvalue(), "image/png")
    alone.platform.show(customer(page), Seen("image", "", alone.clock(), media=media))
    shown = page.get_by_alt_text("服务号发来的照片")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.naturalWidth") == 40


def test_what_the_account_writes_is_shown_as_wechat_shows_it(alone, on):
    page = on(alone.url)
    page.locator("nav button[data-key=status]").click()
    expect(page.locator("#quota")).to_contain_text("3")
    who, at = customer(page), alone.clock()
    hostile = "<img src=x onerror=alert(1)> http://x.example/a?b=1 {{words}}"
    alone.platform.show(who, Seen("text", hostile, at))
    alone.platform.show(who, Seen("template", "投诉编号 12345678", at, url=alone.url + "/?c=1"))
    alone.platform.show(who, Seen("template", "投诉编号 12345678", at, url="javascript:alert(1)"))
    alone.platform.show(who, Seen("notice", alone.words["gave_up"], at))
    expect(page.locator(".line.theirs .bubble")).to_have_text(hostile)
    expect(page.locator(".line.theirs a")).to_have_attribute("href", "http://x.example/a?b=1")
    expect(page.locator(".line.template")).to_have_count(2)
    expect(page.locator(".line.template a")).to_have_count(1)
    expect(page.locator(".line.notice")).to_contain_text("暂时无法提供服务")
    assert page.locator(".line img").count() == 0


def test_who_leaves_is_told_and_may_come_back(alone, on):
    page = on(alone.url)
    say(page, "在吗")
    expect(page.locator("#quota")).to_contain_text("5")
    page.locator("#follow").click()
    expect(page.locator("#unfollowed")).to_be_visible()
    expect(page.locator("#quota")).to_contain_text("0")
    page.locator("#follow").click()
    expect(page.locator("#unfollowed")).to_be_hidden()
    expect(page.locator("#quota")).to_contain_text("3")


def test_another_customer_starts_with_an_empty_screen(alone, on):
    page = on(alone.url)
    say(page, "在吗")
    expect(page.locator(".line.mine")).to_have_count(1)
    before = customer(page)
    page.locator("#another").click()
    expect(page.locator(".line")).to_have_count(0)
    say(page, "您好")
    expect(page.locator(".line.mine .bubble")).to_have_text("您好")
    assert customer(page) != before
    page.reload()
    expect(page.locator(".line.mine .bubble")).to_have_text("您好")


def test_nothing_written_is_lost_when_nobody_listens(alone, on):
    page = on(alone.url)
    page.route("**/page/says*", lambda route: route.abort())
    say(page, "这句话不能丢")
    expect(page.locator("#words-in")).to_have_value("这句话不能丢")


def test_every_control_is_reached_by_keyboard_and_has_a_name(alone, on):
    page = on(alone.url)
    page.locator("#words-in").focus()
    found = []
    for _ in range(7):
        page.keyboard.press("Tab")
        found.append(page.evaluate("document.activeElement.id || document.activeElement.dataset.key"))
    assert found == ["photo", "send", "complain", "human", "status", "follow", "another"]
    for name in ("投诉", "人工", "查进度", "发送", "换一个人"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("textbox", name="输入消息")).to_be_visible()
    expect(page.get_by_role("log")).to_be_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_is_accessible_and_fits(alone, on, accessible, colours, width):
    size = {"width": width, "height": 844}
    page = on(alone.url, viewport=size, color_scheme=colours, bypass_csp=True)
    say(page, "送来的烟有两条被调包了 " + "长" * 200)
    expect(page.locator(".line.mine")).to_have_count(1)
    who, at = customer(page), alone.clock()
    alone.platform.show(who, Seen("text", "记下了。编号是 1234 5678，看这里 http://x.example/c", at))
    alone.platform.show(who, Seen("template", "投诉编号 12345678\n进度 正在查", at, url=alone.url))
    alone.platform.show(who, Seen("notice", alone.words["gave_up"], at))
    expect(page.locator(".line")).to_have_count(4)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator("nav").bounding_box()
    assert box["y"] + box["height"] <= 844, "the menu stays in sight"


def test_an_unknown_word_is_told_apart(capsys):
    assert command.main(["wechat", "--nonsense"]) == 1
    assert "--scripted" in capsys.readouterr().out
