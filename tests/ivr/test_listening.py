"""The opening, and everything that a caller says, presses, or does not, as far as it is about hearing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.callflow import HUMAN_SECONDS, OPENING_SECONDS, spoken_seconds
from core.content import ContentError
from ivr import partials
from ivr.engine import Engine
from reception.heard import Heard
from simulator import Call, accepts, document, rings_out
from simulator.exchange import Exchange
from store import complaints, conversations, joins, promises
from tests.fakes.twilio_api import TwilioApi
from tests.ivr.conftest import TOKEN, Hotline, hotline_at
from tests.ivr.reaching import verb_of

AGENT = "client:agent1"
CALLER = "+8613800138000"
STORY = "送来的冰箱坏了，要换新的"


def opening(call: Call) -> str:
    return "".join(call.heard)


def keeps_its_seconds(words: str, offer: str = "按零") -> bool:
    early = spoken_seconds(words[: words.index(offer) + len(offer)], 4.0)
    return early <= HUMAN_SECONDS and spoken_seconds(words, 4.0) <= OPENING_SECONDS


def called_before(hotline: Hotline, number: str = CALLER) -> Call:
    """A complaint from this number, with a promise to call back."""
    return hotline.call(number=number).says(STORY).hang_up()


# ---- the opening


def test_a_first_call_hears_the_plain_opening(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    words = opening(hotline.call())
    assert "通话录音" in words
    assert words.endswith("什么事，您说。")
    assert keeps_its_seconds(words)


def test_a_call_is_not_said_to_be_recorded_where_it_is_not(tmp_path: Path) -> None:
    hotline = hotline_at(tmp_path, JIESU_RECORD_TALKS="no")
    hotline.staff(AGENT)
    words = opening(hotline.call())
    assert "录音" not in words
    assert "智能语音" in words
    assert keeps_its_seconds(words)


def test_a_returning_caller_hears_the_promised_time_and_nothing_of_the_matter(hotline: Hotline) -> None:
    called_before(hotline)
    hotline.staff(AGENT)
    words = opening(hotline.call())
    assert "前打给您" in words
    assert "今天" in words
    assert not any(told in words for told in ("冰箱", "坏", "换", "物流", "编号"))
    assert keeps_its_seconds(words)


def test_a_joined_complaint_from_wechat_is_known_and_only_then(hotline: Hotline) -> None:
    """Whoever left this number on WeChat may be anybody, until it is proved."""
    heard = Heard("wechat", ("openid", "o-1"), "冰箱坏了，电话13800138000", "m-1", hotline.clock())
    told = hotline.house.reception.receive(heard).conversation
    first = called_before(hotline)
    with hotline.house.db.writing() as conn:
        mine = conversations.fetch(conn, told)
        complaints.change(conn, hotline.complaint(first).id, state="closed")
        complaints.change(conn, mine.complaint_id, state="registered", registered_at=hotline.clock())
    hotline.staff(AGENT)
    assert "您的投诉在办" not in opening(hotline.call())
    caller = hotline.complaint(first).customer_id
    with hotline.house.db.writing() as conn:
        about: dict[str, Any] = {"same": True, "proof": "asked", "by": "user:1", "why": ""}
        joins.add(conn, mine.customer_id, caller, **about, at=hotline.clock())
    words = opening(hotline.call())
    assert "您的投诉在办" in words
    assert not any(part in words for part in ("冰箱", "坏", "微信", "编号"))
    assert keeps_its_seconds(words)


def test_another_number_hears_nothing_of_it(hotline: Hotline) -> None:
    called_before(hotline)
    hotline.staff(AGENT)
    for number in ("+8613900139000", "anonymous"):
        assert "前打给您" not in opening(hotline.call(number=number))


def test_without_an_open_promise_only_that_there_is_a_complaint(hotline: Hotline) -> None:
    first = called_before(hotline)
    hotline.staff(AGENT)
    with hotline.house.db.writing() as conn:
        promises.keep(conn, hotline.complaint(first).id, "callback", hotline.clock())
    words = opening(hotline.call())
    assert "您的投诉在办" in words
    assert keeps_its_seconds(words)


@pytest.mark.parametrize("state", ["closed", "withdrawn"])
def test_what_is_over_is_not_spoken_of(hotline: Hotline, state: str) -> None:
    first = called_before(hotline)
    hotline.staff(AGENT)
    with hotline.house.db.writing() as conn:
        complaints.change(conn, hotline.complaint(first).id, state=state)
    assert "投诉热线" in opening(hotline.call())


def test_who_waits_for_an_overdue_call_is_rung_through(hotline: Hotline) -> None:
    first = called_before(hotline)
    hotline.clock.pass_(days=3)
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()})
    assert "对不起" in call.heard[0]
    assert keeps_its_seconds(call.heard[0], "接人工")
    assert call.bridged == [AGENT]
    assert [row.reason for row in hotline.handoffs(call)] == ["promise_missed"]
    with hotline.house.db.reading() as conn:
        linked = complaints.linked(conn, hotline.complaint(call).id)
    assert [row.id for row in linked] == [hotline.complaint(first).id]


def test_an_overdue_call_with_nobody_there_is_owned_and_the_caller_heard(hotline: Hotline) -> None:
    called_before(hotline)
    hotline.clock.pass_(days=3)
    call = hotline.call()
    assert "对不起" in opening(call)
    assert keeps_its_seconds(opening(call))
    assert call.listening
    assert call.rung == []


def test_nobody_on_duty_is_said_first(hotline: Hotline) -> None:
    words = opening(hotline.call())
    assert "现在没人值班" in words
    assert keeps_its_seconds(words)


def test_out_of_hours_the_opening_says_when_people_are_back(hotline: Hotline) -> None:
    hotline.clock.pass_(hours=12)
    words = opening(hotline.call())
    assert "明天早上八点上班" in words or "今天早上八点上班" in words
    assert keeps_its_seconds(words)


def test_out_of_hours_changes_nothing_when_somebody_is_there(hotline: Hotline) -> None:
    hotline.clock.pass_(hours=12)
    hotline.staff(AGENT)
    assert "上班" not in opening(hotline.call())


def test_a_holiday_of_hours_yml_counts(hotline: Hotline) -> None:
    from core.due import ZONE

    content, today = hotline.house.content, hotline.clock().astimezone(ZONE).date()
    closed = replace(content.hours.weeks["duty"], on_holidays=())
    weeks = {**content.hours.weeks, "duty": closed}
    hours = replace(content.hours, weeks=weeks, holidays=content.hours.holidays | {today})
    door = hotline.app.extensions["jiesu_phone"]
    house = replace(hotline.house, content=replace(content, hours=hours))
    hotline.app.extensions["jiesu_phone"] = replace(door, house=house)
    assert "明天早上八点上班" in opening(hotline.call())


# ---- recording refused


@pytest.mark.parametrize("words", ["不录", "别录音", "不要录音。", "我不同意录音", "唔好錄音"])
def test_recording_refused(hotline: Hotline, words: str) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says(words)
    assert "这通不录" in "".join(call.last)
    call.says(STORY).press("0")
    assert call.bridged == [AGENT]
    assert hotline.fact(call, "unrecorded") is True
    assert STORY in hotline.words(call)
    assert not any("record=" in body or "<Record" in body for body in call.documents)


def test_a_refusal_together_with_the_story_is_answered_and_the_story_kept(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says("你们别录音，我的冰箱坏了，要换新的")
    assert "这通不录" in "".join(call.last)
    assert "冰箱" in hotline.fact(call, "story")
    assert not any("record=" in body for body in call.press("0").documents)


def test_nothing_is_recorded_even_as_the_last_resort(hotline: Hotline) -> None:
    call = hotline.call().says("不要录音")
    for _ in range(6):
        if not call.listening:
            break
        call.press("0")
    assert not any("<Record" in body for body in call.documents)
    assert call.faults == []


# ---- elders


def with_elders(hotline: Hotline, choice: str) -> None:
    content = hotline.house.content
    ears = replace(content.flow.ears, elders=choice)
    house = replace(hotline.house, content=replace(content, flow=replace(content.flow, ears=ears)))
    door = hotline.app.extensions["jiesu_phone"]
    hotline.app.extensions["jiesu_phone"] = replace(door, house=house)


@pytest.mark.parametrize("words", ["我七十八岁了，冰箱坏了没人修", "我耳朵不好使，冰箱坏了"])
def test_elders_are_rung_through_by_what_they_say(hotline: Hotline, words: str) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says(words)
    assert call.bridged == [AGENT]
    assert [row.reason for row in hotline.handoffs(call)] == ["vulnerable"]
    assert "？" not in "".join(call.last[:2])
    assert words in hotline.words(call)


def test_elders_may_be_asked_instead(hotline: Hotline) -> None:
    with_elders(hotline, "ask")
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says("我七十八岁了，冰箱坏了没人修")
    assert call.bridged == []
    assert "要人工，按零。" in call.last


@pytest.mark.parametrize("words", ["冰箱坏了没人修", "我妈买的冰箱坏了", "买了七十八块的东西坏了"])
def test_nothing_else_makes_an_elder(hotline: Hotline, words: str) -> None:
    hotline.staff(AGENT)
    assert hotline.call(agents={AGENT: accepts()}).says(words).bridged == []


def test_elders_like_everybody_when_it_is_off(hotline: Hotline) -> None:
    with_elders(hotline, "off")
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says("我七十八岁了，冰箱坏了没人修")
    assert call.bridged == []
    assert "要人工，按零。" not in call.last


# ---- numbers, keys, silence


def asked_for_a_number(hotline: Hotline) -> Call:
    hotline.staff(AGENT)
    call = hotline.call(number="anonymous").says("送来的东西压坏了").says("退货")
    assert "请按键" in "".join(call.last)
    return call


@pytest.mark.parametrize("said", ["幺三八零零幺三八零零零", "一三八零零一三八零零零", "138 0013 8000"])
def test_numbers_are_asked_by_keys_and_heard_as_well(hotline: Hotline, said: str) -> None:
    call = asked_for_a_number(hotline).says("没有")
    assert "号码没显示" in "".join(call.last)
    call.says(said)
    assert hotline.fact(call, "phone") == "+8613800138000"


def test_at_a_number_digit_words_are_hinted(hotline: Hotline) -> None:
    call = asked_for_a_number(hotline)
    hints = verb_of(call).get("hints").split(",")
    assert {"幺", "洞", "拐", "勾", "零", "人工"} <= set(hints)
    assert verb_of(call).get("finishOnKey") == "#"


@pytest.mark.parametrize("zero", ["零", "按零", "0"])
def test_a_lone_zero_is_a_person_said_or_pressed(hotline: Hotline, zero: str) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()})
    assert (call.press(zero) if zero == "0" else call.says(zero)).bridged == [AGENT]


@pytest.mark.parametrize("nothing", ["", "   ", "。", "，。！？…", "——"])
def test_blanks_and_marks_are_silence(hotline: Hotline, nothing: str) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says(nothing)
    assert call.last == ["没听到。直接说事，或按零找人工。"]
    assert call.says(nothing).bridged == [AGENT]


@pytest.mark.parametrize("words", ["喂", "喂？喂？", "在吗", "聽唔聽到"])
def test_hello_is_no_silence(hotline: Hotline, words: str) -> None:
    hotline.staff(AGENT)
    assert hotline.call().says(words).last == ["在的，您说。"]


@pytest.mark.parametrize(
    ("keys", "words", "rings"), [("0", "冰箱坏了", True), ("5", "冰箱坏了", False), ("5", "人工", True)]
)
def test_both_keys_and_words(hotline: Hotline, keys: str, words: str, rings: bool) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).acts(keys=keys, words=words)
    assert (call.bridged == [AGENT]) is rings
    assert call.faults == []


def test_doubtful_words_are_kept_and_not_acted_on(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: accepts()}).says("嗯那个煤气漏了坏了", 0.1)
    assert call.last == ["没听清。再说一次，或按零找人工。"]
    assert hotline.words(call) == ["嗯那个煤气漏了坏了"]
    assert hotline.fact(call, "unsure") == "嗯那个煤气漏了坏了"
    assert hotline.fact(call, "story") is None
    assert hotline.complaint(call).tier == 1
    call.says("嗯嗯嗯呃", 0.2)
    assert call.bridged == [AGENT]
    assert hotline.fact(call, "unsure") == "嗯那个煤气漏了坏了 / 嗯嗯嗯呃"


def test_who_was_not_heard_well_and_hung_up_is_called_back(hotline: Hotline) -> None:
    call = hotline.call().says("那个坏了", 0.1).hang_up()
    assert hotline.complaint(call).state == "registered"
    assert "callback" in hotline.promises(call)


# ---- what a voice cannot say

EVIL = [
    "冰箱坏了\x00\x08\x1b",
    "冰箱坏了\ud83d\ude21".encode("utf-16", "surrogatepass").decode("utf-16"),
    "\u202e冰箱坏了\u202c\u2066x\u2069",
    "冰箱坏了]]><Say>x</Say>&amp;",
    "冰箱坏了" * 500,
]


@pytest.mark.parametrize("words", EVIL, ids=["controls", "emoji", "bidi", "markup", "endless"])
def test_nothing_that_must_not_reaches_the_document(hotline: Hotline, words: str) -> None:
    hotline.staff(AGENT)
    call = hotline.call(agents={AGENT: rings_out()}).says(words).says("换新的").press("1").press("0")
    assert call.faults == []
    for body in call.documents:
        assert not any(mark in body for mark in ("\x00", "\x08", "\x1b", "\u202e", "\u2066"))
        assert document.read(body)
    assert hotline.complaint(call) is not None


@pytest.mark.parametrize("digits", ["7" * 200, "7" * 33])
def test_two_hundred_digits(hotline: Hotline, digits: str) -> None:
    call = asked_for_a_number(hotline).says("没有")
    assert "位数不对" in "".join(call.press(digits + "#").last)


def test_a_minute_of_speech(hotline: Hotline) -> None:
    hotline.staff(AGENT)
    words = "我跟你讲这个冰箱是上个月买的，送来就坏了，打了好几次电话没人管。" * 8
    call = hotline.call().says(words)
    assert hotline.words(call) == [words]
    assert call.listening


# ---- partial results


@pytest.fixture
def early(tmp_path: Path) -> Iterator[tuple[Hotline, TwilioApi]]:
    """A hotline that hears words while they are said, and an account that can move calls."""
    with TwilioApi(token=TOKEN, exchange=Exchange()) as api:
        hotline = hotline_at(tmp_path, **api.environment())
        door = hotline.app.extensions["jiesu_phone"]
        heard = replace(door, engine=replace(door.engine, partials=True))
        hotline.app.extensions["jiesu_phone"] = heard
        hotline.staff(AGENT)
        yield hotline, api
        hotline.house.db.close()


def tell(call: Call, stable: str, growing: str = "", stability: str = "0.5", times: int = 1) -> None:
    address = verb_of(call).get("partialResultCallback")
    params = {"StableSpeechResult": stable, "UnstableSpeechResult": growing, "Stability": stability}
    for _ in range(times):
        call.notify(address, params)


def test_a_wish_is_acted_on_before_the_sentence_ends(early: tuple[Hotline, TwilioApi]) -> None:
    hotline, api = early
    call = hotline.call(agents={AGENT: accepts()}, exchange=api.exchange)
    tell(call, "转人工", times=3)
    overrides = hotline.house.content.calls["engine"]["overrides"]
    assert [address.rpartition("?")[2] for _, address in api.sent] == [f"n=open&t=1&do=asked#{overrides}"]
    assert call.bridged == [AGENT]
    assert [row.reason for row in hotline.handoffs(call)] == ["asked"]
    assert "转人工" in hotline.words(call)


@pytest.mark.parametrize(
    ("stable", "growing", "stability"),
    [
        ("不用人工", "", "0.5"),
        ("不用", "人工", "0.9"),
        ("人工", "费太贵", "0.5"),
        ("", "转人工", "0.5"),
        ("冰箱坏了", "", "0.9"),
        ("", "", "nonsense"),
    ],
)
def test_what_is_denied_or_unsure_moves_nobody(
    early: tuple[Hotline, TwilioApi], stable: str, growing: str, stability: str
) -> None:
    hotline, api = early
    call = hotline.call(agents={AGENT: accepts()}, exchange=api.exchange)
    tell(call, stable, growing, stability)
    assert api.sent == []


def test_what_the_recogniser_stands_by_counts_as_well(early: tuple[Hotline, TwilioApi]) -> None:
    hotline, api = early
    call = hotline.call(agents={AGENT: accepts()}, exchange=api.exchange)
    tell(call, "", "转人工", "0.9")
    assert len(api.sent) == 1


def test_a_partial_result_after_the_answer_moves_nobody(early: tuple[Hotline, TwilioApi]) -> None:
    hotline, api = early
    call = hotline.call(agents={AGENT: accepts()}, exchange=api.exchange)
    verb = verb_of(call)
    call.says("冰箱坏了")
    call.notify(verb.get("partialResultCallback"), {"StableSpeechResult": "转人工"})
    assert not any("t=1&" in address for _, address in api.sent)


@pytest.mark.parametrize("refusal", ["auth", "not_found", "too_many"])
def test_a_refusal_of_the_phone_company_is_no_error(early: tuple[Hotline, TwilioApi], refusal: str) -> None:
    hotline, api = early
    call = hotline.call(agents={AGENT: accepts()}, exchange=api.exchange)
    api.refuse(refusal)
    tell(call, "转人工")
    assert call.says("转人工").bridged == [AGENT]
    assert call.faults == []


def test_off_unless_asked_for(hotline: Hotline) -> None:
    assert not partials.wanted(hotline.app.extensions["jiesu_phone"])
    assert verb_of(hotline.call()).get("partialResultCallback") == ""


# ---- the engine's own words


def calls_with(hotline: Hotline, **engine: Any) -> dict[str, Any]:
    calls = dict(hotline.house.content.calls)
    return {**calls, "engine": {**calls["engine"], **engine}}


def test_another_engine_by_one_word(hotline: Hotline) -> None:
    engine = Engine.from_mapping(calls_with(hotline, uses="deepgram_nova-3"))
    door = hotline.app.extensions["jiesu_phone"]
    hotline.app.extensions["jiesu_phone"] = replace(door, engine=engine)
    call = hotline.call()
    assert verb_of(call).get("speechModel") == "deepgram_nova-3"
    assert verb_of(call).get("language") == "zh-CN"
    assert call.faults == []


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ({"listen": "zh-CN", "say": "cmn-CN", "voice": "Polly.Zhiyu-Neural"}, "does not listen to `zh-CN`"),
        ({"listen": "cmn-Hans-CN", "say": "zh-CN", "voice": "Polly.Zhiyu-Neural"}, "nothing speaks `zh-CN`"),
        ({"listen": "cmn-Hans-CN", "say": "cmn-CN", "voice": "Polly.Joanna"}, "does not speak `cmn-CN`"),
    ],
)
def test_a_pair_that_fails_the_verb_is_refused_in_words(
    hotline: Hotline, codes: dict[str, str], said: str
) -> None:
    with pytest.raises(ContentError, match="engines: twilio: mandarin") as refused:
        Engine.from_mapping(calls_with(hotline, engines={"twilio": {"mandarin": codes}}))
    assert said in str(refused.value)


@pytest.mark.parametrize("hints", [["字" * 101], ["一,二"], [f"词{n}" for n in range(501)]])
def test_hints_that_would_be_ignored_are_refused(hotline: Hotline, hints: list[str]) -> None:
    with pytest.raises(ContentError, match="hints"):
        Engine.from_mapping(calls_with(hotline, hints={"mandarin": {"everywhere": hints}}))
