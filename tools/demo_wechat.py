"""`./jiesu demo wechat`: a stand-in for WeChat and a system of its own behind it, to write to as a customer.

Nothing leaves this machine and nothing is kept: the account, the logins and the data folder are made anew.
"""

from __future__ import annotations

import secrets
import signal
import string
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

import yaml

from simulator.wechat import Account, Fake, over_http
from tools import places, ports, private, stack, supervise, training
from tools.say import Failure, line, step

CALLBACK_WITHIN = 60.0
CALLBACK, LATER = "wechat-callback", ("wechat", "office")
"""Started one after the other: together they would keep one another from the processor."""
TEMPLATE_FIELDS = places.ROOT / "simulator" / "wechat" / "template.yml"


@dataclass(frozen=True)
class Standing:
    """A demo that stands. `page`: where one writes as a customer; `desk`: where one answers."""

    page: str
    desk: str
    login: tuple[str, str]
    fake: Fake


def main(arguments: Sequence[str]) -> NoReturn:
    """Until Ctrl-C, which is raised. `--scripted`: without Rasa, the scripted questions alone."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if set(arguments) - {"--scripted"}:
        raise Failure("./jiesu demo wechat takes --scripted, and nothing else.")
    with standing(scripted="--scripted" in arguments) as demo:
        name, password = demo.login
        line("\nWeChat is played on this machine; the account exists nowhere else.\n")
        line(f"  write as a customer   {demo.page}")
        line(f"  answer at the desk    {demo.desk}   ({name}  {password})")
        line("\nCtrl-C ends it and throws everything away.\n")
        while True:
            time.sleep(3600)


@contextmanager
def standing(*, scripted: bool) -> Iterator[Standing]:
    """The stand-in and the system, each told where the other is. Raises Failure when one does not start."""
    account, template = made_up(), secrets.token_urlsafe(32)
    web, callback = ports.unused(2)
    desk = f"http://127.0.0.1:{web}/desk/"
    wire = over_http(f"http://127.0.0.1:{callback}/wechat")
    fields = yaml.safe_load(TEMPLATE_FIELDS.read_text("utf-8"))
    with Fake(account, wire, desk_url=desk, templates={template: fields}) as fake:
        more = {
            **told(account, fake.url, template),
            "JIESU_PORT": str(web),
            "JIESU_WECHAT_PORT": str(callback),
        }
        needed = _without_rasa if scripted else dict
        with private.processes(needed, more, frozenset({"rasa", CALLBACK, *LATER})) as (env, supervisor):
            stack.await_doors(supervisor, env)
            supervisor.release(CALLBACK)
            await_callback(callback, supervisor)
            for name in LATER:
                supervisor.release(name)
            _bring_assistant(supervisor, scripted)
            yield Standing(fake.url, desk, private.login_of(env), fake)


def made_up() -> Account:
    """An account that WeChat never gave out."""
    letters = string.ascii_letters + string.digits
    key = "".join(secrets.choice(letters) for _ in range(43))
    return Account("wx" + secrets.token_hex(8), secrets.token_hex(16), secrets.token_hex(16), key)


def told(account: Account, api_url: str, template: str) -> Mapping[str, str]:
    """The account's settings, as an administrator would enter them."""
    return {
        "WECHAT_APP_ID": account.app_id,
        "WECHAT_APP_SECRET": account.secret,
        "WECHAT_TOKEN": account.token,
        "WECHAT_AES_KEY": account.aes_key,
        "WECHAT_TEMPLATE_PROGRESS": template,
        "JIESU_WECHAT_API_URL": api_url,
    }


def await_callback(port: int, supervisor: supervise.Supervisor) -> None:
    """Until the callback's own process answers. Raises Failure, with the end of its log, when it does not."""
    until = time.monotonic() + CALLBACK_WITHIN
    with step("WeChat's callback"):
        while not stack.answers(f"http://127.0.0.1:{port}/healthz"):
            if time.monotonic() > until:
                log = supervisor.where.log(CALLBACK)
                raise Failure(f"WeChat's callback did not start:\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)


def _without_rasa(lines: dict[str, str]) -> dict[str, str]:
    return {name: command for name, command in lines.items() if name not in ("rasa", "actions")}


def _bring_assistant(supervisor: supervise.Supervisor, scripted: bool) -> None:
    """Let Rasa load meanwhile; the scripted questions answer until it has."""
    if scripted:
        line("The scripted questions answer, without Rasa.")
    elif training.needed():
        line("The scripted questions answer: Rasa is not trained yet; ./jiesu run does that.")
    else:
        supervisor.release("rasa")
