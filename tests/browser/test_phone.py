"""The agent's phone is the desk: calls of the simulator ring, talk, wait and move in a real Chromium.

Real: server, pages, script, content policy, token, REST requests, webhooks. Stood in for: Twilio's script
and its wire (twilio_stand_in.js), the phone company behind it (simulator.Exchange, fakes.twilio_api).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from reception import accounts
from simulator import Call, Caller, Line
from simulator.phones import PICKS_UP
from store import complaints, events, handoffs, notes, users
from tests.browser.browser_phone import BrowserPhone, Switchboard
from tests.browser.site import Site
from tests.browser.test_desk import _shoot
from tests.fakes.twilio_api import TwilioApi

PASSWORD = "a fine long password"
STAND_IN = Path(__file__).with_name("twilio_stand_in.js")
VENDOR = "**/static/vendor/twilio.min.js"
KEYS = {"TWILIO_API_KEY": "SK" + "0" * 32, "TWILIO_API_SECRET": "a-secret-of-the-key-for-tests"}
STORY = "送来的沙发扶手裂了，要求退款"
PHONES = {"li": "client:li", "zhou": "client:zhou", "feng": "sip:feng@desk.example"}
NAMES = {"li": "李敏", "zhou": "周二", "feng": "冯四"}


@pytest.fixture
def exchange() -> Switchboard:
    return Switchboard()


@pytest.fixture
def company(exchange: Switchboard) -> Iterator[TwilioApi]:
    with TwilioApi(exchange=exchange) as api:
        yield api


@pytest.fixture
def site(tmp_path: Path, company: TwilioApi) -> Iterator[Site]:
    """The application with an account at the phone company."""
    running = Site(tmp_path, **company.environment(), **KEYS).start()
    yield running
    running.stop()


@pytest.fixture
def people(site: Site) -> dict[str, int]:
    house = site.house()
    with house.db.writing() as conn:
        return {
            login: accounts.create(
                conn, login, NAMES[login], "agent", PASSWORD, house.clock(), phone=PHONES[login]
            )
            for login in NAMES
        }


@pytest.fixture
def desk(visit: Any, people: dict[str, int]) -> Callable[..., Any]:
    """Somebody at the desk with a microphone, and the stand-in in the place of Twilio's script."""

    def logged_in(login: str = "li", *, sdk: bool = True, microphone: bool = True, **options: Any) -> Any:
        allowed = ["microphone"] if microphone else []
        page = visit("/desk/login", permissions=allowed, **options)
        if sdk:
            page.context.route(VENDOR, lambda route: route.fulfill(path=STAND_IN))
        page.locator("#login").fill(login)
        page.locator("#password").fill(PASSWORD)
        page.locator("button.main").click()
        expect(page.locator("#waiting-h")).to_be_visible()
        page.locator("button.is-available").click()
        expect(page.locator("button.is-available")).to_have_attribute("aria-pressed", "true")
        expect(page.locator(".link.on")).to_be_visible()
        return page

    return logged_in


def open_phone(page: Any) -> Any:
    """The agent opens the phone; it is a window of its own."""
    with page.expect_popup() as opened:
        page.locator("#phone-open").click()
    return opened.value


@pytest.fixture
def ready(desk: Any) -> Callable[..., tuple[Any, Any]]:
    """An agent's desk, and the phone's window, which is registered."""

    def at_phone(login: str = "li", **options: Any) -> tuple[Any, Any]:
        page = desk(login, **options)
        phone = open_phone(page)
        expect(page.locator("#phone-says")).to_have_text("电话能接")
        return page, phone

    return at_phone


@pytest.fixture
def ring(site: Site, company: TwilioApi, exchange: Switchboard) -> Callable[..., Call]:
    """A caller tells the story and asks for a person; returns when the caller can act again."""

    def dial(agents: dict[str, Any]) -> Call:
        line = Line.over_http(site.url, company.token)
        call = Caller(line, agents=agents, exchange=exchange).dial()
        call.says(STORY)
        return call.press("0")

    return dial


def number_of(site: Site) -> str:
    with site.house().db.reading() as conn:
        return str(complaints.get(conn, 1).number)


def answers(page: Any) -> Callable[[], None]:
    """The agent sees what it is about, and picks up."""

    def act() -> None:
        expect(page.locator("#line .call")).to_contain_text("来电")
        page.locator("#phone-answer").click()

    return act


