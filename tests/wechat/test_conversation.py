"""What a customer of the account reads who writes in fragments, taps, asks for people, or goes silent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import complaints, facts

REST = timedelta(minutes=30)
ANGRY = ("你们什么破公司", "买的冰箱", "才三天就不制冷了", "一冰箱的菜全臭了", "打电话没人理")


def known(talk):
    with talk.house.db.reading() as conn:
        return {name: row.value for name, row in facts.current(conn, talk.row.complaint_id).items()}


def writes(talk, *lines):
    for line in lines:
        talk.says(line, answered=False)
        talk.clock.pass_(seconds=0.5)
    talk.turn()
    return talk.read()[-1]


def silent(talk, minutes=31):
    talk.clock.pass_(minutes=minutes)
    talk.house.reception.register_silent(talk.clock(), REST)
    talk.work(seconds=1)


def test_a_burst_is_one_story(talk):
    bubble = writes(talk, *ANGRY)
    assert "送来的不对" not in bubble
    assert known(talk)["story"] == "\n".join(ANGRY)
    assert known(talk)["issues"][0]["category"] == "quality"


def test_a_line_that_is_a_word_for_a_person_asks_for_one_in_any_burst(talk):
    assert "现在没有值班人工" in writes(talk, "洗衣机漏水", "人呢")


def test_a_red_line_over_two_messages_is_seen(talk):
    writes(talk, "不退钱我就去", "12315举报你们")
    with talk.house.db.reading() as conn:
        assert "regulator" in complaints.flags(conn, talk.row.complaint_id)


@pytest.mark.parametrize("words", ["在吗", "我要投诉", "13912345678", "别跟我扯", "查进度"])
def test_what_is_no_answer_is_not_learned_as_one(talk, words):
    talk.says("你们送的洗衣机漏水")
    talk.says(words)
    assert "wanted" not in known(talk)


def test_a_tap_at_another_question_repeats_that_question(talk):
    talk.says("快递好几天没动静")
    talk.says("跳过")
    assert "还缺一样" in talk.read()[-1]
    talk.customer.taps("complain")
    talk.turn()
    assert "还空着" in talk.read()[-1]
    assert "missing" not in known(talk)


def test_who_goes_silent_is_told_number_and_time_once(talk):
    writes(talk, "你们送的洗衣机是坏的", "漏一地水")
    before = len(talk.read())
    silent(talk)
    [bubble] = talk.read()[before:]
    assert bubble.startswith("登记好了，编号")
    assert "在这里回您" in bubble
    silent(talk)
    assert len(talk.read()) == before + 1


def test_who_said_nothing_is_told_nothing(talk):
    talk.says("在吗")
    before = talk.read()
    silent(talk)
    assert talk.read() == before


def test_while_a_person_speaks_the_assistant_tells_nothing(talk):
    talk.says("洗衣机漏水")
    talk.agent()
    silent(talk)
    assert talk.row.speaker == "agent"
    assert not any("登记好了" in bubble for bubble in talk.read())


def test_the_next_day_questions_are_answered_and_not_filed(talk):
    writes(talk, "你们送的洗衣机是坏的", "漏一地水")
    silent(talk)
    talk.clock.pass_(hours=20)
    assert "在的" in writes(talk, "在吗")
    assert "负责人还没定" in writes(talk, "昨天那个洗衣机有人管吗")
    bubble = writes(talk, "算了")
    assert "照样办" in bubble
    assert "记进" not in bubble
