"""My phone at the desk: who gets a token, who may do what with a call, and what is never told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from reception import accounts
from reception.heard import Heard
from reception.lines import Lines
from reception.telephone import Unreachable
from settings import load
from store import calls, conversations, handoffs, users
from tests.desk.conftest import PASSWORD

CALL = "CA" + "1" * 32
CALLER = "+8613800138000"
JSON = {"Accept": "application/json"}
RESUME = "https://jiesu.example/voice/resumed?n=ring&t=3&ringing={}"
TOKEN = "header.payload-of-{}.signature"
ACTS = ("hold", "resume", "pass", "hang-up")


class Company:
    """The phone company, as far as the desk asks it. What it is asked is kept."""

    def __init__(self):
        self.asked, self.failing, self.has_key = [], False, True

    def token(self, identity, seconds):
        self.asked.append((identity, seconds))
        return TOKEN.format(identity) if self.has_key else None

    def send(self, call, url):
        self._do("send", call, url)

    def hang_up(self, call):
        self._do("hang_up", call)

    def _do(self, *what):
        if self.failing:
            raise Unreachable("no answer", again=True)
        self.asked.append(what)


@pytest.fixture
def settings(tmp_path):
    account = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "a-token-of-sixteen-bytes"}
    keys = {"TWILIO_API_KEY": "SK" + "0" * 32, "TWILIO_API_SECRET": "a-secret-of-the-key-for-tests"}
    return load({"JIESU_DATA_DIR": str(tmp_path), "JIESU_RASA_URL": "http://127.0.0.1:1", **account, **keys})


@pytest.fixture
def company():
    return Company()


@pytest.fixture
def house(house, company):
    made = replace(house, telephone=company)
    assert isinstance(made.lines, Lines)
    return made


@pytest.fixture
def people(house, people, clock):
    """Besides the others, three with a phone: two in the browser, one on the table."""
    for login, name, phone in (
        ("li", "李一", "client:li"),
        ("zhou", "周一", "client:zhou"),
        ("feng", "冯四", "sip:feng@desk.example"),
    ):
        with house.db.writing() as conn:
            people[login] = accounts.create(conn, login, name, "agent", PASSWORD, clock(), phone=phone)
            users.set_presence(conn, people[login], users.AVAILABLE, clock() + timedelta(hours=1))
    return people


@pytest.fixture
def ringing(house, people, clock):
    """A call that rings at li's and feng's; the value is the handoff's id."""
    heard = Heard("phone", ("phone", CALLER), "沙发坏了，要退款", "call:0", clock(), CALL, caller=CALLER)
    house.reception.receive(heard)
    with house.db.writing() as conn:
        complaint = conversations.fetch(conn, CALL).complaint_id
        calls.start(conn, CALL, "ring", clock())
        both = f"{people['li']}-{people['feng']}"
        calls.change(conn, CALL, node="ring", resume=RESUME.format(both), conversation_id=CALL)
        return handoffs.ask(conn, conversation_id=CALL, complaint_id=complaint, reason="asked", at=clock())


@pytest.fixture
def talking(house, people, ringing, clock):
    assert house.agents.accept_call(people["li"], ringing, clock(), "CA" + "2" * 32)
    return ringing


def line(page):
    return page.get("/desk/phone/line").get_data(as_text=True)


def act(page, name, handoff, **more):
    data = {"csrf_token": page.token("/desk/"), "handoff": handoff, "to": "0", **more}
    return page.client.post(f"/desk/phone/{name}", data=data, headers=JSON)


# ---- the token


def test_a_token_is_for_ones_own_phone_and_short(at_desk, company):
    answer = at_desk("li").post("/desk/phone/token")
    assert answer.json == {"token": TOKEN.format("li"), "identity": "li", "seconds": 900}
    assert answer.headers["Cache-Control"] == "no-store"
    assert company.asked[-1] == ("li", 900)


def test_nobody_asks_for_the_token_of_another(at_desk, company):
    answer = at_desk("li").post("/desk/phone/token", identity="zhou", phone="client:zhou")
    assert answer.json["identity"] == "li"
    assert all(identity == "li" for identity, _ in company.asked)


