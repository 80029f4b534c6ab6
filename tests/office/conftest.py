"""A house whose clock the tests hold."""

import pytest

import settings
import wiring
from tests.fakes.clock import Clock


@pytest.fixture
def house(tmp_path):
    env = {"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1"}
    made = wiring.house(settings.load(env), Clock())
    yield made
    made.db.close()
