"""A talk on WeChat at the desk in a real browser: what is left, how a line ended, and saying it once more."""

from __future__ import annotations

import re
from base64 import b64decode
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from core import quota
from reception import evidence
from reception.heard import Heard
from store import complaints, conversations, files, heartbeats, messages, wechat_media, wechat_sends
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


PIXEL = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def test_a_photo_is_attached_counts_down_and_is_sent_again(agent: Any, customer: OnWeChat) -> None:
    expect(agent.locator("#files-count")).to_contain_text("每张 JPG、PNG、GIF 照片另算一条")
    agent.locator("#files").set_input_files({"name": "门.png", "mimeType": "image/png", "buffer": PIXEL})
    agent.locator("form.reply button.main").click()
    line = agent.locator("#log .from-agent").last
    expect(line.get_by_alt_text("发给客户的照片")).to_be_visible()
    expect(line.locator(".fate")).to_have_text(re.compile(r"待发\s+\d"))
    customer.goes_out("refused", 40009)
    expect(line.locator(".fate")).to_contain_text("这个文件太大，微信不收")
    line.get_by_role("button", name="再发一次").click()
    expect(agent.get_by_alt_text("发给客户的照片")).to_have_count(2)


def fetched(customer: OnWeChat, message: int) -> None:
    """The picture of a message arrives after it."""
    house = customer.house
    upload = evidence.examine("photo.png", PIXEL)
    sealed = evidence.seal(house.data_dir, upload)
    with house.db.writing() as conn:
        row = messages.get(conn, message)
        of = {"complaint_id": row.complaint_id, "conversation_id": row.conversation_id}
        about = {name: getattr(sealed, name) for name in ("id", "kind", "name", "type", "size", "sha256")}
        files.keep(conn, message_id=row.id, at=house.clock(), **of, **about)


def put_into_words(customer: OnWeChat, message: int) -> None:
    with customer.house.db.writing() as conn:
        row, now = messages.get(conn, message), customer.house.clock()
        wechat_media.expect(conn, row.id, row.complaint_id, "wx0", "media", wechat_media.VOICE, now)
        (kept,) = wechat_media.of_messages(conn, [row.id])
        wechat_media.change(conn, kept.id, state=wechat_media.HEARD, due_at=None)


def hears(customer: OnWeChat, words: str, key: str) -> int:
    who, at = ("openid", OPENID), customer.house.clock()
    customer.house.reception.receive(Heard("wechat", who, words, key, at, customer.conversation))
    with customer.house.db.reading() as conn:
        lines = messages.of_conversation(conn, customer.conversation)
    return int(next(line.id for line in reversed(lines) if line.words == words))


def test_what_comes_after_its_message_appears_and_what_became_words_goes(
    agent: Any, customer: OnWeChat
) -> None:
    many = [hears(customer, f"第{n}句，还没好", f"more:{n}") for n in range(12)]
    photo, voice, read = many[0], many[1], many[4]
    expect(agent.locator(f"#m{many[-1]}")).to_be_visible()
    agent.evaluate(
        "id => { byId('log').scrollTop += byId(id).getBoundingClientRect().top"
        " - byId('log').getBoundingClientRect().top; }",
        f"m{read}",
    )
    before = agent.locator(f"#m{read}").bounding_box()["y"]
    agent.evaluate("id => { byId(id).seen = true; }", f"m{read}")
    fetched(customer, photo)
    put_into_words(customer, voice)
    agent.evaluate("refresh()")
    expect(agent.locator(f"#m{photo} a.photo img")).to_have_count(1)
    expect(agent.locator(f"#m{voice}")).to_have_count(0)
    moved = agent.locator(f"#m{read}").bounding_box()["y"] - before
    assert abs(moved) < 1, "what is read does not move"
    assert agent.evaluate("id => byId(id).seen", f"m{read}"), "what did not change is left alone"
    agent.locator(f"#m{photo} a.photo").focus()
    fetched(customer, photo)
    agent.evaluate("refresh()")
    expect(agent.locator(f"#m{photo} a.photo")).to_have_count(2)
    expect(agent.locator(f"#m{photo} a.photo").first).to_be_focused()


def test_a_line_that_still_waits_can_be_taken_back_when_the_countdown_is_over(agent: Any) -> None:
    says(agent, "这句说错了")
    undo = agent.get_by_role("button", name="收回刚才那句")
    expect(undo).to_be_visible()
    agent.evaluate("document.querySelector('[data-stays]').dataset.until = 0; countDown()")
    expect(agent.locator("#undo .left")).to_have_text("")
    undo.click()
    expect(agent.locator("#log .retracted s")).to_have_text("这句说错了")


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
