"""Twilio's REST side on loopback: what Jiesu asks of it, answered and refused as Twilio does.

    with TwilioApi(exchange=exchange) as api:       # calls and recordings are the simulator's
    with TwilioApi() as api:                        # or rows: api.add_call(...), api.add_recording(...)
        settings: JIESU_TWILIO_API_URL=api.url, TWILIO_ACCOUNT_SID=api.account, TWILIO_AUTH_TOKEN=api.token
        api.refuse("too_many", times=1)             # the next request only; without `times` all of them

Field names and words are those of the OpenAPI description (tests/ivr/test_rest_contract.py); bodies of
errors are those of https://www.twilio.com/docs/api/errors, and quote what was asked, as the real ones do.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import re
import threading
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from simulator.exchange import LIVE, Ended, Exchange

ACCOUNT = "AC" + "0" * 32
TOKEN = "a-token-of-at-least-sixteen-bytes"
SILENCE = 20.0
"""Seconds without an answer: longer than any client of ours waits."""
FIELDS = {"Url", "Method", "Status", "Twiml", "FallbackUrl", "FallbackMethod", "StatusCallback", "TimeLimit"}


@dataclass(frozen=True)
class Refusal:
    """An error as Twilio words it; `about` stands for what was asked."""

    status: int
    code: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()

    def body(self, about: str) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": self.message.format(about=about),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


REFUSALS = {
    "auth": Refusal(401, 20003, "Authenticate"),
    "not_found": Refusal(404, 20404, "The requested resource {about} was not found"),
    "too_many": Refusal(429, 20429, "Too Many Requests", (("Retry-After", "1"),)),
    "not_allowed": Refusal(400, 21215, "Account not authorized to call +8613800138000 ({about})"),
    "not_in_progress": Refusal(400, 21220, "Call is not in-progress. Cannot redirect. ({about})"),
    "unknown_field": Refusal(400, 20001, "Unknown parameters in {about}"),
    "broken": Refusal(503, 20503, "Service Unavailable"),
    "error": Refusal(500, 20500, "An internal server error has occurred"),
}
FAULTS = {"silence", "garbage", "empty", "drip", "redirect", "half", "page", "list"}


def tone(seconds: float = 1.0) -> bytes:
    """A WAV file of silence: 16 bit, 8 kHz, one channel, as Twilio keeps recordings."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\0\0" * int(8000 * seconds))
    return file.getvalue()


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]


