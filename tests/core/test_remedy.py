"""Money: what one person may decide, who must agree beyond that, and how amounts are read."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content import ContentError
from core.remedy import Rules, read_yuan, window, yuan

RULES = Rules.from_mapping(
    {
        "kinds": [{"code": "refund", "money": True}, {"code": "repair", "visit": True}],
        "limits": {"agent": 500, "supervisor": 5000},
        "remind": 15,
    }
)


@pytest.mark.parametrize(
    ("total", "proposer", "approvers", "approved"),
    [
        (50_000, "agent", [], True),
        (50_001, "agent", [], False),
        (50_001, "agent", ["agent"], False),
        (50_001, "agent", ["supervisor"], True),
        (500_000, "supervisor", [], True),
        (500_001, "agent", ["supervisor"], False),
        (500_001, "agent", ["supervisor", "supervisor"], True),
        (500_001, "supervisor", ["supervisor"], True),
        (500_001, "agent", ["agent", "agent"], False),
        (1, "handler", [], False),
        (1, "", ["follow_up"], False),
    ],
)
def test_the_limits_decide_who_must_agree(total, proposer, approvers, approved):
    assert RULES.approved(total, proposer, approvers) is approved


@given(st.integers(0, 10**9), st.lists(st.sampled_from(["agent", "handler", "stranger"]), max_size=5))
def test_however_many_agree_who_may_not_it_is_not_approved_beyond_their_limit(total, roles):
    assert RULES.approved(total, "agent", roles) == (total <= 50_000)


@pytest.mark.parametrize(
    ("typed", "fen"),
    [("380", 38_000), ("38.5", 3850), ("¥1,280.50", 128_050), ("0.01", 1), (" 7 ", 700)],
)
def test_amounts_are_read_to_the_fen(typed, fen):
    assert read_yuan(typed) == fen


@pytest.mark.parametrize("typed", ["", "0", "0.00", "-5", "1.234", "三百", "1e3", "=1+1", "９", "1" * 10])
def test_what_is_no_amount_is_none(typed):
    assert read_yuan(typed) is None


@given(st.integers(1, 10**11 - 1))
def test_what_is_shown_is_read_as_the_same_amount(fen):
    assert read_yuan(yuan(fen)) == fen


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": [], "limits": {}, "remind": 15},
        {"kinds": [{"code": "a"}, {"code": "a"}], "limits": {}, "remind": 15},
        {"kinds": [{"code": "a", "money": "yes"}], "limits": {}, "remind": 15},
        {"kinds": [{"code": "a"}], "limits": {"agent": -1}, "remind": 15},
        {"kinds": [{"code": "a"}], "limits": {"agent": "500"}, "remind": 15},
        {"kinds": [{"cod": "a"}], "limits": {}, "remind": 15},
        {"kinds": [{"code": "a"}], "limits": {}},
        {"kinds": [{"code": "a"}], "limits": {}, "remind": 0},
        {"kinds": [{"code": "a"}], "limits": {}, "remind": 1441},
    ],
)
def test_wrong_rules_are_refused_in_words(wrong):
    with pytest.raises(ContentError, match=r"remedies\.yml"):
        Rules.from_mapping(wrong)


def test_an_agreed_time_is_chinas():
    first, last = window({"day": "2026-03-02", "from": "14:00", "to": "15:30", "place": "家里"})
    assert first.isoformat() == "2026-03-02T14:00:00+08:00"
    assert last - first == timedelta(minutes=90)


def test_what_is_no_day_is_refused():
    with pytest.raises(ValueError, match="does not match"):
        window({"day": "三月二号", "from": "14:00", "to": "15:00"})
