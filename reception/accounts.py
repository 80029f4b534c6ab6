"""Accounts of the desk: passwords are kept as argon2id hashes and never as anything else."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core import ringplan, roles
from core.roles import ROLES
from store import users
from store.db import Connection, Row

#: Phones that a call can ring: a browser's, one that speaks SIP, or a telephone (which rings alone).
RINGABLE = re.compile(
    r"(?:client:[A-Za-z0-9_.\-]{1,121}|sips?:[A-Za-z0-9_.+\-]+@[A-Za-z0-9_.:\-]+|tel:\+[1-9][0-9]{6,14})"
)
SHORTEST = 12
LONGEST = 200
LONGEST_PHONE = 160
_hasher = PasswordHasher()


class Unfit(ValueError):
    """The account cannot be made; `reason` is a code that content/labels.yml names under `account_errors`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def create(
    conn: Connection,
    login: str,
    public_name: str,
    role: str,
    password: str,
    at: datetime,
    phone: str | None = None,
    trunk: bool = False,
) -> int:
    """A new account; returns its id. Raises Unfit when something about it cannot be accepted.

    `phone` is where calls ring ("client:NAME", "sip:USER@HOST" or "tel:+NUMBER"); without one, none do.
    `trunk`: our own carrier can call telephones in mainland China (`core.ringplan.reachable`).
    """
    login, public_name = login.strip(), public_name.strip()
    phone = (phone or "").strip() or None
    _check(login, public_name, role, password)
    _check_phone(phone, trunk)
    if users.by_login(conn, login) is not None:
        raise Unfit("login_taken")
    kept = hashed(password)
    return users.add(
        conn, login=login, public_name=public_name, role=role, password_hash=kept, at=at, phone=phone
    )


def _check(login: str, public_name: str, role: str, password: str) -> None:
    if not 1 <= len(login) <= 60 or not login.isprintable() or " " in login:
        raise Unfit("bad_login")
    _check_person(public_name, role)
    if not good_password(password):
        raise Unfit("weak_password")


def _check_person(public_name: str, role: str) -> None:
    if not 1 <= len(public_name) <= 30 or not public_name.isprintable():
        raise Unfit("bad_name")
    if role not in ROLES:
        raise Unfit("bad_role")


def _check_phone(phone: str | None, trunk: bool) -> None:
    if phone is not None and (len(phone) > LONGEST_PHONE or not RINGABLE.fullmatch(phone)):
        raise Unfit("bad_phone")
    if phone is not None and not ringplan.reachable(phone, trunk):
        raise Unfit("no_trunk")


def change(
    conn: Connection,
    row: Row[Any],
    *,
    public_name: str,
    role: str,
    phone: str,
    department: str,
    departments: Collection[str],
    trunk: bool,
) -> list[str]:
    """Change an account; returns the names of what is different now. Raises Unfit when something about it
    cannot be accepted, or when nobody would be left to keep the accounts."""
    new: dict[str, Any] = {
        "public_name": public_name.strip(),
        "role": role,
        "phone": phone.strip() or None,
        "department": department or None,
    }
    _check_person(new["public_name"], role)
    _check_phone(new["phone"], trunk)
    if department and department not in departments:
        raise Unfit("bad_department")
    if not roles.may(role, roles.ACCOUNTS):
        somebody_keeps(conn, row.id)
    changed = [name for name, value in new.items() if value != getattr(row, name)]
    if changed:
        users.change(conn, row.id, **{name: new[name] for name in changed})
    return changed


def disable(conn: Connection, id: int, at: datetime) -> None:
    """Nobody gets in with this account any more, whoever is in is out. Raises Unfit for the last keeper."""
    somebody_keeps(conn, id)
    users.change(conn, id, disabled_at=at, presence=users.AWAY, present_until=at)
    users.end_sessions(conn, id)


def somebody_keeps(conn: Connection, without: int) -> None:
    """Pass when somebody else can keep the accounts; else raise Unfit: nobody could let them in again."""
    keepers = [role for role in ROLES if roles.may(role, roles.ACCOUNTS)]
    if users.with_role(conn, keepers) <= {without}:
        raise Unfit("last_keeper")


def good_password(password: str) -> bool:
    """Long enough, and not the same few characters over and over."""
    return SHORTEST <= len(password) <= LONGEST and len(set(password)) >= 5


def hashed(password: str) -> str:
    """The argon2id hash to keep."""
    return _hasher.hash(password)


def password_fits(password_hash: str | None, password: str) -> bool:
    """Whether the password belongs to the hash. No hash takes the same time, so that nobody learns which
    accounts exist."""
    try:
        fits = _hasher.verify(password_hash or _nobody(), password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return fits and password_hash is not None


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")