def test_a_call_rings_the_page_opens_and_they_talk(
    ready: Any, ring: Any, site: Site, exchange: Switchboard
) -> None:
    page, phone = ready()

    def rings() -> None:
        expect(page).to_have_url(re.compile(f"/desk/complaints/{number_of(site)}$"))
        bar = page.locator("#line .call")
        expect(bar).to_contain_text("来电")
        expect(bar).to_contain_text("沙发扶手裂了")
        expect(bar).to_contain_text("要退款")
        expect(page.locator("#phone-says")).to_have_text("电话在响")
        _shoot(page, "phone-ringing")
        _shoot(phone, "phone-window-ringing")
        page.locator("#phone-answer").click()

    def talk(call: Call) -> None:
        expect(page.locator("#line .call")).to_contain_text("通话")
        expect(page.locator("#phone-says")).to_have_text("在通话")
        _shoot(page, "phone-talking")
        _shoot(phone, "phone-window-talking")
        # Clicking through the desk does not touch the talk: the phone has a window of its own.
        for where in ("/desk/", f"/desk/complaints/{number_of(site)}", "/desk/"):
            page.goto(site.url + where)
        expect(page.locator("#phone-says")).to_have_text("在通话")
        assert phone.evaluate("standIn.call.status()") == "open"
        page.keyboard.press("F8")
        expect(page.locator("#phone-says")).to_have_text("静音了，客户听不到您")
        assert phone.evaluate("standIn.call.isMuted()") is True
        page.locator("#phone-mute").click()
        expect(page.locator("#phone-mute")).to_have_text("静音")
        assert page.url == site.url + "/desk/"

    call = ring({"client:li": BrowserPhone(phone, "client:li", exchange, rings, talk)})
    assert call.bridged == ["client:li"]
    assert call.faults == []
    assert any("退款" in words for words in call.whispers)
    expect(page.locator("#line .call")).to_have_count(0)
    expect(page.locator("#phone-says")).to_have_text("电话能接")


def test_hold_and_take_back(ready: Any, ring: Any, site: Site, exchange: Switchboard) -> None:
    page, phone = ready()

    def hold(call: Call) -> None:
        page.locator("#line button", has_text="请客户稍等").click()
        wait_until(page, lambda: bool(call.order))

    desk_phone = BrowserPhone(phone, "client:li", exchange, answers(page), hold)
    call = ring({"client:li": desk_phone})
    assert call.listening, call.ended
    bar = page.locator("#line .call")
    expect(bar).to_contain_text("客户在等您")
    _shoot(page, "phone-held")
    desk_phone.rings = lambda: None  # who takes a caller back does not have to pick up once more
    desk_phone.talks = [lambda call: expect(page.locator("#phone-says")).to_have_text("在通话")]
    page.keyboard.press("F9")
    exchange.catch_up(page)
    assert call.bridged == ["client:li", "client:li"]
    with site.house().db.reading() as conn:
        names = [event.name for event in events.of_complaint(conn, 1)]
    assert "call_held" in names
    assert "call_resumed" in names


def test_hand_on_to_a_colleague(
    ready: Any, ring: Any, site: Site, exchange: Switchboard, people: Any
) -> None:
    page, phone = ready("li")
    other, others_phone = ready("zhou")

    def presence(code: str) -> None:
        with site.house().db.writing() as conn:
            users.set_presence(conn, people["zhou"], code, site.house().clock() + timedelta(minutes=5))

    def answers_alone() -> None:
        presence(users.AVAILABLE)
        answers(page)()

    def hand_on(call: Call) -> None:
        bar = page.locator("#line .call")
        bar.locator("summary").click()
        bar.locator("select").select_option(label="周二")
        bar.locator("input[name=note]").fill("客户只要退款，别再劝")
        _shoot(page, "phone-pass")
        bar.locator("button", has_text="转过去").click()
        wait_until(page, lambda: bool(call.order))

    def picks_up() -> None:
        expect(other).to_have_url(re.compile(f"/desk/complaints/{number_of(site)}$"))
        expect(other.locator("#notes")).to_contain_text("客户只要退款，别再劝")
        other.locator("#phone-answer").click()

    presence(users.AWAY)
    first = BrowserPhone(phone, "client:li", exchange, answers_alone, hand_on)
    second = BrowserPhone(others_phone, "client:zhou", exchange, picks_up)
    call = ring({"client:li": first, "client:zhou": second})
    assert call.bridged == ["client:li", "client:zhou"]
    with site.house().db.reading() as conn:
        outcomes = [row.outcome for row in handoffs.of_complaint(conn, 1)]
        assert [note.words for note in notes.of_complaint(conn, 1)] == ["客户只要退款，别再劝"]
    assert outcomes[0] == "passed"


