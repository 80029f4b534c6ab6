"""The message that says that a complaint is registered carries the link to its page, once, at no cost."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from core.outgoing import LONGEST
from store import case_links, messages, users
from store import wechat as rows
from tests.wechat.conftest import OPENID

LINK = re.compile(r"https://complaints\.example\.com/c/([A-Za-z0-9_-]{24})")


@pytest.fixture
def public(talk):
    """The house has a public address."""
    links = replace(talk.house.case_links, public_url="https://complaints.example.com")
    house = replace(talk.house, case_links=links)
    talk.sender.house = house
    talk.sender.__post_init__()
    return house


def registers(talk, words="登记好了，编号1234567897。", reply="utter_registered", **more):
    with talk.house.db.writing() as conn:
        about = {"conversation_id": talk.id, "complaint_id": talk.row.complaint_id, "author": "assistant"}
        messages.say(conn, **about, words=words, reply=reply, at=talk.clock(), **more)
    talk.work()
    return talk.read()[-1]


def used(talk):
    with talk.house.db.reading() as conn:
        found = rows.rights_of(conn, talk.sender.account, OPENID, talk.clock())
    return 5 - sum(right.left for right in found)


def test_the_message_carries_the_link_and_costs_no_more(talk, public):
    talk.says("洗衣机漏水")
    before = used(talk)
    bubble = registers(talk)
    [token] = LINK.findall(bubble)
    assert bubble.startswith("登记好了，编号1234567897。\n")
    assert public.case_links.read(token, talk.clock(), lambda _complaint: 0) == talk.row.complaint_id
    assert used(talk) == before + 1


def test_it_is_sent_once(talk, public):
    talk.says("洗衣机漏水")
    assert LINK.search(registers(talk))
    assert not LINK.search(registers(talk))


def test_after_a_failure_it_is_sent_with_the_message(talk, public):
    talk.says("洗衣机漏水")
    talk.fake.fail("custom/send", -1)
    with talk.house.db.writing() as conn:
        about = {"conversation_id": talk.id, "complaint_id": talk.row.complaint_id, "author": "assistant"}
        messages.say(conn, **about, words="登记好了", reply="utter_registered_here", at=talk.clock())
    talk.work()
    talk.work(seconds=31)
    assert len(LINK.findall("".join(talk.read()))) == 1


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://complaints.example.com", ""])
def test_without_a_public_https_address_there_is_no_link(talk, public, url):
    links = replace(public.case_links, public_url=url)
    talk.sender.house = replace(public, case_links=links)
    talk.sender.__post_init__()
    talk.says("洗衣机漏水")
    assert registers(talk) == "登记好了，编号1234567897。"


def test_other_answers_and_who_wants_no_answer_get_none(talk, public):
    talk.says("洗衣机漏水")
    assert not LINK.search("".join(talk.read()))
    assert not LINK.search(registers(talk, "记下了。", "utter_registered_vent"))


def test_it_never_makes_a_message_too_long(talk, public):
    talk.says("洗衣机漏水")
    words = "字" * ((LONGEST - 40) // 3)
    before = used(talk)
    assert registers(talk, words) == words
    assert used(talk) == before + 1


def test_options_stand_after_the_link(talk, public):
    talk.says("洗衣机漏水")
    bubble = registers(talk, buttons=("转人工", "查进度"))
    assert bubble.index("/c/") < bubble.index("转人工")


def test_after_a_withdrawal_the_link_is_a_new_one(talk, public):
    talk.says("洗衣机漏水")
    with talk.house.db.writing() as conn:
        about = {"login": "li", "public_name": "李敏", "role": "agent", "password_hash": "", "phone": None}
        user = users.add(conn, **about, at=talk.clock())
    public.handling.end_links(user, talk.row.complaint_id, "发错了人", talk.clock())
    [token] = LINK.findall(registers(talk))
    with talk.house.db.reading() as conn:
        ended = {talk.row.complaint_id: case_links.ended(conn, talk.row.complaint_id)}
    assert public.case_links.read(token, talk.clock(), ended.__getitem__) == talk.row.complaint_id


def test_what_is_kept_holds_no_key(talk, public):
    talk.says("洗衣机漏水")
    registers(talk)
    with talk.house.db.reading() as conn:
        assert not any("/c/" in one.words for one in messages.of_conversation(conn, talk.id))
