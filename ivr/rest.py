"""Twilio's REST side, as `reception.telephone` asks for it: calls diverted, ended and listed, sound fetched.

The SDK has neither a base address nor a deadline of its own; its HTTP client is the seam where both are
set (https://www.twilio.com/docs/libraries/reference/twilio-python#customizing-the-http-client). Nothing
that it raises or logs reaches ours: its texts quote addresses and answers.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests import RequestException
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.jwt.access_token import AccessToken
from twilio.jwt.access_token.grants import VoiceGrant
from twilio.rest import Client
from urllib3.exceptions import HTTPError

from reception.telephone import RECORDING, Gone, ProviderCall, ProviderRecording, Unreachable

log = logging.getLogger("jiesu.ivr")
T = TypeVar("T")

API = "https://api.twilio.com"
VERSION = "2010-04-01"
SECONDS = 3.0
"""How long one request may take; a piece of a recording may take MEDIA_SECONDS."""
MEDIA_SECONDS = 30.0
LIST_SECONDS = 20.0
PAUSE = 0.2
RINGS_FOR = 30
"""Seconds for which a customer's phone rings."""
PAGE = 200
MOST_PAGES = 50
LARGEST_ANSWER = 8 * 1024 * 1024
PIECE = 64 * 1024
SHORTEST_TOKEN, LONGEST_TOKEN = 300, 3600

CALL = re.compile(r"CA[0-9a-fA-F]{32}")
NOT_FOUND, TOO_MANY, NOT_IN_PROGRESS = 20404, 20429, 21220
"""https://www.twilio.com/docs/api/errors"""
UNREADABLE = (TwilioException, ValueError, KeyError, TypeError, AttributeError)
"""What the SDK raises at an answer that is not what the description says."""
OUR_OWN = {"TWILIO_REGION": "", "TWILIO_EDGE": ""}
"""The SDK would read the process's environment; settings.py is the only one that does."""


@dataclass(frozen=True)
class Account:
    """Whose calls, and what proves it. Without `key` and `key_secret` no browser can be a phone."""

    sid: str
    token: str = field(repr=False)
    key: str = ""
    key_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Line:
    """How calls go out: under which number, and over which carrier of our own, if any."""

    caller_id: str = ""
    trunk: str = ""


class Wire(HttpClient):
    """The SDK's way to the network: one host, a deadline, no redirect; errors become Unreachable or Gone.

    `base`: a stand-in for Twilio on this machine. Reading and deleting are tried twice, since a repeat
    changes nothing; what diverts a call is not, since a repeat would start its document anew.
    """

    def __init__(self, base: str = API, pause: Callable[[float], None] = time.sleep) -> None:
        super().__init__(log, False, SECONDS)
        self._base = base.rstrip("/")
        self._pause = pause
        self._session = requests.Session()
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.trust_env = urlsplit(base).scheme == "https"  # no proxy stands before this machine

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None = None,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The answer to one request of the SDK's. Raises Unreachable, with nothing in it but a code."""
        try:
            return self._once(method, url, params, data, headers, auth)
        except Unreachable as failure:
            if not failure.again or method == "POST":
                raise
        self._pause(PAUSE)
        return self._once(method, url, params, data, headers, auth)

    def exchange(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        data: Mapping[str, Any] | None,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None,
    ) -> Response | None:
        """One request over the network; None when no whole answer came in time."""
        until = time.monotonic() + SECONDS
        with suppress(RequestException, HTTPError, OSError):
            asked: dict[str, Any] = {"params": params, "data": data, "headers": headers, "auth": auth}
            with self._open(method, self.address(url), SECONDS, **asked) as answer:
                body = _body(answer, until)
                return None if body is None else Response(answer.status_code, body.decode("utf-8", "replace"))
        return None

    def address(self, url: str) -> str:
        """Where an address of the API's really is. Raises Unreachable for any other host."""
        if not url.startswith(f"{API}/"):
            raise Unreachable("an address that is not the provider's")
        return self._base + url[len(API) :]

    def pieces(self, url: str, auth: tuple[str, str]) -> Iterator[bytes]:
        """A sound, piece by piece. Raises Unreachable when it stops half-way."""
        broken = True
        with suppress(RequestException, HTTPError, OSError):
            with self._open("GET", self.address(url), MEDIA_SECONDS, headers={}, auth=auth) as answer:
                if answer.status_code != requests.codes.ok:
                    raise _refused(answer.status_code, (_body(answer, time.monotonic() + SECONDS)) or b"")
                if not answer.headers.get("Content-Type", "").startswith("audio/"):
                    raise Unreachable("what came is no sound")
                while piece := answer.raw.read1(PIECE):
                    yield piece
            broken = False
        if broken:
            raise Unreachable("a recording did not come whole", again=True)

    def _once(self, method: str, url: str, params: Any, data: Any, headers: Any, auth: Any) -> Response:
        answer = self.exchange(method, url, params, data, headers or {}, auth)
        if answer is None:
            raise Unreachable("no answer in time", again=True)
        if not 200 <= answer.status_code < 300:
            raise _refused(answer.status_code, answer.text.encode())
        return answer

    def _open(self, method: str, url: str, seconds: float, headers: Any, **asked: Any) -> requests.Response:
        """No redirect is followed: recordings lie on the API's own host, and the one redirect that is
        documented leads from http to https.
        https://www.twilio.com/en-us/changelog/deprecation-http-voice-recording-media-endpoint"""
        return self._session.request(
            method,
            url,
            headers={**headers, "Accept-Encoding": "identity"},
            timeout=(SECONDS, seconds),
            allow_redirects=False,
            stream=True,
            **asked,
        )


