"""A house with a phone door, its agents, and callers; only the wire to Twilio and Rasa is not real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

import wiring
from ivr.views import blueprint
from reception.house import House
from settings import load
from simulator import Call, Caller, Line, Phone
from store import calls, complaints, conversations, facts, handoffs, messages, promises, users
from tests.fakes.clock import Clock

TOKEN = "a-token-of-at-least-sixteen-bytes"
PUBLIC = "https://jiesu.example"
NOBODY_LISTENS = "http://127.0.0.1:9"


@dataclass
class Hotline:
    """The hotline under test: `call` rings it, the rest looks at what it stored."""

    app: Flask
    house: House
    clock: Clock
    line: Line
    agents: dict[str, int] = field(default_factory=dict)

    def staff(self, *addresses: str, presence: str = "available") -> None:
        """Agents with these phones are on duty from now on."""
        with self.house.db.writing() as conn:
            for address in addresses:
                id = self.agents.get(address) or users.add(
                    conn,
                    login=address,
                    public_name=f"agent {len(self.agents) + 1}",
                    role="agent",
                    password_hash="-",
                    at=self.clock(),
                    phone=address,
                )
                self.agents[address] = id
                users.set_presence(conn, id, presence, self.clock() + timedelta(hours=8))

    def caller(self, number: str = "+8613800138000", **more: Any) -> Caller:
        return Caller(self.line, number=number, **more)

    def call(
        self, number: str = "+8613800138000", agents: dict[str, Phone] | None = None, **more: Any
    ) -> Call:
        return self.caller(number, agents=agents or {}, **more).dial()

    def complaint(self, call: Call) -> Any:
        with self.house.db.reading() as conn:
            row = conversations.get(conn, call.sid)
            return complaints.get(conn, row.complaint_id) if row and row.complaint_id else None

    def promises(self, call: Call) -> set[str]:
        with self.house.db.reading() as conn:
            rows = promises.of_complaint(conn, self.complaint(call).id)
            return {row.kind for row in rows if row.state == "open"}

    def words(self, call: Call) -> list[str]:
        with self.house.db.reading() as conn:
            rows = messages.of_conversation(conn, call.sid)
            return [row.words for row in rows if row.author == "customer" and row.words]

    def fact(self, call: Call, name: str) -> Any:
        with self.house.db.reading() as conn:
            found = facts.current(conn, self.complaint(call).id).get(name)
            return found.value if found is not None else None

    def handoffs(self, call: Call) -> list[Any]:
        with self.house.db.reading() as conn:
            return list(handoffs.of_complaint(conn, self.complaint(call).id))

    def row(self, call: Call) -> Any:
        with self.house.db.reading() as conn:
            return calls.get(conn, call.sid)

    def flags(self, call: Call) -> set[str]:
        with self.house.db.reading() as conn:
            return complaints.flags(conn, self.complaint(call).id)


def hotline_at(folder: Path, **environment: str) -> Hotline:
    env = {
        "JIESU_DATA_DIR": str(folder),
        "JIESU_PUBLIC_URL": PUBLIC,
        "JIESU_RASA_URL": NOBODY_LISTENS,
        "TWILIO_AUTH_TOKEN": TOKEN,
        **environment,
    }
    clock = Clock()
    settings = load(env)
    house = wiring.house(settings, clock)
    app = Flask("phone")
    app.config.update(
        JIESU_PUBLIC_URL=settings.public_url,
        TWILIO_AUTH_TOKEN=settings.twilio.auth_token,
        JIESU_RECORD_TALKS=settings.record_talks,
    )
    app.extensions["jiesu"] = house
    app.register_blueprint(blueprint)
    return Hotline(app, house, clock, Line.over_wsgi(app, PUBLIC, TOKEN))


@pytest.fixture
def hotline(tmp_path: Path) -> Iterator[Hotline]:
    found = hotline_at(tmp_path)
    yield found
    found.house.db.close()


@pytest.fixture
def no_faults() -> Callable[[Call], None]:
    def check(call: Call) -> None:
        assert call.faults == []
        assert call.differences == []

    return check
