"""Everything ./jiesu tells its user: steps with progress, and failures in plain words."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator

SPINNER = "|/-\\"
WORTH_SAYING = 1.0
"""Seconds. A shorter step is not mentioned."""
REMINDER = 30.0
"""Seconds between two signs of life where no spinner can turn."""


class Failure(Exception):
    """An expected failure: what is wrong, and what to do. Shown without a stack trace."""

    def __init__(self, wrong: str, to_do: str = "") -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.to_do = to_do

    def __str__(self) -> str:
        return f"{self.wrong}\nWhat to do: {self.to_do}" if self.to_do else self.wrong


def line(text: str = "") -> None:
    """Print a line. A terminal that is gone must not stop the stopping."""
    with contextlib.suppress(OSError, ValueError):
        print(text, flush=True)


def seconds(spent: float) -> str:
    """`4 s`, `1 min 05 s`: as long as a person would say it."""
    whole = max(1, round(spent))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02} s"


@contextlib.contextmanager
def step(name: str, show: Callable[[str], None] = line) -> Iterator[None]:
    """Name a piece of work that may take long, with signs of life, and say how long it took."""
    started, done = time.monotonic(), threading.Event()
    alive = _turn if sys.stdout.isatty() else _remind
    ticker = threading.Thread(target=alive, args=(name, started, done, show), daemon=True)
    ticker.start()
    outcome = "stopped after"
    try:
        yield
        outcome = "took"
    finally:
        done.set()
        ticker.join()
        spent = time.monotonic() - started
        if spent >= WORTH_SAYING:
            show(f"{name}: {outcome} {seconds(spent)}")


def _turn(name: str, started: float, done: threading.Event, show: Callable[[str], None]) -> None:
    turn = 0
    pause = WORTH_SAYING
    with contextlib.suppress(OSError, ValueError):
        while not done.wait(pause):
            turn, pause = turn + 1, 0.1
            spent = seconds(time.monotonic() - started)
            sys.stdout.write(f"\r\x1b[K{SPINNER[turn % 4]} {name}: {spent}")
            sys.stdout.flush()
        if turn:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()


def _remind(name: str, started: float, done: threading.Event, show: Callable[[str], None]) -> None:
    if done.wait(WORTH_SAYING):
        return
    show(f"{name} ...")
    while not done.wait(REMINDER):
        show(f"  still at it: {name}, {seconds(time.monotonic() - started)}")
