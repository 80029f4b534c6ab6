"""Reading where a conversation stands, in the form that core decides on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import categories, complaint, emotion, intake
from core.acts import PHOTO, VOICE, Situation
from reception import phones
from reception.content import Content
from reception.status import meant
from store import complaints, conversations, facts, files, messages, users, wechat_media
from store import promises as promise_rows
from store.db import Connection, Row
from store.wechat_media import HEARD, MISSED

NOTHING = (HEARD, *MISSED)
"""Of a voice whose words have come, and of what never came, nothing is left to say."""

FACT_OF_FIELD = {
    "order": "reference",
    "waybill": "reference",
    "amount": "loss_claimed",
    "date": "happened",
    "time": "happened",
}


@dataclass(frozen=True)
class Standing:
    """A conversation, its complaint and facts, read in one transaction. raised: the tier, just now."""

    conversation: Row[Any]
    complaint: Row[Any]
    facts: dict[str, Row[Any]]
    situation: Situation
    raised: bool = False


def read(
    conn: Connection,
    content: Content,
    conversation_id: str,
    now: datetime,
    answering: Sequence[int] = (),
) -> Standing:
    """Where this conversation stands now, seen from the messages that are being answered.

    Its complaint must have been opened.
    """
    conversation = conversations.fetch(conn, conversation_id)
    row = complaints.get(conn, conversation.complaint_id)
    known = facts.current(conn, row.id)
    issues = [issue["category"] for issue in known["issues"].value] if "issues" in known else []
    category = likely_category(content, issues)
    mood = emotion.Mood(conversation.mood, conversation.mood_level)
    signals = complaints.signals_of(conn, row.id)
    new = [signal for signal in signals if signal.message_id in answering]
    flags = frozenset(signal.code for signal in new if signal.kind == "flag")
    situation = Situation(
        channel=conversation.channel,
        speaker=conversation.speaker,
        known=intake.Known(
            facts=answered(content, known, category),
            asked=conversation.asked_counts,
            skipped=frozenset(conversation.skipped),
            mood=mood.anger,
            tier=row.tier,
            category=category,
        ),
        asked=conversation.asked,
        new_flags=flags,
        flags=frozenset(signal.code for signal in signals if signal.kind == "flag"),
        registered=row.state != complaint.DRAFT,
        going=row.state == complaint.DRAFT and meant(conn, conversation) is not None,
        staffed=_staffed(conn, content, conversation.channel, row.tier, now),
        said=tuple(messages.replies_said(conn, conversation_id)),
        mood=conversation.mood,
        repeat="repeat_contact" in flags,
        has_phone="phone" in known,
        detail=bool(issues),
        media=_media(conn, answering),
        promised=promise_rows.open_of(conn, row.id, "callback") is not None,
    )
    raised = any(signal.kind == "tier" for signal in new)
    return Standing(conversation, row, known, situation, raised)


def _media(conn: Connection, message_ids: Sequence[int]) -> frozenset[str]:
    """What these messages brought besides words: a voice that no machine has heard, or something to see."""
    if not message_ids:
        return frozenset()
    brought = [row for row in wechat_media.of_messages(conn, message_ids) if row.state not in NOTHING]
    kinds = {VOICE if row.kind == wechat_media.VOICE else PHOTO for row in brought}
    seen = files.of_messages(conn, message_ids)
    return frozenset(kinds | {PHOTO for file in seen if file.kind == PHOTO})


def _staffed(conn: Connection, content: Content, channel: str, tier: int, now: datetime) -> bool:
    """Whether somebody could take this customer; on the phone only those who have one, and for a grave
    complaint whoever is on call."""
    if channel != "phone":
        return bool(users.available(conn, now))
    return phones.staffed(conn, content, tier, now)


def likely_category(content: Content, issues: list[str]) -> str | None:
    """The one category to ask for, `other` when none was recognised, None when departments differ."""
    departments = {categories.by_code(code, content.vocabulary.categories).department for code in issues}
    if len(departments) > 1:
        return None
    return issues[0] if issues else categories.OTHER


def answered(content: Content, known: dict[str, Row[Any]], category: str | None) -> frozenset[str]:
    """The questions that have their answer, whoever gave it and in whatever turn."""
    missing = categories.by_code(category, content.vocabulary.categories).missing_field
    have = {
        intake.STORY: "story" in known,
        intake.WANTED: "wanted" in known,
        intake.MISSING: "missing" in known or FACT_OF_FIELD.get(missing, missing) in known,
        intake.PHONE: "phone_confirmed" in known or ("phone" in known and known["phone"].by != "caller_id"),
        intake.READ_BACK: "read_back" in known,
    }
    return frozenset(question for question, is_known in have.items() if is_known)
