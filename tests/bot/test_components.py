"""Our components alone: Traditional, full-width, empty and odd texts, and that none can spoil a turn."""

import logging

import pytest
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.known import Known, entities
from bot.normalise import Normalise, normalise
from bot.references import References
from bot.signals import Signals
from bot.tokens import NOTHING, Characters

ODD = [
    "",
    " ",
    "\u3000",
    "👍👍",
    "\u200b",
    "!!!???",
    "·/restart",
    "／restart",
    "a" * 1000,
    "𠮷野家",
    "<b>&amp;</b>",
    "\x00",
]


def heard(component, text, **data):
    return component.process([Message(data={TEXT: text, **data})])[0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("電話改成０９１２", "电话改成0912"),
        ("我買的電視，螢幕壞了！", "我买的电视,萤幕坏了!"),
        ("ＡＢｃ（１２）", "ABc(12)"),
        ("\u3000你好", " 你好"),
        ("你好", "你好"),
    ],
)
def test_one_spelling(given, expected):
    assert normalise(given) == expected


@pytest.mark.parametrize("text", [*ODD, "乾隆皇帝的后來", "著急", "裏面壞了", "台灣"])
def test_positions_stay_true(text):
    assert len(normalise(text)) == len(text)


@pytest.mark.parametrize("text", ["／restart", "\u00b7/restart", "·／inform{}", "／／restart"])
def test_a_text_never_becomes_a_command(text):
    assert not normalise(text).startswith("/")


def test_training_data_is_normalised_too():
    data = TrainingData([Message(data={TEXT: "轉人工", "intent": "human"})])
    assert Normalise().process_training_data(data).training_examples[0].get(TEXT) == "转人工"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我要投诉", ["我", "要", "投", "诉"]),
        ("单号SF1390abc，两箱", ["单", "号", "SF", "1390", "abc", "两", "箱"]),
        ("·/restart", ["restart"]),
        ("", [NOTHING]),
        ("👍👍", [NOTHING]),
    ],
)
def test_tokens(text, expected):
    tokens = Characters(Characters.get_default_config()).tokenize(Message(data={TEXT: text}), TEXT)
    assert [token.text for token in tokens] == expected


def test_tokens_stand_where_they_say():
    text = "单号 SF1390，打13800138000"
    for token in Characters(Characters.get_default_config()).tokenize(Message(data={TEXT: text}), TEXT):
        assert text[token.start : token.end] == token.text


def test_references_with_place_and_value():
    text = "单号YT7723098812345，打13800138000，大概九万块"
    found = {it["entity"]: it for it in heard(References(), text).get(ENTITIES)}
    assert {kind: it["value"] for kind, it in found.items()} == {
        "waybill": "YT7723098812345",
        "phone": "+8613800138000",
        "amount": 90000,
    }
    assert text[found["phone"]["start"] : found["phone"]["end"]] == "13800138000"


def test_what_is_denied_is_no_entity():
    whens = [it["value"] for it in heard(References(), "不是三号，是五号").get(ENTITIES)]
    assert len(whens) == 1


def test_mood_with_its_words():
    text = "太过分了！！你们忽悠谁呢"
    found = {it["entity"]: it for it in heard(Signals(), text).get(ENTITIES)}
    assert found["mood"]["value"] == "angry"
    assert found["mood_level"]["value"] >= 2
    assert text[found["mood"]["start"] : found["mood"]["end"]]


def test_a_calm_sentence_has_no_mood():
    assert not [it for it in heard(Signals(), "上周三收到的").get(ENTITIES, []) if "mood" in it["entity"]]


def test_what_it_is_about_and_how_grave_with_the_words():
    text = "冰箱送来门是瘪的，插上电还冒烟"
    found = [(it["entity"], it["value"]) for it in heard(Signals(), text).get(ENTITIES)]
    assert ("category", "damage") in found
    assert ("flag", "safety") in found


def test_giving_up_is_a_signal():
    found = {it["entity"]: it["value"] for it in heard(Signals(), "算了，跟你们说也没用").get(ENTITIES)}
    assert "resigned" in found


@pytest.mark.parametrize("component", [Normalise, References, Signals, Known])
@pytest.mark.parametrize("text", ODD)
def test_odd_texts_are_survived(component, text):
    assert heard(component(), text, metadata={}).get(TEXT) == (
        normalise(text) if component is Normalise else text
    )


def test_marks_become_entities_before_what_was_said():
    metadata = {
        "known": {"story": "1", "phone": "1", "wanted": ""},
        "skipped": ["missing"],
        "asked": "wanted",
    }
    said = {"entity": "phone", "value": "+8613800138000", "start": 0, "end": 11}
    found = heard(Known(), "13800138000", metadata=metadata, entities=[said]).get(ENTITIES)
    assert [it["entity"] for it in found] == ["story", "missing", "phone", "asked", "phone"]
    assert found[-1]["value"] == "+8613800138000"


@pytest.mark.parametrize(
    "metadata", [{}, {"known": None}, {"known": ["story"], "asked": 3}, {"skipped": "wanted"}]
)
def test_marks_of_another_shape_are_left_out(metadata):
    assert entities(metadata) == []


@pytest.mark.parametrize("metadata", [None, "known", ["story"]])
def test_other_metadata_is_survived(metadata):
    assert not heard(Known(), "好", metadata=metadata).get(ENTITIES, [])


def test_a_broken_component_changes_nothing_and_tells_no_words(caplog):
    class Broken(Known):
        def look(self, message):
            raise ValueError(message.get(TEXT))

    with caplog.at_level(logging.WARNING):
        assert heard(Broken(), "我的电话是13800138000").get(TEXT) == "我的电话是13800138000"
    assert "ValueError" in caplog.text
    assert "138" not in caplog.text


@pytest.mark.parametrize("component", [Normalise, Characters, References, Signals])
def test_a_changed_table_changes_the_fingerprint(component):
    assert len(component.fingerprint_addon({})) == 64
