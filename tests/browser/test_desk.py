"""An agent's day at the desk, in a real browser against the real server."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import expect

from reception.heard import Heard
from reception.live import PER_READER
from store import complaints, conversations, handoffs, users
from tests.browser.shift import PASSWORD, complain, say


def lines(customer: Any, kind: str) -> Any:
    return customer.locator(f".line.{kind} .words")


def number_of(site: Any) -> str:
    with site.house().db.reading() as conn:
        return str(complaints.get(conn, 1).number)


def test_login_and_its_refusal(visit: Any, people: dict[str, int]) -> None:
    page = visit("/desk/")
    page.locator("#login").fill("li")
    page.locator("#password").fill("wrong")
    page.locator("#password").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#login").fill("li")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page).to_have_url(re.compile("/desk/$"))


def test_from_the_wish_for_a_person_to_the_hand_back(visit: Any, desk: Any, page: Any, site: Any) -> None:
    agent = desk()
    agent.locator("button.is-available").click()
    expect(agent.locator(".link.on")).to_be_visible()
    complain(page)
    waiting = agent.locator(".waiting li")
    expect(waiting).to_contain_text("沙发扶手裂了")
    expect(waiting).to_contain_text("要退款")
    assert agent.title().startswith("(1)")
    waiting.locator("button").click()
    expect(agent.locator("#speaker")).to_contain_text("智能客服不出声")
    expect(page.get_by_text("李敏接手了").first).to_be_visible()
    before = lines(page, "assistant").count()
    say(page, "在吗，我等了三天")
    expect(agent.locator("#log")).to_contain_text("在吗，我等了三天")
    agent.locator("#words").fill("在的，我查到装车记录了。")
    agent.locator("#words").press("Enter")
    expect(page.get_by_text("在的，我查到装车记录了。")).to_be_visible()
    expect(agent.locator("#words")).to_have_value("")
    assert lines(page, "assistant").count() == before
    agent.locator("form.back input[name=note]").fill("周三补发")
    agent.locator("form.back button").click()
    expect(agent.locator("#notes")).to_contain_text("周三补发")
    say(page, "还有一件事，要赔礼")
    expect(lines(page, "assistant").nth(before)).to_be_visible()


def test_the_answer_in_hand_survives_what_comes_in(visit: Any, desk: Any, page: Any, site: Any) -> None:
    agent = desk()
    complain(page)
    agent.locator(".waiting li button").click()
    agent.locator("#words").fill("写到一半")
    say(page, "你们倒是说话呀")
    expect(agent.locator("#log")).to_contain_text("你们倒是说话呀")
    expect(agent.locator("#words")).to_have_value("写到一半")
    expect(agent.locator("#words")).to_be_focused()
    agent.reload()
    expect(agent.locator("#words")).to_have_value("写到一半")


def test_of_two_agents_one_wins(desk: Any, page: Any) -> None:
    one, other = desk("li"), desk("zhou")
    complain(page)
    expect(one.locator(".waiting li button")).to_be_visible()
    stale = other.locator(".waiting li button")
    expect(stale).to_be_visible()
    other.route("**/desk/", lambda route: route.abort())
    one.locator(".waiting li button").click()
    expect(one.locator("#words")).to_be_visible()
    stale.click()
    expect(other.get_by_role("alert")).to_contain_text("李敏已经接了")


def test_a_warning_needs_a_second_click(desk: Any, page: Any) -> None:
    agent = desk()
    complain(page)
    agent.locator(".waiting li button").click()
    agent.locator("#words").fill("您冷静一下")
    agent.locator(".reply button").click()
    expect(agent.get_by_role("alert")).to_contain_text("您冷静")
    expect(page.get_by_text("您冷静一下")).to_have_count(0)
    agent.locator("button[name=anyway]").click()
    expect(page.get_by_text("您冷静一下")).to_be_visible()
    expect(agent.locator("#words")).to_have_value("")


def test_a_hidden_desk_still_rings(desk: Any, page: Any) -> None:
    agent = desk()
    expect(agent.locator(".link.on")).to_be_visible()
    agent.evaluate(
        "Object.defineProperty(document, 'hidden', {value: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    complain(page)
    expect(agent).to_have_title(re.compile("有人在等人工|\\(1\\)"))
    expect(agent.locator("#ring")).to_contain_text("有人在等人工")


def test_one_tab_holds_the_stream_and_the_others_hear_of_it(desk: Any, page: Any) -> None:
    first = desk()
    expect(first.locator(".link.on")).to_be_visible()
    streams: list[str] = []
    first.context.on(
        "request", lambda request: streams.append(request.url) if "/stream" in request.url else None
    )
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator("#waiting-h")).to_be_visible()
    complain(page)
    expect(second.locator(".waiting li")).to_be_visible()
    expect(first.locator(".waiting li")).to_be_visible()
    assert streams == []


def test_polling_takes_over_when_no_stream_is_free(desk: Any, page: Any) -> None:
    agent = desk()
    agent.route(
        "**/desk/stream*",
        lambda route: (
            route.continue_()
            if "json" in route.request.headers.get("accept", "")
            else route.fulfill(status=503, body="full")
        ),
    )
    agent.reload()
    expect(agent.locator(".link.polls")).to_be_visible()
    complain(page)
    expect(agent.locator(".waiting li")).to_be_visible(timeout=12_000)
    expect(agent.get_by_text("full")).to_have_count(0)
    expect(agent.locator(".link.off")).to_have_count(0)


def test_going_from_page_to_page_stays_live_and_leaves_no_stream_behind(desk: Any, site: Any) -> None:
    agent = desk()
    for n in range(7):
        agent.goto(site.url + ("/desk/complaints" if n % 2 else "/desk/"))
        expect(agent.locator(".link.on")).to_be_visible(timeout=15_000)
    until = time.monotonic() + 20
    while (held := streams_open(site)) > PER_READER and time.monotonic() < until:
        time.sleep(0.2)  # what was replaced ends in its own thread
    assert held <= PER_READER


def streams_open(site: Any) -> int:
    return int(requests.get(f"{site.url}/readyz", timeout=5).json()["streams"]["open"])


def test_a_restart_loses_nothing(desk: Any, page: Any, site: Any) -> None:
    agent = desk()
    expect(agent.locator(".link.on")).to_be_visible()
    complain(page)
    agent.locator(".waiting li button").click()
    agent.wait_for_url("**/desk/complaints/*")
    expect(agent.locator(".link.on")).to_be_visible()
    site.stop()
    site.start()
    expect(agent.locator(".link.on")).to_be_visible(timeout=40_000)
    agent.locator("#words").fill("我还在。")
    agent.locator(".reply button").click()
    expect(page.get_by_text("我还在。")).to_have_count(1, timeout=20_000)
    expect(agent.locator("#log .from-agent")).to_have_count(1)


def test_presence_is_lost_with_the_browser(desk: Any, site: Any, people: dict[str, int]) -> None:
    agent = desk()
    agent.locator("button.is-available").click()
    expect(agent.locator("button.is-available")).to_have_attribute("aria-pressed", "true")
    house = site.house()
    with house.db.reading() as conn:
        until: Any = users.get(conn, people["li"])
    assert 30 < (until.present_until - house.clock()).total_seconds() <= 45


def test_an_ended_session_says_so_and_returns(
    desk: Any, page: Any, site: Any, people: dict[str, int]
) -> None:
    agent = desk()
    complain(page)
    agent.locator(".waiting li button").click()
    where = agent.url.split("#")[0]
    agent.locator("#words").fill("写到一半")
    with site.house().db.writing() as conn:
        users.end_sessions(conn, people["li"])
    agent.locator(".reply button").click()
    expect(agent.locator("#password")).to_be_visible()
    agent.locator("#login").fill("li")
    agent.locator("#password").fill(PASSWORD)
    agent.locator("button.main").click()
    expect(agent.locator("form.narrow textarea")).to_have_value("写到一半")
    expect(page.get_by_text("写到一半")).to_have_count(0)
    agent.locator("form.narrow button.main").click()
    expect(agent).to_have_url(re.compile(re.escape(where)))
    expect(page.get_by_text("写到一半")).to_be_visible()


def test_without_a_script_one_can_read_claim_answer_and_hand_back(desk: Any, page: Any, site: Any) -> None:
    agent = desk(java_script_enabled=False)
    complain(page)
    for _ in range(50):
        agent.reload()
        if agent.locator(".waiting li").count():
            break
        time.sleep(0.1)
    agent.locator(".waiting li button").click()
    expect(agent.locator("#log")).to_contain_text("沙发扶手裂了")
    agent.locator("#words").fill("在的，我来办。")
    agent.locator(".reply button").click()
    expect(agent.locator("#log")).to_contain_text("在的，我来办。")
    expect(page.get_by_text("在的，我来办。")).to_be_visible()
    agent.locator("form.back button").click()
    expect(agent.locator("#speaker")).to_contain_text("智能客服")
    expect(agent.locator("#answer button")).to_contain_text("接手对话")


def test_by_keyboard_alone(desk: Any, page: Any) -> None:
    agent = desk()
    agent.keyboard.press("Tab")
    expect(agent.locator(".skip")).to_be_focused()
    complain(page)
    expect(agent.locator(".waiting li button")).to_be_visible()
    for _ in range(30):
        agent.keyboard.press("Tab")
        if agent.evaluate("document.activeElement.matches('.waiting li button')"):
            break
    assert agent.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    agent.keyboard.press("Enter")
    expect(agent.locator("#words")).to_be_focused()
    agent.keyboard.type("我来办。")
    agent.keyboard.press("Enter")
    expect(page.get_by_text("我来办。")).to_be_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_serious_for_people_who_see_or_move_differently(
    colours: Any, visit: Any, desk: Any, page: Any, accessible: Any
) -> None:
    accessible(visit("/desk/login", bypass_csp=True, color_scheme=colours))
    agent = desk(color_scheme=colours)
    accessible(agent)
    complain(page)
    expect(agent.locator(".waiting li")).to_be_visible()
    accessible(agent)
    agent.locator(".waiting li button").click()
    expect(agent.locator("#words")).to_be_visible()
    accessible(agent)
    agent.locator("#words").fill("您冷静一下")
    agent.locator(".reply button").click()
    expect(agent.locator("button[name=anyway]")).to_be_visible()
    accessible(agent)
    agent.goto(agent.url.split("/desk/")[0] + "/desk/password")
    accessible(agent)


@pytest.mark.parametrize("size", [(1366, 768), (375, 812), (320, 640)])
def test_no_page_scrolls_sideways(size: Any, desk: Any, page: Any, site: Any, people: dict[str, int]) -> None:
    agent = desk(viewport={"width": size[0], "height": size[1]})
    complain(page)
    expect(agent.locator(".waiting li")).to_be_visible()
    for path in ("/desk/", f"/desk/complaints/{number_of(site)}", "/desk/password"):
        agent.goto(site.url + path)
        assert (
            agent.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
        )
        _shoot(agent, f"{path.strip('/').replace('/', '-')}-{size[0]}")


def test_hostile_names_and_words_stay_text(desk: Any, page: Any, site: Any) -> None:
    agent = desk()
    fired: list[str] = []
    agent.on("dialog", lambda dialog: fired.append(dialog.message))
    say(page, "<img src=x onerror=alert(1)><script>alert(2)</script> 沙发坏了")
    expect(page.locator("#log .line.assistant, #log .line.system").first).to_be_visible()
    page.locator("button.human").click()
    expect(agent.locator(".waiting li")).to_contain_text("<img src=x onerror=alert(1)>")
    agent.locator(".waiting li button").click()
    expect(agent.locator("#log")).to_contain_text("<script>alert(2)</script>")
    assert fired == []


def test_a_call_that_waits_is_shown_as_a_call(desk: Any, site: Any) -> None:
    house = site.house()
    agent = desk()
    call, caller = "CA" + "1" * 32, "+8613800138000"
    heard = Heard("phone", ("phone", caller), "沙发坏了", "call:0", house.clock(), call, caller=caller)
    house.reception.receive(heard)
    with house.db.writing() as conn:
        complaint = conversations.fetch(conn, call).complaint_id
        now = house.clock()
        asked = handoffs.ask(conn, conversation_id=call, complaint_id=complaint, reason="asked", at=now)
    agent.reload()
    expect(agent.locator(".waiting li")).to_contain_text("电话")
    with house.db.writing() as conn:
        handoffs.change(conn, asked, offered_at=house.clock())
    agent.reload()
    expect(agent.locator(".waiting li")).to_contain_text("电话在响")
    agent.locator(".waiting li a.button").click()
    expect(agent.locator(".tel")).to_contain_text("138 0013 8000")


def _shoot(page: Any, name: str) -> None:
    """A screenshot, when somebody wants to look: JIESU_SCREENSHOTS=folder."""
    folder = os.environ.get("JIESU_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
