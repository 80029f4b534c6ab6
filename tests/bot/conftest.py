"""Rasa's environment has neither our words nor tables nor pages: nothing of them is prepared here."""

import pytest


@pytest.fixture(autouse=True)
def words_once() -> None:
    pass


@pytest.fixture(autouse=True)
def tables_once() -> None:
    pass


@pytest.fixture(autouse=True)
def pages_once() -> None:
    pass
