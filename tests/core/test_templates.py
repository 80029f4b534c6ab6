"""The fields of a template message fit what WeChat takes."""

from datetime import UTC, datetime, timedelta

import pytest

from core.complaint import STATES
from core.content import ContentError
from core.templates import LONGEST, Template, cut, kind_of

AT = datetime(2026, 3, 4, 2, 5, tzinfo=UTC)
FIELDS = {"character_string1": "{number}", "phrase2": "{step}", "time3": "{time}", "thing4": "{what}"}
GIVEN = {
    "fields": FIELDS,
    "about": {"utter_delay": "说好的时间要改", "other": "有消息"},
    "steps": dict.fromkeys(STATES, "在办"),
    "time": "%Y年%m月%d日 %H:%M",
    "every_minutes": 10,
}
TEMPLATE = Template.from_mapping(GIVEN, "here")


def test_the_fields_carry_number_step_time_and_what_it_is_about():
    assert TEMPLATE.filled("3820471683", "investigating", "utter_delay", AT) == {
        "character_string1": "3820471683",
        "phrase2": "在办",
        "time3": "2026年03月04日 10:05",
        "thing4": "说好的时间要改",
    }
    assert TEMPLATE.every == timedelta(minutes=10)


def test_what_has_no_words_of_its_own_is_some_news():
    assert TEMPLATE.filled("1", "draft", "utter_new", AT)["thing4"] == "有消息"


@pytest.mark.parametrize(
    ("kind", "text", "held"),
    [
        ("thing", "字" * 20, "字" * 20),
        ("thing", "字" * 21, "字" * 19 + "…"),
        ("thing", "两\n行", "两 行"),
        ("phrase", "办完了，在回访", "办完了在回"),
        ("phrase", "OK好的", "好的"),
        ("character_string", "3820 4716 83号", "3820471683"),
        ("character_string", "8" * 40, "8" * 32),
    ],
)
def test_a_field_is_cut_to_its_kind(kind, text, held):
    assert cut(kind, text) == held
    assert len(held) <= LONGEST[kind]


def test_the_kind_stands_in_the_name():
    assert [kind_of(name) for name in ("thing4", "character_string12", "first")] == [
        "thing",
        "character_string",
        "",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"fields": {"remark": "{what}"}}, "must be one of"),
        ({"fields": {"thing1": "{phone}"}}, "known are"),
        ({"about": {}}, "other is needed"),
        ({"steps": {}}, "exactly these"),
        ({"every_minutes": 0}, "at least 1"),
    ],
)
def test_what_wechat_would_refuse_is_refused_at_start(change, said):
    with pytest.raises(ContentError, match=said):
        Template.from_mapping({**GIVEN, **change}, "here")
