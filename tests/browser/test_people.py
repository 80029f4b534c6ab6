"""Getting in with a second factor, and a login that ends while somebody writes, in a real browser."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from playwright.sync_api import expect

from store import complaints, notes, users
from tests.browser.shift import PASSWORD, stage

WORDS = "客户要求明天十点前回电，记得带发票"


def fits(page: Any) -> bool:
    """Nothing makes the page scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def log_in(page: Any, login: str) -> None:
    page.locator("#login").fill(login)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("size", [{"width": 1366, "height": 768}, {"width": 320, "height": 640}])
def test_a_second_factor_from_the_picture_to_the_login(
    size: Any, desk: Any, visit: Any, site: Any, accessible: Any
) -> None:
    page = desk("wang", viewport=size)
    page.goto(f"{site.url}/desk/second-factor")
    assert fits(page)
    secret = page.locator("code.key").inner_text().replace(" ", "")
    page.locator("#code").fill(pyotp.TOTP(secret).now())
    page.keyboard.press("Enter")
    drawn = page.locator(".codes code")
    expect(drawn).to_have_count(10)
    accessible(page)
    assert fits(page)
    code = drawn.first.inner_text()
    other = visit("/desk/login", bypass_csp=True, viewport=size)
    log_in(other, "wang")
    expect(other.locator("#code")).to_be_focused()
    accessible(other)
    assert fits(other)
    other.keyboard.type("000000")
    other.keyboard.press("Enter")
    expect(other.get_by_role("alert")).to_be_visible()
    other.locator("#code").fill(code)
    other.keyboard.press("Enter")
    expect(other.locator("header.top")).to_be_visible()


def test_what_was_written_when_the_login_ended_is_sent_after_the_next(
    desk: Any, site: Any, people: dict[str, int], accessible: Any
) -> None:
    house = site.house()
    id = stage(house, people, "investigating", "ended")
    with house.db.reading() as conn:
        number = complaints.get(conn, id).number
    page = desk("li", java_script_enabled=True)
    page.goto(f"{site.url}/desk/complaints/{number}")
    form = page.locator(f"form[action='/desk/complaints/{number}/note']")
    form.locator("[name=words]").fill(WORDS)
    with house.db.writing() as conn:
        users.end_sessions(conn, people["li"])
    form.locator("button").first.click()
    expect(page.locator("#password")).to_be_visible()
    accessible(page)
    log_in(page, "li")
    kept = page.locator("textarea[name=words]")
    expect(kept).to_have_value(WORDS)
    expect(page.locator("header.top")).to_be_visible()
    accessible(page)
    assert fits(page)
    page.locator("form.narrow button.main").click()
    expect(page.locator("#notes")).to_contain_text(WORDS)
    with house.db.reading() as conn:
        assert [note.words for note in notes.of_complaint(conn, id)].count(WORDS) == 1


def test_accounts_are_kept_by_keyboard(desk: Any, site: Any, people: dict[str, int]) -> None:
    page = desk("zhao")
    page.goto(f"{site.url}/desk/people/{people['zhou']}")
    page.locator("#public_name").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("周二二")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_be_visible()
    expect(page.locator("#public_name")).to_have_value("周二二")
    page.locator("button.danger").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notice.warn")).to_be_visible()
    with site.house().db.reading() as conn:
        zhou = users.get(conn, people["zhou"])
    assert zhou is not None
    assert zhou.disabled_at is not None


@pytest.mark.parametrize("where", ["/desk/audit", "/desk/people", "/desk/people/{p}", "/desk/complaints/{n}"])
def test_no_page_of_these_scrolls_sideways_on_a_phone(
    where: str, desk: Any, site: Any, people: dict[str, int]
) -> None:
    house = site.house()
    id = stage(house, people, "registered", "narrow")
    with house.db.reading() as conn:
        number = complaints.get(conn, id).number
    page = desk("zhao" if "people" in where else "qian", viewport={"width": 320, "height": 640})
    page.goto(site.url + where.format(p=people["li"], n=number))
    assert fits(page)
