"""A reception with a real database, real words and a Rasa that is fake only on the wire."""

import hashlib
import itertools
from pathlib import Path

import pytest

from core import number
from reception.assistant import Assistant
from reception.content import load
from reception.desk import Agents
from reception.handling import Handling
from reception.heard import Heard
from reception.keeping import Names
from reception.reception import Reception
from store import users
from tests.fakes.clock import Clock
from tests.fakes.complaints import database
from tests.fakes.rasa import FakeRasa
from wiring import learned

CONTENT = Path(__file__).parents[2] / "content"


@pytest.fixture(scope="session")
def content():
    return load(CONTENT, today=Clock().now.date(), learned=learned())


@pytest.fixture
def db(tmp_path):
    return database(tmp_path)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def rasa():
    fake = FakeRasa()
    yield fake
    fake.close()


@pytest.fixture
def reception(db, content, tmp_path):
    """Rasa is refused: every answer comes from the rules and the scripted questions."""
    return make_reception(db, content, tmp_path, "http://127.0.0.1:1")


@pytest.fixture
def with_rasa(db, content, tmp_path, rasa):
    return make_reception(db, content, tmp_path, rasa.url)


@pytest.fixture
def handling(db, content):
    return Handling(db, content)


@pytest.fixture
def agents(db, content):
    return Agents(db, content)


@pytest.fixture
def agent(db, clock):
    with db.writing() as conn:
        return add_agent(conn, clock, "li", "李敏")


def add_agent(conn, clock, login, public_name):
    return users.add(
        conn,
        login=login,
        public_name=public_name,
        role="agent",
        password_hash="",
        at=clock(),
        phone=f"client:{login}",
    )


def make_reception(db, content, folder, rasa_url):
    draws = itertools.count(38_204_716)
    ids = Names(
        conversation=lambda: hashlib.sha256(str(next(draws)).encode()).hexdigest()[:32],
        number=lambda: number.make(next(draws)),
        sender=lambda id, generation: f"{hashlib.sha256(id.encode()).hexdigest()[:16]}-{generation}",
    )
    return Reception(db, content, Assistant(rasa_url), ids, folder)


class Customer:
    """Writes one message after another into one conversation."""

    def __init__(self, reception, clock, channel="web", caller=None, name="cookie-1"):
        self.reception = reception
        self.clock = clock
        self.channel = channel
        self.caller = caller
        self.who = ("phone", caller) if caller else ("cookie", name)
        self.conversation = "CA" + "0" * 32 if channel == "phone" else None
        self.turn = itertools.count()
        self.answer = None

    def heard(self, words, **more):
        key = more.pop("key", None) or f"{self.who[1]}:{id(self)}:{next(self.turn)}"
        return Heard(
            self.channel,
            self.who,
            words,
            key,
            self.clock(),
            self.conversation,
            caller=self.caller,
            **more,
        )

    def says(self, words, **more):
        """Send it and return the names of the replies."""
        self.clock.pass_(seconds=20)
        self.answer = self.reception.receive(self.heard(words, **more))
        self.conversation = self.answer.conversation
        return [said.reply for said in self.answer.said]


@pytest.fixture
def customer(reception, clock):
    return Customer(reception, clock)
