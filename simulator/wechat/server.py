"""WeChat on a port of this machine: what accounts call, and the page on which a person is a customer."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Self

from simulator.wechat import codes, page, uploads
from simulator.wechat.answers import Sent
from simulator.wechat.customers import Customer
from simulator.wechat.platform import Account, Media, Platform, Seen, Template, read_body
from simulator.wechat.pushing import (
    DEADLINE,
    Delivery,
    Fields,
    Pusher,
    Seal,
    Wire,
    as_json,
    as_xml,
    sealed_by_us,
)
from simulator.wechat.tokens import Refused
from simulator.wechat.wire import Listener

FIRST_ID = 6054768590064713728
"""Larger than a float can hold: who reads it as one drops messages."""
CGI = "/cgi-bin/"
VIDEO = "/video/"
UPLOAD = "media/upload"
STALLS = 60.0
"""Seconds; whoever calls has long hung up."""

SILENT, LATE, LOST, CUT = "silent", "late", "lost", "cut"
"""Accepted and never read by the customer; done and answered too late; done, and cut instead of answered; cut
before anything is done."""
HTML, HUGE, LIST, ODD = "html", "huge", "list", "odd"
"""A page of some proxy; two megabytes; JSON that is no object; a code that is no number."""
BROKEN = {
    HTML: Sent(b"<html><body>502 Bad Gateway</body></html>", "text/html", 502),
    HUGE: Sent(b'{"errcode": 0, "errmsg": "' + b"x" * 2 * 1024 * 1024 + b'"}'),
    LIST: Sent(b"[]"),
    ODD: Sent(b'{"errcode": "none"}'),
}


@dataclass(frozen=True)
class Call:
    """One call of the account's: its path after /cgi-bin/, what it posted, and the code it got."""

    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any]
    raw: bytes
    code: int


Handler = Callable[[Mapping[str, str], Mapping[str, Any]], Mapping[str, Any] | Sent]
"""Query and body: what is answered. May raise Refused."""


