"""The supervisor's figures in a real browser: charts drawn from their tables, nothing moves, both themes."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from core import events as names
from reception import accounts
from store import complaints, events, facts, users
from store import schema as t
from tests.fakes import complaints as fake

PASSWORD = "a fine long password"
KINDS = ("accept", "callback", "plan", "resolve")
SHIFT = """() => new Promise(done => {
  let moved = 0;
  new PerformanceObserver(list => { for (const one of list.getEntries()) moved += one.value; })
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(moved), 800);
})"""


@pytest.fixture
def boss(visit: Any, site: Any) -> Any:
    """A supervisor at the figures of a house in which something has happened."""
    house = site.house()
    now = house.clock()
    with house.db.writing() as conn:
        accounts.create(conn, "wang", "王主管", "supervisor", PASSWORD, now)
        who = users.by_login(conn, "wang")
        assert who is not None
        for n in range(1, 9):
            _complaint(conn, n, now - timedelta(days=n), who.id)

    def logged_in(path: str = "/desk/reports", **options: Any) -> Any:
        page = visit("/desk/login", **options)
        page.locator("#login").fill("wang")
        page.locator("#password").fill(PASSWORD)
        page.locator("button.main").click()
        expect(page.locator("header.top")).to_be_visible()
        page.goto(site.url + path)
        return page

    return logged_in


def _complaint(conn: Any, n: int, at: Any, who: int) -> None:
    one = fake.complaint(conn, n, tier=1 + n % 3, at=at)
    facts.learn(conn, one, "issues", [{"category": ("damage", "loss")[n % 2]}], by="rule", at=at)
    facts.learn(conn, one, "subject", "城东网点", by="agent", at=at)
    complaints.change(conn, one, mood=("calm", "angry")[n % 2], owner_id=who, taken_at=at)
    for hours, kind in enumerate(KINDS, 1):
        due = at + timedelta(hours=hours)
        times = {"made_at": at, "due_at": due, "kept_at": due + timedelta(minutes=n - 6)}
        row = {"complaint_id": one, "kind": kind, "calendar": "office", "provisional": False, "state": "kept"}
        conn.execute(t.promises.insert().values(**row, **times))
    asked = {"conversation_id": f"chat-{n}", "complaint_id": one, "reason": "asked", "tried": []}
    spoke = at + timedelta(seconds=9 * n)
    conn.execute(t.handoffs.insert().values(**asked, asked_at=at, first_word_at=spoke, ended_at=spoke))
    finding = {
        "complaint_id": one,
        "facts": "x",
        "cause": ("packing", "system")[n % 2],
        "responsibility": "us",
    }
    conn.execute(t.findings.insert().values(**finding, user_id=who, at=at))
    scores = {"q1": 5, "q2": 4, "q3": 1 + n % 5, "q5": "yes", "words": "", "outcome": "confirmed"}
    conn.execute(t.follow_ups.insert().values(complaint_id=one, user_id=who, at=at, **scores))


def drawn(page: Any) -> int:
    """Charts on the page; each must be drawn."""
    boxes = page.locator(".chart")
    for place in range(boxes.count()):
        expect(boxes.nth(place).locator("canvas")).to_have_count(1)
    return int(boxes.count())


def test_every_chart_is_drawn_and_nothing_is_refused(boss: Any) -> None:
    page = boss("/desk/people")  # refused to a supervisor: only the console of the next page is heard
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(page.url.replace("/desk/people", "/desk/reports"))
    assert drawn(page) == 11
    page.wait_for_timeout(600)
    assert said == []


def test_a_chart_says_what_its_table_says(boss: Any) -> None:
    """Read back from what ECharts was given."""
    page = boss()
    drawn(page)
    told = page.evaluate(
        """() => {
             const option = echarts.getInstanceByDom(document.querySelector("#moods .chart")).getOption();
             return option.yAxis[0].data.map((name, at) => [name, option.series[0].data[at].value]); }"""
    )
    rows = page.locator("#t-moods tbody tr")
    table = [
        [rows.nth(n).locator("th").inner_text(), int(rows.nth(n).locator("td").first.inner_text())]
        for n in range(rows.count())
    ]
    assert told == table
    assert sum(many for _, many in told) == 8


def test_the_table_by_day_begins_today_and_the_chart_ends_there(boss: Any) -> None:
    page = boss()
    drawn(page)
    look = """(id) => { const box = document.querySelector(`#${id} .chart`);
              return echarts.getInstanceByDom(box).getOption().xAxis[0].data; }"""
    for table in ("kept_by_time", "voices"):
        days = page.locator(f"#t-{table} tbody th").all_inner_texts()
        assert days == sorted(days, reverse=True)
        assert page.evaluate(look, table) == days[::-1]


def test_the_marks_of_the_clocks_keep_their_units_in_english(boss: Any) -> None:
    page = boss()
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    drawn(page)
    ticks = page.locator("#clocks .chart").get_attribute("data-ticks")
    look = """() => { const box = document.querySelector("#clocks .chart");
              const axis = echarts.getInstanceByDom(box).getOption().xAxis[0].axisLabel;
              return axis.customValues.map((at) => axis.formatter(at)); }"""
    shown = page.evaluate(look)
    assert shown
    assert set(shown) <= {words for _, words in json.loads(ticks)}
    assert [words for words in shown if not re.fullmatch(r"\d+ (s|min|h|d)", words)] == []


def test_nothing_moves_while_it_is_drawn(boss: Any) -> None:
    page = boss()
    drawn(page)
    assert page.evaluate(SHIFT) < 0.01


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/desk/reports", "/desk/reports/week", "/desk/reports/list?what=explicit"])
def test_accessible(boss: Any, accessible: Any, scheme: str, path: str) -> None:
    accessible(boss(path, bypass_csp=True, color_scheme=scheme))


def test_another_theme_draws_anew(boss: Any) -> None:
    page = boss()
    drawn(page)
    look = "() => echarts.getInstanceByDom(document.querySelector('.chart')).getOption().textStyle.color"
    light = page.evaluate(look)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(200)
    assert page.evaluate(look) != light


def test_with_less_motion_nothing_is_animated(boss: Any) -> None:
    page = boss(reduced_motion="reduce")
    drawn(page)
    look = "() => echarts.getInstanceByDom(document.querySelector('.chart')).getOption().animation"
    assert page.evaluate(look) is False


def test_without_a_script_the_tables_are_whole(boss: Any) -> None:
    page = boss(java_script_enabled=False)
    assert page.locator(".chart").first.is_hidden()
    rows = page.locator("#t-kept_by_time tbody tr")
    assert rows.count() == 30
    assert rows.last.is_visible()
    page.locator("#first").fill("2026-01-01")
    page.locator("#last").fill("2026-01-07")
    page.get_by_role("button", name="看这一段").click()
    expect(page).to_have_url(re.compile("first=2026-01-01&last=2026-01-07"))


@pytest.mark.parametrize("width", [1366, 390, 320])
def test_no_page_is_wider_than_its_window(boss: Any, width: int) -> None:
    page = boss(viewport={"width": width, "height": 768})
    drawn(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")


def test_from_a_number_to_its_complaints_by_keyboard(boss: Any) -> None:
    page = boss()
    page.locator("#h-kept ~ ul a").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/desk/reports/list"))
    expect(page.locator("tbody tr").first).to_be_visible()


def test_a_file_is_taken_and_written_down(boss: Any, site: Any) -> None:
    page = boss()
    with page.expect_download() as taken:
        page.locator("#clocks a.csv").click()
    assert taken.value.suggested_filename.startswith("jiesu-clocks-")
    with site.house().db.reading() as conn:
        last = events.last(conn)
        assert [row.name for row in events.after(conn, last - 1)] == [names.REPORT_EXPORTED]
