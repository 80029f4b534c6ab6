"""The people behind the desk: accounts and presence. Password hashes are made and checked by the desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from store.rows import insert
from store.schema import tokens
from store.schema import users as table

AVAILABLE = "available"
BUSY = "busy"
AWAY = "away"

PRESENT_OR = (
    select(table)
    .where(
        or_(
            and_(
                table.c.presence.in_([AVAILABLE, BUSY]),
                table.c.present_until > bindparam("now"),
                table.c.role.in_(["agent", "supervisor", "admin_agent"]),
            ),
            table.c.login.in_(bindparam("logins", expanding=True)),
        )
    )
    .order_by(table.c.id)
)


def add(
    conn: Connection,
    *,
    login: str,
    public_name: str,
    role: str,
    password_hash: str,
    at: datetime,
    phone: str | None,
) -> int:
    """A new account. `phone` is where a call rings: "client:NAME", "sip:USER@HOST" or "tel:+NUMBER"."""
    row = {
        "login": login,
        "public_name": public_name,
        "role": role,
        "password_hash": password_hash,
        "phone": phone,
        "presence": AWAY,
        "session_epoch": 0,
        "created_at": at,
    }
    return insert(conn, table, row)


def count(conn: Connection) -> int:
    return conn.execute(select(func.count()).select_from(table)).scalar() or 0


def get(conn: Connection, id: int) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.id == id)).one_or_none()


def by_login(conn: Connection, login: str) -> Row[Any] | None:
    return conn.execute(select(table).where(table.c.login == login)).one_or_none()


def by_phone(conn: Connection, phone: str) -> Row[Any] | None:
    """The person whose phone this is ("client:NAME" or "sip:USER@HOST")."""
    return conn.execute(select(table).where(table.c.phone == phone)).first()


def set_presence(conn: Connection, id: int, presence: str, until: datetime) -> None:
    """Presence expires by itself at `until`, so that a browser that is gone is not waited for."""
    conn.execute(update(table).where(table.c.id == id).values(presence=presence, present_until=until))


def available(conn: Connection, now: datetime) -> Sequence[Row[Any]]:
    """Agents and supervisors who can take somebody now."""
    query = select(table).where(
        table.c.presence == AVAILABLE,
        table.c.present_until > now,
        table.c.role.in_(["agent", "supervisor", "admin_agent"]),
    )
    return conn.execute(query.order_by(table.c.id)).all()


def present_or(conn: Connection, now: datetime, logins: Iterable[str]) -> Sequence[Row[Any]]:
    """Agents and supervisors who are there, if busy, and whoever has one of these logins."""
    return conn.execute(PRESENT_OR, {"now": now, "logins": list(logins)}).all()


def line_out(conn: Connection, id: int, now: datetime, until: datetime) -> bool:
    """Leave this person's phone alone until then. False when it is left alone already."""
    working = or_(table.c.line_out_until.is_(None), table.c.line_out_until <= now)
    change = update(table).where(table.c.id == id, working).values(line_out_until=until)
    return conn.execute(change).rowcount == 1


def names(conn: Connection) -> dict[int, str]:
    """Public names by id."""
    return {row.id: row.public_name for row in conn.execute(select(table.c.id, table.c.public_name))}


def add_token(conn: Connection, name: str, digest: str, at: datetime) -> None:
    """An API token, of which only the SHA-256 is kept. The same name replaces the old one."""
    conn.execute(tokens.delete().where(tokens.c.name == name))
    conn.execute(tokens.insert().values(name=name, digest=digest, created_at=at))


def token_name(conn: Connection, digest: str) -> str | None:
    return conn.execute(select(tokens.c.name).where(tokens.c.digest == digest)).scalar()


def end_sessions(conn: Connection, id: int) -> None:
    """Whoever is logged in as this person has to log in again."""
    conn.execute(update(table).where(table.c.id == id).values(session_epoch=table.c.session_epoch + 1))


def everybody(conn: Connection) -> Sequence[Row[Any]]:
    """All accounts, the oldest first."""
    return conn.execute(select(table).order_by(table.c.id)).all()


def set_password(conn: Connection, id: int, password_hash: str) -> None:
    conn.execute(update(table).where(table.c.id == id).values(password_hash=password_hash))
