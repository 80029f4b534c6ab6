"""The trained model: made when its inputs changed, and used only when it is the one that was made."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from tools import places, stamp

INPUT_FILES = ("config.yml", "domain.yml", "data/rules.yml", "content/replies.yml", "uv.lock")
INPUT_FOLDERS = ("data/nlu", "bot")

QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "LOG_LEVEL": "WARNING",
    "LOG_LEVEL_LIBRARIES": "ERROR",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "PYTHONWARNINGS": "ignore",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}
"""For every Rasa process. At a lower log level it writes customers' words to the log."""

PASSED = frozenset(
    [
        "PATH",
        "HOME",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "JIESU_RASA_URL",
        "JIESU_ACTIONS_PORT",
        "JIESU_DATA_DIR",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CUDA_VISIBLE_DEVICES",
    ]
)
PASSED_FAMILIES = ("LC_", "TF_", "RASA_", "PYTHON", "SANIC_", "OMP_", "OPENBLAS_", "MKL_")
"""What a Rasa process may know of our environment. It needs no secret, so it gets none."""


def environment(env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """For every Rasa process: what it needs, and nothing else of what this process was told."""
    passed = {name: env[name] for name in env if name in PASSED or name.startswith(PASSED_FAMILIES)}
    return {**passed, **QUIET}


def inputs(root: Path = places.ROOT) -> list[Path]:
    """Every file that decides what the model is."""
    files = [root / name for name in INPUT_FILES]
    for folder in INPUT_FOLDERS:
        files += [file for file in (root / folder).rglob("*") if "__pycache__" not in file.parts]
    files += imported((root / "bot").rglob("*.py"), "core", root)
    files += mentioned((root / "bot").rglob("*.py"), root)
    return [file for file in files if file.is_file()]


def imported(files: Iterable[Path], package: str, root: Path) -> set[Path]:
    """The modules of `package` that `files` import, directly or through each other."""
    found: set[Path] = set()
    waiting = list(files)
    while waiting:
        for name in _imports(waiting.pop()):
            if name != package and not name.startswith(f"{package}."):
                continue
            stem = root.joinpath(*name.split("."))
            new = {stem.with_suffix(".py"), stem / "__init__.py"} - found
            new = {file for file in new if file.is_file()}
            found |= new
            waiting += new
    return found


def _imports(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from core import tiers` and `from core.tiers import Tier` name a module either way.
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def mentioned(files: Iterable[Path], root: Path) -> set[Path]:
    """The files of content/ whose names stand in `files`: their words are trained in too."""
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return {file for file in (root / "content").glob("*.yml") if file.name in text}


def inputs_digest() -> str:
    return stamp.digest(inputs(), places.ROOT)


def needed() -> bool:
    """Is there no model, or was it made from other inputs than those of now?"""
    return not places.MODEL.exists() or stamp.read(_made_from()).get("inputs") != inputs_digest()


def command() -> list[str]:
    """`rasa train`, started in the root, with `environment()`.

    Forced: Rasa's own cache does not notice changes in helpers and tables, our hash does.
    """
    out = [f"--out={places.MODEL.parent}", f"--fixed-model-name={places.MODEL.name.removesuffix('.tar.gz')}"]
    return [str(places.VENV_RASA / "bin" / "rasa"), "train", "--force", *out]


def seal(made_from: str) -> None:
    """After training: note what the model was made from, and its own SHA-256 (as sha256sum writes it)."""
    _sum_file().write_text(f"{stamp.file_digest(places.MODEL)}  {places.MODEL.name}\n")
    stamp.write(_made_from(), {"inputs": made_from})


def problem() -> str | None:
    """Why the model must not be loaded, in words; None when it is the one that was made."""
    if not places.MODEL.exists():
        return "the assistant is not trained yet"
    if not _sum_file().exists():
        return f"{_sum_file().name} is missing, so nobody can tell whether the model is ours"
    if _sum_file().read_text().split()[:1] != [stamp.file_digest(places.MODEL)]:
        return f"{places.MODEL.name} was changed after training (its SHA-256 is another)"
    return None


def _sum_file() -> Path:
    return places.MODEL.with_name(places.MODEL.name + ".sha256")


def _made_from() -> Path:
    return places.MODEL.with_name("jiesu.inputs.json")
