"""Run another program quietly, and explain its failure."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools import places
from tools.say import Failure

TAIL = 15

DISK_FULL = Failure(
    "The disk is full.", "free some space (about 4 GB are needed for set-up) and run this again."
)

KNOWN = (
    (r"No space left on device|ENOSPC", DISK_FULL.wrong, DISK_FULL.to_do),
    (
        r"name resolution|resolve host|dns error|failed to lookup|Name or service not known|ENOTFOUND"
        r"|EAI_AGAIN|Network is unreachable|Connection refused|ECONNREFUSED|ETIMEDOUT|timed out",
        "The network did not answer.",
        "check the connection (or the proxy settings) and run this again; what is done is kept.",
    ),
    (
        r"Permission denied|EACCES",
        "A file may not be written.",
        "check who owns this folder and run this again.",
    ),
)


def run(
    command: Sequence[str | Path],
    purpose: str,
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = places.ROOT,
    advice: str = "",
) -> None:
    """Run `command` with its output in a log file; raise Failure in plain words when it fails."""
    log = places.LOGS / (re.sub(r"\W+", "-", purpose.lower()).strip("-") + ".log")
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as out:
            done = subprocess.run(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=None if env is None else dict(env),
                cwd=cwd,
            )
    except OSError as error:
        raise explain_os_error(error, purpose) from error
    if done.returncode:
        raise explain(log, purpose, advice)


def from_debian(packages: Sequence[str], purpose: str, advice: str) -> None:
    """Install packages of the machine's Debian; needs root."""
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update"], "Reading the list of Debian's packages", env=env, advice=advice)
    install = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    run(install, purpose, env=env, advice=advice)


def explain_os_error(error: OSError, purpose: str) -> Failure:
    """A Failure for what the operating system refused."""
    if error.errno == errno.ENOSPC:
        return DISK_FULL
    return Failure(f"{purpose}: {error.strerror or error}: {error.filename or ''}".rstrip(": "))


def explain(log: Path, purpose: str, advice: str = "") -> Failure:
    """A Failure that quotes the end of the log, and names the cause when it is a usual one."""
    text = log.read_text(errors="replace")
    end = f"{purpose} failed. The end of {shorten(log)}:\n{tail(log)}"
    for pattern, wrong, to_do in KNOWN:
        if re.search(pattern, text, re.IGNORECASE):
            return Failure(f"{end}\n{wrong}", to_do)
    return Failure(end, advice)


def tail(log: Path, lines: int = TAIL) -> str:
    """The last lines of a log, indented; empty when there is none."""
    try:
        with log.open(errors="replace") as text:
            return "".join(f"    {last.rstrip()}\n" for last in deque(text, lines)).rstrip("\n")
    except OSError:
        return ""


def shorten(path: Path) -> str:
    """A path as seen from the checkout, when it is inside."""
    return str(path.relative_to(places.ROOT)) if path.is_relative_to(places.ROOT) else str(path)
