"""Pasted nonsense costs little time: no expression in content/ runs away."""

import time
from pathlib import Path

import pytest
import yaml

from core import categories, emotion, escape, number, numerals, references, tiers, wanted
from core.text import fold

ROOT = Path(__file__).parents[2] / "content"


def content(name: str) -> object:
    return yaml.safe_load((ROOT / f"{name}.yml").read_text(encoding="utf-8"))


RULES = tiers.Rules.from_mapping(content("tiers"))
MOODS = emotion.EmotionCues.from_mapping(content("emotions"))
CATEGORIES = categories.from_list(content("categories"))
WISHES = wanted.Wishes.from_mapping(content("wanted"))
LABELS = references.Labels.from_mapping(content("references"))
HUMAN = escape.Wishes.from_mapping(content("escape"))


@pytest.mark.parametrize(
    "piece",
    [
        "1",
        "一",
        "一二",
        "0 ",
        "1,",
        "没有",
        "我要找你们",
        "¥",
        "三十万",
        "孩子",
        "不要再",
        "119",
        "都已经",
        "再不",
        "送到",
        "。",
        "!",
        "A1",
        "双",
        "说好",
        "<b>",
        "😡",
        "幺三八,",
        "人工",
        "你们就是",
        "要是",
    ],
)
def test_ten_thousand_characters_of_nonsense(piece: str) -> None:
    text = fold((piece * 10_000)[:10_000])
    start = time.perf_counter()
    tiers.by_words(text, RULES)
    emotion.feel(text, MOODS, text)
    emotion.resigned(text, MOODS)
    references.find(text, LABELS)
    categories.classify(text, CATEGORIES)
    wanted.find(text, WISHES)
    escape.wish_for_human(text, HUMAN)
    number.parse_status(text)
    numerals.read_number(text)
    numerals.read_digits(text)
    assert time.perf_counter() - start < 2  # about a tenth of it on an idle machine
