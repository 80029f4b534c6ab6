"""Signed links to a customer's page: short enough for a text message, and nothing to be read in them.

A link names one complaint and the day on which it ends. Both are masked, so that neither how many complaints
there are nor which one it is can be read from it; a changed letter makes it no link of ours. The masking is
the synthetic-IV construction of RFC 5297 (section 1.3.2), with HMAC-SHA256 in the place of its ciphers: the
tag over the content is also what the content is masked with, so nothing is drawn by chance, and the link for
one complaint made twice on a day is the same.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

PATH = "/c/"
TAG = 12
"""Bytes of the signature: 96 bits are out of reach of whoever guesses by asking us."""
COMPLAINT, DAY = 4, 2
LENGTH = (TAG + COMPLAINT + DAY) * 4 // 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadLink(Exception):
    """Not a link of ours, or one that was changed on the way."""


class Expired(BadLink):
    """A link of ours whose time is over."""


class Withdrawn(BadLink):
    """A link of ours to this complaint that somebody at the desk has withdrawn."""


@dataclass(frozen=True)
class Links:
    """Makes and reads them. `secret` signs; whoever changes it ends all links. `public_url`: where customers
    come in, without a slash at the end. `lasts`: how long a link is good."""

    secret: str = field(repr=False)
    public_url: str
    lasts: timedelta

    def url(self, complaint_id: int, at: datetime, ended: int = 0) -> str:
        """The address to send to the customer, made at that moment. `ended`: how often this complaint's
        links were withdrawn (store.case_links)."""
        return self.public_url + self.path(complaint_id, at, ended)

    def path(self, complaint_id: int, at: datetime, ended: int = 0) -> str:
        """The same on our own pages, without the host."""
        ends = (at + self.lasts - EPOCH).days
        told = complaint_id.to_bytes(COMPLAINT, "big") + ends.to_bytes(DAY, "big")
        tag = self._tag(told, ended)
        return PATH + base64.urlsafe_b64encode(tag + self._masked(tag, told)).decode()

    def read(self, token: str, now: datetime, ended: Callable[[int], int]) -> int:
        """The complaint that the last part of a link names; `ended` tells how often the links of a complaint
        were withdrawn. Raises BadLink, Withdrawn, and Expired after its last day."""
        if len(token) != LENGTH or not token.isascii():
            raise BadLink
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except ValueError:
            raise BadLink from None
        tag, told = raw[:TAG], self._masked(raw[:TAG], raw[TAG:])
        named = int.from_bytes(told[:COMPLAINT], "big")
        rounds = ended(named)
        if not hmac.compare_digest(tag, self._tag(told, rounds)):
            if any(hmac.compare_digest(tag, self._tag(told, earlier)) for earlier in range(rounds)):
                raise Withdrawn
            raise BadLink
        if (now - EPOCH).days > int.from_bytes(told[COMPLAINT:], "big"):
            raise Expired
        return named

    def _tag(self, told: bytes, ended: int) -> bytes:
        """The signature. It covers how often links were withdrawn without saying it, so that a link grows no
        longer; before the first time it is what it always was."""
        return self._keyed("tag", told + ended.to_bytes(2, "big") if ended else told)

    def _masked(self, tag: bytes, told: bytes) -> bytes:
        return bytes(one ^ two for one, two in zip(told, self._keyed("mask", tag), strict=False))

    def _keyed(self, use: str, told: bytes) -> bytes:
        key = hmac.digest(self.secret.encode(), f"jiesu-case-{use}".encode(), hashlib.sha256)
        return hmac.digest(key, told, hashlib.sha256)[:TAG]
