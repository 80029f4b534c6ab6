"""WeChat's side as we call it: one retry, no loop, a deadline, and what cannot be read is unknown."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
import time
from contextlib import suppress

import pytest
import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError

import logs
from core import wechat_codes as codes
from simulator.wechat import Account, Fake
from simulator.wechat.pushing import Answer
from simulator.wechat.server import CUT, HTML, HUGE, LATE, LIST, LOST, ODD, SILENT
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN
from wechat import calls
from wechat.api import ASK_TOKEN_EVERY, Api
from wechat.api import Account as Client
from wechat.calls import Failed

SECRET = secrets.token_hex(16)
SEND, TEMPLATE, STABLE = "message/custom/send", "message/template/send", "stable_token"


class Ticks:
    """Seconds that pass when they are told to."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def ticks():
    return Ticks()


@pytest.fixture
def fake(clock):
    def taken(query, body, deadline):
        return Answer(200, "success")

    account = Account(APP, SECRET, TOKEN, KEY)
    with Fake(account, taken, clock, templates={"progress": {"thing1": ""}}) as standing:
        standing.customer(OPENID).says("漏水")
        yield standing


@pytest.fixture
def api(fake, ticks):
    return Api(Client(APP, SECRET), fake.url, ticks)


def failure(act, *arguments):
    with pytest.raises(Failed) as caught:
        act(*arguments)
    return caught.value


def test_words_arrive_as_they_are(api, fake):
    words = '我们看过了 <b>“说明”</b> &amp; 😡 \\ "引号"'
    api.text(OPENID, words)
    assert fake.read(OPENID) == [words]
    (call,) = fake.made(SEND)
    assert "我们看过了".encode() in call.raw


def test_one_token_for_many_calls_and_another_question_after_five_minutes(api, fake, ticks):
    for _ in range(3):
        api.text(OPENID, "好")
    assert len(fake.made(STABLE)) == 1
    ticks.now += ASK_TOKEN_EVERY
    api.text(OPENID, "好")
    assert len(fake.made(STABLE)) == 2
    assert not any(call.body["force_refresh"] for call in fake.made(STABLE))


def test_a_refused_token_is_asked_for_once_more_and_the_call_made_once_more(api, fake):
    api.text(OPENID, "好")
    fake.platform.tokens.revoke()
    api.text(OPENID, "收到了")
    assert [call.code for call in fake.made(SEND)] == [0, 40001, 0]
    assert len(fake.made(STABLE)) == 2
    assert fake.read(OPENID) == ["好", "收到了"]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_storm_of_refused_tokens_makes_no_loop(api, fake, code):
    fake.fail(SEND, code, times=100)
    assert failure(api.text, OPENID, "好").meaning == codes.TOKEN
    assert (len(fake.made(SEND)), len(fake.made(STABLE))) == (2, 2)


def test_no_token_at_all_is_one_failure(api, fake):
    fake.fail(STABLE, 40164, times=9)
    told = failure(api.text, OPENID, "好")
    assert (told.meaning, told.code) == (codes.ADDRESS, 40164)
    assert fake.made(SEND) == []
    assert len(fake.made(STABLE)) == 1


@pytest.mark.parametrize(
    ("code", "meaning"),
    [
        (45009, codes.DAILY),
        (45015, codes.WINDOW),
        (45047, codes.SPENT),
        (40003, codes.CONTACT),
        (48001, codes.PERMISSION),
        (-1, codes.BUSY),
        (99999, codes.OTHER),
    ],
)
def test_a_refusal_is_told_and_not_repeated(api, fake, code, meaning):
    fake.fail(SEND, code)
    told = failure(api.text, OPENID, "好")
    assert (told.meaning, told.code) == (meaning, code)
    assert len(fake.made(SEND)) == 1


def test_what_arrived_and_was_not_answered_is_unknown_and_not_repeated(api, fake, monkeypatch):
    monkeypatch.setattr(calls, "SECONDS", 0.3)
    api.token()
    fake.fail(SEND, LATE)
    began = time.monotonic()
    assert failure(api.text, OPENID, "好").meaning == codes.UNKNOWN
    assert time.monotonic() - began < 3
    assert fake.read(OPENID) == ["好"]


