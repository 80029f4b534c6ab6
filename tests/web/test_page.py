"""The page and its form, as a browser without JavaScript uses them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from store import conversations, messages, users
from store.schema import conversations as conversation_rows

OURS = {"Sec-Fetch-Site": "same-origin"}
STORY = "订的冰箱约好昨天送，今天才到，门上还有凹陷"


def send(client, headers=None, **form):
    return client.post("/chat/send", data=form, headers=OURS if headers is None else headers)


def token(client):
    return part(r'name="id" value="([^"]+)"', client.get("/").text)


def part(pattern, text):
    found = re.search(pattern, text, re.S)
    assert found, text
    return found[1]


def conversation(house):
    with house.db.reading() as conn:
        return conn.execute(select(conversation_rows).order_by(conversation_rows.c.started_at)).first()


def test_the_first_line_says_that_it_is_a_machine_and_where_a_human_is(app, house):
    page = app.test_client().get("/").text
    assert house.content.say("utter_open", "web").text in page
    assert '<html lang="zh-CN">' in page
    assert 'name="human" value="1"' in page


def test_a_message_is_answered_by_a_redirect_to_the_page(customer, kept):
    answer = send(customer, text=STORY, id=token(customer))
    assert answer.status_code == 303
    assert answer.location == "/#end"
    assert STORY in customer.get("/").text
    assert kept() == [STORY]


def test_every_sentence_of_the_machine_is_labelled(customer, house):
    send(customer, text=STORY)
    page = customer.get("/").text
    label = house.content.pages["chat"]["assistant"]
    bubbles = re.findall(r'<article class="line assistant".*?</article>', page, re.S)
    assert len(bubbles) >= 2
    assert all(label in bubble for bubble in bubbles)


def test_a_double_click_is_one_message_and_an_old_page_loses_nothing(customer, kept):
    id = token(customer)
    for _ in range(3):
        send(customer, text=STORY, id=id)
    send(customer, text="还有一件", id=id)
    assert kept() == [STORY, "还有一件"]


def test_lines_come_back_as_they_were_typed(customer, kept):
    send(customer, text="第一行\r\n第二行")
    assert kept() == ["第一行\n第二行"]


def test_a_button_sends_its_words_after_what_was_typed(customer, kept):
    send(customer, text=STORY, say="跳过")
    assert kept() == [STORY, "跳过"]


def test_a_human_is_one_click_away_and_typed_words_go_along(customer, house, kept):
    with house.db.writing() as conn:
        id = users.add(
            conn,
            login="li",
            public_name="李敏",
            role="agent",
            password_hash="x",
            phone=None,
            at=house.clock(),
        )
    house.agents.present(id, users.AVAILABLE, house.clock())
    send(customer, text=STORY, human="1")
    assert kept()[0] == STORY
    page = customer.get("/").text
    assert house.content.pages["chat"]["waiting"] in page
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in page
    assert 'http-equiv="refresh"' not in customer.get("/?still=1").text
    house.agents.take(id, conversation(house).id, house.clock())
    house.agents.say(id, conversation(house).id, "我来看看", "k1", house.clock())
    page = customer.get("/").text
    assert house.content.page("chat.agent", owner="李敏") in page
    assert "我来看看" in page


def rows(house):
    with house.db.reading() as conn:
        return conn.execute(select(conversation_rows)).all()


def test_looking_writes_nothing_and_the_first_message_begins_the_conversation(customer, house):
    for _ in range(3):
        assert customer.get("/").status_code == 200
    assert rows(house) == []
    send(customer, text=STORY)
    send(customer, text="还有一件")
    assert len(rows(house)) == 1


def test_a_wish_for_a_human_begins_one_conversation_however_often_it_is_clicked(customer, house):
    id = token(customer)
    cookie = customer.get_cookie("jiesu_chat").value
    for _ in range(2):  # the answer to the first click is lost, so its cookie too
        customer.set_cookie("jiesu_chat", cookie)
        assert send(customer, human="1", id=id).status_code == 303
    (row,) = rows(house)
    with house.db.reading() as conn:
        wishes = [m for m in messages.of_conversation(conn, row.id) if m.author == "customer"]
    assert len(wishes) == 1


def test_a_wish_for_a_human_in_a_conversation_that_is_gone_begins_another(customer, house):
    send(customer, text=STORY)
    with house.db.writing() as conn:
        conversations.change(conn, conversation(house).id, channel="gone")
    assert send(customer, human="1").status_code == 303
    assert sorted(row.channel for row in rows(house)) == ["gone", "web"]


def test_a_wish_for_a_human_needs_no_words(customer, house):
    assert send(customer, text="", human="1").status_code == 303
    assert house.content.say("utter_open", "web").text in customer.get("/").text


def test_a_number_once_given_stays_in_sight(customer, house):
    for words in (STORY, "换一台新的", "跳过", "跳过", "可以", "对"):
        send(customer, text=words)
    shown = re.search(r"<strong>(\d{4} \d{4} \d{2})</strong>", customer.get("/").text)
    assert shown
    assert house.content.pages["chat"]["promise_here"] in customer.get("/").text


def test_words_that_are_too_long_are_given_back(customer, kept):
    answer = send(customer, text="长" * 20_001)
    assert answer.status_code == 413
    assert "长" * 20_001 in answer.text
    assert "20000" in answer.text
    assert kept() == []


def test_twenty_thousand_characters_fit_into_either_kind_of_form(customer, kept):
    words = "😤" * 20_000
    assert send(customer, text=words).status_code == 303
    answer = customer.post(
        "/chat/send", data={"text": words}, headers=OURS, content_type="multipart/form-data"
    )
    assert answer.status_code == 303
    assert kept() == [words, words]


@pytest.mark.parametrize("text", ["", "  ", "\r\n", "\u200b"])
def test_an_empty_form_is_answered_in_a_sentence(customer, house, kept, text):
    answer = send(customer, text=text)
    assert answer.status_code == 400
    assert house.content.label("errors", "empty") in answer.text
    assert kept() == []


def test_bytes_that_are_no_utf8_are_refused_but_a_typed_replacement_mark_is_kept(customer, kept):
    body = b"text=" + b"%CD%B6%CB%DF"
    refused = customer.post(
        "/chat/send", data=body, content_type="application/x-www-form-urlencoded", headers=OURS
    )
    assert refused.status_code == 400
    send(customer, text="收到的短信是\ufffd\ufffd")
    assert kept() == ["收到的短信是\ufffd\ufffd"]


def test_a_form_that_is_too_large_is_refused_in_a_sentence(customer, house):
    answer = send(customer, text="x" * 300_000)
    assert answer.status_code == 413
    assert house.content.label("errors", "too_large") in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_speak_for_a_customer(customer, kept, headers):
    assert send(customer, headers=headers, text="x", id=token(customer)).status_code == 403
    assert kept() == []


def test_a_browser_that_says_nothing_about_itself_needs_the_token_of_its_page(customer, app, kept):
    other = app.test_client()
    assert send(customer, headers={}, text="x", id="made-up").status_code == 403
    assert send(customer, headers={}, text="x", id=token(other)).status_code == 403
    assert send(customer, headers={}, text="真的", id=token(customer)).status_code == 303
    assert kept() == ["真的"]


def test_a_forged_cookie_is_nobody(app, customer, house):
    send(customer, text=STORY)
    other = app.test_client()
    other.set_cookie("jiesu_chat", "eyJ2IjoieCIsImMiOiJ5In0.forged")
    assert STORY not in other.get("/").text
    other.set_cookie("jiesu_chat", "%00%ff" * 500)
    assert other.get("/").status_code == 200


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_other_sites(app):
    cookie = app.test_client().get("/").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie  # http://127.0.0.1


def test_script_in_words_and_names_is_text(customer, house):
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{7*7}}"
    send(customer, text=evil)
    with house.db.writing() as conn:
        id = users.add(
            conn,
            login="li",
            public_name="<b>李</b>",
            role="agent",
            password_hash="x",
            phone=None,
            at=house.clock(),
        )
    house.agents.take(id, conversation(house).id, house.clock())
    house.agents.say(id, conversation(house).id, "<i>好</i>", "k1", house.clock())
    page = customer.get("/").text
    for tag in ("<script>alert", "<img src=x", "<b>李", "<i>好"):
        assert tag not in page
    assert "&lt;script&gt;" in page
    assert "49" not in part(r'class="words" dir="auto">(.*?)</p>', page)


def test_characters_that_hide_are_shown_as_marks(customer):
    send(customer, text="退\u202e款\x00\u200b")
    page = customer.get("/").text
    assert "[U+202E]" in page
    assert "[U+0000]" in page
    assert "\u202e" not in page


def test_a_conversation_that_is_gone_becomes_a_new_one(customer, house):
    send(customer, text=STORY)
    with house.db.writing() as conn:
        conversations.change(conn, conversation(house).id, channel="gone")
    assert customer.get("/").status_code == 200
    assert send(customer, text="再说一次").status_code == 303
    assert "再说一次" in customer.get("/").text


def test_without_the_store_the_page_still_stands_and_gives_the_words_back(customer, house, monkeypatch):
    def broken():
        raise OSError("disk full")

    monkeypatch.setattr(house.db, "writing", broken)
    monkeypatch.setattr(house.db, "reading", broken)
    hotline = house.content.company.numbers["hotline"].shown
    assert hotline in customer.get("/").text
    answer = send(customer, text=STORY)
    assert answer.status_code == 503
    assert STORY in answer.text
    assert hotline in answer.text
