"""How the desk looks and feels in a real browser: nothing jumps, every key does its work, both languages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.shift import complain

SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    const nodes = entry.sources.map((each) => each.node?.id || each.node?.className || each.node?.nodeName);
    window.shifts.push({ value: entry.value, nodes });
  }
}).observe({ type: "layout-shift", buffered: true });
"""
"""Every layout shift that nobody caused by a click or a key. https://web.dev/articles/cls"""


def shifted(page: Any) -> float:
    """How far things on this page have moved by themselves, as the sum of the layout shift scores."""
    return float(page.evaluate("window.shifts.reduce((sum, each) => sum + each.value, 0)"))


def tops(page: Any, *places: str) -> list[int]:
    """Where these stand on the page, whichever nodes they are by now."""
    return [
        page.evaluate("(it) => Math.round(document.querySelector(it).getBoundingClientRect().top)", place)
        for place in places
    ]


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)])
def test_nothing_jumps_when_somebody_comes_and_goes(size: Any, visit: Any, desk: Any) -> None:
    agent = desk(viewport={"width": size[0], "height": size[1]})
    agent.add_init_script(SHIFTS)
    agent.reload()
    expect(agent.locator(".link.on")).to_be_attached()
    places = ("#waiting-h", "#now", ".filters", "#lists", "#open-h")
    before = tops(agent, *places)
    for _ in range(2):
        complain(visit("/"))
    expect(agent.locator(".waiting li")).to_have_count(2)
    assert tops(agent, *places) == before
    colleague = desk("zhou")
    colleague.locator(".waiting li button").first.click()
    expect(agent.locator(".waiting li")).to_have_count(1)
    assert tops(agent, *places[:4]) == before[:4]
    assert shifted(agent) < 0.02, agent.evaluate("window.shifts")


def test_the_words_of_a_customer_move_nothing_on_the_complaint(visit: Any, desk: Any, page: Any) -> None:
    agent = desk()
    agent.add_init_script(SHIFTS)
    complain(page)
    agent.locator(".waiting li button").first.click()
    expect(agent.locator("#words")).to_be_visible()
    expect(agent.locator(".link.on")).to_be_visible()
    places = ("#words", "#log", "#brief", "#signals")
    before = tops(agent, *places)
    for words in ("在吗", "我的订单号是A20250101", "我等了三天，气死我了"):
        page.locator("#text").fill(words)
        page.locator("#composer .send").click()
        expect(agent.locator("#log")).to_contain_text(words)
    assert tops(agent, *places) == before
    assert shifted(agent) < 0.1, agent.evaluate("window.shifts")


def test_a_list_that_is_pointed_at_holds_still_for_a_moment(visit: Any, desk: Any, page: Any) -> None:
    agent = desk()
    expect(agent.locator(".link.on")).to_be_visible()
    complain(page)
    first = agent.locator(".waiting li").first
    expect(first).to_be_visible()
    first.hover()
    stood = first.get_attribute("id")
    complain(visit("/"), "装的热水器漏气，我妈头晕送医院了")
    expect(agent).to_have_title(re.compile(r"\(2\)"))
    assert agent.locator(".waiting li").first.get_attribute("id") == stood
    expect(agent.locator(".waiting li").first).to_contain_text("热水器漏气", timeout=8_000)


# ---- Keys


def test_the_keys_of_the_queue(visit: Any, desk: Any, page: Any) -> None:
    agent = desk("sun")
    complain(page)
    expect(agent.locator(".waiting li")).to_be_visible()
    agent.keyboard.press("1")
    expect(agent.locator("button.is-available")).to_have_attribute("aria-pressed", "true")
    agent.keyboard.press("3")
    expect(agent.locator("button.is-away")).to_have_attribute("aria-pressed", "true")
    agent.keyboard.press("j")
    assert agent.evaluate("document.activeElement.matches('.waiting li a')")
    agent.keyboard.press("Enter")
    expect(agent.locator("#head")).to_be_visible()
    agent.wait_for_load_state("load")
    agent.keyboard.press("g")
    agent.keyboard.press("q")
    expect(agent.locator("#waiting-h")).to_be_visible()
    agent.wait_for_load_state("load")
    agent.keyboard.press("g")
    agent.keyboard.press("p")
    expect(agent).to_have_url(re.compile("/desk/people$"))
    agent.wait_for_load_state("load")
    agent.keyboard.press("n")
    expect(agent).to_have_url(re.compile("/desk/new$"))
    agent.wait_for_load_state("load")
    agent.locator("main").click(position={"x": 2, "y": 2})
    agent.keyboard.press("/")
    expect(agent).to_have_url(re.compile("/desk/complaints$"))


