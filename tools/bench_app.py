"""The web application as `./jiesu bench` starts it: each answer carries how long it took inside.

`Server-Timing: app;dur=…, rasa;dur=…` in milliseconds (https://www.w3.org/TR/server-timing/). Production
code knows nothing of this.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask

import app as application


class Asked:
    """The assistant, with the time it takes noted for the thread that asks."""

    def __init__(self, assistant: Any, spent: threading.local) -> None:
        self._assistant = assistant
        self._spent = spent

    def __getattr__(self, name: str) -> Any:
        return getattr(self._assistant, name)

    def ask(self, *arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        try:
            return self._assistant.ask(*arguments, **options)
        finally:
            self._spent.rasa = time.perf_counter() - started


class Timed:
    """WSGI: the time from the request's arrival to its whole answer."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], spent: threading.local) -> None:
        self._wsgi = wsgi
        self._spent = spent

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/chat/events":
            return self._wsgi(environ, start_response)
        self._spent.rasa = 0.0
        held: list[Any] = []
        started = time.perf_counter()
        body = b"".join(self._wsgi(environ, lambda *head: held.extend(head)))
        spent = time.perf_counter() - started
        timing = f"app;dur={spent * 1000:.3f}, rasa;dur={self._spent.rasa * 1000:.3f}"
        start_response(held[0], [*held[1], ("Server-Timing", timing)], *held[2:])
        return [body]


def create_app() -> Flask:
    made = application.create_app()
    spent = threading.local()
    reception = made.extensions["jiesu"].reception
    object.__setattr__(reception, "assistant", Asked(reception.assistant, spent))
    made.wsgi_app = Timed(made.wsgi_app, spent)  # type: ignore[method-assign]
    return made
