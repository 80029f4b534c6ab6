"""What customers do on WeChat without writing: follow, scan, leave, send what cannot be read."""

from __future__ import annotations

import pytest
from sqlalchemy.event import listen

from simulator.wechat.customers import Customer
from store import complaints, conversations, customers, facts, promises, wechat_sends
from store import wechat as rows
from tests.wechat.conftest import OPENID

OPENING = "智能客服"


def known(talk, field):
    with talk.house.db.reading() as conn:
        return facts.current(conn, talk.row.complaint_id).get(field)


def unread(talk):
    with talk.house.db.reading() as conn:
        return [row.why for row in rows.unread(conn)]


def test_who_follows_is_greeted_once_and_no_complaint_is_opened(talk):
    talk.customer.follows()
    talk.work()
    (bubble,) = talk.read()
    assert OPENING in bubble
    assert talk.row.complaint_id is None
    talk.customer.leaves()
    talk.clock.pass_(seconds=10)
    talk.customer.follows()
    talk.work()
    assert len(talk.read()) == 1


def test_a_greeting_that_comes_too_late_is_not_sent(talk):
    talk.customer.follows()
    talk.work(minutes=2)
    assert talk.read() == []
    assert talk.states() == ["dropped"]


@pytest.mark.parametrize(
    ("scene", "field", "value"),
    [
        ("store:朝阳路店", "subject", "朝阳路店"),
        ("order:DD20260301", "reference", {"kind": "order_no", "value": "DD20260301", "words": "DD20260301"}),
        ("spring2026", "scene", "spring2026"),
    ],
)
@pytest.mark.parametrize("act", ["follows", "scans"])
def test_a_scanned_code_is_a_fact_of_the_next_complaint(talk, act, scene, field, value):
    getattr(talk.customer, act)(scene)
    talk.says("洗衣机漏水")
    fact = known(talk, field)
    assert (fact.value, fact.by) == (value, "scan")


def test_what_the_customer_says_stands_before_the_code(talk):
    talk.customer.scans("order:DD20260301")
    talk.says("订单号 JD1234567890123 的洗衣机漏水")
    fact = known(talk, "reference")
    assert fact.by == "rule"
    assert "1234567890123" in fact.value["value"]


def test_a_code_counts_for_one_complaint_and_for_a_week(talk):
    talk.customer.scans("store:朝阳路店")
    talk.clock.pass_(days=8)
    talk.says("洗衣机漏水")
    assert known(talk, "subject") is None


def test_a_code_scanned_while_a_complaint_goes_on_waits_for_the_next(talk):
    talk.says("洗衣机漏水")
    with talk.house.db.writing() as conn:
        complaints.change(conn, talk.row.complaint_id, state="registered")
    talk.customer.scans("store:朝阳路店")
    talk.says("还在漏")
    assert known(talk, "subject") is None
    with talk.house.db.writing() as conn:
        complaints.change(conn, talk.row.complaint_id, state="closed")
    talk.says("空调也坏了，要退钱")
    assert known(talk, "subject").value == "朝阳路店"


def test_who_left_has_no_rights_and_a_message_brings_them_back(talk):
    talk.says("洗衣机漏水")
    talk.customer.leaves()
    with talk.house.db.reading() as conn:
        assert rows.gone(conn, talk.sender.account, OPENID)
        assert rows.rights_of(conn, talk.sender.account, OPENID, talk.clock()) == []
    talk.customer.follows()
    with talk.house.db.reading() as conn:
        assert not rows.gone(conn, talk.sender.account, OPENID)


def test_a_late_repeat_of_leaving_takes_nothing_from_who_came_back(talk):
    talk.says("洗衣机漏水")
    with talk.house.db.writing() as conn:
        rows.mark_gone(conn, talk.sender.account, OPENID, "left", talk.clock())
    talk.clock.pass_(seconds=1)
    talk.customer.says("我又来了")
    with talk.house.db.writing() as conn:
        rows.mark_gone(conn, talk.sender.account, OPENID, "left", talk.clock())
        assert not rows.gone(conn, talk.sender.account, OPENID)
        assert sum(one.left for one in rows.rights_of(conn, talk.sender.account, OPENID, talk.clock())) == 5


def test_what_is_in_flight_is_sought_by_the_customers_conversations(talk):
    talk.says("洗衣机漏水")
    plans = []
    with talk.house.db.reading() as conn:
        listen(conn, "before_cursor_execute", lambda _c, _cur, words, given, *_: plans.append((words, given)))
        wechat_sends.in_flight(conn, 1, wechat_sends.TEXT)
        ((words, given),) = plans
        steps = [row[-1] for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {words}", given)]
    assert any("ix_conversations_of_customer" in step for step in steps), steps
    assert any("ix_wechat_sends_conversation_id" in step for step in steps), steps


@pytest.mark.parametrize("status", ["failed:user block", "failed: system failed"])
def test_a_template_message_that_did_not_arrive_is_a_call(talk, status, monkeypatch):
    talk.says("洗衣机漏水")
    talk.clock.pass_(hours=49)
    talk.notice()
    told = Customer.told_of_template
    monkeypatch.setattr(Customer, "told_of_template", lambda self, id, _status: told(self, id, status))
    talk.work()
    talk.fake.settle()
    assert talk.states()[-1] == "refused"
    with talk.house.db.reading() as conn:
        assert promises.open_of(conn, talk.row.complaint_id, "callback") is not None


def test_the_end_of_a_template_message_may_be_told_before_we_know_its_id(talk):
    talk.says("洗衣机漏水")
    talk.clock.pass_(hours=49)
    talk.notice()
    sent = talk.sender.api.template

    def slow(*about):
        id = sent(*about)
        talk.fake.settle()
        return id

    talk.sender.api.template = slow
    talk.work()
    (send,) = [one for one in talk.sends() if one.kind == "template"]
    assert send.state == "arrived"
    assert send.provider_id


def test_the_end_of_an_unknown_message_is_kept_for_people(talk):
    talk.says("洗衣机漏水")
    talk.customer.told_of_template(42, "success")
    assert unread(talk) == ["unknown message"]


@pytest.mark.parametrize("type", ["sticker", "miniprogrampage"])
def test_a_type_that_is_new_is_kept_and_answered_once(talk, type):
    talk.customer.sends(type, Title="x")
    talk.customer.sends(type, Title="y")
    talk.work()
    assert unread(talk) == ["unknown type", "unknown type"]
    assert [words for words in talk.read() if "打不开" in words] == talk.read()
    assert len(talk.read()) == 1


def test_a_sticker_that_wechat_holds_back_is_answered_and_no_complaint(talk):
    talk.customer.says("【收到不支持的消息类型，暂无法显示】")
    talk.turn()
    assert len(talk.read()) == 1
    assert talk.row.complaint_id is None
    assert unread(talk) == []


def test_events_that_ask_for_nothing_leave_nothing(talk):
    talk.customer.event("VIEW", EventKey="https://shop.example/")
    talk.customer.event("LOCATION", Latitude="39.9", Longitude="116.4")
    with talk.house.db.reading() as conn:
        assert rows.unread(conn) == []
        assert customers.find(conn, "openid", OPENID) is None


def test_a_menu_tap_is_answered_within_its_minute(talk):
    talk.customer.taps("complain")
    talk.turn()
    assert len(talk.read()) == 1
    with talk.house.db.reading() as conn:
        assert conversations.fetch(conn, talk.id).complaint_id is not None
