"""Rasa on the wire, with the faults it really has: refused, slow, dripping, empty, garbage, oversize."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeRasa:
    """Listens on loopback. `reply`: reply names, raw bytes, or a function of the request's JSON."""

    def __init__(self) -> None:
        self.reply: list[str] | bytes | Callable[[Any], list[str] | bytes] = ["utter_ask_wanted"]
        self.status = 200
        self.delay = 0.0
        self.drip = 0.0
        self.heard: list[dict] = []
        rasa = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                rasa.heard.append(body)
                time.sleep(rasa.delay)
                self._answer(rasa.bytes_for(body))

            def _answer(self, content):
                self.send_response(rasa.status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                try:
                    for start in range(0, len(content), 1 if rasa.drip else len(content) or 1):
                        self.wfile.write(content[start : start + (1 if rasa.drip else len(content))])
                        self.wfile.flush()
                        time.sleep(rasa.drip)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def bytes_for(self, body):
        reply = self.reply(body) if callable(self.reply) else self.reply
        return reply if isinstance(reply, bytes) else json.dumps(named(body["sender"], reply)).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def named(sender: str, names: list[str]) -> list[dict]:
    """As Rasa's REST channel answers: each text is followed by its custom part."""
    messages: list[dict] = []
    for name in names:
        messages.append({"recipient_id": sender, "text": "…"})
        messages.append({"recipient_id": sender, "custom": {"reply": name}})
    return messages