def test_hanging_up_ends_the_call_for_everybody(
    ready: Any, ring: Any, site: Site, exchange: Switchboard
) -> None:
    page, phone = ready()

    def hang_up(call: Call) -> None:
        page.locator("#line button", has_text="挂断").click()
        wait_until(page, lambda: bool(call.order))

    call = ring({"client:li": BrowserPhone(phone, "client:li", exchange, answers(page), hang_up)})
    assert call.ended
    with site.house().db.reading() as conn:
        assert [row.outcome for row in handoffs.of_complaint(conn, 1)] == ["accepted"]
    expect(page.locator("#line .call")).to_have_count(0)
    expect(page.locator("#phone-says")).to_have_text("电话能接")


def test_decline_presses_two_into_the_whisper(
    ready: Any, ring: Any, site: Site, exchange: Switchboard, people: Any
) -> None:
    page, phone = ready()

    def declines() -> None:
        expect(page.locator("#phone-answer")).to_be_visible()
        page.keyboard.press("F4")

    declining = BrowserPhone(phone, "client:li", exchange, declines)
    call = ring({"client:li": declining})
    declining.hang_up()
    assert call.bridged == []
    assert call.listening
    with site.house().db.reading() as conn:
        assert handoffs.of_complaint(conn, 1)[0].tried == [people["li"]]
    expect(page.locator("#phone-says")).to_have_text("电话能接")


def test_nobody_picks_up(ready: Any, ring: Any, site: Site, exchange: Switchboard) -> None:
    page, phone = ready()

    def looks_on() -> None:
        expect(page.locator("#phone-answer")).to_be_visible()

    ringing = BrowserPhone(phone, "client:li", exchange, looks_on, rings_for=3.0)
    call = ring({"client:li": ringing})
    assert call.bridged == []
    assert call.listening
    expect(page.locator("#phone-answer")).to_be_hidden()
    expect(page.locator("#phone-says")).to_have_text("电话能接")


def test_words_not_saved_yet_are_not_left(
    ready: Any, ring: Any, site: Site, exchange: Switchboard, company: TwilioApi
) -> None:
    page, phone = ready()
    first = ring({"client:li": BrowserPhone(phone, "client:li", exchange, answers(page))})
    first.hang_up()
    page.goto(f"{site.url}/desk/complaints/{number_of(site)}")
    page.locator("#note").fill("写到一半")
    kept = page.url

    def rings() -> None:
        expect(page.locator("#phone-says")).to_have_text("这一页有字没存，没有跳走。点来电那句话打开。")
        assert page.url == kept
        expect(page.locator("#note")).to_have_value("写到一半")
        expect(page.locator("#note")).to_be_focused()
        expect(page.locator("#phone-answer")).to_be_visible()
        page.locator("#note").press("F2")

    line = Line.over_http(site.url, company.token)
    agents: dict[str, Any] = {"client:li": BrowserPhone(phone, "client:li", exchange, rings)}
    call = Caller(line, number="+8613900139000", agents=agents, exchange=exchange).dial()
    call.press("0")
    assert call.bridged == ["client:li"]
    assert page.url == kept


def test_one_window_is_the_phone_and_the_next_one_waits(ready: Any) -> None:
    page, phone = ready()
    second = page.context.new_page()
    second.goto(phone.url)
    expect(second.locator("#phone-says")).to_have_text("电话开在别的窗口。那边关掉，这边就接上。")
    _shoot(second, "phone-elsewhere")
    assert second.evaluate("standIn.device") is None
    phone.close()
    expect(second.locator("#phone-says")).to_have_text("电话能接")
    expect(page.locator("#phone-says")).to_have_text("电话能接")
    second.close()
    expect(page.locator("#phone-says")).to_have_text("电话没开，来电响不到您")
    expect(page.locator("#phone-open")).to_be_visible()


def test_a_lost_line_is_told_and_takes_the_agent_off_duty(ready: Any, site: Site, people: Any) -> None:
    page, phone = ready()
    phone.evaluate("standIn.goOffline()")
    expect(phone.locator("#phone-says")).to_have_text(
        "电话断了，来电响不到您，已改成离开。正在重连。", timeout=15_000
    )
    expect(page.locator("#handset.bad #phone-says")).to_contain_text("来电响不到您")
    expect(page.locator("button.is-away")).to_have_attribute("aria-pressed", "true")
    _shoot(page, "phone-lost")
    with site.house().db.reading() as conn:
        who: Any = users.get(conn, people["li"])
    assert who.presence == users.AWAY
    phone.evaluate("standIn.comeBack()")
    expect(phone.locator("#phone-says")).to_have_text("电话又通了。要接电话，点“在线”。")
    phone.locator("button.is-available").click()
    expect(phone.locator("button.is-available")).to_have_attribute("aria-pressed", "true")
    expect(phone.locator("#phone-says")).to_have_text("电话能接")


