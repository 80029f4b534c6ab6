"""News by cursor: as a stream and as JSON, never twice and never skipped."""

from __future__ import annotations

import json

import pytest

STORY = "订的冰箱约好昨天送，今天才到，门上还有凹陷"
JSON = {"Accept": "application/json"}


def say(client, text, **more):
    return client.post("/chat/messages", json={"text": text, **more}).json


def poll(client, after=0, **more):
    return client.get("/chat/events", query_string={"after": after, **more}, headers=JSON)


def read(response, events):
    """The first events of a stream, as (name, id, data)."""
    found, text = [], ""
    for piece in response.response:
        text += piece if isinstance(piece, str) else piece.decode()
        *whole, text = text.split("\n\n")
        for one in whole:
            lines = dict(line.split(": ", 1) for line in one.split("\n"))
            found.append((lines["event"], lines.get("id"), lines["data"]))
        if len(found) >= events:
            break
    response.close()
    return found


def test_a_poll_brings_what_is_past_the_cursor_once(customer):
    say(customer, STORY)
    first = poll(customer).json
    assert [one["from"] for one in first["messages"]][:2] == ["customer", "assistant"]
    assert poll(customer, first["cursor"]).json["messages"] == []
    say(customer, "换新的")
    second = poll(customer, first["cursor"]).json
    assert second["messages"][0]["text"] == "换新的"
    assert second["cursor"] > first["cursor"]


def test_the_stream_brings_the_same_as_the_page_draws_it(customer):
    say(customer, "<b>坏了</b>")
    response = customer.get("/chat/events?after=0")
    assert response.mimetype == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    beat, news = read(response, 2)
    assert beat[0] == "beat"
    data = json.loads(news[2])
    assert "&lt;b&gt;" in data["lines"]
    assert "<b>" not in data["lines"]
    assert int(news[1]) == poll(customer).json["cursor"]


def test_what_the_browser_heard_last_counts_more_than_where_its_page_began(customer):
    say(customer, STORY)
    cursor = poll(customer).json["cursor"]
    say(customer, "换新的")
    response = customer.get("/chat/events?after=0", headers={"Last-Event-ID": str(cursor)})
    assert STORY not in read(response, 2)[1][2]


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "1e3", "１"])
def test_a_cursor_that_is_none_means_from_the_beginning(customer, after):
    say(customer, STORY)
    assert poll(customer, after).json["messages"][0]["text"] == STORY


def test_a_poll_may_name_its_conversation_and_a_stream_may_not(caller, customer):
    id = say(caller, STORY)["conversation"]
    assert poll(caller, 0, conversation=id).json["messages"][0]["text"] == STORY
    named = customer.get(f"/chat/events?conversation={id}")
    assert named.mimetype == "application/json"
    assert caller.get("/chat/events").status_code == 404
    assert poll(caller, 0, conversation="x" * 22).status_code == 404
    assert poll(caller, 0, conversation="\x00").status_code == 404


def test_above_the_limit_a_stream_is_refused_and_polling_goes_on(customer, app):
    say(customer, STORY)
    streams = app.extensions["jiesu_streams"]
    places = [streams.enter(f"reader {n}") for n in range(streams._most)]
    refused = customer.get("/chat/events")
    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
    assert poll(customer).status_code == 200
    places[0].leave()
    assert customer.get("/chat/events").status_code == 200


def test_one_browser_cannot_take_all_streams(customer, app):
    say(customer, STORY)
    open_ones = [customer.get("/chat/events") for _ in range(3)]
    assert customer.get("/chat/events").status_code == 503
    for one in open_ones:
        one.close()
    assert app.extensions["jiesu_streams"].open == 0


def test_streams_end_when_the_process_is_told_to_stop(customer, app):
    response = customer.get("/chat/events")
    app.extensions["jiesu_streams"].end()
    assert len(list(response.response)) == 1
