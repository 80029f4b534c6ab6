"""HTTP on a port of this machine, each request answered in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from simulator.wechat.answers import Sent

LARGEST = 16 * 1024 * 1024

Answering = Callable[[str, str, Mapping[str, str], bytes], Sent | None]
"""Method, path, query and body: what is answered; None: the connection is closed without an answer."""


class Listener(ThreadingHTTPServer):
    """Listens from the start; `serve_forever` answers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], answering: Answering) -> None:
        super().__init__(address, _Handler)
        self.answering = answering

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def _answer(self, method: str) -> None:
        length = int(self.headers.get("content-length", 0))
        if length > LARGEST:
            self.close_connection = True
            return
        raw, asked = self.rfile.read(length), urlsplit(self.path)
        sent = self.server.answering(method, asked.path, dict(parse_qsl(asked.query)), raw)
        if sent is None:
            self.close_connection = True
            return
        self.send_response(sent.status)
        self.send_header("Content-Type", sent.type)
        self.send_header("Content-Length", str(len(sent.content)))
        self.send_header("Cache-Control", "no-store")
        if sent.name:
            self.send_header("Content-Disposition", f'attachment; filename="{sent.name}"')
        self.end_headers()
        self.wfile.write(sent.content)

    def log_message(self, *_: Any) -> None:
        """Nothing: a request holds a customer's words."""
