from pathlib import Path

import pytest
import yaml

from core.content import ContentError
from core.text import fold
from core.wanted import Wishes, find, said

WISHES = Wishes.from_mapping(
    yaml.safe_load((Path(__file__).parents[2] / "content/wanted.yml").read_text(encoding="utf-8"))
)


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("退款", ["refund"]),
        ("我要退货", ["refund"]),
        ("把钱退给我", ["refund"]),
        ("退我三百块", ["refund"]),
        ("给我换一个", ["exchange"]),
        ("我要换货", ["exchange"]),
        ("换成新的", ["exchange"]),
        ("派个人来修", ["repair", "visit"]),
        ("给我修好", ["repair"]),
        ("返工", ["repair"]),
        ("补发两箱", ["reship"]),
        ("重新发一份", ["reship"]),
        ("赶紧发货", ["reship"]),
        ("必须给我道歉", ["apology"]),
        ("赔礼", ["apology"]),
        ("给个说法", ["explanation"]),
        ("给我一个合理的解释", ["explanation"]),
        ("凭什么扣我钱", ["explanation"]),
        ("赔我九万", ["compensation"]),
        ("要你们赔偿损失", ["compensation"]),
        ("这损失谁来赔", ["compensation"]),
        ("派人上门看看", ["visit"]),
        ("让师傅来看一下", ["visit"]),
        ("给我个答复", ["reply"]),
        ("东西到底在哪", ["reply"]),
        ("回我个电话", ["reply"]),
        ("给我注销账号", ["other"]),
        ("处理那个员工", ["other"]),
        ("要么退款要么换货", ["refund", "exchange"]),
        ("赔钱，还要道歉", ["compensation", "apology"]),
    ],
)
def test_what_is_wanted(words: str, kinds: list[str]) -> None:
    found = find(fold(words), WISHES)
    assert set(kinds) <= set(found)
    assert len(kinds) > 1 or found[0] in kinds


@pytest.mark.parametrize(
    ("words", "without"),
    [
        ("你们不给退款", "refund"),
        ("修了三次都没修好", "repair"),
        ("道歉有什么用", "apology"),
        ("连个道歉都没有", "apology"),
        ("打电话没人回复", "reply"),
        ("我不要赔偿", "compensation"),
        ("没人上门", "visit"),
        ("我退休了", "refund"),
        ("三十万的货送到坏了三成", "reship"),
        ("找个人换个师傅", "exchange"),
        ("你好", "refund"),
        ("", "other"),
    ],
)
def test_look_alikes(words: str, without: str) -> None:
    assert without not in find(fold(words), WISHES)


def test_the_words_are_kept() -> None:
    (wish,) = said("我要退款", WISHES)
    assert wish.kind == "refund"
    assert wish.words in "我要退款"


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ContentError, match="unknown kind"):
        Wishes.from_mapping({"money": ["钱"]})
