"""What goes out by Kf: by the same ledger; what WeCom took and did not deliver is believed later."""

from __future__ import annotations

import time

import pytest

import hearing
from simulator.wechat.kf import ASSISTANT, ENDED, PERSON, POOL
from store import conversations, messages, wechat_sends
from tests.wechat.kf.conftest import ACCOUNT, USER
from wechat.__main__ import hired


def say(desk, talk, words, author="agent"):
    with desk.house.db.writing() as conn:
        row = conversations.fetch(conn, talk)
        about = {"conversation_id": talk, "complaint_id": row.complaint_id, "author": author}
        messages.say(conn, **about, words=words, at=desk.clock())
        messages.mark_answered(conn, [one.id for one in messages.pending(conn, talk)])
        conversations.change(conn, talk, turn_at=None)
    desk.clock.pass_(seconds=40)


def sends(desk, talk):
    with desk.house.db.reading() as conn:
        return [(row.state, row.code) for row in wechat_sends.of_conversation(conn, talk)]


def owed(desk):
    with desk.house.db.reading() as conn:
        return conn.exec_driver_sql("select kind from promises").scalars().all()


def test_what_is_said_is_sent_once_by_a_right(desk, talk, sender):
    say(desk, talk, "我是小李，马上查。")
    assert sender.work(desk.clock()) == 1
    assert sender.work(desk.clock()) == 0
    assert desk.kf.read(USER, ACCOUNT) == ["我是小李，马上查。"]
    assert desk.rights() == {"message": 4}
    assert sends(desk, talk) == [("sent", None)]


def test_characters_stay_themselves_on_the_wire(desk, talk, sender):
    say(desk, talk, "查")
    sender.work(desk.clock())
    (call,) = desk.kf.fake.made("kf/send_msg")
    assert "查".encode() in call.raw
    assert (call.body["touser"], call.body["open_kfid"]) == (USER, ACCOUNT)


def test_a_session_that_waits_for_a_person_is_taken_back_once(desk, talk, sender):
    desk.kf.session(ACCOUNT, USER).state = POOL
    say(desk, talk, "我是小李，马上查。")
    assert sender.work(desk.clock()) == 1
    assert desk.kf.session(ACCOUNT, USER).state == ASSISTANT
    assert desk.kf.read(USER, ACCOUNT) == ["我是小李，马上查。"]


@pytest.mark.parametrize("state", [PERSON, ENDED])
def test_a_session_that_cannot_be_taken_is_refused_and_somebody_calls(desk, talk, sender, state):
    desk.kf.session(ACCOUNT, USER).state = state
    say(desk, talk, "我是小李，马上查。")
    assert sender.work(desk.clock()) == 0
    assert sends(desk, talk) == [("refused", 95018)]
    assert len(desk.kf.fake.made("kf/service_state/trans")) == 1
    assert owed(desk) == ["callback"]


def test_the_sixth_is_not_even_tried(desk, talk, sender):
    for number in range(6):
        say(desk, talk, f"第{number}句")
        sender.work(desk.clock())
    assert len(desk.kf.read(USER, ACCOUNT)) == 5
    assert len(desk.kf.fake.made("kf/send_msg")) == 5
    assert sends(desk, talk)[-1] == ("no_right", None)


@pytest.mark.parametrize(("fails", "code"), [("over", 4), ("spent", 6), ("refuses", 10)])
def test_what_fails_later_is_settled_shuts_the_right_and_somebody_calls(desk, talk, sender, fails, code):
    session = desk.kf.session(ACCOUNT, USER)
    session.refuses = fails == "refuses"
    session.left = 0 if fails == "spent" else session.left
    session.until = desk.clock() if fails == "over" else session.until
    say(desk, talk, "我是小李，马上查。")
    assert sender.work(desk.clock()) == 1
    assert sends(desk, talk) == [("sent", None)]
    desk.pull()
    assert sends(desk, talk) == [("refused", code)]
    assert desk.rights() == {}
    assert owed(desk) == ["callback"]
    assert desk.kf.read(USER, ACCOUNT) == []


