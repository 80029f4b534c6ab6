"""Joining customers who are one person: by itself on proof, else when a person at the desk has asked.

What counts is decided in `core.joining`. Each join and each undoing is one transaction with its event.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from core import complaint as states
from core import events as names
from core import joining as rules
from reception import repeats
from reception.acting import Refused
from store import complaints, customers, events, facts, joins
from store.db import Connection, Database, Row

PROVING = ("phone", "reference", "name")
"""Facts of which a join may follow."""
ITSELF = "rule"
"""By whom a join was made that no person made, as facts and signals name it."""
ENDED = (states.CLOSED, states.WITHDRAWN)


def prove(conn: Connection, complaint_id: int, at: datetime) -> None:
    """Join the customer of this complaint with whoever is proved to be the same person by now."""
    one = joins.own_contact(conn, complaints.get(conn, complaint_id).customer_id)
    shared = joins.shared(conn, one.phones)
    for other in joins.like(conn, one, shared):
        if found := rules.proof(one, joins.contact(conn, other), shared):
            _by_itself(conn, complaint_id, other, found, at)


def prove_by_number(conn: Connection, talk: Row[Any], complaint_id: int, at: datetime) -> None:
    """A complaint was asked for in this conversation by its number and last four digits, and found. That
    proves its customer only in a call from the telephone that was left with it."""
    row = complaints.get(conn, complaint_id)
    caller = customers.identity(conn, talk.customer_id, "phone") if talk.channel == "phone" else None
    if caller is None or talk.complaint_id is None or row.customer_id == talk.customer_id:
        return
    if rules.said_from(caller, facts.value(conn, row.id, "phone"), joins.shared(conn, (caller,))):
        _by_itself(conn, talk.complaint_id, row.customer_id, rules.BY_NUMBER, at)


def _by_itself(conn: Connection, complaint_id: int, other: int, proof: str, at: datetime) -> None:
    """Join on proof, unless somebody has said that two of those concerned are not one person."""
    one = complaints.get(conn, complaint_id).customer_id
    if not _against(conn, one, other):
        _join(conn, complaint_id, other, proof, at)


def _against(conn: Connection, one: int, other: int) -> frozenset[rules.Pair]:
    edges = joins.edges(conn, (one, other))
    concerned = rules.together(one, edges) | rules.together(other, edges)
    return rules.contradicts(one, other, edges, joins.apart(conn, concerned))


def _join(
    conn: Connection,
    complaint_id: int,
    other: int,
    proof: str,
    at: datetime,
    user_id: int | None = None,
    why: str = "",
) -> None:
    """Write the join with its event, and see which complaints are now of somebody who has come before."""
    one = complaints.get(conn, complaint_id).customer_id
    if other in joins.everyone(conn, one):
        return
    by = ITSELF if user_id is None else f"user:{user_id}"
    id = joins.add(conn, one, other, same=True, proof=proof, by=by, why=why, at=at)
    told = {"join": id, "customers": sorted((one, other)), "proof": proof}
    _event(conn, names.CUSTOMERS_JOINED, complaint_id, user_id, at, **told)
    for row in reversed(complaints.of_customer(conn, one)):
        if row.state not in ENDED:
            repeats.link_known(conn, row.id, at)


def suggested(
    conn: Connection, customer: int, reader: Row[Any] | None = None, most: int = joins.MOST_LOOKED_AT
) -> dict[int, tuple[str, ...]]:
    """Who may be the same person, with the signs of it, for somebody who can ask. Nobody of whom it was said
    that they are not. `reader`: only customers of whom this person (a row of users) may see a complaint."""
    one = joins.own_contact(conn, customer)
    shared, joined = joins.shared(conn, one.phones), joins.everyone(conn, customer)
    others = [other for other in joins.like(conn, one, shared) if other not in joined]
    seen = others if reader is None else joins.newest(conn, others, reader)
    return dict(islice(_signed(conn, one, [other for other in others if other in seen], shared), most))


def _signed(
    conn: Connection, one: rules.Contact, others: Iterable[int], shared: Collection[str]
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Those of the others who may be this customer, with the signs; read one by one, as far as asked for."""
    for other in others:
        signs = rules.signs(one, joins.contact(conn, other), shared)
        if signs and not _against(conn, one.customer, other):
            yield other, signs


@dataclass(frozen=True)
class Joining:
    """What people at the desk say of two customers. They have asked; that they may see both complaints is
    for the desk to check. Raises Refused."""

    db: Database

    def same(self, user_id: int, complaint_id: int, other_id: int, why: str, at: datetime) -> None:
        """The customers of these two complaints are one person. Somebody's no to just these two is taken
        back by it; a no that stands elsewhere between those concerned is not."""
        with self.db.writing() as conn:
            one, other = _customers(conn, complaint_id, other_id)
            if _against(conn, one, other) - {frozenset((one, other))}:
                raise Refused("not_one_person")
            before = joins.of_pair(conn, one, other)
            if before is not None and not before.same:
                joins.end(conn, (before.id,), user_id=user_id, why=why, at=at)
            _join(conn, complaint_id, other, rules.BY_ASKING, at, user_id, why)

    def different(self, user_id: int, complaint_id: int, other_id: int, why: str, at: datetime) -> None:
        """They are not one person: nothing suggests or joins them any more."""
        with self.db.writing() as conn:
            one, other = _customers(conn, complaint_id, other_id)
            if other in joins.everyone(conn, one):
                raise Refused("join_changed")
            if joins.of_pair(conn, one, other) is not None:
                return
            by, proof = f"user:{user_id}", rules.BY_ASKING
            id = joins.add(conn, one, other, same=False, proof=proof, by=by, why=why, at=at)
            told = {"join": id, "customers": sorted((one, other))}
            _event(conn, names.CUSTOMERS_TOLD_APART, complaint_id, user_id, at, **told)

    def undo(self, user_id: int, complaint_id: int, join_id: int, why: str, at: datetime) -> None:
        """The two of this join are not one person after all. What else led from one to the other is undone
        with it, and so are the links that were made between their complaints."""
        with self.db.writing() as conn:
            edges = joins.edges(conn, (complaints.get(conn, complaint_id).customer_id,))
            wrong = next((edge for edge in edges if edge.id == join_id), None)
            if wrong is None:
                raise Refused("join_changed")
            undone = rules.parting(wrong.one, wrong.other, edges)
            joins.end(conn, undone, user_id=user_id, why=why, at=at)
            left = [edge for edge in edges if edge.id not in undone]
            whose = frozenset().union(*(edge.pair for edge in edges))
            sides = list(dict.fromkeys(rules.together(one, left) for one in sorted(whose)))
            unlinked = joins.unlink(conn, sides)
            told = {"joins": list(undone), "customers": sorted(wrong.pair), "unlinked": list(unlinked)}
            _event(conn, names.CUSTOMERS_PARTED, complaint_id, user_id, at, **told, reason=why)
            for id in unlinked:
                repeats.unflag(conn, id, user_id, why, at)


def _customers(conn: Connection, complaint_id: int, other_id: int) -> tuple[int, int]:
    one, other = (complaints.get(conn, id).customer_id for id in (complaint_id, other_id))
    if one == other:
        raise Refused("join_changed")
    return one, other


def _event(
    conn: Connection, name: str, complaint_id: int, user_id: int | None, at: datetime, **told: Any
) -> None:
    events.append(conn, name, at, complaint_id=complaint_id, user_id=user_id, **told)
