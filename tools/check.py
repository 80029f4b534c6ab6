"""`./jiesu check`: lint, format, types, import rules, then every test. All of them run, whatever fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

from tools import envs, import_rules, places, testing
from tools.say import line, step

BIN = places.VENV / "bin"
ON_310 = ("core", "bot")
"""Imported by Rasa's Python too."""


def check() -> int:
    with envs.one_at_a_time():
        envs.application(tests=True)
    failed = [name for name, passes in CHECKS.items() if not _passes(name, passes)]
    tests = testing.test([])
    if failed:
        line(f"\nFailed before the tests: {', '.join(failed)} (see above).")
    return tests or int(bool(failed))


def _passes(name: str, passes: Callable[[], bool]) -> bool:
    with step(name):
        passed = passes()
    line(f"{name}: {'passed' if passed else 'FAILED'}")
    return passed


def _run(*command: object) -> bool:
    """Run a tool; its output is shown only when it has something to complain about."""
    env = os.environ | {"PYTHONPATH": str(places.ROOT)}
    done = subprocess.run(list(map(str, command)), cwd=places.ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        line(done.stdout + done.stderr)
    return done.returncode == 0


def _types() -> bool:
    everything = _run(BIN / "mypy", ".")
    packages = [part for name in ON_310 if (places.ROOT / name).exists() for part in ("-p", name)]
    return (not packages or _run(BIN / "mypy", "--python-version", "3.10", *packages)) and everything


CHECKS: dict[str, Callable[[], bool]] = {
    "Lint (ruff)": lambda: _run(BIN / "ruff", "check", "."),
    "Format (ruff)": lambda: _run(BIN / "ruff", "format", "--check", "."),
    "Types (mypy)": _types,
    "Import rules (import-linter)": lambda: _run(
        BIN / "lint-imports", "--no-cache", "--config", import_rules.write()
    ),
}
