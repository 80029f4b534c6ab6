"""The stand-in for WeChat does what WeChat does; its pushes are sealed by an independent implementation."""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from simulator.wechat import Account, Fake, over_http, over_wsgi
from simulator.wechat.pushing import Answer
from store import complaints, messages
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN
from tests.wechat.fakes import sealed_by_wechatpy

SECRET = secrets.token_hex(16)
ACCOUNT = Account(APP, SECRET, TOKEN, KEY)
TEMPLATE = {"progress": {"character_string1": "编号", "thing2": ""}}


@pytest.fixture(params=["xml", "json"])
def fake(app, clock, request):
    seal = sealed_by_wechatpy(TOKEN, KEY, APP)
    with Fake(ACCOUNT, over_wsgi(app), clock, seal, request.param, templates=TEMPLATE) as standing:
        yield standing


@pytest.fixture
def deaf(clock):
    """WeChat, whose pushes are answered as `answers` says, the last of them for ever."""
    answers = [Answer(200, "success")]

    def wire(query, body, deadline):
        return answers.pop(0) if len(answers) > 1 else answers[0]

    with Fake(ACCOUNT, wire, clock, templates=TEMPLATE) as standing:
        standing.answers = answers
        yield standing


def heard(house):
    with house.db.reading() as conn:
        row = complaints.get(conn, 1)
        return [one.words for one in messages.of_complaint(conn, row.id) if one.author == "customer"]


def call(fake, path, body, token=None):
    given = token if token is not None else token_of(fake)
    url = f"{fake.url}/cgi-bin/{path}"
    content = json.dumps(body, ensure_ascii=False).encode()
    return requests.post(url, params={"access_token": given}, data=content, timeout=5).json()


def token_of(fake, **more):
    return stable(fake, **more)["access_token"]


def stable(fake, **more):
    asked = {"grant_type": "client_credential", "appid": APP, "secret": SECRET, **more}
    return requests.post(f"{fake.url}/cgi-bin/stable_token", json=asked, timeout=5).json()


def text(fake, words="x", to=OPENID):
    body = {"touser": to, "msgtype": "text", "text": {"content": words}}
    return call(fake, "message/custom/send", body)["errcode"]


def test_what_wechatpy_seals_our_door_keeps(fake, house):
    customer = fake.customer(OPENID)
    for words in ("洗衣机漏水", "]]> <b>第三次了</b> ]]]]>", '{"a": 1}'):
        assert customer.says(words).acknowledged
    assert customer.taps("human").acknowledged
    assert heard(house) == ["洗衣机漏水", "]]> <b>第三次了</b> ]]]]>", '{"a": 1}', "转人工"]


def test_three_deliveries_at_once_are_one_message(fake, house):
    delivery = fake.customer(OPENID).says("漏水", repeat=3, parallel=True)
    assert [answer.text for answer in delivery.answers] == ["success"] * 3
    assert heard(house) == ["漏水"]


def test_a_push_is_repeated_until_it_is_acknowledged(deaf):
    deaf.answers[:0] = [Answer(500), Answer(0)]
    delivery = deaf.customer(OPENID).says("漏水")
    assert [answer.status for answer in delivery.answers] == [500, 0, 200]
    assert deaf.read(OPENID) == []


def test_after_three_the_customer_reads_that_the_account_is_out_of_order(deaf):
    deaf.answers[:] = [Answer(0)]
    customer = deaf.customer(OPENID)
    assert len(customer.says("漏水").answers) == 3
    assert deaf.read(OPENID) == [deaf.words["gave_up"]]
    assert len(customer.taps("human").answers) == 3
    assert len(deaf.read(OPENID)) == 1, "an event has nobody waiting for its answer"


def test_who_does_not_answer_in_time_is_cut(clock):
    closing = threading.Event()

    class Slow(BaseHTTPRequestHandler):
        def do_POST(self):
            closing.wait(5)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    wire, began = over_http(f"http://127.0.0.1:{server.server_address[1]}/wechat"), time.monotonic()
    with Fake(ACCOUNT, wire, clock, deadline=0.2) as fake:
        assert not fake.customer(OPENID).says("漏水").acknowledged
    assert 0.6 <= time.monotonic() - began < 4
    closing.set()
    server.shutdown()
    server.server_close()


