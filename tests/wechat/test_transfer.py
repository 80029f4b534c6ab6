"""Handing a customer to Tencent's own desk is off; where it is on, our record says so and the assistant is
silent."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from wechatpy.crypto import WeChatCrypto

from app import assemble
from store import conversations, events, facts, messages
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN, Customer
from wechat.push import read_fields

DESK = "transfer_customer_service"


@pytest.fixture
def forwarding(settings, house, clock):
    """A customer of an installation where this is on."""
    told = replace(settings, wechat=replace(settings.wechat, transfer=True))
    return Customer(assemble(told, house).test_client(), clock)


def plain(answer):
    return answer.get_data(as_text=True) == "success"


def opened(answer):
    """The sealed answer, opened by another implementation."""
    body = answer.get_data(as_text=True)
    told = read_fields(body)
    crypto = WeChatCrypto(TOKEN, KEY, APP)
    sealed = f"<xml><ToUserName/><Encrypt><![CDATA[{told['Encrypt']}]]></Encrypt></xml>"
    return crypto.decrypt_message(sealed, told["MsgSignature"], told["TimeStamp"], told["Nonce"])


def history(house):
    with house.db.reading() as conn:
        return [row.name for row in events.of_complaint(conn, 1) if "transfer" in row.name]


def turns_due(house, clock):
    clock.pass_(seconds=30)
    return house.reception.bursts.due(clock())


def test_it_is_off(house, customer, clock):
    assert plain(customer.says("转人工"))
    assert history(house) == []
    assert len(turns_due(house, clock)) == 1


def test_a_wish_for_a_person_is_answered_by_handing_on(house, forwarding, clock):
    assert plain(forwarding.says("洗衣机漏水"))
    answer = forwarding.says("转人工")
    told = read_fields(opened(answer))
    assert told["MsgType"] == DESK
    assert (told["ToUserName"], told["FromUserName"]) == (OPENID, "gh_0")
    assert re.fullmatch(r"\d+", told["CreateTime"])
    assert answer.mimetype == "application/xml"
    assert history(house) == ["wechat_transferred"]


def test_the_assistant_is_silent_and_every_word_is_kept(house, forwarding, clock):
    forwarding.says("洗衣机漏水")
    forwarding.says("转人工")
    assert read_fields(opened(forwarding.says("在吗")))["MsgType"] == DESK
    assert turns_due(house, clock) == []
    with house.db.reading() as conn:
        talk = conversations.of_customer(conn, 1, "wechat")
        said = [(row.author, row.words) for row in messages.of_conversation(conn, talk)]
    assert said == [("customer", "洗衣机漏水"), ("customer", "转人工"), ("customer", "在吗")]
    assert history(house) == ["wechat_transferred"], "once"


def test_a_repeated_push_is_handed_on_again(house, forwarding):
    forwarding.says("转人工", id=7)
    assert read_fields(opened(forwarding.says("转人工", id=7)))["MsgType"] == DESK
    assert history(house) == ["wechat_transferred"]


def test_a_tap_on_the_menu_is_a_wish_too(house, forwarding):
    answer = forwarding.send("event", Event="CLICK", EventKey="human")
    assert read_fields(opened(answer))["MsgType"] == DESK


def test_an_account_of_json_is_answered_in_json(forwarding):
    answer = forwarding.says_in_json("转人工", 6054768590064713728)
    assert json.loads(opened(answer))["MsgType"] == DESK
    assert answer.mimetype == "application/json"


def test_danger_stays_with_our_own_people(house, forwarding, clock):
    assert plain(forwarding.says("转人工，你们不管我就去死"))
    assert history(house) == []
    assert len(turns_due(house, clock)) == 1


def test_who_talks_with_our_own_colleague_stays_there(house, forwarding):
    forwarding.says("洗衣机漏水")
    with house.db.writing() as conn:
        conversations.change(conn, conversations.of_customer(conn, 1, "wechat"), speaker="agent")
    assert plain(forwarding.says("转人工"))
    assert history(house) == []


def test_when_their_desk_has_closed_the_assistant_answers_again(house, forwarding, clock):
    forwarding.says("转人工")
    assert plain(forwarding.send("event", Event="kf_create_session", KfAccount="a@b"))
    assert plain(forwarding.send("event", Event="kf_close_session", KfAccount="a@b"))
    assert history(house) == ["wechat_transferred", "wechat_transfer_ended"]
    assert plain(forwarding.says("还是漏水"))
    assert len(turns_due(house, clock)) == 1


def test_what_was_told_before_is_learned_although_another_desk_answers(house, forwarding):
    forwarding.says("洗衣机漏水")
    opened(forwarding.says("转人工"))
    with house.db.reading() as conn:
        assert facts.value(conn, 1, "story").startswith("洗衣机漏水")
