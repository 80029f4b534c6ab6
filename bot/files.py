"""The service team's files, read for Rasa, and a hash of everything that decides what a component does."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import ModuleType
from typing import Any

from ruamel.yaml import YAML

CONTENT = Path(__file__).resolve().parent.parent / "content"


def read(name: str) -> Any:
    """What content/<name> holds."""
    return YAML(typ="safe").load((CONTENT / name).read_text(encoding="utf-8"))


def digest(*sources: Path | ModuleType) -> str:
    """A hash over the bytes of files and modules. Rasa's own fingerprint covers a component's class only,
    so without this a changed table would go on being used from the cache."""
    made = hashlib.sha256()
    for source in sources:
        path = Path(str(source.__file__)) if isinstance(source, ModuleType) else source
        made.update(path.read_bytes() if path.exists() else b"")
    return made.hexdigest()
