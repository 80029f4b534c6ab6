"""What the desk keeps so that nobody can read it who only has the database: keys come from the secret key."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import current_app

KEY_BYTES = 32
NONCE_BYTES = 12


class Unreadable(ValueError):
    """Sealed for something else, with another secret key, or changed since."""


def seal(text: str, about: str) -> str:
    """The text encrypted (AES-256-GCM); it can be opened only for the same thing, `about`."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_key("seal")).encrypt(nonce, text.encode(), about.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(sealed: str, about: str) -> str:
    """What was sealed. Raises Unreadable."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode("ascii"))
        return AESGCM(_key("seal")).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()).decode()
    except (InvalidTag, ValueError, binascii.Error):
        raise Unreadable(about) from None


def digest(text: str, about: str) -> str:
    """A keyed hash, to recognise a text that is not kept."""
    return hmac.new(
        _key("digest"), f"{about}\0{text}".encode("utf-8", "surrogatepass"), hashlib.sha256
    ).hexdigest()


def _key(use: str) -> bytes:
    return _derived(str(current_app.secret_key), use)


@cache
def _derived(secret: str, use: str) -> bytes:
    """One key per use (HKDF, RFC 5869), so that what one gives away says nothing of another."""
    info = f"jiesu-desk-1 {use}".encode()
    return HKDF(algorithm=hashes.SHA256(), length=KEY_BYTES, salt=None, info=info).derive(secret.encode())
