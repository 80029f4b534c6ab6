"""Getting in, staying in, and being thrown out."""

import html
import logging
import re
from datetime import timedelta
from typing import Any

import pytest

from desk.people import login
from reception import accounts
from store import conversations, events, handoffs, notes, users
from tests.desk.conftest import PASSWORD


def test_the_desk_is_behind_a_login(browser):
    answer = browser().get("/desk/")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/desk/login?next=/desk/")


def test_the_right_password_opens_and_is_written_down(browser, people, house):
    page = browser()
    assert page.log_in("agent").headers["Location"] == "/desk/"
    assert page.get("/desk/").status_code == 200
    with house.db.reading() as conn:
        assert [event.user_id for event in events.after(conn, 0) if event.name == "logged_in"] == [
            people["agent"]
        ]


def test_the_cookie_is_kept_from_scripts_and_other_sites(browser, people):
    cookie = browser().log_in("agent").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_unknown_account_and_wrong_password_get_the_same_answer(browser, people):
    wrong = browser().log_in("agent", "not the password").get_data(as_text=True)
    unknown = browser().log_in("nobody", "not the password").get_data(as_text=True)
    cut = lambda page: page.split("csrf_token")[0]  # noqa: E731
    assert cut(wrong) == cut(unknown)
    assert browser().log_in("agent", "not the password").status_code == 401


def test_an_unknown_account_costs_as_much_as_a_known_one(monkeypatch):
    seen = []

    class Hasher:
        def verify(self, hashed, _password):
            seen.append(hashed)
            return True

        def hash(self, _password):
            return "somebody's hash"

    monkeypatch.setattr(accounts, "_hasher", Hasher())
    accounts._nobody.cache_clear()
    assert not accounts.password_fits(None, "x")
    accounts._nobody.cache_clear()
    assert seen == ["somebody's hash"]


def test_too_many_tries_are_slowed_down_also_with_the_right_password(browser, people, clock):
    page = browser()
    for _ in range(login.TRIES["both"]):
        assert page.log_in("agent", "not the password").status_code == 401
    assert page.log_in("agent").status_code == 429
    clock.pass_(minutes=16)
    assert page.log_in("agent").status_code == 303


def test_one_place_may_not_try_all_accounts(browser, people):
    page = browser()
    answers = [page.log_in(f"name{n}", "x").status_code for n in range(login.TRIES["source"] + 1)]
    assert answers[-1] == 429


def test_no_login_name_or_address_is_stored_by_the_counters(browser, people, house):
    browser().log_in("agent", "x")
    with house.db.reading() as conn:
        keys = " ".join(conn.exec_driver_sql("SELECT key FROM limits").scalars())
    assert "agent" not in keys
    assert "127.0.0.1" not in keys


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/desk/complaints/3820471683", "/desk/complaints/3820471683"),
        ("https://evil.example/", "/desk/"),
        ("//evil.example/desk/", "/desk/"),
        ("/desk//evil.example", "/desk/"),
        ("/desk/\\evil.example", "/desk/"),
        ("/other", "/desk/"),
        ("/desk/\r\nSet-Cookie: a=b", "/desk/"),
        ("", "/desk/"),
    ],
)
def test_after_the_login_one_lands_on_the_desk_only(wanted, given, browser, people):
    assert browser().log_in("agent", next=wanted).headers["Location"] == given


def test_half_an_hour_without_a_click_ends_the_session(at_desk, clock):
    page = at_desk()
    clock.pass_(minutes=29)
    assert page.get("/desk/").status_code == 200
    clock.pass_(minutes=29)
    assert page.get("/desk/").status_code == 200
    clock.pass_(minutes=31)
    assert page.get("/desk/").status_code == 303


def test_what_the_page_asks_by_itself_keeps_nobody_logged_in(at_desk, clock):
    page = at_desk()
    for _ in range(4):
        clock.pass_(minutes=10)
        answer = page.get("/desk/", headers={"X-Desk": "background"})
    assert answer.status_code == 401


def test_twelve_hours_are_the_most(at_desk, clock):
    page = at_desk()
    for _ in range(25):
        clock.pass_(minutes=29)
        answer = page.get("/desk/")
    assert answer.status_code == 303


def test_an_expired_session_returns_to_where_one_was(at_desk, clock, customer):
    customer.says("送来就坏了")
    page = at_desk()
    clock.pass_(minutes=31)
    assert page.get(customer.page).headers["Location"] == f"/desk/login?next={customer.page}&ended=1"
    answer = page.post(f"{customer.page}/take")
    assert answer.headers["Location"] == f"/desk/login?next={customer.page}&ended=1"


