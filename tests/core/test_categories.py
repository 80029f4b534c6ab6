from pathlib import Path

import pytest
import yaml

from core.categories import by_code, classify, from_list
from core.content import ContentError
from core.text import fold

CONTENT = yaml.safe_load((Path(__file__).parents[2] / "content/categories.yml").read_text(encoding="utf-8"))
CATEGORIES = from_list(CONTENT)


def codes(said: str) -> set[str]:
    return {issue.category for issue in classify(fold(said), CATEGORIES)}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("三十万的货送到坏了三成，九万块", {"damage"}),
        ("东西送到就碎了", {"damage"}),
        ("冰箱运过来门压变形了", {"damage"}),
        ("箱子都瘪了，里面酒瓶碎了", {"damage"}),
        (
            "货碎了两万块的，品种规格也不对，说好14:00到，提前两小时就送来了",
            {"damage", "wrong_item", "delivery_time"},
        ),
        ("包裹丢了", {"loss"}),
        ("显示已签收但我根本没收到", {"loss"}),
        ("快递被人冒领了", {"loss"}),
        ("快递五天了还没到", {"delay"}),
        ("物流信息好几天不动", {"delay"}),
        ("下单一个星期没发货", {"delay"}),
        ("发来的颜色不对", {"wrong_item"}),
        ("少发了两箱", {"wrong_item"}),
        ("订的是红的给我发的蓝的", {"wrong_item"}),
        ("手机用了三天就黑屏", {"quality"}),
        ("衣服洗一次就掉色", {"quality"}),
        ("买的空调不制冷", {"quality"}),
        ("吊顶装完漏水", {"installation"}),
        ("师傅钻了好多孔，下雨就漏水", {"installation"}),
        ("热水器修了三次还没修好", {"installation"}),
        ("营业员爱答不理的", {"attitude"}),
        ("客服挂我电话", {"attitude"}),
        ("司机骂我", {"attitude"}),
        ("多扣了我两百块话费", {"billing"}),
        ("退款一直没到账", {"billing"}),
        ("押金不退", {"billing"}),
        ("说好下午送，早上七点就送来了", {"delivery_time"}),
        ("早到了两个小时", {"delivery_time"}),
        ("好烟总是订不到货", {"shortage"}),
        ("一直缺货", {"shortage"}),
        ("加油站加不了油", {"unavailable"}),
        ("去了营业厅没开门", {"unavailable"}),
        ("你好", set()),
        ("我要投诉", set()),
        ("", set()),
    ],
)
def test_what_it_is_about(said: str, expected: set[str]) -> None:
    assert codes(said) == expected


@pytest.mark.parametrize(
    ("said", "without"),
    [
        ("退款还没到账", "delay"),
        ("师傅还没来", "delay"),
        ("服务质量太差", "quality"),
        ("丢人丢到家", "loss"),
        ("态度很好", "attitude"),
        ("二手房装修", "quality"),
    ],
)
def test_look_alikes(said: str, without: str) -> None:
    assert without not in codes(said)


def test_issues_stand_in_the_order_said_with_their_words() -> None:
    folded = fold("规格不对，箱子也压坏了")
    issues = classify(folded, CATEGORIES)
    assert [issue.category for issue in issues] == ["wrong_item", "damage"]
    assert all(folded[issue.start :].startswith(issue.cue) for issue in issues)


def test_an_unknown_code_goes_to_triage() -> None:
    assert by_code("nonsense", CATEGORIES).code == by_code(None, CATEGORIES).code == "other"


def test_every_category_has_what_a_question_needs() -> None:
    assert len(CATEGORIES) == 12
    for category in CATEGORIES:
        assert category.ask.count("？") == 1
        assert category.department
        assert category.detail


def test_broken_content_is_refused() -> None:
    with pytest.raises(ContentError, match="other"):
        from_list([item for item in CONTENT if item["code"] != "other"])
    with pytest.raises(ContentError, match="stands twice"):
        from_list([*CONTENT, CONTENT[0]])
    with pytest.raises(ContentError, match="missing_field"):
        from_list([{**CONTENT[0], "missing_field": "colour"}])
