"""The stream: what it tells, what it never tells, and what happens when there is none."""

import json
import time

import pytest

from desk import live
from store import events

JSON = {"Accept": "application/json", "X-Desk": "background"}


def last(house):
    with house.db.reading() as conn:
        return events.last(conn)


def test_polling_tells_what_changed(at_desk, customer, house):
    customer.says("送来的沙发坏了，电话13800138000")
    page, cursor = at_desk(), last(house)
    assert page.get(f"/desk/stream?after={cursor}", headers=JSON).json["change"] is None
    customer.says("我要退款")
    customer.asks()
    news = page.get(f"/desk/stream?after={cursor}", headers=JSON)
    number = customer.complaint.number
    assert news.json["change"]["numbers"] == [number]
    assert news.json["change"]["heard"] == [number]
    assert news.json["change"]["asked"] is True
    assert news.json["cursor"] == last(house)


def test_no_word_of_a_customer_travels(at_desk, customer, house):
    customer.says("送来的沙发坏了，电话13800138000")
    text = at_desk().get("/desk/stream?after=0", headers=JSON).get_data(as_text=True)
    assert "沙发" not in text
    assert "138" not in text.replace(customer.complaint.number, "")


def test_the_stream_beats_and_tells(at_desk, customer, house):
    customer.says("送来的沙发坏了")
    answer = at_desk().get("/desk/stream?after=0")
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["X-Accel-Buffering"] == "no"
    flow = answer.iter_encoded()
    assert "event: beat" in next(flow).decode()
    change = next(flow).decode()
    assert f"id: {last(house)}\nevent: change" in change
    assert json.loads(change.split("data: ")[1])["numbers"] == [customer.complaint.number]
    answer.close()


def test_a_reader_goes_on_where_it_was(at_desk, customer, house):
    customer.says("送来的沙发坏了")
    page = at_desk()
    headers = {**JSON, "Last-Event-ID": str(last(house))}
    assert page.get("/desk/stream?after=0", headers=headers).json["change"] is None


def test_a_full_house_says_so_and_frees_the_place_afterwards(at_desk, app):
    page, streams = at_desk(), app.extensions["jiesu_streams"]
    taken = [streams.enter(f"reader {n}") for n in range(streams._most)]
    refused = page.get("/desk/stream?after=0")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"]
    assert page.get("/desk/stream?after=0", headers=JSON).status_code == 200
    taken[0].leave()
    page.get("/desk/stream?after=0").close()
    assert streams.open == streams._most - 1


def test_the_next_page_replaces_what_the_first_left_behind(at_desk, app):
    page, streams = at_desk(), app.extensions["jiesu_streams"]
    left = [page.client.get("/desk/stream?after=0", buffered=False) for _ in range(3)]
    now = page.client.get("/desk/stream?after=0", buffered=False)
    assert now.status_code == 200
    assert streams.open == 4
    began = time.monotonic()
    assert "event: full" in list(left[0].response)[-1].decode()
    assert time.monotonic() - began < 5, "it was not woken"
    left[0].close()
    assert streams.open == 3
    for answer in [*left[1:], now]:
        answer.close()
    assert streams.open == 0


def test_an_old_stream_ends_and_so_does_every_stream_on_a_stop(at_desk, app, monkeypatch):
    page = at_desk()
    monkeypatch.setattr(live, "LASTS", -1.0)
    assert len(list(page.get("/desk/stream?after=0").response)) == 1
    monkeypatch.setattr(live, "LASTS", 300.0)
    answer = page.get("/desk/stream?after=0")
    app.extensions["jiesu_streams"].end()
    assert len(list(answer.response)) == 1


@pytest.mark.parametrize("cursor", ["", "-1", "x", "9" * 30, "１"])
def test_a_broken_cursor_is_refused(cursor, at_desk):
    assert at_desk().get(f"/desk/stream?after={cursor}", headers=JSON).status_code == 400


def test_a_stream_needs_a_login(browser):
    assert browser().get("/desk/stream?after=0").status_code == 401
