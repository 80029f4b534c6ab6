"""WeChat's callback is a process of its own: whatever fills the web process, it acknowledges in time."""

from __future__ import annotations

import socket
import statistics
from contextlib import ExitStack
from threading import Event, Thread
from urllib.parse import urlsplit

import pytest
import requests

import wiring
from simulator.wechat import Account, Fake, over_wsgi
from store.db import Database
from tests.wechat.conftest import APP, KEY, OPENID, TOKEN, Customer
from tests.wechat.running import Wire, installation, until
from tools import places, procfile, stack
from wechat.api import Account as Client
from wechat.api import Api
from wechat.outbound import Sender
from wechat.worker import Worker

MARGIN = 16
STREAMS = 4
PUSHES = 40
ACKNOWLEDGED_WITHIN = 0.2
WECHAT_WAITS = 5.0


@pytest.fixture
def running(tmp_path):
    few = {"JIESU_WEB_THREADS": str(MARGIN + STREAMS), "JIESU_STREAMS": str(STREAMS)}
    with installation(tmp_path, **few) as made:
        made.start("web")
        made.start("wechat-callback")
        yield made


def open_stream(url):
    """A chat page that stays open; it holds a thread of the web process."""
    browser = requests.Session()
    browser.post(f"{url}/chat/messages", json={"text": "包裹坏了"}, timeout=10)
    stream = browser.get(f"{url}/chat/events", stream=True, timeout=10)
    assert stream.status_code == 200, stream.status_code
    assert next(stream.iter_lines(chunk_size=1)).startswith(b"retry")
    return stream


def half_a_request(url):
    """A body that never ends holds a thread as well."""
    parts = urlsplit(url)
    plug = socket.create_connection((parts.hostname, parts.port))
    head = ["POST /chat/messages HTTP/1.1", "Host: x", "Content-Type: application/json", "Content-Length: 99"]
    plug.sendall(("\r\n".join(head) + "\r\n\r\n{").encode())
    return plug


def test_a_jammed_web_process_holds_up_no_acknowledgement(running):
    with ExitStack() as held:
        for _ in range(STREAMS):
            held.enter_context(open_stream(running.web))
        plugs = [held.enter_context(half_a_request(running.web)) for _ in range(MARGIN + STREAMS)]
        until(lambda: not stack.answers(f"{running.web}/healthz"))
        wire = Wire(running.callback)
        customer = Customer(wire, wiring.now)
        answers = [customer.says(f"第{n}句") for n in range(PUSHES)]
        assert not stack.answers(f"{running.web}/healthz")
        assert len(plugs) > MARGIN
    assert {(answer.status_code, answer.get_data()) for answer in answers} == {(200, "success")}
    assert statistics.median(wire.times) < ACKNOWLEDGED_WITHIN
    assert max(wire.times) < WECHAT_WAITS / 2
    assert len(running.told(customer.openid)) == PUSHES


def test_the_callbacks_process_lends_no_thread_to_a_stream(running):
    browser = requests.Session()
    browser.post(f"{running.callback}/chat/messages", json={"text": "包裹坏了"}, timeout=10)
    assert browser.get(f"{running.callback}/chat/events", timeout=10).status_code == 503


def test_the_callback_has_two_workers_of_threads():
    line = procfile.read((places.ROOT / "Procfile").read_text())["wechat-callback"]
    assert "--workers 2" in line
    assert "--worker-class gthread" in line
    assert "JIESU_STREAMS=0" in line


def test_a_slow_download_holds_up_no_answer(settings, house, app, clock):
    """Each of the worker's jobs goes on while another one waits."""
    stop, blocked = Event(), Event()

    def download(now):
        blocked.set()
        stop.wait(30)

    with Fake(Account(APP, settings.wechat.app_secret, TOKEN, KEY), over_wsgi(app), clock) as wechat:
        api = Api(Client(APP, settings.wechat.app_secret), wechat.url)
        worker = Thread(target=Worker(house, [Sender(house, APP, api)], [download]).run, args=(stop,))
        worker.start()
        try:
            assert blocked.wait(10)
            wechat.customer(OPENID).says("洗衣机漏水")
            clock.pass_(seconds=3)
            assert until(lambda: wechat.read(OPENID)) != []
        finally:
            stop.set()
            worker.join(20)
        assert not worker.is_alive()


def test_a_busy_database_is_waited_for_as_long_as_wechat_waits(house, customer):
    """Another process writes for longer than SQLite itself would wait."""
    other = Database(house.db.url)
    begun, written = Event(), Event()

    def write():
        with other.writing():
            begun.set()
            written.wait(2.0)

    writer = Thread(target=write)
    writer.start()
    assert begun.wait(5)
    answer = customer.says("洗衣机漏水")
    written.set()
    writer.join(5)
    other.close()
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "success")
