"""Times agreed with customers that are near, as the first page reminds of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.door import content
from desk.shown import SHAPES, marks, number, one_line
from reception import visits
from store import sight


@dataclass(frozen=True)
class Visit:
    """A time agreed with a customer that is near. `id`: this visit at this time; `owner`: who answers for it,
    where that is not the reader."""

    id: str
    number: str
    shown: str
    tier: int
    shape: str
    start: str
    end: str
    person: str
    place: str
    owner: str


def visits_for(conn: Any, me: int, people: dict[int, str], gone: frozenset[int], at: datetime) -> list[Visit]:
    """Agreed times that are near, for whoever answers for them; for everybody where nobody does, or where
    they are not here. As the rows stand: one that was moved or is done is shown no more."""
    kept_out = sight.recused(conn, me)
    found = [row for row in visits.near(conn, content(), at) if row.complaint_id not in kept_out]
    mine = [row for row in found if row.owner_id in (None, me) or row.owner_id in gone]
    return [_visit(row, people, me) for row in mine]


def _visit(row: Any, people: dict[int, str], me: int) -> Visit:
    agreed = row.appointment
    owner = people.get(row.owner_id, "") if row.owner_id != me else ""
    who, where = (marks(one_line(agreed.get(name) or "", 40)) for name in ("person", "place"))
    about = (row.number, number(row.number), row.tier, SHAPES[row.tier])
    return Visit(
        f"{row.id}:{agreed['day']}T{agreed['from']}", *about, agreed["from"], agreed["to"], who, where, owner
    )
