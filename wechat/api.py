"""WeChat's own side: tokens, sending, media. Every request has a deadline and is made once.

A repeated send arrives twice (WxJava #2098), so only a refused token is tried again, once.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
from requests import RequestException
from urllib3.exceptions import HTTPError, NewConnectionError

from wechat import codes

log = logging.getLogger("jiesu.wechat")

API = "https://api.weixin.qq.com"
SECONDS = 5.0
MEDIA_SECONDS = 30.0
LARGEST_ANSWER = 1024 * 1024
ASK_TOKEN_EVERY = 300.0
"""Seconds. The same token comes back until it is renewed; the old one goes on for five minutes then."""


class Failed(Exception):
    """A request that WeChat refused or did not answer. `code`: its own, 0 when there was none.

    The text names no token, no openid and no words.
    """

    def __init__(self, meaning: str, code: int = 0) -> None:
        super().__init__(f"{meaning} ({code})")
        self.meaning = meaning
        self.code = code


@dataclass(frozen=True)
class Account:
    """Whose messages, and what proves it."""

    app_id: str
    secret: str = field(repr=False)


class Api:
    """One account's calls. `base`: a stand-in for WeChat on this machine. Every method may raise Failed."""

    def __init__(
        self, account: Account, base: str = API, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._account = account
        self._base = base.rstrip("/")
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = urlsplit(base).scheme == "https"  # no proxy stands before this machine
        self._lock = threading.Lock()
        self._token, self._asked = "", -ASK_TOKEN_EVERY

    def text(self, openid: str, words: str) -> None:
        """One message as customer service (POST /cgi-bin/message/custom/send)."""
        self._post("message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": words}})

    def typing(self, openid: str) -> None:
        """Let the customer see that somebody writes."""
        self._post("message/custom/typing", {"touser": openid, "command": "Typing"})

    def template(self, openid: str, template: str, fields: Mapping[str, str], url: str) -> str:
        """A template message, which needs no open window; returns WeChat's id of it."""
        data = {name: {"value": value} for name, value in fields.items()}
        body = {"touser": openid, "template_id": template, "url": url, "data": data}
        return str(self._post("message/template/send", body).get("msgid", ""))

    def addresses(self) -> list[str]:
        """Where WeChat's own requests come from; also what a self-test asks."""
        return [str(one) for one in self._post("getcallbackip", None).get("ip_list", [])]

    def token(self) -> str:
        """The token in force, asked for again every few minutes (POST /cgi-bin/stable_token)."""
        with self._lock:
            if self._clock() - self._asked >= ASK_TOKEN_EVERY:
                self._renew()
            return self._token

    def _post(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """One call; a refused token is asked for once more, and the call made once more."""
        token = self.token()
        try:
            return self._call(path, body, {"access_token": token})
        except Failed as failure:
            if failure.meaning != codes.TOKEN:
                raise
        log.warning("the token was refused; asking for it once more")
        return self._call(path, body, {"access_token": self._another_than(token)})

    def _another_than(self, refused: str) -> str:
        with self._lock:
            if self._token == refused:
                self._renew()
            return self._token

    def _renew(self) -> None:
        """Never forced: a forced renewal is allowed twenty times a day and shuts other processes out."""
        asked = {"grant_type": "client_credential", "appid": self._account.app_id}
        told = self._call(
            "stable_token", {**asked, "secret": self._account.secret, "force_refresh": False}, {}
        )
        token = told.get("access_token")
        if not isinstance(token, str) or not token:
            raise Failed(codes.UNKNOWN)
        self._token, self._asked = token, self._clock()

    def _call(self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str]) -> dict[str, Any]:
        answer = self._asked_once(path, body, query)
        code = answer.get("errcode", 0)
        if code:
            raise Failed(codes.meaning(int(code)), int(code))
        return answer

    def _asked_once(
        self, path: str, body: Mapping[str, Any] | None, query: Mapping[str, str]
    ) -> dict[str, Any]:
        """The answer's JSON object. Characters stay themselves: \\u escapes would be shown as they are."""
        method = "GET" if body is None else "POST"
        sent = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            with self._session.request(
                method,
                f"{self._base}/cgi-bin/{path}",
                params=query,
                data=sent,
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=SECONDS,
                allow_redirects=False,
                stream=True,
            ) as answer:
                told = json.loads(_body(answer, time.monotonic() + SECONDS))
        except (RequestException, HTTPError, OSError, ValueError) as error:
            raise Failed(codes.BUSY if _never_sent(error) else codes.UNKNOWN) from None
        if not isinstance(told, dict):
            raise Failed(codes.UNKNOWN)
        return told


def _never_sent(error: BaseException) -> bool:
    """Whether no connection was made: then nothing can have arrived, and it may be tried later."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


def _body(answer: requests.Response, until: float) -> bytes:
    """The whole body, within the deadline and the size. Raises OSError when it is more or comes later."""
    content = b""
    while piece := answer.raw.read1(64 * 1024):
        content += piece
        if len(content) > LARGEST_ANSWER or time.monotonic() > until:
            raise OSError("too much, or too late")
    return content
