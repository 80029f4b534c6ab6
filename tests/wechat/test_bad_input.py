"""Whatever comes to the callback: refused and not kept, or kept and acknowledged; never an error of ours."""

from __future__ import annotations

import json
import secrets

import pytest

from simulator.wechat.pushing import as_xml
from store import complaints, conversations, messages
from store import wechat as rows
from store.schema import customers, unreadable, wechat_rights
from store.schema import messages as messages_table
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN
from tests.wechat.fakes import sealed_by_wechatpy
from wechat.envelope import Envelope
from wechat.views import LARGEST

NOW = "1893456000"
SEALED = sealed_by_wechatpy(TOKEN, KEY, APP)
TEXT: dict[str, str | int] = {
    "ToUserName": "gh_0",
    "FromUserName": OPENID,
    "CreateTime": 1893456000,
    "MsgType": "text",
}
WORDS = as_xml({**TEXT, "Content": "漏水", "MsgId": 7})
BOMB = "<!DOCTYPE a [<!ENTITY b 'ha'><!ENTITY c '&b;&b;&b;'>]>"


@pytest.mark.parametrize("words", ["\\u0663:17 来电", "\\ud83d 你好", "\\u0661\\u0662块"])
def test_odd_digits_and_halves_of_characters_are_kept_and_acknowledged(house, customer, words):
    told = f'{{"ToUserName":"gh_0","FromUserName":"{OPENID}","CreateTime":1,"MsgType":"text","MsgId":9'
    answer = customer.push(f'{told},"Content":"{words}"}}')
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "success")
    with house.db.reading() as conn:
        (kept,) = messages.of_complaint(conn, 1)
    assert kept.words.endswith(words[-1])


def test_what_we_cannot_work_with_is_kept_for_people(house, customer, monkeypatch):
    def broken(*_):
        raise KeyError("no such thing")

    monkeypatch.setattr("reception.bursts.keep", broken)
    assert customer.says("洗衣机漏水").status_code == 200
    with house.db.reading() as conn:
        (kept,) = rows.unread(conn)
    assert kept.why == "not understood"
    assert "洗衣机漏水" in kept.body


def wrapped(sealed):
    return f"<xml><ToUserName>gh_0</ToUserName><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>"


def query(sealed, signature, **changed):
    asked = {"timestamp": NOW, "nonce": "n", "encrypt_type": "aes", "msg_signature": signature, **changed}
    return {name: value for name, value in asked.items() if value is not None}


@pytest.fixture
def post(app):
    """Post a body as it stands; `query`: what stands in the address."""
    app.testing = False  # an error of ours is answered as it is in production
    client = app.test_client()

    def posted(body, asked):
        return client.post("/wechat", data=body, query_string=asked, content_type="text/xml")

    return posted


@pytest.fixture
def push(post):
    """Post a plain text, sealed as WeChat does."""

    def pushed(plain, **changed):
        sealed, signature = SEALED(plain, NOW, "n")
        return post(wrapped(sealed), query(sealed, signature, **changed))

    return pushed


@pytest.fixture
def nothing_kept(house):
    def look():
        with house.db.reading() as conn:
            tables = (messages_table, customers, wechat_rights, unreadable)
            return [conn.execute(table.select()).all() for table in tables] == [[], [], [], []]

    return look


def unread(house):
    with house.db.reading() as conn:
        return rows.unread(conn)


def heard(house):
    with house.db.reading() as conn:
        row = complaints.get(conn, 1)
        return [one.words for one in messages.of_complaint(conn, row.id) if one.author == "customer"]


def acknowledged(answer):
    return answer.status_code == 200 and answer.get_data(as_text=True) == "success"


@pytest.mark.parametrize(
    "changed",
    [
        {"msg_signature": "0" * 40},
        {"msg_signature": ""},
        {"msg_signature": None},
        {"msg_signature": "签名"},
        {"msg_signature": "\udcff"},
        {"nonce": "other"},
        {"nonce": None},
        {"timestamp": "1893456001"},
        {"timestamp": None},
    ],
    ids=str,
)
def test_a_wrong_signature_leaves_nothing(push, nothing_kept, changed):
    if changed.get("msg_signature") == "\udcff":
        changed = {"msg_signature": b"\xff\xfe"}
    assert push(WORDS, **changed).status_code == 403
    assert nothing_kept()


def test_a_signature_over_another_text_leaves_nothing(post, nothing_kept):
    _, signature = SEALED(WORDS, NOW, "n")
    other, _ = SEALED(WORDS, NOW, "n")
    assert post(wrapped(other), query(other, signature)).status_code == 403
    assert nothing_kept()


@pytest.mark.parametrize(
    "body", [b"", WORDS.encode(), b"{}", b"{", b"\xff\xfe", b"<xml>" * 3, b"null", b"[1]"]
)
def test_what_is_not_encrypted_leaves_nothing(post, nothing_kept, body):
    plain = Envelope(TOKEN, "", "").signature(NOW, "n")
    assert post(body, {"signature": plain, "timestamp": NOW, "nonce": "n"}).status_code == 403
    assert post(body, query("", Envelope(TOKEN, "", "").signature(NOW, "n", ""))).status_code == 403
    assert nothing_kept()


