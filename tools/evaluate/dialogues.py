"""Simulated customers played through reception, Rasa and the action server, each on a stack of our own.

What a customer gave counts only once it was said; what our own reading never finds in any of their words
counts as said, and so as lost.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import settings as setting
import wiring
from core import intake
from core.due import ZONE
from core.numerals import DIGITS
from core.understanding import Understood, understand
from reception.heard import Answer, Heard
from reception.house import House
from store import conversations, record
from tools import private
from tools.evaluate.customers import Customer, Talk, read
from tools.evaluate.scores import share
from tools.say import line

BETWEEN = timedelta(seconds=12)  # the customer reads, thinks and types
ASKING = {
    "utter_ask_story": intake.STORY,
    "utter_ask_wanted": intake.WANTED,
    "utter_ask_missing": intake.MISSING,
    "utter_ask_phone": intake.PHONE,
    "utter_ask_phone_unknown": intake.PHONE,
}
FACT_OF_QUESTION = {intake.WANTED: ("wanted",), intake.PHONE: ("phone",)}
FACTS_OF_MISSING = {
    "order": ("order_no", "waybill"),
    "waybill": ("waybill", "order_no"),
    "amount": ("amounts",),
    "date": ("when",),
    "time": ("when",),
}


@dataclass
class Played:
    """One customer's whole dialogue and what became of it."""

    customer: Customer
    turns: list[tuple[str, list[str]]] = field(default_factory=list)
    record: dict[str, Any] = field(default_factory=dict)
    human: bool = False
    given: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    asked_again: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def score(file: Path, tell: bool = True) -> tuple[dict[str, float], int]:
    """Play every customer of a file; return the figures and the count, `tell` what went wrong."""
    customers = read(file)
    with _house() as house:
        played = [play(house, customer) for customer in customers]
    if tell:
        _tell(played)
    return measures(played), len(played)


@contextmanager
def _house() -> Iterator[House]:
    with private.processes(lambda lines: {name: lines[name] for name in ("actions", "rasa")}) as (env, stack):
        private.bring_rasa(env, stack, "hello")
        house = wiring.house(setting.load(env))
        yield house
        house.db.close()


def play(house: House, customer: Customer) -> Played:
    """One conversation from the first word to the end, when the customer leaves."""
    played, talk, now = Played(customer), Talk(customer), house.clock()
    conversation = f"CA{secrets.token_hex(16)}" if customer.channel == "phone" else None
    caller = f"+86139{secrets.randbelow(10**8):08d}" if customer.channel == "phone" else None
    who = ("phone", caller) if caller else ("cookie", secrets.token_hex(8))
    asked: str | None = None
    while (words := talk.next(asked)) is not None:
        now += BETWEEN
        heard = Heard(customer.channel, who, words, secrets.token_hex(8), now, conversation, caller=caller)
        answer = house.reception.receive(heard)
        conversation, asked = answer.conversation, answer.asked
        _note(house, played, talk, words, answer, now)
        if answer.complaint is not None and asked is None and len(talk.said) >= len(customer.opening):
            break
    if conversation is not None:
        house.reception.left(conversation, now + BETWEEN)
        with house.db.reading() as conn:
            row = conversations.fetch(conn, conversation)
            played.record = record.whole(conn, row.complaint_id)
    _judge(house, played, talk, now)
    return played


def _note(house: House, played: Played, talk: Talk, words: str, answer: Answer, now: datetime) -> None:
    """Keep the turn, and every question in it whose answer had been said before."""
    replies = [said.reply or "" for said in answer.said]
    played.turns.append((words, replies))
    facts = played.customer.expect.get("facts", {})
    category = (played.customer.expect.get("categories") or [None])[0]
    field_ = next((it.missing_field for it in house.reception.content.categories if it.code == category), "")
    asked = (ASKING.get(reply.removesuffix("_again")) for reply in replies)
    for question in (one for one in asked if one is not None):
        names = FACT_OF_QUESTION.get(
            question, FACTS_OF_MISSING.get(field_, ()) if question == "missing" else ()
        )
        for name in names:
            if name in facts and _said(house, name, facts[name], talk.said, now):
                played.asked_again.append(f"{question} after {words[:20]}")
                break


def _said(house: House, name: str, value: Any, messages: Sequence[str], now: datetime) -> bool:
    return any(_states(house, name, value, words, now) for words in messages)


def _states(house: House, name: str, value: Any, words: str, now: datetime) -> bool:
    """Does one message, as we read it, state this fact?"""
    read_ = understand(words, house.reception.content.vocabulary, now.astimezone(ZONE).date())
    return all(one in _stated(read_, name) for one in _each(value))


def _stated(read_: Understood, name: str) -> list[str]:
    if name == "wanted":
        return [wish.kind for wish in read_.wishes]
    kind = {"amounts": "amount"}.get(name, name)
    values = read_.values(kind)
    if name == "when":
        return [found.words for found in values]
    return [_plain(str(found.value)) for found in values]


