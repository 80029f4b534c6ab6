"""Values in words."""

from datetime import timedelta

import pytest

from desk.shown import Show, marks, one_line, phone
from tests.fakes.complaints import NOON


@pytest.fixture
def show(house):
    return Show(house.content, NOON, {"damage": "物流破损"})


@pytest.mark.parametrize(
    ("delta", "words"),
    [
        (timedelta(hours=1), "13:00"),
        (timedelta(hours=11, minutes=59), "23:59"),
        (timedelta(hours=12), "明天 00:00"),
        (-timedelta(hours=13), "昨天 23:00"),
        (timedelta(days=5), "3月7日 12:00"),
        (timedelta(days=400), "2027年4月6日 12:00"),
    ],
)
def test_instants_are_told_in_shanghai_and_short(delta, words, show):
    assert show.when(NOON + delta) == words
    assert show.when((NOON + delta).isoformat()) == words


def test_no_instant_is_told_as_nothing(show):
    assert (show.when(None), show.exactly(None)) == ("", "")


@pytest.mark.parametrize(
    ("state", "due", "stage", "left"),
    [
        ("open", 60, "fine", "还有 1 小时"),
        ("open", 20, "soon", "还有 20 分钟"),
        ("open", 0, "late", "过了 0 分钟"),
        ("missed", -130, "late", "过了 2 小时"),
        ("kept", -10, "kept", ""),
        ("renewed", 10, "over", ""),
        ("missed_then_kept", -10, "over", ""),
    ],
)
def test_a_promise_has_a_clock(state, due, stage, left, show):
    made, at = NOON - timedelta(hours=2), NOON + timedelta(minutes=due)
    clock = show.clock({"kind": "callback", "state": state, "made_at": made, "due_at": at})
    assert (clock.kind, clock.stage, clock.left) == ("回电", stage, left)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0:00"), (67, "1:07"), (3671, "1:01:11"), (-5, "0:00")])
def test_waiting_is_counted_as_on_a_watch(seconds, words, show):
    assert show.waited(NOON - timedelta(seconds=seconds)) == words


@pytest.mark.parametrize(
    ("field", "value", "lines"),
    [
        ("story", "沙发破了", ["沙发破了"]),
        ("category", "damage", ["物流破损"]),
        ("issues", [{"category": "damage", "cue": "破"}, {"category": "new"}], ["物流破损", "new"]),
        ("loss_claimed", [{"amount": 300000, "words": "三十万"}], ["¥300,000（原话：三十万）"]),
        ("wanted", {"kinds": ["refund", "apology"], "words": ""}, ["退款、赔礼"]),
        ("wanted", {"kinds": [], "words": "说不清"}, ["说不清"]),
        ("phone", "+8613800138000", ["138 0013 8000"]),
        ("reference", {"kind": "waybill", "value": "SF1", "words": "SF1"}, ["运单号 SF1"]),
        ("happened", {"words": "昨天", "value": ""}, ["昨天"]),
        ("read_back", True, ["是"]),
        ("contact_choice", "none", ["不用回"]),
        ("invented", {"a": 1}, ['{"a": 1}']),
        ("invented", [1, 2], ["[1, 2]"]),
    ],
)
def test_facts_in_words(field, value, lines, show):
    assert show.fact(field, value) == lines


def test_a_number_that_may_not_be_seen_shows_its_ends():
    assert phone("+8613800138000", full=False) == "138****8000"
    assert phone("110", full=False) == "****"


def test_hidden_characters_become_marks():
    assert marks("a\u202eb\u200bc\x00d\r\ne\tf") == "a[U+202E]b[U+200B]c[U+0000]d\ne\tf"


def test_a_family_of_emoji_stays_whole():
    assert marks("👨‍👩‍👧") == "👨‍👩‍👧"


def test_one_line_is_one_line():
    assert one_line("a\n b  c") == "a b c"
    assert len(one_line("长" * 100)) == 60
