"""POST /chat/messages: the shape that other systems rely on, and every kind of bad input."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

STORY = "订的冰箱约好昨天送，今天才到，门上还有凹陷"
STRONG = "0f2c9a4be5d84f0f9a7c"


def post(client, **body):
    return client.post("/chat/messages", json=body)


def test_the_answer_has_the_shape_that_was_promised(caller):
    answer = post(caller, text=STORY)
    assert answer.status_code == 200
    assert set(answer.json) == {"conversation", "speaker", "messages", "complaint"}
    assert answer.json["speaker"] == "assistant"
    assert answer.json["complaint"] is None
    first = answer.json["messages"][0]
    assert set(first) <= {"id", "from", "text", "buttons"}
    assert first["from"] == "assistant"


def test_naming_the_conversation_goes_on_with_it(caller, kept):
    first = post(caller, text=STORY).json
    second = post(caller, text="换一台新的", conversation=first["conversation"]).json
    assert second["conversation"] == first["conversation"]
    assert kept() == [STORY, "换一台新的"]


def test_an_unknown_conversation_starts_a_new_one_and_is_never_adopted(caller):
    answer = post(caller, text=STORY, conversation="AAAAAAAAAAAAAAAAAAAAAA")
    assert answer.status_code == 200
    assert answer.json["conversation"] != "AAAAAAAAAAAAAAAAAAAAAA"


def test_a_conversation_of_another_door_cannot_be_entered(caller, house):
    from reception.heard import Heard

    call = Heard("phone", ("phone", "+8613800138000"), "喂", "k", house.clock(), "CA" + "0" * 32)
    house.reception.receive(call)
    assert post(caller, text=STORY, conversation="CA" + "0" * 32).json["conversation"] != "CA" + "0" * 32


@pytest.mark.parametrize("named", [True, False])
def test_the_same_id_gives_the_same_answer_and_one_message(caller, kept, named):
    first = post(caller, text=STORY, id=STRONG).json
    again = {"conversation": first["conversation"]} if named else {}
    for _ in range(3):
        assert post(caller, text=STORY, id=STRONG, **again).json == first
    assert kept() == [STORY]


def test_a_short_id_counts_only_with_its_words_and_only_for_a_minute(caller, clock, kept):
    first = post(caller, text=STORY, id="1").json
    assert post(caller, text=STORY, id="1").json == first
    other = post(caller, text="另一位客人的话", id="1").json
    assert other["conversation"] != first["conversation"]
    clock.pass_(minutes=2)
    assert post(caller, text=STORY, id="1").json["conversation"] != first["conversation"]
    assert kept() == [STORY, "另一位客人的话", STORY]


def test_the_same_id_in_two_conversations_is_two_messages(caller, kept):
    one, two = (post(caller, text=STORY).json["conversation"] for _ in range(2))
    post(caller, text="甲", id="m1", conversation=one)
    post(caller, text="乙", id="m1", conversation=two)
    assert kept() == [STORY, STORY, "甲", "乙"]


def test_the_same_id_with_other_words_is_refused(caller, kept):
    first = post(caller, text=STORY, id=STRONG).json
    clash = post(caller, text="别的", id=STRONG, conversation=first["conversation"])
    assert clash.status_code == 409
    assert clash.json["error"] == "same_id_other_words"
    assert post(caller, text="别的", id=STRONG).status_code == 409
    assert kept() == [STORY]


@pytest.mark.parametrize("named", [True, False])
def test_the_same_id_several_times_at_once_is_one_message(app, kept, named):
    body = {"text": "门坏了", "id": STRONG}
    if named:
        body["conversation"] = post(app.test_client(use_cookies=False), text=STORY).json["conversation"]
    with ThreadPoolExecutor(8) as several:
        sent = several.map(lambda _: post(app.test_client(use_cookies=False), **body), range(8))
    answers = list(sent)
    assert {answer.status_code for answer in answers} <= {200, 202}
    assert len({answer.json["conversation"] for answer in answers}) == 1
    assert kept().count("门坏了") == 1


@pytest.mark.parametrize(
    "text",
    [
        "长" * 10_000,
        "长" * 20_000,
        "😤" * 20_000,
        "气死我了😡👨‍👩‍👧‍👦𠮷野家",
        "零\u200b宽\u200d字\ufeff符\u2060",
        "控\x07制\x1b字\x00符",
        "<script>alert(1)</script><b>粗</b>&amp;",
        "\u202eמשוב שלי\u202c مرحبا",
        "第一行\n\n第三行\r\n末行\t制表",
        "/restart",
        "／inform{}",
        "' OR 1=1; DROP TABLE messages; --",
        "\ufffd garbled as it was sent to me",
        " 前后有空格 ",
    ],
)
def test_words_are_kept_byte_for_byte(caller, kept, text):
    answer = caller.post("/chat/messages", json={"text": text})
    assert answer.status_code == 200, answer.json
    assert kept() == [text]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 400, "empty"),
        ("   \n\t", 400, "empty"),
        ("\u200b\u200d\ufeff", 400, "empty"),
        ("\x00", 400, "empty"),
        ("长" * 20_001, 413, "too_long"),
        ("长" * 100_000, 413, "too_large"),
        ("半个\ud800字", 400, "bad_encoding"),
    ],
)
def test_words_that_cannot_be_kept_are_refused_in_a_sentence(caller, kept, text, status, code):
    answer = caller.post("/chat/messages", data=json.dumps({"text": text}), content_type="application/json")
    assert answer.status_code == status
    assert answer.json["error"] == code
    assert "{" not in answer.json["message"]
    assert kept() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"{}", 400),
        (b'{"text": 5}', 400),
        (b'{"text": null}', 400),
        (b'{"text": ["a"]}', 400),
        (b'{"text": "a", "id": 5}', 400),
        (b'{"text": "a", "id": "%s"}' % (b"x" * 129), 400),
        (b'{"text": "a", "id": "a b"}', 400),
        (b'{"text": "a", "conversation": {}}', 400),
        ('{"text": "投诉"}'.encode("gbk"), 400),
        ('{"text": "投诉"}'.encode("utf-16"), 400),
        (b"\xff\xfe\x00", 400),
        (b"[" * 100_000, 400),
        (b" " * (300 * 1024), 413),
        (b'{"text": "%s"}' % (b"x" * 3_000_000), 413),
    ],
)
def test_bodies_that_cannot_be_read_are_refused_in_a_sentence(caller, kept, body, status):
    answer = caller.post("/chat/messages", data=body, content_type="application/json")
    assert answer.status_code == status
    assert answer.json["message"]
    assert kept() == []


def test_a_byte_order_mark_is_forgiven(caller, kept):
    body = '{"text": "投诉"}'.encode("utf-8-sig")
    assert caller.post("/chat/messages", data=body, content_type="application/json").status_code == 200
    assert kept() == ["投诉"]


@pytest.mark.parametrize(
    "type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_only_json_is_taken_so_that_no_other_page_can_send(caller, kept, type):
    answer = caller.post("/chat/messages", data=b'{"text": "a"}', content_type=type)
    assert answer.status_code == 415
    assert kept() == []


def test_a_browser_goes_on_with_its_own_conversation_without_naming_it(customer, kept):
    one = post(customer, text=STORY).json["conversation"]
    assert post(customer, text="换新的").json["conversation"] == one
    assert STORY in customer.get("/").text


def test_a_program_that_keeps_cookies_still_starts_a_conversation_each_time(app):
    client = app.test_client()
    one, two = (post(client, text=STORY).json["conversation"] for _ in range(2))
    assert one != two
    news = client.get("/chat/events?after=0", headers={"Accept": "application/json"}).json
    assert news["messages"][0]["text"] == STORY


def test_nothing_is_called_received_when_it_could_not_be_kept(caller, house, monkeypatch):
    monkeypatch.setattr(house.db, "writing", lambda: (_ for _ in ()).throw(OSError("disk full")))
    answer = post(caller, text=STORY)
    assert answer.status_code == 503
    assert answer.json["error"] == "store_down"
    assert house.content.company.numbers["hotline"].shown in answer.json["message"]


def test_a_human_is_one_message_away(caller):
    answer = post(caller, text="转人工")
    assert answer.status_code == 200
    assert answer.json["messages"]


def test_a_flood_is_kept_and_marked_and_never_dropped(caller, house, kept):
    from store import complaints

    first = post(caller, text=STORY).json["conversation"]
    for n in range(40):
        assert post(caller, text=f"第{n}句", conversation=first).status_code == 200
    assert len(kept()) == 41
    with house.db.reading() as conn:
        marks = [one for one in complaints.signals_of(conn, 1) if one.kind == "flood"]
    assert [one.code for one in marks] == ["conversation"]
