"""`./jiesu bench voice`: many calls at once, each from the greeting to a talk or a promised call back.

The callers are processes of their own, with few threads each, and give way to the server (`nice`): in life
they are other machines. Every webhook is timed twice: by the caller, and inside the server. Thinking is
played `QUICKER` times as fast as people think, so that many calls meet.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

import requests

import settings as setting
from simulator import Caller, Line, Reply, accepts
from store import users
from store.db import Connection, Database
from tools.say import Failure

if TYPE_CHECKING:
    from tools.bench import Bench

CALLERS = 50
PROCESSES = 2
CALLS_EACH = 4
AGENTS = 60
"""Ten ring for one caller, and whoever rings for one is not rung for another."""
THINKING = (4.0, 12.0)
"""Seconds that people take between two inputs: hearing the prompt, and saying something."""
QUICKER = 2.0
CLIENT_MOST, HUMAN_P99 = 3000.0, 15.0
GIVE_WAY = 10
DEADLINE = 15.0
ZERO = "0"
RINGING = "<Dial"
SILENT_ONE_IN = 4
"""One caller in so many presses 0 without having told anything."""


@dataclass(frozen=True)
class Answered:
    """One webhook: whether it was a wish for a person, whether phones ring for it, and its times in ms at
    the caller and inside the server."""

    wish: bool
    rings: bool
    client: float
    server: float


@dataclass
class Caught:
    """What one thread's calls met. `broken`: calls that did not end as they should."""

    answers: list[Answered] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Task:
    """What a process of callers is told."""

    url: str
    token: str
    agents: tuple[str, ...]
    words: tuple[str, ...]
    callers: int
    calls: int
    quicker: float
    first: int


def measure(bench: Bench, when: str, words: Sequence[str]) -> None:
    """So many calls at once; `when` says how the assistant is. words: a story, and what is wanted."""
    agents = staff(bench)
    token = (bench.data / "simulator_token").read_text().strip()
    each = CALLERS // PROCESSES
    tasks = [
        Task(bench.url, token, agents, tuple(words), each, CALLS_EACH, QUICKER, first)
        for first in range(0, CALLERS, each)
    ]
    started = time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        PROCESSES, mp_context=context, initializer=os.nice, initargs=(GIVE_WAY,)
    ) as pool:
        caught = list(chain.from_iterable(pool.map(crowd, tasks)))
    note(bench, f"{CALLERS} calls at once, {when}", caught, time.monotonic() - started)


def note(bench: Bench, name: str, caught: Iterable[Caught], seconds: float) -> None:
    """Rows of the table. Raises Failure when calls broke, for then their times mean nothing."""
    caught = list(caught)
    broken = [why for one in caught for why in one.broken]
    answers = [answer for one in caught for answer in one.answers]
    wishes = [answer for answer in answers if answer.wish]
    if broken or len(wishes) < CALLERS * CALLS_EACH:
        why = broken[0] if broken else f"only {len(wishes)} wishes for a person were heard"
        raise Failure(f"{len(broken)} simulated calls did not go as they should: {why}")
    client = [answer.client for answer in answers]
    server = [answer.server for answer in answers]
    bench.note(f"{name}: webhooks", len(answers) / seconds, "a second")
    bench.note(f"{name}: caller waits, median", statistics.median(client), "ms")
    bench.note(f"{name}: caller waits, longest", max(client), "ms", CLIENT_MOST)
    bench.noted(f"{name}: any webhook in the server", server)
    bench.noted(f"{name}: wish for a person in the server", [one.server for one in wishes], HUMAN_P99)
    bench.note(f"{name}: wishes that ring at once", 100 * sum(one.rings for one in wishes) / len(wishes), "%")


def staff(bench: Bench) -> tuple[str, ...]:
    """Agents with a phone each, on duty while this is measured; their addresses."""
    db = Database(setting.load(bench.env).database_url)
    now = datetime.now(UTC)
    addresses = tuple(f"client:bench{n}" for n in range(AGENTS))
    with db.writing() as conn:
        for address in addresses:
            known = users.by_login(conn, address)
            id = known.id if known is not None else _add(conn, address, now)
            users.set_presence(conn, id, "available", now + timedelta(hours=1))
    db.close()
    return addresses


def _add(conn: Connection, address: str, now: datetime) -> int:
    return users.add(
        conn, login=address, public_name=address, role="agent", password_hash="-", at=now, phone=address
    )


# ---- in a process of callers


def crowd(task: Task) -> list[Caught]:
    """These callers, each in a thread, each calling several times."""
    with ThreadPoolExecutor(task.callers) as threads:
        return list(threads.map(lambda n: one_caller(task, task.first + n), range(task.callers)))


def one_caller(task: Task, which: int) -> Caught:
    """Calls one after the other, begun at a moment of their own, by one person."""
    chance = random.Random(which)
    caught = Caught()
    line = Line(task.url, task.token, timed(task.url, caught, requests.Session()))
    pause = Pause(chance, task.quicker)
    time.sleep(chance.random() * THINKING[1] / task.quicker)
    for n in range(task.calls):
        try:
            play(task, line, pause, which + n)
        except AssertionError as wrong:
            caught.broken.append(str(wrong))
    return caught


def timed(url: str, caught: Caught, session: requests.Session) -> Callable[[str, str, dict[str, str]], Reply]:
    """Delivers over HTTP, each webhook on a connection of its own, and notes how long the answer took."""
    session.trust_env = False
    session.headers["Connection"] = "close"  # one that is kept would idle out while the caller thinks

    def deliver(path: str, body: str, headers: dict[str, str]) -> Reply:
        headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
        started = time.perf_counter()
        try:
            answer = session.post(url + path, body.encode(), headers=headers, timeout=DEADLINE)
        except requests.RequestException as error:
            caught.broken.append(type(error).__name__)
            return Reply(0, "")
        spent = (time.perf_counter() - started) * 1000
        wish, rings = parse_qs(body).get("Digits") == [ZERO], RINGING in answer.text
        caught.answers.append(Answered(wish, rings, spent, server_time(answer.headers)))
        return Reply(answer.status_code, answer.text, answer.headers.get("Content-Type", ""))

    return deliver


def server_time(headers: Mapping[str, str]) -> float:
    """Milliseconds inside the server (see tools/bench_app.py)."""
    parts = dict(part.strip().split(";dur=") for part in headers["Server-Timing"].split(","))
    return float(parts["app"])


def play(task: Task, line: Line, think: Pause, kind: int) -> None:
    """A whole call: a story, mostly; a person at 0; a talk, or, where nobody picks up, a call back."""
    talks = kind % 2 == 0
    phones = {address: accepts(think.chance.uniform(1, 9)) for address in task.agents} if talks else {}
    call = Caller(line, number=f"+86139{secrets.randbelow(10**8):08d}", agents=phones).dial()
    story, result = task.words
    if kind % SILENT_ONE_IN:
        think()
        call.says(story)
        think()
        call.says(result)
    think()
    call.press(ZERO, at_once=True)
    if call.listening and not call.bridged:
        think()
        call.press("1")
    think()
    call.hang_up()
    assert not call.faults, str(call.faults)
    assert call.ended == "caller", f"ended by {call.ended}"


@dataclass(frozen=True)
class Pause:
    """Somebody thinks, or hears a prompt out."""

    chance: random.Random
    quicker: float

    def __call__(self) -> None:
        time.sleep(self.chance.uniform(*THINKING) / self.quicker)
