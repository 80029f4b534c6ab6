"""`./jiesu test`: everything tests need, then pytest in both environments, then Rasa's own tests."""

from __future__ import annotations

import os
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import assets, browser, envs, judgements, places, redis_server, specs, training
from tools.say import Failure, line, seconds, step
from tools.shell import run

EVERYTHING = "tests"
BOT_TESTS = "tests/bot"
TOGETHER = ["--numprocesses", str(max(2, min(os.cpu_count() or 2, 4))), "--dist", "loadgroup"]
"""Of all tests, as many at once as help; those that start real processes stay one after the other
(tests/conftest.py)."""
NO_TESTS = 5
"""pytest's exit code when nothing was selected."""


@dataclass(frozen=True)
class Plan:
    """pytest's arguments for each environment; None when it has nothing to do."""

    app: list[str] | None
    bot: list[str] | None


def plan(arguments: Sequence[str], root: Path = places.ROOT) -> Plan:
    """Share out paths between the environments; options and -k words go to both."""
    paths = [arg for arg in arguments if _is_path(arg, root)]
    rest = [arg for arg in arguments if arg not in paths]
    if not paths:
        return Plan(app=[EVERYTHING, *rest], bot=[BOT_TESTS, *rest])
    bot = [path for path in paths if Path(path.split("::")[0]).as_posix().startswith(BOT_TESTS)]
    app = [path for path in paths if path not in bot]
    return Plan(app=[*app, *rest] if app else None, bot=[*bot, *rest] if bot else None)


def _is_path(argument: str, root: Path) -> bool:
    path = argument.split("::")[0]
    return path.startswith("tests") and (root / path).exists()


def verdict(codes: Sequence[int]) -> int:
    """0 when something ran and all of it passed. One environment may have had nothing selected."""
    if all(code == NO_TESTS for code in codes):
        return NO_TESTS
    return next((code for code in codes if code not in (0, NO_TESTS)), 0)


def prepare() -> dict[str, str]:
    """All set-up that tests need; returns their environment."""
    with envs.one_at_a_time():
        envs.application(tests=True)
        envs.assistant(tests=True)
        judgements.bring()
        assets.bring(tests=True)
        specs.bring_or_say()
        chromium = browser.bring()
        redis_server.bring()
    if training.needed():
        with step("Training the assistant"):
            run([places.PYTHON, "-m", "tools.train"], "Training the assistant")
    if problem := training.problem():
        raise Failure(f"Not tested: {problem}.", "delete the folder models/ and run this again.")
    return {**os.environ, "JIESU_CHROMIUM": str(chromium)}


def test(arguments: Sequence[str]) -> int:
    """Run everything; the exit code is 0 only when all that ran passed."""
    started = time.monotonic()
    env = prepare()
    line(f"Set-up: {seconds(time.monotonic() - started)} in all")
    results = places.TOOLS / "results"
    results.mkdir(exist_ok=True)
    for old in results.glob("*.xml"):
        old.unlink()
    codes = _pytest(plan(arguments), env, results)
    code = verdict(codes)
    if not arguments:
        code = code or _rasa_tests()
    line(f"\nAll of it: {seconds(time.monotonic() - started)}")
    if code == NO_TESTS:
        line("No test was selected.")
    line(closing(results.glob("*.xml")))
    return code


def _pytest(what: Plan, env: dict[str, str], results: Path) -> list[int]:
    codes = []
    if what.app is not None:
        together = TOGETHER if what.app[0] == EVERYTHING else []
        codes.append(_one(places.PYTHON, ["--junit-xml", f"{results}/app.xml", *together, *what.app], env))
    if what.bot is not None and (places.ROOT / BOT_TESTS).exists():
        # The options in pyproject.toml are for plugins that Rasa's environment does not have.
        options = ["-o", "addopts=--import-mode=importlib", "--junit-xml", f"{results}/bot.xml"]
        codes.append(_one(places.RASA_PYTHON, [*options, *what.bot], training.environment(env)))
    return codes


def _one(python: Path, arguments: Sequence[str], env: dict[str, str]) -> int:
    return subprocess.run([python, "-m", "pytest", *arguments], cwd=places.ROOT, env=env).returncode


def _rasa_tests() -> int:
    """Rasa's own judgement of the training data and of the conversations."""
    rasa = str(places.VENV_RASA / "bin" / "rasa")
    conversations = places.ROOT / "tests" / "conversations"
    commands = {"Rasa: training data": [rasa, "data", "validate", "--fail-on-warnings"]}
    if conversations.exists():
        out = f"--out={places.TOOLS / 'results' / 'rasa'}"
        model = f"--model={places.MODEL}"
        stories = ["-s", str(conversations), model, out, "--no-plot"]
        commands["Rasa: conversations"] = [rasa, "test", "core", "--fail-on-prediction-errors", *stories]
    code = 0
    for name, command in commands.items():
        try:
            with step(name):
                run(command, name, env=training.environment())
            line(f"{name}: passed")
        except Failure as failure:
            line(f"{name}: {failure}")
            code = 1
    return code


def closing(files: Iterable[Path]) -> str:
    """`N passed, N failed` over all runs, as continuous integration reads it."""
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for file in files:
        for suite in ET.parse(file).getroot().iter("testsuite"):
            for name in total:
                total[name] += int(suite.get(name, 0))
    failed = total["failures"] + total["errors"]
    passed = total["tests"] - failed - total["skipped"]
    return f"{passed} passed, {failed} failed" + (f", {total['skipped']} skipped" if total["skipped"] else "")
