"""The same in Chromium: nothing that anybody wrote runs, on pages as they come and as they change live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reception import accounts
from reception.heard import Heard
from store import complaints, conversations
from tests.browser.conftest import browser, site, visit
from tests.hostile.payloads import MARK, PAYLOADS

__all__ = ["browser", "site", "visit"]

PASSWORD = "a fine long password"
ACTING = ("script", "image", "attribute", "textarea", "svg", "comment", "frame", "link", "json")
NAME = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def desk(visit: Callable[..., Page], site: Any) -> Page:
    """Somebody with a hostile name at the desk."""
    house = site.house()
    with house.db.writing() as conn:
        accounts.create(conn, "li", NAME, "admin_agent", PASSWORD, house.clock())
    page = watched(visit("/desk/"))
    page.locator("#login").fill("li")
    page.locator("#password").fill(PASSWORD)
    page.locator("#password").press("Enter")
    expect(page.locator("#waiting-h")).to_be_visible()
    return page


def watched(page: Page) -> Page:
    """A page on which a dialog is a failure."""
    page.dialogs = []  # type: ignore[attr-defined]

    def opened(dialog: Any) -> None:
        page.dialogs.append(dialog.message)  # type: ignore[attr-defined]
        dialog.dismiss()

    page.on("dialog", opened)
    return page


def quiet(page: Page) -> None:
    """Nothing ran, and nothing of it became an element."""
    assert page.dialogs == []  # type: ignore[attr-defined]
    assert page.evaluate(f"window.{MARK}") is None
    assert (
        page.evaluate("document.querySelectorAll('iframe, base, [onerror], [onload], [srcdoc]').length") == 0
    )


def complain(site: Any, text: str, n: int) -> tuple[str, str]:
    """A complaint with the text as its second message; its conversation and its number."""
    house = site.house()
    talk: str | None = None
    for turn, words in enumerate(("送来就坏了，要求退款，电话13800138000", text)):
        heard = Heard("web", ("cookie", f"hostile-{n}"), words, f"{n}:{turn}", house.clock(), talk)
        talk = house.reception.receive(heard).conversation
    with house.db.reading() as conn:
        id = conversations.fetch(conn, str(talk)).complaint_id
        return str(talk), str(complaints.get(conn, id).number)


def test_nothing_runs_on_the_desk(desk: Page, site: Any) -> None:
    for n, name in enumerate(ACTING):
        _, number = complain(site, PAYLOADS[name], n)
        for path in ("/desk/", f"/desk/complaints/{number}", f"/desk/complaints/{number}/steps"):
            desk.goto(site.url + path)
            quiet(desk)
        expect(desk.locator("main")).to_be_visible()


def test_nothing_runs_when_it_comes_in_live(desk: Page, site: Any) -> None:
    """The open page takes in what the customer says now."""
    talk, number = complain(site, "第一句", 0)
    desk.goto(f"{site.url}/desk/complaints/{number}")
    house = site.house()
    for n, name in enumerate(ACTING):
        heard = Heard("web", ("cookie", "hostile-0"), PAYLOADS[name], f"live:{n}", house.clock(), talk)
        house.reception.receive(heard)
    last = PAYLOADS[ACTING[-1]].strip()
    expect(desk.locator("#talk")).to_contain_text(last[:20], timeout=20_000)
    quiet(desk)


def test_nothing_runs_on_the_customers_page(visit: Callable[..., Page], site: Any) -> None:
    page = watched(visit("/"))
    for name in ACTING:
        page.locator("#text").fill(PAYLOADS[name])
        page.locator("#composer .send").click()
        expect(page.locator("#log .line.customer").last).to_contain_text(MARK)
    quiet(page)
    page.reload()
    quiet(page)
