"""Who has the last word: the cue lists, or a learned judgement whose shares are known here."""

import math
from pathlib import Path

import pytest
import yaml

from core import judging
from core.categories import Issue
from core.cues import Cues
from core.emotion import CALM, Mood
from core.escape import Wishes, alone
from core.judging import Judging, Part
from core.learned import NOTHING_LEARNED, Judge, Learned, row
from core.text import fold
from core.tiers import CERTAIN, UNCLEAR, Raised, Rules
from core.wanted import Wish
from tests.fakes.grading import flags_of, tier_of

CONTENT = yaml.safe_load((Path(__file__).parents[2] / "content/tiers.yml").read_text(encoding="utf-8"))
RULES = Rules.from_mapping(CONTENT)
APART = ("category", "red_flags", "wanted")
LITTLE = 0.01


def judge(name: str, shares: dict[str, float], grams: dict[str, dict[str, float]] | None = None) -> Learned:
    """A judgement with these shares for any text; a text in which one of `grams` stands has its shares."""
    apart = name in APART
    bias = {label: _weight(share, apart) for label, share in shares.items()}
    step = 1 / 256
    rows = {}
    for gram, wanted in (grams or {}).items():
        wanted = {**shares, **wanted}
        more = [(_weight(wanted[label], apart) - bias[label]) / step for label in shares]
        roots = [round(math.copysign(math.sqrt(abs(one)), one)) for one in more]
        rows[gram] = row(10, roots).encode("latin-1")
    return Learned({name: Judge(tuple(shares), apart, tuple(bias.values()), step, rows)})


def _weight(share: float, apart: bool) -> float:
    return math.log(share / (1 - share)) if apart else math.log(share)


def judging_of(learned: Learned, folded: str = "东西", marks: tuple[str, ...] = (), *parts: Part) -> Judging:
    return Judging(folded, learned, marks, parts)


def both(*learned: Learned) -> Learned:
    return Learned({name: judge for one in learned for name, judge in one.judges.items()})


CUE = Raised(3, "safety_gas", "漏气", "safety", CERTAIN)
ISSUE, WISH = Issue("damage", "摔坏", 2), Wish("refund", "退款", 5)
ANGRY = Mood("angry", 2, ("什么玩意",))


def test_with_nothing_learned_the_cue_lists_stand() -> None:
    nothing = judging_of(NOTHING_LEARNED, "漏气", (), Part("漏气", ["漏气"]), Part("摔坏", ["摔坏"]))
    assert nothing.human("人工", False) == "人工"
    assert nothing.human(None, False) is None
    assert nothing.kind([ISSUE]) == "complaint"
    assert nothing.kind([]) == "other"
    assert nothing.disposition("算了") == "hidden"
    assert nothing.disposition(None) == "neutral"
    assert nothing.resigned("算了", "hidden") == "算了"
    assert nothing.resigned(None, "neutral") is None
    assert nothing.mood(ANGRY) is ANGRY
    assert nothing.issues([ISSUE]) == (ISSUE,)
    assert nothing.wishes([WISH]) == (WISH,)
    assert nothing.raised([CUE], RULES) == (CUE,)


# ---- a wish for a person


def test_a_person_is_wished_above_the_limit_only() -> None:
    above = judge("human_request", {"no": 0.99 - judging.WISHED, "yes": judging.WISHED + LITTLE})
    below = judge("human_request", {"no": 1.01 - judging.WISHED, "yes": judging.WISHED - LITTLE})
    assert judging_of(above, "叫人,听见没").human(None, False) == "叫人"
    assert judging_of(below).human(None, False) is None


def test_a_cue_for_a_person_that_the_judgement_finds_absurd_is_dropped_and_one_kept() -> None:
    assert judging_of(judge("human_request", {"no": 0.9, "yes": 0.1})).human("人工", False) is None
    assert judging_of(judge("human_request", {"no": 0.1, "yes": 0.9})).human("人工", False) == "人工"