def test_a_message_opens_five_and_the_sixth_is_refused(deaf, clock):
    customer = deaf.customer(OPENID)
    assert text(deaf) == 45015, "nothing was opened"
    customer.says("漏水")
    assert [text(deaf) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    customer.says("在吗")
    assert text(deaf) == 0
    clock.pass_(hours=48)
    assert text(deaf) == 45015


def test_a_tap_opens_three_for_a_minute(deaf, clock):
    deaf.customer(OPENID).taps("human")
    assert [text(deaf) for _ in range(4)] == [0, 0, 0, 45047]
    deaf.customer(OPENID).taps("human")
    clock.pass_(minutes=1)
    assert text(deaf) == 45015


def test_who_left_is_not_written_to_and_who_is_unknown_neither(deaf):
    customer = deaf.customer(OPENID)
    customer.says("漏水")
    customer.leaves()
    assert text(deaf) == 45015
    assert text(deaf, to="oNobody") == 40003


def test_a_token_stays_until_it_is_near_its_end(deaf, clock):
    first = token_of(deaf)
    assert token_of(deaf) == first
    clock.pass_(minutes=116)
    second = token_of(deaf)
    assert second != first
    assert call(deaf, "getcallbackip", {}, first)["ip_list"]
    clock.pass_(minutes=5)
    assert call(deaf, "getcallbackip", {}, first)["errcode"] == 40001
    assert len(second) > 100


def test_forced_tokens_end_the_old_one_and_are_few(deaf, clock):
    first = token_of(deaf, force_refresh=True)
    assert stable(deaf, force_refresh=True)["errcode"] == 45011
    for _ in range(19):
        clock.pass_(seconds=31)
        assert token_of(deaf, force_refresh=True) != first
    assert call(deaf, "getcallbackip", {}, first)["errcode"] == 40001
    clock.pass_(seconds=31)
    assert stable(deaf, force_refresh=True)["errcode"] == 45009
    assert stable(deaf, secret="another")["errcode"] == 40125
    assert stable(deaf, appid="wx0")["errcode"] == 40013


def test_a_template_message_is_read_and_its_end_is_told(deaf):
    deaf.customer(OPENID)
    bodies = []
    deaf.pusher.wire = lambda query, body, deadline: bodies.append(body) or Answer(200, "success")
    data = {"character_string1": {"value": "12345678"}, "thing2": {"value": "有人在查"}}
    body = {"touser": OPENID, "template_id": "progress", "url": "http://x.example/c", "data": data}
    told = call(deaf, "message/template/send", body)
    deaf.settle()
    assert told["errcode"] == 0
    assert told["msgid"] > 2**31
    (seen,) = deaf.seen(OPENID)
    assert (seen.kind, seen.words, seen.url) == ("template", "编号 12345678\n有人在查", "http://x.example/c")
    assert len(bodies) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"template_id": "other"}, 40037),
        ({"data": {"character_string1": {"value": "1"}}}, 47003),
        ({"data": {"character_string1": {"value": "1"}, "thing2": {"value": "长" * 21}}}, 47003),
        ({"data": {"character_string1": {"value": ""}, "thing2": {"value": "长"}}}, 47003),
    ],
)
def test_a_template_message_must_fit_its_template(deaf, change, code):
    deaf.customer(OPENID)
    data = {"character_string1": {"value": "1"}, "thing2": {"value": "有人在查"}}
    body = {"touser": OPENID, "template_id": "progress", "data": data, **change}
    assert call(deaf, "message/template/send", body)["errcode"] == code
    assert deaf.seen(OPENID) == []


