"""axe-core finds nothing, of any impact, on any page of the desk in any of its states, in both themes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

import settings
import wiring
from app import assemble
from store import complaints, memos
from tests.browser.shift import complain, stage

STEPS = (
    "registered",
    "investigating",
    "memo_sent",
    "conferring",
    "carrying_out",
    "following_up",
    "feeding_back",
    "closed",
)
#: Pages by who opens them. {n}: a complaint; {m}: a memo; {p}: an account; {w}: a week.
PAGES = {
    "li": (
        "/desk/",
        "/desk/?tier=3&channel=phone",
        "/desk/complaints/{n}",
        "/desk/complaints/{n}/steps",
        "/desk/complaints",
        "/desk/complaints?state=registered",
        "/desk/phone",
        "/desk/new",
        "/desk/password",
        "/desk/second-factor",
        "/desk/keys",
        "/desk/complaints/9999999999",
    ),
    "wang": ("/desk/reports", "/desk/reports/week/{w}", "/desk/reports/list?what=explicit", "/desk/wechat"),
    "wu": ("/desk/memos", "/desk/memos/{m}"),
    "zheng": ("/desk/follow-ups",),
    "qian": ("/desk/audit", "/desk/audit?what=seen", "/desk/complaints/{n}"),
    "zhao": ("/desk/", "/desk/people", "/desk/people/{p}"),
    "sun": ("/desk/", "/desk/people"),
}
#: Addresses that answer with something other than a page.
NO_PAGE = re.compile(
    r"\.(pdf|csv|xlsx)$|/files/|/recordings/|/static/|/stream$|/phone/line$|/sso|/reports/week$|/login$"
)
THEMES = ("light", "dark")
pytestmark = pytest.mark.parametrize("theme", THEMES)


@pytest.fixture
def filled(site: Any, people: dict[str, int]) -> dict[str, str]:
    """A complaint in every step, and what stands in the addresses."""
    house = site.house()
    ids = {state: stage(house, people, state, f"at-{state}") for state in STEPS}
    with house.db.reading() as conn:
        numbers = {state: complaints.get(conn, id).number for state, id in ids.items()}
        [memo] = memos.of_complaint(conn, ids["memo_sent"])
    year, week, _ = house.clock().isocalendar()
    about = {
        "n": numbers["investigating"],
        "m": str(memo.id),
        "p": str(people["li"]),
        "w": f"{year}-W{week:02}",
    }
    return {**numbers, **about}


def addresses(tmp_path: Any) -> Iterator[str]:
    """Every page that the desk can be asked for."""
    of = settings.load({"JIESU_DATA_DIR": str(tmp_path / "rules"), "JIESU_RASA_URL": "http://127.0.0.1:1"})
    for rule in assemble(of, wiring.house(of)).url_map.iter_rules():
        if rule.rule.startswith("/desk/") and "GET" in (rule.methods or ()) and not NO_PAGE.search(rule.rule):
            yield rule.rule


def test_no_page_is_forgotten(theme: str, tmp_path: Any) -> None:
    looked = {re.sub(r"\{\w\}", "1", page.partition("?")[0]) for pages in PAGES.values() for page in pages}
    shapes = {rule: re.compile(re.sub(r"<[^>]+>", "[^/]+", rule)) for rule in addresses(tmp_path)}
    assert [rule for rule, shape in shapes.items() if not any(map(shape.fullmatch, looked))] == []


@pytest.mark.parametrize("who", list(PAGES))
def test_every_page(
    who: str, theme: str, desk: Any, filled: dict[str, str], site: Any, accessible: Any
) -> None:
    page = desk(who, color_scheme=theme)
    for path in PAGES[who]:
        page.goto(site.url + path.format_map(filled))
        page.wait_for_timeout(200)
        try:
            accessible(page)
        except AssertionError as found:
            raise AssertionError(f"{path}: {found}") from None


def test_every_step(theme: str, desk: Any, filled: dict[str, str], site: Any, accessible: Any) -> None:
    page = desk("sun", color_scheme=theme)
    for state in STEPS:
        page.goto(f"{site.url}/desk/complaints/{filled[state]}/steps")
        page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        try:
            accessible(page)
        except AssertionError as found:
            raise AssertionError(f"{state}: {found}") from None


def test_the_login_and_its_refusal(theme: str, visit: Any, people: dict[str, int], accessible: Any) -> None:
    page = visit("/desk/login", bypass_csp=True, color_scheme=theme)
    accessible(page)
    page.locator("#login").fill("li")
    page.locator("#password").fill("wrong")
    page.locator("#password").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    accessible(page)


def test_a_talk_with_everything_open(theme: str, desk: Any, page: Any, accessible: Any) -> None:
    agent = desk(color_scheme=theme)
    complain(page)
    expect(agent.locator(".waiting li")).to_be_visible()
    accessible(agent)
    agent.locator(".waiting li button").click()
    expect(agent.locator("#words")).to_be_visible()
    agent.locator(".own summary").click()
    agent.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    accessible(agent)
    agent.reload()
    agent.locator("#words").fill("您冷静一下")
    agent.locator(".reply button").click()
    expect(agent.locator("button[name=anyway]")).to_be_visible()
    accessible(agent)


def test_english_in_a_narrow_window(theme: str, desk: Any, filled: dict[str, str], accessible: Any) -> None:
    page = desk("sun", color_scheme=theme, viewport={"width": 390, "height": 844})
    page.locator(".own summary").click()
    page.locator(".only-small button").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    for path in ("/desk/", f"/desk/complaints/{filled['n']}", f"/desk/complaints/{filled['n']}/steps"):
        page.goto(page.url.split("/desk/")[0] + path)
        accessible(page)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) <= 0, path
