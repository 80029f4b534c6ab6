"""A shift at the desk: two agents and three customers at once, in real browsers against the real server."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from store import complaints, messages, promises
from tests.browser.shift import complain, say, stage

CALM = "送来的沙发扶手裂了，要求退款"
SERIOUS = "快递晚了五天，再不给说法我就找12315，找律师"
GRAVE = "装的热水器漏气，我妈头晕送医院了"
LATE = 45_000
"""Milliseconds: the desk looks again every 30 s whatever happens."""


@dataclass
class Shift:
    """Two agents at their desks, and three customers who asked for a person, the calmest first."""

    li: Any
    zhou: Any
    calm: Any
    serious: Any
    grave: Any


@pytest.fixture
def shift(visit: Any, desk: Any) -> Shift:
    li, zhou = desk("li"), desk("zhou")
    for agent in (li, zhou):
        agent.locator("button.is-available").click()
        expect(agent.locator(".link.on")).to_be_visible()
    customers = [visit("/") for _ in range(3)]
    for customer, story in zip(customers, (CALM, SERIOUS, GRAVE), strict=True):
        complain(customer, story)
    expect(li.locator(".waiting li")).to_have_count(3)
    expect(zhou.locator(".waiting li")).to_have_count(3)
    return Shift(li, zhou, *customers)


def take(agent: Any, story: str) -> None:
    agent.locator(".waiting li", has_text=story[:8]).locator("button").click()
    expect(agent.locator("#words")).to_be_visible()


def answer(agent: Any, words: str) -> None:
    agent.locator("#words").fill(words)
    agent.locator("#words").press("Enter")
    expect(agent.locator("#words")).to_have_value("")


def lines(customer: Any, kind: str) -> Any:
    return customer.locator(f".line.{kind} .words")


def ours(page: Any, place: str, marked: str) -> list[str]:
    """The lines on a page that begin with a mark, in their order."""
    return [words for words in page.locator(place).all_inner_texts() if words.startswith(marked)]


def test_the_gravest_is_first_for_both_and_leaves_both_when_taken(shift: Shift) -> None:
    for agent in (shift.li, shift.zhou):
        texts = agent.locator(".waiting li .what a").all_inner_texts()
        assert [text[:4] for text in texts] == [GRAVE[:4], SERIOUS[:4], CALM[:4]]
    take(shift.li, GRAVE)
    expect(shift.zhou.locator(".waiting li")).to_have_count(2)
    expect(shift.zhou.locator(".waiting")).not_to_contain_text(GRAVE[:8])
    expect(shift.zhou).to_have_title(re.compile(r"^\(2\)"))


def test_no_bot_speaks_under_a_person_and_it_comes_back_with_the_hand_back(shift: Shift) -> None:
    take(shift.li, CALM)
    take(shift.zhou, SERIOUS)
    for customer, name in ((shift.calm, "李敏"), (shift.serious, "周二")):
        expect(customer.get_by_text(f"{name}接手了").first).to_be_visible()
    held = {id(customer): lines(customer, "assistant").count() for customer in (shift.calm, shift.serious)}
    for words in ("在吗", "我要退款", "你们到底管不管"):
        say(shift.calm, f"甲{words}")
        say(shift.serious, f"乙{words}")
        expect(shift.li.locator("#log")).to_contain_text(f"甲{words}")
        expect(shift.zhou.locator("#log")).to_contain_text(f"乙{words}")
    answer(shift.li, "在，我查到装车记录了。")
    expect(shift.calm.get_by_text("在，我查到装车记录了。")).to_be_visible()
    assert "乙" not in shift.li.locator("#log").inner_text()
    assert "装车记录" not in shift.serious.locator("#log").inner_text()
    for customer in (shift.calm, shift.serious):
        assert lines(customer, "assistant").count() == held[id(customer)]
    shift.li.locator("#back-note").fill("等他发照片")
    shift.li.locator("form.back button").click()
    expect(shift.li.locator("#notes")).to_contain_text("等他发照片")
    say(shift.calm, "还有一件事，要赔礼")
    expect(lines(shift.calm, "assistant").nth(held[id(shift.calm)])).to_be_visible()
    assert lines(shift.serious, "assistant").count() == held[id(shift.serious)]


def test_of_two_who_press_at_once_one_wins_and_each_sees_the_other(shift: Shift) -> None:
    for agent in (shift.li, shift.zhou):
        agent.locator(".waiting li", has_text=CALM[:8]).locator("a").first.click()
        expect(agent.locator("#head")).to_be_visible()
    expect(shift.zhou.locator("#others")).to_contain_text("李敏", timeout=LATE)
    expect(shift.li.locator("#others")).to_contain_text("周二", timeout=LATE)
    for agent in (shift.li, shift.zhou):
        agent.route(
            "**/desk/complaints/*", lambda route: route.abort() if _background(route) else route.continue_()
        )
    shift.li.locator("#answer form button").click()
    expect(shift.li.locator("#words")).to_be_visible()
    shift.zhou.locator("#answer form button").click()
    expect(shift.zhou.get_by_role("alert")).to_contain_text("李敏已经接了")
    expect(shift.calm.get_by_text("接手了")).to_have_count(shift.calm.get_by_text("李敏接手了").count())


def _background(route: Any) -> bool:
    return str(route.request.headers.get("x-desk", "")) == "background"


def test_a_line_is_taken_back_in_time_and_not_later(shift: Shift) -> None:
    take(shift.li, CALM)
    answer(shift.li, "明天下午送到您家")
    expect(shift.calm.get_by_text("明天下午送到您家")).to_be_visible()
    shift.li.locator("#undo form[data-words] button").click()
    expect(shift.calm.get_by_text("明天下午送到您家")).to_have_count(0)
    expect(shift.calm.locator(".line.agent.retracted")).to_have_count(1)
    expect(shift.li.locator("#log .message.retracted")).to_contain_text("明天下午送到您家")
    expect(shift.li.locator("#words")).to_have_value("明天下午送到您家")
    answer(shift.li, "后天上午送到您家")
    expect(shift.calm.get_by_text("后天上午送到您家")).to_be_visible()
    undo = shift.li.locator("#undo form[data-words] button")
    expect(undo).to_be_visible()
    expect(undo).to_have_count(0, timeout=15_000)
    expect(shift.calm.get_by_text("后天上午送到您家")).to_be_visible()


def test_a_stale_save_is_refused_with_both_versions_and_a_choice(shift: Shift) -> None:
    for agent in (shift.li, shift.zhou):
        agent.locator(".waiting li", has_text=CALM[:8]).locator("a").first.click()
        expect(agent.locator("#known")).to_be_visible()
    shift.zhou.route(
        "**/desk/complaints/*", lambda route: route.abort() if _background(route) else route.continue_()
    )
    name = {agent: agent.locator("form[action$='/facts/name']") for agent in (shift.li, shift.zhou)}
    for agent, words in ((shift.li, "陈女士"), (shift.zhou, "程女士")):
        agent.locator("details:has(> form[action$='/facts/name']) summary").click()
        name[agent].locator("input[name=words]").fill(words)
    name[shift.li].locator("button").click()
    expect(shift.li.locator("#known")).to_contain_text("陈女士")
    name[shift.zhou].locator("button").click()
    versions = shift.zhou.locator(".version")
    expect(versions.nth(0)).to_contain_text("陈女士")
    expect(versions.nth(1)).to_contain_text("程女士")
    versions.nth(1).locator("button.main").click()
    known = shift.zhou.locator("#known div", has=shift.zhou.locator("dt", has_text="称呼")).first
    expect(known).to_contain_text("程女士")
    known.locator("details.old summary").click()
    expect(known.locator("s")).to_contain_text("陈女士")


def test_a_promise_turns_red_by_itself(shift: Shift, site: Any, people: dict[str, int]) -> None:
    house = site.house()
    id = stage(house, people, "registered", "late")
    with house.db.writing() as conn:
        due = house.clock() + timedelta(seconds=6)
        promises.make(conn, id, kind="plan", made_at=house.clock(), due_at=due, calendar="always")
        number = complaints.get(conn, id).number
    shift.zhou.goto(f"{site.url}/desk/complaints/{number}")
    row = shift.li.locator("#lists tr", has=shift.li.locator(f"[id$='-{number}']"))
    expect(row.locator(".clock")).to_have_class(re.compile("clock-(soon|fine)"), timeout=LATE)
    red = shift.li.evaluate("getComputedStyle(document.body).getPropertyValue('--red')")
    expect(row.locator(".clock-late time")).to_be_visible(timeout=LATE)
    expect(shift.zhou.locator("#promises .clock-late").first).to_be_visible(timeout=LATE)
    expect(row).to_contain_text("过了")
    painted = row.locator(".clock-late time").evaluate("(it) => getComputedStyle(it).color")
    assert painted == _rgb(red)
    expect(shift.li.locator("#now")).to_contain_text("个承诺过了时间", timeout=LATE)


def _rgb(colour: str) -> str:
    digits = colour.strip().lstrip("#")
    red, green, blue = (int(digits[place : place + 2], 16) for place in (0, 2, 4))
    return f"rgb({red}, {green}, {blue})"


def test_after_a_crash_no_line_is_lost_doubled_or_out_of_order(shift: Shift, site: Any) -> None:
    take(shift.li, CALM)
    take(shift.zhou, SERIOUS)
    talks = ((shift.calm, shift.li, "甲"), (shift.serious, shift.zhou, "乙"))
    expected: dict[str, list[str]] = {"甲": [], "乙": []}
    for turn in range(6):
        for customer, agent, mark in talks:
            say(customer, f"{mark}客{turn}")
            expect(agent.locator("#log")).to_contain_text(f"{mark}客{turn}", timeout=LATE)
            answer(agent, f"{mark}席{turn}")
            expect(customer.locator("#log")).to_contain_text(f"{mark}席{turn}", timeout=LATE)
            expected[mark] += [f"{mark}客{turn}", f"{mark}席{turn}"]
        if turn in (1, 3):
            site.kill() if turn == 1 else site.stop()
            site.start()
            for page in (shift.li, shift.zhou):
                expect(page.locator(".link.on")).to_be_visible(timeout=LATE)
    with site.house().db.reading() as conn:
        stored = [row.words for id in (1, 2, 3) for row in messages.of_complaint(conn, id)]
    for customer, agent, mark in talks:
        assert ours(customer, "#log .line .words", mark) == expected[mark]
        assert ours(agent, "#log .message > p", mark) == expected[mark]
        assert [words for words in stored if words.startswith(mark)] == expected[mark]


def test_words_written_while_the_server_is_away_arrive_once(shift: Shift, site: Any) -> None:
    take(shift.li, CALM)
    site.kill()
    say(shift.calm, "甲断线时写的")
    shift.li.locator("#words").fill("甲席断线时写的")
    shift.li.locator(".reply button").click()
    time.sleep(1)
    assert shift.li.locator("#words").input_value() == "甲席断线时写的"
    site.start()
    expect(shift.li.locator(".link.on")).to_be_visible(timeout=LATE)
    shift.li.locator(".reply button").click()
    expect(shift.li.locator("#log")).to_contain_text("甲席断线时写的", timeout=LATE)
    resend = shift.calm.locator("#log button", has_text="重发")
    if resend.count():
        resend.first.click()
    expect(shift.li.locator("#log")).to_contain_text("甲断线时写的", timeout=LATE)
    expect(shift.calm.locator("#log")).to_contain_text("甲席断线时写的", timeout=LATE)
    with site.house().db.reading() as conn:
        stored = [row.words for row in messages.of_complaint(conn, 1)]
    assert sorted(words for words in stored if words.startswith("甲")) == ["甲席断线时写的", "甲断线时写的"]
