"""Which customers are one person. A join is only read: rows keep the customer with whom they were written."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, literal_column, or_, select, update

from core.attempts import PHONE, REACHED
from core.joining import MOST_CUSTOMERS, Contact, Edge, Pair, personal, together
from store import schema as t
from store.rows import insert
from store.sight import visible

table = t.joins
MOST_LOOKED_AT = 50
"""Of the customers with one number or order; a number with more is nobody's own."""


def edges(conn: Connection, customers: Collection[int]) -> list[Edge]:
    """The joins in force of these customers and of everybody whom these lead to."""
    found: dict[int, Edge] = {}
    ahead, seen = set(customers), set(customers)
    while ahead:
        rows = conn.execute(select(table).where(table.c.same, *_in_force(), _of(ahead))).all()
        found |= {row.id: Edge(row.id, row.customer_id, row.other_id) for row in rows}
        ahead = {id for row in rows for id in (row.customer_id, row.other_id)} - seen
        seen |= ahead
    return list(found.values())


def everyone(conn: Connection, customer: int) -> frozenset[int]:
    """The customer, with all who are the same person."""
    return together(customer, edges(conn, (customer,)))


def apart(conn: Connection, customers: Collection[int]) -> frozenset[Pair]:
    """Pairs with one of these that are not one person, as somebody has said: of whom it was said, or whose
    join was undone. A person's later yes takes it back."""
    rows = conn.execute(select(table).where(_of(customers)).order_by(table.c.id)).all()
    latest = {frozenset((row.customer_id, row.other_id)): row for row in rows}
    return frozenset(pair for pair, row in latest.items() if row.undone_at is not None or not row.same)


def add(
    conn: Connection, one: int, other: int, *, same: bool, proof: str, by: str, why: str, at: datetime
) -> int:
    """Write that two customers are one person, or that they are not; whatever was said of these two before
    must be ended."""
    first, second = sorted((one, other))
    row = {"customer_id": first, "other_id": second, "same": same, "proof": proof, "by": by, "why": why}
    return insert(conn, table, {**row, "at": at})


def end(conn: Connection, ids: Collection[int], *, user_id: int, why: str, at: datetime) -> None:
    """What these rows say holds no longer; they are kept, with who and why."""
    over = update(table).where(table.c.id.in_(ids), *_in_force())
    conn.execute(over.values(undone_by=user_id, undone_at=at, undone_why=why))


def of_pair(conn: Connection, one: int, other: int) -> Row[Any] | None:
    """What is said of these two now."""
    first, second = sorted((one, other))
    pair = (table.c.customer_id == first, table.c.other_id == second)
    return conn.execute(select(table).where(*pair, *_in_force())).one_or_none()


def rows(conn: Connection, ids: Iterable[int]) -> Sequence[Row[Any]]:
    """These joins, oldest first."""
    return conn.execute(select(table).where(table.c.id.in_(list(ids))).order_by(table.c.id)).all()


def _in_force() -> tuple[ColumnElement[bool], ...]:
    return (table.c.undone_at.is_(None),)


def _of(customers: Collection[int]) -> ColumnElement[bool]:
    return or_(table.c.customer_id.in_(customers), table.c.other_id.in_(customers))


def newest(conn: Connection, customers: Collection[int], person: Row[Any]) -> dict[int, Row[Any]]:
    """The newest complaint of each of these customers that this person (a row of users) may see."""
    mine = select(t.complaints).where(t.complaints.c.customer_id.in_(customers), visible(person))
    return {row.customer_id: row for row in conn.execute(mine.order_by(t.complaints.c.id)).all()}


def unlink(conn: Connection, sides: Sequence[frozenset[int]]) -> tuple[int, ...]:
    """Take away the links between complaints of customers on different sides: they were made because these
    counted as one person. Returns the complaints that were linked to others."""
    side = {customer: n for n, customers in enumerate(sides) for customer in customers}
    links, own, other = t.links, t.complaints.alias("own"), t.complaints.alias("other")
    found = conn.execute(
        select(links.c.id, links.c.complaint_id, own.c.customer_id, other.c.customer_id.label("to"))
        .join(own, own.c.id == links.c.complaint_id)
        .join(other, other.c.id == links.c.other_id)
        .where(own.c.customer_id.in_(side), other.c.customer_id.in_(side))
    ).all()
    across = [row for row in found if side[row.customer_id] != side[row.to]]
    conn.execute(delete(links).where(links.c.id.in_([row.id for row in across])))
    return tuple(sorted({row.complaint_id for row in across}))


# ---- What customers have shown


def contact(conn: Connection, customer: int) -> Contact:
    """What one customer has shown, in all complaints, as it stands now."""
    known = conn.execute(
        select(t.facts.c.field, t.facts.c.value)
        .join(t.complaints, t.complaints.c.id == t.facts.c.complaint_id)
        .where(t.complaints.c.customer_id == customer, t.facts.c.replaced_by.is_(None))
        .where(t.facts.c.field.in_(("phone", "reference", "name")))
    ).all()
    given = {field: [row.value for row in known if row.field == field] for field in ("phone", "name")}
    own = _identities(conn, customer)
    return Contact(
        customer,
        called=called(conn, customer),
        said=own | _texts(given["phone"]),
        reached=_reached(conn, customer),
        orders=_references(known, "order_no"),
        parcels=_references(known, "waybill"),
        names=_texts(given["name"]),
    )