def test_a_message_that_is_such_a_word_alone_is_never_argued_away() -> None:
    absurd = judging_of(judge("human_request", {"no": 0.99, "yes": 0.01}))
    assert absurd.human("0", True) == "0"


def test_a_wish_for_a_person_in_one_clause_must_be_plain() -> None:
    part = Part("喊个管事的", ["喊个管事的"])
    calm = {"no": 0.9, "yes": 0.1}
    limit = judging.WISHED_IN_PART
    for share, words in ((limit + 0.05, "喊个管事的"), (limit - 0.05, None)):
        learned = judge("human_request", calm, {"喊个管事的": {"no": 1 - share, "yes": share}})
        assert judging_of(learned, "说来话长", (), part).human(None, False) == words


@pytest.mark.parametrize("said", ["0", "０", " 0 ", "0。", "【0】", "人工!!!", "人工"])
def test_alone_is_the_whole_message(said: str) -> None:
    wishes = Wishes(frozenset({"0", "人工"}), Cues.from_mapping(["真人"], "here"))
    assert alone(fold(said), wishes)


@pytest.mark.parametrize("said", ["", "00", "10", "人工费", "要人工", "真人", "0" + "!" * 40])
def test_alone_is_nothing_more(said: str) -> None:
    assert not alone(said, Wishes(frozenset({"0", "人工"}), Cues.from_mapping(["真人"], "here")))


# ---- what kind, how the customer takes it, the mood


def test_the_likeliest_kind_outvotes_an_issue_of_the_cues() -> None:
    grumble = judging_of(judge("complaint", {"complaint": 0.3, "grumble": 0.45, "other": 0.25}))
    assert grumble.kind([ISSUE]) == grumble.kind([]) == "grumble"


def test_giving_up_needs_less_where_a_cue_says_so() -> None:
    between = (judging.HIDDEN + judging.HIDDEN_BY_CUE) / 2
    rest = (1 - between) / 4
    shares = {"explicit": 2 * rest, "hidden": between, "neutral": rest, "satisfied": rest}
    judged = judging_of(judge("resigned", shares), "算了")
    assert (judged.disposition("算了"), judged.resigned("算了", "hidden")) == ("hidden", "算了")
    assert (judged.disposition(None), judged.resigned(None, "explicit")) == ("explicit", None)


def test_giving_up_without_a_cue_shows_the_clause_that_decided() -> None:
    shares = {"explicit": 0.1, "hidden": 0.25, "neutral": 0.6, "satisfied": 0.05}
    learned = judge("resigned", shares, {"认栽": {**shares, "hidden": 0.97, "neutral": 0.02}})
    judged = judging_of(learned, "买都买了,只好认栽了,能怎样", ("认栽",))
    assert judged.resigned(None, "hidden") == "只好认栽了"


@pytest.mark.parametrize(
    ("shares", "level"),
    [
        ((0.97, 0.01, 0.01, 0.01), 0),
        ((0.3, 0.6, 0.05, 0.05), 1),
        ((0.28, 0.26, 0.25, 0.21), 2),  # four close shares do not hide anger
        ((0.3, 0.25, 0.2, 0.25), 3),
        ((0.5, 0.1, 0.3, 0.1), 2),  # 2 and 3 together, though 0 has most
        ((0.56, 0.2, 0.14, 0.1), 0),
    ],
)
def test_the_level_of_a_mood(shares: tuple[float, ...], level: int) -> None:
    learned = judge("mood", dict(zip("0123", shares, strict=True)))
    assert judging_of(learned).mood(CALM).level == level


