"""One turn as Rasa hands it over: what was understood, and what reception said is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.forms import REQUESTED_SLOT

from core import intake

REFERENCES = ("phone", "order_no", "waybill", "complaint_number", "amount", "when")
FORM = "complaint_form"


@dataclass(frozen=True)
class Reference:
    """A fact with a shape: its kind, its value and the customer's words for it."""

    kind: str
    value: Any
    words: str
    start: int
    end: int


@dataclass(frozen=True)
class Turn:
    """`known`, `counts` and `skipped` are about questions; `asked` is the question this turn answers."""

    words: str
    intent: str
    sender: str = ""
    message: str | None = None
    references: tuple[Reference, ...] = ()
    asked: str | None = None
    known: frozenset[str] = frozenset()
    counts: Mapping[str, int] = field(default_factory=dict)
    skipped: frozenset[str] = frozenset()
    mood: int = 0
    tier: int = 1
    category: str | None = None

    def policy(self, learned: frozenset[str], skipped: frozenset[str]) -> intake.Known:
        """What the common policy of intake needs to choose the next question."""
        counts = dict(self.counts)
        if self.asked:
            counts[self.asked] = max(1, counts.get(self.asked, 0))
        return intake.Known(
            facts=self.known | learned,
            asked=counts,
            skipped=self.skipped | skipped,
            mood=self.mood,
            tier=self.tier,
            category=self.category,
        )


def read(tracker: Tracker) -> Turn:
    """The turn in this tracker. Metadata decides; without any (`rasa shell`) the slots do."""
    heard = tracker.latest_message
    given = heard.get("metadata") or {}
    entities = heard.get("entities") or []
    words = heard.get("text") or ""
    active = (tracker.active_loop or {}).get("name") == FORM
    requested = tracker.get_slot(REQUESTED_SLOT) if active else None
    return Turn(
        words=words,
        intent=(heard.get("intent") or {}).get("name") or "",
        sender=tracker.sender_id,
        message=given.get("message"),
        references=_references(words, entities),
        asked=given.get("asked", requested),
        known=_marks(given["known"]) if "known" in given else _filled(tracker),
        counts=given.get("counts") or {},
        skipped=frozenset(given.get("skipped") or ()),
        mood=max(given.get("mood") or 0, _value(entities, "mood_level") or 0),
        tier=given.get("tier") or 1,
        category=given.get("category"),
    )


def _references(words: str, entities: list[dict[str, Any]]) -> tuple[Reference, ...]:
    return tuple(
        Reference(it["entity"], it["value"], words[it["start"] : it["end"]], it["start"], it["end"])
        for it in entities
        if it.get("extractor") == "References" and it.get("entity") in REFERENCES
    )


def _marks(known: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(name for name, mark in known.items() if mark)


def _filled(tracker: Tracker) -> frozenset[str]:
    names = (*intake.QUESTIONS, intake.CHOICE)
    return frozenset(name for name in names if tracker.get_slot(name) is not None)


def _value(entities: list[dict[str, Any]], name: str) -> Any:
    return next((it["value"] for it in entities if it.get("entity") == name), None)
