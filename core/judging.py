"""Where the cue lists and the learned judgements meet: which one counts, and when.

What the cue lists found is also a feature of the learned judgements, so these usually have the last word;
without them (nothing learned yet) the lists stand alone. Every limit was chosen on development sentences
that neither had seen: docs/understanding.md, docs/decisions/learned-judgements.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.categories import OTHER, Issue
from core.emotion import CALM, Mood
from core.learned import Learned
from core.tiers import CERTAIN, UNCLEAR, Raised, Rules
from core.wanted import Wish

KINDS = ("complaint", "grumble", "other")
DISPOSITIONS = ("hidden", "explicit", "satisfied", "neutral")
HUMAN = "human"  # the mark of a cue that asks for a person
WISHED, WISHED_IN_PART = 0.42, 0.85  # a wish for a person: a miss costs more than a false alarm
HIDDEN, HIDDEN_BY_CUE = 0.5, 0.35
ANGRY, CALMLY = 0.4, 0.55  # the first is for levels 2 and 3 together
PLAIN, PLAIN_ISSUE = 0.6, 0.8  # the share from which a clause alone decides
ONLY_ISSUE, ISSUE, ISSUE_BY_CUE, NO_MATTER = 0.12, 0.5, 0.15, 0.7
SHORT = 14  # characters: so short a message answers a question rather than tells a story
WANTED, WANTED_SHORT = 0.35, 0.13
WANTED_BY_CUE, WANTED_BY_CUE_SHORT = 0.05, 0.1
FLAGGED, FLAGGED_BY_CUE, FLAG_CERTAIN = 0.18, 0.1, 0.45
# Here a false alarm is cheaper than a miss.
FLAGGED_FOR_LIFE = {"safety": 0.155, "violence": 0.155, "self_harm": 0.13}
FLAGGED_BY_CUE_FOR_LIFE = 0.04
LONGEST_SHOWN = 30  # characters of a reason
CLAUSE = re.compile(r"[,，。.!！?？;；~、\n ]+")


@dataclass(frozen=True)
class Part:
    """A clause with its features."""

    words: str
    features: Sequence[str]


@dataclass(frozen=True)
class Judging:
    """The learned judgements on one message; each method takes what the cue lists found. `parts`: its
    clauses, if it has several."""

    folded: str
    learned: Learned
    features: Sequence[str]
    parts: Sequence[Part] = ()

    def _shares(self, name: str) -> Mapping[str, float]:
        return self.learned.shares(name, self.features)

    def _in_parts(self, name: str) -> dict[str, tuple[float, str]]:
        """For each label the clause that speaks most for it, with its share."""
        best: dict[str, tuple[float, str]] = {}
        for part in self.parts:
            for label, share in self.learned.shares(name, part.features).items():
                best[label] = max(best.get(label, (0.0, "")), (share, part.words))
        return best

    def _why(self, name: str, label: str) -> str:
        """The clause whose words spoke most for a label: what a person is shown as the reason."""
        best = self.learned.judges[name].why(self.folded, label)
        clauses = [clause for clause in CLAUSE.split(self.folded) if clause]
        return next((clause for clause in clauses if best in clause.lower()), self.folded)[:LONGEST_SHOWN]

    def human(self, cue: str | None, alone: bool) -> str | None:
        """The words that ask for a person. A message that is such a word alone (0) is always one; one at the
        end of a long story counts when it is plain."""
        shares = self._shares("human_request")
        if alone or not shares:
            return cue
        if shares["yes"] > WISHED:
            return cue or self._why("human_request", "yes")
        share, words = self._in_parts("human_request").get("yes", (0.0, ""))
        return words if share > WISHED_IN_PART else None

    def kind(self, issues: Sequence[Issue]) -> str:
        """A complaint, a grumble, or neither."""
        return _likeliest(self._shares("complaint")) or ("complaint" if issues else "other")

    def disposition(self, cue: str | None) -> str:
        """Gives up without complaining, complains, is content, or none of these."""
        shares = self._shares("resigned")
        if not shares:
            return "hidden" if cue else "neutral"
        if shares["hidden"] > (HIDDEN_BY_CUE if cue else HIDDEN):
            return "hidden"
        return _likeliest({label: share for label, share in shares.items() if label != "hidden"})

    def resigned(self, cue: str | None, disposition: str) -> str | None:
        """The words of a customer who gives up, or None for another disposition."""
        if disposition != "hidden":
            return None
        return cue or self._why("resigned", "hidden")

    def mood(self, felt: Mood) -> Mood:
        """The level is learned; name and words come from the cues where there are any."""
        shares = self._shares("mood")
        if not shares:
            return felt
        level = _level(shares)
        words = felt.words or ((self._why("mood", str(level)),) if level else ())
        return Mood(_mood_name(felt, level), level, words) if level else CALM

    def issues(self, found: Sequence[Issue]) -> tuple[Issue, ...]:
        """What it is about, in the order said; nothing when this message tells of no matter."""
        shares = self._shares("category")
        if not shares:
            return tuple(found)
        by_cue = {issue.category: issue for issue in found}
        if self._shares("complaint").get("other", 0.0) > NO_MATTER:
            return tuple(issue for issue in found if shares.get(issue.category, 0.0) > ONLY_ISSUE)
        top = _likeliest(shares)
        likely = {code for code, share in shares.items() if share > (ONLY_ISSUE if code == top else ISSUE)}
        plain = {
            code: words for code, (share, words) in self._in_parts("category").items() if share > PLAIN_ISSUE
        }
        likely |= {code for code in by_cue if shares.get(code, 0.0) > ISSUE_BY_CUE}
        if likely == {OTHER} and by_cue:
            likely = set(by_cue)
        issues = [by_cue.get(code) or self._issue(code, plain.get(code)) for code in likely | plain.keys()]
        return tuple(sorted(issues, key=lambda issue: (issue.start, issue.category)))

    def _issue(self, code: str, clause: str | None) -> Issue:
        words = clause or self._why("category", code)
        return Issue(code, words[:LONGEST_SHOWN], max(0, self.folded.find(words)))

    def wishes(self, found: Sequence[Wish]) -> tuple[Wish, ...]:
        """The outcomes asked for, in the order said."""
        shares = self._shares("wanted")
        if not shares:
            return tuple(found)
        parts = self._in_parts("wanted")
        best = {kind: max(share, parts.get(kind, (0.0, ""))[0]) for kind, share in shares.items()}
        short = len(self.folded) <= SHORT
        least, limit = (WANTED_BY_CUE_SHORT, WANTED_SHORT) if short else (WANTED_BY_CUE, WANTED)
        kept = [wish for wish in found if best.get(wish.kind, 1.0) > least]
        told = {wish.kind for wish in kept}
        new = [kind for kind, share in shares.items() if share > limit and kind not in told]
        return tuple(sorted((*kept, *map(self._wish, new)), key=lambda wish: (wish.start, wish.kind)))

    def _wish(self, kind: str) -> Wish:
        words = self._why("wanted", kind)
        return Wish(kind, words, max(0, self.folded.find(words)))

    def raised(self, found: Sequence[Raised], rules: Rules) -> tuple[Raised, ...]:
        """Reasons to raise the tier: those of the cues that the learned judgement does not think absurd, and
        its own."""
        shares = self._shares("red_flags")
        parts = self._in_parts("red_flags")
        best = {flag: max(share, parts.get(flag, (0.0, ""))[0]) for flag, share in shares.items()}
        kept = [reason for reason in found if best.get(str(reason.flag), 1.0) > _absurd(reason.flag)]
        told = {reason.flag for reason in kept}
        new = [flag for flag in best if flag not in told]
        of_whole = {flag: (shares[flag], "") for flag in new if shares[flag] > _limit(flag)}
        of_parts = {flag: parts[flag] for flag in new if flag in parts and parts[flag][0] > PLAIN}
        return (*kept, *(self._raised(flag, *it, rules) for flag, it in {**of_whole, **of_parts}.items()))

    def _raised(self, flag: str, share: float, clause: str, rules: Rules) -> Raised:
        """A learned flag counts as the flag's cues do; when it is not certain a person looks first."""
        certainty = CERTAIN if share > FLAG_CERTAIN else UNCLEAR
        level = rules.level_of(flag) if certainty == CERTAIN else 1
        words = (clause or self._why("red_flags", flag))[:LONGEST_SHOWN]
        return Raised(level, f"learned_{flag}", words, flag, certainty)


def _likeliest(shares: Mapping[str, float]) -> str:
    return max(shares, key=shares.__getitem__, default="")


def _absurd(flag: str | None) -> float:
    """The share under which a cue is taken for a look-alike."""
    return FLAGGED_BY_CUE_FOR_LIFE if flag in FLAGGED_FOR_LIFE else FLAGGED_BY_CUE


def _limit(flag: str) -> float:
    return FLAGGED_FOR_LIFE.get(flag, FLAGGED)


def _level(shares: Mapping[str, float]) -> int:
    """0 to 3. Calm and angry are told apart first, so that four close shares do not hide anger."""
    angry = shares["2"] + shares["3"]
    if angry > ANGRY or (shares["0"] < CALMLY and angry > shares["1"]):
        return 3 if shares["3"] > shares["2"] else 2
    return 1 if shares["0"] < CALMLY else 0


def _mood_name(felt: Mood, level: int) -> str:
    if felt.name == "distressed" or (felt.name == "abusive" and level == 3):
        return felt.name
    if level >= 2:
        return "angry"
    return felt.name if felt.level and felt.name not in ("angry", "abusive") else "frustrated"
