"""How WeChat brings a message to the account's address: sealed, waited for 5 s, three times in all."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import requests
from werkzeug.test import Client

from wechat.envelope import Envelope

DEADLINE = 5.0
DELIVERIES = 3
ACKNOWLEDGED = ("success", "")

Fields = Mapping[str, str | int]
Seal = Callable[[str, str, str], tuple[str, str]]
"""Message, timestamp, nonce: what is encrypted, and its signature."""


@dataclass(frozen=True)
class Answer:
    """What came back; `status` 0: nothing in time."""

    status: int
    text: str = ""

    @property
    def acknowledged(self) -> bool:
        return self.status == 200 and self.text in ACKNOWLEDGED


class Wire(Protocol):
    """Carries one POST to the account."""

    def __call__(self, query: Mapping[str, str], body: bytes, deadline: float) -> Answer: ...


def over_http(url: str) -> Wire:
    """To a running server; after the deadline the connection is cut."""

    def carry(query: Mapping[str, str], body: bytes, deadline: float) -> Answer:
        with requests.Session() as session:
            session.trust_env = False
            try:
                headers = {"Content-Type": "text/xml"}
                got = session.post(url, params=dict(query), data=body, headers=headers, timeout=deadline)
            except requests.RequestException:
                return Answer(0)
            return Answer(got.status_code, got.text)

    return carry


def over_wsgi(app: Any, path: str = "/wechat") -> Wire:
    """To an application in this process, which answers before anybody stops waiting."""

    def carry(query: Mapping[str, str], body: bytes, deadline: float) -> Answer:
        got = Client(app).post(path, query_string=dict(query), data=body, content_type="text/xml")
        return Answer(got.status_code, got.get_data(as_text=True))

    return carry


def sealed_by_us(token: str, aes_key: str, app_id: str) -> Seal:
    """Our own envelope. Tests use wechatpy's, which shares no mistake with it."""
    envelope = Envelope(token, aes_key, app_id)

    def seal(message: str, timestamp: str, nonce: str) -> tuple[str, str]:
        sealed = envelope.seal(message, secrets.token_bytes(16))
        return sealed, envelope.signature(timestamp, nonce, sealed)

    return seal


def as_xml(fields: Fields) -> str:
    """Elements with CDATA, of which `]]>` in a customer's words is no end."""
    return (
        "<xml>" + "".join(f"<{name}>{_inside(value)}</{name}>" for name, value in fields.items()) + "</xml>"
    )


def _inside(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return "<![CDATA[" + value.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def as_json(fields: Fields) -> str:
    return json.dumps(dict(fields), ensure_ascii=False)


@dataclass
class Delivery:
    """One push: its answers in the order in which they came."""

    answers: list[Answer] = field(default_factory=list)

    @property
    def acknowledged(self) -> bool:
        return any(answer.acknowledged for answer in self.answers)


@dataclass
class Pusher:
    """Brings plain texts to the account. `deadline`: seconds; tests shorten it."""

    wire: Wire
    seal: Seal
    clock: Callable[[], datetime]
    format: str = "xml"
    deadline: float = DEADLINE

    def push(self, plain: str, *, repeat: int = 0, parallel: bool = False) -> Delivery:
        """Until it is acknowledged, at most three times; `repeat`: so often whatever is answered."""
        delivery = Delivery()
        if parallel:
            threads = [
                threading.Thread(target=self._once, args=(plain, delivery))
                for _ in range(repeat or DELIVERIES)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return delivery
        for _ in range(repeat or DELIVERIES):
            self._once(plain, delivery)
            if delivery.acknowledged and not repeat:
                break
        return delivery

    def _once(self, plain: str, delivery: Delivery) -> None:
        timestamp, nonce = str(int(self.clock().timestamp())), str(secrets.randbelow(10**10))
        sealed, signature = self.seal(plain, timestamp, nonce)
        wrapped: Fields = {"ToUserName": "gh_jiesu", "Encrypt": sealed}
        body = as_json(wrapped) if self.format == "json" else as_xml(wrapped)
        query = {"timestamp": timestamp, "nonce": nonce, "encrypt_type": "aes", "msg_signature": signature}
        delivery.answers.append(self.wire(query, body.encode(), self.deadline))
