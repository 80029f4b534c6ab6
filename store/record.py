"""The complaint record as one whole. Pure reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from core import case
from store import (
    complaints,
    customers,
    facts,
    files,
    handoffs,
    joins,
    messages,
    promises,
    users,
    wechat_media,
    work_record,
)
from store import schema as t


def whole(conn: Connection, complaint_id: int) -> dict[str, Any]:
    """Everything of one complaint as JSON-able values; instants are ISO 8601 in UTC.

    This is what the back office is sent, so it holds no provider's ids, no cookie, no openid and no
    agents' notes. What nobody has told yet is None or an empty list.
    """
    row = complaints.get(conn, complaint_id)
    known = facts.current(conn, complaint_id)
    people = users.names(conn)
    signals = complaints.signals_of(conn, complaint_id)
    return {
        **_head(row),
        "customer": _customer(conn, row, known),
        "words": _words(conn, complaint_id, people),
        **_claim(known),
        "evidence": [_evidence(file, people) for file in files.of_complaint(conn, complaint_id)],
        "mood": {"mood": row.mood, "level": row.mood_level, "words": _words_for(signals, "mood", row.mood)},
        "flags": [_flag(signal) for signal in signals if signal.kind == "flag"],
        "tier": _tier(row, signals),
        "department": row.department,
        "owner": _owner(row, people),
        "promises": [_promise(promise) for promise in promises.of_complaint(conn, complaint_id)],
        "handoffs": [_handoff(handoff, people) for handoff in handoffs.of_complaint(conn, complaint_id)],
        "links": _links(conn, complaint_id),
        **work_record.work(conn, complaint_id, people),
        "facts": {field: _fact(fact) for field, fact in known.items()},
        "sequence": row.sequence,
    }


def _head(row: Row[Any]) -> dict[str, Any]:
    plain = ("number", "kind", "state", "channel", "source", "reopened", "outcome")
    moments = ("opened_at", "registered_at", "closed_at")
    return {
        **{name: getattr(row, name) for name in plain},
        **{name: _iso(getattr(row, name)) for name in moments},
    }


def _customer(conn: Connection, row: Row[Any], known: Mapping[str, Row[Any]]) -> dict[str, Any]:
    phone, by = _phone(conn, row, known)
    return {
        "id": row.customer_id,
        "name": _value(known, "name"),
        "phone": phone,
        "phone_by": by,
        "contact_choice": _value(known, "contact_choice"),
    }


def number_of(conn: Connection, complaint_id: int) -> str | None:
    """The number to ring for this complaint, if any is known."""
    return _phone(conn, complaints.get(conn, complaint_id), facts.current(conn, complaint_id))[0]


def _phone(conn: Connection, row: Row[Any], known: Mapping[str, Row[Any]]) -> tuple[str | None, str | None]:
    """The number to ring and how we know it: said here, shown by the call, from an earlier complaint,
    or, when it is one only, that of the same person's calls."""
    if "phone" in known:
        return known["phone"].value, known["phone"].by
    called = customers.identity(conn, row.customer_id, "phone")
    if called is not None:
        return called, "caller_id"
    mine = select(t.complaints.c.id).where(t.complaints.c.customer_id == row.customer_id)
    said = select(t.facts.c.value).where(
        t.facts.c.complaint_id.in_(mine), t.facts.c.field == "phone", t.facts.c.replaced_by.is_(None)
    )
    earlier = conn.execute(said.order_by(t.facts.c.id.desc()).limit(1)).scalar()
    if earlier:
        return earlier, "earlier"
    rang = {number for one in joins.everyone(conn, row.customer_id) for number in joins.called(conn, one)}
    return (rang.pop(), "joined") if len(rang) == 1 else (None, None)


def _words(conn: Connection, complaint_id: int, people: Mapping[int, str]) -> list[dict[str, Any]]:
    """What was said. A voice whose words were heard stands where they do, and not a second time without."""
    spoken = wechat_media.put_into_words(conn, complaint_id)
    return [
        {
            "id": row.id,
            "author": row.author,
            "name": people.get(row.agent_id) if row.agent_id else None,
            "words": row.words,
            "at": _iso(row.at),
            "taken_back_at": _iso(row.taken_back_at),
            "source": case.source_of(row.provider_key) or None,
        }
        for row in messages.of_complaint(conn, complaint_id)
        if row.id not in spoken
    ]


