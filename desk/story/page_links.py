"""The links to a customer's own page: where one reached somebody else, all made so far are withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.roles import HANDLE
from desk.door import blueprint, house, needs, now, user
from desk.forms import done, row_of, typed
from desk.queue import names
from store import case_links
from store.db import Connection


@dataclass(frozen=True)
class Withdrawal:
    """When the links were withdrawn last, by whom and why."""

    at: datetime
    by: str
    reason: str


def withdrawal_of(conn: Connection, complaint_id: int) -> Withdrawal | None:
    """The newest withdrawal, None when there was none."""
    row = case_links.last(conn, complaint_id)
    return Withdrawal(row.at, names(conn).get(row.user_id, ""), row.reason) if row is not None else None


@blueprint.post("/complaints/<number>/end-links")
@needs(HANDLE)
def end_links(number: str) -> Any:
    """No link that was made so far opens the customer's page any more; new ones do."""
    row, why = row_of(number), typed("reason")
    return done(number, lambda: house().handling.end_links(user().id, row.id, why, now()), "acts")
