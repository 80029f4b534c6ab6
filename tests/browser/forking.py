"""Servers that have read their code already: one process imports the application and forks for every test.

Reading the same modules again was most of what starting a server cost. The fork is the real gunicorn with the
real `create_app`; only the import is shared. Not for gevent, which must patch before anything is imported.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Forked:
    """A process that another one forked: what the tests need of subprocess.Popen."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it runs. Its exit code went to the process that forked it."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > until:
                raise TimeoutError(f"process {self.pid} still runs after {seconds} s")
            time.sleep(0.01)

    def send_signal(self, how: signal.Signals) -> None:
        os.kill(self.pid, how)


def start(arguments: list[str], env: dict[str, str], log: Path) -> Forked:
    """gunicorn with these arguments and this environment alone, in the project's folder."""
    forker = _forker()
    assert forker.stdin is not None
    assert forker.stdout is not None
    forker.stdin.write(json.dumps({"arguments": arguments, "env": env, "log": str(log)}) + "\n")
    forker.stdin.flush()
    return Forked(int(forker.stdout.readline()))


@cache
def _forker() -> subprocess.Popen[str]:
    pages = tempfile.TemporaryDirectory(prefix="jiesu-pages-")
    command = [sys.executable, "-m", "tests.browser.forking", pages.name]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
    atexit.register(pages.cleanup)
    atexit.register(process.terminate)
    return process


def _serve(arguments: list[str], env: dict[str, str], log: str) -> None:
    """In the fork: become the server. Never returns."""
    from gunicorn.app.wsgiapp import WSGIApplication

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for target, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, _appending(log)), (2, _appending(log))):
        os.dup2(source, target)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = ["gunicorn", *arguments]
    WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()


def _appending(log: str) -> int:
    return os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def main(pages: str) -> None:
    """Import once, then fork for each line of standard input, and answer with the number. `pages`: the
    folder for compiled templates."""
    from datetime import UTC, datetime

    import flask
    import gunicorn.workers.gthread  # noqa: F401
    import jinja2

    import app  # noqa: F401
    import wiring
    from reception.content import load

    flask.Flask.jinja_options["bytecode_cache"] = jinja2.FileSystemBytecodeCache(pages)
    load(wiring.CONTENT, today=datetime.now(UTC).date(), learned=wiring.learned())  # with what it imports
    gc.freeze()  # a fork that collects what it never made copies every page of it
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits here: the ended leave nothing behind
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            _serve(**asked)
        print(pid, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