@pytest.mark.parametrize(
    "inside",
    ["", "AAAA", "!" * 64, "A" * 44, "QUJD" * 16, "漏" * 16, " ", "=" * 32],
    ids=lambda text: text[:4] or "empty",
)
def test_a_signed_cipher_that_is_none_leaves_nothing(post, nothing_kept, inside):
    """Signed rightly, so only the envelope's own checks stand between it and the door."""
    signature = Envelope(TOKEN, KEY, APP).signature(NOW, "n", inside)
    assert post(wrapped(inside), query(inside, signature)).status_code == 403
    assert nothing_kept()


def test_another_accounts_message_leaves_nothing(post, nothing_kept):
    sealed, signature = sealed_by_wechatpy(TOKEN, KEY, "wx0000000000000000")(WORDS, NOW, "n")
    assert post(wrapped(sealed), query(sealed, signature)).status_code == 403
    assert nothing_kept()


def test_a_changed_bit_leaves_nothing(post, nothing_kept):
    sealed, _ = SEALED(WORDS, NOW, "n")
    changed = ("A" if sealed[-8] != "A" else "B").join([sealed[:-8], sealed[-7:]])
    signature = Envelope(TOKEN, KEY, APP).signature(NOW, "n", changed)
    assert post(wrapped(changed), query(changed, signature)).status_code == 403
    assert nothing_kept()


def test_an_old_timestamp_is_a_late_repeat_and_loses_nothing(push, post, house, clock):
    """WeChat's own repeats and a wrong clock look alike: what is signed is kept, and kept once."""
    old = str(int(clock().timestamp()) - 86400)
    sealed, signature = SEALED(WORDS, old, "n")
    assert acknowledged(post(wrapped(sealed), query(sealed, signature, timestamp=old)))
    assert acknowledged(post(wrapped(sealed), query(sealed, signature, timestamp=old)))
    assert heard(house) == ["漏水"]


def test_a_replay_changes_nothing(push, post, house, clock):
    sealed, signature = SEALED(WORDS, NOW, "n")
    for _ in range(3):
        assert acknowledged(post(wrapped(sealed), query(sealed, signature)))
        clock.pass_(hours=1)
    assert heard(house) == ["漏水"]
    with house.db.reading() as conn:
        assert len(conn.execute(wechat_rights.select()).all()) == 1


@pytest.mark.parametrize(
    "plain",
    [
        BOMB + "<xml><Content>&c;</Content></xml>",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><xml></xml>',
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + WORDS.replace("漏水", "&e;"),
        "<a>" * 8000,
        "<a>" * 5000 + "</a>" * 5000,
        '{"a":' * 8000,
        "[" * 20000,
        "",
        " ",
        "漏水",
        "null",
        "[]",
        '"text"',
        "{}",
        "<xml/>",
        "<xml><MsgType>text</MsgType><MsgType>event</MsgType></xml>",
        WORDS.replace("</xml>", "<MsgType>event</MsgType></xml>"),
        WORDS.replace("1893456000", "soon"),
        WORDS.replace("1893456000", "٣"),
        WORDS.replace("1893456000", "9" * 5000),
        WORDS.replace("1893456000", "-1"),
        WORDS.replace("漏水", "\x00"),
        WORDS.replace("漏水", "\ufffe"),
        WORDS.replace(OPENID, ""),
        WORDS[:-4],
        '{"ToUserName": "gh", "FromUserName": {"a": 1}, "CreateTime": [], "MsgType": null}',
        '{"ToUserName": "gh", "FromUserName": "o", "CreateTime": 1e400, "MsgType": "text", "MsgId": 1}',
        '{"MsgType": "text", "MsgType": "event"}',
        '{"ToUserName": NaN}',
    ],
    ids=lambda text: text[:24].replace("<", "(") or "empty",
)
def test_what_wechat_signed_and_nobody_can_read_is_kept_once_for_people(push, house, plain):
    assert acknowledged(push(plain))
    assert acknowledged(push(plain))
    (kept,) = unread(house)
    assert kept.body.replace("\x00", "") == plain.replace("\x00", "")
    with house.db.reading() as conn:
        assert conversations.turns_due(conn, house.clock()) == []


def test_entities_of_the_wrapping_are_refused_before_anything_is_expanded(post, nothing_kept):
    sealed, signature = SEALED(WORDS, NOW, "n")
    assert post(BOMB + wrapped(sealed), query(sealed, signature)).status_code == 403
    assert nothing_kept()


@pytest.mark.parametrize("size", [LARGEST + 1, 1024 * 1024])
def test_a_large_body_is_not_read(post, push, nothing_kept, size):
    assert post(b"<xml>" + b"a" * size, {}).status_code == 413
    assert push(WORDS.replace("漏水", "水" * size)).status_code == 413
    assert nothing_kept()


