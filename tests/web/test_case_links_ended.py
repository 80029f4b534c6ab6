"""Links that were withdrawn: they say so politely and open nothing; those made afterwards do."""

from __future__ import annotations

from typing import Any

import pytest

from core import events as names
from reception.answers import complaint_view
from store import case_links, events
from tests.browser.shift import add_people
from tests.web.pictures import photo
from tests.web.test_case import PHONE, by_link, find, form_id, lines, registered, row, send


@pytest.fixture
def mine(house) -> int:
    return registered(house, "mine")


@pytest.fixture
def end(house, mine) -> Any:
    li = add_people(house)["li"]
    return lambda reason="发错了人": house.handling.end_links(li, mine, reason, house.clock())


def link(house, complaint: int) -> str:
    with house.db.reading() as conn:
        return str(house.case_links.path(complaint, house.clock(), case_links.ended(conn, complaint)))


def gone(house) -> str:
    return str(house.content.label("errors", "case_link_ended"))


def test_an_old_link_says_so_and_a_new_one_opens(app, house, mine, end):
    for _ in range(3):
        old = link(house, mine)
        assert app.test_client().get(old).status_code == 303
        end()
        told = app.test_client().get(old)
        assert told.status_code == 410
        assert gone(house) in told.text
        assert house.content.company.numbers["hotline"].shown in told.text
        assert 'name="digits"' in told.text
        assert "Set-Cookie" not in told.headers
        assert len(link(house, mine)) == len(old)
    client = app.test_client()
    assert client.get(link(house, mine)).status_code == 303
    assert client.get("/case").status_code == 200


def test_other_complaints_keep_their_links(app, house, end):
    other = registered(house, "other")
    old = link(house, other)
    end()
    assert app.test_client().get(old).status_code == 303


def test_what_a_browser_had_opened_is_shut(app, house, mine, end):
    client = by_link(app, house, mine)
    assert send(client, "门还在漏", photos=[("a.jpg", photo())]).status_code == 303
    page = client.get("/case").text
    id, image = form_id(page), page.split('<img src="')[1].split('"')[0]
    assert client.get(image).status_code == 200
    end()
    shut = client.get("/case")
    assert (shut.status_code, gone(house) in shut.text, "门还在漏" in shut.text) == (410, True, False)
    assert client.get(image).status_code == 404
    before = len(lines(house, mine))
    answer = send(client, "还有一句", id=id)
    assert (answer.status_code, "还有一句" in answer.text) == (403, True), "what was typed is not lost"
    assert gone(house) in answer.text
    assert len(lines(house, mine)) == before


def test_number_and_digits_still_work(app, house, mine, end):
    client = app.test_client()
    find(client, row(house, mine).number, PHONE[-4:])
    end()
    assert client.get("/case").status_code == 200
    anew = app.test_client()
    assert find(anew, row(house, mine).number, PHONE[-4:]).status_code == 303
    assert anew.get("/case").status_code == 200


def test_the_card_of_the_chat_shows_a_link_that_opens(app, house, mine, end):
    end()
    with house.db.reading() as conn:
        assert complaint_view(conn, mine).links_ended == 1


def test_a_forged_link_is_not_told_from_any_other(app, house, mine, end):
    end()
    token = link(house, mine)
    told = app.test_client().get(token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert told.status_code == 404


def test_while_the_store_is_down_words_stay(app, house, mine, monkeypatch):
    client = by_link(app, house, mine)
    id = form_id(client.get("/case").text)

    def down(*_given: Any) -> int:
        raise OSError("away")

    monkeypatch.setattr("store.case_links.ended", down)
    answer = send(client, "门还在漏", id=id)
    assert answer.status_code == 503
    assert "门还在漏" in answer.text


def test_it_is_kept_who_withdrew_them_and_why(house, mine, end):
    end("转给了别人")
    with house.db.reading() as conn:
        [told] = [one for one in events.of_complaint(conn, mine) if one.name == names.CASE_LINKS_ENDED]
        assert told.data["reason"] == "转给了别人"
        assert told.user_id is not None
        assert case_links.last(conn, mine).reason == "转给了别人"
