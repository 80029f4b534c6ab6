"""The assistant's way from untrained to ready, and back again after it died. Nobody waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import Any

import requests

from tools import places, shell, training
from tools.say import REMINDER, line, seconds
from tools.supervise import Supervisor

SCRIPTED = "until then the doors use their scripted questions"


class Assistant:
    """Call `look()` every half second: it does the next thing when it is time, and says so."""

    def __init__(self, stack: Supervisor, env: dict[str, str]) -> None:
        self._stack = stack
        self._env = env
        self._since = self._said = time.monotonic()
        self._training: subprocess.Popen[bytes] | None = None
        self._pid = 0
        self.look = self._begin

    def _begin(self) -> None:
        self._since = self._said = time.monotonic()
        if not places.rasa_is_ours(self._env):
            line(f"Waiting for Rasa at {places.rasa_url(self._env)}.")
            self.look = self._loading
        elif training.needed():
            line(f"The assistant is being trained (first run, or its inputs changed); {SCRIPTED}.")
            self._training = self._train()
            self.look = self._in_training
        elif problem := training.problem():
            line(f"The assistant is not started: {problem}. The doors stay with their scripted questions.")
            line("What to do: find out who changed it; delete the folder models/ and run this again.")
            self.look = self._idle
        else:
            self._load()

    def _train(self) -> subprocess.Popen[bytes]:
        with self._stack.where.log("training").open("wb") as out:
            return subprocess.Popen(
                [places.PYTHON, "-m", "tools.train"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=places.ROOT,
                env=self._env,
                start_new_session=True,  # so that it can be stopped with everything it started
            )

    def _in_training(self) -> None:
        if self._training is None or self._training.poll() is None:
            self._remind("training")
        elif self._training.returncode:
            log = self._stack.where.log("training")
            line(f"Training the assistant failed. The end of {shell.shorten(log)}:\n{shell.tail(log)}")
            line("The doors stay with their scripted questions. Correct it and run this again.")
            self.look = self._idle
        else:
            line(f"Training the assistant: took {seconds(time.monotonic() - self._since)}")
            self._load()

    def _load(self) -> None:
        self._since = self._said = time.monotonic()
        line(f"Rasa is still loading; {SCRIPTED}.")
        self._stack.release("rasa")
        self.look = self._loading

    def _loading(self) -> None:
        if not self._answers():
            self._remind("loading")
            return
        self._warm_up()
        self._pid = self._rasa().get("pid", 0)
        line(f"Assistant ready after {seconds(time.monotonic() - self._since)}.")
        self.look = self._ready

    def _ready(self) -> None:
        rasa = self._rasa()
        if rasa and rasa["pid"] != self._pid:
            self._since = self._said = time.monotonic()
            line(f"Rasa stopped and is being started again; {SCRIPTED}.")
            self.look = self._loading

    def _idle(self) -> None:
        """Nothing more to do; why was said."""

    def _rasa(self) -> dict[str, Any]:
        return self._stack.states().get("rasa", {})

    def _answers(self) -> bool:
        try:
            return requests.get(places.rasa_url(self._env), timeout=1).ok
        except requests.RequestException:
            return False

    def _warm_up(self) -> None:
        """The first message after loading is slow: let it be nobody's."""
        url = f"{places.rasa_url(self._env)}/webhooks/rest/webhook"
        try:
            requests.post(url, json={"sender": "warm-up", "message": "hello"}, timeout=10)
        except requests.RequestException:
            line("The assistant did not answer its first message; it is asked again by the first customer.")

    def _remind(self, what: str) -> None:
        if time.monotonic() - self._said >= REMINDER:
            self._said = time.monotonic()
            line(f"  still {what}, {seconds(self._said - self._since)}")

    def give_up(self) -> None:
        """Stop a training that is under way."""
        if self._training is not None and self._training.poll() is None:
            os.killpg(self._training.pid, signal.SIGKILL)
            self._training.wait()
