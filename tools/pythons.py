"""Find a Python of a wanted version that really runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

Version = tuple[int, int]


def find(version: Version, env: Mapping[str, str] = os.environ) -> Path | None:
    """The interpreter itself (never a shim), or None when the machine has none."""
    for candidate in candidates(version, env):
        found = interpreter(candidate, version)
        if found:
            return found
    return None


def candidates(version: Version, env: Mapping[str, str]) -> Iterator[Path]:
    """Where such a Python may be: on PATH, under pyenv. Not all of them exist or run."""
    major, minor = version
    on_path = shutil.which(f"python{major}.{minor}", path=env.get("PATH", ""))
    if on_path:
        yield Path(on_path)
    roots = [env.get("PYENV_ROOT", ""), str(Path(env.get("HOME", "/")) / ".pyenv")]
    for root in filter(None, roots):
        for folder in sorted(Path(root, "versions").glob(f"{major}.{minor}*"), reverse=True):
            yield folder / "bin" / "python"


def interpreter(candidate: Path, version: Version) -> Path | None:
    """Where the interpreter behind `candidate` is, if it runs and is of this version.

    pyenv leaves commands on PATH that only print how to enable a version, so it is asked.
    """
    ask = "import sys, venv; print(sys.version_info[0], sys.version_info[1], sys.executable)"
    try:
        told = subprocess.run([candidate, "-c", ask], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    words = told.stdout.strip().split(" ", 2)
    if told.returncode or words[:2] != [str(version[0]), str(version[1])]:
        return None
    return Path(words[2])
