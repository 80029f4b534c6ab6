"""Whom a talk can be handed on to: people who are here and may see the complaint, by name or by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import roles
from core.sight import WHOLE, sees
from store import sight, users
from store.db import Connection, Row

USER, ROLE, DEPARTMENT = "user", "role", "department"
LEAD = "supervisor"
"""The one group of a role that can be sought."""
LEADS = (LEAD, roles.ADMIN_AGENT)


@dataclass(frozen=True)
class Choice:
    """Somebody to hand on to. `code` as a form sends it; `name` of a person or department, "" for a role."""

    code: str
    kind: str
    name: str


def here(conn: Connection, complaint_id: int, but: int, at: datetime) -> Sequence[Row[Any]]:
    """Colleagues who could take this over now, busy ones too."""
    present = [one for one in users.present_or(conn, at, ()) if one.id != but and one.disabled_at is None]
    able = [one for one in present if roles.may(one.role, roles.TALK)]
    return [one for one in able if sees(one.role, sight.standing(conn, complaint_id, one)) == WHOLE]


def choices(conn: Connection, complaint_id: int, but: int, at: datetime) -> list[Choice]:
    """The people by name, then the groups that have somebody here."""
    people = here(conn, complaint_id, but, at)
    named = [Choice(f"{USER}:{one.id}", USER, one.public_name) for one in people]
    leads = [Choice(f"{ROLE}:{LEAD}", ROLE, "")] if any(one.role in LEADS for one in people) else []
    departments = dict.fromkeys(one.department for one in people if one.department)
    return [*named, *leads, *(Choice(f"{DEPARTMENT}:{name}", DEPARTMENT, name) for name in departments)]


def sought(conn: Connection, to: str, complaint_id: int, but: int, at: datetime) -> frozenset[int]:
    """Whose turn it is first, of those who are here; with "" everybody."""
    people = here(conn, complaint_id, but, at)
    return frozenset(one.id for one in people if not to or asked(one, to))


def asked(person: Row[Any], to: str) -> bool:
    """Whether a wish that seeks `to` seeks this person."""
    kind, _, value = to.partition(":")
    if kind == ROLE:
        return value == LEAD and person.role in LEADS
    return {USER: str(person.id), DEPARTMENT: person.department or ""}.get(kind) == value != ""
