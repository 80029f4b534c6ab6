"""How grave the matter is: 1 ordinary, 2 serious, 3 grave. Any one trigger raises, nothing here lowers."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from core.content import ContentError, known_keys, list_at, mapping_at, text_at, texts_at, whole_at
from core.cues import NEVER, NO_CUES, Cues, Hit, either
from core.numerals import NUMBER, read_number

FLAGS = (
    "safety",
    "self_harm",
    "violence",
    "legal",
    "media",
    "regulator",
    "privacy",
    "group",
    "staff_conduct",
    "vulnerable",
    "repeat_contact",
    "promise_missed",
    "hidden_dissatisfaction",
)
NAMES = {1: "ordinary", 2: "serious", 3: "grave"}
CERTAIN, UNCLEAR = "certain", "unclear"
_CLAUSE = re.compile(r"[,。.;!?\n]")
_RULE_KEYS = (
    "id",
    "level",
    "flag",
    "certainty",
    "deniable",
    "doubtable",
    "words",
    "patterns",
    "unless",
    "unless_patterns",
    "counted",
    "least",
)
_KEYS = ("limits", "denied_before", "denied_after", "doubted_before", "doubted_after", "rules")
_LIMITS = ("amount", "contacts", "mood")


@dataclass(frozen=True)
class Raised:
    """One reason for a tier: the rule's id, the words that decided ("" when a count did), and its flag.
    `certainty` is `unclear` when a person has to look before anything is done."""

    level: int
    rule: str
    words: str
    flag: str | None = None
    certainty: str = CERTAIN


@dataclass(frozen=True)
class Rule:
    """Cues that raise to `level`. `deniable`: "nobody was hurt" does not raise; `doubtable`: "will it
    explode?" is unclear. With `counted`, a number of at least `least` must stand before these words."""

    id: str
    level: int
    flag: str | None
    certainty: str
    deniable: bool
    doubtable: bool
    cues: Cues
    counted: re.Pattern[str]
    least: int


@dataclass(frozen=True)
class Rules:
    """content/tiers.yml: rules, limits, and the expressions of denial and doubt."""

    rules: tuple[Rule, ...]
    amount: int
    contacts: int
    mood: int
    denied_before: re.Pattern[str]
    denied_after: re.Pattern[str]
    doubted_before: re.Pattern[str]
    doubted_after: re.Pattern[str]

    def level_of(self, flag: str) -> int:
        """The level to which a flag raises by its plainest rule; 2 for one without a rule."""
        levels = [rule.level for rule in self.rules if rule.flag == flag and rule.certainty == CERTAIN]
        return min(levels, default=2)

    @classmethod
    def from_mapping(cls, value: object, where: str = "tiers.yml") -> Rules:
        """Raises ContentError: unknown names, a rule id that stands twice, a broken pattern."""
        given = mapping_at(value, where)
        known_keys(given, _KEYS, where)
        limits = mapping_at(given.get("limits"), f"{where}.limits")
        known_keys(limits, _LIMITS, f"{where}.limits")
        rules = tuple(
            _rule(item, f"{where}.rules[{place}]")
            for place, item in enumerate(list_at(given.get("rules"), f"{where}.rules"), 1)
        )
        ids = [rule.id for rule in rules]
        for id in ids:
            if ids.count(id) > 1:
                raise ContentError(f"{where}.rules", f"the id {id!r} stands twice")
        return cls(
            rules,
            **{name: whole_at(limits.get(name), f"{where}.limits.{name}", least=1) for name in _LIMITS},
            denied_before=_at_end(given, "denied_before", where),
            denied_after=_at_start(given, "denied_after", where),
            doubted_before=_at_start(given, "doubted_before", where),
            doubted_after=_at_start(given, "doubted_after", where),
        )


