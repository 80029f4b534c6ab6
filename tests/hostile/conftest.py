"""A house with every door open to hostile words, and browsers of every role to see what came of them."""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

import settings as setting
import wiring
from app import assemble
from reception import accounts
from reception.house import House
from simulator import Caller, Line
from store import complaints, users
from store.schema import complaints as complaint_rows
from tests.fakes.clock import Clock
from tests.hostile.crawl import Crawl
from tests.hostile.payloads import storable
from tests.web.pictures import photo

PASSWORD = "a fine long password"
TOKEN = "a-token-of-at-least-sixteen-bytes"
API_TOKEN = "a token nobody guesses"
ROLES = ("admin_agent", "agent", "handler", "follow_up", "supervisor", "auditor", "admin")
DEPARTMENT = "货运部"
STORY = "送来就坏了，要求退款，电话13800138000"


@dataclass
class World:
    """The application, its house, and one browser per role."""

    app: Flask
    house: House
    clock: Clock
    line: Line
    people: dict[str, int] = field(default_factory=dict)
    browsers: dict[str, Any] = field(default_factory=dict)

    def hire(self) -> None:
        with self.house.db.writing() as conn:
            for role in ROLES:
                self.people[role] = accounts.create(conn, role, role, role, PASSWORD, self.clock())
            users.add_token(conn, "test", hashlib.sha256(API_TOKEN.encode()).hexdigest(), self.clock())
            named = {"department": DEPARTMENT, "id": self.people["handler"]}
            conn.exec_driver_sql("UPDATE users SET department = :department WHERE id = :id", named)

    def browser(self, role: str) -> Any:
        """A browser in which somebody of this role is logged in, again when the session is over."""
        client = self.browsers.setdefault(role, self.app.test_client())
        if client.get("/desk/").status_code == 303 or "csrf_token" not in self.page(client):
            data = {"login": role, "password": PASSWORD, "csrf_token": token_in(self.page(client))}
            assert client.post("/desk/login", data=data).status_code == 303
        return client

    def page(self, client: Any, path: str = "/desk/") -> str:
        return client.get(path, follow_redirects=True).get_data(as_text=True)

    def look(self, role: str, *paths: str) -> Crawl:
        crawl = Crawl(self.browser(role))
        crawl.see(*paths)
        return crawl

    def write_everywhere(self, role: str, number: str, text: str, *paths: str) -> Crawl:
        """Send every form of these pages of a complaint with the text, and look at them again."""
        first = self.look(role, *paths)
        first.send_all(text, token_in(self.page(first.client)), lambda: str(self.row(number).sequence))
        after = self.look(role, *paths)
        after.faults += first.faults
        after.forms, after.taken = first.forms, first.taken
        return after

    def row(self, number: str) -> Any:
        with self.house.db.reading() as conn:
            return complaints.by_number(conn, number)

    # ---- Doors

    def chats(self, text: str) -> str:
        """By the web page: the story, the text, and a photo of that name. Returns the complaint's number."""
        browser = self.app.test_client()
        browser.get("/")
        ours = {"Sec-Fetch-Site": "same-origin"}
        for words in (STORY, text):
            self.clock.pass_(seconds=30)
            browser.post("/chat/send", data={"text": storable(words)}, headers=ours)
        picture = (io.BytesIO(photo()), storable(text).replace("\n", " ").replace("\r", " ") or "x")
        sent = {"text": "照片", "photos": [picture]}
        browser.post("/chat/send", data=sent, headers=ours, content_type="multipart/form-data")
        self.faults_of_chat(browser)
        return self.newest()

    def faults_of_chat(self, browser: Any) -> None:
        crawl = Crawl(browser)
        crawl.look("/", browser.get("/"))
        assert crawl.faults == []

    def by_json(self, text: str) -> Any:
        """As a program sends it: a lone surrogate is possible there."""
        self.clock.pass_(seconds=30)
        body = json.dumps({"conversation": "new", "text": text, "id": secrets.token_hex(8)})
        return self.app.test_client().post("/chat/messages", data=body, content_type="application/json")

    def phones(self, text: str) -> str:
        self.clock.pass_(minutes=2)
        call = Caller(self.line, number="+8613800138001").dial()
        call.says("送来就坏了")
        if not call.ended:
            call.says(storable(text))
        if not call.ended:
            call.hang_up()
        return self.newest()

    def newest(self) -> str:
        with self.house.db.reading() as conn:
            query = select(complaint_rows.c.number).order_by(complaint_rows.c.id.desc()).limit(1)
            return str(conn.execute(query).scalar_one())

    def owned(self, number: str, role: str) -> None:
        """Registered, with this person answerable, so that every form of the work is offered."""
        self.clock.pass_(minutes=20)
        self.house.reception.register_silent(self.clock(), timedelta(minutes=15))
        row = self.row(number)
        self.house.handling.own(self.people[role], row.id, row.sequence, self.clock())

    def memo(self, number: str, role: str, text: str) -> int:
        """A work memo to the handler's department, by this person, who owns the complaint."""
        row, at = self.row(number), self.clock()
        about: dict[str, Any] = {
            "department": DEPARTMENT,
            "facts": text,
            "ask": text,
            "due_at": at + timedelta(days=2),
        }
        return self.house.memos.send(self.people[role], row.id, row.sequence, **about, at=at)


def token_in(page: str) -> str:
    match = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert match, page[:300]
    return match[1]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    usual, accounts._hasher = accounts._hasher, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    accounts._nobody.cache_clear()
    env = {
        "JIESU_DATA_DIR": str(tmp_path_factory.mktemp("hostile")),
        "JIESU_RASA_URL": "http://127.0.0.1:9",
        "TWILIO_AUTH_TOKEN": TOKEN,
    }
    told, clock = setting.load(env), Clock()
    house = wiring.house(told, clock)
    app = assemble(told, house)
    made = World(app, house, clock, Line.over_wsgi(app, told.public_url, TOKEN))
    made.hire()
    yield made
    house.db.close()
    accounts._hasher = usual
    accounts._nobody.cache_clear()
