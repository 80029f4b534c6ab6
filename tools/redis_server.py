"""A Redis server for what needs one here: the machine's, else Debian's; on a free port, keeping nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import ports, shell
from tools.say import Failure, step

PROGRAM = "redis-server"
PACKAGE = "redis-server"
ADVICE = "install Redis (Debian: apt-get install redis-server)."
READY_WITHIN = 10.0


def find() -> Path | None:
    """The server's program, or None."""
    found = shutil.which(PROGRAM)
    return Path(found) if found else None


def bring() -> Path:
    """Find it or, as root on Debian, install it. Raises Failure in words."""
    found = find()
    if found is None and shutil.which("apt-get") and os.geteuid() == 0:
        with step("Redis, which carries the bell between web processes"):
            shell.from_debian((PACKAGE,), "Installing Redis", ADVICE)
        found = find()
    if found is None:
        raise Failure(f"There is no {PROGRAM} on this machine.", ADVICE)
    return found


class Server:
    """One server on one port of this machine; it can be stopped and started again. Raises Failure."""

    def __init__(self, port: int | None = None) -> None:
        self.port = port or ports.unused(1)[0]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command: list[str] = [
            str(bring()),
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if self._answers():
                return
            time.sleep(0.05)
        raise Failure("Redis did not start in time.")

    def _answers(self) -> bool:
        """Its protocol takes a bare word too (https://redis.io/docs/latest/develop/reference/protocol-spec/)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None


@contextmanager
def running() -> Iterator[Server]:
    server = Server()
    server.start()
    try:
        yield server
    finally:
        server.stop()