def test_a_body_of_the_largest_size_is_read(push, house):
    words = "水" * 12_000
    assert acknowledged(push(WORDS.replace("漏水", words)))
    assert heard(house) == [words]


@pytest.mark.parametrize("depth", [10, 2000])
def test_a_deeply_nested_wrapping_is_no_error(post, nothing_kept, depth):
    sealed, signature = SEALED(WORDS, NOW, "n")
    nested = "<a>" * depth + wrapped(sealed) + "</a>" * depth
    assert post(nested, query(sealed, signature)).status_code == 403
    assert nothing_kept()


@pytest.mark.parametrize(
    "words",
    [
        "]]>",
        "]]><MsgType>event</MsgType><Content>",
        "]]></Content></xml><xml><Content><![CDATA[",
        "<![CDATA[x]]>",
        "&lt;script&gt;alert(1)&lt;/script&gt;",
        "<script>alert(1)</script>",
        "{{7*7}} ${x} %s %(a)s {0} \\u6211 \\",
        "／restart",
        "/restart",
        "'; DROP TABLE messages; --",
        "\u202e倒过来\u202c \u200b",
        "😡" * 500,
        "e\u0301\u0301\u0301",
        "a\nb\r\nc\td",
    ],
    ids=lambda text: text[:16],
)
@pytest.mark.parametrize("format", ["xml", "json"])
def test_customers_words_are_only_words(app, house, clock, words, format):
    sealed, signature = SEALED(
        as_xml({**TEXT, "Content": words, "MsgId": 7})
        if format == "xml"
        else json.dumps({**TEXT, "Content": words, "MsgId": 7}, ensure_ascii=False),
        NOW,
        "n",
    )
    answer = app.test_client().post("/wechat", data=wrapped(sealed), query_string=query(sealed, signature))
    assert acknowledged(answer)
    (kept,) = heard(house)
    assert kept == (words.replace("\r\n", "\n") if format == "xml" else words)
    assert unread(house) == []


@pytest.mark.parametrize("type", ["sticker_of_tomorrow", "file", "EVENT", "x" * 5000, "text "])
def test_an_unknown_type_is_acknowledged_and_never_lost(push, house, type):
    assert acknowledged(push(as_xml({**TEXT, "MsgType": type, "MsgId": 9, "Content": "漏水"})))
    with house.db.reading() as conn:
        found = conn.execute(messages_table.select().where(messages_table.c.author == "customer")).all()
    assert found or unread(house)


@pytest.mark.parametrize("name", ["card_pass_check", "", "CLICK CLICK", "x" * 5000])
def test_an_unknown_event_is_kept_for_people_once(push, house, name):
    plain = as_xml({**TEXT, "MsgType": "event", "Event": name, "EventKey": "k"})
    assert acknowledged(push(plain))
    assert acknowledged(push(plain))
    assert len(unread(house)) == 1


@pytest.mark.parametrize("key", ["", "none of ours", "../labels", "x" * 3000, "human\n"])
def test_a_tap_on_a_menu_that_is_not_ours_is_no_error(push, key):
    assert acknowledged(push(as_xml({**TEXT, "MsgType": "event", "Event": "CLICK", "EventKey": key})))


@pytest.mark.parametrize("type", ["text", "image", "voice", "video", "shortvideo", "location", "link"])
def test_a_message_without_its_parts_is_no_error(push, type):
    assert acknowledged(push(as_xml({**TEXT, "MsgType": type, "MsgId": 11})))


@pytest.mark.parametrize("event", ["subscribe", "SCAN", "unsubscribe", "TEMPLATESENDJOBFINISH", "LOCATION"])
def test_an_event_without_its_parts_is_no_error(push, event):
    assert acknowledged(push(as_xml({**TEXT, "MsgType": "event", "Event": event})))


@pytest.mark.parametrize("openid", ["o" * 2000, "../../etc", "o\n", "张三", "' or 1=1"])
def test_any_openid_is_only_a_name(push, openid):
    assert acknowledged(push(as_xml({**TEXT, "FromUserName": openid, "Content": "漏水", "MsgId": 12})))


def test_a_hundred_random_envelopes_are_refused(post, nothing_kept):
    for size in range(100):
        body = secrets.token_bytes(size * 7)
        assert post(body, query("", secrets.token_hex(20))).status_code == 403
    assert nothing_kept()


@pytest.mark.parametrize("echo", ["<script>", "a" * 300, "", "漏"])
def test_an_echo_that_is_none_of_wechats_is_not_repeated(app, echo):
    signature = Envelope(TOKEN, "", "").signature(NOW, "n")
    asked = {"signature": signature, "timestamp": NOW, "nonce": "n", "echostr": echo}
    answer = app.test_client().get("/wechat", query_string=asked)
    assert answer.status_code == 400
    assert not echo or echo not in answer.get_data(as_text=True)
