"""The same person in two channels, on the complaint's page: by keyboard, in both languages and themes."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from reception.heard import Channel, Heard
from store import complaints, conversations

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def pair(site: Any, people: dict[str, int]) -> list[str]:
    """Two customers who left the same number; the numbers of their complaints."""
    house = site.house()
    numbers = []
    ways: tuple[tuple[Channel, str], ...] = (("web", "cookie"), ("wechat", "openid"))
    for channel, kind in ways:
        heard = Heard(
            channel,
            (kind, f"{kind}-1"),
            "送来的沙发坏了，我要退款，电话13800138000",
            f"key-{kind}",
            house.clock(),
        )
        answer = house.reception.receive(heard)
        with house.db.reading() as conn:
            row = conversations.fetch(conn, answer.conversation)
            numbers.append(complaints.get(conn, row.complaint_id).number)
    return numbers


def open_by_key(page: Page, summary: Any) -> None:
    summary.focus()
    page.keyboard.press("Enter")


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def test_joined_and_parted_by_keyboard(desk: Any, pair: list[str]) -> None:
    page = desk("li")
    page.goto(page.url.split("/desk")[0] + f"/desk/complaints/{pair[0]}")
    card = page.locator("#earlier")
    expect(card).to_contain_text("可能是同一个人")
    open_by_key(page, card.locator("summary", has_text="问过了"))
    page.keyboard.press("Tab")
    page.keyboard.type("客户说也在微信写过")
    page.keyboard.press("Enter")
    expect(card).to_contain_text("问过客户")
    expect(card).not_to_contain_text("可能是同一个人")
    open_by_key(page, card.locator("summary", has_text="不是同一个人"))
    page.keyboard.press("Tab")
    page.keyboard.type("是她先生")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(card).not_to_contain_text("问过客户")
    expect(page.locator("#history")).to_contain_text("是她先生")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_both_parts_are_accessible_and_fit(
    desk: Any, site: Any, people: dict[str, int], pair: list[str], accessible: Any, theme: str, language: str
) -> None:
    page = desk("li", color_scheme=theme, viewport=PHONE)
    page.context.add_cookies([{"name": "jiesu_language", "value": language, "url": site.url}])
    house = site.house()
    for joined in (False, True):
        if joined:
            with house.db.reading() as conn:
                found = [complaints.by_number(conn, one) for one in pair]
            ids = [row.id for row in found if row is not None]
            house.joining.same(people["li"], *ids, "客户说也在微信写过", house.clock())
        page.goto(f"{site.url}/desk/complaints/{pair[0]}")
        for summary in page.locator("#earlier details summary").all():
            summary.click()
        page.locator("#earlier").scroll_into_view_if_needed()
        assert fits(page)
        accessible(page)
