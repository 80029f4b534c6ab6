"""Who may do what: every role on every address, every POST without its token."""

import re
from pathlib import Path

import pytest

from core import complaint as states
from core.number import shown as pretty
from core.roles import ROLES, may
from reception import accounts
from store import complaints, events, users
from store.schema import recusals
from tests.desk.conftest import PASSWORD, Customer, found

TABLE = Path(__file__).resolve().parents[2] / "docs" / "rights.md"
ADDRESSES = {"number": "3820471683", "field": "name", "id": "999999", "filename": "desk.css"}
OPEN = {
    "desk.static",
    "desk.login",
    "desk.log_in",
    "desk.log_in_code",
    "desk.sign_on",
    "desk.sign_on_done",
    "desk.set_language",
}
OVER = ("desk.log_out", "desk.change_password", "desk.log_in")
"""After these the person may have to log in again, or is somebody else: they come last."""


def rules(app):
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("desk.")]


def path(rule, **instead):
    known = ADDRESSES | instead
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: known.get(found[1], "1"), rule.rule)


def test_every_view_says_what_it_needs(app):
    for rule in rules(app):
        view = app.view_functions[rule.endpoint]
        said = hasattr(view, "desk_needs") or hasattr(view, "desk_open")
        assert said or rule.endpoint == "desk.static", rule
    opened = {name for name, view in app.view_functions.items() if getattr(view, "desk_open", False)}
    assert opened | {"desk.static"} == OPEN


def test_a_stranger_sees_the_login_and_nothing_else(app, browser):
    for rule in rules(app):
        if rule.endpoint in OPEN:
            continue
        page = browser()
        token = page.token()
        data = {"csrf_token": token}
        answer = page.client.post(path(rule), data=data) if "POST" in rule.methods else page.get(path(rule))
        assert answer.status_code in (303, 401), rule
        assert "csrf_token" not in answer.get_data(as_text=True)


def written():
    """The table of docs/rights.md: (method, address) to the roles that may; `-`: roles have no part in it."""
    rows = re.findall(r"^\| (GET|POST) \| `([^`]+)` \| ([^|]+) \|$", TABLE.read_text("utf-8"), re.M)
    return {(method, rule): frozenset(told.split()) for method, rule, told in rows}


def ask(page, method, where, token):
    if method == "POST":
        return page.client.post(where, data={"csrf_token": token})
    return page.get(where, headers={"Accept": "application/json"})


def test_every_role_on_every_route_of_the_application_as_it_is_written(app, at_desk, browser, house, clock):
    """At the desk: refused (403) or not. Elsewhere a login at the desk changes nothing: the answer is a
    stranger's."""
    table, doors = written(), {}
    with house.db.writing() as conn:
        for role in sorted(set(ROLES) - {"agent", "supervisor", "admin", "auditor", "admin_agent"}):
            accounts.create(conn, role, role, role, PASSWORD, clock())
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.endpoint in OVER):
        for method in sorted(rule.methods & {"GET", "POST"}):
            doors[method, rule.rule] = rule
    assert set(doors) == set(table), set(doors) ^ set(table)
    stranger = browser()
    for role in ROLES:
        page = at_desk(role)
        token = page.token("/desk/password")
        for (method, told), rule in doors.items():
            answer = ask(page, method, path(rule), token)
            if "-" in table[method, told]:
                assert (
                    answer.status_code == ask(stranger, method, path(rule), stranger.token()).status_code
                ), told
            else:
                may_pass = role in table[method, told] or "everybody" in table[method, told]
                assert (answer.status_code != 403) == may_pass, (role, method, told, answer.status_code)


def hidden(conn, people, row):
    """Put the complaint out of the sight of each of these."""
    complaints.change(conn, row.id, state=states.CLOSED)
    about = {"complaint_id": row.id, "reason": "说的是她", "user_id": people["admin"], "at": row.opened_at}
    conn.execute(recusals.insert().values(recused_id=people["supervisor"], **about))


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_a_complaint_out_of_sight_is_on_no_route(role, app, at_desk, customer, people, house):
    """For the agent because it is closed and was never theirs, for the supervisor because it is about them.
    The answer is that of a number which does not exist, and each try is written."""
    customer.says("送来就坏了")
    number = customer.complaint.number
    with house.db.writing() as conn:
        hidden(conn, people, customer.complaint)
    page = at_desk(role)
    token, tried = page.token("/desk/password"), []
    for rule in rules(app):
        needed = getattr(app.view_functions[rule.endpoint], "desk_needs", None)
        if "number" not in rule.arguments or not may(role, needed or ""):
            continue
        method = "POST" if "POST" in rule.methods else "GET"
        answer = ask(page, method, path(rule, number=number), token)
        unknown = ask(page, method, path(rule, number="0000000000"), token)
        assert answer.status_code == unknown.status_code, rule
        assert answer.status_code in (400, 404), rule
        assert "送来就坏了" not in answer.get_data(as_text=True)
        tried += [rule.endpoint] if answer.status_code == 404 and rule.arguments == {"number"} else []
    assert "desk.complaint" in tried
    with house.db.reading() as conn:
        kept = [event for event in events.after(conn, 0, limit=1000) if event.name == "access_refused"]
    assert {event.data["endpoint"] for event in kept} >= set(tried)
    assert {(event.user_id, event.data["complaint"]) for event in kept} == {
        (people[role], customer.complaint.id)
    }


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


@pytest.mark.parametrize(
    ("what", "named", "linked"), [("closed", True, False), ("recused", False, False), ("open", True, True)]
)
def test_an_earlier_complaint_out_of_sight_is_no_way_to_it(
    what, named, linked, at_desk, house, clock, people
):
    """The same customer's earlier one: named without a link when it is out of sight, not at all when it is
    about whoever looks."""
    earlier, later = Customer(house, clock, "one"), Customer(house, clock, "two")
    earlier.says("送来就坏了")
    later.says("又来催了")
    first = earlier.complaint
    with house.db.writing() as conn:
        complaints.change(conn, first.id, customer_id=later.complaint.customer_id)
        if what == "closed":
            complaints.change(conn, first.id, state=states.CLOSED)
        if what == "recused":
            about = {"reason": "x", "user_id": people["admin"], "at": clock()}
            conn.execute(recusals.insert().values(complaint_id=first.id, recused_id=people["agent"], **about))
    page = at_desk().get(later.page).get_data(as_text=True)
    shown = found(r'(?s)(id="earlier".*?</section>)', page)
    assert (pretty(first.number) in shown) == named
    assert (f'href="{earlier.page}"' in shown) == linked
