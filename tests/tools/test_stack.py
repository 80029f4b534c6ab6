"""The whole of `./jiesu run`, second half, with toy processes: however it ends, nothing is left behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tools import places, supervise

PROCFILE = """\
web: .venv/bin/python toy.py ${JIESU_PORT}
parent: /bin/sh -c '.venv/bin/python -c "import time; time.sleep(600)" & wait'
other: .venv/bin/python -c 'import time; other = 600; time.sleep(other)'
"""
STUBBORN = """\
stubborn: .venv/bin/python -c 'import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)'
"""
TOY = """\
import http.server, sys
class Toy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Toy).serve_forever()
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    shutil.copytree(places.ROOT / "tools", tmp_path / "tools")
    (tmp_path / ".venv").symlink_to(places.VENV)
    (tmp_path / "office").mkdir()
    (tmp_path / "office" / "prepare.py").write_text("print('login: admin s3cret')\n")
    (tmp_path / "toy.py").write_text(TOY)
    (tmp_path / "Procfile").write_text(PROCFILE)
    return tmp_path


@pytest.fixture
def env() -> dict[str, str]:
    ours = {"JIESU_PORT": free_port(), "JIESU_ACTIONS_PORT": free_port()}
    # A Rasa elsewhere, so that none is trained or started here.
    there = {"JIESU_RASA_URL": "http://rasa.invalid:5005", "JIESU_DATA_DIR": "var"}
    return {**os.environ, **there, **{name: str(port) for name, port in ours.items()}}


@contextlib.contextmanager
def running(root: Path, env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with (root / "out.txt").open("wb") as out:
        launcher = subprocess.Popen(
            [root / ".venv/bin/python", "-m", "tools.stack"], cwd=root, env=env, stdout=out, stderr=out
        )
    try:
        yield launcher
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            for process in psutil.Process(launcher.pid).children(recursive=True):
                process.kill()
        launcher.kill()
        launcher.wait()


def said(root: Path, words: str, within: float = 30) -> str:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        text = (root / "out.txt").read_text()
        if words in text:
            return text
        time.sleep(0.05)
    raise AssertionError(f"not said: {words}\n{(root / 'out.txt').read_text()}")


def family(launcher: subprocess.Popen[bytes], at_least: int) -> list[psutil.Process]:
    """supervisor and everything below it."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found: list[psutil.Process] = psutil.Process(launcher.pid).children(recursive=True)
        if len(found) >= at_least:
            return found
        time.sleep(0.05)
    raise AssertionError("the processes did not start")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_nothing_is_left_behind(root: Path, env: dict[str, str], how: signal.Signals) -> None:
    if how == signal.SIGKILL and sys.platform != "linux":
        return  # only Linux tells a process that its parent was killed
    if how == signal.SIGINT:
        (root / "Procfile").write_text(PROCFILE + STUBBORN)
    with running(root, env) as launcher:
        text = said(root, "Ctrl-C stops everything")
        assert "admin  s3cret" in text
        everyone = family(launcher, at_least=5)
        launcher.send_signal(how)
        _, alive = psutil.wait_procs(everyone, timeout=25)
        assert alive == []
        code = launcher.wait(10)
        assert code == (-signal.SIGKILL if how == signal.SIGKILL else 0)


def test_a_killed_process_comes_back_and_the_others_go_on(root: Path, env: dict[str, str]) -> None:
    with running(root, env) as launcher:
        said(root, "Ctrl-C stops everything")
        family(launcher, at_least=5)
        before = pids(root, launcher)
        psutil.Process(before["web"]).kill()
        deadline = time.monotonic() + 15
        while pids(root, launcher).get("web") in (None, before["web"]) and time.monotonic() < deadline:
            time.sleep(0.1)
        after = pids(root, launcher)
        assert after.pop("web") != before.pop("web")
        assert after == before


def pids(root: Path, launcher: subprocess.Popen[bytes]) -> dict[str, int]:
    """Which of the toys runs as which process."""
    marks = {"web": "toy.py", "other": "time.sleep(other)"}
    found: dict[str, int] = {}
    for process in psutil.Process(launcher.pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            command = " ".join(process.cmdline())
            found |= {name: process.pid for name, mark in marks.items() if mark in command}
    return found


def test_a_port_in_use_is_said_in_plain_words(root: Path, env: dict[str, str]) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(env["JIESU_PORT"])))
        other.listen()
        with running(root, env) as launcher:
            assert launcher.wait(20) == 1
            text = said(root, "is used by another program")
    assert f"Port {env['JIESU_PORT']}" in text
    assert "What to do: " in text
    assert "Traceback" not in text


def test_a_second_run_in_the_same_folder_is_refused(root: Path, env: dict[str, str]) -> None:
    with running(root, env):
        said(root, "Ctrl-C stops everything")
        command = [str(root / ".venv/bin/python"), "-m", "tools.stack"]
        second = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, timeout=30)
    assert second.returncode == 1
    assert "already running" in second.stdout


def test_a_web_server_that_does_not_start_is_explained_by_its_log(root: Path, env: dict[str, str]) -> None:
    (root / "toy.py").write_text("raise SystemExit('the toy is broken')\n")
    with running(root, env) as launcher:
        assert launcher.wait(40) == 1
        text = said(root, "the toy is broken")
    assert "The web server did not start" in text


def test_a_deep_data_folder_has_a_socket_that_fits(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    where = supervise.folders(deep)
    assert len(str(where.socket)) <= supervise.LONGEST_SOCKET
    assert supervise.folders(deep) == where
