from pathlib import Path

import pytest

from reception.content import Words, load_rules, load_words
from reception.wording import Rules

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def folder() -> Path:
    return ROOT / "content"


@pytest.fixture(scope="session")
def words(folder: Path) -> Words:
    return load_words(folder)


@pytest.fixture(scope="session")
def rules(folder: Path) -> Rules:
    return load_rules(folder)