@pytest.mark.parametrize("fails", ["spent", "refuses"])
def test_who_writes_before_the_failure_is_read_keeps_their_new_rights(desk, talk, sender, fails):
    session = desk.kf.session(ACCOUNT, USER)
    session.refuses, session.left = fails == "refuses", 0 if fails == "spent" else session.left
    say(desk, talk, "我是小李，马上查。")
    sender.work(desk.clock())
    desk.clock.pass_(seconds=5)
    failure = desk.kf.messages[ACCOUNT].pop()
    desk.kf.says(USER, "还在漏")
    desk.pull()
    desk.kf.messages[ACCOUNT].append(failure)
    desk.kf.ring(ACCOUNT)
    desk.pull()
    assert sends(desk, talk)[0][0] == "refused"
    assert desk.rights() == {"message": 5}


def test_a_failure_told_twice_calls_once(desk, talk, sender):
    desk.kf.session(ACCOUNT, USER).refuses = True
    say(desk, talk, "我是小李，马上查。")
    sender.work(desk.clock())
    desk.pull()
    desk.kf.messages[ACCOUNT].append({**desk.kf.messages[ACCOUNT][-1], "msgid": "again"})
    desk.kf.ring(ACCOUNT)
    desk.pull()
    assert owed(desk) == ["callback"]


def test_a_failure_of_what_is_not_ours_is_kept_for_people(desk, talk):
    desk.kf._event(ACCOUNT, USER, "msg_send_fail", True, fail_msgid="theirs", fail_type=13)
    desk.pull()
    assert [kept.why for kept in desk.for_people()] == ["unknown message"]
    assert desk.rights() == {"message": 5}, "what failed otherwise says nothing of the window"


def test_who_opens_the_chat_is_greeted_once_within_twenty_seconds(desk, sender, clock):
    desk.kf.enters(USER)
    clock.pass_(seconds=19)
    desk.pull()
    (words,) = desk.kf.read(USER, ACCOUNT)
    assert desk.house.content.variant("utter_open", "wechat").text.split("{")[0] in words
    assert sender.work(clock()) == 0, "the greeting is not sent once more by the ledger"
    assert desk.rights() == {}
    desk.kf.enters(USER)
    desk.pull()
    assert len(desk.kf.read(USER, ACCOUNT)) == 1


def test_a_late_greeting_is_left_out(desk, clock):
    desk.kf.enters(USER)
    clock.pass_(seconds=20)
    desk.pull()
    assert desk.kf.read(USER, ACCOUNT) == []
    assert desk.kf.fake.made("kf/send_msg_on_event") == []


def test_a_refused_greeting_is_written_down_and_stops_nothing(desk, clock):
    desk.kf.enters(USER)
    desk.kf.fake.fail("kf/send_msg_on_event", 95018)
    desk.kf.says(USER, "洗衣机漏水")
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    with desk.house.db.reading() as conn:
        talk = conversations.of_customer(conn, 1, "wechat")
    assert sends(desk, talk) == [("refused", 95018)]


def test_the_place_where_the_chat_was_opened_is_a_fact(desk):
    desk.kf._event(ACCOUNT, USER, "enter_session", True, scene_param="store%3A%E4%B8%9C%E5%BA%97")
    desk.kf.says(USER, "洗衣机漏水")
    desk.pull()
    with desk.house.db.reading() as conn:
        found = conn.exec_driver_sql("select value from facts where field = 'subject'").scalars().all()
    assert len(found) == 1
    assert "东店" in found[0] or "\\u4e1c\\u5e97" in found[0]


def test_one_worker_pulls_answers_and_sends(desk, house, settings, kf, monkeypatch, tmp_path):
    """Kf alone is set: no service account is needed."""
    monkeypatch.setattr("wiring.kf_api", lambda told: desk.puller.api)
    worker = hired(settings, house, hearing.Ear(hearing.engine("none")))
    kf.says(USER, "洗衣机漏水，要人工")
    until = time.monotonic() + 30
    while not kf.read(USER, ACCOUNT) and time.monotonic() < until:
        worker.tick()
        desk.clock.pass_(seconds=0.2)
        time.sleep(0.01)  # the turn has a thread of its own
    assert len(kf.read(USER, ACCOUNT)) == 1
