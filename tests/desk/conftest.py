"""The desk with real words, a real database, and an assistant that is not there."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

import settings as settings_module
import wiring
from app import assemble
from reception import accounts
from reception.heard import Heard
from store import complaints, conversations, users
from tests.fakes.clock import Clock

PASSWORD = "a fine long password"


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def settings(tmp_path):
    return settings_module.load({"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1"})


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Passwords are hashed cheaply; what argon2 costs is not what is tested."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    accounts._nobody.cache_clear()


@pytest.fixture
def house(settings, clock):
    return wiring.house(settings, clock)


@pytest.fixture
def app(settings, house):
    return assemble(settings, house)


@pytest.fixture
def people(house, clock):
    """Logins by role, each with PASSWORD; the value is the user's id."""
    who = {"agent": "李敏", "supervisor": "王主管", "admin": "赵管", "auditor": "钱审", "admin_agent": "孙全"}
    with house.db.writing() as conn:
        made = {
            role: accounts.create(conn, role, name, role, PASSWORD, clock()) for role, name in who.items()
        }
        made["agent2"] = accounts.create(conn, "agent2", "周二", "agent", PASSWORD, clock())
    return made


@pytest.fixture
def on_duty(house, people, clock):
    """An agent is there to be sought."""
    with house.db.writing() as conn:
        users.set_presence(conn, people["agent"], "available", clock() + timedelta(hours=1))


def found(pattern, text):
    """What the pattern's group caught; it must be there."""
    match = re.search(pattern, text)
    assert match, pattern
    return match[1]


@dataclass
class Browser:
    """A browser at the desk that sends the forms it is shown."""

    client: Any

    def get(self, path, **more):
        return self.client.get(path, **more)

    def token(self, path="/desk/login"):
        page = self.client.get(path, follow_redirects=True).get_data(as_text=True)
        return found(r'name="csrf_token" value="([^"]+)"', page)

    def log_in(self, login, password=PASSWORD, **more):
        data = {"login": login, "password": password, "csrf_token": self.token(), **more}
        return self.client.post("/desk/login", data=data)

    def post(self, path, page="/desk/", **data):
        """Send a form with the token of `page`."""
        return self.client.post(path, data={"csrf_token": self.token(page), **data})


@pytest.fixture
def browser(app):
    return lambda: Browser(app.test_client())


@pytest.fixture
def at_desk(browser, people):
    """A browser in which somebody of this role is logged in."""

    def logged_in(login="agent"):
        made = browser()
        assert made.log_in(login).status_code == 303
        return made

    return logged_in


class Customer:
    """Writes into the web chat."""

    def __init__(self, house, clock, name="cookie-1"):
        self.house, self.clock, self.who = house, clock, ("cookie", name)
        self.conversation: Any = None
        self.turn = 0

    def says(self, words, **more):
        self.clock.pass_(seconds=20)
        self.turn += 1
        key = f"{self.who[1]}:{self.turn}"
        heard = Heard("web", self.who, words, key, self.clock(), self.conversation, **more)
        answer = self.house.reception.receive(heard)
        self.conversation = answer.conversation
        return answer

    def asks(self):
        self.clock.pass_(seconds=5)
        return self.house.reception.ask_human(self.conversation, "asked", f"{self.who[1]}:ask", self.clock())

    @property
    def complaint(self):
        with self.house.db.reading() as conn:
            return complaints.get(conn, conversations.fetch(conn, self.conversation).complaint_id)

    @property
    def page(self):
        return f"/desk/complaints/{self.complaint.number}"


@pytest.fixture
def customer(house, clock):
    return Customer(house, clock)
