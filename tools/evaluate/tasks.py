"""The tasks of `./jiesu eval` that need no conversation: what is asked, and which measure it is held to.

Every guess comes from core.understanding, the same way reception gets it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.categories import OTHER
from core.understanding import DISPOSITIONS, KINDS, Understood, Vocabulary, red_flags, understand
from tools.evaluate.reading import NONE, Example, several
from tools.evaluate.scores import found, macro_f1, share

YES, NO = "yes", "no"
MEANS_YES, MEANS_NO = ("yes", "1", "true", "human"), ("no", "0", "false", "other", NONE)
ANGRY, FURIOUS = 2, 3
Read = Callable[[str], Understood]


@dataclass(frozen=True)
class Judged:
    """One message with its true and its guessed codes."""

    text: str
    truth: frozenset[str]
    guess: frozenset[str]


@dataclass(frozen=True)
class Task:
    """labels: all codes, in the order of the table; `also` those that mean the same; truth and guess: the
    codes of one message; measures: the figures that this task is held to, by name."""

    labels: Callable[[Vocabulary], Sequence[str]]
    truth: Callable[[str], frozenset[str]]
    guess: Callable[[Understood, Vocabulary], frozenset[str]]
    measures: Callable[[Sequence[Judged]], dict[str, float]]
    also: tuple[str, ...] = ()

    def allowed(self, vocabulary: Vocabulary) -> frozenset[str]:
        """Every label that a file may use."""
        return frozenset((*self.labels(vocabulary), *self.also))


def reader(vocabulary: Vocabulary, today: date) -> Read:
    """Understand as reception does."""
    return lambda text: understand(text, vocabulary, today)


def judge(task: Task, examples: Sequence[Example], vocabulary: Vocabulary, read: Read) -> list[Judged]:
    return [Judged(it.text, task.truth(it.label), task.guess(read(it.text), vocabulary)) for it in examples]


def _one(label: str) -> frozenset[str]:
    return frozenset({label})


def _yes(condition: object) -> frozenset[str]:
    return _one(YES if condition else NO)


def _sets(judged: Sequence[Judged]) -> tuple[list[frozenset[str]], list[frozenset[str]]]:
    return [it.truth for it in judged], [it.guess for it in judged]


# ---- the measures of each task


def _of_wishes(judged: Sequence[Judged]) -> dict[str, float]:
    one = found(*_sets(judged), YES)
    noes = [it for it in judged if NO in it.truth]
    return {"recall": one.recall, "false_alarms": _part(noes, lambda it: YES in it.guess)}


def _of_kinds(judged: Sequence[Judged]) -> dict[str, float]:
    others = [it for it in judged if "other" in it.truth]
    return {
        "macro_f1": macro_f1(*_sets(judged), KINDS),
        "false_alarms_on_other": _part(others, lambda it: "complaint" in it.guess),
    }


def _of_moods(judged: Sequence[Judged]) -> dict[str, float]:
    levels = [(_level(it.truth), _level(it.guess)) for it in judged]
    truly, said = ([_yes(pair[at] >= ANGRY) for pair in levels] for at in (0, 1))
    furious = [guess for truth, guess in levels if truth == FURIOUS]
    near = sum(abs(truth - guess) <= 1 for truth, guess in levels)
    return {
        "within_one": share(near, len(levels)),
        "angry_f1": found(truly, said, YES).f1,
        "furious_below_angry": float(sum(guess < ANGRY for guess in furious)),
        "macro_f1": macro_f1(*_sets(judged), "0123"),
    }


def _level(codes: frozenset[str]) -> int:
    return int(next(iter(codes)))


def _of_flags(judged: Sequence[Judged]) -> dict[str, float]:
    """Flags that the file never names are not scored."""
    named = sorted({flag for it in judged for flag in it.truth} - {NONE})
    each = {flag: found(*_sets(judged), flag) for flag in named}
    right = sum(one.right for one in each.values())
    return {
        **{f"recall_{flag}": one.recall for flag, one in each.items()},
        "precision": share(right, sum(one.claimed for one in each.values())),
        "recall": share(right, sum(one.there for one in each.values())),
    }


def _of_dispositions(judged: Sequence[Judged]) -> dict[str, float]:
    hidden = found(*_sets(judged), "hidden")
    return {
        "hidden_f1": hidden.f1,
        "hidden_precision": hidden.precision,
        "hidden_recall": hidden.recall,
        "macro_f1": macro_f1(*_sets(judged), DISPOSITIONS),
    }


def _of_categories(judged: Sequence[Judged]) -> dict[str, float]:
    truth, guess = _sets(judged)
    labels = sorted({code for codes in truth for code in codes})
    exact = _part(judged, lambda it: it.truth == it.guess)
    return {"macro_f1": macro_f1(truth, guess, labels), "exact": exact}


def _part(judged: Sequence[Judged], test: Callable[[Judged], bool]) -> float:
    """The share of messages of which it is true; 0 of none."""
    return sum(map(test, judged)) / len(judged) if judged else 0.0


# ---- references: facts as JSON


def facts_of(understood: Understood) -> dict[str, list[str | int]]:
    """What was found, in the form of the labels: phone without +86, amounts in yuan, times as said."""
    facts: dict[str, list[str | int]] = {}
    for found_ in understood.references:
        if found_.denied:
            continue
        value = found_.words if found_.kind == "when" else found_.value
        shown = str(value).removeprefix("+86") if found_.kind == "phone" else value
        facts.setdefault(found_.kind, []).append(shown)
    return facts


def _canonical(facts: Mapping[str, Any], read: Read) -> frozenset[str]:
    """kind=value for every fact, so that order and writing (also Traditional) do not matter."""
    return frozenset(
        f"{kind}={_value(kind, read(str(one)).folded if kind == 'when' else one)}"
        for kind, values in facts.items()
        for one in (values if isinstance(values, list) else [values])
        if one not in (None, "")
    )


def _value(kind: str, value: Any) -> str:
    text = str(value).replace(" ", "").upper()
    if kind == "phone":
        digits = "".join(mark for mark in text if mark.isdigit())
        return digits.removeprefix("86").lstrip("0") if len(digits) > 11 else digits.lstrip("0")
    if kind in ("order_no", "waybill"):
        return text.replace("-", "")
    return str(int(float(text))) if kind == "amount" else text


def judge_references(examples: Sequence[Example], read: Read) -> list[Judged]:
    """Raises ValueError, naming the text, when a label is no JSON object."""
    return [
        Judged(it.text, _canonical(_object(it), read), _canonical(facts_of(read(it.text)), read))
        for it in examples
    ]


def _object(example: Example) -> dict[str, Any]:
    try:
        given = json.loads(example.label or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise ValueError(f"the label of {example.text!r} is no JSON object")
    return given


def measures_of_references(judged: Sequence[Judged]) -> dict[str, float]:
    kinds = sorted({one.split("=")[0] for it in judged for one in it.truth})
    exact = _part(judged, lambda it: it.truth == it.guess)
    return {"exact": exact, **{f"exact_{kind}": _exact(judged, kind) for kind in kinds}}


def _exact(judged: Sequence[Judged], kind: str) -> float:
    return _part(judged, lambda it: _only(it.truth, kind) == _only(it.guess, kind))


def _only(facts: frozenset[str], kind: str) -> frozenset[str]:
    return frozenset(one for one in facts if one.startswith(f"{kind}="))


# ---- the table of tasks


def _guess_flags(understood: Understood, vocabulary: Vocabulary) -> frozenset[str]:
    raised = red_flags(understood, vocabulary, contacts=1, mood=0, flags=frozenset())
    return frozenset(reason.flag for reason in raised if reason.flag) or _one(NONE)


def _guess_categories(understood: Understood, vocabulary: Vocabulary) -> frozenset[str]:
    return frozenset(issue.category for issue in understood.issues) or _one(OTHER)


TASKS: dict[str, Task] = {
    "human_request": Task(
        labels=lambda _: (YES, NO),
        truth=lambda label: _yes(label.lower() in MEANS_YES),
        guess=lambda understood, _: _yes(understood.human),
        measures=_of_wishes,
        also=(*MEANS_YES, *MEANS_NO),
    ),
    "complaint": Task(
        labels=lambda _: KINDS,
        truth=lambda label: _one(label if label in KINDS else "other"),
        guess=lambda understood, _: _one(understood.kind),
        measures=_of_kinds,
    ),
    "mood": Task(
        labels=lambda _: "0123",
        truth=_one,
        guess=lambda understood, _: _one(str(understood.mood.level)),
        measures=_of_moods,
    ),
    "red_flags": Task(
        labels=lambda vocabulary: (
            *dict.fromkeys(rule.flag for rule in vocabulary.rules.rules if rule.flag),
            NONE,
        ),
        truth=lambda label: several(label) or _one(NONE),
        guess=_guess_flags,
        measures=_of_flags,
    ),
    "resigned": Task(
        labels=lambda _: DISPOSITIONS,
        truth=_one,
        guess=lambda understood, _: _one(understood.disposition),
        measures=_of_dispositions,
    ),
    "wanted": Task(
        labels=lambda vocabulary: [*vocabulary.wanted.kinds, NONE],
        truth=lambda label: several(label) or _one(NONE),
        guess=lambda understood, _: frozenset(it.kind for it in understood.wishes) or _one(NONE),
        measures=_of_categories,
    ),
    "category": Task(
        labels=lambda vocabulary: [category.code for category in vocabulary.categories],
        truth=lambda label: several(label) or _one(OTHER),
        guess=_guess_categories,
        measures=_of_categories,
    ),
}
