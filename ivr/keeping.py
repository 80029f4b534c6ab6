"""Keeping the answer of a turn, and where the call stands with it, in one transaction."""

from __future__ import annotations

from typing import Any

from core import events as names
from core.call import Place
from ivr.door import Phone, log, to_query
from ivr.ends import nobody_waits
from store import calls, conversations, events, handoffs


def keep(
    door: Phone,
    sid: str,
    number: int,
    document: str,
    place: Place,
    handoff: int | None,
    *,
    moved: bool = False,
) -> str:
    """Keep the answer of turn `number`. Who comes second gets what the first one said. When the caller has
    hung up meanwhile, nobody waits for a person any more. moved: the call has come where the desk sent it."""
    try:
        first, ended = _kept(door, sid, number, document, place, handoff, moved)
        if ended:
            nobody_waits(door, sid)
    except Exception as error:
        log.exception("an answer could not be kept: %s", type(error).__name__)
        return document
    return first


def _kept(
    door: Phone, sid: str, number: int, document: str, place: Place, handoff: int | None, moved: bool
) -> tuple[str, bool]:
    now, turn = door.house.clock(), str(number)
    with door.house.db.writing() as conn:
        known = calls.get(conn, sid)
        row = known or calls.start(conn, sid, place.node, now)
        first = calls.answer(conn, sid, turn)
        if first is not None:
            return first, False
        calls.keep_answer(conn, sid, turn, document, now)
        stands = _stands(door, place, number, row.counts or {})
        if row.conversation_id is None and conversations.get(conn, sid) is not None:
            stands["conversation_id"] = sid
        if moved:
            stands["moving_to"] = None
        calls.change(conn, sid, node=place.node, **stands)
        if handoff is not None:
            handoffs.change(conn, handoff, offered_at=now if place.ringing else None)
        if known is None and "conversation_id" in stands:
            events.append(conn, names.CALL_STARTED, now, conversation_id=sid)
    return document, row.ended_at is not None


def _stands(door: Phone, place: Place, number: int, counts: dict[str, Any]) -> dict[str, Any]:
    """Where the call goes on when it is taken out of this turn, and whose phones ring for it now.

    counts: "ringing" now, "rung" for this caller since the wish or the last turn in the waiting room.
    """
    resume = door.address("resumed", **to_query(place, number + 1))
    spoken = {"language": door.engine.speaking(place.language).language.name}
    if not place.ringing:
        return {**spoken, "resume": resume, "counts": {**counts, "ringing": []}}
    before = counts.get("rung", []) if place.rings > 1 else []
    rung = sorted({*before, *place.ringing})
    return {**spoken, "resume": resume, "counts": {"ringing": list(place.ringing), "rung": rung}}
