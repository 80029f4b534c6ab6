"""Is a port free, and what to do when it is not."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from typing import NamedTuple

from tools import places
from tools.say import Failure


class Port(NamedTuple):
    number: int
    user: str
    remedy: str


def wanted(env: Mapping[str, str]) -> list[Port]:
    """The ports that the processes of this installation listen on."""
    web, actions, rasa = places.web_port(env), places.actions_port(env), places.rasa_port(env)
    ports = [
        Port(web, "the web server", f"JIESU_PORT={web + 10} ./jiesu run"),
        Port(actions, "the action server", f"JIESU_ACTIONS_PORT={actions + 10} ./jiesu run"),
    ]
    if places.wechat_is_set(env):
        wechat = places.wechat_port(env)
        remedy = f"JIESU_WECHAT_PORT={wechat + 10} ./jiesu run (and tell the proxy)"
        ports.append(Port(wechat, "WeChat's callback", remedy))
    if places.rasa_is_ours(env):
        remedy = f"JIESU_RASA_URL=http://127.0.0.1:{rasa + 10} ./jiesu run"
        ports.append(Port(rasa, "Rasa", remedy))
    return ports


def free(number: int) -> bool:
    """Can a server listen there now? (Connections of an earlier server that still linger do not count.)"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return False
    return True


def unused(count: int) -> list[int]:
    """Ports of this machine on which nobody listens now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return ports


def check(env: Mapping[str, str]) -> None:
    """Raise Failure for the first port that another program holds."""
    for port in wanted(env):
        if not free(port.number):
            raise Failure(
                f"Port {port.number}, which {port.user} needs, is used by another program.",
                f"stop that program (`ss -ltnp 'sport = :{port.number}'` names it), or use another port: "
                f"{port.remedy}",
            )
