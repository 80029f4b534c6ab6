"""What goes out: once, in one bubble, by a right, and otherwise by another way."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core import wechat_codes as codes
from simulator.wechat.server import LATE, SILENT
from store import events, messages, promises
from store import wechat as rows
from tests.fakes.rasa import FakeRasa
from tests.wechat.conftest import APP, OPENID
from wechat.calls import Failed
from wechat.outbound import Sender

SEND, TEMPLATE_SEND = "message/custom/send", "message/template/send"


@pytest.fixture
def slow_rasa(house):
    """The assistant answers its first question only when it is told to."""
    rasa = FakeRasa()
    rasa.asked, rasa.go = threading.Event(), threading.Event()

    def reply(_body):
        rasa.asked.set()
        rasa.go.wait(2)
        return ["utter_ask_wanted"]

    rasa.reply = reply
    house.reception.assistant._url = f"{rasa.url}/webhooks/rest/webhook"
    yield rasa
    rasa.close()


def alarms(talk):
    with talk.house.db.reading() as conn:
        found = events.after(conn, 0)
        return [one.data["reason"] for one in found if one.name == "supervisor_paged"]


def owed(talk):
    with talk.house.db.reading() as conn:
        return promises.open_of(conn, talk.row.complaint_id, "callback") is not None


def test_an_answer_is_one_bubble_and_counted(talk):
    talk.says("洗衣机漏水")
    (bubble,) = talk.read()
    assert "我" in bubble or "您" in bubble
    assert talk.states() == ["sent"]
    talk.work(seconds=1)
    assert len(talk.read()) == 1


def test_a_line_that_comes_while_the_assistant_thinks_withdraws_its_answer_once(talk, slow_rasa):
    talk.customer.says("洗衣机漏水")
    talk.clock.pass_(seconds=3)
    thinking = threading.Thread(target=talk.house.reception.bursts.answer, args=(talk.id, talk.clock()))
    thinking.start()
    slow_rasa.asked.wait(5)
    talk.customer.says("第三次了")
    talk.work()
    slow_rasa.go.set()
    thinking.join(5)
    talk.work(seconds=0.5)
    assert talk.read() == []
    talk.turn()
    assert len(talk.read()) == 1
    assert len(slow_rasa.heard) == 2


def test_the_speaker_is_read_again_just_before_sending(talk):
    talk.customer.says("洗衣机漏水")
    talk.clock.pass_(seconds=3)
    talk.house.reception.bursts.answer(talk.id, talk.clock())
    talk.agent()
    talk.work()
    assert talk.read() == []
    talk.work(seconds=60)
    (bubble,) = talk.read()
    assert bubble.startswith("李敏接手了")


def test_who_joined_and_the_first_line_are_one_bubble_and_a_line_can_be_taken_back(talk):
    talk.says("转人工")
    before = len(talk.read())
    user = talk.agent()
    talk.work(seconds=5)
    wrong = talk.house.agents.say(user, talk.id, "发错了", "k-1", talk.clock())
    talk.house.agents.say(user, talk.id, "我来办。", "k-2", talk.clock())
    with talk.house.db.reading() as conn:
        said = [one for one in events.after(conn, 0) if one.data.get("message") == wrong]
    talk.clock.pass_(seconds=11)
    talk.work()
    talk.house.undoing.undo(user, talk.row.complaint_id, said[0].id, talk.clock())
    talk.work(seconds=1.5)
    (bubble,) = talk.read()[before:]
    assert bubble == "李敏接手了，您直接跟李敏说。我先不出声。\n\n我来办。"


def test_the_sixth_message_is_believed_and_goes_by_template(talk):
    talk.says("洗衣机漏水")
    talk.fake.fail(SEND, 45047)
    talk.notice()
    talk.work()
    talk.work()
    talk.fake.settle()
    assert talk.states() == ["sent", "refused", "arrived"]
    assert talk.sends()[-1].kind == "template"
    talk.notice("已经在查。", "utter_closed")
    talk.work(minutes=11)
    assert len(talk.fake.made(TEMPLATE_SEND)) == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001, 40164, 45009, -1])
def test_what_never_arrived_is_sent_later_once(talk, code):
    talk.says("洗衣机漏水")
    talk.notice()
    talk.fake.fail(SEND, code, times=2)
    talk.work()
    assert talk.states()[-1] == "later"
    talk.fake.well()
    talk.work(minutes=10)
    talk.work(minutes=1)
    assert talk.states()[1:] == ["later", "sent"]
    assert sum("要晚一天" in words for words in talk.read()) == 1


def test_what_is_put_off_gives_its_right_back(talk):
    talk.says("洗衣机漏水")
    with talk.house.db.reading() as conn:
        before = rights_left(conn, talk)
    talk.notice()
    talk.fake.fail(SEND, -1)
    talk.work()
    with talk.house.db.reading() as conn:
        assert rights_left(conn, talk) == before


def rights_left(conn, talk):
    return sum(right.left for right in rows.rights_of(conn, APP, OPENID, talk.clock()))


def test_what_was_put_off_for_an_hour_is_given_up_and_a_person_calls(talk):
    talk.says("洗衣机漏水")
    talk.notice()
    talk.fake.fail(SEND, 40164, times=1000)
    for _ in range(80):
        talk.work(minutes=1)
    assert talk.states()[-1] == "refused"
    assert talk.states().count("later") < 15
    assert set(alarms(talk)) >= {"wechat_address", "wechat_unsent"}
    assert owed(talk)
    calls = len(talk.fake.made(SEND))
    talk.work(minutes=30)
    assert len(talk.fake.made(SEND)) == calls


@pytest.mark.parametrize("how", [SILENT, LATE])
def test_a_send_that_may_have_arrived_is_not_repeated(talk, how, monkeypatch):
    monkeypatch.setattr("wechat.calls.SECONDS", 0.3)
    talk.says("洗衣机漏水")
    talk.fake.fail(SEND, how)
    talk.notice()
    talk.work()
    assert talk.states()[-1] == ("unknown" if how == LATE else "sent")
    assert alarms(talk) == (["wechat_unsent"] if how == LATE else [])
    assert not owed(talk)
    for _ in range(3):
        talk.work(minutes=1)
    assert sum("要晚一天" in call.raw.decode() for call in talk.fake.made(SEND)) == 1


@pytest.mark.parametrize(
    ("code", "alarm"), [(48001, "wechat_permission"), (40200, "wechat_permission"), (99999, None)]
)
def test_a_refusal_that_time_does_not_mend_ends_with_a_person(talk, code, alarm):
    talk.says("洗衣机漏水")
    talk.fake.fail(SEND, code)
    talk.notice()
    talk.work()
    assert talk.states()[-1] == "refused"
    assert owed(talk)
    assert "wechat_unsent" in alarms(talk)
    assert alarm is None or alarm in alarms(talk)


def test_long_lines_of_a_person_go_out_one_after_the_other(talk):
    talk.says("洗衣机漏水")
    before = len(talk.read())
    user = talk.agent()
    for n in range(3):
        talk.house.agents.say(user, talk.id, f"{n}" + "字" * 400, f"k-{n}", talk.clock())
    talk.work(seconds=13)
    for _ in range(3):
        talk.work(seconds=1)
    told = "".join(talk.read()[before:])
    assert [told.count(f"{n}字") for n in range(3)] == [1, 1, 1]
    assert set(talk.states()) == {"sent"}


def test_one_long_line_of_a_person_goes_out_in_pieces_and_stays_one_line(talk):
    talk.says("洗衣机漏水")
    user = talk.agent()
    talk.work(seconds=61)
    before = len(talk.read())
    long = "".join(f"{n}" + "字" * 98 + "。" for n in range(15))
    with talk.house.db.reading() as conn:
        lines = len(messages.of_complaint(conn, talk.row.complaint_id))
    talk.house.agents.say(user, talk.id, long, "k-1", talk.clock())
    talk.work(seconds=13)
    for _ in range(4):
        talk.work(seconds=1)
    told = talk.read()[before:]
    assert len(told) == 3
    assert "".join(told) == long
    assert set(talk.states()) == {"sent"}
    with talk.house.db.reading() as conn:
        assert len(messages.of_complaint(conn, talk.row.complaint_id)) == lines + 1


def test_what_was_taken_back_before_a_long_line_repeats_no_piece(talk):
    talk.says("洗衣机漏水")
    user = talk.agent()
    talk.work(seconds=61)
    before = len(talk.read())
    wrong = talk.house.agents.say(user, talk.id, "发错了", "k-1", talk.clock())
    talk.house.agents.say(user, talk.id, "字" * 700 + "。", "k-2", talk.clock())
    with talk.house.db.writing() as conn:
        messages.take_back(conn, wrong, talk.clock())
    talk.work(seconds=13)
    for _ in range(4):
        talk.work(seconds=1)
    assert "".join(talk.read()[before:]) == "字" * 700 + "。"


def test_the_number_that_meets_a_shut_window_is_told_otherwise(talk):
    talk.says("洗衣机漏水")
    with talk.house.db.writing() as conn:
        about = {"conversation_id": talk.id, "complaint_id": talk.row.complaint_id, "author": "assistant"}
        messages.say(conn, **about, words="登记好了", reply="utter_registered_here", at=talk.clock())
    talk.fake.fail(SEND, 45047)
    talk.work()
    talk.work()
    assert talk.states()[1:] == ["refused", "arrived"]
    assert talk.sends()[-1].kind == "template"


def test_what_the_customer_opens_while_a_send_fails_stays_open(talk):
    talk.says("洗衣机漏水")
    talk.notice()
    with talk.house.db.reading() as conn:
        (first,) = rows.rights_of(conn, APP, OPENID, talk.clock())
    talk.clock.pass_(seconds=1)
    began = talk.clock()
    write_while_sending(talk, 45047)
    talk.sender.work(began)
    with talk.house.db.reading() as conn:
        (right,) = rows.rights_of(conn, APP, OPENID, talk.clock())
    assert (right.left, right.id > first.id) == (5, True)


def test_who_writes_while_a_send_fails_is_not_gone(talk):
    talk.says("洗衣机漏水")
    talk.notice()
    began = talk.clock()
    write_while_sending(talk, 40003)
    talk.sender.work(began)
    with talk.house.db.reading() as conn:
        assert not rows.gone(conn, APP, OPENID)
        assert rights_left(conn, talk) == 5


def write_while_sending(talk, code):
    """The customer writes after the send was reserved, and before WeChat refuses it."""
    send = talk.sender.api.text
    talk.fake.fail(SEND, code)

    def slow(*about):
        talk.clock.pass_(seconds=1)
        talk.customer.says("还在漏")
        return send(*about)

    talk.sender.api.text = slow


def test_a_conversation_whose_plan_broke_is_looked_at_again(talk, monkeypatch):
    talk.says("洗衣机漏水")
    talk.notice()
    with monkeypatch.context() as broken:
        broken.setattr("wechat.outbound.wechat_sends.reserve", lambda *_, **__: 1 / 0)
        assert talk.work() == 0
    assert talk.work(seconds=29) == 0
    assert talk.work(seconds=1) == 1


def test_an_unknown_openid_is_marked_and_a_person_calls(talk):
    talk.says("洗衣机漏水")
    talk.fake.fail(SEND, 40003)
    talk.notice()
    talk.work()
    talk.work()
    assert talk.states()[1:] == ["refused", "no_right"]
    assert talk.fake.made(TEMPLATE_SEND) == []
    assert owed(talk)


def test_what_a_crash_left_reserved_counts_as_sent_and_is_not_repeated(talk):
    talk.says("洗衣机漏水")
    talk.leave_reserved(talk.notice())
    calls = len(talk.fake.made(SEND))
    assert talk.sender.recover(talk.clock()) == 1
    assert talk.states()[-1] == "unknown"
    assert alarms(talk) == ["wechat_unsent"]
    talk.work(minutes=1)
    assert len(talk.fake.made(SEND)) == calls
    assert talk.sender.recover(talk.clock()) == 0


def test_at_two_left_a_person_is_sought_and_the_last_message_is_theirs(talk):
    talk.says("洗衣机漏水")
    for _ in range(2):
        talk.notice()
        talk.work()
    with talk.house.db.writing() as conn:
        assert rights_left(conn, talk) == 2
        about = {"conversation_id": talk.id, "complaint_id": talk.row.complaint_id, "author": "assistant"}
        messages.say(conn, **about, words="您要什么结果？", reply="utter_ask_wanted", at=talk.clock())
    before = talk.read()
    talk.work()
    talk.work()
    (told,) = talk.read()[len(before) :]
    assert "您要什么结果" not in told
    assert "人工" in told or "打给您" in told
    with talk.house.db.reading() as conn:
        assert rights_left(conn, talk) == 1


def test_typing_is_shown_and_its_failure_is_nobodys(talk, caplog):
    caplog.set_level("INFO", "jiesu.wechat")
    talk.customer.says("洗衣机漏水")
    talk.fake.fail("message/custom/typing", 45081)
    talk.sender.typing(talk.id)
    wait_for(lambda: "typing is not shown" in caplog.text)
    talk.sender.typing(talk.id)
    wait_for(lambda: len(talk.fake.made("message/custom/typing")) == 2)
    assert OPENID not in caplog.text


def wait_for(true, seconds=5.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_no_openid_and_no_words_in_the_log(talk, caplog):
    caplog.set_level("DEBUG", "jiesu")
    talk.says("洗衣机漏水")
    talk.fake.fail(SEND, 45015)
    talk.notice()
    talk.work()
    talk.work()
    assert OPENID not in caplog.text
    assert "漏水" not in caplog.text


def test_another_accounts_conversations_are_left_alone(talk):
    talk.says("洗衣机漏水")
    talk.notice()
    other = Sender(talk.house, "wxffffffffffffffff", talk.sender.api, identity="kf")
    assert other.work(talk.clock()) == 0
    assert talk.states() == ["sent"]
    assert talk.work() == 1


def test_a_slow_answer_to_one_customer_holds_up_nobody_else(talk):
    """Six customers; for one of them WeChat takes its time. The others have their answer before it ends."""
    go, send, sent = threading.Event(), talk.sender.api.text, []

    def slow(to, words):
        if to == OPENID:
            assert go.wait(20)
        sent.append(to)
        return send(to, words)

    talk.sender.api.text = slow
    others = [f"oOther{n}" for n in range(5)]
    for openid in (OPENID, *others):
        talk.fake.customer(openid).says("洗衣机漏水")
    talk.answer(seconds=3)
    begun = talk.sender.begin(talk.clock())
    until = time.monotonic() + 20
    while len(sent) < len(others) and time.monotonic() < until:
        time.sleep(0.01)
    assert sorted(sent) == others
    go.set()
    assert [done.result() for done in begun] == [True] * 6


def test_after_two_sends_without_an_answer_the_others_rest(talk):
    for n in range(4):
        talk.fake.customer(f"oOther{n}").says("洗衣机漏水")
    send, sent = talk.sender.api.text, []

    def unanswered_twice(to, words):
        sent.append(to)
        if len(sent) > 2:
            return send(to, words)
        raise Failed(codes.UNKNOWN)

    talk.sender.api.text = unanswered_twice
    talk.sender._lanes = ThreadPoolExecutor(1)
    talk.answer(seconds=3)
    assert talk.work() == 0
    assert len(sent) == 2
    assert talk.work(seconds=10) == 2
