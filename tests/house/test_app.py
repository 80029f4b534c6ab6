"""The application as a whole: health, headers, error pages, and a log in which nobody is named."""

from __future__ import annotations

import io
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests
from flask import abort

import app as application
import logs
import settings
import wiring
from store import heartbeats
from tests.fakes.clock import Clock
from tests.web.pictures import photo

PHONE, NAME, STORY = "13812345678", "欧阳重阳", "隐秘的故事只有我知道"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def told(tmp_path):
    return settings.load({"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:9"})


@pytest.fixture
def app(told, clock):
    return application.assemble(told, wiring.house(told, clock))


@pytest.fixture
def house(app):
    return app.extensions["jiesu"]


def test_healthz(app):
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"ok": True})


def test_readyz_names_each_dependency_and_the_rung(app, house, clock):
    client = app.test_client()
    told = client.get("/readyz")
    assert told.status_code == 200
    assert {"ok", "rung", "database", "assistant", "actions", "model", "office", "streams"} <= set(told.json)
    assert (told.json["office"], told.json["wechat"]) == ("silent", "off")
    with house.db.writing() as conn:
        heartbeats.beat(conn, "office", clock())
    clock.pass_(seconds=1)
    assert client.get("/readyz").json["office"] == "silent"  # looked at two seconds ago at most
    clock.pass_(seconds=1)
    assert client.get("/readyz").json["office"] == "ok"


def test_readyz_knows_wechats_worker_when_there_is_an_account(tmp_path, clock):
    own = {
        "JIESU_DATA_DIR": str(tmp_path),
        "WECHAT_APP_ID": "wx2c2769f8efd9abc2",
        "WECHAT_TOKEN": "a token of ours 12345",
    }
    more = {
        "WECHAT_APP_SECRET": "s" * 16 + "0123456789abcdef",
        "WECHAT_AES_KEY": "abcdefghij0123456789" * 2 + "ABC",
    }
    told = settings.load({**own, **more})
    house = wiring.house(told, clock)
    client = application.assemble(told, house).test_client()
    assert client.get("/readyz").json["wechat"] == "silent"
    with house.db.writing() as conn:
        heartbeats.beat(conn, "wechat", clock())
    clock.pass_(seconds=2)
    assert client.get("/readyz").json["wechat"] == "ok"


def test_readyz_never_waits_for_a_writer(app, house):
    with house.db.writing():
        assert app.test_client().get("/readyz").status_code == 200


def test_readyz_says_rung_one_once_the_assistant_rests(app):
    client = app.test_client()
    for words in ("一", "二", "三", "四"):
        client.post("/chat/messages", json={"text": f"{words}号包裹坏了"})
    told = client.get("/readyz")
    assert (told.status_code, told.json["rung"], told.json["assistant"]) == (200, 1, "resting")


def test_readyz_is_503_when_complaints_cannot_be_kept(app, house, monkeypatch):
    monkeypatch.setattr(house.db, "reading", lambda: (_ for _ in ()).throw(OSError))
    told = app.test_client().get("/readyz")
    assert (told.status_code, told.json["database"], told.json["rung"]) == (503, "down", 3)


@pytest.mark.parametrize(
    "path", ["/", "/nix", "/healthz", "/chat/static/chat.css", "/chat/events", "/api/nix"]
)
def test_every_answer_carries_the_headers(app, path):
    answer = app.test_client().get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nix", 404), ("GET", "/../etc/passwd", 404), ("PUT", "/", 405), ("GET", "/chat/messages", 405)],
)
def test_errors_are_sentences_for_people_and_for_programs(app, house, method, path, status):
    sentences = set(house.content.labels["errors"].values())
    for accept, read in (("text/html", lambda a: a.text), ("application/json", lambda a: a.json["message"])):
        answer = app.test_client().open(path, method=method, headers={"Accept": accept})
        assert answer.status_code == status
        assert any(sentence in read(answer) for sentence in sentences)