def test_without_a_microphone_it_says_what_to_do(desk: Any) -> None:
    page = desk(microphone=False)
    phone = open_phone(page)
    expect(phone.locator("#phone-says")).to_have_text("麦克风没让用。点地址栏左边的图标打开，再试一次。")
    _shoot(phone, "phone-window-microphone")
    assert phone.evaluate("standIn.device") is None
    page.context.grant_permissions(["microphone"])
    phone.locator("#phone-retry").click()
    expect(phone.locator("#phone-says")).to_have_text("电话能接")


def test_a_token_is_renewed_and_a_refused_one_is_told(ready: Any) -> None:
    page, phone = ready()
    assert phone.evaluate("standIn.device.identity") == "li"
    phone.evaluate("standIn.expiresSoon()")
    phone.wait_for_function("() => standIn.tokens.length === 2")
    phone.evaluate("standIn.refuses = 31204; standIn.device.drop()")
    expect(page.locator("#phone-says")).to_have_text("电话公司不认（31204），请管理员看密钥。")


def test_a_sip_phone_rings_and_the_page_opens_too(desk: Any, ring: Any, site: Site, exchange: Any) -> None:
    page = desk("feng")
    expect(page.locator("#phone-open")).to_have_count(0)

    class Sip:
        """Somebody with a telephone on the table, who looks at the screen while it rings."""

        after, thinks, talk, caller_ends, key = 1.0, 0.0, 30.0, False, "1"

        @property
        def does(self) -> str:
            expect(page).to_have_url(re.compile(f"/desk/complaints/{number_of(site)}$"))
            expect(page.locator("#line .call")).to_contain_text("话机上按 1 接听，按 2 换人")
            return PICKS_UP

        def during(self, call: Call) -> None:
            expect(page.locator("#line .call")).to_contain_text("通话")
            page.keyboard.press("F9")
            wait_until(page, lambda: bool(call.order))

    call = ring({"sip:feng@desk.example": Sip()})
    assert call.bridged == ["sip:feng@desk.example"]
    expect(page.locator("#line .call")).to_contain_text("客户在等您")


def test_twilios_own_script_runs_under_our_policy(desk: Any, site: Site) -> None:
    """The real file, with a made token and nobody to register with: no line of the policy is broken."""
    page = desk(sdk=False)
    said: list[str] = []
    phone = page.context.new_page()
    phone.on("console", lambda message: said.append(message.text))
    phone.on("pageerror", lambda error: said.append(str(error)))
    phone.goto(f"{site.url}/desk/phone")
    phone.wait_for_function("() => phone.device !== null")
    assert phone.evaluate("phone.device instanceof Twilio.Device")
    told = phone.locator("#phone-says")
    expect(told).to_have_text("电话断了，来电响不到您，已改成离开。正在重连。", timeout=20_000)
    assert [words for words in said if "net::ERR" not in words and "ERR_" not in words] == []
    policy = phone.evaluate(
        "fetch(location.href).then((answer) => answer.headers.get('Content-Security-Policy'))"
    )
    assert "wss://voice-js.roaming.twilio.com" in policy
    assert "unsafe" not in policy
    assert "*" not in policy


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_phone_is_accessible_and_keeps_its_place(
    scheme: str, ready: Any, ring: Any, exchange: Any, accessible: Any
) -> None:
    page, phone = ready(bypass_csp=True, color_scheme=scheme, viewport={"width": 1366, "height": 768})
    idle = page.locator("main").bounding_box()["y"]
    _shoot(page, f"{scheme}-idle")

    def rings() -> None:
        expect(page.locator("#phone-answer")).to_be_visible()
        expect(page.locator("#line .call")).to_be_visible()
        assert page.locator("main").bounding_box()["y"] == idle
        accessible(page)
        accessible(phone)
        _shoot(page, f"{scheme}-ringing")
        page.locator("#phone-answer").click()

    def talk(call: Call) -> None:
        expect(page.locator("#phone-mute")).to_be_visible()
        assert page.locator("main").bounding_box()["y"] == idle
        accessible(page)
        accessible(phone)
        _shoot(phone, f"{scheme}-window-talking")
        page.set_viewport_size({"width": 375, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        _shoot(page, f"{scheme}-small-talking")

    assert ring({"client:li": BrowserPhone(phone, "client:li", exchange, rings, talk)}).bridged


def wait_until(page: Any, true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it never came true")
