"""What one message says, as far as no model is needed: the same for every door and with Rasa dead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from core import categories, emotion, escape, references, tiers, wanted
from core.content import ContentError, mapping_at
from core.cues import Cues
from core.references import Reference
from core.text import fold, is_blank

REMARKS = [
    "yes",
    "no",
    "change",
    "skip",
    "register",
    "callback",
    "greeting",
    "thanks",
    "goodbye",
    "status",
    "vent_only",
    "machine",
    "withdraw",
    "hours",
    "blame",
    "money",
    "how_long",
    "correction",
    "no_recording",
]
LONGEST_READ = 4000  # characters; what follows in a pasted novel is kept, but not searched for facts
_WORD = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Vocabulary:
    """All cue lists of content/, and the step that turns Traditional into simplified."""

    simplify: Callable[[str], str]
    wishes_for_human: escape.Wishes
    emotions: emotion.EmotionCues
    rules: tiers.Rules
    categories: Sequence[categories.Category]
    wanted: wanted.Wishes
    labels: references.Labels
    remarks: Mapping[str, Cues]


@dataclass(frozen=True)
class Understood:
    """One message, understood. `remarks` are short answers and side questions by their code."""

    folded: str
    human: str | None
    remarks: frozenset[str]
    issues: tuple[categories.Issue, ...]
    wishes: tuple[wanted.Wish, ...]
    references: tuple[Reference, ...]
    mood: emotion.Mood
    resigned: str | None

    @property
    def blank(self) -> bool:
        """Nothing there to understand."""
        return is_blank(self.folded)

    @property
    def wordless(self) -> bool:
        """No word and no fact: only emoji, stray letters or digits."""
        return not _WORD.search(self.folded) and not self.references and not self.remarks

    def values(self, kind: str) -> list[Reference]:
        """References of one kind, in order, without those the customer takes back ("not the 3rd")."""
        return [found for found in self.references if found.kind == kind and not found.denied]


def remarks_from(value: object, where: str = "answers.yml") -> dict[str, Cues]:
    """The remarks of content/answers.yml. Raises ContentError for one that is missing or unknown."""
    given = mapping_at(value, where)
    if set(given) != set(REMARKS):
        odd = sorted(set(given) ^ set(REMARKS))
        raise ContentError(where, f"exactly these lists are needed; missing or unknown: {', '.join(odd)}")
    return {name: Cues.from_mapping(given[name], f"{where}.{name}") for name in REMARKS}


def understand(words: str, vocabulary: Vocabulary, today: date) -> Understood:
    """Read one message, said on `today` (the customer's date). Pure, and quick enough to come first."""
    v = vocabulary
    folded = fold(words[:LONGEST_READ], v.simplify)
    wishes = tuple(wanted.meant(folded, v.wanted, v.labels.denied))
    return Understood(
        folded=folded,
        human=escape.wish_for_human(folded, v.wishes_for_human),
        remarks=frozenset(name for name, cues in v.remarks.items() if cues.first(folded)),
        issues=tuple(
            issue for issue in categories.classify(folded, v.categories) if not _wished(issue, wishes)
        ),
        wishes=wishes,
        references=tuple(references.find(folded, v.labels, today)),
        mood=emotion.feel(folded, v.emotions, words[:LONGEST_READ]),
        resigned=None if wishes else emotion.resigned(folded, v.emotions),
    )


def _wished(issue: categories.Issue, wishes: Sequence[wanted.Wish]) -> bool:
    """A wish for a refund is no grievance about a refund."""
    end = issue.start + len(issue.cue)
    return any(issue.start < wish.start + len(wish.words) and wish.start < end for wish in wishes)


def red_flags(
    understood: Understood, vocabulary: Vocabulary, *, contacts: int, mood: int, flags: frozenset[str]
) -> list[tiers.Raised]:
    """Reasons in this message to raise the tier, the gravest first."""
    amounts = [int(found.value) for found in understood.values("amount") if found.value]
    return tiers.grade(
        understood.folded,
        vocabulary.rules,
        amount=max(amounts, default=None),
        contacts=contacts,
        mood=mood,
        flags=flags,
    )
