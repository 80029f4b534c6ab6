"""The words around facts, read from content/references.yml: names of numbers, words of money, ways to say a
time. What each list is for stands in that file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum

from core import pieces
from core.content import ContentError, known_keys, list_at, mapping_at, text_at, texts_at
from core.cues import NEVER, compiled, either
from core.numerals import SMALL_NUMBER


class Rank(IntEnum):
    """How finely a time word tells the time; AFTER stands for "before", "about" and the like behind one."""

    YEAR = 1
    MONTH = 2
    EDGE = 3
    WEEK = 4
    DAY = 5
    PART = 6
    CLOCK = 7
    AFTER = 8


@dataclass(frozen=True)
class When:
    """One way to say a time. Groups y, mo, d, wd, h, m, half, quarter, about. Days to years: away from today;
    `hours`: the first and the last of this part of the day; `vague`: the words leave the day open."""

    pattern: re.Pattern[str]
    rank: Rank
    days: int | None = None
    weeks: int | None = None
    months: int | None = None
    years: int | None = None
    hours: tuple[int, int] | None = None
    vague: bool = False


@dataclass(frozen=True)
class Words:
    """The lists of content/references.yml, each as one expression. Those of ENDING end just before a fact."""

    between: re.Pattern[str] = NEVER
    also: re.Pattern[str] = NEVER
    sent: re.Pattern[str] = NEVER
    not_sums: re.Pattern[str] = NEVER
    money: re.Pattern[str] = NEVER
    money_talk: re.Pattern[str] = NEVER
    bought: re.Pattern[str] = NEVER
    money_per: re.Pattern[str] = NEVER
    money_lead: re.Pattern[str] = NEVER
    money_after: re.Pattern[str] = NEVER
    not_money_before: re.Pattern[str] = NEVER
    not_money_near: re.Pattern[str] = NEVER
    not_money_after: re.Pattern[str] = NEVER
    rounded_before: re.Pattern[str] = NEVER
    described: re.Pattern[str] = NEVER
    one_in_word: re.Pattern[str] = NEVER
    sum_ends: re.Pattern[str] = NEVER
    pieces: re.Pattern[str] = NEVER
    pieces_of: re.Pattern[str] = NEVER
    pieces_before: re.Pattern[str] = NEVER
    not_yuan_after: re.Pattern[str] = NEVER
    not_this: re.Pattern[str] = NEVER
    rhetorical: re.Pattern[str] = NEVER
    retracted: re.Pattern[str] = NEVER
    joint: re.Pattern[str] = NEVER
    rising: re.Pattern[str] = NEVER


ENDING = (
    "money_per",
    "money_lead",
    "not_money_before",
    "rounded_before",
    "pieces_before",
    "not_this",
    "rising",
)
_LISTS = tuple(one.name for one in fields(Words))
_IDS = ("waybill", "order_no", "number", "complaint_number", "phone", "other_number")
_PREFIXES = ("waybill_prefixes", "waybill_prefixes_alone")
_KEYS = (*_IDS, *_LISTS, *_PREFIXES, "pauses", "denied", "when", "not_when")
_AWAY = ("days", "weeks", "months", "years")
_WHEN_KEYS = ("as", "pattern", *_AWAY, "hours", "vague")


@dataclass(frozen=True)
class Labels:
    """The words around facts, from content/references.yml. Without them only shapes are recognised."""

    ids: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    words: Words = Words()
    denied: re.Pattern[str] = NEVER
    waybill_prefixes: tuple[str, ...] = ()
    waybill_prefixes_alone: tuple[str, ...] = ()
    tokens: re.Pattern[str] = pieces.NO_PAUSES
    when: tuple[When, ...] = ()
    not_when: tuple[re.Pattern[str], ...] = ()

    @classmethod
    def from_mapping(cls, value: object, where: str = "references.yml") -> Labels:
        """Raises ContentError. In `when` patterns {n} stands for a numeral."""
        given = mapping_at(value, where)
        known_keys(given, _KEYS, where)
        return cls(
            ids={kind: _words(given, kind, where) for kind in _IDS},
            words=Words(**{name: _words(given, name, where) for name in _LISTS}),
            denied=_words(given, "denied", where),
            **{name: texts_at(given.get(name), f"{where}.{name}") for name in _PREFIXES},
            tokens=pieces.expression(_words(given, "pauses", where).pattern),
            when=tuple(_when(item, place) for item, place in _listed(given, "when", where)),
            not_when=tuple(
                _pattern(text_at(item, place), place) for item, place in _listed(given, "not_when", where)
            ),
        )


NO_LABELS = Labels()


def _listed(given: Mapping[str, object], name: str, where: str) -> list[tuple[object, str]]:
    items = list_at(given.get(name), f"{where}.{name}")
    return [(item, f"{where}.{name}[{place}]") for place, item in enumerate(items, 1)]


def _words(given: Mapping[str, object], name: str, where: str) -> re.Pattern[str]:
    made = either((), texts_at(given.get(name), f"{where}.{name}"), f"{where}.{name}")
    if made is NEVER:
        return made
    if name == "between":
        return re.compile(f"(?:{made.pattern}){{0,12}}")
    return re.compile(f"(?:{made.pattern})$") if name in ENDING else made


def _pattern(text: str, where: str) -> re.Pattern[str]:
    return compiled(text.replace("{n}", SMALL_NUMBER), where)


def _when(value: object, where: str) -> When:
    given = mapping_at(value, where)
    known_keys(given, _WHEN_KEYS, where)
    rank = _rank(text_at(given.get("as"), f"{where}.as"), f"{where}.as")
    away = {name: given.get(name) for name in _AWAY}
    hours = list_at(given.get("hours"), f"{where}.hours")
    return When(
        _pattern(text_at(given.get("pattern"), f"{where}.pattern"), where),
        rank,
        **{name: count for name, count in away.items() if isinstance(count, int)},
        hours=(int(hours[0]), int(hours[1])) if len(hours) == 2 else None,
        vague=bool(given.get("vague", False)),
    )


def _rank(name: str, where: str) -> Rank:
    ranks = {rank.name.lower(): rank for rank in Rank}
    if name not in ranks:
        raise ContentError(where, f"unknown name {name!r}; known are {', '.join(ranks)}")
    return ranks[name]
