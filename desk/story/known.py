"""What is known of a complaint, each fact with its source and what it replaced."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from core import intake
from core.roles import PHONE
from desk.door import allowed
from desk.shown import Show, marks, phone
from store import facts

UNSPOKEN = frozenset({"story", "read_back", "phone_confirmed", "unsure"})


@dataclass(frozen=True)
class Fact:
    """One thing known: its value (None: taken out), its lines in words, how we know, and what stood there
    before, the newest first."""

    field: str
    value: Any
    lines: list[str]
    by: str
    when: str
    exactly: str
    message: int | None
    who: str
    before: list[Fact]


def facts_of(conn: Any, complaint_id: int, words: Show, people: dict[int, str]) -> list[Fact]:
    """Every field of which anything was ever known, in the order in which it first was."""
    fields: dict[str, list[Any]] = {}
    for row in facts.history(conn, complaint_id):
        fields.setdefault(row.field, []).append(row)
    return [_fact(rows, words, people) for rows in fields.values()]


def _fact(rows: list[Any], words: Show, people: dict[int, str]) -> Fact:
    *older, row = rows
    return Fact(
        field=row.field,
        value=row.value,
        lines=[marks(line) for line in _lines(words, row)],
        by=row.by,
        when=words.when(row.at),
        exactly=words.exactly(row.at),
        message=row.message_id,
        who=people.get(row.user_id, ""),
        before=[_fact([one], words, people) for one in reversed(older)],
    )


def _lines(words: Show, row: Any) -> list[str]:
    if row.value is None:
        return [words.content.page("record.taken_out")]
    if row.field == "phone":
        return [phone(row.value, allowed(PHONE))]
    lines = words.fact(row.field, row.value)
    return [words.content.page("desk.joiner").join(lines)] if row.field == "issues" else lines


def not_again(known: list[Fact], callback: dict[str, str] | None) -> list[Fact]:
    """What the customer has told us in any channel, so that nobody asks for it."""
    told = [fact for fact in known if fact.field not in UNSPOKEN]
    if callback and all(fact.field != "phone" for fact in told):
        told.append(Fact("phone", "", [callback["shown"]], callback["by"], "", "", None, "", []))
    return told


def still_missing(standing: frozenset[str], callback: dict[str, str] | None) -> list[str]:
    """Questions without an answer. A number that we can ring is not asked for."""
    have = standing | ({intake.PHONE} if callback else set())
    return [question for question in intake.QUESTIONS[1:] if question not in have]


def callback_of(customer: dict[str, Any]) -> dict[str, str] | None:
    """The number to ring; only its ends for a role that may not see it."""
    if not customer["phone"]:
        return None
    full = allowed(PHONE)
    dial = re.sub(r"[^+\d]", "", customer["phone"]) if full else ""
    return {"shown": marks(phone(customer["phone"], full)), "dial": dial, "by": customer["phone_by"]}
