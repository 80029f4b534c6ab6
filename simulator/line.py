"""The wire between the simulated phone company and a TwiML application: signing, delivering, retrying."""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urldefrag, urlencode, urljoin

TIMEOUT = 15.0
TYPES = ("text/xml", "application/xml", "text/html")
RETRIES = {"ct", "rt", "4xx", "5xx", "all"}


@dataclass(frozen=True)
class Reply:
    """What the application answered. `seconds`: how long it took, retries included; `cut`: why no answer
    was waited for any longer."""

    status: int
    body: str
    type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    cut: str = ""

    @property
    def fault(self) -> str:
        """Why a phone company would take the fallback instead; "" for a document that can be played."""
        if self.cut:
            return self.cut
        if self.status >= 400 or self.status == 0:
            return f"HTTP {self.status or 'connection failed'}"
        if not self.body.strip():
            return "an empty answer"
        if self.type.split(";")[0].strip() not in TYPES:
            return f"content type {self.type or 'missing'}"
        return ""

    @property
    def code(self) -> str:
        """Twilio's number of that fault: https://www.twilio.com/docs/api/errors"""
        if self.cut or self.status == 0:
            return "11205"
        return "11200" if self.status >= 400 or not self.body.strip() else "12300"

    @property
    def kind(self) -> str:
        """The retry policy that covers this failure, "" when it is none."""
        if self.cut or self.status == 0:
            return "rt" if self.cut else "ct"
        return {4: "4xx", 5: "5xx"}.get(self.status // 100, "")


@dataclass(frozen=True)
class Overrides:
    """How long, and how often, a webhook is tried. Written into an address as its fragment, which is neither
    sent nor signed: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides

    connect, read, total: seconds. retries: how often again; policy: after which failures.
    """

    connect: float = 5.0
    read: float = 15.0
    total: float = 15.0
    retries: int = 1
    policy: frozenset[str] = frozenset({"ct"})

    @classmethod
    def of(cls, address: str) -> Overrides:
        """Those of this address. Raises ValueError for what the engine refuses (11243)."""
        given = dict(parse_qsl(urldefrag(address).fragment))
        policy = frozenset(given.get("rp", "ct").split(","))
        if not policy <= RETRIES:
            raise ValueError(f"retry policy {given['rp']} (11243)")
        return cls(
            connect=_whole(given, "ct", 5000, 100, 10_000) / 1000,
            read=_whole(given, "rt", 15_000, 100, 15_000) / 1000,
            total=_whole(given, "tt", 15_000, 100, 15_000) / 1000,
            retries=_whole(given, "rc", 1, 0, 5),
            policy=policy,
        )

    def again(self, reply: Reply) -> bool:
        return bool(self.policy & {reply.kind, "all"}) and bool(reply.kind)


def _whole(given: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    value = given.get(name, str(default))
    if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise ValueError(f"connection override {name}={value} (11243)")
    return int(value)


#: path with query, body, headers -> reply
Deliver = Callable[[str, str, dict[str, str]], Reply]
#: the same by GET: path with query, headers -> reply
Get = Callable[[str, dict[str, str]], Reply]


def signature(token: str, url: str, params: Mapping[str, str]) -> str:
    """As https://www.twilio.com/docs/usage/security describes it; deliberately not the SDK's code."""
    signed = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


class Foreign(Exception):
    """The document points to another host; the simulator stays on this one."""


@dataclass
class Line:
    """Delivers webhooks to one application. Without a token they are not signed.

    repeat: how often each is delivered. lose: numbers of requests (from 1) whose reply never arrives; the
    phone company then delivers once more. late: seconds that the reply to a request of this number takes;
    the overrides in the address decide whether it still counts, and what follows.
    """

    public_url: str
    token: str
    deliver: Deliver
    repeat: int = 1
    requests: int = 0
    lose: set[int] = field(default_factory=set)
    late: dict[int, float] = field(default_factory=dict)
    get: Get | None = None

    @classmethod
    def over_wsgi(cls, app: Any, public_url: str, token: str, repeat: int = 1) -> Line:
        """Straight into a WSGI application, in this process."""
        from werkzeug.test import Client

        client = Client(app)

        def heard(answer: Any) -> Reply:
            body = answer.get_data(as_text=True)
            return Reply(answer.status_code, body, answer.content_type or "", dict(answer.headers))

        def deliver(path: str, body: str, headers: dict[str, str]) -> Reply:
            kind = "application/x-www-form-urlencoded"
            return heard(client.post(path, data=body.encode(), content_type=kind, headers=headers))

        def get(path: str, headers: dict[str, str]) -> Reply:
            return heard(client.get(path, headers=headers))

        return cls(public_url.rstrip("/"), token, deliver, repeat, get=get)

    @classmethod
    def over_http(cls, url: str, token: str, public_url: str = "", repeat: int = 1) -> Line:
        """To a running server at `url`, which calls itself `public_url` (the same, unless said)."""
        import requests

        session = requests.Session()
        session.trust_env = False

        def ask(method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Reply:
            address = url.rstrip("/") + path
            try:
                answer = session.request(
                    method, address, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
                )
            except requests.RequestException:
                return Reply(0, "")
            answer.encoding = "utf-8"
            kind = answer.headers.get("Content-Type", "")
            return Reply(answer.status_code, answer.text, kind, dict(answer.headers))

        def deliver(path: str, body: str, headers: dict[str, str]) -> Reply:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            return ask("POST", path, body.encode(), {**headers, **kind})

        def get(path: str, headers: dict[str, str]) -> Reply:
            return ask("GET", path, None, headers)

        return cls((public_url or url).rstrip("/"), token, deliver, repeat, get=get)

    def absolute(self, base: str, address: str) -> str:
        """The address a document names, without its fragment. Raises Foreign for another host."""
        url = urldefrag(urljoin(base, address)).url
        if not (url + "/").startswith(self.public_url + "/") and not url.startswith(self.public_url + "?"):
            raise Foreign(url)
        return url

    def post(self, url: str, params: Mapping[str, str]) -> list[Reply]:
        """The replies to one webhook, one per delivery."""
        return self.request(url, params)

    def request(
        self, url: str, params: Mapping[str, str], method: str = "POST", overrides: Overrides | None = None
    ) -> list[Reply]:
        """The replies to one webhook, one per delivery; each delivery is retried as the overrides say. All
        carry one idempotency token, since they are one request to the phone company."""
        headers = {"I-Twilio-Idempotency-Token": str(uuid.uuid4()), "User-Agent": "TwilioProxy/1.1"}
        replies: list[Reply] = []
        while len(replies) < self.repeat:
            reply = self._retried(url, params, method, overrides or Overrides(), headers)
            if self.requests not in self.lose:
                replies.append(reply)
        return replies

    def _retried(
        self, url: str, params: Mapping[str, str], method: str, overrides: Overrides, headers: dict[str, str]
    ) -> Reply:
        spent = 0.0
        for attempt in range(overrides.retries + 1):
            allowed = min(overrides.read, overrides.total - spent)
            reply = self._attempt(url, params, method, headers)
            if reply.seconds > allowed:
                reply = Reply(0, "", seconds=allowed, cut=f"no answer within {allowed:g} s")
            spent += reply.seconds
            if attempt == overrides.retries or spent >= overrides.total or not overrides.again(reply):
                break
        return replace(reply, seconds=spent)

    def _attempt(self, url: str, params: Mapping[str, str], method: str, headers: dict[str, str]) -> Reply:
        self.requests += 1
        late = self.late.get(self.requests, 0.0)
        if method == "GET":
            url, params = url + ("&" if "?" in url else "?") + urlencode(params), {}
        signed = {"X-Twilio-Signature": signature(self.token, url, params)} if self.token else {}
        path = url[len(self.public_url) :] or "/"
        if method == "GET" and self.get is not None:
            return replace(self.get(path, headers | signed), seconds=late)
        return replace(self.deliver(path, urlencode(params), headers | signed), seconds=late)
