"""./jiesu COMMAND: finds the command and keeps stack traces away from its user."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from tools import assets, check, envs, judgements, places, testing
from tools.say import Failure, line
from tools.shell import explain_os_error


def run(_: Sequence[str]) -> int:
    """set up what is missing, then start everything; Ctrl-C stops it"""
    started = time.time()
    with envs.one_at_a_time():
        envs.application()
        envs.assistant()
        judgements.bring()
        assets.bring_or_say()
    os.environ["JIESU_STARTED"] = str(started)
    os.execv(places.PYTHON, [str(places.PYTHON), "-m", "tools.stack"])


def test(arguments: Sequence[str]) -> int:
    """every test, with all set-up; arguments go to pytest: ./jiesu test -k word"""
    return testing.test(arguments)


def check_all(_: Sequence[str]) -> int:
    """what CI runs: lint, types, import rules, then every test"""
    return check.check()


def demo(arguments: Sequence[str]) -> int:
    """play sample complaints through the running system's doors; ./jiesu demo wechat: WeChat, by hand"""
    if arguments[:1] == ["wechat"]:
        with envs.one_at_a_time():
            envs.application()
        # No parent that a Ctrl-C reaches as well, and that would not wait until everything is cleared away.
        os.execv(places.PYTHON, [str(places.PYTHON), "-m", "tools.demo", *arguments])
    return _module("tools.demo", arguments)


def doctor(arguments: Sequence[str]) -> int:
    """what is wrong with this installation, in plain words, and what to do"""
    if not places.PYTHON.exists():
        line("wrong  Nothing is set up here yet.\n       What to do: ./jiesu run")
        return 1
    return _module("tools.doctor", arguments, prepare=False)


def bench(arguments: Sequence[str]) -> int:
    """benchmarks: a table and one JSON line"""
    return _module("tools.bench", arguments, assistant=True)


def evaluate(arguments: Sequence[str]) -> int:
    """how well customers are understood: ./jiesu eval TASK FILE"""
    return _module("tools.evaluate", arguments, assistant=True)


def fallback(arguments: Sequence[str]) -> int:
    """write the document that answers calls while we are down: ./jiesu fallback --ring sip:USER@HOST"""
    return _module("tools.fallback", arguments)


def maze(arguments: Sequence[str]) -> int:
    """how far a caller is from a person, at every state of the phone: --url walks another application"""
    return _module("tools.maze", arguments)


def pictures(arguments: Sequence[str]) -> int:
    """a picture of every page with a sample day's work, in light, dark and on a phone"""
    return _module("tools.pictures", arguments)


COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": run,
    "test": test,
    "check": check_all,
    "demo": demo,
    "doctor": doctor,
    "bench": bench,
    "eval": evaluate,
    "maze": maze,
    "fallback": fallback,
    "pictures": pictures,
}


def _module(name: str, arguments: Sequence[str], *, prepare: bool = True, assistant: bool = False) -> int:
    """Run one of our modules in the application's environment; `assistant`: it needs Rasa's too."""
    if importlib.util.find_spec(name) is None:
        raise Failure(f"This version has no {name.removeprefix('tools.')} yet.")
    if prepare:
        with envs.one_at_a_time():
            envs.application()
            if assistant:
                envs.assistant()
                judgements.bring()
    return subprocess.run([places.PYTHON, "-m", name, *arguments], cwd=places.ROOT).returncode


def usage() -> str:
    rows = [f"  ./jiesu {name:<8} {command.__doc__}" for name, command in COMMANDS.items()]
    return "\n".join(["Jiesu, a complaint front door.\n", *rows])


def main(arguments: Sequence[str]) -> int:
    """Returns the exit code: 0 well, 1 an expected failure (said in words), 130 stopped by the user."""
    signal.signal(signal.SIGTERM, _interrupt)
    name = arguments[0] if arguments else "help"
    if name in ("help", "-h", "--help"):
        line(usage())
        return 0
    if name not in COMMANDS:
        line(f"jiesu: there is no command {name!r}. There are: {' '.join(COMMANDS)}")
        return 2
    try:
        return COMMANDS[name](arguments[1:])
    except Failure as failure:
        line(f"\njiesu: {failure}")
    except KeyboardInterrupt:
        line("\njiesu: stopped; what is done is kept.")
        return 130
    except OSError as error:
        line(f"\njiesu: {explain_os_error(error, f'./jiesu {name}')}")
    return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def entry() -> None:
    sys.exit(main(sys.argv[1:]))
