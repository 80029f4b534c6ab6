"""A stack of its own on free loopback ports and with a data folder that is thrown away: to try things out."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import requests

from tools import places, ports, procfile, stack, supervise, training
from tools.say import Failure, step
from tools.shell import run

READY_WITHIN = 300.0
LOGINS = "FIRST_LOGINS"
"""Under this name the callers of `processes` find what was printed when the first accounts were made."""
OURS = ("JIESU_", "TWILIO_", "WECHAT_", "WECOM_")
"""How the names of our settings begin."""
NOTHING: Mapping[str, str] = MappingProxyType({})


@contextmanager
def processes(
    change: Callable[[dict[str, str]], dict[str, str]] = dict,
    more: Mapping[str, str] = NOTHING,
    held: frozenset[str] = frozenset({"rasa"}),
) -> Iterator[tuple[dict[str, str], supervise.Supervisor]]:
    """The environment and the supervisor of a prepared stack.

    `change` may alter or leave out lines of the Procfile; `more`: settings of this stack; `held`: what waits
    until it is released.
    """
    with tempfile.TemporaryDirectory(prefix="jiesu-private-") as folder:
        env = {**environment(folder), **more}
        login = stack.prepare(env)
        lines = change(procfile.needed(env, (places.ROOT / "Procfile").read_text()))
        where = supervise.folders(Path(folder))
        with supervise.Supervisor(lines, where, env, held) as supervisor:
            yield {**env, LOGINS: login}, supervisor


def login_of(env: Mapping[str, str]) -> tuple[str, str]:
    """Name and password of the first account, a supervisor, that was made for this stack."""
    _, name, password = env[LOGINS].splitlines()[0].split(maxsplit=2)
    return name, password


def environment(folder: str, env: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What the processes of such a stack are told: nothing that this installation was told."""
    ours = {name: value for name, value in env.items() if not name.startswith(OURS)}
    web, actions, rasa, wechat = ports.unused(4)
    return stack.environment(
        {
            **ours,
            "JIESU_DATA_DIR": folder,
            "JIESU_PORT": str(web),
            "JIESU_ACTIONS_PORT": str(actions),
            "JIESU_WECHAT_PORT": str(wechat),
            "JIESU_RASA_URL": f"http://127.0.0.1:{rasa}",
            "JIESU_LOG_LEVEL": "WARNING",
        }
    )


def bring_rasa(env: Mapping[str, str], supervisor: supervise.Supervisor, greeting: str) -> None:
    """Rasa, trained if need be, loaded and warm. Raises Failure when it does not come."""
    if training.needed():
        with step("Training the assistant"):
            run([places.PYTHON, "-m", "tools.train"], "Training the assistant")
    supervisor.release("rasa")
    url, until = env["JIESU_RASA_URL"], time.monotonic() + READY_WITHIN
    with step("Rasa loads"):
        while not stack.answers(url):
            if time.monotonic() > until:
                raise Failure("Rasa did not start in time.")
            time.sleep(0.5)
    for _ in range(3):
        body = {"sender": uuid.uuid4().hex, "message": greeting}
        requests.post(f"{url}/webhooks/rest/webhook", json=body, timeout=60)
