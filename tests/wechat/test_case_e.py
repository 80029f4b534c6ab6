"""A shopkeeper on WeChat: five short lines, a photo, a colleague who takes over, the notice after 48 hours by
template message, and the page behind its link. The processes' own parts, one clock, HTTP between them."""

from __future__ import annotations

import io
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from werkzeug.serving import make_server

import hearing
import settings as settings_module
from reception import accounts
from reception.house import House
from simulator.wechat import Account, Customer, Fake, Seen, over_http
from store import complaints, conversations, facts, files, messages, users
from tests.browser import conftest as browsers
from tests.fakes.clock import Clock
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN
from tests.wechat.fakes import sealed_by_wechatpy
from tools import ports
from wechat.api import Account as Client
from wechat.api import Api
from wechat.media import Media
from wechat.outbound import Sender
from wechat.worker import Worker

browser, accessible = browsers.browser, browsers.accessible

LINES = ("在吗", "你们送来的烟有两条被调包了", "紧俏的货总是没有", "上回投诉到现在没人理", "给个说法")
TEMPLATE = "progress-" + "t" * 30
FIELDS = {"character_string1": "编号", "phrase2": "进度", "time3": "时间", "thing4": "说明"}
PROGRESS = "调包的两条烟已经查到，仓库今天补发，客户经理周四上门说明配货规则。"
SECONDS = 20.0


@pytest.fixture
def settings(tmp_path):
    (port,) = ports.unused(1)
    account = {"WECHAT_APP_ID": APP, "WECHAT_TOKEN": TOKEN, "WECHAT_AES_KEY": KEY}
    account |= {"WECHAT_APP_SECRET": secrets.token_hex(16), "WECHAT_TEMPLATE_PROGRESS": TEMPLATE}
    own = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1", "JIESU_PORT": str(port)}
    return settings_module.load({**own, **account})