@pytest.mark.parametrize("login", ["agent", "feng"])
def test_no_token_without_a_phone_in_the_browser(login, at_desk, company):
    page = at_desk(login)
    answer = page.client.post("/desk/phone/token", data={"csrf_token": page.token("/desk/")}, headers=JSON)
    assert answer.status_code == 404
    assert answer.json == {"message": "您的分机不在浏览器里。"}
    assert company.asked == []


def test_no_token_without_a_key(at_desk, company):
    company.has_key = False
    page = at_desk("li")
    answer = page.client.post("/desk/phone/token", data={"csrf_token": page.token("/desk/")}, headers=JSON)
    assert answer.status_code == 409
    assert "密钥" in answer.json["message"]


def test_a_token_is_never_logged(at_desk, caplog):
    caplog.set_level("DEBUG")
    at_desk("li").post("/desk/phone/token")
    assert "/desk/phone/token" in caplog.text
    assert TOKEN.format("li") not in caplog.text
    assert "payload-of" not in caplog.text


# ---- the window


def test_only_the_phones_window_may_use_the_microphone_and_reach_twilio(at_desk, tmp_path, app):
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / "twilio.min.js").touch()
    app.static_folder = str(tmp_path)
    page = at_desk("li")
    window, desk = page.get("/desk/phone"), page.get("/desk/")
    assert "vendor/twilio.min.js" in window.get_data(as_text=True)
    assert "vendor/twilio.min.js" not in desk.get_data(as_text=True)
    assert window.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self' https://eventgw.twilio.com wss://voice-js.roaming.twilio.com "
        "https://sdk.twilio.com; media-src 'self' mediastream: https://sdk.twilio.com; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert "twilio" not in desk.headers["Content-Security-Policy"]
    assert "microphone=(self)" in window.headers["Permissions-Policy"]
    assert "microphone=()" in desk.headers["Permissions-Policy"]


@pytest.mark.parametrize(
    ("login", "has_key", "has_file", "words"),
    [
        ("li", False, True, "还没有电话公司的密钥"),
        ("li", True, False, "浏览器电话的文件没取到"),
        ("feng", True, True, "您用的是话机，不用开这一页"),
        ("agent", True, True, "您的账号没有分机"),
    ],
)
def test_a_phone_that_cannot_be_says_why(login, has_key, has_file, words, at_desk, settings, tmp_path, app):
    app.static_folder = str(tmp_path)
    if not has_key:
        bare = replace(settings, twilio=replace(settings.twilio, api_key=""))
        app.extensions["jiesu_settings"] = bare
    if has_file:
        (tmp_path / "vendor").mkdir()
        (tmp_path / "vendor" / "twilio.min.js").touch()
    answer = at_desk(login).get("/desk/phone")
    assert words in answer.get_data(as_text=True)
    assert "twilio" not in answer.get_data(as_text=True)
    assert "twilio" not in answer.headers["Content-Security-Policy"]
    assert "microphone=()" in answer.headers["Permissions-Policy"]


def test_who_has_no_phone_has_no_bar(at_desk):
    assert 'id="line"' not in at_desk("agent").get("/desk/").get_data(as_text=True)
    assert 'id="line"' in at_desk("feng").get("/desk/").get_data(as_text=True)


# ---- the bar


def test_it_shows_what_the_whisper_says_to_those_who_are_rung_and_to_nobody_else(at_desk, ringing):
    for login in ("li", "feng"):
        shown = line(at_desk(login))
        assert 'data-call="ringing"' in shown
        assert "沙发" in shown
        assert "要退款" in shown
        assert "/desk/complaints/" in shown
    assert "data-call" not in line(at_desk("zhou"))


def test_it_follows_the_call(at_desk, talking, house, clock):
    assert 'data-call="talking"' in line(at_desk("li"))
    assert "data-call" not in line(at_desk("feng"))
    house.agents.hold_call(talking, clock())
    with house.db.writing() as conn:
        calls.change(conn, CALL, node="held")
    clock.pass_(seconds=75)
    held = line(at_desk("li"))
    assert 'data-call="held"' in held
    assert "1:15" in held
    with house.db.writing() as conn:
        calls.change(conn, CALL, node="ring")
    assert 'data-call="back"' in line(at_desk("li"))
    with house.db.writing() as conn:
        calls.set_status(conn, CALL, "completed", clock())
    assert "data-call" not in line(at_desk("li"))