def _body(answer: requests.Response, until: float) -> bytes | None:
    """The whole body; None when it is late or far too large."""
    body = b""
    while piece := answer.raw.read1(PIECE):
        body += piece
        if len(body) > LARGEST_ANSWER or time.monotonic() > until:
            return None
    return body


def _refused(status: int, body: bytes) -> Unreachable:
    """What an error means. Only its number is kept: the text may quote whatever we sent."""
    code = _code(body) or status
    if status == requests.codes.not_found or code in (NOT_FOUND, NOT_IN_PROGRESS):
        return Gone("there is no such call or recording any more", code)
    again = status == requests.codes.too_many_requests or code == TOO_MANY or status >= 500
    return Unreachable(f"the provider answered {code}", code, again=again)


def _code(body: bytes) -> int:
    with suppress(ValueError):
        told = json.loads(body)
        if isinstance(told, dict) and isinstance(told.get("code"), int):
            return int(told["code"])
    return 0


class Rest:
    """The telephone company, by its REST interface."""

    def __init__(self, account: Account, wire: Wire | None = None, line: Line | None = None) -> None:
        self._account = account
        self._line = line or Line()
        self._wire = wire or Wire()
        self._client = Client(account.sid, account.token, http_client=self._wire, environment=OUR_OWN)
        self._api = self._client.api.account  # reads half a second of modules: now, not in a call

    def send(self, call: str, url: str) -> None:
        _asked(lambda: self._call(call).update(url=url, method="POST"))

    def call(self, number: str, url: str, ended: str) -> str:
        """https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource"""
        line = self._line
        if not line.caller_id:
            raise Unreachable("no number of ours to call from is set")
        more = {"byoc": line.trunk} if line.trunk else {}
        made = _asked(
            lambda: self._api.calls.create(
                to=number,
                from_=line.caller_id,
                url=url,
                method="POST",
                status_callback=ended,
                status_callback_method="POST",
                timeout=RINGS_FOR,
                **more,
            )
        )
        if not CALL.fullmatch(str(made.sid)):
            raise Unreachable("a call without a name")
        return str(made.sid)

    def hang_up(self, call: str) -> None:
        with suppress(Gone):
            _asked(lambda: self._call(call).update(status="completed"))

    def calls_since(self, at: datetime) -> Sequence[ProviderCall]:
        """Asked for from midnight on, since the filter is documented for whole days only."""
        rows = _asked(lambda: self._calls(_midnight(at)))
        return [row for row in _told(rows) if row.started_at >= at]

    def recordings_since(self, at: datetime) -> Sequence[ProviderRecording]:
        """Asked for from midnight on, as calls are."""
        rows = _asked(lambda: self._recordings(_midnight(at)))
        return [row for row in _told(rows) if row.at >= at]

    def fetch(self, recording: str) -> Iterator[bytes]:
        if not RECORDING.fullmatch(recording):
            raise Gone("not the name of a recording")
        url = f"{API}/{VERSION}/Accounts/{self._account.sid}/Recordings/{recording}.wav"
        return self._wire.pieces(url, (self._account.sid, self._account.token))

    def delete(self, recording: str) -> None:
        if not RECORDING.fullmatch(recording):
            raise Gone("not the name of a recording")
        with suppress(Gone):
            _asked(lambda: self._api.recordings(recording).delete())

    def token(self, identity: str, seconds: int) -> str | None:
        """https://www.twilio.com/docs/iam/access-tokens; `seconds` from 300 to 3600, else ValueError."""
        if not SHORTEST_TOKEN <= seconds <= LONGEST_TOKEN:
            raise ValueError(f"a token lasts from {SHORTEST_TOKEN} to {LONGEST_TOKEN} seconds")
        account = self._account
        if not (account.key and account.key_secret):
            return None
        grant = VoiceGrant(incoming_allow=True)
        made = AccessToken(
            account.sid, account.key, account.key_secret, [grant], identity=identity, ttl=seconds
        )
        return str(made.to_jwt())

    def self_test(self) -> str:
        """How the account stands, in the provider's own word ("active"). Raises Unreachable."""
        account = _asked(lambda: self._client.api.accounts(self._account.sid).fetch())
        return str(account.status)

    def handlers(self, url: str) -> list[bool]:
        """The numbers and SIP domains of this account whose calls come to an address that begins with
        `url`: for each, whether it has another address for the time when that one fails."""
        return _asked(lambda: [bool(row.voice_fallback_url) for row in self._voices() if _leads(row, url)])

    def _voices(self) -> Iterator[Any]:
        yield from _all(self._api.incoming_phone_numbers.page(page_size=PAGE))
        yield from _all(self._api.sip.domains.page(page_size=PAGE))

    def _calls(self, since: datetime) -> list[ProviderCall | None]:
        page = self._api.calls.page(start_time_after=since, page_size=PAGE)
        return [_call(row) for row in _all(page) if row.direction == "inbound"]

    def _recordings(self, since: datetime) -> list[ProviderRecording | None]:
        page = self._api.recordings.page(date_created_after=since, page_size=PAGE)
        return [_recording(row) for row in _all(page)]

    def _call(self, call: str) -> Any:
        if not CALL.fullmatch(call):
            raise Gone("not the name of a call")
        return self._api.calls(call)


