"""The people behind the desk: accounts and presence. Password hashes are made and checked by the desk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, case, func, or_, select, update

from core.complaint import OPEN_STATES
from store.rows import insert
from store.schema import complaints, tokens
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
        ),
        table.c.disabled_at.is_(None),
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
        table.c.disabled_at.is_(None),
    )
    return conn.execute(query.order_by(table.c.id)).all()


def present_or(conn: Connection, now: datetime, logins: Iterable[str]) -> Sequence[Row[Any]]:
    """Agents and supervisors who are there, if busy, and whoever has one of these logins."""
    return conn.execute(PRESENT_OR, {"now": now, "logins": list(logins)}).all()


def by_load(conn: Connection, roles: Iterable[str], now: datetime) -> Sequence[Row[Any]]:
    """Accounts of these roles that are not disabled: who is there first, then who owns the fewest open
    complaints."""
    owned = (
        select(func.count())
        .where(complaints.c.owner_id == table.c.id, complaints.c.state.in_(OPEN_STATES))
        .scalar_subquery()
    )
    there = and_(table.c.presence.in_([AVAILABLE, BUSY]), table.c.present_until > now)
    query = select(table).where(table.c.role.in_(list(roles)), table.c.disabled_at.is_(None))
    return conn.execute(query.order_by(case((there, 0), else_=1), owned, table.c.id)).all()


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


def change(conn: Connection, id: int, **values: Any) -> None:
    conn.execute(update(table).where(table.c.id == id).values(**values))


def by_subject(conn: Connection, subject: str) -> Row[Any] | None:
    """The account of whoever the house's login service calls by this name."""
    return conn.execute(select(table).where(table.c.subject == subject)).one_or_none()


def departments_of(conn: Connection, roles: Iterable[str]) -> frozenset[str]:
    """The departments where somebody of these roles has an account that is not disabled."""
    holds = and_(
        table.c.role.in_(list(roles)), table.c.disabled_at.is_(None), table.c.department.is_not(None)
    )
    return frozenset(conn.execute(select(table.c.department).where(holds)).scalars())


def with_role(conn: Connection, roles: Iterable[str]) -> frozenset[int]:
    """Accounts with one of these roles that are not disabled."""
    query = select(table.c.id).where(table.c.role.in_(list(roles)), table.c.disabled_at.is_(None))
    return frozenset(conn.execute(query).scalars())


def use_step(conn: Connection, id: int, step: int) -> bool:
    """Use up the second factor's code of this step and of all before it. False when it was used already."""
    unused = or_(table.c.second_factor_step.is_(None), table.c.second_factor_step < step)
    query = update(table).where(table.c.id == id, unused).values(second_factor_step=step)
    return conn.execute(query).rowcount == 1


def use_recovery_code(conn: Connection, id: int, digest: str) -> bool:
    """Use up one recovery code. False when there is no such code, or no longer."""
    kept = conn.execute(select(table.c.recovery_codes).where(table.c.id == id)).scalar() or []
    if digest not in kept:
        return False
    change(conn, id, recovery_codes=[each for each in kept if each != digest])
    return True