def test_what_arrived_and_whose_answer_was_lost_is_unknown_and_not_repeated(api, fake):
    fake.fail(SEND, LOST)
    assert failure(api.text, OPENID, "好").meaning == codes.UNKNOWN
    assert fake.read(OPENID) == ["好"]


@pytest.mark.parametrize("how", [CUT, HTML, HUGE, LIST, ODD])
def test_an_answer_that_cannot_be_read_is_unknown(api, fake, how):
    fake.fail(SEND, how)
    assert failure(api.text, OPENID, "好").meaning == codes.UNKNOWN
    assert len(fake.made(SEND)) == 1


def test_what_is_accepted_and_never_read_looks_like_a_send(api, fake):
    fake.fail(SEND, SILENT)
    api.text(OPENID, "好")
    assert fake.read(OPENID) == []


def test_an_answer_that_drips_ends_at_the_deadline(monkeypatch, ticks):
    """A byte now and then keeps every single read within its own time-out."""
    monkeypatch.setattr(calls, "SECONDS", 0.4)
    listening = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def drip():
        connection, _ = listening.accept()
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
        with connection, suppress(OSError):
            while not stop.wait(0.1):
                connection.sendall(b" ")

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    began = time.monotonic()
    api = Api(Client(APP, SECRET), f"http://127.0.0.1:{listening.getsockname()[1]}", ticks)
    assert failure(api.token).meaning == codes.BUSY, "no message was sent before it"
    assert time.monotonic() - began < 3
    stop.set()
    thread.join()
    listening.close()


@pytest.mark.parametrize("how", [HTML, CUT, -1])
def test_while_no_new_token_is_to_be_had_the_old_one_goes_on(api, fake, ticks, how):
    api.text(OPENID, "好")
    fake.fail(STABLE, how, times=9)
    ticks.now += ASK_TOKEN_EVERY
    api.text(OPENID, "收到了")
    assert fake.read(OPENID) == ["好", "收到了"]
    assert len(fake.made(STABLE)) == 2
    fake.well()
    ticks.now += calls.ASK_AGAIN_AFTER
    api.text(OPENID, "在查")
    assert len(fake.made(STABLE)) == 3


@pytest.mark.parametrize("how", [HTML, CUT])
def test_without_any_token_the_message_was_not_sent(api, fake, how):
    fake.fail(STABLE, how)
    assert failure(api.text, OPENID, "好").meaning == codes.BUSY
    assert fake.made(SEND) == []


def test_a_connection_that_was_never_made_has_sent_nothing():
    late = ConnectTimeoutError(None, "late")
    assert calls._never_sent(requests.ConnectTimeout(MaxRetryError(None, "/", late)))
    assert not calls._never_sent(requests.ReadTimeout("late"))


def test_answers_are_asked_for_unpacked(ticks):
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer():
            connection, _ = listening.accept()
            with connection:
                heard.append(connection.recv(65536).lower())
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=answer)
        thread.start()
        failure(Api(Client(APP, SECRET), f"http://127.0.0.1:{listening.getsockname()[1]}", ticks).token)
        thread.join()
    assert b"accept-encoding: identity" in heard[0]


def test_nobody_there_is_no_arrival(ticks):
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    assert failure(Api(Client(APP, SECRET), f"http://127.0.0.1:{port}", ticks).token).meaning == codes.BUSY


def test_a_template_has_an_id_and_the_rest_its_answers(api, fake):
    assert api.template(OPENID, "progress", {"thing1": "有人在查"}, "http://x.example/c").isdigit()
    api.typing(OPENID)
    assert api.addresses() == ["101.226.103.0/25"]
    assert failure(api.template, OPENID, "unknown", {}, "").meaning == codes.TEMPLATE


def test_neither_tokens_nor_people_reach_a_log(api, fake, caplog):
    caplog.set_level(logging.DEBUG)
    fake.fail(SEND, 40001, times=2)
    told = failure(api.text, OPENID, "我叫张三")
    token = api.token()
    written = [logs.Discreet().format(record) for record in caplog.records]
    logged = "\n".join([*written, str(told), repr(told), repr(Client(APP, SECRET))])
    assert not any(part in logged for part in (SECRET, token, "张三"))
    assert OPENID not in logged
    assert any("the token was refused" in line for line in written)
