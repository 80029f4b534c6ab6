"""Know whether work was already done for exactly these inputs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def digest(files: Iterable[Path], root: Path) -> str:
    """One hash of the names (seen from `root`) and contents of `files`, in any order given."""
    total = hashlib.sha256()
    for file in sorted(set(files)):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        total.update(f"{file.relative_to(root).as_posix()}\0{content}\n".encode())
    return total.hexdigest()


def file_digest(file: Path) -> str:
    """SHA-256 of one file."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def read(stamp: Path) -> dict[str, Any]:
    """What a stamp says; empty when there is none or it cannot be read (then the work is done again)."""
    try:
        said = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def write(stamp: Path, said: dict[str, Any]) -> None:
    """Leave a stamp: whole, or not at all."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    new = stamp.with_name(stamp.name + ".new")
    new.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n")
    new.replace(stamp)