def _rule(value: object, where: str) -> Rule:
    given = mapping_at(value, where)
    known_keys(given, _RULE_KEYS, where)
    id, flag = text_at(given.get("id"), f"{where}.id"), given.get("flag")
    where = f"{where} ({id})"
    if flag is not None and flag not in FLAGS:
        raise ContentError(f"{where}.flag", f"unknown flag {flag!r}; known are {', '.join(FLAGS)}")
    certainty = given.get("certainty", CERTAIN)
    if certainty not in (CERTAIN, UNCLEAR):
        raise ContentError(f"{where}.certainty", f"{CERTAIN} or {UNCLEAR}, not {certainty!r}")
    counted = texts_at(given.get("counted"), f"{where}.counted")
    cues = {key: given[key] for key in ("words", "patterns", "unless", "unless_patterns") if key in given}
    return Rule(
        id,
        whole_at(given.get("level"), f"{where}.level", least=2, most=3),
        flag,
        certainty,
        bool(given.get("deniable", False)),
        bool(given.get("doubtable", False)),
        Cues.from_mapping(cues, where) if cues else NO_CUES,
        re.compile(f"({NUMBER})(?:{either((), counted, where).pattern})") if counted else NEVER,
        whole_at(given.get("least", 0), f"{where}.least"),
    )


def _at_end(given: Mapping[str, object], name: str, where: str) -> re.Pattern[str]:
    return re.compile(f"(?:{either((), texts_at(given.get(name), f'{where}.{name}'), where).pattern})$")


def _at_start(given: Mapping[str, object], name: str, where: str) -> re.Pattern[str]:
    return either((), texts_at(given.get(name), f"{where}.{name}"), f"{where}.{name}")


def gravest_first(reasons: Iterable[Raised]) -> list[Raised]:
    """The highest level first, the certain before the unclear."""
    return sorted(reasons, key=lambda reason: (-reason.level, reason.certainty != CERTAIN))


def by_words(folded: str, rules: Rules) -> list[Raised]:
    """The reasons that the words give."""
    return [reason for rule in rules.rules for reason in _by_words(folded, rule, rules)]


def by_counts(
    rules: Rules, amount: int | None, *, contacts: int, mood: int, flags: Collection[str]
) -> list[Raised]:
    """The reasons that no word gives: `amount` is the loss claimed in yuan, `contacts` how often the customer
    came for this issue (this time included), `mood` the anger from 0 to 3, `flags` what is already on the
    complaint (a missed promise raises)."""
    made = []
    if amount is not None and amount >= rules.amount:
        made.append(Raised(2, "claimed_loss", str(amount)))
    if contacts >= rules.contacts:
        made.append(Raised(2, "third_contact", str(contacts), "repeat_contact"))
    if mood >= rules.mood:
        made.append(Raised(2, "anger", str(mood)))
    if "promise_missed" in flags:
        made.append(Raised(2, "promise_missed", "", "promise_missed"))
    return made


def _by_words(folded: str, rule: Rule, rules: Rules) -> list[Raised]:
    """At most one reason for a rule: the first certain cue, else the first unclear one."""
    best: Raised | None = None
    for hit in (*rule.cues.hits(folded), *_counted(folded, rule)):
        before, after = _around(folded, hit)
        if rule.deniable and (rules.denied_before.search(before) or rules.denied_after.match(after)):
            continue
        doubted = rule.doubtable and (rules.doubted_before.search(before) or rules.doubted_after.match(after))
        certainty = UNCLEAR if doubted else rule.certainty
        level = 2 if certainty == UNCLEAR else rule.level
        if best is None or (best.certainty == UNCLEAR and certainty == CERTAIN):
            best = Raised(level, rule.id, hit.words, rule.flag, certainty)
    return [best] if best else []


def _counted(folded: str, rule: Rule) -> list[Hit]:
    """Numbers of at least `least` before the counted words: a dozen households."""
    found = []
    for match in rule.counted.finditer(folded):
        number = read_number(match.group(1))
        if number is not None and number >= rule.least:
            found.append(Hit(match.group(), match.start(), match.end()))
    return found


def _around(folded: str, hit: Hit) -> tuple[str, str]:
    """What stands before and after a hit within its clause."""
    before = _CLAUSE.split(folded[: hit.start])[-1]
    after = _CLAUSE.split(folded[hit.end :], maxsplit=1)[0]
    return before, after