def _claim(known: Mapping[str, Row[Any]]) -> dict[str, Any]:
    return {
        "story": _value(known, "story"),
        "category": _value(known, "category"),
        "issues": _value(known, "issues") or [],
        "core_issue": _value(known, "core_issue"),
        "happened": _value(known, "happened"),
        "reference": _value(known, "reference"),
        "loss_claimed": _value(known, "loss_claimed") or [],
        "wanted": _value(known, "wanted"),
    }


def _value(known: Mapping[str, Row[Any]], field: str) -> Any:
    return known[field].value if field in known else None


def _evidence(file: Row[Any], people: Mapping[int, str]) -> dict[str, Any]:
    about = {name: getattr(file, name) for name in ("kind", "name", "type", "size", "sha256")}
    source = {"message": file.message_id, "by": people.get(file.user_id) if file.user_id else None}
    return {"file": file.id, **source, "received_at": _iso(file.received_at), **about}


def _flag(signal: Row[Any]) -> dict[str, Any]:
    return {"flag": signal.code, **_why(signal)}


def _why(signal: Row[Any]) -> dict[str, Any]:
    about = {"rule": signal.rule, "words": signal.words, "by": signal.by}
    return {**about, "message": signal.message_id, "at": _iso(signal.at)}


def _tier(row: Row[Any], signals: Sequence[Row[Any]]) -> dict[str, Any]:
    """The tier with the newest signal that set it; tier 1 has none, since everything starts there."""
    setters = [signal for signal in signals if signal.kind == "tier" and signal.level == row.tier]
    why = _why(setters[-1]) if setters else {"rule": "", "words": [], "by": "", "message": None, "at": None}
    return {"level": row.tier, **why}


def _words_for(signals: Sequence[Row[Any]], kind: str, code: str) -> list[str]:
    return next((list(s.words) for s in reversed(signals) if s.kind == kind and s.code == code), [])


def _owner(row: Row[Any], people: Mapping[int, str]) -> dict[str, Any] | None:
    if row.owner_id is None:
        return None
    return {"user": row.owner_id, "name": people.get(row.owner_id), "taken_at": _iso(row.taken_at)}


def _promise(row: Row[Any]) -> dict[str, Any]:
    fields = ("id", "kind", "calendar", "provisional", "state", "renews")
    plain = {name: getattr(row, name) for name in fields}
    moments = ("made_at", "due_at", "warned_at", "told_at", "missed_at", "kept_at")
    return {**plain, **{name: _iso(getattr(row, name)) for name in moments}}


def _handoff(row: Row[Any], people: Mapping[int, str]) -> dict[str, Any]:
    return {
        "id": row.id,
        "reason": row.reason,
        "asked_at": _iso(row.asked_at),
        "tried": [people.get(id, "") for id in row.tried],
        "agent": people.get(row.agent_id) if row.agent_id else None,
        "accepted_at": _iso(row.accepted_at),
        "human_first_word_at": _iso(row.first_word_at),
        "ended_at": _iso(row.ended_at),
        "outcome": row.outcome,
    }


def _links(conn: Connection, complaint_id: int) -> list[dict[str, Any]]:
    return [
        {"number": row.number, "link": row.link, "state": row.state, "opened_at": _iso(row.opened_at)}
        for row in complaints.linked(conn, complaint_id)
    ]


def _fact(row: Row[Any]) -> dict[str, Any]:
    return {"value": row.value, "by": row.by, "at": _iso(row.at), "message": row.message_id}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def conversations_of(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """The conversations in which this complaint was spoken of, oldest first."""
    spoken = select(t.messages.c.conversation_id).where(t.messages.c.complaint_id == complaint_id)
    table = t.conversations
    query = select(table).where((table.c.complaint_id == complaint_id) | table.c.id.in_(spoken))
    return conn.execute(query.order_by(table.c.started_at)).all()


def of_same_customer(conn: Connection, complaint_id: int) -> Sequence[Row[Any]]:
    """The other complaints of the same customer, from all doors, newest first."""
    row = complaints.get(conn, complaint_id)
    return [other for other in complaints.of_customer(conn, row.customer_id) if other.id != complaint_id]