def test_who_declined_is_not_shown_it_any_more(at_desk, house, people, ringing, clock):
    house.agents.decline(people["li"], ringing, clock())
    assert "data-call" not in line(at_desk("li"))


def test_a_customers_words_stay_text(at_desk, house, people, clock):
    heard = Heard("phone", ("phone", CALLER), "<b>沙发</b>坏了", "call:0", clock(), CALL, caller=CALLER)
    house.reception.receive(heard)
    with house.db.writing() as conn:
        complaint = conversations.fetch(conn, CALL).complaint_id
        calls.start(conn, CALL, "ring", clock())
        calls.change(conn, CALL, resume=RESUME.format(people["li"]), conversation_id=CALL)
        handoffs.ask(conn, conversation_id=CALL, complaint_id=complaint, reason="asked", at=clock())
    assert "<b>沙发" not in line(at_desk("li"))
    assert "&lt;b&gt;沙发" in line(at_desk("li"))


def test_the_stream_tells_how_ones_own_calls_stand(at_desk, ringing):
    news = {"Accept": "application/json", "X-Desk": "background"}
    assert at_desk("li").get("/desk/stream?after=0", headers=news).json["line"] == f"ringing:{ringing}"
    assert at_desk("zhou").get("/desk/stream?after=0", headers=news).json["line"] == ""
    flow = at_desk("li").get("/desk/stream?after=0").iter_encoded()
    assert "event: beat" in next(flow).decode()
    assert next(flow).decode() == f'event: line\ndata: "ringing:{ringing}"\n\n'


# ---- what is done with a call


@pytest.mark.parametrize(("name", "sent"), [("hold", "do=hold"), ("pass", "do=pass")])
def test_the_call_goes_where_it_is_sent(name, sent, at_desk, talking, company):
    assert act(at_desk("li"), name, talking).json == {"done": True}
    what, call, url = company.asked[-1]
    assert (what, call) == ("send", CALL)
    assert sent in url


def test_it_can_be_handed_to_a_named_colleague(at_desk, talking, company, people):
    page = at_desk("li")
    assert "周一" in line(page)
    assert act(page, "pass", talking, to=str(people["zhou"]), note="只要退款").status_code == 200
    assert f"a={people['zhou']}" in company.asked[-1][2]
    assert "只要退款" in page.get(f"/desk/complaints/{number(page)}").get_data(as_text=True)


def number(page):
    return line(page).split('data-number="')[1].split('"')[0]


def test_hanging_up_ends_the_callers_call(at_desk, talking, company):
    assert act(at_desk("li"), "hang-up", talking).status_code == 200
    assert company.asked[-1] == ("hang_up", CALL)


@pytest.mark.parametrize("name", ACTS)
def test_nobody_touches_the_call_of_another(name, at_desk, talking, company):
    answer = act(at_desk("zhou"), name, talking)
    assert answer.status_code == 403
    assert answer.json["message"]
    assert company.asked == []


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("handoff", ["", "0", "99", "x", "１", "9" * 30])
def test_a_call_that_is_not_there_is_told_in_words(name, handoff, at_desk, people):
    answer = act(at_desk("li"), name, handoff)
    assert answer.status_code == 409
    assert answer.json == {"message": "这通电话已经挂了。"}


def test_a_phone_company_that_does_not_answer_is_told(at_desk, talking, company):
    company.failing = True
    answer = act(at_desk("li"), "hold", talking)
    assert answer.status_code == 409
    assert "没办成" in answer.json["message"]


def test_without_a_script_the_same_buttons_are_forms(at_desk, talking, company):
    page = at_desk("li")
    answer = page.post("/desk/phone/hold", handoff=talking, next="/desk/")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/desk/")
    company.failing = True
    refused = page.post("/desk/phone/hold", handoff=talking)
    assert refused.status_code == 409
    assert "没办成" in refused.get_data(as_text=True)


@pytest.mark.parametrize("to", ["", "x", "-1", "9" * 12])
def test_a_broken_colleague_is_refused(to, at_desk, talking, company):
    assert act(at_desk("li"), "pass", talking, to=to).status_code == 400
    assert act(at_desk("li"), "pass", talking, note="长" * 1001).status_code == 400
    assert company.asked == []
