"""`./jiesu run`, second half, inside `.venv`: prepare, start the doors, then the assistant; watch; stop.

Doors first: they answer with their scripted questions while Rasa still trains or loads.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from types import FrameType

import requests

from tools import places, ports, procfile, shell, supervise
from tools.assistant import Assistant
from tools.say import Failure, line, seconds, step

DOORS_WITHIN = 60.0
LOOK_EVERY = 0.5


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, SIGTERM, or a closed terminal."""


def main(env: Mapping[str, str] | None = None) -> int:
    started = float(os.environ.get("JIESU_STARTED") or time.time())
    _listen_for_stop()
    try:
        return run(environment(os.environ if env is None else env), started)
    except Stopped:
        return 0
    except Failure as failure:
        line(f"\njiesu: {failure}")
        return 1
    except OSError as error:
        line(f"\njiesu: {shell.explain_os_error(error, 'Starting')}")
        return 1


def environment(env: Mapping[str, str]) -> dict[str, str]:
    """What every process of the stack gets, so that all of them agree on ports and folders."""
    return {
        **env,
        "JIESU_DATA_DIR": str(places.data_dir(env)),
        "JIESU_PORT": str(places.web_port(env)),
        "JIESU_ACTIONS_PORT": str(places.actions_port(env)),
        "JIESU_WECHAT_PORT": str(places.wechat_port(env)),
        "JIESU_RASA_URL": places.rasa_url(env),
        "PYTHONUNBUFFERED": "1",
    }


def run(env: dict[str, str], started: float) -> int:
    """Returns only by an exception: Stopped, or Failure."""
    where = supervise.folders(places.data_dir(env))
    if pid := supervise.running(where):
        raise Failure(
            f"Jiesu is already running in this folder (process {pid}).",
            f"use it, or stop it with Ctrl-C in its terminal or with: kill {pid}",
        )
    ports.check(env)
    login = prepare(env)
    processes = procfile.needed(env, (places.ROOT / "Procfile").read_text())
    later = frozenset(processes) - {"web"}  # customers first: nothing takes the processor before it answers
    stack = supervise.Supervisor(processes, where, env, held=later)
    assistant = Assistant(stack, env)
    try:
        stack.start()
        await_doors(stack, env)
        for name in sorted(later - {"rasa"}):
            stack.release(name)
        announce(env, login, time.time() - started)
        watch(stack, assistant)
    finally:
        _deaf()
        line("\nStopping ...")
        assistant.give_up()
        stack.stop()
        line("Everything is stopped.")
    return 0


def prepare(env: dict[str, str]) -> str:
    """Secrets, database, first desk logins; returns a line `login: NAME PASSWORD` for each that was made."""
    with step("Secrets and database"):
        done = subprocess.run(
            [places.PYTHON, "-m", "office.prepare"], cwd=places.ROOT, env=env, capture_output=True, text=True
        )
    if done.returncode:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise Failure(
            "Preparing secrets and database failed:\n" + "\n".join(f"    {row}" for row in told[-15:])
        )
    return "\n".join(row for row in done.stdout.splitlines() if row.startswith("login: "))


def await_doors(stack: supervise.Supervisor, env: Mapping[str, str]) -> None:
    """Wait until the web server answers; explain by its log when it does not."""
    url = f"http://127.0.0.1:{places.web_port(env)}/healthz"
    deadline = time.monotonic() + DOORS_WITHIN
    with step("Starting the doors"):
        while time.monotonic() < deadline:
            if answers(url):
                return
            if stack.states().get("web", {}).get("statename") in ("BACKOFF", "FATAL", "EXITED"):
                break
            time.sleep(0.1)
    log = stack.where.log("web")
    raise Failure(f"The web server did not start. The end of {shell.shorten(log)}:\n{shell.tail(log)}")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).status_code == 200
    except requests.RequestException:
        return False


def announce(env: Mapping[str, str], login: str, spent: float) -> None:
    here = f"http://127.0.0.1:{places.web_port(env)}"
    public = (env.get("JIESU_PUBLIC_URL") or here).rstrip("/")
    line(f"\nThe doors are open ({seconds(spent)} from the start).\n")
    line(f"  chat page   {here}/")
    line(f"  desk        {here}/desk/")
    for row in login.splitlines():
        _, name, password = row.split(maxsplit=2)
        line(f"  desk login  {name}  {password}   (shown this once; change it on the desk)")
    line(f"  phone       {public}/voice/incoming   (Twilio's voice URL)")
    if not env.get("TWILIO_AUTH_TOKEN"):
        line("              simulated calls only: TWILIO_AUTH_TOKEN is not set")
    if places.wechat_is_set(env):
        line(f"  WeChat      {public}/wechat   (the proxy hands it to port {places.wechat_port(env)})")
    line(f"  logs        {shell.shorten(places.data_dir(env) / 'log')}/")
    line("\nCtrl-C stops everything.\n")


def watch(stack: supervise.Supervisor, assistant: Assistant) -> None:
    """Report what changes, until somebody stops us or supervisor dies."""
    seen: dict[str, str] = {}
    while stack.alive():
        seen = report(stack, seen)
        assistant.look()
        time.sleep(LOOK_EVERY)
    raise Failure(
        "supervisor, which keeps the processes, ended by itself.",
        "see log/supervisord.log in the data folder.",
    )


REPORTED = {
    "BACKOFF": "stopped at once; it is tried again and again. The end of its log:",
    "FATAL": "does not start. The end of its log:",
}


def report(stack: supervise.Supervisor, seen: dict[str, str]) -> dict[str, str]:
    """Say once what went wrong with a process, and when it is back; returns what was seen now."""
    now = {name: info["statename"] for name, info in stack.states().items()}
    for name, state in now.items():
        before = seen.get(name, state)
        if state in REPORTED and before not in REPORTED:
            line(f"{name} {REPORTED[state]}\n{shell.tail(stack.where.log(name))}")
        elif state == "RUNNING" and before in REPORTED:
            line(f"{name} is running again.")
    return now


def _listen_for_stop() -> None:
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup stays nohup
        signal.signal(signal.SIGHUP, _stop)


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


def _deaf() -> None:
    """While stopping, a second Ctrl-C must not leave half of it running."""
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, signal.SIG_IGN)


if __name__ == "__main__":
    sys.exit(main())
