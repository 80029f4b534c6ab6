"""What the customer sees of an agent: writing, a line taken back, files, and a call that somebody claims."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from core import events as names
from reception import evidence
from store import attempts, conversations, events, messages, promises, users
from store import typing as typing_rows

STORY = "送来的沙发扶手裂了，要求退款，电话13800138000"
JSON = {"Accept": "application/json"}


def send(client, **data):
    page = client.get("/").text
    id = page.split('name="id" value="')[1].split('"')[0]
    return client.post("/chat/send", data={"id": id, **data})


class Desk:
    """An agent who speaks with the customer of this conversation."""

    def __init__(self, house: Any) -> None:
        self.house = house
        with house.db.writing() as conn:
            self.id = users.add(
                conn,
                login="li",
                public_name="李敏",
                role="agent",
                password_hash="x",
                phone=None,
                at=house.clock(),
            )
        house.agents.present(self.id, users.AVAILABLE, house.clock())
        with house.db.reading() as conn:
            self.talk = conversations.fetch(conn, messages.get(conn, 1).conversation_id)
        house.agents.take(self.id, self.talk.id, house.clock())

    def says(self, words, key="k", **more):
        return self.house.agents.say(self.id, self.talk.id, words, key, self.house.clock(), **more)

    def takes_back(self):
        with self.house.db.reading() as conn:
            done = events.of_complaint(conn, self.talk.complaint_id)
        last = [one for one in done if one.name == names.MESSAGE_SAID and one.user_id == self.id]
        self.house.undoing.undo(self.id, self.talk.complaint_id, last[-1].id, self.house.clock())

    def claims(self):
        return self.house.attempts.log(
            self.id, self.talk.complaint_id, "phone", "callback", "reached", "", self.house.clock()
        )

    @property
    def callback(self):
        with self.house.db.reading() as conn:
            return promises.open_of(conn, self.talk.complaint_id, "callback")


@pytest.fixture
def desk(customer, house):
    send(customer, text=STORY, human="1")
    return Desk(house)


def cursor(house):
    with house.db.reading() as conn:
        return events.last(conn)


def news(customer, after, **more):
    return customer.get("/chat/events", query_string={"after": after, **more}, headers=JSON).json


# ---- A line taken back


def test_a_line_taken_back_is_shown_as_that_and_its_words_are_gone(customer, desk):
    desk.says("这句说错了")
    assert "这句说错了" in customer.get("/").text
    desk.takes_back()
    page = customer.get("/").text
    assert "这句说错了" not in page
    assert "收回了一句话" in page


def test_who_has_read_it_hears_that_it_was_taken_back_and_nothing_twice(customer, desk, house):
    id = desk.says("这句说错了")
    read = cursor(house)
    desk.takes_back()
    told = news(customer, read, html=1)
    assert told["taken_back"] == [id]
    assert told["messages"] == []
    assert f'id="m{id}"' in told["html"]["lines"]
    assert "这句说错了" not in str(told)
    assert "taken_back" not in news(customer, told["cursor"])


def test_who_has_not_read_it_gets_it_once_without_words(customer, desk, house):
    before = cursor(house)
    id = desk.says("这句说错了")
    desk.takes_back()
    told = news(customer, before)
    mine = [one for one in told["messages"] if one["id"] == id]
    assert [(one["text"], one["taken_back"]) for one in mine] == [("", True)]
    assert "taken_back" not in told
    assert "这句说错了" not in str(told)


# ---- Files


def picture():
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(made, "PNG")
    return made.getvalue()


PDF = b"%PDF-1.7\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def file(desk, house, told):
    """A PDF that the agent has sent; its id."""
    sealed = evidence.seal(told.data_dir, evidence.examine_enclosure("维修单.pdf", PDF))
    desk.says("维修单在这里", sealed=(sealed,))
    return sealed.id


def test_a_document_can_be_taken_away_and_nothing_else(customer, file):
    page = customer.get("/").text
    assert f'href="/chat/files/{file}/original"' in page
    got = customer.get(f"/chat/files/{file}/original")
    assert got.data == PDF
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert got.headers["Content-Security-Policy"].startswith("sandbox")
    assert got.mimetype == "application/octet-stream"
    assert customer.get(f"/chat/files/{file}").status_code == 404, "there is no picture of it"


def test_a_strangers_browser_gets_no_file(app, file):
    assert app.test_client().get(f"/chat/files/{file}/original").status_code == 404


def test_a_file_goes_with_the_line_that_is_taken_back(customer, desk, file):
    desk.takes_back()
    assert customer.get(f"/chat/files/{file}/original").status_code == 404
    assert "维修单.pdf" not in customer.get("/").text


def test_a_picture_of_ours_is_shown(customer, desk, told):
    sealed = evidence.seal(told.data_dir, evidence.examine_enclosure("样品.png", picture()))
    desk.says("", key="p", sealed=(sealed,))
    assert f'src="/chat/files/{sealed.id}"' in customer.get("/").text
    assert customer.get(f"/chat/files/{sealed.id}").mimetype == "image/jpeg"


def test_what_a_customer_sent_is_not_handed_out_as_it_came(customer, house, told):
    data = {"text": STORY, "photos": (io.BytesIO(picture()), "沙发.png")}
    send(customer, **data)
    page = customer.get("/").text
    id = page.split('src="/chat/files/')[1].split('"')[0]
    assert customer.get(f"/chat/files/{id}/original").status_code == 404


# ---- Writing


def test_the_agent_is_seen_to_write_for_a_moment(customer, desk, house, clock):
    with house.db.writing() as conn:
        typing_rows.begin(conn, desk.talk.id, "agent", clock() + timedelta(seconds=6))
    assert "李敏正在写" in customer.get("/").text
    assert news(customer, cursor(house), html=1)["html"]["types"] == "李敏正在写"
    clock.pass_(seconds=7)
    assert "李敏正在写" not in customer.get("/").text


def test_the_customer_is_seen_to_write_only_by_an_agent_who_speaks(customer, house, clock):
    send(customer, text=STORY, human="1")
    with house.db.reading() as conn:
        talk = messages.get(conn, 1).conversation_id

    def types():
        with house.db.reading() as conn:
            return typing_rows.now(conn, talk, "customer", clock())

    page = customer.get("/").text
    id = page.split('name="id" value="')[1].split('"')[0]
    assert customer.post("/chat/typing", data={"id": id, "on": "1"}).status_code == 204
    assert not types()
    Desk(house)
    customer.post("/chat/typing", data={"id": id, "on": "1"})
    assert types()
    customer.post("/chat/typing", data={"id": id, "on": "0"})
    assert not types()


def test_a_foreign_page_types_nothing(customer, desk, house, clock):
    customer.post("/chat/typing", data={"id": "x", "on": "1"}, headers={"Sec-Fetch-Site": "cross-site"})
    with house.db.reading() as conn:
        assert not typing_rows.now(conn, desk.talk.id, "customer", clock())


# ---- A call that somebody claims


def test_the_customer_is_asked_and_yes_keeps_the_promised_call(customer, desk, house):
    attempt = desk.claims()
    assert desk.callback is not None
    page = customer.get("/").text
    assert "李敏说" in page
    assert f'value="yes:{attempt}"' in page
    assert send(customer, contact=f"yes:{attempt}").status_code == 303
    assert desk.callback is None
    assert "打通了您的电话" not in customer.get("/").text


def test_no_leaves_it_open_and_tells_a_supervisor(customer, desk, house):
    attempt = desk.claims()
    id = customer.get("/").text.split('name="id" value="')[1].split('"')[0]
    answer = customer.post("/chat/send", data={"id": id, "contact": f"no:{attempt}"}, headers=JSON)
    assert answer.status_code == 200
    assert desk.callback is not None
    with house.db.reading() as conn:
        assert attempts.get(conn, attempt).confirmed is False
        assert events.happened(conn, desk.talk.complaint_id, names.SUPERVISOR_PAGED)


@pytest.mark.parametrize("answer", ["yes:0", "yes:999999", "maybe:1", "yes:", "yes:１", "yes:1 or 1=1"])
def test_nonsense_confirms_nothing(answer, customer, desk, house):
    desk.claims()
    send(customer, contact=answer, text="还有一件事")
    assert desk.callback is not None


def test_a_strangers_browser_confirms_nothing(app, desk):
    attempt = desk.claims()
    stranger = app.test_client()
    send(stranger, contact=f"yes:{attempt}", text="送来的柜子少了一块板")
    assert desk.callback is not None


def test_words_typed_beside_the_answer_are_kept_too(customer, desk, kept):
    attempt = desk.claims()
    send(customer, contact=f"yes:{attempt}", text="电话里说好周三来")
    assert kept()[-1] == "电话里说好周三来"
    assert desk.callback is None