@dataclass
class TwilioApi:
    """`asked`: every request so far. `sent`: (call, address) of each call that was diverted."""

    account: str = ACCOUNT
    token: str = TOKEN
    exchange: Exchange | None = None
    asked: list[Asked] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    recordings: dict[str, dict[str, Any]] = field(default_factory=dict)
    sounds: dict[str, bytes] = field(default_factory=dict)
    standing: str = "active"
    numbers: list[dict[str, Any]] = field(default_factory=list)
    domains: list[dict[str, Any]] = field(default_factory=list)
    page_size: int = 50
    _refusing: tuple[str, int | None] = ("", None)

    def __enter__(self) -> TwilioApi:
        self._numbers = itertools.count(1)
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"api": self}))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def environment(self) -> dict[str, str]:
        """The settings that lead here."""
        return {
            "TWILIO_ACCOUNT_SID": self.account,
            "TWILIO_AUTH_TOKEN": self.token,
            "JIESU_TWILIO_API_URL": self.url,
        }

    def refuse(self, kind: str = "", times: int | None = None) -> None:
        """Refuse like this from now on, or for so many requests; "" serves again."""
        assert kind in REFUSALS or kind in FAULTS or not kind, kind
        self._refusing = (kind, times)

    def sid(self, kind: str) -> str:
        return f"{kind}{next(self._numbers):032x}"

    def add_call(self, caller: str, started: datetime, seconds: int = 30, **more: Any) -> str:
        """A row of the log of calls; `more`: any field of the API's."""
        sid = more.pop("sid", None) or self.sid("CA")
        row = {
            "sid": sid,
            "from": caller,
            "to": "+8610000000000",
            "direction": "inbound",
            "status": "completed",
            "started": started,
            "seconds": seconds,
            "parent_call_sid": None,
        }
        self.calls[sid] = row | more
        return str(sid)

    def add_recording(self, call: str, at: datetime, seconds: int = 5, **more: Any) -> str:
        sid = more.pop("sid", None) or self.sid("RE")
        self.sounds[sid] = more.pop("sound", tone(seconds))
        self.recordings[sid] = {"sid": sid, "call_sid": call, "at": at, "seconds": seconds} | more
        return str(sid)

    # ---- what is served

    def refusal(self) -> str:
        """How this request is refused, "" when it is served."""
        kind, times = self._refusing
        if kind and times is not None:
            self._refusing = (kind, times - 1) if times > 1 else ("", None)
        return kind

    def call_rows(self) -> list[dict[str, Any]]:
        if self.exchange is not None:
            rows = [
                {
                    "sid": one.sid,
                    "from": one.number,
                    "to": one.to,
                    "direction": one.direction,
                    "status": one.status,
                    "started": one.started,
                    "seconds": int(one.seconds),
                    "parent_call_sid": one.parent or None,
                }
                for one in self.exchange.calls.values()
            ]
        else:
            rows = list(self.calls.values())
        return [self._call_json(row) for row in reversed(rows)]

    def tape_rows(self) -> list[dict[str, Any]]:
        if self.exchange is not None:
            rows = [
                {"sid": one.sid, "call_sid": one.call, "at": one.at, "seconds": int(one.seconds)}
                for one in self.exchange.tapes.values()
                if not one.deleted
            ]
        else:
            rows = list(self.recordings.values())
        return [self._tape_json(row) for row in reversed(rows)]

    def sound(self, sid: str) -> bytes | None:
        if self.exchange is None:
            return self.sounds.get(sid) if sid in self.recordings else None
        tape = self.exchange.tapes.get(sid)
        return tape.sound if tape is not None and not tape.deleted else None

    def delete(self, sid: str) -> bool:
        if self.exchange is None:
            return self.recordings.pop(sid, None) is not None
        try:
            self.exchange.delete(sid)
        except KeyError:
            return False
        return True

    def update(self, sid: str, form: dict[str, str]) -> str:
        """Divert or end a call; the kind of refusal, or ""."""
        if not form or not form.keys() <= FIELDS:
            return "unknown_field"
        try:
            if self.exchange is not None:
                self._update_live(self.exchange, sid, form)
            else:
                self._update_row(sid, form)
        except KeyError:
            return "not_found"
        except Ended:
            return "not_in_progress"
        if "Url" in form:
            self.sent.append((sid, form["Url"]))
        return ""

    def _update_live(self, exchange: Exchange, sid: str, form: dict[str, str]) -> None:
        if form.get("Status") == "completed":
            exchange.complete(sid)
        else:
            exchange.send(sid, form["Url"])

    def _update_row(self, sid: str, form: dict[str, str]) -> None:
        row = self.calls[sid]
        if row["status"] not in LIVE:
            raise Ended(sid)
        row["status"] = form.get("Status", row["status"])

    def _call_json(self, row: dict[str, Any]) -> dict[str, Any]:
        started, seconds = row["started"], row["seconds"]
        over = row["status"] not in LIVE
        shown = {name: value for name, value in row.items() if name not in ("started", "seconds")}
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "answered_by": None,
            "caller_name": None,
            "date_created": rfc2822(started),
            "date_updated": rfc2822(started),
            "start_time": rfc2822(started),
            "end_time": rfc2822(started) if over else None,
            "duration": str(seconds) if over else None,
            "uri": f"/2010-04-01/Accounts/{self.account}/Calls/{row['sid']}.json",
            **shown,
        }

    def _tape_json(self, row: dict[str, Any]) -> dict[str, Any]:
        shown = {name: value for name, value in row.items() if name not in ("at", "seconds")}
        return {
            "account_sid": self.account,
            "api_version": "2010-04-01",
            "channels": 1,
            "date_created": rfc2822(row["at"]),
            "start_time": rfc2822(row["at"]),
            "duration": str(row["seconds"]),
            "source": "RecordVerb",
            "status": "completed",
            "uri": f"/2010-04-01/Accounts/{self.account}/Recordings/{row['sid']}.json",
            **shown,
        }

    def listed(self, asked: Asked, key: str) -> dict[str, Any]:
        """One page, the newest first, from midnight (UTC) of the day that is asked for."""
        dated, rows = (
            ("StartTime>", self.call_rows()) if key == "calls" else ("DateCreated>", self.tape_rows())
        )
        since = asked.query.get(dated, "")[:10]
        rows = [row for row in rows if iso_day(row["date_created"]) >= since]
        size = min(int(asked.query.get("PageSize", "50")), self.page_size)
        place = int(asked.query.get("Page", "0"))
        following = rows[(place + 1) * size :]
        more = {**asked.query, "PageSize": str(size), "Page": str(place + 1), "PageToken": f"PA{place + 1}"}
        return {
            key: rows[place * size : (place + 1) * size],
            "page": place,
            "page_size": size,
            "uri": asked.path,
            "first_page_uri": asked.path,
            "previous_page_uri": None,
            "next_page_uri": f"{asked.path}?{urlencode(more)}" if following else None,
        }


def rfc2822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC))


def iso_day(text: str) -> str:
    return parsedate_to_datetime(text).date().isoformat()


