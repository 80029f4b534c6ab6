"""Files that people of the house send: on the customer's page, for who came by the link."""

from __future__ import annotations

from typing import Any

import pytest

from reception import evidence
from store import conversations, files, messages
from tests.browser.shift import add_people
from tests.web.pictures import HEIC, photo
from tests.web.test_case import PHONE, by_link, find, registered, row

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def mine(house) -> int:
    return registered(house, "mine")


@pytest.fixture
def sends(house, mine) -> Any:
    """An agent who has taken over sends a file; its id."""
    li = add_people(house)["li"]
    with house.db.reading() as conn:
        talk = conversations.written_of(conn, mine)
    house.agents.take(li, talk, house.clock())

    def send(name: str, content: bytes, words: str = "") -> str:
        sealed = evidence.seal(house.data_dir, evidence.examine_enclosure(name, content))
        house.agents.say(li, talk, words, f"k:{sealed.id}", house.clock(), (sealed,))
        return sealed.id

    return send


def test_what_we_sent_stands_on_the_page_and_can_be_taken(app, house, mine, sends):
    id = sends("维修单 <b>.pdf", PDF)
    opened = by_link(app, house, mine)
    page = opened.get("/case").text
    assert house.content.page("case.files_label") in page
    assert "维修单 &lt;b&gt;.pdf" in page
    assert "<b>.pdf" not in page
    took = opened.get(f"/case/files/{id}/original")
    assert took.data == PDF
    assert took.mimetype == "application/octet-stream"
    assert took.headers["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in took.headers["Content-Security-Policy"]
    assert took.headers["Cache-Control"] == "no-store"
    assert opened.get(f"/case/files/{id}").status_code == 404, "a document has no copy to look at"


@pytest.mark.parametrize(
    ("name", "content", "seen"), [("门.jpg", photo(), True), ("门.heic", HEIC, False)], ids=["jpeg", "heic"]
)
def test_a_picture_is_shown_where_it_can_be(app, house, mine, sends, name, content, seen):
    id = sends(name, content, "照片在这里")
    opened = by_link(app, house, mine)
    assert (f'<img src="/case/files/{id}"' in opened.get("/case").text) is seen
    assert opened.get(f"/case/files/{id}").status_code == (200 if seen else 404)
    assert opened.get(f"/case/files/{id}/original").data == content


def test_nobody_else_has_it(app, house, mine, sends):
    id = sends("维修单.pdf", PDF)
    by_number, other = app.test_client(), by_link(app, house, registered(house, "other"))
    find(by_number, row(house, mine).number, PHONE[-4:])
    assert "维修单" not in by_number.get("/case").text
    for client in (by_number, other, app.test_client()):
        for path in (f"/case/files/{id}", f"/case/files/{id}/original"):
            assert client.get(path).status_code == 404


@pytest.mark.parametrize("id", ["..%2f..%2fsecret", "x", "a" * 22])
def test_no_other_name_opens_anything(app, house, mine, sends, id):
    sends("维修单.pdf", PDF)
    assert by_link(app, house, mine).get(f"/case/files/{id}/original").status_code == 404


def test_what_was_taken_back_is_gone(app, house, mine, sends):
    id = sends("维修单.pdf", PDF)
    with house.db.writing() as conn:
        messages.take_back(conn, files.get(conn, id).message_id, house.clock())
    opened = by_link(app, house, mine)
    assert "维修单" not in opened.get("/case").text
    assert opened.get(f"/case/files/{id}/original").status_code == 404


def test_the_customers_own_original_and_what_only_the_desk_has_are_not_handed_out(app, house, mine, sends):
    sends("维修单.pdf", PDF)
    own = evidence.seal(house.data_dir, evidence.examine("a.jpg", photo()))
    inside = evidence.seal(house.data_dir, evidence.examine_enclosure("内部.pdf", PDF))
    with house.db.writing() as conn:
        chat = conversations.fetch(conn, conversations.written_of(conn, mine))
        heard = messages.hear(
            conn, conversation=chat, complaint_id=mine, key="f:1", words="", at=house.clock()
        )
        place = {"complaint_id": mine, "conversation_id": chat.id}
        files.keep(conn, **vars(own), **place, message_id=heard, at=house.clock())
        files.keep(
            conn, **vars(inside), complaint_id=mine, conversation_id=None, message_id=None, at=house.clock()
        )
    opened = by_link(app, house, mine)
    assert "内部" not in opened.get("/case").text
    assert opened.get(f"/case/files/{own.id}").status_code == 200
    for file in (own, inside):
        assert opened.get(f"/case/files/{file.id}/original").status_code == 404
