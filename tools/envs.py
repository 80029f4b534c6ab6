"""Both Python environments, from one lock file, by a uv of our own."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import places, pythons, shell, stamp, versions
from tools.say import Failure, line, step

STAMP = ".jiesu-stamp"
ENGINES = {"VOSK": "vosk", "FASTER_WHISPER": "faster-whisper", "GOOGLE_CLOUD": "google-cloud"}
"""Engines that hear recordings (JIESU_HEARING) and the group of packages that each needs."""


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two set-ups in one checkout would write over each other: the second waits."""
    places.TOOLS.mkdir(exist_ok=True)
    with (places.TOOLS / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            line("Another ./jiesu is setting up in this folder; waiting for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def application(*, tests: bool = False) -> None:
    """`.venv`: doors, actions, office, and the engine that is to hear recordings; with `tests` also what
    tests and checks need."""
    engine = ENGINES.get(os.environ.get("JIESU_HEARING", "").strip().upper())
    wanted = {"app"} | ({"dev"} if tests else set()) | ({engine} if engine else set())
    _sync(places.VENV, wanted, "Python packages of the application")


def assistant(*, tests: bool = False) -> None:
    """`.venv-rasa`: Rasa and its frozen pins, alone on Python 3.10."""
    _sync(places.VENV_RASA, {"rasa", "rasa-test"} if tests else {"rasa"}, "Python packages of Rasa")


def missing_groups(venv: Path, wanted: Iterable[str], lock: str) -> set[str]:
    """The groups that `venv` must be given now; empty when it holds all of them from this lock.

    An environment is never narrowed: `run` after `test` keeps what tests need.
    """
    said = stamp.read(venv / STAMP)
    held = set(said.get("groups", ()))
    # The scripts of an environment hold its path: a moved or copied checkout needs a new one.
    usable = said.get("path") == str(venv) and (venv / "bin" / "python").exists()
    if usable and said.get("lock") == lock and held >= set(wanted):
        return set()
    return set(wanted) | held


def _sync(venv: Path, wanted: set[str], name: str) -> None:
    lock = stamp.file_digest(places.ROOT / "uv.lock")
    groups = missing_groups(venv, wanted, lock)
    if not groups:
        return
    python = Path(sys.executable) if "app" in wanted else rasa_python()
    uv = bring_uv()
    said = stamp.read(venv / STAMP)
    if said and said.get("path") != str(venv):
        shutil.rmtree(venv)
    command: list[str | Path] = [uv, "sync", "--frozen", "--no-default-groups", "--python", python]
    command += [part for group in sorted(groups) for part in ("--group", group)]
    if not said:
        command.append("--inexact")  # an environment made by hand keeps what it has
    env = uv_environment() | {"UV_PROJECT_ENVIRONMENT": str(venv)}
    with step(f"{name} ({', '.join(sorted(groups))})"):
        shell.run(command, name, env=env)
    stamp.write(venv / STAMP, {"lock": lock, "groups": sorted(groups), "path": str(venv)})


def bring_uv() -> Path:
    """Our own uv, in a small environment of its own: nothing on the machine is changed."""
    home = places.TOOLS / f"uv-{versions.UV}"
    uv = home / "bin" / "uv"
    if not _runs(uv):
        with step("uv, which installs the rest"):
            shell.run([sys.executable, "-m", "venv", "--clear", home], "Making a place for uv")
            pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet"]
            shell.run([*pip, f"uv=={versions.UV}"], "Installing uv")
    return uv


def uv_environment() -> dict[str, str]:
    """uv must use the Python it is given, whatever environment ./jiesu was called from."""
    env = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    return env | {"UV_NO_PROGRESS": "1", "UV_PYTHON_DOWNLOADS": "never"}


def rasa_python() -> Path:
    """A Python 3.10: the machine's, else one that uv brings."""
    found = pythons.find(versions.RASA_PYTHON) or _brought_by_uv(bring_uv())
    if found:
        return found
    wanted = ".".join(map(str, versions.RASA_PYTHON))
    uv = bring_uv()
    advice = f"install Python {wanted} yourself (for example: pyenv install {wanted}) and run this again."
    with step(f"Python {wanted} for Rasa"):
        env = uv_environment() | {"UV_PYTHON_DOWNLOADS": "manual"}
        shell.run([uv, "python", "install", wanted], f"Installing Python {wanted}", env=env, advice=advice)
    found = _brought_by_uv(uv)
    if not found:
        raise Failure(f"Rasa needs Python {wanted}, and none was found.", advice)
    return found


def _brought_by_uv(uv: Path) -> Path | None:
    wanted = ".".join(map(str, versions.RASA_PYTHON))
    command = [str(uv), "python", "find", "--managed-python", "--no-project", wanted]
    told = subprocess.run(command, capture_output=True, text=True, env=uv_environment())
    if told.returncode:
        return None
    return pythons.interpreter(Path(told.stdout.strip()), versions.RASA_PYTHON)


def _runs(program: Path) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True).returncode == 0
    except OSError:
        return False
