"""The Procfile, and the supervisor configuration made from it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools import places
from tools.say import Failure

RASA = "rasa"
WECHAT = ("wechat-callback", "wechat")
"""What acknowledges WeChat's pushes, and what answers them."""


@dataclass(frozen=True)
class Folders:
    """Where supervisor finds and leaves things."""

    root: Path
    run: Path
    logs: Path
    socket: Path

    @property
    def config(self) -> Path:
        return self.run / "supervisord.conf"

    @property
    def pid(self) -> Path:
        return self.run / "supervisord.pid"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def read(text: str) -> dict[str, str]:
    """Process name -> command line, as in every Procfile: `name: command`, # for remarks."""
    processes: dict[str, str] = {}
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = re.match(r"([A-Za-z][\w-]*):\s*(\S.*)$", line)
        if not match:
            raise Failure(f"Procfile, line {number} is not `name: command`: {line}")
        processes[match[1]] = match[2]
    return processes


def needed(env: Mapping[str, str], text: str) -> dict[str, str]:
    """The processes in this Procfile that an installation with these settings runs."""
    idle = () if places.wechat_is_set(env) else WECHAT
    away = () if places.rasa_is_ours(env) else (RASA,)
    return {name: command for name, command in read(text).items() if name not in (*idle, *away)}


def config(processes: dict[str, str], folders: Folders, held: frozenset[str] = frozenset()) -> str:
    """supervisord.conf: in the Procfile's order, each restarted whenever it ends.

    Those in `held` wait to be started.
    """
    head = HEAD.format(
        socket=_plain(folders.socket),
        log=_plain(folders.log("supervisord")),
        pid=_plain(folders.pid),
        root=_plain(folders.root),
    )
    programs = [
        PROGRAM.format(
            name=name,
            # env runs the assignments that may stand before a command; exec keeps the process id.
            command=_plain(shlex.join(["/bin/sh", "-c", f"exec env {command}"])),
            root=_plain(folders.root),
            priority=priority,
            autostart=str(name not in held).lower(),
            log=_plain(folders.log(name)),
        )
        for priority, (name, command) in enumerate(processes.items(), start=1)
    ]
    return "\n".join([head, *programs])


def _plain(value: object) -> str:
    """supervisor expands %, so a plain one is doubled."""
    return str(value).replace("%", "%%")


HEAD = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={log}
logfile_maxbytes=2MB
logfile_backups=2
pidfile={pid}
directory={root}
nodaemon=true
silent=true

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}
"""

# startretries: a process that dies at once is tried again after 1, 2, 3, ... seconds, in practice for ever.
PROGRAM = """\
[program:{name}]
command={command}
directory={root}
priority={priority}
autostart={autostart}
autorestart=true
startsecs=2
startretries=100000
stopwaitsecs=8
stopasgroup=true
killasgroup=true
redirect_stderr=true
stdout_logfile={log}
stdout_logfile_maxbytes=5MB
stdout_logfile_backups=3
"""
