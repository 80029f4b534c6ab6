"""Whatever anybody writes, wherever they write it, is text: on every page, on paper and in every table."""

from __future__ import annotations

import json
from typing import Any

import pytest

from store import users
from tests.hostile.conftest import API_TOKEN, ROLES, World, token_in
from tests.hostile.crawl import Crawl
from tests.hostile.payloads import MARK, PAYLOADS, storable

BEARER = {"Authorization": f"Bearer {API_TOKEN}"}
FIRST_PAGES = (
    "/desk/",
    "/desk/complaints",
    "/desk/new",
    "/desk/memos",
    "/desk/follow-ups",
    "/desk/reports",
    "/desk/people",
    "/desk/audit",
    "/desk/phone",
    "/desk/reports/complaints.csv",
    "/desk/reports/complaints.xlsx",
    "/desk/reports/tables.xlsx",
    "/desk/reports/week",
)

#: A file, a stream that does not end, a sound, a part of a page while a call is there, and the way in.
NOT_VISITED = (
    "desk.static",
    "desk.stream",
    "desk.play_recording",
    "desk.phone_line",
    "desk.login",
    "desk.second_factor",
    "desk.sign_on",
    "desk.sign_on_done",
    "desk.password",
)

every = pytest.mark.parametrize("name", PAYLOADS)


@every
def test_by_chat_and_by_every_form_of_the_complaint(name: str, world: World) -> None:
    number = world.chats(PAYLOADS[name])
    world.owned(number, "admin_agent")
    here = f"/desk/complaints/{number}"
    text = storable(PAYLOADS[name])
    pages = (here, f"{here}/steps", f"{here}/record.pdf")
    crawl = world.write_everywhere("admin_agent", number, text, *pages)
    assert len(crawl.forms) > 10
    assert len(crawl.taken) > 3
    assert crawl.faults == []
    assert crawl.seen[here] == 200
    assert MARK in crawl.shown[here]
    assert MARK in crawl.shown[f"{here}/record.pdf"].replace("\u200b", "")


@every
def test_by_phone(name: str, world: World) -> None:
    number = world.phones(PAYLOADS[name])
    world.owned(number, "admin_agent")
    here = f"/desk/complaints/{number}"
    crawl = world.look("supervisor", here, f"{here}/record.pdf")
    assert crawl.faults == []
    assert MARK in crawl.shown[here]


@every
def test_by_a_program_and_back_to_one(name: str, world: World) -> None:
    """What came in as JSON goes out as JSON, the same words; what is no text at all is refused in words."""
    answer = world.by_json(PAYLOADS[name])
    assert answer.status_code in (200, 202, 400), answer.get_data(as_text=True)
    number = world.chats(PAYLOADS[name])
    world.owned(number, "agent")
    told = world.app.test_client().get(f"/api/v1/complaints/{number}", headers=BEARER)
    words = [said["words"] for said in json.loads(told.data)["words"] if said["author"] == "customer"]
    sent = storable(PAYLOADS[name]).replace("\r\n", "\n")
    assert any(MARK in said for said in words)
    assert sent in words or sent.strip() in words or "\x00" in sent


@every
def test_as_the_name_of_a_colleague(name: str, world: World) -> None:
    """Told to customers, shown on every page, printed on paper."""
    text = storable(PAYLOADS[name])
    with world.house.db.writing() as conn:
        about: dict[str, Any] = {
            "login": f"bad-{name}",
            "public_name": text,
            "role": "agent",
            "at": world.clock(),
        }
        made = users.add(conn, **about, password_hash="-", phone=None)
    number = world.chats("窗帘短了")
    world.people["bad"] = made
    world.owned(number, "bad")
    here = f"/desk/complaints/{number}"
    crawl = world.look("admin_agent", here, f"{here}/record.pdf", "/desk/people", "/desk/")
    assert crawl.faults == []


def test_every_page_of_every_role_after_all_that(world: World) -> None:
    """Every address that shows something is visited by somebody: a new page is looked at too."""
    number = world.chats(PAYLOADS["script"])
    world.owned(number, "agent")
    memo = world.memo(number, "agent", PAYLOADS["script"])
    paper = (f"/desk/memos/{memo}.pdf", "/desk/reports/week/2026-W09.pdf")
    first = (*FIRST_PAGES, f"/desk/memos/{memo}", *paper)
    seen: set[str] = set()
    for role in ROLES:
        crawl = Crawl(world.browser(role))
        crawl.walk(*first)
        token = token_in(world.page(crawl.client))
        crawl.send_all(PAYLOADS["script"], token, lambda: str(world.row(number).sequence))
        assert crawl.faults == [], role
        seen |= {path for path, status in crawl.seen.items() if status < 400 and path.startswith("/")}
    match = world.app.url_map.bind("localhost").match
    visited = {match(path.partition("?")[0])[0] for path in seen}
    rules = [rule for rule in world.app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]
    assert sorted({rule.endpoint for rule in rules if "GET" in (rule.methods or ())} - visited) == sorted(
        NOT_VISITED
    )
