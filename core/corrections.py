"""What a person at the desk may write into the record, field by field: typed texts in, a checked value out.

Nothing is guessed from the typed words and nothing is cut short: what does not fit is told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from datetime import date, time
from typing import Any

from core.callers import shown_number
from core.wanted import KINDS

Given = Mapping[str, Sequence[str]]

REFERENCES = ("order_no", "waybill", "contract", "product", "batch")
CHOICES = ("phone", "message", "none")
#: Longest text of each plain field, in characters. The core issue is one line: it heads pages and sheets.
TEXTS = {
    "story": 2000,
    "core_issue": 60,
    "wanted": 500,
    "happened": 200,
    "reference": 60,
    "subject": 100,
    "loss_claimed": 200,
    "name": 40,
    "missing": 200,
    "evidence_note": 500,
}
FIELDS = (
    "core_issue",
    "story",
    "issues",
    "wanted",
    "happened",
    "reference",
    "subject",
    "loss_claimed",
    "phone",
    "name",
    "contact_choice",
    "missing",
    "evidence_note",
)
"""What may be corrected. What the machine noted about its own asking (read back, confirmed) may not."""
MOST_SUMS = 12
LARGEST_SUM = 10**12
_DAY, _CLOCK = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d\d:\d\d")
_MOBILE = re.compile(r"\+861\d*")
_SPACES = re.compile(r"[\s()\-–—]")


class Unfit(ValueError):
    """What was typed is no value of this field. `code` is one of labels.yml `errors`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def correction(field: str, given: Given, before: Any, categories: Collection[str]) -> Any:
    """The value typed for a field, None when it is left empty: nothing is known then.

    `given` holds the typed texts by the name of their input; `before` is the value in force, or None;
    `categories` the codes that exist. Raises Unfit.
    """
    if field not in FIELDS:
        raise Unfit("bad_desk_request")
    shaped = _SHAPES.get(field)
    return shaped(given, before, categories) if shaped else _text(given, "words", TEXTS[field]) or None


def _text(given: Given, name: str, longest: int) -> str:
    typed = [text.replace("\r\n", "\n").strip() for text in given.get(name, ())]
    text = next(iter(typed), "")
    if len(text) > longest:
        raise Unfit("too_long_here")
    return text


def _chosen(given: Given, name: str, known: Collection[str]) -> list[str]:
    chosen = [code for code in dict.fromkeys(given.get(name, ())) if code]
    if any(code not in known for code in chosen):
        raise Unfit("bad_desk_request")
    return chosen


def _core_issue(given: Given, _before: Any, _codes: Collection[str]) -> Any:
    text = _text(given, "words", TEXTS["core_issue"])
    if "\n" in text:
        raise Unfit("one_line")
    return {"text": text, "confirmed": bool(given.get("confirmed"))} if text else None


def _issues(given: Given, before: Any, codes: Collection[str]) -> Any:
    """The words that named an issue stay with it; one that a person adds has none."""
    cues = {issue.get("category"): issue.get("cue", "") for issue in before or []}
    chosen = _chosen(given, "choice", codes)
    return [{"category": code, "cue": cues.get(code, "")} for code in chosen] or None


def _wanted(given: Given, _before: Any, _codes: Collection[str]) -> Any:
    kinds, words = _chosen(given, "choice", KINDS), _text(given, "words", TEXTS["wanted"])
    return {"kinds": kinds, "words": words} if kinds or words else None


def _happened(given: Given, before: Any, _codes: Collection[str]) -> Any:
    """A day and a time of day as far as they are given. What the words told only in part (a month, a year)
    has no place in those two, and is kept while the words stay."""
    words = _text(given, "words", TEXTS["happened"])
    day, clock = _text(given, "day", 10), _text(given, "clock", 8)
    try:
        told = [date.fromisoformat(day).isoformat()] if day else []
        told += [f"{time.fromisoformat(clock):%H:%M}"] if clock else []
    except ValueError:
        raise Unfit("bad_day") from None
    value, held = "T".join(told), before if isinstance(before, dict) else {}
    if not value and words == held.get("words") and day_and_clock(str(held.get("value", ""))) == ("", ""):
        value = str(held.get("value", ""))
    return {"words": words, "value": value} if words or value else None


