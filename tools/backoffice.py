"""A back office of our own: receives signed webhooks, checks them, keeps each event once.

For the demo and the benchmark; tests teach it to misbehave. It does what the documentation asks of a
receiver: verify over the raw bytes, drop ids it knows, let the highest sequence stand.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True)
class Reply:
    """What to answer. `stall`: seconds of silence first; `keep` False: the body is lost on our side."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    stall: float = 0.0
    keep: bool = True


@dataclass(frozen=True)
class Received:
    """One request whose signature was right."""

    id: str
    type: str
    number: str
    sequence: int
    complaint: dict[str, Any]


@dataclass
class BackOffice:
    """Listens on a loopback port while in its `with` block."""

    secret: str
    received: list[Received] = field(default_factory=list)
    complaints: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: int = 0
    repeated: int = 0

    def __enter__(self) -> Self:
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._server = _Server(("127.0.0.1", 0), _Handler, self)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/jiesu"

    def answer(self, id: str, body: dict[str, Any]) -> Reply:
        """What to answer to a request whose signature was right."""
        return Reply()

    def take(self, headers: dict[str, str], raw: bytes) -> Reply:
        """Verify, decide, keep."""
        try:
            body = Webhook(self.secret).verify(raw, headers)
        except (WebhookVerificationError, ValueError):
            self.refused += 1
            return Reply(401)
        id = headers["webhook-id"]
        reply = self.answer(id, body)
        if reply.keep and reply.status == 200:
            with self._lock:
                self._keep(id, body)
        if reply.stall:
            threading.Event().wait(reply.stall)
        return reply

    def _keep(self, id: str, body: dict[str, Any]) -> None:
        if id in self._known:
            self.repeated += 1
            return
        self._known.add(id)
        complaint = body["data"]
        number, sequence = complaint["number"], body["sequence"]
        self.received.append(Received(id, body["type"], number, sequence, complaint))
        if self.complaints.get(number, {}).get("sequence", -1) < sequence:
            self.complaints[number] = complaint


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: Any, office: BackOffice) -> None:
        super().__init__(address, handler)
        self.office = office

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        reply = self.server.office.take({k.lower(): v for k, v in self.headers.items()}, raw)
        content = json.dumps({"status": reply.status}).encode()
        self.send_response(reply.status)
        for name, value in (*reply.headers, ("content-length", str(len(content)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Nothing: a request holds a customer's words."""
