"""Who a customer is: one person, several identities (a phone, a browser's cookie, an openid)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from store.rows import insert
from store.schema import customers, identities


def known_as(conn: Connection, kind: str, value: str, at: datetime) -> int:
    """The customer with this identity, made when new."""
    found = find(conn, kind, value)
    if found is not None:
        return found
    customer = insert(conn, customers, {"created_at": at})
    conn.execute(
        identities.insert().values(customer_id=customer, kind=kind, value=value, confirmed=kind == "cookie")
    )
    return customer


def find(conn: Connection, kind: str, value: str) -> int | None:
    """The customer with this identity, or None."""
    query = select(identities.c.customer_id).where(identities.c.kind == kind, identities.c.value == value)
    return conn.execute(query).scalar()


def identity(conn: Connection, customer_id: int, kind: str) -> str | None:
    """One identity of this kind, or None."""
    query = select(identities.c.value).where(
        identities.c.customer_id == customer_id, identities.c.kind == kind
    )
    return conn.execute(query.limit(1)).scalar()
