"""The real application under gunicorn, as a customer's or an agent's browser meets it."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import requests

import settings
import wiring
from reception.house import House
from tests.browser import forking

ROOT = Path(__file__).resolve().parents[2]
NOBODY = "http://127.0.0.1:9"
"""Where no Rasa answers: the scripted questions go on, and every test hears the same."""


class Site:
    """One server on a random port with its own data folder. Changes by `house()` reach its pages."""

    def __init__(self, data_dir: Path, **env: str) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        own = {
            "JIESU_DATA_DIR": str(data_dir),
            "JIESU_PORT": str(self.port),
            "JIESU_RASA_URL": NOBODY,
            "JIESU_SECRET_KEY": secrets.token_urlsafe(32),
            "JIESU_WEB_THREADS": "48",
        }
        self.env = {**os.environ, **own, **env}
        self.log = data_dir / "server.log"
        self._process: subprocess.Popen[bytes] | forking.Forked | None = None
        self._house: House | None = None

    def start(self) -> Site:
        workers, kind = self.env.get("JIESU_WEB_WORKERS", "1"), self.env.get("JIESU_WEB_CLASS", "gthread")
        arguments = ["--bind", f"127.0.0.1:{self.port}", "--workers", workers, "--worker-class", kind]
        arguments += ["--threads", self.env["JIESU_WEB_THREADS"], "--graceful-timeout", "20"]
        arguments += ["--no-control-socket", "app:create_app()"]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._process = self._anew(arguments) if kind == "gevent" else self._forked(arguments)
        self._await()
        return self

    def _forked(self, arguments: list[str]) -> forking.Forked:
        return forking.start(arguments, self.env, self.log)

    def _anew(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", *arguments]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log)

    def _await(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            try:
                if requests.get(f"{self.url}/healthz", timeout=1).ok:
                    return
            except requests.RequestException:
                time.sleep(0.05)
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()
        raise AssertionError(self.log.read_text())

    def stop(self) -> float:
        """End it as a restart does; returns the seconds that it took."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash does: master and worker at once."""
        assert self._process is not None
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self._process.pid)], capture_output=True, text=True
        ).stdout.split()
        for pid in (self._process.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        self._process.wait(10)
        self._process = None

    def _end(self, how: signal.Signals) -> float:
        if self._process is None:
            return 0.0
        began = time.monotonic()
        self._process.send_signal(how)
        self._process.wait(30)
        self._process = None
        return time.monotonic() - began

    def house(self) -> House:
        """The same database, from here: for what agents and the office do."""
        if self._house is None:
            self._house = wiring.house(settings.load(self.env))
        return self._house


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
