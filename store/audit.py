"""The chain of hashes over the events, and the trail as an auditor reads it."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, func, or_, select, update

from core.audit import ADDED, FIRST, Fault, Link, event_hash, link, verify
from store import schema as t
from store.schema import audit as table

SAID = ("id", "name", "at", "complaint_id", "conversation_id", "user_id", "sequence", "data", "salt")
SALT = update(t.events).where(t.events.c.id == bindparam("event")).values(salt=bindparam("drawn"))
WALK = 1000


def head(conn: Connection) -> Link | None:
    """The newest link."""
    row = conn.execute(select(table).order_by(table.c.seq.desc()).limit(1)).one_or_none()
    return None if row is None else _link(row)


def seal(conn: Connection, draw: Callable[[], str], limit: int) -> int:
    """Link the oldest events that are not in the chain yet; returns how many. `draw` makes a salt.

    Events never appear before one that is linked already: writers of SQLite take turns, so ids are
    committed in order.
    """
    last = head(conn)
    salted = [_event(row) | {"salt": draw()} for row in _unsealed(conn, last, limit)]
    if not salted:
        return 0
    links: list[Link] = []
    for event in salted:
        before = links[-1] if links else last
        seq, prev = (before.seq + 1, before.hash) if before else (1, FIRST)
        links.append(link(seq, event["id"], event_hash(written(event)), prev))
    conn.execute(SALT, [{"event": event["id"], "drawn": event["salt"]} for event in salted])
    conn.execute(table.insert(), [vars(each) for each in links])
    return len(links)


def _unsealed(conn: Connection, last: Link | None, limit: int) -> Sequence[Row[Any]]:
    query = select(t.events).where(t.events.c.id > (last.event_id if last else 0))
    return conn.execute(query.order_by(t.events.c.id).limit(limit)).all()


def waiting_since(conn: Connection) -> datetime | None:
    """When the oldest event was written that is not in the chain yet."""
    rows = _unsealed(conn, head(conn), 1)
    return rows[0].at if rows else None


def chain(conn: Connection) -> Iterator[tuple[Link, str | None]]:
    """Every link with its event as it stands now, written out, or None when that is gone. Reads a thousand
    rows at a time."""
    columns = [t.events.c[name].label(f"e_{name}") for name in SAID]
    query = select(table, *columns).outerjoin(t.events, t.events.c.id == table.c.event_id)
    done = 0
    while rows := conn.execute(query.where(table.c.seq > done).order_by(table.c.seq).limit(WALK)).all():
        for row in rows:
            event = {name: getattr(row, f"e_{name}") for name in SAID}
            yield _link(row), written(event) if event["id"] is not None else None
        done = rows[-1].seq


def added(conn: Connection) -> int | None:
    """An event older than the head that is in no link: somebody wrote it past us. The first one's id."""
    last = head(conn)
    if last is None:
        return None
    query = (
        select(func.min(t.events.c.id))
        .outerjoin(table, table.c.event_id == t.events.c.id)
        .where(t.events.c.id < last.event_id, table.c.seq.is_(None))
    )
    return conn.execute(query).scalar()


def examine(conn: Connection, anchors: Mapping[int, str]) -> tuple[int, Fault | None]:
    """How many links are sound, and the first thing wrong or None. `anchors`: `core.audit.noted`."""
    sound, fault = verify(chain(conn), anchors)
    extra = added(conn) if fault is None else None
    return sound, fault if extra is None else Fault(ADDED, extra)


def _link(row: Row[Any]) -> Link:
    return Link(row.seq, row.event_id, row.event_hash, row.prev, row.hash)


def written(event: Mapping[str, Any]) -> str:
    """An event written out, always in the same way: JSON in ASCII, sorted by name, without spaces, instants
    in ISO 8601 with their offset."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), default=datetime.isoformat)


def _event(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in SAID}


# ---- The trail as an auditor reads it


@dataclass(frozen=True)
class Wanted:
    """Which entries: of these events, by this person, about this complaint, from then until before then,
    older than the cursor. None: whichever."""

    names: Collection[str]
    user_id: int | None = None
    complaint_id: int | None = None
    start: datetime | None = None
    end: datetime | None = None
    before: int | None = None


def trail(conn: Connection, wanted: Wanted, limit: int) -> list[Row[Any]]:
    """Entries, the newest first, each with the name of who did it and the number of the complaint.

    Each kind of event is read by itself and the results are merged: so the index on the name gives the newest
    at once, however rare a kind is among all events.
    """
    about = func.coalesce(t.events.c.complaint_id, t.events.c.data["complaint"].as_integer())
    query = (
        select(t.events, t.complaints.c.number, t.users.c.public_name)
        .outerjoin(t.complaints, t.complaints.c.id == about)
        .outerjoin(t.users, t.users.c.id == t.events.c.user_id)
        .where(*_conditions(wanted, about))
        .order_by(t.events.c.id.desc())
        .limit(limit)
    )
    each = [conn.execute(query.where(t.events.c.name == name)).all() for name in sorted(wanted.names)]
    return list(islice(heapq.merge(*each, key=lambda row: -int(row.id)), limit))


def _among_found(complaint_id: int) -> ColumnElement[bool]:
    """Entries of searches that found this complaint among others."""
    found = func.json_each(t.events.c.data, "$.complaints").table_valued("value")
    return select(found.c.value).where(found.c.value == complaint_id).exists()


def _conditions(wanted: Wanted, about: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    made: list[ColumnElement[bool]] = []
    if wanted.user_id is not None:
        made.append(t.events.c.user_id == wanted.user_id)
    if wanted.complaint_id is not None:
        made.append(or_(about == wanted.complaint_id, _among_found(wanted.complaint_id)))
    if wanted.start is not None:
        made.append(t.events.c.at >= wanted.start)
    if wanted.end is not None:
        made.append(t.events.c.at < wanted.end)
    if wanted.before is not None:
        made.append(t.events.c.id < wanted.before)
    return made
