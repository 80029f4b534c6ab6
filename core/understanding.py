"""What one message says, as far as no model is needed: the same for every door and with Rasa dead."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from core import categories, emotion, escape, judging, references, tiers, wanted
from core.content import ContentError, mapping_at
from core.cues import Cues
from core.learned import NOTHING_LEARNED, Learned, features
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
    "chase",
    "vent_only",
    "machine",
    "withdraw",
    "hours",
    "blame",
    "money",
    "how_long",
    "correction",
    "no_recording",
    "elder",
    "complaint",
    "what_now",
]
LISTS = ("answers", "categories", "emotions", "escape", "references", "tiers", "wanted")
KINDS, DISPOSITIONS = judging.KINDS, judging.DISPOSITIONS
SHORT = frozenset(("yes", "no", "change", "skip", "register", "callback", "greeting", "thanks", "goodbye"))
BARE = 8  # characters beside a number that say no more than whose it is
SHORTEST_CLAUSE, MOST_CLAUSES = 3, 16
LONGEST_READ = 4000  # characters; what follows in a pasted novel is kept, but not searched for facts
_WORD = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Vocabulary:
    """All cue lists of content/, the step that turns Traditional into simplified, and what was learnt from
    data/labelled/; nothing learnt means that the cue lists stand alone."""

    simplify: Callable[[str], str]
    wishes_for_human: escape.Wishes
    emotions: emotion.EmotionCues
    rules: tiers.Rules
    categories: Sequence[categories.Category]
    wanted: wanted.Wishes
    labels: references.Labels
    remarks: Mapping[str, Cues]
    learned: Learned = NOTHING_LEARNED

    @classmethod
    def from_lists(
        cls,
        read: Callable[[str], object],
        simplify: Callable[[str], str],
        learned: Learned = NOTHING_LEARNED,
    ) -> Vocabulary:
        """From the files of content/ that LISTS names, as `read` gives them. Raises ContentError."""
        return cls(
            simplify=simplify,
            wishes_for_human=escape.Wishes.from_mapping(read("escape.yml")),
            emotions=emotion.EmotionCues.from_mapping(read("emotions.yml")),
            rules=tiers.Rules.from_mapping(read("tiers.yml")),
            categories=categories.from_list(read("categories.yml")),
            wanted=wanted.Wishes.from_mapping(read("wanted.yml")),
            labels=references.Labels.from_mapping(read("references.yml")),
            remarks=remarks_from(read("answers.yml")),
            learned=learned,
        )


@dataclass(frozen=True)
class Cued:
    """What the cue lists of content/ find in one message, before anything learned is asked."""

    folded: str
    human: str | None
    remarks: frozenset[str]
    issues: tuple[categories.Issue, ...]
    wishes: tuple[wanted.Wish, ...]
    references: tuple[Reference, ...]
    mood: emotion.Mood
    resigned: str | None
    raised: tuple[tiers.Raised, ...]

    @property
    def plain(self) -> bool:
        """A whole message that the lists know (yes, skip, a number): nothing is left to judge."""
        return bool(self.remarks & SHORT) or not _WORD.search(self.folded)

    @property
    def only_numbers(self) -> bool:
        """A number, an amount or a date, with hardly a word beside it: only whose or what it is."""
        rest = self.folded
        for found in self.references:
            rest = rest.replace(found.words, "")
        return bool(self.references) and len(_WORD.findall(rest)) <= BARE

    def marks(self, part: str | None = None) -> list[str]:
        """The findings as features for the learned judgements, so that a cue added to a list counts at
        once and nothing has to be said twice; with `part` those whose words stand in that part."""

        def said(words: str | None) -> bool:
            return bool(words) and (part is None or str(words) in part or part in str(words))

        felt = part is None or any(map(said, self.mood.words))
        issues = [issue.category for issue in self.issues if said(issue.cue)]
        return [
            f"mood {self.mood.name} {self.mood.level}" if felt else "mood calm 0",
            "issues" if issues else "no issue",
            *(f"issue {category}" for category in issues),
            *(f"wish {wish.kind}" for wish in self.wishes if said(wish.words)),
            *{f"flag {reason.flag}" for reason in self.raised if reason.flag and said(reason.words)},
            *(f"reference {found.kind}" for found in self.references if said(found.words)),
            *(f"remark {remark}" for remark in self.remarks if part is None),
            *([judging.HUMAN] if said(self.human) else []),
            *(["resigned"] if said(self.resigned) else []),
        ]


@dataclass(frozen=True)
class Understood(Cued):
    """One message, understood: `kind` is one of KINDS, `disposition` one of DISPOSITIONS, `remarks` are short
    answers and side questions by their code, `human` and `resigned` the words that decided, or None."""

    kind: str
    disposition: str

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


def by_cues(words: str, vocabulary: Vocabulary, today: date) -> Cued:
    """What the cue lists find in words said on `today` (the customer's date)."""
    v = vocabulary
    folded = fold(words[:LONGEST_READ], v.simplify)
    wishes = tuple(wanted.meant(folded, v.wanted, v.labels.denied))
    issues = categories.classify(folded, v.categories)
    return Cued(
        folded=folded,
        human=escape.wish_for_human(folded, v.wishes_for_human),
        remarks=frozenset(name for name, cues in v.remarks.items() if cues.first(folded)),
        issues=tuple(issue for issue in issues if not _wished(issue, wishes)),
        wishes=wishes,
        references=tuple(references.find(folded, v.labels, today)),
        mood=emotion.feel(folded, v.emotions, words[:LONGEST_READ]),
        resigned=emotion.resigned(folded, v.emotions),
        raised=tuple(tiers.by_words(folded, v.rules)),
    )


def understand(words: str, vocabulary: Vocabulary, today: date) -> Understood:
    """Read one message, said on `today` (the customer's date). Pure, and quick enough to come first."""
    cued = by_cues(words, vocabulary, today)
    learned = NOTHING_LEARNED if cued.plain else vocabulary.learned
    judged = judging.Judging(cued.folded, learned, features(cued.folded, cued.marks()), _parts(cued))
    wishes = judged.wishes(cued.wishes)
    disposition = judged.disposition(cued.resigned)
    v = vocabulary
    alone = escape.alone(cued.folded, v.wishes_for_human)
    kind = judged.kind(cued.issues)
    human = judged.human(cued.human, alone)
    if human is not None and escape.insult(human, v.wishes_for_human):
        human = None
    if len(cued.folded) <= judging.SHORT and (human or cued.remarks or cued.only_numbers):
        by_cue = {wish.kind for wish in cued.wishes}
        wishes = tuple(wish for wish in wishes if wish.kind in by_cue)
    found = {
        **vars(cued),
        "human": human,
        "issues": judged.issues(cued.issues),
        "mood": judged.mood(cued.mood),
        "resigned": judged.resigned(cued.resigned, disposition) if not wishes else None,
        "wishes": wishes,
        "raised": judged.raised(cued.raised, vocabulary.rules),
    }
    return Understood(**found, kind=kind, disposition=disposition)


def understand_turn(lines: Sequence[str], vocabulary: Vocabulary, today: date) -> Understood:
    """Read the messages of one turn, in the order said, as one text. A line that is nothing but a word for a
    person asks for one in any company; a matter that a line names by a cue is not lost among the others."""
    v = vocabulary
    whole = understand("\n".join(lines), v, today)
    if len(lines) < 2:
        return whole
    whole = replace(whole, issues=_with_named(whole, lines[:MOST_CLAUSES], v, today))
    if whole.human is not None:
        return whole
    short = [fold(line, v.simplify) for line in lines if len(line) < escape.LONGEST_WORD]
    asking = next((line for line in short if escape.alone(line, v.wishes_for_human)), None)
    return replace(whole, human=asking)


def _with_named(
    whole: Understood, lines: Sequence[str], vocabulary: Vocabulary, today: date
) -> tuple[categories.Issue, ...]:
    """The matters of a turn, with those that a line alone names by a cue that its judgement bears out."""
    found = {issue.category: issue for issue in whole.issues}
    for line in lines:
        by_cue = {issue.category for issue in by_cues(line, vocabulary, today).issues}
        told = understand(line, vocabulary, today).issues if by_cue else ()
        named = (issue for issue in told if issue.category in by_cue)
        for issue in named:
            place = max(0, whole.folded.find(issue.cue))
            found.setdefault(issue.category, replace(issue, start=place))
    return tuple(sorted(found.values(), key=lambda issue: (issue.start, issue.category)))


def _parts(cued: Cued) -> list[judging.Part]:
    """The clauses of a message that has several, each with its features: one weighs little in the whole."""
    clauses = [clause for clause in judging.CLAUSE.split(cued.folded) if len(clause) >= SHORTEST_CLAUSE]
    if len(clauses) < 2:
        return []
    if len(clauses) > MOST_CLAUSES:
        clauses = clauses[: MOST_CLAUSES // 2] + clauses[-MOST_CLAUSES // 2 :]
    return [judging.Part(clause, features(clause, cued.marks(clause))) for clause in clauses]


def _wished(issue: categories.Issue, wishes: Sequence[wanted.Wish]) -> bool:
    """A wish for a refund is no grievance about a refund."""
    end = issue.start + len(issue.cue)
    return any(issue.start < wish.start + len(wish.words) and wish.start < end for wish in wishes)


def red_flags(
    understood: Understood, vocabulary: Vocabulary, *, contacts: int, mood: int, flags: frozenset[str]
) -> list[tiers.Raised]:
    """Reasons in this message to raise the tier, the gravest first."""
    amounts = [int(found.value) for found in understood.values("amount") if found.value]
    counted = tiers.by_counts(
        vocabulary.rules, max(amounts, default=None), contacts=contacts, mood=mood, flags=flags
    )
    return tiers.gravest_first([*understood.raised, *counted])