@dataclass
class Fake:
    """WeChat for one account; listens while in its `with` block. `port` 0: any.

    `desk_url`: where the page says that the desk is. `seal`: how pushes are encrypted; `deadline`: seconds
    that WeChat waits for an answer.
    """

    account: Account
    wire: Wire
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    seal: Seal | None = None
    format: str = "xml"
    deadline: float = DEADLINE
    port: int = 0
    desk_url: str = ""
    templates: Mapping[str, Template] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    routes: dict[str, Handler] = field(default_factory=dict)
    """Further calls by their path, as "/cgi-bin/kf/sync_msg"; they check their own tokens."""
    uploads: Mapping[str, uploads.Takes] = field(default_factory=lambda: uploads.SERVICE)
    """What may be uploaded, by its kind."""

    def __post_init__(self) -> None:
        self.platform = Platform(self.account, self.clock, self.templates)
        account = self.account
        seal = self.seal or sealed_by_us(account.token, account.aes_key, account.app_id)
        self.pusher = Pusher(self.wire, seal, self.clock, self.format, self.deadline)
        self._ids = itertools.count(FIRST_ID)
        self._faults: list[tuple[str, int | str]] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._later: list[threading.Thread] = []

    def __enter__(self) -> Self:
        self._server = Listener(("127.0.0.1", self.port), self.answer)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self.settle()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @cached_property
    def words(self) -> dict[str, str]:
        """What WeChat itself writes on the customer's screen, and the words of the page."""
        return page.words()

    # ---- for tests and the demo

    def customer(self, openid: str) -> Customer:
        """Somebody who follows the account, unless they left it."""
        self.platform.contact(openid)
        return Customer(self, openid)

    def read(self, openid: str) -> list[str]:
        """The words that the customer reads from the account and from WeChat, oldest first."""
        return [seen.words for seen in self.seen(openid) if not seen.mine]

    def seen(self, openid: str) -> list[Seen]:
        """Everything on the customer's screen."""
        return list(self.platform.contact(openid).seen)

    def fail(self, path: str, how: int | str, times: int = 1) -> None:
        """The next calls of this path ("message/custom/send"; "" for every one) meet a code or a fault."""
        with self._lock:
            self._faults += [(path, how)] * times

    def well(self) -> None:
        """No fault is left."""
        with self._lock:
            self._faults.clear()

    def made(self, path: str) -> list[Call]:
        """The calls of this path so far."""
        return [call for call in self.calls if call.path == path]

    def push(self, fields: Fields | str, *, repeat: int = 0, parallel: bool = False) -> Delivery:
        """Bring this to the account: fields in the account's format, or a text as it stands."""
        plain = (
            fields
            if isinstance(fields, str)
            else as_json(fields)
            if self.format == "json"
            else as_xml(fields)
        )
        return self.pusher.push(plain, repeat=repeat, parallel=parallel)

    def next_id(self) -> int:
        return next(self._ids)

    def settle(self) -> None:
        """Wait until what WeChat still wants to tell the account is told."""
        while self._later:
            self._later.pop().join()

    # ---- what is called

    def answer(self, method: str, path: str, query: Mapping[str, str], raw: bytes) -> Sent | None:
        """None: the connection is closed without an answer."""
        if path.startswith(VIDEO):
            return self._video(path.removeprefix(VIDEO))
        if not path.startswith(CGI):
            return page.answer(self, method, path, query, raw)
        name = path.removeprefix(CGI)
        fault = self._fault(name)
        told, code = self._do(name, query, raw, fault)
        with self._lock:
            self.calls.append(Call(name, query, _read(raw), raw, code))
        if fault == LATE:
            self._closing.wait(STALLS)
        return None if fault in (LATE, LOST) else told

    def _do(
        self, name: str, query: Mapping[str, str], raw: bytes, fault: int | str | None
    ) -> tuple[Sent | None, int]:
        """What is answered, and its code."""
        if fault == CUT or fault in BROKEN:
            return BROKEN.get(str(fault)), 0
        try:
            if isinstance(fault, int):
                raise Refused(fault)
            if name == UPLOAD:
                return Sent(_json(self._uploaded(query, raw))), 0
            told = self._done(name, query, read_body(raw), arrives=fault != SILENT)
        except Refused as refusal:
            return Sent(_json(codes.answer(refusal.code))), refusal.code
        except (ValueError, KeyError, TypeError, AttributeError):
            return Sent(_json(codes.answer(codes.NO_JSON))), codes.NO_JSON
        return (told if isinstance(told, Sent) else Sent(_json(told))), 0

    def _done(
        self, name: str, query: Mapping[str, str], body: Mapping[str, Any], *, arrives: bool
    ) -> Mapping[str, Any] | Sent:
        if CGI + name in self.routes:
            return self.routes[CGI + name](query, body)
        if name == "stable_token":
            return self.platform.stable_token(body)
        if not self.platform.tokens.holds(query.get("access_token", "")):
            raise Refused(codes.WRONG_TOKEN)
        return self._called(name, query, body, arrives)

    def _called(
        self, name: str, query: Mapping[str, str], body: Mapping[str, Any], arrives: bool
    ) -> Mapping[str, Any] | Sent:
        platform = self.platform
        if name == "message/custom/send":
            return codes.answer(0) | platform.custom_send(body, arrives=arrives)
        if name == "message/custom/typing":
            return codes.answer(0) | platform.custom_typing(body)
        if name == "message/template/send":
            return self._template(body)
        if name == "media/get":
            return self._media(platform.media_of(query.get("media_id", "")), query)
        if name == "getcallbackip":
            return platform.callback_ips()
        raise Refused(codes.NO_PERMISSION)

    def _uploaded(self, query: Mapping[str, str], raw: bytes) -> Mapping[str, Any]:
        """A file of the account's, held for three days."""
        if not self.platform.tokens.holds(query.get("access_token", "")):
            raise Refused(codes.WRONG_TOKEN)
        kind = query.get("type", "")
        came = uploads.read(kind, raw, self.uploads)
        id = self.platform.keep_media(came.content, came.type, video=kind == "video", name=came.name)
        made = int(self.clock().timestamp())
        return codes.answer(0) | {"type": kind, "media_id": id, "created_at": made}

    def _template(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        told = self.platform.template_send(body)
        customer = self.customer(str(body["touser"]))
        thread = threading.Thread(
            target=customer.told_of_template, args=(told["msgid"], "success"), daemon=True
        )
        self._later.append(thread)
        thread.start()
        return codes.answer(0) | told

    def _media(self, media: Media, query: Mapping[str, str]) -> Mapping[str, Any] | Sent:
        """Bytes; of a video the address where they are."""
        if media.video:
            return {"video_url": self.url + VIDEO + query["media_id"]}
        return Sent(media.content, media.type, name="media")

    def _video(self, id: str) -> Sent:
        try:
            media = self.platform.media_of(id)
        except Refused:
            return Sent(b"", "text/plain", 404)
        return Sent(media.content, media.type)

    def _fault(self, name: str) -> int | str | None:
        with self._lock:
            for index, (path, how) in enumerate(self._faults):
                if path in ("", name):
                    del self._faults[index]
                    return how
        return None


def _read(raw: bytes) -> Mapping[str, Any]:
    try:
        return read_body(raw)
    except ValueError:
        return {}


def _json(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value).encode()  # with \\u escapes: half a character could not be written otherwise
