"""One message understood: what the cue lists hand on, what is judged at all, and that no text breaks it."""

import math
from dataclasses import replace
from datetime import date
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import judging, tiers, understanding
from core.categories import Issue
from core.emotion import CALM, Mood
from core.learned import NOTHING_LEARNED, Judge, Learned, features, row
from core.references import Reference
from core.tiers import CERTAIN, Raised
from core.understanding import MOST_CLAUSES, Cued, by_cues, understand
from core.wanted import Wish
from reception.content import load
from tests.fakes.grading import tier_of
from wiring import CONTENT

DAY = date(2026, 3, 2)
VOCABULARY = load(CONTENT, today=DAY, learned=NOTHING_LEARNED).vocabulary


def constant(apart: bool, **shares: float) -> Judge:
    bias = [math.log(share / (1 - share)) if apart else math.log(share) for share in shares.values()]
    return Judge(tuple(name.removeprefix("_") for name in shares), apart, tuple(bias), 1.0, {})


def with_learned(**judges: Judge) -> understanding.Vocabulary:
    return replace(VOCABULARY, learned=Learned(judges))


SHOUTING = with_learned(
    human_request=constant(False, no=0.01, yes=0.99),
    complaint=constant(False, complaint=0.98, grumble=0.01, other=0.01),
    mood=constant(False, _0=0.01, _1=0.01, _2=0.01, _3=0.97),
    red_flags=constant(True, safety=0.99, media=0.3),
    resigned=constant(False, explicit=0.01, hidden=0.97, neutral=0.01, satisfied=0.01),
    category=constant(True, damage=0.99, delay=0.99),
    wanted=constant(True, refund=0.99),
)
"""A judgement that finds everything in every text."""


# ---- what the cue lists found, as features

CUED = Cued(
    folded="冰箱摔坏了,要退款,13800138000,找人工",
    human="人工",
    remarks=frozenset({"correction"}),
    issues=(Issue("damage", "摔坏", 2),),
    wishes=(Wish("refund", "退款", 7),),
    references=(Reference("phone", "+8613800138000", 10, 21, "13800138000"),),
    mood=Mood("angry", 2, ("什么玩意",)),
    resigned="算了",
    raised=(Raised(3, "a", "漏气", "safety"), Raised(2, "b", "漏气了", "safety"), Raised(2, "c", "9000")),
)


def test_every_finding_is_a_feature_of_the_whole() -> None:
    assert sorted(CUED.marks()) == sorted(
        [
            *("mood angry 2", "issues", "issue damage", "wish refund", "flag safety", "reference phone"),
            *("remark correction", "human", "resigned"),
        ]
    )


def test_a_part_has_only_the_findings_whose_words_stand_in_it() -> None:
    assert sorted(CUED.marks("冰箱摔坏了")) == ["issue damage", "issues", "mood calm 0"]
    assert sorted(CUED.marks("找人工")) == ["human", "mood calm 0", "no issue"]
    assert sorted(CUED.marks("什么玩意漏气")) == ["flag safety", "mood angry 2", "no issue"]


def test_words_that_reach_over_a_clause_belong_to_both() -> None:
    cued = replace(CUED, human="换人,听见没有")
    assert all("human" in cued.marks(part) for part in ("换人", "听见没有"))


def test_nothing_found_is_a_feature_too() -> None:
    nothing = Cued("东西", None, frozenset(), (), (), (), CALM, None, ())
    assert nothing.marks() == nothing.marks("东西") == ["mood calm 0", "no issue"]


# ---- answers are judged by the cue lists alone