def fields(page):
    """What the form of this page would send, as a browser reads it."""
    found = re.findall(
        r'<(?:input|textarea)[^>]* name="([^"]+)"(?:[^>]* value="([^"]*)"|[^>]*>([^<]*)<)?', page
    )
    return {html.unescape(name): html.unescape(value or text) for name, value, text in found}


HOSTILE = '客户说"明天退"\n<script>alert(1)</script>'


@pytest.fixture
def over(at_desk, clock, customer):
    """A note was typed while the login ended: the page that came back."""
    customer.says("送来就坏了")
    page = at_desk()
    token = page.token("/desk/")
    clock.pass_(minutes=31)
    data = {"csrf_token": token, "words": HOSTILE, "sequence": "7"}
    answer = page.client.post(f"{customer.page}/note", data=data)
    assert answer.status_code == 401
    return page, answer.get_data(as_text=True)


def test_what_was_typed_comes_back_after_the_login_and_is_sent_by_hand(over, customer, house):
    page, shown = over
    sent = fields(shown)
    assert (sent["kept:words"], sent["kept:sequence"]) == (HOSTILE, "7")
    assert (sent["kept_path"], sent["next"]) == (f"{customer.page}/note", customer.page)
    assert "<script>alert" not in shown
    wrong = page.client.post("/desk/login", data=sent | {"login": "agent", "password": "not this one"})
    assert wrong.status_code == 401
    sent = fields(wrong.get_data(as_text=True))
    answer = page.client.post("/desk/login", data=sent | {"login": "agent", "password": PASSWORD})
    again = answer.get_data(as_text=True)
    assert f'action="{customer.page}/note"' in again
    assert "<script>alert" not in again
    kept = fields(again)
    assert {name: kept[name] for name in ("words", "sequence")} == {"words": HOSTILE, "sequence": "7"}
    with house.db.reading() as conn:
        assert not notes.of_complaint(conn, customer.complaint.id)
    assert page.client.post(f"{customer.page}/note", data=kept).status_code == 303
    with house.db.reading() as conn:
        (note,) = notes.of_complaint(conn, customer.complaint.id)
    assert note.words == HOSTILE


def test_what_was_typed_is_not_shown_to_somebody_else(over):
    page, shown = over
    answer = page.client.post("/desk/login", data=fields(shown) | {"login": "agent2", "password": PASSWORD})
    assert answer.status_code == 303
    assert "明天退" not in page.get("/desk/").get_data(as_text=True)


def test_a_login_in_another_window_is_enough(over, app, customer):
    page, shown = over
    assert page.log_in("agent").status_code == 303
    answer = page.client.post("/desk/resume", data=fields(shown))
    assert fields(answer.get_data(as_text=True))["words"] == HOSTILE


def test_another_persons_login_in_another_window_does_not_open_it(over):
    page, shown = over
    assert page.log_in("agent2").status_code == 303
    assert page.client.post("/desk/resume", data=fields(shown)).status_code == 400


def test_a_page_that_is_not_ours_is_not_gone_on_with(over):
    page, shown = over
    sent = fields(shown) | {"kept_path": "//evil.example/", "login": "agent", "password": PASSWORD}
    assert page.client.post("/desk/login", data=sent).headers["Location"].startswith("/desk/complaints/")


def test_a_password_is_never_shown_again(at_desk, clock):
    page = at_desk()
    token = page.token("/desk/")
    clock.pass_(minutes=31)
    data = {"csrf_token": token, "old": PASSWORD, "new": "another fine one", "again": "another fine one"}
    assert page.client.post("/desk/password", data=data).status_code == 303


def test_what_was_typed_on_a_page_that_lost_its_token_is_shown(at_desk, customer):
    customer.says("送来就坏了")
    answer = at_desk().client.post(f"{customer.page}/note", data={"csrf_token": "old", "words": HOSTILE})
    assert answer.status_code == 400
    assert "明天退" in answer.get_data(as_text=True)


def test_a_disabled_account_is_out_at_once_and_not_let_in_again(at_desk, browser, people, house, clock):
    page = at_desk()
    with house.db.writing() as conn:
        users.change(conn, people["agent"], disabled_at=clock())
    assert page.get("/desk/").status_code == 303
    assert browser().log_in("agent").status_code == 401


def test_tries_to_get_in_as_somebody_are_kept(browser, people, house):
    browser().log_in("agent", "not the password")
    browser().log_in("nobody", "not the password")
    with house.db.reading() as conn:
        kept = [event.data for event in events.after(conn, 0) if event.name == "login_failed"]
    assert kept == [{"account": people["agent"]}]


