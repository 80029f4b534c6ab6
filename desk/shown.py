"""How values look on the desk: instants, clocks, facts. Pure; the words come from content."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from core import number as numbers
from reception.content import Words

ZONE = ZoneInfo("Asia/Shanghai")
SOON = 0.2
SHAPES = {1: "●", 2: "◆", 3: "▲"}
HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)


def marks(value: Any) -> str:
    """The text, with characters that hide or turn text round shown as marks: nothing on the page lies."""
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n")
    return HIDDEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", lines)


def one_line(text: str, longest: int = 60) -> str:
    """The beginning of a text on one line."""
    flat = " ".join(text.split())
    return flat if len(flat) <= longest else flat[: longest - 1] + "…"


def instant(at: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(at) if isinstance(at, str) else at


@dataclass(frozen=True)
class Clock:
    """A promise's clock: `stage` is fine, soon, late, kept or over; `left`: how long still, or how late."""

    kind: str
    due: str
    left: str
    stage: str
    iso: str


@dataclass(frozen=True)
class Show:
    """Values in words, as seen at one moment."""

    content: Words
    now: datetime
    categories: Mapping[str, str] = field(default_factory=dict)

    def when(self, at: datetime | str | None) -> str:
        """Day and time of day, short: today's without the day."""
        moment = instant(at)
        if moment is None:
            return ""
        there, here = moment.astimezone(ZONE), self.now.astimezone(ZONE)
        days = (there.date() - here.date()).days
        day = {0: "", 1: self._word("tomorrow"), -1: self._word("yesterday")}.get(days)
        if day is None:
            style = "day" if there.year == here.year else "day_of_year"
            month = self.label("months", there.month)
            day = self._word(style, year=str(there.year), month=month, day=str(there.day))
        return f"{day} {there:%H:%M}".strip()

    def exactly(self, at: datetime | str | None) -> str:
        """Day, time and second, for tooltips and for copying."""
        moment = instant(at)
        return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M:%S}" if moment else ""

    def span(self, length: timedelta) -> str:
        """A length of time in its largest unit."""
        minutes = max(0, int(length.total_seconds() // 60))
        if minutes < 60:
            return self._word("minutes", n=str(minutes))
        if minutes < 48 * 60:
            return self._word("hours", n=str(minutes // 60))
        return self._word("days", n=str(minutes // (24 * 60)))

    def waited(self, since: datetime) -> str:
        """How long since then, as m:ss or h:mm:ss; the page counts on from it."""
        seconds = max(0, int((self.now - since).total_seconds()))
        hours, rest = divmod(seconds, 3600)
        return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"

    def clock(self, promise: Any) -> Clock:
        """The clock of a promise, a row or one of the record."""
        get = promise.get if isinstance(promise, dict) else lambda name: getattr(promise, name)
        made, due = instant(get("made_at")), instant(get("due_at"))
        if made is None or due is None:
            raise ValueError("a promise has both its times")
        stage = self._stage(str(get("state")), made, due)
        left = self._left(stage, due)
        return Clock(self.label("promise_kinds", get("kind")), self.when(due), left, stage, due.isoformat())

    def _stage(self, state: str, made: datetime, due: datetime) -> str:
        if state not in ("open", "missed"):
            return "kept" if state == "kept" else "over"
        if state == "missed" or due <= self.now:
            return "late"
        return "soon" if due - self.now <= (due - made) * SOON else "fine"

    def _left(self, stage: str, due: datetime) -> str:
        if stage == "late":
            return self._word("late_by", span=self.span(self.now - due))
        return self._word("left", span=self.span(due - self.now)) if stage in ("fine", "soon") else ""

    def label(self, kind: str, code: Any) -> str:
        """The name of a code; nothing for no code."""
        return marks(self.content.label(kind, str(code))) if code not in (None, "") else ""

    def category(self, code: Any) -> str:
        return self.categories.get(str(code), marks(code)) if code else ""

    def wants(self, value: Any) -> str:
        """What the customer wants, in short: the kinds understood, else the customer's words."""
        if not isinstance(value, dict):
            return ""
        kinds = [self.label("wanted", kind) for kind in value.get("kinds") or []]
        return self._word("joiner").join(kinds) or str(value.get("words") or "")

    def fact(self, field: str, value: Any) -> list[str]:
        """A fact's value in words, one entry per item."""
        if field == "issues":
            return [self.category(issue.get("category")) for issue in _dicts(value)]
        if field == "loss_claimed":
            return [self._loss(loss) for loss in _dicts(value)]
        if isinstance(value, dict):
            return [self._compound(field, value)]
        if isinstance(value, bool):
            return [self.content.page("common.yes_word" if value else "common.no_word")]
        if field == "category":
            return [self.category(value)]
        if field == "contact_choice":
            return [self.label("contact_choices", value)]
        return [phone(value) if field == "phone" else _plain(value)]

    def _loss(self, loss: dict[str, Any]) -> str:
        amount, words = loss.get("amount"), str(loss.get("words", ""))
        figure = f"¥{amount:,}" if isinstance(amount, int) else ""
        return self._beside(figure, words)

    def _compound(self, field: str, value: dict[str, Any]) -> str:
        words = str(value.get("words") or "")
        if field == "wanted":
            return self._beside(self.wants(value), words)
        if field == "core_issue":
            return _plain(value.get("text") or value.get("line") or words)
        main = _plain(value.get("value") or "")
        kind = self.label("reference_kinds", value.get("kind"))
        named = f"{kind} {main}".strip()
        return named if words == main and main else self._beside(named, words) or _plain(value)

    def _beside(self, main: str, words: str) -> str:
        """What we understood, with the customer's words beside it when they differ."""
        if not main or not words or words == main:
            return main or words
        return self._word("in_words", main=main, words=words)

    def _word(self, key: str, **slots: str) -> str:
        return self.content.page(f"desk.{key}", **slots)


def number(value: str) -> str:
    """A complaint's number as people read it."""
    return numbers.shown(value)


def phone(value: Any, full: bool = True) -> str:
    """A telephone number in groups; not `full`: only its ends."""
    digits = str(value).removeprefix("+86")
    if not full:
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else "****"
    if re.fullmatch(r"1\d{10}", digits):
        return f"{digits[:3]} {digits[3:7]} {digits[7:]}"
    return digits


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