ANSWERS = [
    "是的",
    "不用了",
    "跳过",
    "13800138000",
    "SF1390123456789",
    "2",
    "0",
    "👍👍",
    "谢谢",
    "你好",
    "!!!",
    "",
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_message_that_is_plainly_an_answer_is_not_judged(answer: str) -> None:
    assert by_cues(answer, VOCABULARY, DAY).plain
    assert understand(answer, SHOUTING, DAY) == understand(answer, VOCABULARY, DAY)


@pytest.mark.parametrize(
    "said", ["是的,屋里一股怪味", "你好,我家的灶响", "谢谢你八辈子", "13800138000打这个吧人在医院"]
)
def test_an_answer_with_more_behind_it_is_judged(said: str) -> None:
    assert not by_cues(said, VOCABULARY, DAY).plain
    assert understand(said, SHOUTING, DAY) != understand(said, VOCABULARY, DAY)


def test_zero_asks_for_a_person_whatever_was_learned() -> None:
    never = with_learned(human_request=constant(False, no=0.99, yes=0.01))
    for said in ("0", "０。", "人工"):
        assert understand(said, never, DAY).human
    assert not understand("我想让人工给我核对一遍这笔账", never, DAY).human


def test_with_nothing_learned_all_is_as_the_cue_lists_found() -> None:
    for said in ("快递摔坏了，要退款，转人工", "算了不说了", "煤气漏气了！！！", "今天天气不错"):
        cued, understood = by_cues(said, VOCABULARY, DAY), understand(said, VOCABULARY, DAY)
        expected = {**vars(cued), "resigned": None if cued.wishes else cued.resigned}
        assert {name: vars(understood)[name] for name in expected} == expected


def test_who_asks_for_something_has_not_given_up() -> None:
    giving_up = with_learned(
        resigned=constant(False, explicit=0.01, hidden=0.97, neutral=0.01, satisfied=0.01)
    )
    assert understand("随你们吧就这样了", giving_up, DAY).resigned
    assert understand("随你们吧，把钱退款给我", giving_up, DAY).resigned is None


# ---- clauses


def safety_of(**weights: int) -> understanding.Vocabulary:
    """Safety is unlikely unless words speak for it; the weights are in roots of hundredths."""
    rows = {gram: row(10, [root]).encode("latin-1") for gram, root in weights.items()}
    return with_learned(red_flags=Judge(("safety",), True, (-3.0,), 0.01, rows))


LONG = "昨天下午去店里买了台灶具，师傅人挺好，送货也快，装完屋里一股怪味，我先出来站着了"
WITNESS = safety_of(怪味=25, 店里=-25, 挺好=-25, 送货=-25)


def test_a_red_flag_in_one_clause_of_a_long_message_is_found() -> None:
    cued = by_cues(LONG, WITNESS, DAY)
    assert cued.raised == ()
    whole = WITNESS.learned.shares("red_flags", features(cued.folded, cued.marks()))
    assert whole["safety"] < judging.FLAGGED_FOR_LIFE["safety"]
    (found,) = understand(LONG, WITNESS, DAY).raised
    assert (found.flag, found.words, found.certainty) == ("safety", "装完屋里一股怪味", CERTAIN)
    assert tier_of([found]) == WITNESS.rules.level_of("safety")


def test_without_that_clause_nothing_is_found() -> None:
    assert understand(LONG.replace("怪味", "香味"), WITNESS, DAY).raised == ()


@pytest.mark.parametrize("place", [0, 3, 96, 99])
def test_the_first_and_the_last_clauses_of_a_novel_are_read(place: int) -> None:
    clauses = ["店里挺好送货"] * 100
    clauses[place] = "屋里一股怪味"
    assert [it.words for it in understand("，".join(clauses), WITNESS, DAY).raised] == ["屋里一股怪味"]


def test_no_more_than_so_many_clauses_are_read() -> None:
    with mock.patch("core.understanding.features", wraps=features) as read:
        understand("屋里一股怪味，" * 500, WITNESS, DAY)
    assert read.call_count == MOST_CLAUSES + 1


def test_one_clause_is_not_read_twice() -> None:
    with mock.patch("core.understanding.features", wraps=features) as read:
        understand("屋里一股怪味，嗯，啊", WITNESS, DAY)
    assert read.call_count == 1


def test_counts_join_what_was_said_the_gravest_first() -> None:
    said = understand("会不会漏气啊，损失9000块", VOCABULARY, DAY)
    raised = understanding.red_flags(said, VOCABULARY, contacts=3, mood=3, flags=frozenset())
    rules = {reason.rule for reason in raised}
    assert {"claimed_loss", "third_contact", "anger"} <= rules
    assert raised == tiers.gravest_first(raised)


# ---- any text

PIECES = [
    *(
        "人工",
        "漏气",
        "退款",
        "0",
        "，",
        "。",
        "!",
        "13800138000",
        "昨天晚上",
        "三千块",
        "不是",
        "算了",
        " ",
        "\n",
    ),
    *(
        "摔坏",
        "👍",
        "電話",
        "\u200b",
        "\ud800",
        "𠮷",
        "<b>",
        "SF",
        "-",
        "/",
        "号",
        "幺三八",
        "你们",
        "百分之",
    ),
]
TEXTS = st.one_of(
    st.text(max_size=3000),
    st.lists(st.sampled_from(PIECES), max_size=700).map(lambda them: "".join(them)[:3000]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_no_text_breaks_it(text: str) -> None:
    with mock.patch("core.understanding.features", wraps=features) as read:
        judged = understand(text, SHOUTING, DAY)
    assert read.call_count <= MOST_CLAUSES + 1
    by_lists = understand(text, VOCABULARY, DAY)
    for heard in (judged, by_lists):
        assert heard.kind in understanding.KINDS
        assert heard.disposition in understanding.DISPOSITIONS
        assert 0 <= heard.mood.level <= 3
        assert all(1 <= reason.level <= 3 for reason in heard.raised)
        assert [issue.start for issue in heard.issues] == sorted(issue.start for issue in heard.issues)
    assert judged.plain == by_lists.plain
    assert judged.plain or judged.human
