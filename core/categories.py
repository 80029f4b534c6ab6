"""What a complaint is about. Several issues in one sentence stay several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.content import ContentError, known_keys, list_at, mapping_at, text_at
from core.cues import NO_CUES, Cues

OTHER = "other"
MISSING_FIELDS = ("order", "waybill", "item", "product", "date", "branch", "amount", "time", "goods", "site")
_KEYS = ("code", "name", "cues", "missing_field", "missing", "ask", "detail", "department")


@dataclass(frozen=True)
class Category:
    """A kind of complaint: `missing_field` is the one fact worth asking, `ask` the question, `missing` its
    noun, `detail` names the customer's own matter in empathy lines, `department` answers for it."""

    code: str
    name: str
    cues: Cues
    missing_field: str
    missing: str
    ask: str
    detail: str
    department: str


@dataclass(frozen=True)
class Issue:
    """One grievance: its category and the words that named it."""

    category: str
    cue: str
    start: int


def from_list(value: object, where: str = "categories.yml") -> tuple[Category, ...]:
    """The categories in the order of the file. Raises ContentError: a code twice, or no `other`."""
    made = tuple(_category(item, f"{where}[{place}]") for place, item in enumerate(list_at(value, where), 1))
    codes = [category.code for category in made]
    for code in codes:
        if codes.count(code) > 1:
            raise ContentError(where, f"the code {code!r} stands twice")
    if OTHER not in codes:
        raise ContentError(
            where, f"the category {OTHER!r} is missing: what nobody recognises must go somewhere"
        )
    return made


def _category(value: object, where: str) -> Category:
    given = mapping_at(value, where)
    known_keys(given, _KEYS, where)
    texts = {key: text_at(given.get(key), f"{where}.{key}") for key in _KEYS if key != "cues"}
    if texts["missing_field"] not in MISSING_FIELDS:
        raise ContentError(f"{where}.missing_field", f"known are {', '.join(MISSING_FIELDS)}")
    cues = Cues.from_mapping(given["cues"], f"{where}.cues") if given.get("cues") else NO_CUES
    return Category(cues=cues, **texts)


def by_code(code: str | None, categories: Sequence[Category]) -> Category:
    """The category of a code; `other` for an unknown one, so that nothing routes to nowhere."""
    named = {category.code: category for category in categories}
    return named.get(code or OTHER, named[OTHER])


def classify(folded: str, categories: Sequence[Category]) -> list[Issue]:
    """The issues of a text in the order said, one for each category; [] when nothing was recognised
    (then the category is `other`, and people decide)."""
    found = []
    for category in categories:
        hit = category.cues.first(folded)
        if hit:
            found.append(Issue(category.code, hit.words, hit.start))
    return sorted(found, key=lambda issue: issue.start)
