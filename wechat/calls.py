"""Requests to Tencent's side: a token that is renewed, a deadline, and one request for one call.

A repeated send arrives twice (WxJava #2098), so only a refused token is tried again, once.
"""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests import RequestException
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ProxyError

from core import wechat_codes as codes
from wechat.download import IDENTITY, downloaded

log = logging.getLogger("jiesu.wechat")

T = TypeVar("T")
SECONDS = 5.0
UPLOAD_SECONDS = 20.0
"""A file of 10 MB at 4 Mbit/s."""
ASK_AGAIN_AFTER = 30.0
"""Seconds until a token that could not be had is asked for again."""
LARGEST_ANSWER = 1024 * 1024
JSON = {"Content-Type": "application/json; charset=utf-8", **IDENTITY}
PAGES = (b"<!", b"<html", b"<?xml")
"""A single < is how a Speex voice begins: the length of its first frame."""
OUR_ADDRESS = re.compile(r"invalid ip ([0-9a-fA-F.:]{3,45})")


class Failed(Exception):
    """A request that WeChat refused or did not answer. `code`: its own, 0 when there was none; `address`:
    ours as WeChat sees it, where that is why.

    The text names no token, no openid and no words.
    """

    def __init__(self, meaning: str, code: int = 0, address: str = "") -> None:
        super().__init__(f"{meaning} ({code})")
        self.meaning = meaning
        self.code = code
        self.address = address


