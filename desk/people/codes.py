"""The second factor itself: six digits from a phone (TOTP, RFC 6238), or a recovery code from a paper."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
from datetime import datetime
from typing import Any

import pyotp
import segno

from desk.people import sealing
from store import users
from store.db import Connection

STEP = 30
"""Seconds that a code lasts; the one before and the one after are accepted too, for clocks that differ."""
RECOVERY_CODES = 10
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
RECOVERY_LENGTH = 12
QUIET = 4
"""Modules of empty border that a reader of the picture needs (ISO/IEC 18004)."""


def new_secret() -> str:
    return pyotp.random_base32()


def step_of(secret: str, code: str, at: datetime) -> int | None:
    """The step whose code this is, or None. Every candidate is compared, always in the same time."""
    totp, now = pyotp.TOTP(secret), int(at.timestamp()) // STEP
    fits = [step for step in (now - 1, now, now + 1) if hmac.compare_digest(totp.generate_otp(step), code)]
    return fits[-1] if fits else None


def plain(typed: str) -> str:
    """The code as it was meant: full-width digits, spaces and dashes are how people write."""
    folded = unicodedata.normalize("NFKC", typed[:64]).lower()
    return "".join(mark for mark in folded if mark.isascii() and mark.isalnum())


def passes(conn: Connection, row: Any, typed: str, at: datetime) -> str:
    """Use up the code that somebody typed: "code", "recovery", or "" when it is neither, or used before.
    Raises sealing.Unreadable when the secret was sealed under another secret key."""
    code = plain(typed)
    if len(code) == RECOVERY_LENGTH:
        return "recovery" if users.use_recovery_code(conn, row.id, digest(row.id, code)) else ""
    step = step_of(opened(row), code, at)
    return "code" if step is not None and users.use_step(conn, row.id, step) else ""


def opened(row: Any) -> str:
    return sealing.unseal(row.second_factor, about(row.id))


def about(user_id: int) -> str:
    """What a sealed secret is for: it cannot be moved to another account."""
    return f"second factor of {user_id}"


def new_recovery_codes() -> list[str]:
    return ["".join(secrets.choice(ALPHABET) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]


def digest(user_id: int, code: str) -> str:
    return sealing.digest(code, f"recovery code of {user_id}")


def address(secret: str, login: str, issuer: str) -> str:
    """What the picture says, and what a phone opens by a tap."""
    return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)


def picture(text: str) -> tuple[int, str]:
    """The QR code: its width in modules, and its dark modules as an SVG path, so that no style is needed."""
    rows = segno.make_qr(text, error="m").matrix
    dark = (
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, on in enumerate(row) if on
    )
    return len(rows) + 2 * QUIET, "".join(dark)
