"""The processes of one installation, under supervisor: started, watched, stopped, none left behind."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from tools import places, procfile
from tools.say import Failure

STOP_WITHIN = 20.0
LONGEST_SOCKET = 100
"""A Unix socket's path may hold 107 bytes; supervisor needs some for itself."""
PR_SET_PDEATHSIG = 1


def folders(data: Path, root: Path = places.ROOT) -> procfile.Folders:
    run = data / "run"
    socket = run / "supervisor.sock"
    if len(str(socket)) > LONGEST_SOCKET:
        name = hashlib.sha256(str(run).encode()).hexdigest()[:12]
        socket = Path(tempfile.gettempdir()) / f"jiesu-{os.getuid()}-{name}" / "s.sock"
    return procfile.Folders(root=root, run=run, logs=data / "log", socket=socket)


def running(where: procfile.Folders) -> int | None:
    """The id of the supervisor that already serves this data folder, if one lives."""
    try:
        pid = int(where.pid.read_text())
        os.kill(pid, 0)
        command = Path(f"/proc/{pid}/cmdline")
        if command.parent.exists() and b"supervisord" not in command.read_bytes():
            return None  # the number was given to another program since
    except (OSError, ValueError):
        return None
    return pid


class Supervisor:
    """All processes of a Procfile. As a context manager it leaves nothing running."""

    def __init__(
        self,
        processes: Mapping[str, str],
        where: procfile.Folders,
        env: Mapping[str, str],
        held: frozenset[str] = frozenset(),
    ) -> None:
        self.where = where
        self._processes = dict(processes)
        self._env = dict(env)
        self._held = held
        self._daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Supervisor:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start every process that is not held; returns when supervisor answers."""
        for folder in (self.where.run, self.where.logs):
            folder.mkdir(parents=True, exist_ok=True)
        _private(self.where.socket.parent)
        self.where.config.write_text(procfile.config(self._processes, self.where, self._held))
        with self.where.log("supervisord.out").open("wb") as out:
            self._daemon = subprocess.Popen(
                [Path(sys.executable).with_name("supervisord"), "-c", self.where.config],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.where.root,
                env=self._env,
                # Its own session: a closed terminal's hang-up would make supervisor restart everything.
                start_new_session=True,
                preexec_fn=_end_with_parent,
            )
        self._await_answer()

    def _await_answer(self) -> None:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and self.alive():
            if self._ask("getState") is not None:
                return
            time.sleep(0.05)
        self.stop()
        told = self.where.log("supervisord.out").read_text(errors="replace").strip()
        raise Failure(f"The processes could not be started. supervisor said: {told or 'nothing'}")

    def alive(self) -> bool:
        return self._daemon is not None and self._daemon.poll() is None

    def states(self) -> dict[str, dict[str, Any]]:
        """Process name -> what supervisor knows: statename, pid, exitstatus, description."""
        return {info["name"]: info for info in self._ask("getAllProcessInfo") or ()}

    def release(self, name: str) -> None:
        """Start a process that was held."""
        self._ask("startProcess", name, False)

    def _ask(self, method: str, *arguments: object) -> Any:
        """supervisor's answer; None when it gives none. A connection for each question:
        one that a signal broke off would be of no use to the next."""
        transport = SupervisorTransport(None, None, f"unix://{self.where.socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return None
        finally:
            transport.close()

    def stop(self) -> None:
        """Stop everything; what does not stop in time is killed."""
        if self._daemon is None:
            return
        groups = [info["pid"] for info in self.states().values() if info["pid"]]
        self._ask("stopAllProcesses", False)  # all at once; on a signal supervisor stops one by one
        if self.alive():
            self._daemon.terminate()
        try:
            self._daemon.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()
        for group in groups:  # each process leads a group of its own; normally none is left
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
        self._daemon = None
        self.where.config.unlink(missing_ok=True)


def _private(folder: Path) -> None:
    """Make the folder of the socket; refuse one that somebody else made for us."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise Failure(f"{folder} belongs to another user.", "choose another JIESU_DATA_DIR.")


def _end_with_parent() -> None:
    """In the child, on Linux: be told to stop when the parent dies, however it dies."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
