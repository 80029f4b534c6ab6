"""The whole stack as real processes: doors, actions, office, Rasa; on free ports, in a folder of its own."""

from __future__ import annotations

import os
import signal
import time
import uuid
from datetime import UTC, datetime

import pytest
import requests

import settings as setting
from store import deliveries
from store.db import Database
from tests.fakes.backoffice import ScriptedBackOffice
from tests.fakes.complaints import SECRET
from tools import places, private, procfile, stack, supervise, training

LOADS_WITHIN = 240.0


class Installation:
    """A running Jiesu, and the ways to hurt it."""

    def __init__(self, env, supervisor, office):
        self.env, self.supervisor, self.office = env, supervisor, office
        self.url = f"http://127.0.0.1:{env['JIESU_PORT']}"
        self.db = Database(setting.load(env).database_url)

    def kill(self, name):
        """kill -9, with everything it started; supervisor starts it again by itself."""
        pid = self.supervisor.states()[name]["pid"]
        os.killpg(pid, signal.SIGKILL)
        return pid

    def until(self, check, seconds=30.0):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if check():
                return
            time.sleep(0.1)
        raise AssertionError("not in time")

    def well(self):
        """Rasa and the action server answer."""
        actions = f"http://127.0.0.1:{self.env['JIESU_ACTIONS_PORT']}/health"
        return stack.answers(self.env["JIESU_RASA_URL"]) and stack.answers(actions)

    def chat(self):
        return Chat(self.url)


class Chat:
    """One customer's conversation; keeps what was answered and how long it took."""

    def __init__(self, url):
        self.url, self.browser = url, requests.Session()
        self.conversation, self.complaint = None, None
        self.said, self.heard, self.times = [], [], []

    def say(self, words, id=None):
        body = {"text": words, "id": id or uuid.uuid4().hex}
        if self.conversation:
            body["conversation"] = self.conversation
        started = time.monotonic()
        answer = self.browser.post(f"{self.url}/chat/messages", json=body, timeout=15)
        self.times.append(time.monotonic() - started)
        assert answer.status_code == 200, answer.text
        told = answer.json()
        self.said.append(words)
        self.heard.append([message["text"] for message in told["messages"]])
        self.conversation, self.complaint = told["conversation"], told["complaint"]
        return self.heard[-1]


@pytest.fixture(scope="session")
def jiesu(tmp_path_factory):
    problem = training.problem()
    if problem:
        pytest.fail(f"{problem}; ./jiesu test trains it first")
    data = tmp_path_factory.mktemp("stack")
    env = private.environment(str(data))
    stack.prepare(env)
    processes = procfile.needed(env, (places.ROOT / "Procfile").read_text())
    with (
        ScriptedBackOffice(SECRET) as office,
        supervise.Supervisor(processes, supervise.folders(data), env) as supervisor,
    ):
        stack.await_doors(supervisor, env)
        made = Installation(env, supervisor, office)
        with made.db.writing() as conn:
            deliveries.set_destination(conn, "fake", office.url, SECRET, datetime.now(UTC))
        made.until(made.well, LOADS_WITHIN)
        made.chat().say("你好")
        yield made
        made.db.close()


@pytest.fixture
def installation(jiesu):
    """The stack with everything alive, and Rasa asked again."""
    jiesu.until(jiesu.well, LOADS_WITHIN)
    jiesu.until(lambda: requests.get(f"{jiesu.url}/readyz", timeout=5).json()["assistant"] == "asked")
    return jiesu
