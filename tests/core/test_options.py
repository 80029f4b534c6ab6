"""Options by number, and what a scanned code says."""

import pytest

from core.content import ContentError
from core.options import Options
from core.scenes import fact_of, table_from

GIVEN = {"line": "回复{number}：{words}", "before": ["回复", "选", "第"], "after": [".", "。", "个"]}
OPTIONS = Options.from_mapping(GIVEN, "here")
OFFERED = ["转人工", "回拨"]
TABLE = table_from({"store:": "subject", "order:": "reference", "": "scene"}, "here")


def test_each_option_has_a_line_of_its_own():
    assert OPTIONS.numbered("行吗？", ["行", "不用"]) == "行吗？\n回复1：行\n回复2：不用"
    assert OPTIONS.numbered("行吗？", []) == "行吗？"


@pytest.mark.parametrize("typed", ["1", "１", "一", "1.", "1。", " 1 ", "回复1", "选 1", "第一个"])
def test_a_number_means_its_option(typed):
    assert OPTIONS.meant(typed, OFFERED) == "转人工"


@pytest.mark.parametrize("typed", ["0", "3", "12", "1转", "一直坏", "转人工", ""])
def test_anything_else_means_itself(typed):
    assert OPTIONS.meant(typed, OFFERED) is None


def test_without_options_a_number_is_a_number():
    assert OPTIONS.meant("1", []) is None


def test_a_line_without_a_number_is_refused():
    with pytest.raises(ContentError, match="must hold"):
        Options.from_mapping({**GIVEN, "line": "回复"}, "here")


@pytest.mark.parametrize(
    ("scene", "fact"),
    [
        ("store:朝阳路店", ("subject", "朝阳路店")),
        ("order:DD1", ("reference", {"kind": "order_no", "value": "DD1", "words": "DD1"})),
        ("spring2026", ("scene", "spring2026")),
    ],
)
def test_a_scanned_code_is_a_fact(scene, fact):
    assert fact_of(scene, TABLE) == fact


def test_a_table_without_the_rest_is_refused():
    with pytest.raises(ContentError, match="for all others"):
        table_from({"store:": "subject"}, "here")