def _each(value: Any) -> list[str]:
    return [_plain(str(one)) for one in (value if isinstance(value, list) else [value])]


def _plain(value: str) -> str:
    """A number without what is only its writing: +86, a leading zero of the area, dashes, blanks."""
    if value[:1] not in "+0123456789":
        return value
    return re.sub("[- ]", "", value.removeprefix("+86")).lstrip("0").upper()


def _judge(house: House, played: Played, talk: Talk, now: datetime) -> None:
    """What of the expected is on the complaint."""
    expect, whole = played.customer.expect, played.record
    for name, value in expect.get("facts", {}).items():
        for one in _each(value):
            if not _came_to_say(house, played.customer, talk, name, one, now):
                continue
            played.given.append(f"{name}={one}")
            if not any(_same(name, one, kept) for kept in _kept(whole, name)):
                played.lost.append(f"{name}={one}")
    played.human = bool(whole.get("handoffs"))
    for name, found in (
        ("tier", whole.get("tier", {}).get("level")),
        ("kind", whole.get("kind")),
        ("human", played.human),
    ):
        if name in expect and expect[name] != found:
            played.wrong.append(f"{name} {found}, expected {expect[name]}")
    missing = (
        set(expect.get("categories", []))
        - {issue["category"] for issue in whole.get("issues") or []}
        - {"other"}
    )
    played.wrong += [f"category {code} missing" for code in sorted(missing)]
    unseen = set(expect.get("flags", [])) - {flag["flag"] for flag in whole.get("flags") or []}
    played.wrong += [f"flag {code} missing" for code in sorted(unseen)]


def _same(name: str, truth: str, kept: str) -> bool:
    """Equal; of a time it is enough that one stands in the other (yesterday evening, evening)."""
    return truth == kept or (name == "when" and bool(kept) and (kept in truth or truth in kept))


def _came_to_say(house: House, customer: Customer, talk: Talk, name: str, value: str, now: datetime) -> bool:
    """Was this fact said? Found by our own reading, or by its digits; where neither finds it, it counts as
    said with the answer to its question, or with the opening."""
    carriers = [
        words
        for words in customer.everything
        if _states(house, name, value, words, now) or (value.isdigit() and value in _digits(words))
    ]
    answer = str(customer.answers.get({"wanted": "wanted", "phone": "phone"}.get(name, "missing"), ""))
    said_by = carriers or ([answer] if name == "wanted" else [*customer.opening, answer])
    return any(words in talk.said for words in said_by)


def _digits(words: str) -> str:
    return "".join(str(DIGITS[mark]) for mark in words if mark in DIGITS)


def _kept(whole: Mapping[str, Any], name: str) -> list[str]:
    """The values of one fact on the record."""
    if name == "wanted":
        wanted = whole.get("wanted") or {}
        return [*wanted.get("kinds", []), *(["other"] if wanted.get("words") else [])]
    if name == "phone":
        return [_plain(str(whole["customer"]["phone"] or ""))]
    if name == "amounts":
        return [str(loss["amount"]) for loss in whole.get("loss_claimed") or []]
    if name == "when":
        happened = whole.get("happened") or {}
        return [str(happened.get("words", ""))]
    return [_plain(str((whole.get("reference") or {}).get("value", "")))]


def measures(played: Sequence[Played]) -> dict[str, float]:
    given, lost = sum(len(it.given) for it in played), sum(len(it.lost) for it in played)
    tiers = [
        (it.record.get("tier", {}).get("level"), it.customer.expect["tier"])
        for it in played
        if "tier" in it.customer.expect
    ]
    grave = [found for found, truth in tiers if truth == 3]
    return {
        "facts_kept": share(given - lost, given),
        "facts_asked_again": float(sum(len(it.asked_again) for it in played)),
        "tier_right": share(sum(found == truth for found, truth in tiers), len(tiers)),
        "red_line_too_low": float(sum(found != 3 for found in grave)),
        "human_right": _right(played, "human"),
        "kind_right": _right(played, "kind"),
        "categories_right": _right(played, "category"),
        "flags_right": _right(played, "flag"),
    }


def _right(played: Sequence[Played], name: str) -> float:
    wrong = sum(any(one.startswith(f"{name} ") for one in it.wrong) for it in played)
    return share(len(played) - wrong, len(played))


def _tell(played: Sequence[Played]) -> None:
    for it in played:
        problems = [
            *(f"lost {one}" for one in it.lost),
            *(f"asked again: {one}" for one in it.asked_again),
            *it.wrong,
        ]
        if problems:
            line(f"\n{it.customer.id} ({it.customer.channel}): {'; '.join(problems)}")
            for words, replies in it.turns:
                line(f"    {words[:60]}  →  {' '.join(replies)}")