def test_a_mood_keeps_name_and_words_of_the_cues_and_is_calm_when_judged_so() -> None:
    furious = judge("mood", {"0": 0.01, "1": 0.01, "2": 0.08, "3": 0.9})
    mild = judge("mood", {"0": 0.1, "1": 0.88, "2": 0.01, "3": 0.01})
    calm = judge("mood", {"0": 0.97, "1": 0.01, "2": 0.01, "3": 0.01})
    assert judging_of(furious).mood(ANGRY) == Mood("angry", 3, ANGRY.words)
    assert judging_of(furious).mood(Mood("abusive", 3, ("x",))).name == "abusive"
    assert judging_of(mild).mood(Mood("abusive", 3, ("x",))) == Mood("frustrated", 1, ("x",))
    assert judging_of(mild).mood(Mood("worried", 1, ("x",))).name == "worried"
    assert judging_of(mild).mood(Mood("distressed", 3, ("x",))).name == "distressed"
    assert judging_of(calm).mood(ANGRY) == CALM
    assert judging_of(furious, "气人,真是").mood(CALM) == Mood("angry", 3, ("气人",))


# ---- issues and wishes


def test_the_likeliest_issue_needs_little_and_a_second_one_more() -> None:
    only, more = judging.ONLY_ISSUE, judging.ISSUE
    one = judging_of(judge("category", {"damage": only + LITTLE, "delay": only - LITTLE}))
    none = judging_of(judge("category", {"damage": only - LITTLE, "delay": only - 2 * LITTLE}))
    two = judging_of(judge("category", {"damage": more + 2 * LITTLE, "delay": more + LITTLE}))
    assert [issue.category for issue in one.issues([])] == ["damage"]
    assert none.issues([ISSUE]) == ()
    assert {issue.category for issue in two.issues([ISSUE])} == {"damage", "delay"}
    assert ISSUE in two.issues([ISSUE])


def test_a_message_of_no_matter_has_no_issue() -> None:
    share = judging.NO_MATTER + LITTLE
    rest = (1 - share) / 2
    learned = both(
        judge("category", {"damage": 0.9}),
        judge("complaint", {"complaint": rest, "grumble": rest, "other": share}),
    )
    assert judging_of(learned).issues([]) == ()
    assert judging_of(learned).issues([ISSUE]) == (ISSUE,)


def test_an_issue_of_one_clause_stands_where_it_was_said() -> None:
    folded = "说来话长,送来就裂了,还晚了"
    share = judging.PLAIN_ISSUE + 0.1
    learned = judge("category", {"delay": 0.3, "damage": 0.02}, {"裂": {"damage": share}})
    parts = [Part("说来话长", ["说"]), Part("送来就裂了", ["裂"]), Part("还晚了", ["晚"])]
    found = judging_of(learned, folded, (), *parts).issues([])
    assert Issue("damage", "送来就裂了", 5) in found
    assert [issue.start for issue in found] == sorted(issue.start for issue in found)


def test_a_wish_of_the_cues_falls_when_absurd_and_stays_when_only_unlikely() -> None:
    limit = judging.WANTED_BY_CUE
    long = "这么长的一句话总不会只是一个回答吧"
    absurd = judging_of(judge("wanted", {"refund": limit - LITTLE}), long)
    unlikely = judging_of(judge("wanted", {"refund": limit + LITTLE}), long)
    assert absurd.wishes([WISH]) == ()
    assert unlikely.wishes([WISH]) == (WISH,)
    assert unlikely.wishes([]) == ()
    assert unlikely.wishes([Wish("visit", "上门", 0)]) == (Wish("visit", "上门", 0),)  # never fitted


def test_a_short_answer_needs_less_to_be_a_wish() -> None:
    share = (judging.WANTED + judging.WANTED_SHORT) / 2
    learned = judge("wanted", {"refund": share})
    kinds = {
        length: [it.kind for it in judging_of(learned, "钱" * length).wishes([])]
        for length in (judging.SHORT, judging.SHORT + 1)
    }
    assert kinds == {judging.SHORT: ["refund"], judging.SHORT + 1: []}


# ---- red flags


def test_a_flag_of_the_cues_that_is_absurd_is_dropped_and_one_kept() -> None:
    limit = judging.FLAGGED_BY_CUE_FOR_LIFE
    assert judging_of(judge("red_flags", {"safety": 0.01})).raised([CUE], RULES) == ()
    assert CUE not in judging_of(judge("red_flags", {"safety": limit - LITTLE})).raised([CUE], RULES)
    assert judging_of(judge("red_flags", {"safety": limit + LITTLE})).raised([CUE], RULES) == (CUE,)