def test_an_unforeseen_error_says_nothing_about_our_insides(app, house, monkeypatch, caplog):
    def fails(*_):
        raise ValueError(f"{PHONE} {STORY}")

    monkeypatch.setattr("app.answers", fails)
    answer = app.test_client().get("/readyz", headers={"Accept": "text/html"})
    assert answer.status_code == 500
    assert house.content.label("errors", "server") in answer.text
    for inside in (PHONE, STORY, "ValueError", "Traceback", "app.py"):
        assert inside not in answer.text


def test_no_page_has_a_script_or_a_style_in_line(app):
    page = app.test_client().get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", page)


def test_the_customers_page_stays_under_forty_kilobytes(app):
    client = app.test_client()
    page = client.get("/").text
    parts = re.findall(r'(?:href|src)="(/[^"]+)"', page)
    size = len(page.encode()) + sum(len(client.get(part).data) for part in parts if "static" in part)
    assert size < 40_000


def test_a_log_names_nobody(told, clock, monkeypatch):
    """Whatever a library logs, and whatever breaks: no phone, name, sentence or conversation in it."""
    heard = io.StringIO()
    monkeypatch.setattr(sys, "stderr", heard)
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    try:
        logs.set_up("DEBUG")
        logging.getLogger().setLevel(logging.DEBUG)
        ids = work(application.assemble(told, wiring.house(told, clock)))
    finally:
        logging.getLogger().handlers[:] = handlers
        logging.getLogger().setLevel(level)
    text = heard.getvalue()
    assert "POST /chat/messages 200" in text
    assert "an error nobody expected" in text
    for secret in (PHONE, PHONE[3:], NAME, STORY, *ids):
        assert secret not in text


def work(app) -> list[str]:
    """A customer's day, with everything that can be in it; returns ids that must stay out of the log."""
    client, house = app.test_client(), app.extensions["jiesu"]
    client.get(f"/?q={STORY}")
    client.get("/", headers={"User-Agent": STORY, "Referer": f"https://x.example/{PHONE}"})
    said = client.post("/chat/messages", json={"text": f"{STORY}，我是{NAME}，电话{PHONE}"}).json
    client.get(f"/chat/events?conversation={said['conversation']}&after=0&q={STORY}")
    client.get(f"/nix/{STORY}")
    ours = {"Sec-Fetch-Site": "same-origin"}
    file = (io.BytesIO(photo()), f"{NAME}.jpg")
    client.post("/chat/send", data={"text": STORY, "photos": [file], "human": "1"}, headers=ours)
    client.post("/chat/messages", data=f'{{"text": "{STORY}'.encode(), content_type="application/json")
    client.post("/desk/login", data={"login": PHONE, "password": STORY})
    logging.getLogger("urllib3").warning("Retrying %s", f"http://x/{PHONE}")
    logging.getLogger("werkzeug").info("%s - %s", PHONE, STORY)
    logging.getLogger("sqlalchemy.engine").error("INSERT %r", (STORY,))
    logging.getLogger("gunicorn.error").error("Error handling request %s", f"/?q={STORY}")
    logging.getLogger("gunicorn.error").warning(f"Invalid request from ip=1.2.3.4: {STORY}")
    app.view_functions["healthz"] = lambda: (_ for _ in ()).throw(KeyError(f"{STORY} {PHONE}"))
    client.get("/healthz")
    house.db.writing = lambda: (_ for _ in ()).throw(OSError(STORY))
    client.post("/chat/messages", json={"text": STORY})
    return [said["conversation"]]


