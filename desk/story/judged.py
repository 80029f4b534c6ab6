"""Why it stands as it does: the mood from message to message, the flags, and who must keep out."""

from __future__ import annotations

from typing import Any

from core import emotion
from core.roles import LOWER
from desk.door import allowed, house, user
from desk.shown import Show, marks
from desk.story.moods import course
from reception.correcting import FLAGS
from store import complaints, messages, recusals, users

LOSS = "claimed_loss"
COUNTED = frozenset({LOSS, "third_contact", "anger"})
"""Rules whose words are a count (core/tiers.by_counts)."""


def judged(conn: Any, row: Any, words: Show, people: dict[int, str]) -> dict[str, Any]:
    """What the page shows of it."""
    signals = complaints.all_signals(conn, row.id)
    heard = [message for message in messages.of_complaint(conn, row.id) if message.author == "customer"]
    felt = [signal for signal in signals if signal.kind == "mood"]
    flags = {signal.code for signal in signals if signal.kind == "flag" and signal.ended_at is None}
    ended = [signal for signal in signals if signal.kind == "flag" and signal.ended_at is not None]
    return {
        "moods": course(heard, felt, words, people),
        "mood_names": emotion.NAMES[::-1],
        "free_flags": [flag for flag in FLAGS if flag not in flags],
        "ended_flags": [{**one._mapping, "who": people.get(one.ended_by, "")} for one in ended],
        "departments": list(house().content.work.departments),
        "recused": _recused(conn, row, people),
        "may_recuse": _may_recuse(conn),
    }


def decided(tier: dict[str, Any], losses: list[dict[str, Any]] | None) -> list[str]:
    """The customer's words that set the tier: a sum as it was said, and no bare count."""
    words: list[str] = tier["words"]
    if tier["rule"] not in COUNTED:
        return words
    return [loss["words"] for loss in losses or [] if tier["rule"] == LOSS and str(loss["amount"]) in words]


def _recused(conn: Any, row: Any, people: dict[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.recused_id,
            "name": people.get(one.recused_id, ""),
            "reason": one.reason,
            "by": people.get(one.user_id, ""),
            "at": one.at,
        }
        for one in recusals.of_complaint(conn, row.id)
    ]


def _may_recuse(conn: Any) -> list[tuple[int, str]]:
    """Oneself, and for a lead everybody."""
    everybody = [(one.id, marks(one.public_name)) for one in users.everybody(conn)]
    mine = [one for one in everybody if one[0] == user().id]
    return [*mine, *(one for one in everybody if one[0] != user().id)] if allowed(LOWER) else mine
