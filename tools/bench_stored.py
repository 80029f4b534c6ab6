"""The desk over a long history: rows as they lie there after years, written in bulk, and the pages over them.

What a house works on does not grow with its history: as many complaints are open, late and waited for with
1,000,000 stored as with 10,000. The rows are made by the database itself, so that a million takes minutes.
"""

from __future__ import annotations

import re
import sqlite3
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import requests
import yaml

from core import number
from tools import places, private, stack
from tools.demo import read_cases
from tools.say import Failure, step

if TYPE_CHECKING:
    from tools.bench import Table

FEW, MANY = 10_000, 1_000_000
OPEN = 2000
WAITING = 20
PEOPLE = 60
TIMES_SLOWER = 1.5
ROUNDS = 40
DAYS = 1000
"""How far back the history goes; its newest complaint was opened a minute ago."""
PAGES = {"queue page": "/desk/", "list of all complaints": "/desk/complaints"}
ROWS = Path(__file__).with_name("stored.sql")
STORIES = [words for case in read_cases() for contact in case.contacts for words in contact.says]
CATEGORIES = [
    str(one["code"])
    for one in yaml.safe_load((places.ROOT / "content" / "categories.yml").read_text("utf-8"))
]
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Desk:
    """One running server, and somebody who is logged in there."""

    url: str
    browser: requests.Session

    def look(self, path: str) -> float:
        """The milliseconds until this page is whole."""
        began = time.perf_counter()
        answer = self.browser.get(self.url + path, timeout=120)
        spent = (time.perf_counter() - began) * 1000
        if answer.status_code != 200:
            raise Failure(f"{path} answered {answer.status_code}.")
        return spent


def measure(table: Table, few: int = FEW, many: int = MANY) -> None:
    """Each page over both histories, in turn, so that the machine's mood is the same for both."""
    with ExitStack() as both:
        desks = [both.enter_context(stored(count)) for count in (few, many)]
        for name, path in PAGES.items():
            times = _in_turn(desks, path)
            short, long = map(statistics.median, times)
            table.note(f"{name}, {few:,} complaints stored", short, "ms")
            table.note(f"{name}, {many:,} complaints stored", long, "ms")
            table.note(f"{name}, times slower", long / short, "", TIMES_SLOWER)


def _in_turn(desks: Sequence[Desk], path: str) -> list[list[float]]:
    for desk in desks:
        for _ in range(3):
            desk.look(path)
    rounds = [[desk.look(path) for desk in desks] for _ in range(ROUNDS)]
    return [list(times) for times in zip(*rounds, strict=True)]


@contextmanager
def stored(count: int) -> Iterator[Desk]:
    """A web server of its own over so many complaints."""
    with private.processes(lambda lines: {"web": lines["web"]}) as (env, running):
        stack.await_doors(running, env)
        with step(f"Writing {count:,} complaints"):
            fill(Path(env["JIESU_DATA_DIR"]) / "jiesu.db", count)
        yield _logged_in(env, private.login_of(env))


def _logged_in(env: Mapping[str, str], login: tuple[str, str]) -> Desk:
    url, browser = f"http://127.0.0.1:{env['JIESU_PORT']}", requests.Session()
    browser.trust_env = False
    found = TOKEN.search(browser.get(f"{url}/desk/login", timeout=30).text)
    if found is None:
        raise Failure("The desk shows no login.")
    form = {"csrf_token": found[1], "login": login[0], "password": login[1]}
    if browser.post(f"{url}/desk/login", form, timeout=30, allow_redirects=False).status_code != 303:
        raise Failure("The desk lets nobody in.")
    return Desk(url, browser)


# ---- The rows


def fill(path: Path, count: int) -> None:
    """Write so many complaints, OPEN of them not over, with all that hangs on them."""
    given = {"count": count, "open": OPEN, "days": DAYS, "waiting": WAITING, "people": PEOPLE}
    with closing(sqlite3.connect(path, timeout=60, isolation_level=None)) as conn:
        for pragma in ("synchronous = OFF", "secure_delete = OFF", "cache_size = -200000"):
            conn.execute(f"PRAGMA {pragma}")
        conn.create_function("number_of", 1, lambda i: number.make(10_000_000 + i), deterministic=True)
        conn.create_function("story_of", 1, lambda i: f"{STORIES[i % len(STORIES)]} {i}", deterministic=True)
        conn.create_function("category_of", 1, lambda i: CATEGORIES[i % len(CATEGORIES)], deterministic=True)
        conn.execute(
            "CREATE TEMP TABLE n (i INTEGER PRIMARY KEY, over INT, channel TEXT, tier INT, owner INT,"
            " at TEXT, later TEXT)"
        )
        conn.execute("BEGIN IMMEDIATE")
        for statement in _statements(ROWS.read_text("utf-8")):
            wanted = set(re.findall(r":([a-z]+)", statement))
            conn.execute(statement, {name: value for name, value in given.items() if name in wanted})
        conn.execute("COMMIT")
        conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _statements(text: str) -> list[str]:
    plain = re.sub(r"^--.*$", "", text, flags=re.M)
    return [one for one in plain.split(";") if one.strip()]
