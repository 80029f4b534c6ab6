"""For every test: words are read, tables made and templates compiled once in a run; they would take most of
the time of most tests. A file of tests that is about one of them has a fixture of the same name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

REAL = (
    "browser",
    "faults",
    "hearing",
    "hostile",
    "house/test_app.py",
    "house/test_settings.py",
    "office/test_killed.py",
    "simulator",
    "tools/test_stack.py",
    "wechat/test_case_e.py",
    "wechat/test_faults.py",
    "wechat/test_process.py",
)
"""What starts servers, browsers and workers, and waits for them: one such test at a time, while others run in
other processes."""

# What is imported inside the functions is not there in Rasa's environment, whose tests share this folder.


@pytest.hookimpl(tryfirst=True)  # before xdist writes the group into the test's name
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    apart = [here / path for path in REAL]
    for item in items:
        if any(item.path == path or path in item.path.parents for path in apart):
            item.add_marker(pytest.mark.xdist_group("real processes"))


@pytest.fixture(scope="session")
def words_read() -> dict[Any, Any]:
    """The contents of this run, by folder, day and judgements."""
    return {}


@pytest.fixture(autouse=True)
def words_once(monkeypatch: pytest.MonkeyPatch, words_read: dict[Any, Any]) -> None:
    """Houses of one day share their words, which nobody changes."""
    import wiring

    monkeypatch.setattr(wiring, "load", partial(_read, wiring.load, words_read))


def _read(load: Callable[..., Any], read: dict[Any, Any], folder: Path, *, today: Any, learned: Any) -> Any:
    key = (folder, today, id(learned))
    if key not in read:
        read[key] = (load(folder, today=today, learned=learned), learned)  # kept, so its id stays its own
    return read[key][0]


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of this version with nothing in it."""
    from store.db import Database

    file = tmp_path_factory.mktemp("tables") / "jiesu.db"
    made = Database(f"sqlite:///{file}")
    made.migrate()
    made.close()
    return file


@pytest.fixture(autouse=True)
def tables_once(monkeypatch: pytest.MonkeyPatch, tables: Path) -> None:
    """A database that is not there yet begins as a copy."""
    from store.db import Database

    whole = Database.migrate

    def migrate(self: Database) -> None:
        if not _copied(tables, Path(self.url.removeprefix("sqlite:///"))):
            whole(self)

    monkeypatch.setattr(Database, "migrate", migrate)


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Where compiled templates are kept in this run."""
    from jinja2 import FileSystemBytecodeCache

    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("pages")))


@pytest.fixture(autouse=True)
def pages_once(monkeypatch: pytest.MonkeyPatch, pages: Any) -> None:
    """Every application of a test compiles its templates; the second finds them."""
    from flask import Flask

    monkeypatch.setitem(Flask.jinja_options, "bytecode_cache", pages)


def _copied(tables: Path, file: Path) -> bool:
    """Whether it was not there; of several processes at once, one copies."""
    if file.exists() or not file.parent.exists():
        return False
    beside = file.with_name(f"{file.name}.{os.getpid()}.copy")
    shutil.copyfile(tables, beside)
    try:
        os.link(beside, file)
    except FileExistsError:
        return False
    finally:
        beside.unlink()
    return True