@pytest.mark.parametrize(
    ("name", "level", "message", "args"),
    [
        ("urllib3", logging.WARNING, f"{STORY}: Retrying", ()),
        ("urllib3", logging.WARNING, f"{STORY} %s", (PHONE,)),
        ("sqlalchemy.engine", logging.ERROR, "%s", (STORY,)),
        ("gunicorn.error", logging.ERROR, f"Invalid HTTP header {STORY}", ()),
        ("werkzeug", logging.ERROR, f"Error on {STORY}:", ()),
    ],
)
def test_of_a_foreign_line_only_who_and_where_is_written(name, level, message, args):
    record = logging.LogRecord(name, level, "/lib/pool.py", 81, message, args, None)
    record.reply = record.why = STORY
    line = logs.Discreet().format(record)
    assert line.endswith(f"{name} (a line of its own, pool:81)")


def test_of_what_is_attached_to_our_own_lines_only_codes_are_written():
    record = logging.LogRecord("jiesu.reception", logging.WARNING, "", 0, "reply not said", (), None)
    record.reply, record.needs, record.words, record.phone = "utter_registered", ["N", "P"], STORY, PHONE
    line = logs.Discreet().format(record)
    assert line.endswith("reply not said reply=utter_registered needs=N,P")


def test_a_server_may_say_where_it_listens():
    for name, text in (("gunicorn.error", "Listening at: http://x"), ("werkzeug", " * Running on http://x")):
        record = logging.LogRecord(name, logging.INFO, "", 0, text, (), None)
        assert "http://x" in logs.Discreet().format(record)


@pytest.mark.parametrize(
    ("status", "code"), [(415, "unsupported_type"), (429, "too_often"), (400, "bad_json")]
)
def test_each_refusal_has_its_own_words(app, house, status, code):
    app.add_url_rule("/refused", view_func=lambda: abort(status))
    told = app.test_client().get("/refused", headers={"Accept": "application/json"})
    assert (told.status_code, told.json["error"]) == (status, code)
    assert told.json["message"] == house.content.label("errors", code)


def test_a_message_cannot_forge_a_line_of_the_log():
    record = logging.LogRecord("jiesu.x", logging.INFO, "", 0, "a %s", ("b\nINFO forged",), None)
    assert "\n" not in logs.Discreet().format(record)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_flask_run_alone_works_and_migrates(tmp_path, port):
    env = {**os.environ, "JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:9"}
    command = [sys.executable, "-m", "flask", "run", "--port", str(port)]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=settings.ROOT, env=env, stdout=log, stderr=log)
    try:
        answer = until_it_answers(port, "包裹坏了")
        assert answer["messages"]
    finally:
        server.terminate()
        server.wait(10)
    assert (tmp_path / "jiesu.db").exists()
    assert "包裹" not in (tmp_path / "log").read_text()


def until_it_answers(port, words):
    for _ in range(100):
        try:
            url = f"http://127.0.0.1:{port}/chat/messages"
            return requests.post(url, json={"text": words}, timeout=5).json()
        except (requests.ConnectionError, requests.Timeout):  # bound, and not serving yet
            time.sleep(0.1)
    raise AssertionError("the server never answered")


def test_open_streams_do_not_hold_up_a_restart(tmp_path, port):
    env = {**os.environ, "JIESU_DATA_DIR": str(tmp_path), "JIESU_SECRET_KEY": secrets.token_urlsafe(32)}
    env["JIESU_RASA_URL"] = "http://127.0.0.1:9"
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--threads", "24", "--graceful-timeout", "20", "--no-control-socket", "app:create_app()"]
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(command, cwd=settings.ROOT, env=env, stdout=log, stderr=log)
    try:
        until_it_answers(port, "包裹坏了")
        browser = requests.Session()
        browser.post(f"http://127.0.0.1:{port}/chat/messages", json={"text": "包裹坏了"}, timeout=5)
        stream = browser.get(f"http://127.0.0.1:{port}/chat/events", stream=True, timeout=5)
        assert next(stream.iter_lines(chunk_size=1)) == b"retry: 2000"
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.wait(15)
        assert time.monotonic() - began < 10
    finally:
        server.kill()
