"""`./jiesu bench desk`: many at the desk and in the chat at once, and a desk with a long history.

Two set-ups, each the real application under gunicorn with its office, and a crowd in a process of its own
(tools/bench_crowd.py): the default, one process of threads, with 500 chats; and the large one, two gevent
workers with Redis as the bell, with 5,000. Then the desk's lists over histories (tools/bench_stored.py).
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psutil
from itsdangerous import URLSafeSerializer

import settings as setting
from core import number
from reception import accounts
from store import complaints, conversations, customers, events, facts, messages, users
from store.db import Connection, Database
from tools import bench_stored, places, private, redis_server, stack, supervise
from tools.demo import read_cases
from tools.say import Failure, step

if TYPE_CHECKING:
    from tools.bench import Table

AGENTS = 50
HELD = 3
"""Chats in which each agent speaks."""
PAUSE = 15.0
"""Seconds between two lines of one agent, on average; each is answered once within that time."""
IDLE = 1.0
SECONDS = 40.0
DELIVERED_P99 = 500.0
PASSWORD = "a password of the bench"
STORY = read_cases()[0].contacts[0].says[0]


@dataclass(frozen=True)
class SetUp:
    """One way to run the web server, and how many chats it must carry. `most_kb`: memory for each stream."""

    name: str
    chats: int
    env: Mapping[str, str] = field(default_factory=dict)
    redis: bool = False
    most_kb: float | None = None


DEFAULT = SetUp("default", 500)
LARGE = SetUp(
    "large", 5000, {"JIESU_WEB_CLASS": "gevent", "JIESU_WEB_WORKERS": "2"}, redis=True, most_kb=30.0
)


def measure(table: Table) -> None:
    for setup in (DEFAULT, LARGE):
        live(table, setup)
    bench_stored.measure(table)


# ---- Many at once


def live(table: Table, setup: SetUp) -> None:
    """What agents and customers wait for a sentence, and what an open stream costs."""
    with redis_of(setup) as redis:
        env = {**setup.env, **redis, "JIESU_PROXIES": "1"}
        with private.processes(_no_rasa, env) as (told, running):
            stack.await_doors(running, told)
            with step(f"Preparing {setup.chats} chats"):
                task = prepared(told, setup)
            with step(f"{setup.chats} chats and {AGENTS} agents at once, {setup.name} set-up"):
                seen = crowd(task, running)
    note(table, setup, seen)


@contextmanager
def redis_of(setup: SetUp) -> Iterator[dict[str, str]]:
    if not setup.redis:
        yield {}
        return
    with redis_server.running() as server:
        yield {"JIESU_REDIS_URL": server.url}


def _no_rasa(lines: dict[str, str]) -> dict[str, str]:
    return {name: command for name, command in lines.items() if name != "rasa"}


def prepared(env: Mapping[str, str], setup: SetUp) -> dict[str, Any]:
    """People and conversations, in the database; returns the crowd's task."""
    our = setting.load(env)
    db, at = Database(our.database_url), datetime.now(UTC)
    kept = accounts.hashed(PASSWORD)
    signer = URLSafeSerializer(our.secret_key, salt="jiesu-chat-visitor")
    with db.writing() as conn:
        agents = [_agent(conn, n, kept, at) for n in range(AGENTS)]
        chats = [_chat(conn, n, at, signer) for n in range(setup.chats)]
        cursor = events.last(conn)
    db.close()
    return {
        "url": f"http://127.0.0.1:{our.port}",
        "cursor": cursor,
        "chats": chats,
        "agents": agents,
        "held": HELD,
        "pause": PAUSE,
        "idle": IDLE,
        "seconds": SECONDS,
    }


def _agent(conn: Connection, n: int, kept: str, at: datetime) -> list[str]:
    """An account. All have one password: what argon2 costs is not what is measured."""
    login = f"bench{n}"
    phone = f"client:{login}"
    users.add(conn, login=login, public_name=login, role="agent", password_hash=kept, at=at, phone=phone)
    return [login, PASSWORD]


def _chat(conn: Connection, n: int, at: datetime, signer: URLSafeSerializer) -> list[str]:
    """A conversation with a story told and answered; the cookie of its browser, and its number."""
    visitor, id = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
    customer = customers.known_as(conn, "cookie", visitor, at)
    row = conversations.start(conn, id=id, channel="web", customer_id=customer, sender=id, at=at)
    told = number.make(10_000_000 + n)
    of = complaints.open_draft(
        conn, draw=lambda: told, channel="web", customer_id=customer, at=at, conversation_id=id
    )
    conversations.change(conn, id, complaint_id=of)
    heard = messages.hear(
        conn,
        conversation=row,
        complaint_id=of,
        key=f"bench:{id}",
        words=STORY,
        at=at,
        answered=True,
    )
    facts.learn(conn, of, "story", STORY, by="rule", message_id=heard, at=at)
    messages.say(
        conn, conversation_id=id, complaint_id=of, author="assistant", words=STORY, at=at, answers=heard
    )
    return [signer.dumps({"v": visitor, "c": id}), told]


def crowd(task: dict[str, Any], running: supervise.Supervisor) -> dict[str, Any]:
    """Let the crowd in; what it saw, with the memory that its streams took and the share of processors."""
    ours = workers(running)
    before = sum(map(_kb, ours))
    command = [sys.executable, "-m", "tools.bench_crowd"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=places.ROOT, **pipes) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(task) + "\n")
        process.stdin.flush()
        word, _, opened = process.stdout.readline().partition(" ")
        if word != "open":
            raise Failure("The crowd did not come up.")
        held = sum(map(_kb, ours)) - before
        spent = sum(map(_seconds, ours))
        process.stdin.write("go\n")
        process.stdin.flush()
        seen: dict[str, Any] = json.loads(process.stdout.readline())
        spent = sum(map(_seconds, ours)) - spent
    return seen | {"open": int(opened), "kb": held / max(1, int(opened)), "busy": spent / task["seconds"]}


def workers(running: supervise.Supervisor) -> list[psutil.Process]:
    """gunicorn's children."""
    return list(psutil.Process(running.states()["web"]["pid"]).children(recursive=True))


def _kb(process: psutil.Process) -> float:
    return float(process.memory_full_info().uss) / 1024


def _seconds(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)


def note(table: Table, setup: SetUp, seen: Mapping[str, Any]) -> None:
    """Rows of the table. Raises Failure when lines were lost, doubled or out of order."""
    broken = {name: seen[name] for name in ("lost", "doubled", "disordered") if seen[name]}
    asked = setup.chats + AGENTS
    if broken or seen["faults"] or seen["open"] < asked:
        why = f"{seen['open']} of {asked} streams open, {broken}, {seen['faults'][:5]}"
        raise Failure(f"The {setup.name} set-up did not deliver as it must: {why}")
    name = f"{setup.name}, {setup.chats} chats, {AGENTS} agents"
    table.note(f"{name}: streams open", seen["open"], "")
    table.note(f"{name}: memory each", seen["kb"], "kB", setup.most_kb)
    table.note(f"{name}: sentences", seen["sent"] / SECONDS, "a second")
    table.noted(f"{name}: agent to customer", seen["to_customer"], DELIVERED_P99)
    table.noted(f"{name}: customer to agent", seen["to_agent"], DELIVERED_P99)
    table.noted(f"{name}: assistant's answer", seen["from_assistant"])
    table.noted(f"{name}: a page of the desk", seen["pages"])
    table.noted(f"{name}: the crowd itself is late", seen["late"])
    table.note(f"{name}: processors busy, web", seen["busy"], "")
    table.note(f"{name}: load of the machine", os.getloadavg()[0], "")