def own_contact(conn: Connection, customer: int) -> Contact:
    """What one customer has shown, without orders and parcels that many name: a placeholder is nobody's."""
    one = contact(conn, customer)
    common = {value for value in one.orders | one.parcels if _common(conn, value)}
    return replace(one, orders=one.orders - common, parcels=one.parcels - common)


def called(conn: Connection, customer: int) -> frozenset[str]:
    """The numbers from which the customer has called. One that only a colleague wrote down has not."""
    return _identities(conn, customer) if _has_called(conn, customer) else frozenset()


def like(conn: Connection, one: Contact, shared: Collection[str]) -> list[int]:
    """Other customers with a number or a reference of this one, the newest first; not by numbers that many
    use."""
    found: set[int] = set()
    for phone in one.phones - frozenset(shared):
        found |= _with_phone(conn, phone)
    for reference in one.orders | one.parcels:
        found |= _with_reference(conn, reference)
    return sorted(found - {one.customer}, reverse=True)[:MOST_LOOKED_AT]


def _common(conn: Connection, reference: str) -> bool:
    return _persons(conn, _with_reference(conn, reference)) > MOST_CUSTOMERS


def shared(conn: Connection, phones: Iterable[str]) -> frozenset[str]:
    """Which of these numbers are not one person's. Customers who are joined count as one."""
    return frozenset(phone for phone in phones if not _personal(conn, phone))


def _personal(conn: Connection, phone: str) -> bool:
    if not personal(phone, 0, ()) or not personal(phone, _persons(conn, _with_phone(conn, phone)), ()):
        return False
    said = select(t.facts.c.value).where(
        t.facts.c.field == "name", t.facts.c.replaced_by.is_(None), t.facts.c.complaint_id.in_(_left(phone))
    )
    names = conn.execute(said.distinct().limit(MOST_LOOKED_AT)).scalars()
    return personal(phone, 1, _texts(names))


def _persons(conn: Connection, users: Collection[int]) -> int:
    """How many these are; customers who are joined count as one."""
    joined = edges(conn, users)
    return len({together(one, joined) for one in users})


def _left(phone: str) -> Any:
    """The complaints with which this number was left. The conditions stand as written in the index."""
    return select(t.facts.c.complaint_id).where(
        literal_column("facts.field = 'phone'"),
        literal_column("facts.value") == json.dumps(phone),
        t.facts.c.replaced_by.is_(None),
    )


def _with_phone(conn: Connection, phone: str) -> set[int]:
    left = select(t.complaints.c.customer_id).where(t.complaints.c.id.in_(_left(phone))).distinct()
    rang = select(t.identities.c.customer_id).where(
        t.identities.c.kind == "phone", t.identities.c.value == phone
    )
    some = conn.execute(left.limit(MOST_LOOKED_AT)).scalars()
    return {*some, *conn.execute(rang.limit(MOST_LOOKED_AT)).scalars()}


def _with_reference(conn: Connection, value: str) -> set[int]:
    stored: ColumnElement[Any] = literal_column("json_extract(facts.value, '$.value')")
    told = select(t.facts.c.complaint_id).where(
        literal_column("facts.field = 'reference'"), stored == value, t.facts.c.replaced_by.is_(None)
    )
    whose = select(t.complaints.c.customer_id).where(t.complaints.c.id.in_(told)).distinct()
    return set(conn.execute(whose.limit(MOST_LOOKED_AT)).scalars())


def _identities(conn: Connection, customer: int) -> frozenset[str]:
    mine = (t.identities.c.customer_id == customer, t.identities.c.kind == "phone")
    return frozenset(conn.execute(select(t.identities.c.value).where(*mine)).scalars())


def _has_called(conn: Connection, customer: int) -> bool:
    calls = (t.conversations.c.customer_id == customer, t.conversations.c.channel == "phone")
    return conn.execute(select(t.conversations.c.id).where(*calls).limit(1)).first() is not None


def _reached(conn: Connection, customer: int) -> frozenset[str]:
    """Numbers at which the customer says that a call has reached them: those that were left by then. A call
    over our own line is not among them, since only the line has said who picked up."""
    asked = (
        select(t.attempts.c.complaint_id, t.attempts.c.at)
        .join(t.complaints, t.complaints.c.id == t.attempts.c.complaint_id)
        .where(t.complaints.c.customer_id == customer, t.attempts.c.means == PHONE)
        .where(t.attempts.c.result == REACHED, t.attempts.c.confirmed, t.attempts.c.call_sid.is_(None))
    )
    return frozenset(
        number
        for row in conn.execute(asked).all()
        if (number := _number_at(conn, row.complaint_id, row.at)) is not None
    )


def _number_at(conn: Connection, complaint_id: int, at: datetime) -> str | None:
    """The number that was left with the complaint at that time, unless another has been left since."""
    of = (t.facts.c.complaint_id == complaint_id, t.facts.c.field == "phone", t.facts.c.at <= at)
    left = select(t.facts.c.value).where(*of, t.facts.c.replaced_by.is_(None))
    found = conn.execute(left.limit(1)).scalar()
    return found if isinstance(found, str) else None


def _texts(values: Iterable[Any]) -> frozenset[str]:
    return frozenset(value for value in values if isinstance(value, str) and value)


def _references(known: Sequence[Row[Any, Any]], kind: str) -> frozenset[str]:
    """A fact whose value has another shape names nothing."""
    told = [row.value for row in known if row.field == "reference" and isinstance(row.value, dict)]
    return _texts(value.get("value") for value in told if value.get("kind") == kind)