def test_media_are_served_for_three_days(deaf, clock):
    deaf.customer(OPENID).sends_image(b"\xff\xd8\xff picture")
    deaf.customer(OPENID).sends_video(b"film")
    image, video = (seen.media for seen in deaf.seen(OPENID))

    def get(id):
        asked = {"access_token": token_of(deaf), "media_id": id}
        return requests.get(f"{deaf.url}/cgi-bin/media/get", params=asked, timeout=5)

    assert get(image).content == b"\xff\xd8\xff picture"
    assert get(image).headers["content-type"] == "image/jpeg"
    assert requests.get(get(video).json()["video_url"], timeout=5).content == b"film"
    assert get("unknown").json()["errcode"] == 40007
    clock.pass_(days=3, seconds=1)
    assert get(image).json()["errcode"] == 40007


def test_escaped_characters_are_read_as_they_stand(deaf):
    deaf.customer(OPENID).says("漏水")
    body = {"touser": OPENID, "msgtype": "text", "text": {"content": "我 \\\\u"}}
    url = f"{deaf.url}/cgi-bin/message/custom/send"
    escaped = json.dumps(body)
    assert requests.post(url, params={"access_token": token_of(deaf)}, data=escaped, timeout=5).ok
    assert deaf.read(OPENID) == ["\\u6211 \\\\u"]


def test_too_long_and_unasked_typing(deaf, clock):
    deaf.customer(OPENID).says("漏水")
    typing = {"touser": OPENID, "command": "Typing"}
    assert call(deaf, "message/custom/typing", typing)["errcode"] == 0
    assert call(deaf, "message/custom/typing", typing)["errcode"] == 45081
    clock.pass_(seconds=31)
    assert call(deaf, "message/custom/typing", typing)["errcode"] == 45080
    assert text(deaf, "长" * 700) == 45002


# ---- What an account uploads

JPEG, PNG = b"\xff\xd8\xff" + b"x" * 20, b"\x89PNG\r\n\x1a\n" + b"x" * 20
TEN_MB = 10 * 1024 * 1024


def upload(fake, content=JPEG, kind="image", field="media", token=None):
    query = {"access_token": token if token is not None else token_of(fake), "type": kind}
    form = {field: ("a.jpg", content, "image/jpeg")}
    return requests.post(f"{fake.url}/cgi-bin/media/upload", params=query, files=form, timeout=5).json()


def send_image(fake, media_id):
    body = {"touser": OPENID, "msgtype": "image", "image": {"media_id": media_id}}
    return call(fake, "message/custom/send", body)["errcode"]


def test_an_uploaded_picture_is_sent_counted_and_gone_after_three_days(fake, clock):
    fake.customer(OPENID).says("x")
    told = upload(fake)
    assert (told["errcode"], told["type"]) == (0, "image")
    assert send_image(fake, told["media_id"]) == 0
    (seen,) = [one for one in fake.seen(OPENID) if not one.mine]
    assert seen.kind == "image"
    shown = requests.get(f"{fake.url}/page/media", params={"id": seen.media}, timeout=5)
    assert (shown.content, shown.headers["content-type"]) == (JPEG, "image/jpeg")
    assert fake.platform.left(OPENID) == 4
    clock.pass_(days=3, seconds=1)
    fake.customer(OPENID).says("y")
    assert send_image(fake, told["media_id"]) == 40007
    assert send_image(fake, "made up") == 40007
    assert fake.platform.left(OPENID) == 5, "what was refused uses nothing"


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"kind": "file"}, 40004),
        ({"kind": ""}, 40004),
        ({"content": b"%PDF-1.7"}, 40005),
        ({"content": b"<html>"}, 40005),
        ({"content": JPEG + bytes(TEN_MB)}, 40009),
        ({"content": b""}, 40009),
        ({"kind": "thumb", "content": JPEG + bytes(65 * 1024)}, 40006),
        ({"field": "file"}, 41005),
        ({"token": "none"}, 40001),
    ],
    ids=["kind", "no kind", "pdf", "page", "large", "empty", "large thumb", "no field", "token"],
)
def test_what_may_not_be_uploaded_is_refused(fake, about, code):
    assert upload(fake, **about)["errcode"] == code


def test_a_picture_of_just_ten_megabytes_is_taken(fake):
    assert upload(fake, PNG + bytes(TEN_MB - len(PNG)))["errcode"] == 0