def test_take_over_answer_and_handle_with_one_key_each(desk: Any, page: Any) -> None:
    agent = desk()
    complain(page)
    expect(agent.locator(".waiting li")).to_be_visible()
    agent.keyboard.press("t")
    expect(agent.locator("#words")).to_be_visible()
    expect(agent.locator(".link.on")).to_be_visible()  # the scripts of this page run
    agent.keyboard.press("Escape")
    expect(agent.locator("#words")).not_to_be_focused()
    agent.keyboard.press("s")
    expect(agent.locator("#words")).to_be_focused()
    expect(agent.locator("#words")).not_to_have_value("")
    agent.locator("#words").fill("")
    agent.keyboard.type("t r c m j k g q ? 1 2 3")
    expect(agent.locator("#words")).to_have_value("t r c m j k g q ? 1 2 3")
    agent.locator("#words").fill("")
    agent.keyboard.press("Escape")
    agent.keyboard.press("m")
    expect(agent.locator("#note")).to_be_focused()
    agent.keyboard.press("Escape")
    agent.keyboard.press("v")
    expect(agent.locator("#try-words")).to_be_focused()
    agent.keyboard.press("Escape")
    agent.keyboard.press("o")
    expect(agent.locator("#on-to")).to_be_focused()
    agent.keyboard.press("Escape")
    agent.keyboard.press("d")
    expect(agent.locator("#progress")).to_be_focused()
    agent.keyboard.press("Escape")
    agent.keyboard.press("l")
    expect(agent.locator("#tier-reason")).to_be_focused()
    agent.keyboard.press("Escape")
    agent.keyboard.press("h")
    expect(agent.locator("#history")).to_have_attribute("open", "")
    agent.keyboard.press("c")
    expect(agent.locator("#acts form[action$='/own']")).to_have_count(0)
    agent.keyboard.press("r")
    expect(agent.locator("#words")).to_be_focused()


def test_while_characters_are_chosen_no_key_acts(desk: Any, page: Any) -> None:
    agent = desk()
    complain(page)
    expect(agent.locator(".waiting li")).to_be_visible()
    for held in ("isComposing", "ctrlKey", "altKey", "metaKey"):
        agent.evaluate(
            "(held) => document.body.dispatchEvent("
            "new KeyboardEvent('keydown', { key: 't', [held]: true, bubbles: true }))",
            held,
        )
    agent.wait_for_timeout(300)
    assert agent.url.endswith("/desk/")


def test_help_shows_the_keys_closes_and_switches_them_off(desk: Any, page: Any, accessible: Any) -> None:
    agent = desk()
    complain(page)
    link = agent.locator(".waiting li a").first
    expect(link).to_be_visible()
    link.focus()
    agent.keyboard.press("?")
    help = agent.locator("dialog")
    expect(help).to_contain_text("接手对话")
    accessible(agent)
    agent.keyboard.press("t")
    expect(help).to_be_visible()
    agent.keyboard.press("Escape")
    expect(help).to_have_count(0)
    expect(link).to_be_focused()
    agent.keyboard.press("?")
    help.locator("#keys-on").uncheck()
    agent.keyboard.press("Escape")
    agent.reload()
    expect(link).to_be_visible()
    for key in ("t", "j", "?"):
        agent.keyboard.press(key)
    agent.wait_for_timeout(300)
    assert agent.url.endswith("/desk/")
    expect(help).to_have_count(0)
    agent.locator(".own summary").click()
    agent.locator("#keys-open").click()
    expect(help.locator("#keys-on")).not_to_be_checked()


def test_the_keys_are_a_page_too(visit: Any, desk: Any) -> None:
    agent = desk(java_script_enabled=False)
    agent.goto(agent.url.replace("/desk/", "/desk/keys"))
    expect(agent.locator("#keys")).to_contain_text("接手对话")
    expect(agent.locator("#keys-on")).to_be_disabled()


# ---- English


def test_english_by_switch_also_without_a_script(visit: Any, desk: Any, page: Any) -> None:
    agent = desk(java_script_enabled=False)
    agent.locator(".language button").first.click()
    expect(agent.locator("html")).to_have_attribute("lang", "en")
    expect(agent.locator("#waiting-h")).to_contain_text("Waiting for a person")


def test_scripts_speak_the_language_too(desk: Any, page: Any) -> None:
    agent = desk()
    agent.locator(".language button").first.click()
    expect(agent.locator("#link")).to_contain_text("Live")
    expect(agent.locator("#sound")).to_have_text("Turn sound on")
    complain(page)
    expect(agent.locator("#ring")).to_have_text("Somebody is waiting for a person")
    waiting = agent.locator(".waiting li")
    expect(waiting).to_contain_text("沙发扶手裂了")
    expect(waiting).to_contain_text("wants a refund")
    waiting.locator("button").click()
    expect(agent.locator("#speaker")).to_contain_text("the assistant is silent")
    expect(page.get_by_text("李敏接手了").first).to_be_visible()
