"""The one outgoing-HTTP function: where it may go, and how long it lasts."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from core.delivery import Answer
from office import outgoing


@contextmanager
def server(answer):
    """A raw server: `answer(connection)` for each connection."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_guarded, args=(answer, connection), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
    listener.close()


def _guarded(answer, connection):
    with connection, contextlib.suppress(OSError):  # the caller hanging up is what some tests are about
        connection.recv(65536)
        answer(connection)


def says(text):
    return lambda connection: connection.sendall(text.encode())


def test_the_status_comes_back():
    with server(says("HTTP/1.1 204 No Content\r\n\r\n")) as url:
        reply = outgoing.post(url, b"{}", {})
    assert (reply.answer.status, reply.note) == (204, "204")


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status):
    asked = []

    def elsewhere(connection):
        asked.append(1)
        location = f"http://127.0.0.1:{connection.getsockname()[1]}/else"
        connection.sendall(
            f"HTTP/1.1 {status} x\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
        )

    with server(elsewhere) as url:
        reply = outgoing.post(url, b"{}", {})
    assert (reply.answer.status, len(asked)) == (status, 1)


def drip(connection):
    for byte in b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 50:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("answer", [lambda c: time.sleep(5), drip], ids=["silent", "dripping"])
def test_the_deadline_bounds_the_whole_exchange(answer):
    started = time.monotonic()
    with server(answer) as url:
        reply = outgoing.post(url, b"{}", {}, deadline=0.4)
    assert reply == outgoing.Reply(Answer(None), "timeout")
    assert time.monotonic() - started < 1.5


def test_nobody_there():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert outgoing.post(f"http://127.0.0.1:{port}/", b"", {}).note == "refused"


@pytest.mark.parametrize(
    "garbage", ["", "hello\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\x00" * 100, "HTTP/1.1 200 " + "x" * 70000]
)
def test_garbage_is_no_answer(garbage):
    with server(says(garbage)) as url:
        assert outgoing.post(url, b"{}", {}).answer.status is None


def test_tls_to_a_server_that_speaks_none():
    with server(says("HTTP/1.1 200 OK\r\n\r\n")) as url:
        assert outgoing.post(url.replace("http:", "https:"), b"{}", {}).note == "tls"


def test_tls_to_a_silent_server_ends_in_time():
    started = time.monotonic()
    with server(lambda c: time.sleep(5)) as url:
        reply = outgoing.post(url.replace("http:", "https:"), b"{}", {}, deadline=0.4)
    assert reply.note == "timeout"
    assert time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 120", 120),
        ("Retry-After: 0", 0),
        ("Date: Mon, 02 Mar 2026 04:00:00 GMT\r\nRetry-After: Mon, 02 Mar 2026 04:01:30 GMT", 90),
        ("Retry-After: Mon, 02 Mar 2026 04:01:30 GMT", None),
        ("Retry-After: soon", None),
        ("Retry-After: -5", None),
        ("Retry-After: 99999999999999999999", 10**8),
    ],
)
def test_retry_after(header, seconds):
    with server(says(f"HTTP/1.1 429 x\r\n{header}\r\nContent-Length: 0\r\n\r\n")) as url:
        wait = outgoing.post(url, b"{}", {}).answer.retry_after
    assert wait == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "inside",
    [
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
    ],
)
def test_addresses_inside_need_the_setting(inside):
    address = ipaddress.ip_address(inside)
    assert not outgoing.allowed(address, private=False)
    assert outgoing.allowed(address, private=True)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "93.184.216.34", "2606:4700::1"])
def test_this_machine_and_the_world_are_allowed(address):
    assert outgoing.allowed(ipaddress.ip_address(address), private=False)


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "224.0.0.1", "ff02::1"])
def test_nowhere_and_everybody_are_never_allowed(address):
    assert not outgoing.allowed(ipaddress.ip_address(address), private=True)


@pytest.mark.parametrize(
    ("url", "note"),
    [
        ("ftp://127.0.0.1/", "not an address"),
        ("http://", "not an address"),
        ("http://127.0.0.1:99999/", "not an address"),
        ("http://a:b@127.0.0.1/", "credentials in the address"),
        ("http://10.0.0.1/", "private address refused"),
        ("http://93.184.216.34/", "https is needed outside"),
        ("http://例子.测试/", "not an address"),
    ],
)
def test_unsuitable_addresses_are_refused_before_anything_is_sent(url, note):
    assert outgoing.post(url, b"{}", {}).note == note


def test_a_name_that_leads_inside_is_refused(monkeypatch):
    def resolve(host, port, **options):
        return [(2, 1, 6, "", ("93.184.216.34", port)), (2, 1, 6, "", ("10.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert outgoing.post("https://example.com/", b"{}", {}).note == "private address refused"
