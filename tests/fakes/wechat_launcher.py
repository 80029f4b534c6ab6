"""WeChat's worker and callback, killed at a counted point: like `kill -9`, in the middle of what they do.

The worker: `python -m tests.fakes.wechat_launcher`; KILL_BEFORE_SENDING=n, KILL_AFTER_SENDING=n: right before
or after its n-th message was handed to WeChat. The callback: gunicorn on `create_app()` of this module; the
file named in KILL_BEFORE_ANSWER ends it once, between the commit and the answer. Production code knows
nothing of this.
"""

from __future__ import annotations

import itertools
import os
import runpy
import signal
from pathlib import Path

import app as application
from wechat import api

sent = itertools.count(1)
text = api.Api.text
before = int(os.environ.get("KILL_BEFORE_SENDING", "0"))
after = int(os.environ.get("KILL_AFTER_SENDING", "0"))


def counted(self, *arguments):
    number = next(sent)
    if number == before:
        end()
    told = text(self, *arguments)
    if number == after:
        end()
    return told


def end():
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


class Fragile:
    """WSGI: once the answer is made, and before anybody gets it, the file may end the process."""

    def __init__(self, wsgi, fuse):
        self._wsgi, self._fuse = wsgi, Path(fuse)

    def __call__(self, environ, start_response):
        body = self._wsgi(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and self._fuse.exists():
            self._fuse.unlink()
            end()
        return body


def create_app():
    made = application.create_app()
    made.wsgi_app = Fragile(made.wsgi_app, os.environ["KILL_BEFORE_ANSWER"])
    return made


if __name__ == "__main__":
    api.Api.text = counted  # type: ignore[method-assign]
    runpy.run_module("wechat", run_name="__main__")
