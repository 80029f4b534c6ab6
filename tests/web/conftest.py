"""The application around a fresh house, with a clock that stands still and no Rasa."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

import app as application
import settings
import wiring
from tests.fakes.clock import Clock

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told(tmp_path) -> settings.Settings:
    env = {
        "JIESU_DATA_DIR": str(tmp_path),
        "JIESU_RASA_URL": NOBODY,
        "JIESU_SECRET_KEY": secrets.token_urlsafe(32),
    }
    return settings.load(env)


@pytest.fixture
def app(told, clock) -> Any:
    return application.assemble(told, wiring.house(told, clock))


@pytest.fixture
def house(app) -> Any:
    return app.extensions["jiesu"]


@pytest.fixture
def caller(app) -> Any:
    """Another system: plain HTTP, no cookies."""
    return app.test_client(use_cookies=False)


@pytest.fixture
def customer(app) -> Any:
    """A browser that has seen the page."""
    client = app.test_client()
    assert client.get("/").status_code == 200
    return client


@pytest.fixture
def kept(house) -> Any:
    """All that customers said and is stored, oldest first."""
    from sqlalchemy import select

    from store.schema import messages

    def words() -> list[str]:
        query = select(messages.c.words).where(messages.c.author == "customer").order_by(messages.c.id)
        with house.db.reading() as conn:
            return list(conn.execute(query).scalars())

    return words
