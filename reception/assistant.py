"""Asking Rasa, with a deadline for the whole exchange. Rasa proposes names of replies, nothing more."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from typing import Any

import urllib3

from core.circuit import Circuit

LARGEST_ANSWER = 256 * 1024
NAME = re.compile(r"utter_[a-z0-9_]{1,60}")
WORKERS = 32


class NoAnswer(Exception):
    """Refused, late, empty, garbage or too large: all mean the same, the scripted questions go on."""


class Assistant:
    """Rasa behind its REST channel (https://rasa.com/docs/rasa/connectors/your-own-website).

    The deadline bounds the whole exchange, because a read time-out alone lets a server that sends a
    byte now and then hold the line for ever. After a client's time-out Rasa keeps nothing of the turn.
    """

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/webhooks/rest/webhook"
        self._pool = urllib3.PoolManager(maxsize=WORKERS, retries=False)
        self._workers = ThreadPoolExecutor(WORKERS, thread_name_prefix="assistant")
        self._free = threading.BoundedSemaphore(WORKERS)
        self._circuit = Circuit()

    @property
    def resting(self) -> bool:
        """True while the circuit is open and nobody is asked."""
        return not self._circuit.closed(time.monotonic())

    def ask(self, sender: str, words: str, metadata: Mapping[str, Any], deadline: float) -> list[str]:
        """Names of the replies proposed for these words, within `deadline` seconds. Raises NoAnswer."""
        if self.resting or not self._free.acquire(blocking=False):
            raise NoAnswer("resting")
        body = {"sender": sender, "message": words, "metadata": dict(metadata)}
        exchange = self._workers.submit(self._exchange, body, time.monotonic() + deadline)
        exchange.add_done_callback(lambda _: self._free.release())
        try:
            names = _wait(exchange, deadline)
        except NoAnswer:
            self._note(worked=False)
            raise
        self._note(worked=True)
        return names

    def _note(self, worked: bool) -> None:
        self._circuit = self._circuit.after(worked, time.monotonic())

    def _exchange(self, body: dict[str, Any], until: float) -> list[str]:
        timeout = urllib3.Timeout(connect=0.3, read=max(0.05, until - time.monotonic()))
        response = self._pool.request(
            "POST", self._url, json=body, timeout=timeout, preload_content=False, redirect=False
        )
        try:
            return names_in(response.status, _read(response, until))
        finally:
            response.release_conn()


def _wait(exchange: Future[list[str]], deadline: float) -> list[str]:
    try:
        return exchange.result(timeout=deadline)
    except TooLate:
        raise NoAnswer("late") from None
    except NoAnswer:
        raise
    except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from None


def _read(response: urllib3.BaseHTTPResponse, until: float) -> bytes:
    """The body, piece by piece; a late or oversize one closes the connection."""
    body = b""
    while chunk := response.read1(64 * 1024):
        body += chunk
        if len(body) > LARGEST_ANSWER or time.monotonic() > until:
            response.close()
            raise NoAnswer("oversize or late")
    return body


def names_in(status: int, body: bytes) -> list[str]:
    """The reply names of a REST answer: each text is followed by `{"custom": {"reply": NAME}}`.

    Raises NoAnswer for anything else: another status, an empty list, a text without a name, a wrong type.
    """
    if status != 200:
        raise NoAnswer(f"status {status}")
    try:
        messages = json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswer("no JSON") from None
    if not isinstance(messages, list) or not messages:
        raise NoAnswer("empty")
    texts = sum(1 for message in messages if isinstance(message, dict) and message.get("text"))
    names = [_name(message) for message in messages if isinstance(message, dict) and "custom" in message]
    if not names or len(names) < texts or not all(isinstance(message, dict) for message in messages):
        raise NoAnswer("a text without a name")
    return names


def _name(message: dict[str, Any]) -> str:
    custom = message["custom"]
    name = custom.get("reply") if isinstance(custom, dict) else None
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise NoAnswer("no reply name")
    return name
