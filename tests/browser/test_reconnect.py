"""Restarts and crashes of the server while customer and agent are talking: every line once, in order, on both
pages, and without anybody reloading. In the set-up as it comes, and in the one for many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from store import complaints, conversations, messages
from tests.browser.shift import STORY, complain, say
from tests.browser.site import Site
from tools import redis_server

BACK = 45_000
"""Milliseconds: a page tries again after 2 s at first, and later every 30 s."""
MANY = {"JIESU_WEB_CLASS": "gevent", "JIESU_WEB_WORKERS": "2"}


@pytest.fixture(params=["as it comes", "for many"])
def site(tmp_path: Path, request: Any) -> Iterator[Site]:
    if request.param == "as it comes":
        running = Site(tmp_path).start()
        yield running
        running.stop()
        return
    if redis_server.find() is None:
        pytest.fail("no redis-server on this machine: ./jiesu test installs one")
    with redis_server.running() as redis:
        running = Site(tmp_path, **MANY, JIESU_REDIS_URL=redis.url).start()
        yield running
        running.stop()


def stored(site: Site) -> list[tuple[int, str]]:
    """Every line of the one conversation: its id, and its words."""
    with site.house().db.reading() as conn:
        chat = conversations.fetch(conn, conversations.written_of(conn, 1) or "")
        rows = messages.of_conversation(conn, chat.id)
    return [(row.id, row.words) for row in rows if row.words]


def shown(page: Page, lines: str) -> list[int]:
    """The ids of the lines as they stand on the page."""
    ids: list[str] = page.eval_on_selector_all(lines, "all => all.map((one) => one.id)")
    return [int(re.sub(r"\D", "", id)) for id in ids]


def write_beside(site: Site, people: dict[str, int], words: str) -> None:
    """A line of the agent's that another process keeps, while the web server is gone."""
    house = site.house()
    with house.db.reading() as conn:
        chat = conversations.written_of(conn, 1)
    assert chat is not None
    house.agents.say(people["li"], chat, words, f"beside:{words}", house.clock())


@pytest.mark.timeout(500)
def test_every_line_once_and_in_order_over_restarts_and_crashes(
    visit: Any, desk: Any, page: Page, site: Site, people: dict[str, int]
) -> None:
    agent = desk()
    complain(page, STORY)
    agent.locator(".waiting li button").click()
    expect(page.get_by_text("李敏接手了").first).to_be_visible()
    for turn, end in enumerate([site.kill, site.stop, site.kill]):
        say(page, f"第{turn}句，之前")
        expect(agent.locator("#log")).to_contain_text(f"第{turn}句，之前")
        end()
        say(page, f"第{turn}句，断线时")
        write_beside(site, people, f"回第{turn}句，断线时")
        site.start()
        expect(page.locator("#log")).to_contain_text(f"回第{turn}句，断线时", timeout=BACK)
        expect(page.locator(".pending")).to_have_count(0, timeout=BACK)
        expect(agent.locator("#log")).to_contain_text(f"第{turn}句，断线时", timeout=BACK)
        write_beside(site, people, f"回第{turn}句，之后")
        expect(page.locator("#log")).to_contain_text(f"回第{turn}句，之后")
        expect(agent.locator("#log")).to_contain_text(f"回第{turn}句，之后")
    kept = stored(site)
    ours = [words for _, words in kept if "句，" in words]
    assert len(ours) == len(set(ours)) == 12
    assert shown(page, ".line[id]") == [id for id, _ in kept]
    assert [id for id in shown(agent, ".message[id]") if id in dict(kept)] == [id for id, _ in kept]
    with site.house().db.reading() as conn:
        assert complaints.get(conn, 1).owner_id == people["li"]
