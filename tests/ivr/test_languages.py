"""Mandarin, Cantonese, English: what decides the language of a call, and what is said in each."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.content import ContentError
from core.due import ZONE, say_due
from core.ears import Ears
from ivr.door import from_query, to_query
from ivr.engine import Engine
from reception.content import Words
from reception.replies import slots_of
from reception.tongues import Tongue
from reception.wording import NeverSay
from simulator import Call, accepts, rings_out
from tests.fakes.complaints import NOON
from tests.ivr.conftest import Hotline
from tests.ivr.reaching import verb_of

ROOT = Path(__file__).parents[2] / "content"
CALLS = yaml.safe_load((ROOT / "calls.yml").read_text("utf-8"))
EARS = Ears.from_mapping(CALLS)
AGENT = "client:agent1"
CHINESE = re.compile("[\u3400-\u9fff]")
HONG_KONG = "+85230000000"
ABROAD = "+18000000000"
FIGURES = {"due", "number", "tail", "caller_tail", "ahead", "minutes", "opens"}


@pytest.fixture
def abroad(hotline: Hotline) -> Hotline:
    """Two more numbers, each with its language."""
    door = hotline.app.extensions["jiesu_phone"]
    numbers = {HONG_KONG: "cantonese", ABROAD: "english"}
    hotline.app.extensions["jiesu_phone"] = replace(door, engine=replace(door.engine, numbers=numbers))
    return hotline


def said(call: Call) -> str:
    return " ".join(call.last)


def only_english(call: Call, since: int = 0) -> bool:
    return not any(CHINESE.search(line) for line in call.heard[since:])


def codes(call: Call) -> tuple[str, str]:
    verb = verb_of(call)
    return verb.get("language"), verb.inside[0].get("language")


# ---- which language


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("English please", "english"),
        ("Hello, can you speak English?", "english"),
        ("说英语", "english"),
        ("講英文", "english"),
        ("广东话", "cantonese"),
        ("講廣東話得唔得", "cantonese"),
        ("说粤语吧", "cantonese"),
        ("I don't speak English", None),
        ("我不会说英语", None),
        ("唔識講廣東話", None),
        ("我要投诉你们的英语培训班", None),
        ("买了一本英文书没到", None),
        ("普通话", None),
    ],
)
def test_which_words_ask_for_a_language(words: str, wanted: str | None) -> None:
    assert EARS.asked(words, "") == wanted


@pytest.mark.parametrize("words", ["说普通话", "普通話", "Mandarin please", "speak Chinese"])
def test_and_back(words: str) -> None:
    assert EARS.asked(words, "cantonese") == "mandarin"


@pytest.mark.parametrize(
    ("dialled", "listen", "say", "opening"),
    [
        (HONG_KONG, "yue-Hant-HK", "yue-CN", "揾真人按零"),
        (ABROAD, "en-US", "en-US", "press zero for a person"),
        ("+861000000000", "cmn-Hans-CN", "cmn-CN", "找人工按零"),
    ],
)
def test_the_number_that_was_dialled(
    abroad: Hotline, dialled: str, listen: str, say: str, opening: str
) -> None:
    abroad.staff(AGENT)
    call = abroad.call(to=dialled)
    assert codes(call) == (listen, say)
    assert opening in said(call)
    assert call.faults == []


def test_the_caller_decides_and_it_stays_so(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    call = hotline.call().says("讲广东话")
    assert codes(call) == ("yue-Hant-HK", "yue-CN")
    assert "讲广东话" in said(call)
    call.says("我個雪櫃壞咗")
    assert codes(call) == ("yue-Hant-HK", "yue-CN")
    assert hotline.row(call).language == "cantonese"
    assert hotline.fact(call, "story") == "我個雪櫃壞咗"
    assert codes(call.says("说普通话")) == ("cmn-Hans-CN", "cmn-CN")
    assert hotline.row(call).language == "mandarin"
    assert call.faults == []


def test_a_wish_for_a_language_is_not_the_story(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    call = hotline.call().says("English please").says("My fridge is broken")
    assert hotline.words(call) == ["My fridge is broken"]


def test_the_language_travels_in_our_own_address_and_nothing_else_does() -> None:
    from core.call import Place

    query = to_query(Place("story", language="english"), 3)
    assert from_query({name: str(value) for name, value in query.items()}) == (
        Place("story", language="english"),
        3,
    )


def test_an_unknown_language_in_an_address_is_the_default(hotline: Hotline) -> None:
    engine = hotline.app.extensions["jiesu_phone"].engine
    assert engine.speaking("klingon").language.name == "mandarin"
    call = hotline.call()
    call.follow("https://jiesu.example/voice/turn?n=story&t=7&l=klingon", {}, "POST")
    call.play()
    assert codes(call) == ("cmn-Hans-CN", "cmn-CN")


# ---- Cantonese


def test_cantonese_to_a_person(abroad: Hotline) -> None:
    abroad.staff(AGENT)
    call = abroad.call(to=HONG_KONG, agents={AGENT: accepts()})
    assert "喺度" in said(call.says("喂"))
    call.says("我買嘅電飯煲壞咗").says("我要搵真人")
    assert call.bridged == [AGENT]
    assert "驳紧真人" in " ".join(call.heard)
    assert "说粤语" in " ".join(call.whispers)
    assert call.faults == []


def test_cantonese_times(abroad: Hotline) -> None:
    call = abroad.call(to=HONG_KONG).press("0")
    assert "而家冇人当值" in said(call)
    assert re.search("(今日|听日)(朝早|上昼|晏昼|下昼|夜晚)", said(call))
    assert "得唔得" in said(call)


def test_cantonese_silence_and_misses(abroad: Hotline) -> None:
    abroad.staff(AGENT)
    call = abroad.call(to=HONG_KONG, agents={AGENT: accepts()}).silent()
    assert "听唔到" in said(call)
    assert call.silent().bridged == [AGENT]


def test_a_mandarin_caller_is_not_announced_as_one(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says("冰箱坏了").press("0")
    assert not any("普通话" in whisper for whisper in call.whispers)


# ---- English


def test_english_is_heard_out_and_a_person_rung(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()})
    call.says("English please")
    assert "Tell me what happened" in said(call)
    assert codes(call) == ("en-US", "en-US")
    call.says("The fridge you delivered is broken and nobody calls me back")
    assert call.bridged == [AGENT]
    assert only_english(call, 1)
    assert hotline.fact(call, "story").startswith("The fridge")
    assert [row.reason for row in hotline.handoffs(call)] == ["language"]
    assert "说英语" in " ".join(call.whispers)
    assert call.faults == []


def test_english_with_nobody_there_is_promised_a_time_in_english(abroad: Hotline) -> None:
    call = abroad.call(to=ABROAD)
    assert "Nobody is on duty now" in said(call)
    call.says("My parcel is lost")
    assert re.search(r"Shall we call you by \d+(:\d\d)? in the \w+ today\?", said(call))
    call.says("yes please")
    assert re.search(r"The number is \d( \d){3}, \d( \d){3}, \d \d\.", said(call))
    assert "number ending in 8 0 0 0" in said(call)
    assert call.silent().ended == "machine"
    assert "Goodbye" in said(call)
    assert only_english(call)
    assert abroad.promises(call) >= {"callback"}
    assert abroad.words(call) == ["My parcel is lost", "yes please"]


def test_what_is_said_after_the_promise_is_kept_and_rings_nobody(abroad: Hotline) -> None:
    call = abroad.call(to=ABROAD).says("My parcel is lost")
    call.says("And it was a present for the wedding of my sister")
    assert "noted" in said(call)
    assert "wedding" in abroad.fact(call, "story")
    assert call.listening
    assert call.rung == []


@pytest.mark.parametrize(
    "steps",
    [
        ["0"],
        ["", ""],
        ["5", "7"],
        ["hello", "hello"],
        ["I want to talk to a human"],
        ["my fridge is broken", "is anybody there"],
    ],
)
def test_english_is_english_all_the_way(abroad: Hotline, steps: list[str]) -> None:
    abroad.staff(AGENT)
    call = abroad.call(to=ABROAD, agents={AGENT: rings_out()})
    for step in [*steps, "", "1", "", "", ""]:
        if call.listening:
            call.silent() if not step else call.press(step) if step.isdigit() else call.says(step)
    assert call.rung, "somebody was rung"
    assert only_english(call), call.heard
    assert call.faults == []


def test_a_broken_house_speaks_english_too(abroad: Hotline, monkeypatch: pytest.MonkeyPatch) -> None:
    from ivr import views

    abroad.staff(AGENT)
    call = abroad.call(to=ABROAD, agents={AGENT: accepts()})

    def broken(*_: object) -> object:
        raise OSError

    monkeypatch.setattr(views.Dialogue, "do", broken)
    call.says("My fridge is broken")
    assert only_english(call)


def test_english_does_not_record_who_refuses(abroad: Hotline) -> None:
    call = abroad.call(to=ABROAD).says("no recording")
    for _ in range(5):
        if call.listening:
            call.press("0")
    assert not any("<Record" in body for body in call.documents)


# ---- the files


def tongues(words: Words) -> list[Tongue]:
    return list(words.tongues.values())


@pytest.fixture(scope="module")
def words() -> Words:
    from reception.content import load_words

    return load_words(ROOT)


def named_in(tree: Any) -> set[str]:
    if isinstance(tree, dict):
        return set().union(*map(named_in, tree.values()), set())
    if isinstance(tree, list):
        return set().union(*map(named_in, tree), set())
    return {part.strip() for part in tree.split("|")} if isinstance(tree, str) and "utter_" in tree else set()


def test_english_has_words_for_every_line_of_the_flow(words: Words) -> None:
    assert sorted(named_in(CALLS) - set(words.tongues["english"].replies)) == []


def test_english_has_no_chinese_and_no_slot_that_is_filled_with_it(words: Words) -> None:
    english = words.tongues["english"]
    assert [text for text in english.replies.values() if CHINESE.search(text)] == []
    assert {slot for text in english.replies.values() for slot in slots_of(text)} <= FIGURES


def test_cantonese_has_its_own_words_where_a_caller_meets_us(words: Words) -> None:
    lines = {part for name in ("lines", "results") for part in named_in(CALLS[name])}
    own = set(words.tongues["cantonese"].replies)
    assert {"utter_open", "utter_nobody", "utter_queue", "utter_callback_booked"} <= own
    assert sorted(lines - own) == []


def test_nobody_says_what_is_never_said(words: Words) -> None:
    never: NeverSay = words.never_say
    for tongue in tongues(words):
        for text in tongue.replies.values():
            assert [word for word in tongue.never if word.lower() in text.lower()] == [], text
            assert not never.find(text), text


def test_openings_keep_their_seconds_and_offer_a_person(words: Words) -> None:
    from core.callflow import opening_faults

    samples = yaml.safe_load((ROOT / "samples.yml").read_text("utf-8"))
    for tongue in tongues(words):
        for name in ("utter_open", "utter_open_unrecorded", "utter_open_nobody", "utter_open_owed"):
            text = tongue.replies[name]
            for slot in slots_of(text):
                own = tongue.notices.get("recorded", "") if slot == "notice" else samples[slot]["phone"]
                text = text.replace(f"{{{slot}}}", own)
            assert any(not opening_faults(text, offer, tongue.pace) for offer in tongue.offers), text


def test_sentences_are_short(words: Words) -> None:
    for tongue in tongues(words):
        limit = 24 if not tongue.own_script else 100
        for text in tongue.replies.values():
            bare = re.sub(r"\{\w+\}", "", text)
            for sentence in re.split("[。！？?!.]", bare):
                assert sum(mark.isalnum() for mark in sentence) <= limit, sentence


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"replies": {"utter_nothing": "x"}}, "no reply of this name"),
        ({"replies": {"utter_nobody": "{minutes}"}}, "no slot {minutes}"),
        ({"pace": 0}, "number above 0"),
        ({"say": {"today": "today"}}, "is missing"),
        ({"colour": "red"}, "unknown name 'colour'"),
    ],
)
def test_a_wrong_file_is_refused_in_words(words: Words, change: dict[str, Any], said: str) -> None:
    data = yaml.safe_load((ROOT / "voices" / "english.yml").read_text("utf-8"))
    phone = {name: pair["phone"].text for name, pair in words.replies.items()}
    with pytest.raises(ContentError, match=r"voices/english\.yml") as refused:
        Tongue.from_mapping("english", {**data, **change}, phone)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"default": "klingon"}, "klingon"),
        ({"default": "english"}, "not understood"),
        ({"heard_out": ["klingon"]}, "klingon"),
        ({"colour": 1}, "unknown name"),
    ],
)
def test_wrong_languages_are_refused_in_words(change: dict[str, Any], said: str) -> None:
    with pytest.raises(ContentError) as refused:
        Ears.from_mapping({**CALLS, "languages": {**CALLS["languages"], **change}})
    assert said in str(refused.value)


def test_wrong_elders_and_numbers_are_refused_in_words() -> None:
    with pytest.raises(ContentError, match="elders"):
        Ears.from_mapping({**CALLS, "elders": "maybe"})
    numbers = {**CALLS["languages"], "numbers": {"+852": "klingon"}}
    with pytest.raises(ContentError, match="klingon"):
        Engine.from_mapping({**CALLS, "languages": numbers})


@pytest.mark.parametrize(
    ("ahead", "english"),
    [
        (timedelta(0), "12 in the afternoon today"),
        (timedelta(hours=3, minutes=30), "3:30 in the afternoon today"),
        (timedelta(hours=12), "12 at night tomorrow"),
        (timedelta(hours=21), "9 in the morning tomorrow"),
        (timedelta(days=2), "12 in the afternoon the day after tomorrow"),
    ],
)
def test_times_in_english(words: Words, ahead: timedelta, english: str) -> None:
    noon = NOON.astimezone(ZONE).replace(hour=12, minute=0, second=0, microsecond=0)
    assert words.tongues["english"].due(say_due(noon + ahead, noon), {}) == english


def test_dates_in_english(words: Words) -> None:
    noon = NOON.astimezone(ZONE).replace(month=10, day=1, hour=12, minute=0, second=0, microsecond=0)
    due = noon.replace(day=28)
    spoken = words.tongues["english"].due(say_due(due, noon), {})
    assert re.fullmatch(r"12 in the afternoon on [A-Z]\w+day, October 28", spoken)