@pytest.fixture
def server(app, settings):
    """The application on its own port, by the test's clock."""
    serving = make_server("127.0.0.1", settings.port, app, threaded=True)
    threading.Thread(target=serving.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{settings.port}"
    serving.shutdown()
    serving.server_close()


@pytest.fixture
def fake(server, settings, clock):
    account = Account(APP, settings.wechat.app_secret, TOKEN, KEY)
    seal = sealed_by_wechatpy(TOKEN, KEY, APP)
    wire = over_http(f"{server}/wechat")
    with Fake(account, wire, clock, seal, templates={TEMPLATE: FIELDS}) as standing:
        yield standing


@dataclass
class Story:
    """The house, its worker, and the customer, at one time."""

    house: House
    clock: Clock
    fake: Fake
    worker: Worker

    @property
    def customer(self) -> Customer:
        return self.fake.customer(OPENID)

    def until(self, what: Any) -> Any:
        """Let the worker work, at one moment of the clock, until this is so."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.worker.tick()
            if found := what():
                return found
            time.sleep(0.05)
        raise AssertionError(f"not in time; the customer reads {self.fake.read(OPENID)}")

    def waits(self, **time_: float) -> None:
        """Time passes in steps, while the worker works."""
        end = self.clock() + timedelta(**time_)
        while self.clock() < end:
            self.clock.now = min(end, self.clock() + timedelta(seconds=1))
            self.worker.tick()

    def bubbles(self) -> list[Seen]:
        return [seen for seen in self.fake.seen(OPENID) if not seen.mine]

    def complaint(self) -> Any:
        with self.house.db.reading() as conn:
            return complaints.get(conn, 1)

    def issues(self) -> set[str]:
        with self.house.db.reading() as conn:
            return {issue["category"] for issue in facts.value(conn, 1, "issues")}

    def told(self) -> list[str]:
        with self.house.db.reading() as conn:
            rows = messages.of_complaint(conn, 1)
            return [row.words for row in rows if row.author == "customer"]

    @property
    def conversation(self) -> str:
        with self.house.db.reading() as conn:
            return str(conversations.written_of(conn, 1))


@pytest.fixture
def story(house, clock, fake, settings):
    api = Api(Client(APP, settings.wechat.app_secret), fake.url)
    media = Media(house, lambda _account: api, hearing.Ear(None), ())
    sender = Sender(house, APP, api, TEMPLATE)
    return Story(house, clock, fake, Worker(house, [sender], [media.work]))


@pytest.fixture
def agent(house, clock):
    with house.db.writing() as conn:
        id = users.add(
            conn,
            login="li",
            public_name="李敏",
            role="agent",
            password_hash=accounts.hashed("a fine long password"),
            at=clock(),
            phone=None,
        )
        users.set_presence(conn, id, users.AVAILABLE, clock() + timedelta(days=30))
    return id


def photo() -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", (640, 480), "#8a5a2b").save(drawn, "JPEG")
    return drawn.getvalue()


def test_the_shopkeepers_complaint_from_the_first_line_to_the_page(story, agent, browser, accessible):
    tells_in_five_lines(story)
    sends_a_photo(story)
    a_colleague_takes_over(story, agent)
    hears_of_progress_after_two_days(story, agent)
    reads_it_on_the_page(story, browser, accessible)
    nothing_was_refused(story)


def tells_in_five_lines(story: Story) -> None:
    """One of them is pushed three times at once; all five are one turn and one bubble."""
    for number, words in enumerate(LINES):
        assert story.customer.says(words, repeat=3 if number == 2 else 0, parallel=number == 2).acknowledged
        story.clock.pass_(seconds=1)
    assert story.told() == list(LINES)
    assert story.bubbles() == []
    story.clock.pass_(seconds=2)
    story.until(story.bubbles)
    story.waits(seconds=5)
    assert len(story.bubbles()) == 1
    assert story.issues() >= {"wrong_item", "shortage"}


def sends_a_photo(story: Story) -> None:
    """It is fetched, and lies with the complaint's evidence."""
    assert story.customer.sends_image(photo()).acknowledged

    def kept() -> Any:
        with story.house.db.reading() as conn:
            return files.of_complaint(conn, 1)

    (file,) = story.until(kept)
    assert file.sha256
    story.waits(seconds=9)


def a_colleague_takes_over(story: Story, agent: int) -> None:
    """人工 from the menu; who has joined and that person's first line are one bubble."""
    before = len(story.bubbles())
    assert story.customer.taps("human").acknowledged
    story.until(lambda: len(story.bubbles()) > before)
    story.house.agents.take(agent, story.conversation, story.clock())
    for key, words in enumerate(("照片看到了，两条都不是您订的货。", "我去问仓库，今天给您回话。")):
        story.house.agents.say(agent, story.conversation, words, f"a{key}", story.clock())
        story.clock.pass_(seconds=3)
    before = len(story.bubbles())
    story.waits(seconds=30)
    (bubble,) = story.bubbles()[before:]
    assert "李敏" in bubble.words
    assert "照片看到了，两条都不是您订的货。" in bubble.words
    assert "我去问仓库，今天给您回话。" in bubble.words
    assert story.customer.says("好").acknowledged
    story.waits(seconds=5)
    assert len(story.bubbles()) == before + 1, "while a person speaks the assistant is silent"
    story.house.agents.hand_back(agent, story.conversation, "等仓库", story.clock())
    story.waits(seconds=5)


def hears_of_progress_after_two_days(story: Story, agent: int) -> None:
    """The window is over, so the notice comes as a template message, with the link and without the words."""
    story.clock.pass_(hours=49)
    before = story.bubbles()
    complaint = story.complaint()
    story.house.handling.progress(agent, complaint.id, PROGRESS, complaint.sequence, story.clock())
    story.clock.pass_(seconds=30)
    story.until(lambda: len(story.bubbles()) > len(before))
    story.fake.settle()
    (notice,) = story.bubbles()[len(before) :]
    assert notice.kind == "template"
    assert complaint.number in notice.words.replace(" ", "")
    assert PROGRESS not in notice.words
    assert "/c/" in notice.url
    assert complaint.number not in notice.url


def reads_it_on_the_page(story: Story, browser: Any, accessible: Any) -> None:
    """On a phone: the words are there, a screen reader finds no fault, and an answer reaches the desk."""
    context = browser.new_context(locale="zh-CN", viewport={"width": 390, "height": 844}, bypass_csp=True)
    page = context.new_page()
    page.goto(story.bubbles()[-1].url)
    expect(page.get_by_text(PROGRESS)).to_be_visible()
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("textarea").first.fill("周四上午我在店里")
    page.locator("textarea").first.locator("xpath=ancestor::form").locator("button").last.click()
    expect(page.get_by_text("周四上午我在店里").first).to_be_visible()
    context.close()
    assert story.told()[-1] == "周四上午我在店里"
    story.waits(seconds=3)
    assert story.fake.platform.left(OPENID) == 0, "a message on the page opens no window"


def nothing_was_refused(story: Story) -> None:
    """The door's ledger and WeChat's agreed all the way, and nothing was pushed in vain."""
    typing = "message/custom/typing"
    refused = {(call.path, call.code) for call in story.fake.calls if call.code and call.path != typing}
    assert refused <= {("message/template/send", 40001)}, "two days later the token is another"
    assert len(story.fake.made("message/custom/send")) == len(story.bubbles()) - 1
    assert story.fake.words["gave_up"] not in story.fake.read(OPENID)
