"""Real processes of one installation with a WeChat account, each by its own line of the Procfile."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import requests

import settings as setting
from store import conversations, customers, messages
from store.db import Database
from tests.wechat.conftest import APP, KEY, TOKEN
from tools import places, private, procfile, stack

SECRET = secrets.token_hex(16)
STARTS_WITHIN = 90.0
"""Seconds, on a machine that does much else."""


class Installation:
    """Its settings, its database, and the processes started so far."""

    def __init__(self, folder: Path, **more: str) -> None:
        account = {"WECHAT_APP_ID": APP, "WECHAT_TOKEN": TOKEN, "WECHAT_AES_KEY": KEY}
        account["WECHAT_APP_SECRET"] = SECRET
        self.folder = folder
        self.env = {**private.environment(str(folder)), **account, **more}
        self.web = f"http://127.0.0.1:{self.env['JIESU_PORT']}"
        self.callback = f"http://127.0.0.1:{self.env['JIESU_WECHAT_PORT']}"
        self.db = Database(setting.load(self.env).database_url)
        self._lines = procfile.needed(self.env, (places.ROOT / "Procfile").read_text())
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def line(self, name: str) -> str:
        return self._lines[name]

    def start(self, name: str, *, instead: str = "", **more: str) -> None:
        """Start this line of the Procfile, or the command `instead` in its place."""
        command = ["/bin/sh", "-c", f"exec env {instead or self._lines[name]}"]
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(
                command,
                cwd=places.ROOT,
                env={**self.env, **more},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        url = {"web": self.web, "wechat-callback": self.callback}.get(name)
        if url is not None:
            until(lambda: self._answers(name, f"{url}/healthz"), STARTS_WITHIN)

    def _answers(self, name: str, url: str) -> bool:
        assert self.ended(name) is None, self.log(name)[-2000:]
        return stack.answers(url)

    def kill(self, name: str) -> None:
        """kill -9, with everything it started."""
        process = self._running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> int:
        """Ask it to stop; returns its exit code."""
        process = self._running.pop(name)
        process.send_signal(signal.SIGTERM)
        return process.wait(20)

    def ended(self, name: str) -> int | None:
        """The exit code of one that ended by itself."""
        return self._running[name].poll()

    def told(self, openid: str) -> list[str]:
        """What this customer has told, as it stands in their conversation."""
        with self.db.reading() as conn:
            who = customers.find(conn, "openid", openid)
            chat = conversations.of_customer(conn, who, "wechat") if who else None
            rows = messages.of_conversation(conn, chat) if chat else []
            return [row.words for row in rows if row.author == "customer"]

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        for name in list(self._running):
            self.kill(name)
        self.db.close()


class Wire:
    """Posts over the network; looks like Flask's client as far as a Customer needs one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.times: list[float] = []

    def post(self, path: str, data: str, query_string: dict[str, str]) -> Answer:
        """Each push on a connection of its own, as from WeChat's many servers."""
        began = time.monotonic()
        answer = requests.post(self.url + path, data.encode(), params=query_string, timeout=5)
        self.times.append(time.monotonic() - began)
        return Answer(answer)


class Answer:
    def __init__(self, answer: requests.Response) -> None:
        self.status_code = answer.status_code
        self._text = answer.text

    def get_data(self, as_text: bool = True) -> str:
        return self._text


@contextlib.contextmanager
def installation(folder: Path, **more: str) -> Iterator[Installation]:
    made = Installation(folder, **more)
    try:
        yield made
    finally:
        made.close()


def until(check: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What the check found, as soon as it found something. Raises AssertionError when it never does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.05)
    raise AssertionError("not in time")
