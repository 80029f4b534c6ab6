"""When two customers are one person: what proves it, what only suggests it, and who belongs together.

A join is an edge between two customers; who is one person is read from the edges, and no row changes its
customer. Why these proofs and no others: docs/decisions/when-two-customers-are-one.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

MOBILE = re.compile(r"\+861[3-9]\d{9}")
"""A mobile number of the mainland; +86 10 is Beijing's landlines."""
MOST_CUSTOMERS = 4
"""More customers than this with one number, who are not joined yet: it is an office's or a family's."""

BY_CALL = "call"
BY_ORDER = "order"
BY_NUMBER = "number"
BY_ASKING = "asked"
"""A call to the number, which the customer says has reached them; the same order, with the same mobile number
or name; the complaint's number, said from the telephone that was left with it; a person at the desk asked."""

SIGNS = ("order", "phone", "parcel")
"""What may suggest one person to somebody who can ask, the strongest first."""

Pair = frozenset[int]


@dataclass(frozen=True)
class Edge:
    """A join in force. A larger `id` is a later one."""

    id: int
    one: int
    other: int

    @property
    def pair(self) -> Pair:
        return frozenset((self.one, self.other))


@dataclass(frozen=True)
class Contact:
    """What one customer has shown. `called`: numbers (E.164) that rang us; `said`: numbers that they left;
    `reached`: of these, the ones at which they say that we reached them. `parcels`: waybills, which anybody
    can read who holds the box."""

    customer: int
    called: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()
    reached: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    parcels: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def phones(self) -> frozenset[str]:
        return self.called | self.said


# ---- What proves it


def personal(phone: str, customers: int, names: Collection[str]) -> bool:
    """Whether a number (E.164) is likely one person's: a mobile one of the mainland, with few customers and
    not two names to it. A landline is a household's or an office's."""
    return MOBILE.fullmatch(phone) is not None and customers <= MOST_CUSTOMERS and len(set(names)) <= 1


def proof(one: Contact, other: Contact, shared: Collection[str]) -> str:
    """What proves by itself that they are one person, or "". `shared`: numbers that are not personal."""
    if one.names and other.names and not one.names & other.names:
        return ""
    own = (one.phones & other.phones) - frozenset(shared)
    reached = (one.reached & (other.reached | other.called)) | (other.reached & (one.reached | one.called))
    if reached & own:
        return BY_CALL
    if one.orders & other.orders and (own or one.names & other.names):
        return BY_ORDER
    return ""


def said_from(caller: str | None, left: str | None, shared: Collection[str]) -> bool:
    """Whether a complaint's number, said in a call from this number, proves its customer: only from the one
    that was left with the complaint, and only when it is personal. Who knows the number was told it, and
    who left it or was rung by it holds the telephone."""
    return caller is not None and caller == left and caller not in shared


def signs(one: Contact, other: Contact, shared: Collection[str]) -> tuple[str, ...]:
    """What speaks for one person, of SIGNS; a number that many use speaks for nobody."""
    found = {
        "order": bool(one.orders & other.orders),
        "phone": bool((one.phones & other.phones) - frozenset(shared)),
        "parcel": bool(one.parcels & other.parcels),
    }
    return tuple(sign for sign in SIGNS if found[sign])


# ---- Who belongs together


def together(customer: int, edges: Iterable[Edge]) -> frozenset[int]:
    """The customer and everybody who is the same person, through any number of joins."""
    known, left = {customer}, list(edges)
    while touching := [edge for edge in left if edge.pair & known]:
        left = [edge for edge in left if not edge.pair & known]
        known |= frozenset().union(*(edge.pair for edge in touching))
    return frozenset(known)


def parting(one: int, other: int, edges: Collection[Edge]) -> tuple[int, ...]:
    """The joins to undo so that these two are no longer one person: the one between them, then, while there
    is still a way from one to the other, the latest join on it. Every other join stands."""
    left = {edge.id: edge for edge in edges}
    undone: list[int] = []
    while way := _way(one, other, left.values()):
        direct = [edge for edge in way if edge.pair == {one, other}]
        last = max(direct or way, key=lambda edge: edge.id)
        undone.append(left.pop(last.id).id)
    return tuple(undone)


def _way(start: int, end: int, edges: Iterable[Edge]) -> list[Edge]:
    """A shortest way between two customers; empty when there is none."""
    ways: dict[int, list[Edge]] = {start: []}
    ahead, given = [start], sorted(edges, key=lambda edge: edge.id)
    while ahead and end not in ways:
        here = ahead.pop(0)
        for edge in given:
            if here in edge.pair and edge.pair - ways.keys():
                (there,) = edge.pair - {here}
                ways[there] = [*ways[here], edge]
                ahead.append(there)
    return ways.get(end, []) if start != end else []


def contradicts(one: int, other: int, edges: Collection[Edge], apart: Collection[Pair]) -> frozenset[Pair]:
    """Which pairs that somebody has said are not one person would become one by joining these two."""
    mine, theirs = together(one, edges), together(other, edges)
    if mine == theirs:
        return frozenset()
    return frozenset(pair for pair in apart if pair & mine and pair & theirs)