def _asked(act: Callable[[], T]) -> T:
    """What `act` gives. Only Unreachable comes out of it, and nothing of what it was made from."""
    try:
        return act()
    except UNREADABLE as error:
        problem = type(error).__name__
    raise Unreachable(f"an answer that cannot be read ({problem})", again=True)


def _all(page: Any) -> Iterator[Any]:
    """The rows of this page and of those after it, within a time and a number of pages."""
    until = time.monotonic() + LIST_SECONDS
    for _ in range(MOST_PAGES):
        yield from page
        page = page.next_page()
        if page is None:
            return
        if time.monotonic() > until:
            raise Unreachable("a list took too long", again=True)
    log.error("the provider's list is longer than %s rows; its end was not read", MOST_PAGES * PAGE)


def _told(rows: Sequence[T | None]) -> list[T]:
    """The rows that could be read; how many could not is logged."""
    read = [row for row in rows if row is not None]
    if len(read) < len(rows):
        log.warning("rows of the provider's list that cannot be read: %s", len(rows) - len(read))
    return read


def _leads(row: Any, url: str) -> bool:
    return str(row.voice_url or "").startswith(f"{url}/")


def _call(row: Any) -> ProviderCall | None:
    started = row.start_time or row.date_created
    if not (CALL.fullmatch(str(row.sid)) and isinstance(started, datetime)):
        return None
    return ProviderCall(
        sid=row.sid,
        caller=str(row._from or ""),
        status=str(row.status or ""),
        started_at=started,
        seconds=_whole(row.duration) or 0,
    )


def _recording(row: Any) -> ProviderRecording | None:
    made = row.start_time or row.date_created
    known = RECORDING.fullmatch(str(row.sid)) and CALL.fullmatch(str(row.call_sid))
    if not (known and isinstance(made, datetime)):
        return None
    return ProviderRecording(row.sid, row.call_sid, str(row.status or ""), _whole(row.duration), made)


def _whole(text: object) -> int | None:
    """Seconds as the provider writes them: a text of digits, "-1" or nothing while they are not known."""
    told = str(text)
    return int(told) if told.isascii() and told.isdigit() and len(told) < 7 else None


def _midnight(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
