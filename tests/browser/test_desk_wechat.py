"""A talk on WeChat at the desk in a real browser: what is left, how a line ended, and saying it once more."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from core import quota
from reception.heard import Heard
from store import complaints, conversations, heartbeats, wechat_sends
from store import wechat as rows
from tests.browser.shift import STORY

OPENID = "oDeskCustomer"


class OnWeChat:
    """A customer on WeChat, and the program that sends to him; both work on the site's own store."""

    def __init__(self, site: Any) -> None:
        self.house = site.house()
        heard = Heard("wechat", ("openid", OPENID), STORY, "m1", self.house.clock())
        self.conversation = self.house.reception.receive(heard).conversation
        self.may_be_sent(5, "m1")

    def may_be_sent(self, many: int, key: str) -> None:
        now = self.house.clock()
        right = quota.Right(quota.MESSAGE, many, now + timedelta(hours=48))
        with self.house.db.writing() as conn:
            rows.open_right(conn, "wx0", OPENID, right, key, now)

    @property
    def page(self) -> str:
        with self.house.db.reading() as conn:
            row = conversations.fetch(conn, self.conversation)
            return f"/desk/complaints/{complaints.get(conn, row.complaint_id).number}"

    def goes_out(self, state: str, code: int | None = None, kind: str = "text") -> None:
        """Everything that waits is sent as one message, and that is how it ends."""
        now = self.house.clock()
        with self.house.db.writing() as conn:
            row = conversations.fetch(conn, self.conversation)
            lines = [one.id for one in wechat_sends.unsent(conn, row)]
            conversations.change(conn, row.id, sent_up_to=lines[-1])
            about: dict[str, Any] = {"author": "agent", "messages": lines, "right_id": None, "at": now}
            wechat_sends.settle(
                conn, wechat_sends.reserve(conn, row.id, kind=kind, **about), state, now, code
            )


@pytest.fixture
def customer(site: Any) -> OnWeChat:
    return OnWeChat(site)


@pytest.fixture
def agent(desk: Any, customer: OnWeChat, site: Any) -> Any:
    """An agent who has taken over."""
    page = desk()
    page.goto(site.url + customer.page)
    page.get_by_role("button", name="接手对话").click()
    expect(page.locator("#words")).to_be_visible()
    customer.goes_out("sent")
    return page


def says(agent: Any, words: str) -> Any:
    agent.locator("#words").fill(words)
    agent.locator("#words").press("Enter")
    line = agent.locator("#log .from-agent").last
    expect(line).to_contain_text(words)
    return line


def test_a_line_counts_down_is_sent_and_cannot_be_taken_back(agent: Any, customer: OnWeChat) -> None:
    expect(agent.locator("#reach")).to_contain_text("还可发 5 条")
    line = says(agent, "我来查，今天给您回话")
    expect(line.locator(".fate")).to_have_text(re.compile(r"待发\s+\d"))
    expect(agent.get_by_role("button", name="收回刚才那句")).to_be_visible()
    customer.goes_out("sent")
    expect(line.locator(".fate")).to_have_text(re.compile("已发"))
    expect(agent.get_by_role("button", name="收回刚才那句")).to_have_count(0)


def test_a_line_is_taken_back_while_it_waits(agent: Any) -> None:
    says(agent, "这句说错了")
    agent.get_by_role("button", name="收回刚才那句").click()
    expect(agent.locator("#log .retracted s")).to_have_text("这句说错了")
    expect(agent.locator("#log .retracted .fate")).to_have_count(0)
    expect(agent.locator("#words")).to_have_value("这句说错了")


def test_what_may_not_have_arrived_is_said_again_by_keyboard(agent: Any, customer: OnWeChat) -> None:
    line = says(agent, "我来查，今天给您回话")
    customer.goes_out("unknown")
    again = line.get_by_role("button", name="再发一次")
    expect(again).to_be_visible()
    again.focus()
    agent.keyboard.press("Enter")
    expect(agent.locator("#log .from-agent")).to_have_count(2)
    expect(agent.get_by_role("button", name="再发一次")).to_have_count(0)


def test_what_is_left_is_told_live_and_the_draft_stays(agent: Any, customer: OnWeChat, site: Any) -> None:
    agent.locator("#words").fill("还没写完")
    box = agent.locator("#words").bounding_box()
    customer.may_be_sent(1, "m2")
    says_again = Heard(
        "wechat", ("openid", OPENID), "在吗", "m3", customer.house.clock(), customer.conversation
    )
    customer.house.reception.receive(says_again)
    expect(agent.locator("#reach.last")).to_contain_text("这是最后一条")
    expect(agent.locator("#words")).to_have_value("还没写完")
    assert agent.locator("#words").bounding_box() == box, "nothing moves under the hands"


def test_the_page_of_wechat_follows_what_is_sent(desk: Any, customer: OnWeChat, site: Any) -> None:
    with customer.house.db.writing() as conn:
        heartbeats.beat(conn, "wechat", customer.house.clock())
    page = desk("wang")
    page.goto(f"{site.url}/desk/wechat")
    expect(page.locator("#sent")).to_contain_text("还没有发过")
    customer.goes_out("refused", 40164)
    expect(page.locator("#sent")).to_contain_text("IP 白名单")
    expect(page.locator("#health")).not_to_contain_text("没有动静")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_where_things_went_wrong(
    theme: str, desk: Any, customer: OnWeChat, site: Any, accessible: Any
) -> None:
    with customer.house.db.writing() as conn:
        rows.keep_unreadable(conn, "k", "<xml>\n<b>?</b></xml>", "unknown event", customer.house.clock())
    page = desk("sun", color_scheme=theme)
    page.goto(site.url + customer.page)
    page.get_by_role("button", name="接手对话").click()
    says(page, "我来查")
    customer.goes_out("refused", 45047)
    expect(page.locator(".fate.is-refused").last).to_be_visible()
    for path in (customer.page, "/desk/wechat", "/desk/"):
        page.goto(site.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        accessible(page)
