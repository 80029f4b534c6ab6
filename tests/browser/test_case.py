"""A complaint's own page in a real browser: phone first, no script, by keyboard, in both themes."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from core.number import shown as pretty
from reception import evidence
from store import complaints, conversations
from store import promises as promise_rows
from tests.browser.shift import stage
from tests.web.pictures import photo

PHONE = {"width": 390, "height": 844}
STATES = ("registered", "investigating", "conferring", "carrying_out", "following_up", "closed")


def link(site: Any, id: int) -> str:
    """The path of the link, as it stands in a message."""
    house = site.house()
    return str(house.case_links.path(id, house.clock()))


def number_of(site: Any, id: int) -> str:
    with site.house().db.reading() as conn:
        return str(complaints.get(conn, id).number)


def late(site: Any, id: int) -> None:
    """The promised call did not come."""
    house = site.house()
    with house.db.writing() as conn:
        row = promise_rows.open_of(conn, id, "callback")
        assert row is not None
        due = house.clock() - timedelta(hours=2)
        promise_rows.change(conn, row.id, state="missed", due_at=due, missed_at=due)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(visit: Any, people: Any, site: Any, accessible: Any, theme: str) -> None:
    page = visit("/case", bypass_csp=True, color_scheme=theme, viewport=PHONE)
    accessible(page)
    for state in STATES:
        id = stage(site.house(), people, state, f"axe-{state}")
        if state == "registered":
            late(site, id)
        page.goto(site.url + link(site, id))
        expect(page).to_have_url(f"{site.url}/case")
        accessible(page)
    page.locator("#write button").click()
    expect(page.locator(".notice.wrong")).to_be_visible()
    accessible(page)


def test_a_line_and_a_photo_without_a_script(
    visit: Any, people: Any, desk: Any, site: Any, tmp_path: Path
) -> None:
    id = stage(site.house(), people, "investigating", "plain")
    agent = desk("li")
    agent.goto(f"{site.url}/desk/complaints/{number_of(site, id)}")
    page = visit(link(site, id), java_script_enabled=False, viewport=PHONE)
    (tmp_path / "door.jpg").write_bytes(photo())
    page.locator("#text").fill("门还在漏")
    page.locator("#photos").set_input_files(tmp_path / "door.jpg")
    page.locator("#write .send").click()
    expect(page.locator(".notice.done")).to_be_visible()
    expect(page.locator(".line.customer .words", has_text="门还在漏")).to_have_count(1)
    expect(page.locator(".pictures img")).to_have_count(1)
    assert page.locator(".pictures img").evaluate("(img) => img.complete && img.naturalWidth > 0")
    expect(agent.get_by_text("门还在漏").first).to_be_visible()


def test_by_number_with_the_keyboard_alone(visit: Any, people: Any, site: Any) -> None:
    id = stage(site.house(), people, "registered", "keys")
    page = visit("/case")
    page.locator("#number").focus()
    page.keyboard.type(pretty(number_of(site, id)))
    page.keyboard.press("Tab")
    page.keyboard.type("0000")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.wrong")).to_be_visible()
    page.locator("#digits").focus()
    page.keyboard.type("8003")
    page.keyboard.press("Enter")
    expect(page.locator(".slip-number strong")).to_have_text(pretty(number_of(site, id)))
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("还有一句")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".notice.done")).to_be_visible()


def test_the_link_does_not_stay(visit: Any, people: Any, site: Any) -> None:
    id = stage(site.house(), people, "registered", "gone")
    page = visit("/")
    page.goto(site.url + link(site, id))
    assert page.url == f"{site.url}/case"
    page.go_back()
    assert page.url == f"{site.url}/"
    assert "/c/" not in page.content()


def test_not_done_after_all(visit: Any, people: Any, site: Any) -> None:
    id = stage(site.house(), people, "closed", "again")
    page = visit(link(site, id), viewport=PHONE)
    page.locator("#write .send").click()
    expect(page.locator(".notice.wrong")).to_be_visible()
    page.locator("#text").fill("又裂了，没修好")
    page.locator("#write .send").click()
    expect(page.locator(".notice.done")).to_be_visible()
    expect(page.locator(".owner strong")).to_have_text("王主管")


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_sticks_out(visit: Any, people: Any, site: Any, width: int) -> None:
    id = stage(site.house(), people, "carrying_out", "wide")
    late(site, id)
    page = visit(link(site, id), viewport={"width": width, "height": 700})
    for size in ("100%", "200%"):
        page.evaluate("(size) => { document.documentElement.style.fontSize = size; }", size)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_is_touched_is_large_enough(visit: Any, people: Any, site: Any) -> None:
    id = stage(site.house(), people, "investigating", "touch")
    page = visit(link(site, id), viewport=PHONE)
    for one in page.locator("button, input[type=file], textarea").all():
        assert one.bounding_box()["height"] >= 44, re.sub(r"\s+", " ", one.evaluate("(it) => it.outerHTML"))


def test_files_that_we_sent_can_be_seen_and_taken(
    visit: Any, people: Any, site: Any, accessible: Any, tmp_path: Path
) -> None:
    house, id = site.house(), stage(site.house(), people, "registered", "files")
    with house.db.reading() as conn:
        talk = str(conversations.written_of(conn, id))
    house.agents.take(people["li"], talk, house.clock())
    pdf = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    sent = {"维修单，第二次上门，师傅签过字的那一张.pdf": pdf, "门.jpg": photo()}
    for name, content in sent.items():
        sealed = evidence.seal(house.data_dir, evidence.examine_enclosure(name, content))
        house.agents.say(people["li"], talk, "", name, house.clock(), (sealed,))
    page = visit(link(site, id), bypass_csp=True, viewport=PHONE)
    accessible(page)
    links = page.locator("a.take")
    expect(links).to_have_count(2)
    page.screenshot(path=str(tmp_path / "files.png"), full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert links.first.bounding_box()["height"] >= 24
    with page.expect_download() as took:
        links.first.click()
    assert Path(took.value.path()).read_bytes() == pdf