def day_and_clock(value: str) -> tuple[str, str]:
    """The day and the time of day in a told moment, each "" when it is not told in full."""
    day, _, clock = value.partition("T") if "T" in value or ":" not in value else ("", "", value)
    return day if _DAY.fullmatch(day) else "", clock if _CLOCK.fullmatch(clock) else ""


def _reference(given: Given, before: Any, _codes: Collection[str]) -> Any:
    kinds, typed = _chosen(given, "choice", REFERENCES), _text(given, "words", TEXTS["reference"])
    if not typed:
        return None
    if not kinds:
        raise Unfit("choose_one")
    value = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed)).upper()
    said = before.get("words", "") if isinstance(before, dict) and before.get("value") == value else typed
    return {"kind": kinds[0], "value": value, "words": said or typed}


def _losses(given: Given, _before: Any, _codes: Collection[str]) -> Any:
    """Sums as the customer said them, each for itself: nothing is added up (complaints: never totalled)."""
    amounts, said = given.get("amount", ()), given.get("said", ())
    if max(len(amounts), len(said)) > MOST_SUMS:
        raise Unfit("bad_amount")
    losses = []
    for place in range(max(len(amounts), len(said))):
        figure, words = (part[place].strip() if place < len(part) else "" for part in (amounts, said))
        if not figure and not words:
            continue
        if len(words) > TEXTS["loss_claimed"]:
            raise Unfit("too_long_here")
        losses.append({"amount": _sum(figure), "words": words or figure})
    return losses or None


def _sum(figure: str) -> int:
    plain = unicodedata.normalize("NFKC", figure).replace(",", "").removeprefix("¥").strip()
    if not (plain.isascii() and plain.isdigit()) or int(plain[:20]) > LARGEST_SUM:
        raise Unfit("bad_amount")
    return int(plain)


def _phone(given: Given, _before: Any, _codes: Collection[str]) -> Any:
    typed = _text(given, "words", 40)
    return phone_number(typed) if typed else None


def phone_number(typed: str) -> str:
    """A telephone number in E.164. Raises Unfit."""
    bare = _SPACES.sub("", unicodedata.normalize("NFKC", typed))
    number = shown_number(bare, ())
    if number is None or (_MOBILE.fullmatch(number) and len(number) != 14):
        raise Unfit("bad_number")
    return number


def _contact(given: Given, _before: Any, _codes: Collection[str]) -> Any:
    return next(iter(_chosen(given, "choice", CHOICES)), None)


_SHAPES = {
    "core_issue": _core_issue,
    "issues": _issues,
    "wanted": _wanted,
    "happened": _happened,
    "reference": _reference,
    "loss_claimed": _losses,
    "phone": _phone,
    "contact_choice": _contact,
}


def typed(field: str, value: Any) -> dict[str, list[str]]:
    """A value as somebody would type it: what a form starts with. The inverse of `correction`."""
    held = value if isinstance(value, dict) else {}
    if field == "issues":
        return {"choice": [str(issue.get("category")) for issue in value or []]}
    if field == "loss_claimed":
        return {
            "amount": [str(loss.get("amount")) for loss in value or []],
            "said": [str(loss.get("words") or "") for loss in value or []],
        }
    if field == "core_issue" and held:
        return {"words": [str(held.get("text", ""))], "confirmed": ["1"] if held.get("confirmed") else []}
    if field == "wanted" and held:
        return {"choice": list(held.get("kinds") or []), "words": [str(held.get("words") or "")]}
    if field == "happened" and held:
        day, clock = day_and_clock(str(held.get("value") or ""))
        return {"words": [str(held.get("words") or "")], "day": [day], "clock": [clock]}
    if field == "reference" and held:
        return {"choice": [str(held.get("kind") or "")], "words": [str(held.get("value") or "")]}
    if field == "contact_choice":
        return {"choice": [str(value)] if value else []}
    return {"words": [str(value)]} if value else {}
