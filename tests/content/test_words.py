"""Reading the words, and refusing to say what is not known."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from core import tiers
from core.content import ContentError
from reception.content import UnfilledSlot, UnknownReply, Words, load, load_words
from reception.correcting import PERSON
from reception.reopening import PAGED as REOPENED
from reception.replies import read_replies
from reception.written_files import read_yaml

DICT_METHODS = set(dir(dict))


def reply(**changes: Any) -> dict[str, Any]:
    chat = {"text": "好的，您写。", "metadata": {"needs": []}, **changes}
    return {"responses": {"utter_a": [chat, {"channel": "phone", "text": "好。", "metadata": {"needs": []}}]}}


def test_a_line_is_said_with_its_slots_filled(words: Words) -> None:
    line = words.say("utter_registered", "phone", number="三八二零", due="今天下午四点")
    assert line.reply == "utter_registered"
    assert line.needs == {"N", "P"}
    assert "编号三八二零。今天下午四点前打给您，来电尾号零零零零" in line.text


@pytest.mark.parametrize("slots", [{}, {"number": "", "due": "今天"}, {"number": "  ", "due": "今天"}])
def test_a_line_with_an_unfilled_slot_is_not_sent(slots: dict[str, str], words: Words) -> None:
    with pytest.raises(UnfilledSlot) as refused:
        words.say("utter_registered", "phone", **slots)
    assert (refused.value.name, refused.value.slot) == ("utter_registered", "number")


def test_braces_in_a_value_stay_as_they_are(words: Words) -> None:
    assert words.say("utter_corrected", "chat", what="{number}").text.startswith("改好了，{number}。")


def test_unknown_names_are_refused(words: Words) -> None:
    assert not words.has("utter_nothing")
    with pytest.raises(UnknownReply):
        words.say("utter_nothing", "chat")
    with pytest.raises(UnknownReply):
        words.page("chat.nothing")


@pytest.mark.parametrize("channel", ["chat", "web", "wechat"])
def test_all_written_channels_read_the_chat_wording(channel: str, words: Words) -> None:
    assert words.say("utter_here", channel).text == words.say("utter_here", "chat").text


def test_the_whisper_leaves_out_what_is_not_known(words: Words) -> None:
    assert words.whisper(tier="严重", what="东西坏了", want="") == "严重投诉。东西坏了，"


def test_pages_and_labels(words: Words) -> None:
    assert words.page("chat.hotline").endswith("400-000-0000")
    assert words.label("tiers", "3") == "恶性"
    assert words.label("tiers", "9") == "9"


def test_an_agent_is_warned(words: Words) -> None:
    assert [said.words for said in words.warn("您冷静，我们尽快处理")] == ["尽快", "您冷静"]
    assert words.warn("我查到了装车记录") == ()


def test_no_key_hides_behind_a_method_of_a_mapping(words: Words) -> None:
    """A template writes words.chat.send; a key named items or copy would give it a method."""

    def keys(tree: Any) -> list[str]:
        return (
            [k for key, inner in tree.items() for k in (key, *keys(inner))] if isinstance(tree, dict) else []
        )

    assert [key for key in keys(dict(words.pages)) if key in DICT_METHODS] == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "`responses:`"),
        ({"responses": {"utter_a": "好的。"}}, "- text:"),
        (reply(text=""), "empty"),
        (reply(text="一\n\n二"), "one line"),
        (reply(text="编号{Number}"), "a slot is written"),
        (reply(text="编号{number"), "a slot is written"),
        (reply(metadata={}), "must state"),
        (reply(metadata={"needs": ["X"]}), "the need X"),
        (reply(metadata={"needs": [], "nedes": []}), "nedes"),
        (reply(channel="wechat"), "`phone`"),
        (reply(channel="phone"), "two wordings for phone"),
        (reply(buttons=[{"title": "要", "payload": "/affirm"}]), "its own words"),
        (reply(buttons=[{"title": 1, "payload": 1}]), "`title:`"),
        (reply(image="x.png"), "`image:`"),
    ],
)
def test_a_wrong_reply_is_refused_in_words(data: Any, said: str) -> None:
    with pytest.raises(ContentError, match=r"replies\.yml") as refused:
        read_replies("replies.yml", data)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", "line 2"),
        ("chat:\n  send: 发送\n  send: 送\n", "`send` stands twice"),
        ("chat:\n  on: true\n", "must be a text"),
        ("chat:\n  send:\n", "must be a text"),
        ("- 发送\n", "needs names and words"),
    ],
)
def test_a_wrong_file_is_refused_in_words(text: str, said: str, folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.yml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "pages.yml").write_text(text, "utf-8")
    with pytest.raises(ContentError, match=r"pages\.yml") as refused:
        load_words(tmp_path)
    assert said in str(refused.value)


def test_yes_and_no_are_words(tmp_path: Path) -> None:
    (tmp_path / "answers.yml").write_text("yes: [对, on]\nno: true\n", "utf-8")
    assert read_yaml(tmp_path / "answers.yml") == {"yes": ["对", "on"], "no": True}


def test_a_missing_or_mis_saved_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"replies\.yml: the file is missing"):
        load_words(tmp_path)
    (tmp_path / "replies.yml").write_bytes("好".encode("gbk"))
    with pytest.raises(ContentError, match="UTF-8"):
        read_yaml(tmp_path / "replies.yml")


def test_everything_loads_with_this_years_holidays(folder: Path) -> None:
    content = load(folder, today=date(2025, 11, 22))
    assert date(2025, 10, 1) in content.hours.holidays
    assert date(2025, 9, 28) in content.hours.workdays
    assert content.hours.years >= {2024, 2025}
    assert 2001 not in content.hours.years
    assert content.flow.nodes["open"]


def test_the_call_names_replies_that_exist(folder: Path, words: Words) -> None:
    named: set[str] = set()

    def walk(tree: Any) -> None:
        for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
            walk(inner)
        if isinstance(tree, str) and "utter_" in tree:
            named.update(part.strip() for part in tree.split("|"))

    walk(yaml.safe_load((folder / "calls.yml").read_text("utf-8")))
    assert sorted(name for name in named if not words.has(name)) == []


def test_every_word_of_the_pages_is_used_somewhere(words: Words, folder: Path) -> None:
    """By `words.chat.send`, `w("chat.send")`, or, on the desk, by a name that code puts after `desk.`."""
    root = folder.parent
    files = [
        file for door in ("web", "desk", "ivr", "wechat", "reception") for file in (root / door).rglob("*.*")
    ]
    told = {file: file.read_text("utf-8") for file in files if file.suffix in (".py", ".html", ".js")}
    everywhere = "".join(told.values())
    by_name = "".join(text for file, text in told.items() if file.is_relative_to(root / "desk"))

    def used(page: str, key: str) -> bool:
        plain = re.search(rf"words\.{page}\.{key}\b|[\"\']{page}\.{key}[\"\']", everywhere)
        named = page in ("desk", "login") and re.search(rf"[\"\']{key}[\"\']", by_name)
        return bool(plain or named)

    unused = [f"{page}.{key}" for page, keys in words.pages.items() for key in keys if not used(page, key)]
    assert unused == []


def test_every_rule_that_sets_a_tier_has_its_name(words: Words, folder: Path) -> None:
    rules = load(folder, today=date(2026, 3, 4)).tiers
    counts = tiers.by_counts(rules, rules.amount, contacts=99, mood=3, flags={"promise_missed"})
    ids = {rule.id for rule in rules.rules} | {reason.rule for reason in counts} | {PERSON, REOPENED}
    assert sorted(ids - set(words.labels["tier_rules"])) == []