def test_a_flag_of_the_cues_is_kept_for_one_clause() -> None:
    learned = judge("red_flags", {"safety": 0.01}, {"漏气": {"safety": judging.FLAGGED_BY_CUE + 0.1}})
    assert judging_of(learned, "说来话长", (), Part("漏气", ["漏气"])).raised([CUE], RULES) == (CUE,)


def test_a_flag_that_was_never_fitted_is_never_dropped() -> None:
    staff = Raised(2, "staff", "骂我", "staff_conduct")
    count = Raised(2, "claimed_loss", "9000")
    assert judging_of(judge("red_flags", {"safety": 0.01})).raised([staff, count], RULES) == (staff, count)


def test_a_learned_flag_counts_as_its_plainest_rule_and_is_not_said_twice() -> None:
    learned = judge("red_flags", {"safety": 0.95, "media": 0.95})
    found = judging_of(learned, "灶台轰的一声").raised([CUE], RULES)
    assert found[0] is CUE
    assert [(it.level, it.rule, it.words, it.certainty) for it in found[1:]] == [
        (RULES.level_of("media"), "learned_media", "灶台轰的一声", CERTAIN)
    ]


def test_an_unclear_flag_raises_no_tier_and_is_marked_for_a_person() -> None:
    between = (judging.FLAGGED + judging.FLAG_CERTAIN) / 2
    found = judging_of(judge("red_flags", {"safety": between, "media": between})).raised([], RULES)
    assert {it.certainty for it in found} == {UNCLEAR}
    assert tier_of(found) == 1
    assert flags_of(found) == {"safety", "media"}


def test_where_a_life_is_at_stake_less_is_enough() -> None:
    between = (judging.FLAGGED + judging.FLAGGED_FOR_LIFE["safety"]) / 2
    learned = judge("red_flags", {"safety": between, "self_harm": between, "media": between})
    assert flags_of(judging_of(learned).raised([], RULES)) == {"safety", "self_harm"}


def test_a_flag_of_one_clause_must_be_plain_and_shows_the_clause() -> None:
    for share, words in ((judging.PLAIN + 0.05, ["咝咝作响"]), (judging.PLAIN - 0.05, [])):
        learned = judge("red_flags", {"safety": 0.01}, {"咝": {"safety": share}})
        parts = [Part("昨天装的", ["昨"]), Part("咝咝作响", ["咝"])]
        found = judging_of(learned, "昨天装的,咝咝作响", (), *parts).raised([], RULES)
        assert [it.words for it in found] == words
        assert tier_of(found, 1) == (RULES.level_of("safety") if words else 1)


def test_a_reason_is_never_longer_than_a_line() -> None:
    learned = judge("red_flags", {"safety": 0.95})
    assert len(judging_of(learned, "啊" * 300).raised([], RULES)[0].words) == judging.LONGEST_SHOWN


# ---- the level of a flag


def rules(*given: tuple[str, int, str]) -> Rules:
    made = [
        {"id": f"r{place}", "flag": flag, "level": level, "certainty": certainty, "words": ["词"]}
        for place, (flag, level, certainty) in enumerate(given)
    ]
    return Rules.from_mapping({**CONTENT, "rules": made})


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ((("media", 3, CERTAIN),), 3),
        ((("media", 3, CERTAIN), ("media", 2, CERTAIN)), 2),
        ((("media", 2, UNCLEAR), ("media", 3, CERTAIN)), 3),
        ((("media", 3, UNCLEAR),), 2),
        ((("legal", 3, CERTAIN),), 2),
    ],
)
def test_a_flag_raises_as_its_plainest_certain_rule_does(
    given: tuple[tuple[str, int, str], ...], level: int
) -> None:
    assert rules(*given).level_of("media") == level


@pytest.mark.parametrize("flag", ["safety", "self_harm", "violence"])
def test_for_our_words_a_life_is_grave(flag: str) -> None:
    assert RULES.level_of(flag) == 3
