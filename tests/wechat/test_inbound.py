"""What WeChat pushes is kept first, once, and acknowledged."""

from __future__ import annotations

import json

import pytest

from store import complaints, conversations, messages, wechat_media
from store import wechat as rows
from tests.wechat.conftest import APP, OPENID
from wechat.envelope import Envelope
from wechat.push import read


def heard(house):
    with house.db.reading() as conn:
        row = complaints.get(conn, 1)
        return [one.words for one in messages.of_complaint(conn, row.id) if one.author == "customer"]


def rights(house, clock):
    with house.db.reading() as conn:
        return {right.by: right.left for right in rows.rights_of(conn, APP, OPENID, clock())}


def acknowledged(answer):
    return answer.status_code == 200 and answer.get_data(as_text=True) == "success"


def test_words_are_kept_before_they_are_acknowledged(house, customer, clock):
    assert acknowledged(customer.says("洗衣机漏水"))
    assert heard(house) == ["洗衣机漏水"]
    assert rights(house, clock) == {"message": 5}


def test_a_repeat_changes_nothing(house, customer, clock):
    customer.says("洗衣机漏水", id=7)
    assert acknowledged(customer.says("洗衣机漏水", id=7))
    assert heard(house) == ["洗衣机漏水"]


def test_json_pushes_keep_long_ids(house, customer):
    first, second = 6054768590064713728, 6054768590064713729
    assert acknowledged(customer.says_in_json("漏水", first))
    assert acknowledged(customer.says_in_json("第二句", second))
    assert heard(house) == ["漏水", "第二句"]


def test_short_lines_are_one_turn(house, customer, clock):
    customer.says("洗衣机漏水")
    clock.pass_(seconds=1)
    customer.says("第三次了")
    bursts = house.reception.bursts
    assert bursts.due(clock()) == []
    clock.pass_(seconds=2)
    (conversation,) = bursts.due(clock())
    assert len(bursts.answer(conversation, clock()).said) == 1
    assert bursts.due(clock()) == []


def test_a_long_burst_ends_after_eight_seconds(house, customer, clock):
    for _ in range(5):
        customer.says("还有")
        clock.pass_(seconds=1.9)
    assert house.reception.bursts.due(clock()) != []


def test_a_wish_for_a_person_closes_the_turn_at_once(house, customer, clock):
    customer.says("洗衣机漏水")
    customer.says("转人工")
    assert house.reception.bursts.due(clock()) != []


@pytest.mark.parametrize(
    ("key", "words"), [("human", "转人工"), ("complain", "我要投诉"), ("status", "查进度")]
)
def test_a_tap_on_the_menu_says_its_word(house, customer, clock, key, words):
    assert acknowledged(customer.send("event", Event="CLICK", EventKey=key))
    assert heard(house) == [words]
    assert rights(house, clock) == {"menu": 3}


def test_two_taps_in_one_second_are_two_and_their_repeat_none(house, customer):
    for key in ("complain", "human", "human"):
        customer.send("event", Event="CLICK", EventKey=key)
    assert heard(house) == ["我要投诉", "转人工"]


def test_who_unfollows_is_not_written_to(house, customer, clock):
    customer.says("洗衣机漏水")
    assert acknowledged(customer.send("event", Event="unsubscribe"))
    assert rights(house, clock) == {}


def test_a_picture_is_noted_to_be_fetched(house, customer, clock):
    customer.send("image", PicUrl="http://10.0.0.1/x", MediaId="m-1")
    with house.db.reading() as conn:
        (due,) = wechat_media.due(conn, clock())
    assert (due.media_id, due.kind, due.account) == ("m-1", "image", APP)


@pytest.mark.parametrize(
    ("type", "fields", "words"),
    [
        (
            "location",
            {"Label": "朝阳路3号", "Location_X": "39.9", "Location_Y": "116.4"},
            "朝阳路3号 (39.9, 116.4)",
        ),
        (
            "link",
            {"Title": "退货单", "Description": "", "Url": "http://x.example/a"},
            "退货单\nhttp://x.example/a",
        ),
    ],
)
def test_places_and_links_are_words(house, customer, type, fields, words):
    customer.send(type, **fields)
    assert heard(house) == [words]


def test_what_is_signed_and_unreadable_is_kept_for_people(house, customer):
    assert acknowledged(customer.push("<xml><MsgType>text</MsgType></xml>"))
    assert acknowledged(customer.push("<xml><MsgType>text</MsgType></xml>"))
    with house.db.reading() as conn:
        (kept,) = rows.unread(conn)
    assert kept.why == "without ToUserName"


def test_an_unknown_event_is_kept_for_people(house, customer):
    assert acknowledged(customer.send("event", Event="card_pass_check"))
    with house.db.reading() as conn:
        (kept,) = rows.unread(conn)
    assert "card_pass_check" in kept.body


def test_another_accounts_push_is_turned_away_and_leaves_nothing(house, customer, monkeypatch):
    monkeypatch.setattr("tests.wechat.conftest.APP", "wx0000000000000000")
    assert customer.says("洗衣机漏水").status_code == 403
    with house.db.reading() as conn:
        assert rows.unread(conn) == []
        assert conversations.turns_due(conn, customer.clock()) == []


def test_a_signature_of_plain_mode_is_not_enough(customer):
    plain = Envelope("a token of ours 12345", "", "").signature("1", "2")
    assert customer.push("<xml></xml>", timestamp="1", nonce="2", msg_signature=plain).status_code == 403


def test_the_address_is_verified_by_its_echo(customer):
    signature = Envelope("a token of ours 12345", "", "").signature("1714036504", "1514711492")
    asked = {"timestamp": "1714036504", "nonce": "1514711492", "echostr": "4375120948345356249"}
    answer = customer.client.get("/wechat", query_string={**asked, "signature": signature})
    assert answer.get_data(as_text=True) == "4375120948345356249"
    assert customer.client.get("/wechat", query_string={**asked, "signature": "0" * 40}).status_code == 403


def test_messages_without_an_id_are_known_by_what_they_say():
    said = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": "1348831860", "MsgType": "text"}
    one, other = (read(json.dumps({**said, "Content": words})) for words in ("漏水", "还在漏"))
    again = read(json.dumps({**said, "Content": "漏水"}))
    assert one.key(APP) == again.key(APP) != other.key(APP)
