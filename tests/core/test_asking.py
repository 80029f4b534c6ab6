"""Which fact a sentence asks for: twenty and more ways to ask, and as many that only look so."""

from pathlib import Path

import pytest

from core.asking import FIELDS, Asking, asked_for
from core.content import ContentError
from reception.written_files import read_yaml

ASKING = Asking.from_mapping(read_yaml(Path(__file__).parents[2] / "content" / "asking.yml"))
KNOWN = {
    "story": ["送来的沙发扶手裂了"],
    "phone": ["+8613800138000", "138 0013 8000", "8000"],
    "name": ["王芳"],
    "reference": ["202611220001", "0001"],
    "happened": ["上周三"],
    "subject": ["张江路门店"],
    "wanted": ["退款"],
    "loss_claimed": ["三千块"],
    "evidence": ["沙发.jpg"],
}


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("您的电话是多少？", "phone"),
        ("麻烦留一个联系方式", "phone"),
        ("请提供一下您的手机号。", "phone"),
        ("手机号码发我一下", "phone"),
        ("方便留个电话吗", "phone"),
        ("怎么联系您？", "phone"),
        ("请问怎么称呼您", "name"),
        ("您贵姓", "name"),
        ("请提供您的姓名", "name"),
        ("请问订单号是多少？", "reference"),
        ("麻烦提供一下运单号", "reference"),
        ("单号发我", "reference"),
        ("把订单编号再发一下", "reference"),
        ("什么时候的事？", "happened"),
        ("是哪天送到的呢", "happened"),
        ("请问是什么时间发生的", "happened"),
        ("是哪个网点？", "subject"),
        ("请问是哪位师傅上门的", "subject"),
        ("您想要什么结果？", "wanted"),
        ("您的诉求是什么", "wanted"),
        ("您希望怎么处理？", "wanted"),
        ("您要退货还是换货？", "wanted"),
        ("损失了多少？", "loss_claimed"),
        ("麻烦拍几张照片发过来", "evidence"),
        ("有照片吗？", "evidence"),
        ("您能把情况再说一遍吗", "story"),
        ("请您描述一下问题", "story"),
        ("发生了什么事？", "story"),
        ("请问是什么问题呢？", "story"),
        ("请问有什么可以帮您", "story"),
        ("您好，我是李敏。请问您的電話是多少？", "phone"),
    ],
)
def test_a_question_for_what_is_known(words, field):
    simplified = words.replace("電話", "电话")
    assert field in asked_for(simplified, ASKING, KNOWN)


@pytest.mark.parametrize(
    "words",
    [
        "我打您尾号8000的电话，可以吗？",
        "您的电话我记下了，不用再讲。",
        "给您核对：138 0013 8000，对吗？",
        "订单号202611220001，是这个吗？",
        "我在查装车记录，查到就告诉您。",
        "我的电话来电显示会是热线，您接一下好吗？",
        "您要退款，我记着，仓库那边周三给答复，行吗？",
        "您什么时候方便上门？",
        "哪天在家方便收货？",
        "照片我看到了，谢谢。",
        "我查到了，是装车的时候压的。",
        "您看这样行吗？",
        "我去问仓库，问到就回您。",
        "运费是多少我去问清楚。",
        "师傅的名字我去查。",
        "您前面说的我都看到了，不用再讲。",
        "是张江路门店，没错吧？",
        "补发哪天送到您合适？",
        "这件事由我办，从头到尾就找我。",
        "编号您记一下：3820 4716 83。",
        "我叫李敏，这件事我来办。",
    ],
)
def test_what_only_looks_like_a_question(words):
    assert asked_for(words, ASKING, KNOWN) == ()


def test_what_is_not_known_may_be_asked():
    assert asked_for("您的电话是多少？", ASKING, {"reference": ["1"]}) == ()


def test_several_in_one_text_come_in_the_records_order():
    words = "请问单号多少？还有您的电话是多少？怎么称呼？"
    assert asked_for(words, ASKING, KNOWN) == ("phone", "name", "reference")


@pytest.mark.parametrize("words", ["", "？" * 2000, "电话" * 1000, "\ud800", "{电话}是多少"])
def test_any_text_is_read(words):
    asked_for(words, ASKING, KNOWN)


def test_a_fact_that_the_record_does_not_have_is_told():
    with pytest.raises(ContentError, match=r"asking.yml.about.*colour.*known are story"):
        Asking.from_mapping(
            {"requests": ["吗"], "checks": ["对吗"], "about": {"colour": ["颜色"]}, "alone": {}}
        )


def test_every_field_can_be_asked_for():
    assert set(ASKING.about) | set(ASKING.alone) == set(FIELDS)
