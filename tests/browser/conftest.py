"""A real server and the machine's own Chromium. No Chromium is a failure, never a skip."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.shift import PASSWORD, add_people
from tests.browser.site import ROOT, Site
from tools.browser import find

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
]
AXE = ROOT / "static" / "vendor" / "axe.min.js"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ends with its file: while one of Playwright's loops runs in this thread, no other can start."""
    chromium = find(os.environ)
    if chromium is None:
        pytest.fail("no Chromium on this machine: ./jiesu test installs one, or set JIESU_CHROMIUM")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=str(chromium), args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """The application, fresh, with nobody at the desk and no Rasa."""
    running = Site(tmp_path).start()
    yield running
    running.stop()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Any]:
    """Opens a page in a browser of its own: `visit("/", viewport=…, java_script_enabled=False)`."""
    opened: list[BrowserContext] = []

    def go(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(10_000)
        opened.append(context)
        page = context.new_page()
        page.goto(site.url + path)
        return page

    yield go
    for context in opened:
        context.close()


@pytest.fixture
def people(site: Site) -> dict[str, int]:
    return add_people(site.house())


@pytest.fixture
def desk(visit: Any, people: dict[str, int]) -> Any:
    """Somebody logged in at the desk, in a browser of their own."""

    def logged_in(login: str = "li", **options: Any) -> Page:
        page: Page = visit("/desk/", bypass_csp=True, **options)
        page.locator("#login").fill(login)
        page.locator("#password").fill(PASSWORD)
        page.locator("form.login button.main").click()
        expect(page.locator("header.top")).to_be_visible()
        return page

    return logged_in


@pytest.fixture
def page(visit: Any) -> Page:
    """The chat page of a new customer."""
    first: Page = visit("/")
    return first


@pytest.fixture
def accessible() -> Any:
    """Fails when axe-core finds anything, however small. The page must come from visit(bypass_csp=True)."""

    def look(page: Page) -> None:
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("() => axe.run({resultTypes: ['violations']})")["violations"]
        assert not found, [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]

    return look
