"""What a customer must hear of reaches them: on WeChat, by a template message with a link, or by a call."""

from __future__ import annotations

import re
from dataclasses import replace

from core import number
from office.chasing import Chaser
from reception.registering import make_promise
from reception.telling import announce, write
from store import complaints, events, promises, users
from tests.wechat.conftest import OPENID
from tests.wechat.talk import TEMPLATE

TEMPLATE_SEND = "message/template/send"


def templates(talk):
    return [call.body for call in talk.fake.made(TEMPLATE_SEND) if call.code == 0]


def owed(talk):
    with talk.house.db.reading() as conn:
        return promises.open_of(conn, talk.row.complaint_id, "callback")


def reasons(talk):
    with talk.house.db.reading() as conn:
        return [one.data["reason"] for one in events.after(conn, 0) if one.name == "supervisor_paged"]


def test_a_delay_is_told_on_wechat_before_it_happens(talk):
    talk.says("洗衣机漏水")
    with talk.house.db.writing() as conn:
        make_promise(conn, talk.house.content, talk.row.complaint_id, "progress", talk.clock())
    due = owed_of(talk, "progress").due_at
    talk.clock.pass_(seconds=(due - talk.clock()).total_seconds() - 60)
    Chaser(talk.house.db, talk.house.content).chase(talk.clock())
    talk.work()
    assert len(talk.read()) + len(templates(talk)) == 2
    assert owed_of(talk, "progress").due_at > due


def owed_of(talk, kind):
    with talk.house.db.reading() as conn:
        return promises.open_of(conn, talk.row.complaint_id, kind)


def test_the_end_of_a_complaint_is_told_on_wechat(talk):
    talk.says("洗衣机漏水")
    about = {"cause": "管子松了", "check_date": "3月9日"}
    with talk.house.db.writing() as conn:
        told = announce(
            conn, talk.house.content, talk.row.complaint_id, "utter_closed", talk.clock(), **about
        )
    talk.work()
    assert told
    assert "管子松了" in talk.read()[-1]


def test_a_persons_note_after_two_days_is_a_template_message_with_a_link(talk):
    talk.says("洗衣机漏水")
    talk.clock.pass_(hours=49)
    with talk.house.db.writing() as conn:
        write(conn, talk.row.complaint_id, "配件到了，明天上门。", a_user(talk, conn), talk.clock())
    talk.work(seconds=13)
    (body,) = templates(talk)
    row = complaint_of(talk)
    fields = {name: field["value"] for name, field in body["data"].items()}
    assert body["template_id"] == TEMPLATE
    assert body["touser"] == OPENID
    assert fields["character_string1"] == row.number
    assert number.valid(fields["character_string1"])
    assert len(fields["phrase2"]) <= 5
    assert re.fullmatch(r"\d{4}年\d\d月\d\d日 \d\d:\d\d", fields["time3"])
    assert "上门" not in str(fields)
    token = body["url"].rsplit("/", 1)[1]
    assert talk.house.case_links.read(token, talk.clock(), lambda _complaint: 0) == row.id
    assert row.number not in body["url"]


def a_user(talk, conn):
    about = {"login": "wang", "public_name": "王强", "role": "handler", "password_hash": "", "phone": None}
    return users.add(conn, **about, at=talk.clock())


def complaint_of(talk):
    with talk.house.db.reading() as conn:
        return complaints.get(conn, talk.row.complaint_id)


def test_several_notices_within_minutes_are_one_template_message(talk):
    talk.says("洗衣机漏水")
    talk.clock.pass_(hours=49)
    for _ in range(3):
        talk.notice()
        talk.work(minutes=3)
    assert len(templates(talk)) == 1
    talk.work(minutes=8)
    assert len(templates(talk)) == 2
    talk.work(hours=1)
    assert len(templates(talk)) == 2


def test_whoever_writes_meanwhile_reads_the_notice_at_once(talk):
    talk.says("洗衣机漏水")
    talk.clock.pass_(hours=49)
    talk.notice("要晚一天。")
    talk.work()
    talk.notice("又晚一天。")
    talk.work(minutes=1)
    talk.says("怎么还没好")
    assert "又晚一天" in "".join(talk.read()[1:])
    talk.work(minutes=20)
    assert len(templates(talk)) == 1


def test_an_answer_of_the_assistants_is_no_reason_for_a_template_message(talk):
    talk.says("洗衣机漏水", answered=False)
    talk.fake.fail("message/custom/send", 45015)
    talk.turn()
    talk.work()
    assert talk.states() == ["refused", "dropped"]
    assert templates(talk) == []
    assert "wechat_unsent" not in reasons(talk)


def test_without_a_template_a_person_calls_by_a_stored_time(talk):
    talk.sender = replace(talk.sender, template="")
    talk.says("洗衣机漏水")
    talk.clock.pass_(hours=49)
    talk.notice()
    talk.work()
    assert talk.states()[-1] == "no_right"
    assert owed(talk).due_at > talk.clock()
    assert reasons(talk) == ["wechat_unsent"]
    talk.notice()
    talk.work(minutes=1)
    assert reasons(talk) == ["wechat_unsent"]


def test_who_unfollowed_is_called(talk):
    talk.says("洗衣机漏水")
    talk.customer.leaves()
    talk.notice()
    talk.work()
    assert templates(talk) == []
    assert owed(talk) is not None
    talk.customer.follows()
    talk.clock.pass_(minutes=2)
    talk.notice()
    talk.work()
    assert len(templates(talk)) == 1


def test_a_template_that_wechat_does_not_know_alarms_and_a_person_calls(talk):
    talk.sender = replace(talk.sender, template="TPL_of_another_account_0")
    talk.says("洗衣机漏水")
    talk.clock.pass_(hours=49)
    talk.notice()
    talk.work()
    assert talk.states()[-1] == "refused"
    assert set(reasons(talk)) == {"wechat_template", "wechat_unsent"}
    assert owed(talk) is not None


def test_a_closed_complaint_is_owed_no_call_that_nobody_would_chase(talk):
    talk.sender = replace(talk.sender, template="")
    talk.says("洗衣机漏水")
    with talk.house.db.writing() as conn:
        complaints.change(conn, talk.row.complaint_id, state="closed")
        promises.cancel(conn, talk.row.complaint_id, ["callback"], talk.clock())
    talk.clock.pass_(hours=49)
    talk.notice(reply="utter_closed")
    talk.work()
    assert owed(talk) is None
    assert reasons(talk) == ["wechat_unsent"]


def test_the_window_that_closes_between_reserve_and_send_is_believed(talk):
    talk.says("洗衣机漏水")
    talk.clock.pass_(**{"hours": 47, "minutes": 59})
    talk.notice()
    talk.fake.platform.contact(OPENID).rights = []
    talk.work()
    talk.work()
    assert talk.states()[1] == "refused"
    assert talk.sends()[1].code == 45015
    assert len(templates(talk)) == 1
