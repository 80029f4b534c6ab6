"""The staff form: any employee files what a customer said."""

import io
import re

import pytest
from PIL import Image

from reception import accounts
from store import complaints, conversations, events, facts, files, messages, promises
from tests.desk.conftest import PASSWORD, found

WORDS = "师傅装完热水器就滴水，打了三次电话没人来，要求上门修好"


@pytest.fixture
def page(at_desk):
    return at_desk()


def file(page, **typed):
    """Send the form as it was opened."""
    form = page.get("/desk/new").get_data(as_text=True)
    about = {"key": found(r'name="key" value="([^"]+)"', form), "source": "customer", "words": WORDS}
    return page.post("/desk/new", page="/desk/new", **{**about, **typed})


def newest(house):
    with house.db.reading() as conn:
        return complaints.get(conn, max(row.id for row in complaints.queue(conn)))


def none_filed(house):
    with house.db.reading() as conn:
        return complaints.queue(conn) == []


def test_it_is_registered_with_its_promises_and_the_writer_is_told_the_number(page, house, people):
    answer = file(page, **{"phone-words": "138 0013 8000", "name-words": "王女士", "source": "dealer"})
    row = newest(house)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/desk/complaints/{row.number}")
    assert (row.state, row.channel, row.source) == ("registered", "desk", "dealer")
    told = page.get(f"/desk/complaints/{row.number}").get_data(as_text=True)
    assert re.search(r"登记好了，编号 [\d ]+。请告诉客户编号，.+前有人回电。", told)
    with house.db.reading() as conn:
        known = facts.current(conn, row.id)
        kinds = {one.kind for one in promises.of_complaint(conn, row.id)}
        filed = [event for event in events.of_complaint(conn, row.id) if event.name == "complaint_filed"]
    assert {"accept", "callback", "progress"} <= kinds
    assert (known["name"].value, known["name"].user_id) == ("王女士", people["agent"])
    assert known["phone"].value == "+8613800138000"
    assert [(event.user_id, event.data) for event in filed] == [(people["agent"], {"source": "dealer"})]


def test_the_customers_words_are_kept_and_understood_as_in_every_channel(page, house):
    file(page)
    row = newest(house)
    with house.db.reading() as conn:
        [message] = messages.of_complaint(conn, row.id)
        known = facts.current(conn, row.id)
        talk = conversations.fetch(conn, message.conversation_id)
    assert (message.author, message.words, message.answered) == ("customer", WORDS, True)
    assert known["wanted"].value["kinds"] == ["visit", "repair"]
    assert known["issues"].value[0]["category"] == "installation"
    assert talk.ended_at is not None
    assert conversations.speaker(talk).speaker == "assistant"


def test_nobody_is_told_in_a_conversation_that_never_was(page, house):
    file(page)
    with house.db.reading() as conn:
        assert conversations.written_of(conn, newest(house).id) is None


def test_what_the_writer_says_goes_before_what_the_machine_read(page, house):
    file(page, **{"issues-choice": ["quality"], "wanted-choice": ["exchange"], "wanted-words": "换一台"})
    with house.db.reading() as conn:
        known = facts.current(conn, newest(house).id)
    assert [issue["category"] for issue in known["issues"].value] == ["quality"]
    assert known["wanted"].value == {"kinds": ["exchange"], "words": "换一台"}
    assert newest(house).department == "质量部"


def test_a_red_word_raises_and_pages_at_once(page, house):
    file(page, words="装的热水器漏气，我妈头晕送医院了")
    row = newest(house)
    with house.db.reading() as conn:
        assert row.tier == 3
        assert events.happened(conn, row.id, "supervisor_paged")


def test_a_customer_who_complained_before_is_known_by_the_number(at_desk, house, clock):
    for day in range(2):
        clock.pass_(days=day)
        file(at_desk(), **{"phone-words": "13800138000"})
    row = newest(house)
    with house.db.reading() as conn:
        assert [link.link for link in complaints.linked(conn, row.id)] == ["repeat"]


def test_the_same_form_sent_twice_files_once(page, house):
    for _ in range(2):
        assert file(page, key="same").status_code == 303
    with house.db.reading() as conn:
        assert len(complaints.queue(conn)) == 1


def test_what_does_not_fit_is_told_and_everything_typed_stays(page, house):
    about = {"phone-words": "1380013", "name-words": "王女士", "wanted-choice": "repair", "source": "media"}
    answer = file(page, **about)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "手机十一位" in text
    for kept in (WORDS, 'value="1380013"', 'value="王女士"'):
        assert kept in text
    assert re.search(r'value="repair" checked|value="media" selected', text)
    assert none_filed(house)


@pytest.mark.parametrize(("words", "status"), [("", 422), ("  \n", 422), ("长" * 2001, 422)])
def test_no_complaint_without_words(words, status, page, house):
    assert file(page, words=words).status_code == status
    assert none_filed(house)


def test_an_unknown_source_is_refused(page, house):
    assert file(page, source="ghost").status_code == 422
    assert none_filed(house)


def test_evidence_comes_along(page, house, people):
    drawn = io.BytesIO()
    Image.new("RGB", (4, 3)).save(drawn, "PNG")
    form = page.get("/desk/new").get_data(as_text=True)
    data = {
        "csrf_token": page.token("/desk/new"),
        "key": found(r'name="key" value="([^"]+)"', form),
        "source": "customer",
        "words": WORDS,
        "files": [(io.BytesIO(drawn.getvalue()), "滴水.png")],
    }
    assert page.client.post("/desk/new", data=data, content_type="multipart/form-data").status_code == 303
    with house.db.reading() as conn:
        [row] = files.of_complaint(conn, newest(house).id)
    assert (row.kind, row.name, row.user_id) == ("photo", "滴水.png", people["agent"])


def test_a_departments_handler_files_and_is_told_the_number_though_it_is_not_theirs(house, clock, browser):
    with house.db.writing() as conn:
        accounts.create(conn, "handler", "孙办", "handler", PASSWORD, clock())
    page = browser()
    page.log_in("handler")
    answer = file(page)
    assert answer.headers["Location"] == "/desk/new"
    assert newest(house).number[:4] in page.get("/desk/new").get_data(as_text=True)


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_who_only_looks_files_nothing(role, at_desk, house):
    page = at_desk(role)
    assert page.get("/desk/new").status_code == 403
    form = {"auditor": "/desk/complaints", "admin": "/desk/people"}[role]
    assert page.post("/desk/new", page=form, words=WORDS).status_code == 403
    assert none_filed(house)