def test_logging_out_ends_copied_cookies_too(at_desk, app, people, house, clock):
    page = at_desk()
    copied = app.test_client()
    copied.set_cookie("jiesu_desk", page.client.get_cookie("jiesu_desk").value)
    assert copied.get("/desk/").status_code == 200
    page.post("/desk/presence", presence="available")
    assert page.post("/desk/logout").status_code == 303
    assert copied.get("/desk/").status_code == 303
    with house.db.reading() as conn:
        assert users.available(conn, clock()) == []


def test_a_new_password_ends_the_other_sessions(at_desk, browser):
    page, other = at_desk(), at_desk()
    new = "another fine password"
    data = {"old": PASSWORD, "new": new, "again": new}
    assert page.post("/desk/password", page="/desk/password", **data).status_code == 303
    assert other.get("/desk/").status_code == 303
    assert browser().log_in("agent").status_code == 401
    assert browser().log_in("agent", new).status_code == 303


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [
        ("wrong", "another fine password", "another fine password"),
        (PASSWORD, "short", "short"),
        (PASSWORD, "aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa"),
        (PASSWORD, "another fine one", "another fine two"),
    ],
)
def test_a_password_is_not_changed_lightly(old, new, again, at_desk):
    answer = at_desk().post("/desk/password", page="/desk/password", old=old, new=new, again=again)
    assert answer.status_code == 422


def test_the_store_down_means_nobody_gets_in(browser, people, house, monkeypatch):
    page = browser()
    token = page.token()

    def refuse():
        raise OSError("locked")

    monkeypatch.setattr(type(house.db), "writing", lambda _self: refuse())
    data = {"login": "agent", "password": PASSWORD, "csrf_token": token}
    assert page.client.post("/desk/login", data=data).status_code == 500
    assert page.get("/desk/").status_code == 303


def test_nothing_personal_is_logged(browser, people, caplog):
    caplog.set_level(logging.DEBUG)
    page = browser()
    for _ in range(8):
        page.log_in("agent", "my secret guess")
    assert "my secret guess" not in caplog.text
    assert "login slowed down" in caplog.text


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"login": "agent"}, "login_taken"),
        ({"login": "a b"}, "bad_login"),
        ({"login": ""}, "bad_login"),
        ({"public_name": " "}, "bad_name"),
        ({"public_name": "李\u202e敏"}, "bad_name"),
        ({"role": "king"}, "bad_role"),
        ({"password": "short"}, "weak_password"),
        ({"phone": "13800138000"}, "bad_phone"),
        ({"phone": "tel:+8613800138000"}, "no_trunk"),
        ({"phone": "client:bad name"}, "bad_phone"),
        ({"phone": "sip:agent@desk.example?X-Complaint=1"}, "bad_phone"),
        ({"phone": "sip:agent@" + "a" * 200}, "bad_phone"),
    ],
)
def test_an_account_must_be_fit(change, reason, house, people, clock):
    about = {"login": "new", "public_name": "新人", "role": "agent", "password": PASSWORD, **change}
    with house.db.writing() as conn, pytest.raises(accounts.Unfit) as unfit:
        accounts.create(conn, at=clock(), **about)
    assert unfit.value.reason == reason


def test_passwords_are_argon2id(house, people):
    with house.db.reading() as conn:
        row: Any = users.get(conn, people["agent"])
    assert row.password_hash.startswith("$argon2id$")


def test_a_long_session_is_not_cut_by_the_form_token(at_desk, monkeypatch):
    page = at_desk()
    token = page.token("/desk/")
    import time

    later = time.time() + timedelta(hours=3).total_seconds()
    monkeypatch.setattr("time.time", lambda: later)
    answer = page.client.post("/desk/presence", data={"csrf_token": token, "presence": "busy"})
    assert answer.status_code == 303


@pytest.mark.parametrize(
    ("given", "kept"),
    [(" client:agent ", "client:agent"), ("sip:li@desk.example", "sip:li@desk.example"), ("", None)],
)
def test_a_phone_that_can_ring_is_kept(given, kept, house, clock):
    with house.db.writing() as conn:
        id = accounts.create(conn, "new", "新人", "agent", PASSWORD, clock(), given)
        row: Any = users.get(conn, id)
    assert row.phone == kept


def test_logging_out_hands_the_customer_on(at_desk, customer, house, people, clock):
    customer.says("送来的沙发坏了")
    page = at_desk()
    page.post(f"{customer.page}/take")
    house.agents.present(people["agent2"], "available", clock())
    assert page.post("/desk/logout").status_code == 303
    with house.db.reading() as conn:
        talk = conversations.fetch(conn, customer.conversation)
        wish: Any = handoffs.open_of(conn, customer.conversation)
    assert (talk.speaker, talk.agent_id) == ("waiting", None)
    assert (wish.reason, wish.agent_id) == ("agent_gone", None)
    waiting = at_desk("agent2").get("/desk/").get_data(as_text=True)
    assert "坐席走了" in waiting
