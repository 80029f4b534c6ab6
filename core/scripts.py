"""What an agent is given to say: scripts that authors write, read strictly, and those that fit the moment.

A script is Markdown: a title, conditions ("name：value、value") and its place, then parts. A line to say has
a label and words, "- label：words", and may have a condition of its own behind the label, in brackets 【…】.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from core.content import ContentError
from core.text import fold, likeness

SAY, DO, AVOID = "say", "do", "avoid"
TIER, STATE, MOOD, MISSING, CHANNEL = "tier", "state", "mood", "missing", "channel"
ORDER = "order"
USUAL = 5
"""The place of a script that names none, from 1 (first) to 9."""
LONGEST_LABEL = 8
LIKE = 0.75
"""Likeness from which a line counts as said already; agents change a word or two."""
_LINE = re.compile(r"([^：【]+)(?:【([^】]+)】)?：(.+)")

Conditions = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Names:
    """How authors call things: conditions, their values by condition, and parts, each as name to code."""

    conditions: Mapping[str, str]
    values: Mapping[str, Mapping[str, str]]
    parts: Mapping[str, str]


@dataclass(frozen=True)
class Say:
    """One line to say, with the slots still open."""

    label: str
    words: str
    when: Conditions = field(default_factory=dict)


@dataclass(frozen=True)
class Script:
    """A script as its author wrote it. Without conditions it always fits."""

    name: str
    title: str
    when: Conditions
    say: tuple[Say, ...]
    do: tuple[str, ...]
    avoid: tuple[str, ...]
    order: int = USUAL


@dataclass(frozen=True)
class Moment:
    """What a script is chosen by; `missing`: questions that have no answer yet."""

    tier: int
    mood: str
    state: str
    channel: str
    missing: frozenset[str] = frozenset()

    def has(self, condition: str) -> frozenset[str]:
        if condition == MISSING:
            return self.missing
        return frozenset({str(getattr(self, condition))})


def fitting(scripts: Iterable[Script], moment: Moment) -> list[Script]:
    """The scripts that fit now, the most urgent first, their lines reduced to those that fit too."""
    found = [_reduced(script, moment) for script in scripts if _holds(script.when, moment)]
    return sorted(found, key=lambda script: (script.order, script.name))


def unsaid(lines: Sequence[Say], said: Collection[str]) -> list[Say]:
    """The lines of which nothing alike was said in this talk."""
    spoken = [fold(words) for words in said]
    return [line for line in lines if all(likeness(fold(line.words), words) < LIKE for words in spoken)]


def read(name: str, text: str, names: Names) -> Script:
    """One script. Raises ContentError with the line at fault and what to write instead."""
    parts: dict[str, list[tuple[int, str]]] = {}
    title, when, part, order = "", dict[str, frozenset[str]](), "", USUAL
    for number, raw in enumerate(text.splitlines(), 1):
        line, where = raw.strip(), f"scripts/{name}.md, line {number}"
        if not line:
            continue
        if line.startswith("## "):
            part = _part(line[3:].strip(), names, where)
            parts.setdefault(part, [])
        elif line.startswith("# "):
            title = _once(title, line[2:].strip(), where)
        elif part:
            parts[part].append((number, _item(line, where)))
        elif names.conditions.get(line.partition("：")[0].strip()) == ORDER:
            order = _place(line.partition("：")[2].strip(), where)
        else:
            when |= _condition(line, names, where)
    if not title:
        raise ContentError(f"scripts/{name}.md", "begins with a title: # and a few words")
    if not any(parts.values()):
        raise ContentError(f"scripts/{name}.md", f"says nothing; write a part such as ## {_any(names.parts)}")
    say = tuple(_say(item, names, f"scripts/{name}.md, line {at}") for at, item in parts.get(SAY, ()))
    rest = {part: tuple(item for _, item in parts.get(part, ())) for part in (DO, AVOID)}
    return Script(name, title, when, say, rest[DO], rest[AVOID], order)


def _reduced(script: Script, moment: Moment) -> Script:
    say = tuple(line for line in script.say if _holds(line.when, moment))
    return replace(script, say=say)


def _holds(when: Conditions, moment: Moment) -> bool:
    return all(wanted & moment.has(condition) for condition, wanted in when.items())


def _once(before: str, title: str, where: str) -> str:
    if before:
        raise ContentError(where, "a script has one title; begin a part with ##")
    return title


def _place(value: str, where: str) -> int:
    if not re.fullmatch("[1-9]", value):
        raise ContentError(where, f"the place is a figure from 1 (first) to 9, not {value}")
    return int(value)


def _part(word: str, names: Names, where: str) -> str:
    if word not in names.parts:
        raise ContentError(where, f"there is no part {word}; write one of {'、'.join(names.parts)}")
    return names.parts[word]


def _item(line: str, where: str) -> str:
    if not line.startswith(("- ", "* ")) or not line[2:].strip():
        raise ContentError(where, "in a part every line begins with a dash and a space: - …")
    return line[2:].strip()


def _say(item: str, names: Names, where: str) -> Say:
    found = _LINE.fullmatch(item)
    if found is None:
        raise ContentError(where, "a line to say has a label, then ：, then the words")
    label, condition, words = found[1].strip(), found[2], found[3].strip()
    if len(label) > LONGEST_LABEL:
        raise ContentError(where, f"the label is too long: {LONGEST_LABEL} characters at most")
    return Say(label, words, _condition(condition, names, where) if condition else {})


def _condition(text: str, names: Names, where: str) -> dict[str, frozenset[str]]:
    name, colon, given = text.partition("：")
    kind = names.conditions.get(name.strip(), "")
    if not colon or kind not in names.values:
        raise ContentError(where, f"{text} is no condition; known are {'、'.join(names.conditions)}")
    codes, rest = _values(given, names.values[kind])
    if rest or not codes:
        known = "、".join(names.values[kind])
        raise ContentError(where, f"there is no {rest or name + '：' + given}; known are {known}")
    return {kind: codes}


def _values(given: str, known: Mapping[str, str]) -> tuple[frozenset[str], str]:
    """The codes of the names in a list, and what is left over; a name may hold the mark between names."""
    codes, rest = set[str](), given
    for name in sorted(known, key=len, reverse=True):
        if re.search(_alone(name), rest):
            rest = re.sub(_alone(name), "", rest)
            codes.add(known[name])
    return frozenset(codes), rest.strip(" 、，,")


def _alone(name: str) -> str:
    return rf"(?:^|(?<=[、，, ])){re.escape(name)}(?=[、，, ]|$)"


def _any(names: Mapping[str, str]) -> str:
    return next(iter(names), "")