class Handler(BaseHTTPRequestHandler):
    """One request of the API's client."""

    api: TwilioApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._take(_read)

    def do_POST(self) -> None:
        self._take(_write)

    def do_DELETE(self) -> None:
        self._take(_remove)

    def _take(self, serve: Callable[[Handler, TwilioApi, Asked], None]) -> None:
        url = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        asked = Asked(self.command, url.path, dict(parse_qsl(url.query)), dict(parse_qsl(body)))
        self.api.asked.append(asked)
        wanted = base64.b64encode(f"{self.api.account}:{self.api.token}".encode()).decode()
        try:
            if kind := self.api.refusal():
                self.fail(kind, asked)
            elif self.headers.get("Authorization") != f"Basic {wanted}":
                self.fail("auth", asked)
            elif not asked.path.startswith(f"/2010-04-01/Accounts/{self.api.account}"):
                self.fail("not_found", asked)
            else:
                serve(self, self.api, asked)
        except OSError:
            self.close_connection = True

    def say(self, status: int, content: bytes, kind: str = "application/json", *more: Any) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(content))), *more):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def tell(self, status: int, body: dict[str, Any], *more: Any) -> None:
        self.say(status, json.dumps(body).encode(), "application/json", *more)

    def fail(self, kind: str, asked: Asked) -> None:
        if kind in REFUSALS:
            refusal = REFUSALS[kind]
            about = f"{asked.path} {asked.query} {asked.form}"
            self.tell(refusal.status, refusal.body(about), *refusal.headers)
        else:
            getattr(self, f"_{kind}")(asked)

    def _silence(self, _: Asked) -> None:
        self.api._closing.wait(SILENCE)
        self.close_connection = True

    def _garbage(self, _: Asked) -> None:
        self.say(200, b"<html>+8613800138000 is welcome</html>", "text/html")

    def _empty(self, _: Asked) -> None:
        self.tell(200, {})

    def _list(self, asked: Asked) -> None:
        """Rows of another shape than was agreed."""
        rows = [{"sid": "+8613800138000", "direction": "inbound"}, {"sid": None, "direction": "inbound"}]
        self.tell(200, {"calls" if "Calls" in asked.path else "recordings": rows, "next_page_uri": None})

    def _page(self, asked: Asked) -> None:
        """A list whose next page lies elsewhere."""
        elsewhere = {"key": "calls", "next_page_url": "https://elsewhere.example/Calls.json"}
        self.tell(200, {"calls": [], "meta": elsewhere})

    def _redirect(self, _: Asked) -> None:
        self.say(302, b"", "text/plain", ("Location", f"{self.api.url}/elsewhere"))

    def _half(self, _: Asked) -> None:
        """The line breaks in the middle of a sound."""
        self.send_response(200)
        self.send_header("Content-Type", "audio/x-wav")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        self.wfile.write(b"RIFF" + b"\0" * 1000)
        self.close_connection = True

    def _drip(self, _: Asked) -> None:
        """A byte now and then, so that no single wait is long."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "100000")
        self.end_headers()
        while not self.api._closing.wait(0.2):
            self.wfile.write(b" ")
            self.wfile.flush()

    def log_message(self, *_: object) -> None:
        return


def _read(handler: Any, api: TwilioApi, asked: Asked) -> None:
    name = asked.path.removeprefix(f"/2010-04-01/Accounts/{api.account}")
    sound = re.fullmatch(r"/Recordings/(RE[0-9a-f]{32})\.wav", name)
    if name == ".json":
        handler.tell(200, {"sid": api.account, "status": api.standing, "type": "Full"})
    elif name == "/Calls.json":
        handler.tell(200, api.listed(asked, "calls"))
    elif name == "/Recordings.json":
        handler.tell(200, api.listed(asked, "recordings"))
    elif name == "/IncomingPhoneNumbers.json":
        handler.tell(200, {"incoming_phone_numbers": api.numbers, "next_page_uri": None})
    elif name == "/SIP/Domains.json":
        handler.tell(200, {"domains": api.domains, "next_page_uri": None})
    elif sound and (content := api.sound(sound[1])) is not None:
        handler.say(200, content, "audio/x-wav")
    else:
        handler.fail("not_found", asked)


def _write(handler: Any, api: TwilioApi, asked: Asked) -> None:
    if asked.path.endswith("/Calls.json"):
        sid = api.add_call(
            asked.form["From"],
            datetime.now(UTC),
            to=asked.form["To"],
            direction="outbound-api",
            status="queued",
        )
        return handler.tell(201, next(row for row in api.call_rows() if row["sid"] == sid))
    found = re.search(r"/Calls/(CA[0-9a-f]{32})\.json$", asked.path)
    kind = api.update(found[1], asked.form) if found else "not_found"
    if found is None or kind:
        return handler.fail(kind, asked)
    row = next(row for row in api.call_rows() if row["sid"] == found[1])
    handler.tell(200, row)


def _remove(handler: Any, api: TwilioApi, asked: Asked) -> None:
    found = re.search(r"/Recordings/(RE[0-9a-f]{32})\.json$", asked.path)
    if found and api.delete(found[1]):
        handler.say(204, b"")
    else:
        handler.fail("not_found", asked)
