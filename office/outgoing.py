"""The one function that sends something to another system.

The name is resolved once and that very address is connected to, so that an answer of the name
service cannot lead inside after the check. Redirects are never followed. The deadline bounds the
whole exchange, because a time-out per read lets a server that sends a byte now and then last for ever.
"""

from __future__ import annotations

import functools
import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import SplitResult, urlsplit

from core.delivery import Answer

DEADLINE = 15.0
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Unsuitable(Exception):
    """The address may not be used; the text says why, without the address."""


@dataclass(frozen=True)
class Reply:
    """What came back, and one word about it for people: the status, or why there is none."""

    answer: Answer
    note: str


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, private: bool = False, deadline: float = DEADLINE
) -> Reply:
    """Send `body` once and return what came back within `deadline` seconds. Never raises.

    `private` allows addresses inside a network; this very machine and public addresses always are.
    """
    try:
        return _post(url, body, headers, private, time.monotonic() + deadline)
    except Unsuitable as unsuitable:
        return Reply(Answer(None), str(unsuitable))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Reply(Answer(None), _why(error))


def _post(url: str, body: bytes, headers: Mapping[str, str], private: bool, until: float) -> Reply:
    parts = check_url(url)
    addresses = _resolve(parts, private)
    sock = _connect(addresses, until)
    handle = sock.dup()  # TLS takes the socket over; a second handle still reaches the connection
    watchdog = threading.Timer(max(0.0, until - time.monotonic()), _cut, [handle])
    watchdog.daemon = True
    watchdog.start()
    try:
        return _exchange(parts, sock, body, headers)
    except (OSError, http.client.HTTPException):
        if time.monotonic() >= until:
            raise TimeoutError from None
        raise
    finally:
        watchdog.cancel()
        handle.close()
        sock.close()


def _exchange(parts: SplitResult, sock: socket.socket, body: bytes, headers: Mapping[str, str]) -> Reply:
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(host, parts.port, context=_tls())
        connection.sock = _tls().wrap_socket(sock, server_hostname=host)
    else:
        connection = http.client.HTTPConnection(host, parts.port)
        connection.sock = sock
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        response = connection.getresponse()
        return Reply(Answer(response.status, _retry_after(response)), str(response.status))
    finally:
        connection.close()


def check_url(url: str) -> SplitResult:
    """The parts of a usable address. Raises Unsuitable."""
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            raise ValueError
    except ValueError:
        raise Unsuitable("not an address") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii():
        raise Unsuitable("not an address")
    if parts.username or parts.password:
        raise Unsuitable("credentials in the address")
    return parts


def _resolve(parts: SplitResult, private: bool) -> list[tuple[Address, int]]:
    """Every address of the host. Raises Unsuitable when one of them may not be used."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found]
    for address in addresses:
        if not allowed(address, private):
            raise Unsuitable("private address refused")
        if parts.scheme == "http" and plain(address).is_global:
            raise Unsuitable("https is needed outside")
    return [(address, port) for address in dict.fromkeys(addresses)]


def allowed(address: Address, private: bool) -> bool:
    """Whether we may send there: public addresses and this machine always, others as the setting says."""
    real = plain(address)
    if real.is_multicast or real.is_unspecified:
        return False
    return real.is_loopback or real.is_global or private


def plain(address: Address) -> Address:
    """The IPv4 address that an IPv6 address only wraps (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _connect(addresses: list[tuple[Address, int]], until: float) -> socket.socket:
    last: OSError = TimeoutError()
    for address, port in addresses:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        try:
            sock = socket.create_connection((str(address), port), timeout=left)
        except OSError as error:
            last = error
            continue
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    raise last


def _cut(sock: socket.socket) -> None:
    """The time is over: whoever reads or writes gets an error at once."""
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


@functools.cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _retry_after(response: http.client.HTTPResponse) -> timedelta | None:
    """Seconds, or an HTTP date (RFC 9110, 10.2.3); None when absent or unreadable."""
    said = (response.getheader("Retry-After") or "").strip()
    if said.isascii() and said.isdigit():
        return timedelta(seconds=min(int(said[:9]), 10**8))
    try:
        at = parsedate_to_datetime(said)
        sent = parsedate_to_datetime(response.getheader("Date") or "")
    except (ValueError, TypeError, IndexError):
        return None
    return max(timedelta(0), _aware(at) - _aware(sent))


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _why(error: Exception) -> str:
    """One word for people; never the exception's own text, which may quote what was sent."""
    for kind, word in WORDS:
        if isinstance(error, kind):
            return word
    return "no answer"


WORDS: tuple[tuple[type[Exception], str], ...] = (
    (TimeoutError, "timeout"),
    (socket.gaierror, "name unknown"),
    (ssl.SSLError, "tls"),
    (ConnectionRefusedError, "refused"),
    (http.client.HTTPException, "no HTTP"),
    (ValueError, "not an address"),
)
