"""WeChat's own side: tokens, sending, media. Every request has a deadline and is made once."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from core import wechat_codes as codes
from wechat.calls import Calls, Failed

API = "https://api.weixin.qq.com"
ASK_TOKEN_EVERY = 300.0
"""Seconds. The same token comes back until it is renewed; the old one goes on for five minutes then."""


@dataclass(frozen=True)
class Account:
    """Whose messages, and what proves it."""

    app_id: str
    secret: str = field(repr=False)


class Api(Calls):
    """One account's calls. `base`: a stand-in for WeChat on this machine. Every method may raise Failed."""

    def __init__(
        self, account: Account, base: str = API, clock: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(base, ASK_TOKEN_EVERY, clock)
        self._account = account

    def text(self, openid: str, words: str) -> None:
        """One message as customer service (POST /cgi-bin/message/custom/send)."""
        self._post("message/custom/send", {"touser": openid, "msgtype": "text", "text": {"content": words}})

    def enclosure(self, openid: str, kind: str, media_id: str) -> None:
        """One picture that was uploaded, as customer service."""
        self._post("message/custom/send", {"touser": openid, "msgtype": kind, kind: {"media_id": media_id}})

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

    def left_today(self, path: str) -> int:
        """How many calls of this path WeChat takes for the rest of its day (/cgi-bin/openapi/quota/get)."""
        told = self._post("openapi/quota/get", {"cgi_path": f"/cgi-bin/{path}"}).get("quota")
        left = str(told.get("remain")) if isinstance(told, dict) else ""
        if not left.isdigit():
            raise Failed(codes.UNKNOWN)
        return int(left)

    def _token_answer(self) -> Mapping[str, Any]:
        """POST /cgi-bin/stable_token. Never forced: a forced renewal is allowed twenty times a day and shuts
        other processes out."""
        asked = {"grant_type": "client_credential", "appid": self._account.app_id}
        return self._call(
            "stable_token", {**asked, "secret": self._account.secret, "force_refresh": False}, {}
        )
