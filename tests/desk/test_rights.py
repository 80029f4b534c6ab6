"""Who may do what: every role on every address, every POST without its token."""

import re

import pytest

from core.roles import ROLES, may
from store import users
from tests.desk.conftest import found

ADDRESSES = {"number": "3820471683", "id": "1", "filename": "desk.css"}


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]


def path(rule):
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: ADDRESSES[found[1]], rule.rule)


def test_every_view_says_what_it_needs(app):
    for rule in rules(app):
        view = app.view_functions[rule.endpoint]
        said = hasattr(view, "desk_needs") or hasattr(view, "desk_open")
        assert said or rule.endpoint == "desk.static", rule


def test_a_stranger_sees_the_login_and_nothing_else(app, browser):
    for rule in rules(app):
        if rule.endpoint in ("desk.static", "desk.login", "desk.log_in"):
            continue
        page = browser()
        token = page.token()
        data = {"csrf_token": token}
        answer = page.client.post(path(rule), data=data) if "POST" in rule.methods else page.get(path(rule))
        assert answer.status_code in (303, 401), rule
        assert "csrf_token" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("role", ["agent", "supervisor", "admin", "auditor", "admin_agent"])
def test_every_role_on_every_address(role, app, at_desk):
    page = at_desk(role)
    token = page.token("/desk/")
    for rule in rules(app):
        needed = getattr(app.view_functions[rule.endpoint], "desk_needs", "")
        if not needed or may(role, needed):
            continue
        data = {"csrf_token": token}
        answer = page.client.post(path(rule), data=data) if "POST" in rule.methods else page.get(path(rule))
        assert answer.status_code == 403, rule


def test_a_refusal_is_logged_without_names(at_desk, caplog, people):
    at_desk("admin").get("/desk/complaints/3820471683")
    assert f"refused user={people['admin']} endpoint=desk.complaint" in caplog.text


def test_an_administrator_reads_no_contents(at_desk, customer):
    customer.says("我的沙发送来就坏了")
    page = at_desk("admin")
    assert "沙发" not in page.get("/desk/").get_data(as_text=True)
    assert page.get(customer.page).status_code == 403
    assert page.get("/desk/people").status_code == 200


def test_an_unknown_role_may_nothing():
    assert not any(may("king", permission) for held in ROLES.values() for permission in held)


def test_an_auditor_sees_only_the_ends_of_a_number_and_no_buttons(at_desk, customer):
    customer.says("沙发坏了，打我电话13800138000")
    page = at_desk("auditor").get(customer.page).get_data(as_text=True)
    assert "138****8000" in page
    assert "138 0013 8000" not in page
    assert f"{customer.page}/take" not in page
    assert f"{customer.page}/note" not in page


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_post_without_its_token_does_nothing(token, app, at_desk, customer, house):
    customer.says("送来就坏了")
    customer.asks()
    page = at_desk()
    for rule in rules(app):
        if "POST" not in rule.methods:
            continue
        target = path(rule).replace(ADDRESSES["number"], customer.complaint.number)
        answer = page.client.post(target, data={} if token is None else {"csrf_token": token})
        assert answer.status_code == 400, rule
    assert customer.complaint.owner_id is None


@pytest.mark.parametrize(
    "headers",
    [{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}],
)
def test_a_post_from_elsewhere_is_refused_even_with_the_token(headers, at_desk):
    page = at_desk()
    data = {"csrf_token": page.token("/desk/"), "presence": "available"}
    assert page.client.post("/desk/presence", data=data, headers=headers).status_code == 403


@pytest.mark.parametrize("where", ["/desk/", "/desk/login", "page", "/desk/complaints/0000000000"])
def test_every_answer_is_sealed(where, at_desk, customer):
    customer.says("送来就坏了")
    headers = at_desk().get(customer.page if where == "page" else where).headers
    assert headers["Cache-Control"] == "no-store"
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("number", ["0000000000", "1", "abc", "38204716830", "３８２０４７１６８３"])
def test_an_unknown_complaint_is_not_found(number, at_desk):
    assert at_desk().get(f"/desk/complaints/{number}").status_code == 404


def test_a_new_person_can_log_in_with_the_password_shown_once(at_desk, browser):
    page = at_desk("admin")
    data = {"login": "new", "public_name": "新人", "role": "agent", "phone": ""}
    shown = page.post("/desk/people", page="/desk/people", **data).get_data(as_text=True)
    password = found(r"<code>([^<]+)</code>", shown)
    assert browser().log_in("new", password).status_code == 303
    assert password not in page.get("/desk/people").get_data(as_text=True)
    assert page.post("/desk/people", page="/desk/people", **data).status_code == 422


def test_a_phone_that_cannot_ring_is_refused_in_words(at_desk, house):
    data = {"login": "new", "public_name": "新人", "role": "agent", "phone": "13800138000"}
    answer = at_desk("admin").post("/desk/people", page="/desk/people", **data)
    assert answer.status_code == 422
    assert "分机写成 client:名字、sip:用户@主机" in answer.get_data(as_text=True)
    with house.db.reading() as conn:
        assert users.by_login(conn, "new") is None
