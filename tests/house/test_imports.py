"""Rules about imports that import-linter cannot hold: allow-lists and single modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PURE = {
    "__future__", "abc", "bisect", "collections", "collections.abc", "contextlib", "dataclasses", "datetime",
    "decimal",
    "enum", "functools", "hashlib", "heapq", "hmac", "itertools", "math", "operator", "re", "string",
    "types", "typing", "unicodedata",
}  # fmt: skip
"""What core may import beside itself: nothing that reads a clock, a disk, a network or chance by itself.
`datetime` is here for its types; asking it for the time is a ruff rule's business."""

PURE_FOR_TYPES = {"zoneinfo"}


def imports(file: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, file.parent.name if node.level else str(node.module)


def files(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("file", files("core"), ids=lambda file: file.name)
def test_core_imports_only_what_decides_nothing_by_itself(file: Path) -> None:
    strays = [
        f"line {number}: {name}"
        for number, name in imports(file)
        if name.split(".")[0] != "core" and name not in PURE | PURE_FOR_TYPES
    ]
    assert strays == []


@pytest.mark.parametrize("file", files("core"), ids=lambda file: file.name)
def test_core_asks_no_clock_and_opens_no_file(file: Path) -> None:
    asked = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(file.read_bytes()))
        if isinstance(node, ast.Call)
    }
    clocks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.datetime.now"}
    assert not asked & (clocks | {"open", "input", "print"})


@pytest.mark.parametrize("name", ["app", "settings"])
def test_settings_and_app_are_imported_only_where_a_process_starts(name: str) -> None:
    starts = ("actions", "office", "app.py", "settings.py", "wiring.py", "tools", "tests")
    folders = [top for top in ROOT.iterdir() if not top.name.startswith((".", "node_modules", *starts))]
    ours = [file for top in folders for file in ([top] if top.suffix == ".py" else top.rglob("*.py"))]
    inside = [file for file in ours if file.name != "__main__.py"]
    strays = [str(file.relative_to(ROOT)) for file in inside if name in {found for _, found in imports(file)}]
    assert strays == []
