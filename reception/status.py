"""Status by number and the phone's last four digits: the same answer for a wrong one and an unknown one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from core import number
from core.complaint import OPEN_STATES
from core.text import fold
from reception.content import Content
from reception.slots import said_due
from store import complaints, customers, facts, limits, users
from store import promises as promise_rows
from store.db import Connection, Row

PHONE = "phone"
TRIES = 5
AN_HOUR = timedelta(hours=1)
TRIES_PER_HOUR = 10
TRIES_OF_SOURCE = 30
"""In an hour. Behind one address of a mobile network are many customers; a number has its own limit."""
NOBODY = (0, 0)
"""The ids of no complaint and no customer."""


@dataclass(frozen=True)
class Found:
    """The outcome of one look-up: reply names to try in order, and the complaint if both parts fit.

    number: a well-formed number that still lacks its four digits.
    """

    replies: tuple[str, ...]
    complaint: int | None = None
    too_many: bool = False
    number: str = ""


def meant(conn: Connection, conversation: Row[Any]) -> Row[Any] | None:
    """The complaint that is asked for when none is named: the conversation's own, once it has a number, else
    the newest open one of the same person. Not by telephone: who calls need not be whose number it is."""
    own = conversation.complaint_id
    if own is not None and (row := complaints.get(conn, own)).registered_at is not None:
        return row
    mine = complaints.of_customer(conn, conversation.customer_id) if conversation.channel != PHONE else ()
    return next((row for row in mine if row.registered_at and row.state in OPEN_STATES), None)


class Lookup:
    """Looks complaints up for customers. It tells state, owner and next time, never the story."""

    def __init__(self, content: Content) -> None:
        self._content = content

    def find(self, conn: Connection, conversation: Row[Any], words: str, now: datetime) -> Found:
        """Read number and digits from the words and look them up; tries are counted in the store."""
        folded = fold(words, self._content.vocabulary.simplify)
        given = number.parse_status(folded)
        alone = number.parse(folded)
        if alone is not None and self._is_own(conn, conversation, alone):
            given = (alone, "")
        own = meant(conn, conversation)
        if given is None and not number.candidates(folded) and own is not None:
            return self._told(own)
        if given is None and alone is not None:
            return Found(("utter_status_tail",), number=alone)
        if given is None:
            wrong = [run for run in number.candidates(folded) if not number.valid(run)]
            return Found(("utter_unknown_number",) if wrong else ("utter_status_ask",))
        if not number.valid(given[0]):
            return Found(("utter_unknown_number",))
        if self._tries(conn, conversation, given[0], now) > TRIES:
            return Found((), too_many=True)
        return self._counted(conn, given[0], self._answer(conn, conversation, *given), now)

    def slots(self, conn: Connection, found: Found, channel: str, now: datetime) -> Mapping[str, str]:
        """Number, state, owner and next time of the complaint that was found."""
        if found.complaint is None:
            return {}
        row = complaints.get(conn, found.complaint)
        ear = channel == "phone"
        slots = {
            "number": number.spoken(row.number) if ear else number.shown(row.number),
            "state": self._content.label("states_said", row.state),
            "owner": users.names(conn).get(row.owner_id, ""),
            "due": "",
        }
        promise = promise_rows.open_of(conn, row.id)
        if promise is not None:
            slots["due"] = said_due(self._content, promise.due_at, now, channel)
        return slots

    def unlock(self, conn: Connection, wanted: str, digits: str, source: str, now: datetime) -> Found:
        """The complaint of this number, for who also knows the phone's last four digits. `source`: where the
        request comes from; tries that fail count for it and for the number. Those that succeed do not: one
        address may be that of a whole mobile network. An unknown number costs the same reads as a wrong one,
        and has the same answer."""
        here = f"status:source:{source}"
        if limits.count(conn, here, now, AN_HOUR) >= TRIES_OF_SOURCE or self._is_worn(conn, wanted, now):
            return Found((), too_many=True)
        row = complaints.by_number(conn, wanted)
        tails = self._tails(conn, *(NOBODY if row is None else (row.id, row.customer_id)))
        known = row is not None and row.registered_at is not None and digits in tails
        if row is None or not known:
            limits.hit(conn, here, now, AN_HOUR)
        return self._counted(conn, wanted, Found((), row.id if row is not None and known else None), now)

    def _tries(self, conn: Connection, conversation: Row[Any], wanted: str, now: datetime) -> int:
        here = limits.hit(conn, f"status:customer:{conversation.customer_id}", now, AN_HOUR)
        return TRIES + 1 if self._is_worn(conn, wanted, now) else here

    def _is_worn(self, conn: Connection, wanted: str, now: datetime) -> bool:
        return limits.count(conn, f"status:number:{wanted}", now, AN_HOUR) >= TRIES_PER_HOUR

    def _counted(self, conn: Connection, wanted: str, found: Found, now: datetime) -> Found:
        """What was found; a failure counts for the number. A customer who looks often locks nobody out."""
        if found.complaint is None:
            limits.hit(conn, f"status:number:{wanted}", now, AN_HOUR)
        return found

    def _is_own(self, conn: Connection, conversation: Row[Any], wanted: str) -> bool:
        row = complaints.by_number(conn, wanted)
        return row is not None and row.id == conversation.complaint_id

    def _answer(self, conn: Connection, conversation: Row[Any], wanted: str, digits: str) -> Found:
        row = complaints.by_number(conn, wanted)
        if row is None or row.registered_at is None:
            return Found(("utter_no_match",))
        if row.id != conversation.complaint_id and digits not in self._tails(conn, row.id, row.customer_id):
            return Found(("utter_no_match",))
        return self._told(row)

    def _told(self, row: Row[Any]) -> Found:
        replies = ("utter_status", "utter_status_no_owner", "utter_status_plain")
        return Found(("utter_status_done",) if row.state in ("closed", "withdrawn") else replies, row.id)

    def _tails(self, conn: Connection, complaint_id: int, customer_id: int) -> set[str]:
        phone = facts.current(conn, complaint_id).get("phone")
        known = {
            phone.value if phone is not None else "",
            customers.identity(conn, customer_id, "phone") or "",
        }
        return {number.tail(value) for value in known if value} - {""}