class Calls:
    """One account's calls. `base`: Tencent's address, or a stand-in on this machine; `token_lasts`: seconds
    after which the token is asked for again."""

    def __init__(self, base: str, token_lasts: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._base = base.rstrip("/")
        self._lasts = token_lasts
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = urlsplit(base).scheme == "https"  # no proxy stands before this machine
        self._lock = threading.Lock()
        self._token, self._asked = "", -token_lasts

    def token(self) -> str:
        """The token in force. May raise Failed."""
        with self._lock:
            if self._clock() - self._asked >= self._lasts:
                self._renew_or_go_on()
            return self._token

    def _renew_or_go_on(self) -> None:
        """While no new one is to be had, the one we have: it is good for longer than we use it."""
        try:
            self._renew()
        except Failed as failure:
            if not self._token or failure.meaning != codes.BUSY:
                raise
            log.warning("no new token; going on with the one we have")
            self._asked = self._clock() - self._lasts + ASK_AGAIN_AFTER

    def _token_answer(self) -> Mapping[str, Any]:
        """What Tencent answers when it is asked for the account's token."""
        raise NotImplementedError

    def media(self, media_id: str, most: int) -> bytes | str:
        """What a customer sent (GET /cgi-bin/media/get): its bytes, or of a video where it lies.

        Raises Failed, and Oversize for more than `most` bytes.
        """
        query = {"media_id": media_id}
        got = self._with_token(lambda token: self._media({**query, "access_token": token}, most))
        if isinstance(got, bytes):
            return got
        return str(got.get("video_url", ""))

    def upload(self, kind: str, name: str, type: str, content: bytes) -> str:
        """Bring a file to Tencent for three days (POST /cgi-bin/media/upload, form field "media"); its media
        id. `kind`: image or file. Raises Failed."""

        def call(token: str) -> dict[str, Any]:
            query = {"access_token": token, "type": kind}
            form = {"files": {"media": (name, content, type)}}
            return _unrefused(self._asked_once("POST", "media/upload", query, form, seconds=UPLOAD_SECONDS))

        media_id = self._with_token(call).get("media_id")
        if not isinstance(media_id, str) or not media_id:
            raise Failed(codes.UNKNOWN)
        return media_id

    def _media(self, query: Mapping[str, str], most: int) -> bytes | dict[str, Any]:
        """The bytes, or the JSON object that came in their place. No picture and no sound begins as one, or
        as the page of something that stands between us and WeChat."""
        try:
            content = downloaded(self._session, f"{self._base}/cgi-bin/media/get", query, most)
        except (RequestException, HTTPError, OSError) as error:
            raise Failed(codes.BUSY if _never_sent(error) else codes.UNKNOWN) from None
        if not content or content[:5].lower().startswith(PAGES):
            raise Failed(codes.UNKNOWN)
        if not content.startswith(b"{"):
            return content
        try:
            return _unrefused(json.loads(content))
        except ValueError:
            raise Failed(codes.UNKNOWN) from None

    def _post(self, path: str, body: Mapping[str, Any] | None, most: int = LARGEST_ANSWER) -> dict[str, Any]:
        return self._with_token(lambda token: self._call(path, body, {"access_token": token}, most))

    def _with_token(self, call: Callable[[str], T]) -> T:
        """One call; a refused token is asked for once more, and the call made once more."""
        token = self.token()
        try:
            return call(token)
        except Failed as failure:
            if failure.meaning != codes.TOKEN:
                raise
        log.warning("the token was refused; asking for it once more")
        return call(self._another_than(token))

    def _another_than(self, refused: str) -> str:
        with self._lock:
            if self._token == refused:
                self._renew()
            return self._token

    def _renew(self) -> None:
        token = before_sending(self._token_answer).get("access_token")
        if not isinstance(token, str) or not token:
            raise Failed(codes.BUSY)
        self._token, self._asked = token, self._clock()

    def _call(
        self,
        path: str,
        body: Mapping[str, Any] | None,
        query: Mapping[str, str],
        most: int = LARGEST_ANSWER,
    ) -> dict[str, Any]:
        """Characters stay themselves: \\u escapes would be shown as they are."""
        if body is None:
            return _unrefused(self._asked_once("GET", path, query, {}, most))
        form = {"data": json.dumps(body, ensure_ascii=False).encode()}
        return _unrefused(self._asked_once("POST", path, query, form, most, JSON))

    def _asked_once(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        form: Mapping[str, Any],
        most: int = LARGEST_ANSWER,
        headers: Mapping[str, str] = IDENTITY,
        seconds: float | None = None,
    ) -> dict[str, Any]:
        """The answer's JSON object. `form`: what is posted, as requests takes it."""
        within = seconds or SECONDS
        try:
            with self._session.request(
                method,
                f"{self._base}/cgi-bin/{path}",
                params=query,
                headers=headers,
                timeout=within,
                allow_redirects=False,
                stream=True,
                **form,
            ) as answer:
                told = json.loads(_body(answer, time.monotonic() + within, most))
        except (RequestException, HTTPError, OSError, ValueError) as error:
            raise Failed(codes.BUSY if _never_sent(error) else codes.UNKNOWN) from None
        if not isinstance(told, dict):
            raise Failed(codes.UNKNOWN)
        return told


def before_sending(call: Callable[[], T]) -> T:
    """A call that comes before the one that matters: when it has no answer, that one was not made."""
    try:
        return call()
    except Failed as failure:
        if failure.meaning != codes.UNKNOWN:
            raise
        raise Failed(codes.BUSY, failure.code) from None


def _unrefused(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer, unless it holds an error: the status is 200 also then. Raises Failed."""
    code = answer.get("errcode", 0)
    if not isinstance(code, int):
        raise Failed(codes.UNKNOWN)
    if code:
        raise Failed(codes.meaning(code), code, _our_address(str(answer.get("errmsg", ""))))
    return answer


def _our_address(told: str) -> str:
    """The address in "invalid ip 192.0.2.7 ipv6 ::ffff:192.0.2.7, not in whitelist", else nothing."""
    found = OUR_ADDRESS.search(told)
    return found[1] if found else ""


def _never_sent(error: BaseException) -> bool:
    """Whether no connection was made: then nothing can have arrived, and it may be tried later."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, ConnectTimeoutError | NewConnectionError | ProxyError)


def _body(answer: requests.Response, until: float, most: int) -> bytes:
    """The whole body, within the deadline and the size. Raises OSError when it is more or comes later."""
    content = b""
    while piece := answer.raw.read1(64 * 1024):
        content += piece
        if len(content) > most or time.monotonic() > until:
            raise OSError("too much, or too late")
    return content
