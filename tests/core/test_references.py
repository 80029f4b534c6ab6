from datetime import date
from pathlib import Path

import pytest
import yaml

from core.references import Labels, find, private
from core.text import fold

LABELS = Labels.from_mapping(
    yaml.safe_load((Path(__file__).parents[2] / "content/references.yml").read_text(encoding="utf-8"))
)


def facts(said: str, today: date | None = None) -> list[tuple[str, object]]:
    return [(it.kind, it.value) for it in find(fold(said), LABELS, today) if not it.denied]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("我电话13800138000", [("phone", "+8613800138000")]),
        ("电话138-0013-8000", [("phone", "+8613800138000")]),
        ("打138 0013 8000", [("phone", "+8613800138000")]),
        ("+86 13800138000", [("phone", "+8613800138000")]),
        ("１３８００１３８０００", [("phone", "+8613800138000")]),
        ("幺三八零零幺三八零零零", [("phone", "+8613800138000")]),
        ("我手机幺三八，零零幺三，八零零零", [("phone", "+8613800138000")]),
        ("138零零13八千", [("phone", "+8613800138000")]),
        ("座机010-62345678", [("phone", "+861062345678")]),
        ("0755-82345678", [("phone", "+8675582345678")]),
        ("400-600-1234打不通", [("phone", "+864006001234")]),
        ("订单号12345678", [("order_no", "12345678")]),
        ("订单号是：20251124000123", [("order_no", "20251124000123")]),
        ("单号 JD0012345678", [("order_no", "JD0012345678")]),
        ("订单号三八二零四七", [("order_no", "382047")]),
        ("订单号4815", [("order_no", "4815")]),
        ("运单号773012345678901", [("waybill", "773012345678901")]),
        ("快递单号是YT8812345678901", [("waybill", "YT8812345678901")]),
        ("SF1234567890123", [("waybill", "SF1234567890123")]),
        ("运单SF 1234 5678 90123", [("waybill", "SF1234567890123")]),
        ("投诉编号3820471683", [("complaint_number", "3820471683")]),
        ("编号 3820 4716 83", [("complaint_number", "3820471683")]),
        ("三八二零四七幺六八三", [("complaint_number", "3820471683")]),
        ("三八二零，四七幺六，八三", [("complaint_number", "3820471683")]),
        ("投诉编号3820471684", []),
        ("三十万的货坏了三成，九万块", [("amount", 300000), ("amount", 90000)]),
        ("30万元", [("amount", 300000)]),
        ("损失大概两三千", [("amount", 2000)]),
        ("两百来块", [("amount", 200)]),
        ("赔我七万多", [("amount", 70000)]),
        ("1.5万", [("amount", 15000)]),
        ("¥300", [("amount", 300)]),
        ("￥1,299.00", [("amount", 1299)]),
        ("扣了我29.9元", [("amount", 29)]),
        ("退我三百块钱", [("amount", 300)]),
        ("损失好几万", [("amount", 10000)]),
        ("一共花了五千八", [("amount", 5800)]),
        ("押金两千没退", [("amount", 2000)]),
        ("人工费和材料费一共八百", [("amount", 800)]),
        ("三块五的手续费", [("amount", 3)]),
        ("少给我两块钱", [("amount", 2)]),
        ("买了两块玻璃", []),
        ("三十块瓷砖碎了", []),
        ("跑了三万公里", []),
        ("二十万粉丝", []),
        ("少了两箱", []),
        ("打了八遍电话", []),
        ("住315房间", []),
        ("花了三天", []),
        ("等了两个小时", []),
        ("2025年11月24日买的", [("when", "2025-11-24")]),
        ("2025-11-24", [("when", "2025-11-24")]),
        ("2025.11.24下午四点半", [("when", "2025-11-24"), ("when", "16:30")]),
        ("昨天下午两点", [("when", ""), ("when", "14:00")]),
        ("约的14:00", [("when", "14:00")]),
        ("约好两点", [("when", "")]),
        ("上周三送的", [("when", "")]),
        ("5号", [("when", "")]),
        ("11月", [("when", "")]),
        ("十一月二十四号", [("when", "")]),
        ("说好14:00到，提前两小时送来了", [("when", "14:00"), ("when", "")]),
        ("13月45日", []),
        ("三个月了", []),
        ("有点贵", []),
        ("给点补偿", []),
        ("不是三号，是五号", [("when", "")]),
        ("不是13800138000，是13900139000", [("phone", "+8613900139000")]),
        ("", []),
    ],
)
def test_facts_of_one_sentence(said: str, expected: list[tuple[str, object]]) -> None:
    assert facts(said) == expected


def test_several_facts_fill_several_fields() -> None:
    said = "昨天下午两点，单号SF1234567890123，损失九万块，打13800138000，投诉编号3820471683"
    assert [kind for kind, _ in facts(said)] == [
        "when",
        "when",
        "waybill",
        "amount",
        "phone",
        "complaint_number",
    ]


def test_today_gives_yesterday_its_date() -> None:
    assert facts("昨天送的", date(2025, 3, 1)) == [("when", "2025-02-28")]


def test_places_and_words_are_those_of_the_folded_text() -> None:
    folded = fold("我的号是１３８００１３８０００。")
    (it,) = find(folded, LABELS)
    assert folded[it.start : it.end] == it.words == "13800138000"


def test_without_labels_only_shapes_are_found() -> None:
    assert [it.kind for it in find("昨天,13800138000,¥300")] == ["phone", "amount"]


@pytest.mark.parametrize("said", ["身份证11010519491231002X", "卡号6222021234567890128"])
def test_identity_and_bank_cards_are_no_reference(said: str) -> None:
    assert facts(said) == []


def test_private_knows_its_check_digits() -> None:
    assert private("11010519491231002X")
    assert not private("110105194912310021")
    assert not private("123456789012345678")
