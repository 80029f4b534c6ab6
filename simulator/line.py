"""The wire between the simulated phone company and a TwiML application: signing, delivering, counting."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urlencode, urljoin

TIMEOUT = 15.0
TYPES = ("text/xml", "application/xml", "text/html")


@dataclass(frozen=True)
class Reply:
    """What the application answered. `fault` is why a phone company would take the fallback instead."""

    status: int
    body: str
    type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fault(self) -> str:
        if self.status >= 500 or self.status in (0, 403, 404, 405, 413):
            return f"HTTP {self.status or 'connection failed'}"
        if self.type.split(";")[0].strip() not in TYPES:
            return f"content type {self.type or 'missing'}"
        return ""


#: path with query, body, headers -> reply
Deliver = Callable[[str, str, dict[str, str]], Reply]


def signature(token: str, url: str, params: Mapping[str, str]) -> str:
    """As https://www.twilio.com/docs/usage/security describes it; deliberately not the SDK's code."""
    signed = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


class Foreign(Exception):
    """The document points to another host; the simulator stays on this one."""


@dataclass
class Line:
    """Delivers webhooks to one application.

    repeat: how often each is delivered. lose: numbers of requests (from 1) whose reply never arrives, as
    when it comes too late; the phone company then delivers once more.
    """

    public_url: str
    token: str
    deliver: Deliver
    repeat: int = 1
    requests: int = 0
    lose: set[int] = field(default_factory=set)

    @classmethod
    def over_wsgi(cls, app: Any, public_url: str, token: str, repeat: int = 1) -> Line:
        """Straight into a WSGI application, in this process."""
        from werkzeug.test import Client

        client = Client(app)

        def deliver(path: str, body: str, headers: dict[str, str]) -> Reply:
            kind = "application/x-www-form-urlencoded"
            answer = client.post(path, data=body.encode(), content_type=kind, headers=headers)
            return Reply(answer.status_code, answer.get_data(as_text=True), answer.content_type or "")

        return cls(public_url.rstrip("/"), token, deliver, repeat)

    @classmethod
    def over_http(cls, url: str, token: str, public_url: str = "", repeat: int = 1) -> Line:
        """To a running server at `url`, which calls itself `public_url` (the same, unless said)."""
        import requests

        session = requests.Session()
        session.trust_env = False

        def deliver(path: str, body: str, headers: dict[str, str]) -> Reply:
            headers = {**headers, "Content-Type": "application/x-www-form-urlencoded"}
            address = url.rstrip("/") + path
            try:
                answer = session.post(
                    address, body.encode(), headers=headers, timeout=TIMEOUT, allow_redirects=False
                )
            except requests.RequestException:
                return Reply(0, "")
            answer.encoding = "utf-8"
            return Reply(answer.status_code, answer.text, answer.headers.get("Content-Type", ""))

        return cls((public_url or url).rstrip("/"), token, deliver, repeat)

    def absolute(self, base: str, address: str) -> str:
        """The address a document names, without its fragment. Raises Foreign for another host."""
        url = urldefrag(urljoin(base, address)).url
        if not (url + "/").startswith(self.public_url + "/") and not url.startswith(self.public_url + "?"):
            raise Foreign(url)
        return url

    def post(self, url: str, params: Mapping[str, str]) -> list[Reply]:
        """The replies to one webhook, one per delivery."""
        headers = {
            "X-Twilio-Signature": signature(self.token, url, params),
            "I-Twilio-Idempotency-Token": str(uuid.uuid4()),
            "User-Agent": "TwilioProxy/1.1",
        }
        path = url[len(self.public_url) :] or "/"
        replies: list[Reply] = []
        while len(replies) < self.repeat:
            self.requests += 1
            reply = self.deliver(path, urlencode(params), headers)
            if self.requests not in self.lose:
                replies.append(reply)
        return replies
