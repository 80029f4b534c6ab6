"""The bell is only kept; what it rings for is pulled, kept once, and gone on from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from store import kf as cursors
from store import wechat as rows
from store import wechat_media
from tests.wechat.kf.conftest import ACCOUNT, CORP, USER
from wechat.kf import Puller


def due(desk):
    with desk.house.db.reading() as conn:
        return [row.account for row in cursors.due(conn, desk.clock())]


def test_a_bell_keeps_only_that_there_is_something(desk):
    desk.kf.says(USER, "洗衣机漏水")
    assert due(desk) == [ACCOUNT]
    assert desk.pulls() == []
    assert desk.heard() == []


def test_what_it_rang_for_is_pulled_by_its_token_and_kept(desk):
    desk.kf.says(USER, "洗衣机漏水")
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    assert desk.rights() == {"message": 5}
    assert due(desk) == []
    (call,) = desk.pulls()
    assert call.body["token"].startswith("ENC")
    assert call.body["open_kfid"] == ACCOUNT
    assert call.body["voice_format"] == 0, "AMR"


def test_the_next_pull_goes_on_from_the_cursor(desk):
    desk.kf.says(USER, "洗衣机漏水")
    desk.pull()
    desk.kf.says(USER, "第三次了")
    desk.pull()
    assert desk.heard() == ["洗衣机漏水", "第三次了"]
    assert [call.body.get("cursor") for call in desk.pulls()] == [None, "C1"]


def test_several_pages_are_pulled_until_there_is_no_more(desk):
    desk.kf.page = 2
    for number in range(5):
        desk.kf.says(USER, f"第{number}句")
    desk.pull(times=4)
    assert desk.heard() == [f"第{number}句" for number in range(5)]
    assert len(desk.pulls()) == 3


@pytest.mark.parametrize("odd", ["\u0663:17 来电", "\ud83d 你好"])
def test_an_odd_message_holds_up_no_other(desk, odd):
    for words in ("洗衣机漏水", odd, "第三次了"):
        desk.kf.says(USER, words)
    desk.pull()
    first, _, last = desk.heard()
    assert (first, last) == ("洗衣机漏水", "第三次了")


def test_what_we_cannot_work_with_is_kept_for_people(desk, monkeypatch):
    keep = desk.house.reception.bursts.keep

    def broken(bursts, conn, heard):
        if heard.words == "坏":
            raise KeyError("no such thing")
        return keep(conn, heard)

    monkeypatch.setattr("reception.bursts.Bursts.keep", broken)
    for words in ("洗衣机漏水", "坏", "第三次了"):
        desk.kf.says(USER, words)
    desk.pull()
    assert desk.heard() == ["洗衣机漏水", "第三次了"]
    with desk.house.db.reading() as conn:
        (kept,) = rows.unread(conn)
    assert kept.why == "not understood"


def test_a_missed_bell_loses_nothing(desk, clock):
    desk.kf.says(USER, "洗衣机漏水", rings=False)
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    desk.kf.says(USER, "第三次了", rings=False)
    clock.pass_(minutes=9)
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    clock.pass_(minutes=1)
    desk.pull()
    assert desk.heard() == ["洗衣机漏水", "第三次了"]


def test_without_a_token_pages_are_asked_for_slowly(desk, clock):
    desk.kf.page = 1
    for number in range(30):
        desk.kf.says(USER, f"第{number}句", rings=False)
    for _ in range(310):
        desk.pull()
        clock.pass_(seconds=1)
    assert len(desk.heard()) == 30
    assert all(call.code == 0 for call in desk.pulls()), "never more than ten a minute"


def test_an_old_bells_token_is_not_shown(desk, clock):
    desk.kf.says(USER, "洗衣机漏水")
    clock.pass_(minutes=10)
    desk.pull()
    (call,) = desk.pulls()
    assert "token" not in call.body
    assert desk.heard() == ["洗衣机漏水"]


def test_a_bell_during_a_pull_is_not_lost(desk, api, monkeypatch):
    desk.kf.says(USER, "洗衣机漏水")
    pull = api.pull

    def rung_meanwhile(*asked):
        page = pull(*asked)
        monkeypatch.undo()
        desk.kf.says(USER, "第三次了")
        return page

    monkeypatch.setattr(api, "pull", rung_meanwhile)
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    assert due(desk) == [ACCOUNT]
    desk.pull()
    assert desk.heard() == ["洗衣机漏水", "第三次了"]


def test_a_page_cut_off_before_it_is_kept_comes_again(desk, house, api, clock, monkeypatch):
    desk.kf.page = 2
    for number in range(4):
        desk.kf.says(USER, f"第{number}句")
    desk.pull()
    monkeypatch.setattr(cursors, "save", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        desk.pull()
    monkeypatch.undo()
    assert len(desk.heard()) == 2, "not a part of a page without its cursor"
    clock.pass_(minutes=1)
    after_restart = Puller(house, CORP, api)
    after_restart.work(clock())
    assert desk.heard() == [f"第{number}句" for number in range(4)]


def test_a_page_that_comes_twice_changes_nothing(desk):
    desk.kf.says(USER, "洗衣机漏水")
    desk.kf.sends(USER, "sphere", {})
    desk.pull()
    with desk.house.db.writing() as conn:
        cursors.save(conn, ACCOUNT, "")
    desk.kf.ring(ACCOUNT)
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    assert len(desk.for_people()) == 1


def test_what_wecom_refuses_is_tried_again_in_a_minute_and_not_at_every_tick(desk, clock):
    desk.kf.says(USER, "洗衣机漏水")
    desk.kf.fake.fail("kf/sync_msg", 45009)
    desk.pull(times=3)
    assert len(desk.pulls()) == 1
    clock.pass_(minutes=1)
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]


def test_a_refused_token_is_asked_for_once_more(desk):
    desk.kf.says(USER, "洗衣机漏水")
    desk.pull()
    desk.kf.fake.platform.tokens.revoke()
    desk.kf.says(USER, "第三次了")
    desk.pull()
    assert desk.heard() == ["洗衣机漏水", "第三次了"]
    assert [call.code for call in desk.pulls()] == [0, 40014, 0]
    assert len(desk.kf.fake.made("gettoken")) == 2


def test_each_account_has_its_own_cursor_and_its_own_conversation(desk):
    desk.kf.accounts = (ACCOUNT, "wkAjqAtwo")
    desk.kf.says(USER, "洗衣机漏水")
    desk.kf.says(USER, "另一家店", account="wkAjqAtwo")
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    with desk.house.db.reading() as conn:
        rows = cursors.due(conn, desk.clock() + timedelta(hours=1))
    assert {row.account: row.cursor for row in rows} == {ACCOUNT: "C1", "wkAjqAtwo": "C1"}


@pytest.mark.parametrize(
    ("type", "inside", "words"),
    [
        (
            "location",
            {"name": "东店", "address": "朝阳路3号", "latitude": 39.9, "longitude": 116.4},
            "东店 朝阳路3号 (39.9, 116.4)",
        ),
        (
            "link",
            {"title": "退货单", "desc": "", "url": "http://x.example/a", "pic_url": "http://10.0.0.1/"},
            "退货单\nhttp://x.example/a",
        ),
        ("miniprogram", {"title": "我的订单", "appid": "wx1", "pagepath": "p"}, "我的订单"),
        ("business_card", {"userid": "lisi"}, "lisi"),
        ("text", {"content": "一", "menu_id": "1"}, "一"),
    ],
)
def test_what_the_customer_sees_of_it_is_words(desk, type, inside, words):
    desk.kf.sends(USER, type, inside)
    desk.pull()
    assert desk.heard() == [words]
    assert desk.for_people() == []


@pytest.mark.parametrize("type", ["image", "voice", "video", "file"])
def test_media_is_noted_to_be_fetched(desk, clock, type):
    desk.kf.sends(USER, type, {"media_id": "m-1"})
    desk.pull()
    with desk.house.db.reading() as conn:
        (noted,) = wechat_media.due(conn, clock())
    assert (noted.media_id, noted.kind, noted.account) == ("m-1", type, CORP)


def test_an_unknown_type_counts_as_heard_and_is_kept_as_it_came(desk):
    desk.kf.sends(USER, "channels", {"nickname": "视频号"})
    desk.pull()
    assert desk.rights() == {"message": 5}
    (kept,) = desk.for_people()
    assert (kept.why, "视频号" in kept.body) == ("unknown type", True)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ({"msgid": ""}, "without msgid or msgtype"),
        ({"msgtype": 7}, "without msgid or msgtype"),
        ({"send_time": 2e12}, "send_time is no time"),
        ({"send_time": 10**15}, "send_time is no time"),
        ({"external_userid": None}, "without external_userid"),
        ({"external_userid": "../x"}, "without external_userid"),
    ],
)
def test_one_broken_message_stops_no_other(desk, broken, why):
    desk.kf.says(USER, "坏的")
    desk.kf.messages[ACCOUNT][0] |= broken
    desk.kf.says(USER, "洗衣机漏水")
    desk.pull()
    assert desk.heard() == ["洗衣机漏水"]
    assert [kept.why for kept in desk.for_people()] == [why]


def test_words_of_a_colleague_in_wecoms_own_client_are_not_the_customers(desk):
    desk.kf.says(USER, "您好")
    desk.kf.messages[ACCOUNT][0] |= {"origin": 5, "servicer_userid": "lisi"}
    desk.pull()
    assert desk.heard() == []
    assert [kept.why for kept in desk.for_people()] == ["said in WeCom's own client"]


@pytest.mark.parametrize("event", ["session_status_change", "user_recall_msg"])
def test_events_that_change_nothing_here_are_kept_for_people(desk, event):
    desk.kf._event(ACCOUNT, USER, event, True)
    desk.pull()
    assert len(desk.for_people()) == 1


def test_a_message_pulled_late_opens_only_what_is_left_of_its_window(desk, clock):
    desk.kf.says(USER, "洗衣机漏水", rings=False)
    clock.pass_(hours=47)
    desk.pull()
    assert desk.rights() == {"message": 5}
    clock.pass_(hours=1)
    assert desk.rights() == {}
