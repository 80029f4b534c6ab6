"""The twelve wording rules: our content keeps them, and each one catches its violator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.complaint import STATES
from desk.talks.sentences import SLOTS as SCRIPT_SLOTS
from reception.content import Words
from reception.replies import Variant, read_replies, slots_of
from reception.wording import (
    LONGEST_SENTENCE,
    Rules,
    file_faults,
    reply_faults,
    sentences,
    spoken_length,
    text_faults,
)
from reception.written_files import read_yaml

# What must never be said to a customer: the list may grow, never shrink.
SECTION_8 = (
    "马上、立刻、尽快、最短时间、稍后、近期、保证、一定解决、肯定赔、从没有发生过、没有这种情况、规定就是这样、不归我们管、"
    "您自己去、鉴定报告、已经联系过您了、您冷静、别激动、别担心、想开点、您听我说、您误会了、您说错了、但是您、恶意、刁民、"
    "无理取闹、责任在我们、是我们的错、敬请谅解、感谢您的理解、亲、礼品、优惠券"
)


def variant(text: str, channel: str = "chat", needs: str = "", **notes: Any) -> Variant:
    return Variant(channel, text, (), frozenset(needs), **notes)


def broken(rules: Rules, text: str, channel: str = "chat", needs: str = "", **notes: Any) -> set[int]:
    return {
        fault.rule for fault in reply_faults(rules, "utter_sample", variant(text, channel, needs, **notes))
    }


def leaves(path: str, words: Any) -> Iterator[tuple[str, str]]:
    if isinstance(words, dict):
        for key, inner in words.items():
            yield from leaves(f"{path}.{key}" if path else str(key), inner)
    elif isinstance(words, list):
        for inner in words:
            yield from leaves(path, inner)
    else:
        yield path, words


def test_every_reply_keeps_the_rules(words: Words, rules: Rules) -> None:
    assert [str(fault) for fault in file_faults(rules, words.replies)] == []


def test_pages_labels_and_buttons_keep_the_rules(words: Words, rules: Rules) -> None:
    buttons = {name: list(v.buttons) for name, pair in words.replies.items() for v in pair.values()}
    every = [*leaves("", words.pages), *leaves("", words.labels), *leaves("", buttons)]
    assert [str(fault) for path, text in every for fault in text_faults(rules, path, text)] == []


def test_what_agents_are_given_to_say_keeps_the_rules(words: Words, rules: Rules) -> None:
    given = [(one.name, text) for one in words.scripts for text in (*one.do, *(say.words for say in one.say))]
    faults = [f for name, text in given for f in text_faults(rules, f"scripts/{name}.md", text)]
    assert [str(fault) for fault in faults] == []


def test_slots_of_scripts_are_those_that_a_row_can_fill(words: Words, rules: Rules) -> None:
    used = {slot for one in words.scripts for say in one.say for slot in slots_of(say.words)}
    assert used <= SCRIPT_SLOTS
    assert set(rules.samples) >= SCRIPT_SLOTS


def test_every_mood_and_every_step_has_its_script(words: Words) -> None:
    moods = {mood for one in words.scripts for mood in one.when.get("mood", ())}
    steps = {state for one in words.scripts for state in one.when.get("state", ())}
    assert moods == set(words.labels["moods"])
    assert steps >= set(STATES[1:9])
    assert any(not one.when for one in words.scripts), "what fits at any time"


def test_what_categories_put_into_lines_keeps_the_rules(folder: Path, rules: Rules) -> None:
    items = read_yaml(folder / "categories.yml")
    put_in = [(item["code"], item[key]) for item in items for key in ("ask", "detail", "missing")]
    assert [str(fault) for code, text in put_in for fault in text_faults(rules, code, text)] == []


def test_samples_are_as_long_as_what_categories_put_in(folder: Path, rules: Rules) -> None:
    for item in read_yaml(folder / "categories.yml"):
        for slot in ("ask", "detail", "missing"):
            assert spoken_length(item[slot]) <= spoken_length(rules.samples[slot]["phone"]), (
                item["code"],
                slot,
            )


def test_samples_are_as_long_as_what_labels_put_in(words: Words, rules: Rules) -> None:
    for slot, kind in (("state", "states_said"), ("promised", "promise_kinds"), ("reason", "delay_reasons")):
        longest = max(spoken_length(label) for label in words.labels[kind].values())
        assert longest <= spoken_length(rules.samples[slot]["chat"]), slot


def test_rule_1_never_say(rules: Rules) -> None:
    assert broken(rules, "好的，马上给您办。") == {1}


def test_rule_1_catches_every_word_of_the_list(folder: Path, rules: Rules) -> None:
    listed = [word for group in read_yaml(folder / "never_say.yml") for word in group.get("words", ())]
    for word in listed:
        assert rules.never.find(f"这件事{word}。"), word
    assert set(SECTION_8.split("、")) <= {*listed, "亲"}


@pytest.mark.parametrize("text", ["亲，在的。", "好的亲，记下了。", "亲爱的客户，您好。", "亲亲，在吗"])
def test_rule_1_catches_the_address(text: str, rules: Rules) -> None:
    assert [said.why for said in rules.never.find(text)] == ["不这样称呼。"]


@pytest.mark.parametrize("text", ["您母亲，我们也会问。", "主管亲自来。", "父亲。", "双亲，都好。"])
def test_rule_1_leaves_families_alone(text: str, rules: Rules) -> None:
    assert rules.never.find(text) == ()


def test_rule_2_slot_off_the_list(rules: Rules) -> None:
    assert broken(rules, "您的积分{points}。") == {2}


def test_rule_2_slot_without_its_need(rules: Rules) -> None:
    assert broken(rules, "您的编号：{number}。") == {2}
    assert broken(rules, "您的编号：{number}。", needs="N") == set()


def test_rule_2_a_question_promises_nothing(rules: Rules) -> None:
    assert broken(rules, "{due}前打给您，行吗？") == set()
    assert broken(rules, "{due}前打给您。") == {2, 3}


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("登记好了。", "N"),
        ("这是编号{number}。", "N"),
        ("已报主管。", "G"),
        ("小王接手了。", "A"),
        ("正在找。", "H"),
        ("人在叫了。", "G"),
        ("链接发您短信了。", "M"),
        ("晚一点前打给您。", "P"),
    ],
)
def test_rule_3_no_claim_without_its_row(text: str, need: str, rules: Rules) -> None:
    assert 3 in broken(rules, text)
    assert broken(rules, text, needs=need) == set()


def test_rule_4_long_sentence(rules: Rules) -> None:
    assert broken(rules, "这" * (LONGEST_SENTENCE + 1) + "。", "phone") == {4}
    assert broken(rules, "这" * LONGEST_SENTENCE + "。", "phone") == set()


def test_rule_4_measures_with_the_longest_slots(rules: Rules) -> None:
    assert broken(rules, "您说{what}，在{where}，对吗？", "phone") == set()
    assert broken(rules, "您说的这件事是{what}，就在{where}那一边，对不对？", "phone") == {4}


def test_rule_4_long_line(rules: Rules) -> None:
    assert broken(rules, "这里是二十个字这里是二十个字这里是二十个。" * 3, "phone") == {4}


@pytest.mark.parametrize("text", ["请按1。", "请看App。", "请看www点。", "好的😀。", "好☎。"])
def test_rule_4_what_a_voice_cannot_say(text: str, rules: Rules) -> None:
    assert broken(rules, text, "phone") == {4}


def test_rule_5_chat_up_to_100(rules: Rules) -> None:
    assert broken(rules, "字" * 101) == {5}
    assert broken(rules, "字" * 100) == set()
    assert broken(rules, "字" * 80 + "{what}") == {5}


def test_rule_6_one_question(rules: Rules) -> None:
    assert broken(rules, "几号？哪儿？") == {6}
    assert broken(rules, "还缺一样：{ask}行吗？") == {6}


@pytest.mark.parametrize("text", ["对不起。", "{detail}，换谁都难受。"])
def test_rule_7_empathy_needs_an_action(text: str, rules: Rules) -> None:
    assert broken(rules, text) == {7}
    assert broken(rules, text + "我先记全。") == set()


def test_rule_7_a_line_marked_as_empathy(rules: Rules) -> None:
    assert broken(rules, "真不容易。", empathy=True) == {7}


def test_rule_8_no_fault(rules: Rules) -> None:
    assert broken(rules, "是司机的失误，记下来。") == {8}


@pytest.mark.parametrize("text", ["赔您三成。", "给您退。", "给您补偿。"])
def test_rule_8_money_only_in_its_lines(text: str, rules: Rules) -> None:
    assert broken(rules, text) == {8}
    assert broken(rules, text, line="L20") == broken(rules, text, kin="L10") == set()


@pytest.mark.parametrize(
    "text", ["记一下 95555 这个号。", "号是 010-8888 8888。", "记一下九五五八八这个号。"]
)
def test_rule_9_registered_numbers_only(text: str, rules: Rules) -> None:
    assert broken(rules, text) == {9}


@pytest.mark.parametrize("text", ["四个号：110、119、120、12356。", "火警幺幺九。", "写着 400-000-0000。"])
def test_rule_9_lets_registered_numbers_pass(text: str, rules: Rules) -> None:
    assert broken(rules, text) == set()


def test_rule_10_simplified(rules: Rules) -> None:
    assert broken(rules, "這件事記下來。") == {10}


def test_rule_10_no_two_alike(rules: Rules) -> None:
    def pair(chat: str, phone: str) -> dict[str, Variant]:
        return {"chat": variant(chat), "phone": variant(phone, "phone")}

    replies = {"utter_a": pair("好的，您写。", "好，您说。"), "utter_b": pair("好的，您写！", "嗯，您讲。")}
    assert [(fault.rule, fault.where) for fault in file_faults(rules, replies)] == [(10, "utter_b (chat)")]


def test_rule_10_chat_and_voice(rules: Rules) -> None:
    replies = {"utter_a": {"chat": variant("好的，您写。")}}
    assert [fault.rule for fault in file_faults(rules, replies)] == [10]


@pytest.mark.parametrize("text", ["请拨打客服。", "请前往柜台。", "您自行处理一下。", "有人受伤打120。"])
def test_rule_11_nobody_is_sent_elsewhere(text: str, rules: Rules) -> None:
    assert broken(rules, text) == {11}
    assert broken(rules, text, line="L25") == set()


@pytest.mark.parametrize(
    "text",
    [
        "16:00前回话。",
        "5月3日的事。",
        "明天再说。",
        "下午四点来。",
        "周一再来。",
        "四点半来。",
        "3天内。",
        "24小时内。",
    ],
)
def test_rule_12_times_are_slots(text: str, rules: Rules) -> None:
    assert 12 in broken(rules, text, needs="P")


@pytest.mark.parametrize("text", ["长一点没关系。", "系统有点慢。", "想问细一点，发人工。", "一回只问一样。"])
def test_rule_12_leaves_other_words_alone(text: str, rules: Rules) -> None:
    assert broken(rules, text) == set()


def test_a_fault_says_where_and_what(rules: Rules) -> None:
    fault = reply_faults(rules, "utter_sample", variant("好的，马上办。"))[0]
    assert str(fault) == "utter_sample (chat): rule 1: never say 马上: 没有钟点的话，客户没法等。说具体时间。"


def test_sentences_and_lengths() -> None:
    assert sentences("好的。行吗？行") == ["好的。", "行吗？", "行"]
    assert spoken_length("您好，找人工按零。") == 7


def test_the_opening_takes_eight_seconds_and_offers_a_person_in_three(words: Words) -> None:
    opening = words.say("utter_open", "phone").text
    assert spoken_length(opening) / 4.0 <= 8
    assert spoken_length(opening[: opening.index("按零") + 2]) / 4.0 <= 3


def test_every_line_of_the_table_has_its_reply(words: Words) -> None:
    lines = sorted(pair["chat"].line for pair in words.replies.values() if pair["chat"].line.startswith("L"))
    assert lines == [f"L{number:02d}" for number in range(1, 45)]


def test_a_substitute_names_a_line_of_the_table(words: Words) -> None:
    lines = {pair["chat"].line for pair in words.replies.values()}
    assert {v.kin for pair in words.replies.values() for v in pair.values() if v.kin} <= lines


def test_the_file_reads_back_as_written(folder: Path) -> None:
    replies = read_replies("replies.yml", read_yaml(folder / "replies.yml"))
    assert replies["utter_angry"]["chat"].buttons == ("转人工", "先登记")
    assert replies["utter_registered"]["phone"].needs == {"N", "P"}
