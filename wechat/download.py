"""Bytes from another machine, as many as we want and no more, in time; never by way of a redirect."""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Collection, Mapping
from urllib.parse import SplitResult, urlsplit

import requests

SECONDS = 30.0
STALLS = 10.0
"""Seconds without a byte after which a download is given up."""
PIECE = 64 * 1024


class Oversize(Exception):
    """More bytes than were asked for."""


class Elsewhere(Exception):
    """An address that is not fetched from; the text does not repeat it."""


def downloaded(session: requests.Session, url: str, query: Mapping[str, str], most: int) -> bytes:
    """The body of a plain 200. Raises Oversize, OSError (late, torn, another status), RequestException."""
    until = time.monotonic() + SECONDS
    with session.get(
        url, params=query, timeout=STALLS, allow_redirects=False, stream=True, headers=IDENTITY
    ) as answer:
        if answer.status_code != requests.codes.ok:
            raise OSError("not a plain answer")
        content = bytearray()
        while piece := answer.raw.read1(PIECE):
            content += piece
            if len(content) > most:
                raise Oversize
            if time.monotonic() > until:
                raise OSError("too late")
        announced = answer.headers.get("Content-Length", "")
        if announced.isdigit() and int(announced) != len(content):
            raise OSError("torn on the way")
        return bytes(content)


IDENTITY = {"Accept-Encoding": "identity"}
"""Packed bytes would unpack to any size."""


def video(url: str, hosts: Collection[str], most: int) -> bytes:
    """A video from one of these hosts ("name", or "name:port" of a stand-in on this machine).

    Raises Elsewhere for any other address, and as `downloaded`.
    """
    parts = _parts(url)
    if parts.netloc.lower() not in hosts or parts.scheme not in ("http", "https"):
        raise Elsewhere("not a host that videos come from")
    local = ":" in parts.netloc
    if not local and not _public(parts.hostname or ""):
        raise Elsewhere("a private address")
    with requests.Session() as session:
        session.trust_env = not local
        return downloaded(session, url, {}, most)


def _parts(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:
        raise Elsewhere("no address") from None


def _public(host: str) -> bool:
    """Whether every address of this name is one of the public network."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return all(ipaddress.ip_address(one[4][0]).is_global for one in found)
