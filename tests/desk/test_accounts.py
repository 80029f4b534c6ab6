"""The accounts of the desk: changed, disabled, given a new password, and never left without a keeper."""

import pytest

from core.roles import ROLES
from store import complaints, conversations, events, users
from tests.desk.conftest import PASSWORD, found


@pytest.fixture
def keeper(at_desk):
    return at_desk("admin")


def row(house, id):
    with house.db.reading() as conn:
        return users.get(conn, id)


def kept(house, *names):
    with house.db.reading() as conn:
        return [event for event in events.after(conn, 0, limit=1000) if event.name in names]


def version(page, id):
    return found(r'name="version" value="([^"]+)"', page.get(f"/desk/people/{id}").get_data(as_text=True))


def act(page, id, what="", **data):
    where = f"/desk/people/{id}"
    data = {"version": version(page, id), **data}
    return page.post(where + (f"/{what}" if what else ""), page=where, **data)


WHO = {"public_name": "李敏", "role": "agent", "department": "", "phone": ""}


def test_an_account_is_changed_and_what_changed_is_written(keeper, people, house):
    department = next(iter(house.content.work.departments))
    answer = act(keeper, people["agent"], **WHO | {"role": "handler", "department": department})
    assert answer.status_code == 303
    now = row(house, people["agent"])
    assert (now.role, now.department, now.public_name) == ("handler", department, "李敏")
    (event,) = kept(house, "account_changed")
    assert event.user_id == people["admin"]
    assert event.data == {"account": people["agent"], "changed": ["role", "department"]}


def test_saving_without_a_change_writes_nothing(keeper, people, house):
    assert act(keeper, people["agent"], **WHO).status_code == 303
    assert not kept(house, "account_changed")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"public_name": " "}, "名字要一到三十个字"),
        ({"role": "king"}, "没有这个角色"),
        ({"department": "没有这个"}, "没有这个部门"),
        ({"phone": "13800138000"}, "分机写成"),
        ({"phone": "tel:+8613800138000"}, "TWILIO_BYOC_TRUNK_SID"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_and_kept_on_the_page(change, said, keeper, people, house):
    before = row(house, people["agent"])
    answer = act(keeper, people["agent"], **WHO | {"public_name": "新名字"} | change)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert said in page
    assert "public_name" in change or 'value="新名字"' in page
    assert row(house, people["agent"]) == before


def test_a_role_that_is_taken_away_holds_no_longer_at_the_next_click(keeper, at_desk, people):
    page = at_desk("supervisor")
    assert page.get("/desk/reports").status_code == 200
    act(keeper, people["supervisor"], **WHO | {"public_name": "王主管"})
    assert page.get("/desk/reports").status_code == 403


def test_a_stale_save_is_refused_and_what_was_typed_stays(keeper, people, house):
    old = version(keeper, people["agent"])
    act(keeper, people["agent"], **WHO | {"public_name": "李大敏"})
    answer = act(keeper, people["agent"], **WHO | {"public_name": "李小敏", "version": old})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "别人刚改过这个账号" in page
    assert 'value="李小敏"' in page
    assert row(house, people["agent"]).public_name == "李大敏"


def test_disabling_throws_out_and_hands_the_customer_on(
    keeper, at_desk, browser, customer, people, house, clock
):
    customer.says("送来就坏了")
    page = at_desk()
    page.post(f"{customer.page}/take")
    page.post(f"{customer.page}/own", page=customer.page, sequence=customer.complaint.sequence)
    house.agents.present(people["agent2"], "available", clock())
    answer = act(keeper, people["agent"], "disable")
    assert answer.status_code == 303
    assert page.get("/desk/").status_code == 303
    assert browser().log_in("agent").status_code == 401
    with house.db.reading() as conn:
        talk = conversations.fetch(conn, customer.conversation)
        assert people["agent"] not in {one.id for one in users.available(conn, clock())}
    assert (talk.speaker, talk.agent_id) == ("waiting", None)
    (event,) = kept(house, "account_disabled")
    assert event.data == {"account": people["agent"]}
    shown = keeper.get(f"/desk/people/{people['agent']}").get_data(as_text=True)
    assert "这个账号停用了" in shown
    assert ("名下还有 1 件没办完" in shown) == (customer.complaint.owner_id == people["agent"])


def test_whoever_is_let_in_again_keeps_the_password(keeper, browser, people, house):
    act(keeper, people["agent"], "disable")
    assert act(keeper, people["agent"], "enable").status_code == 303
    assert browser().log_in("agent").status_code == 303
    assert len(kept(house, "account_enabled")) == 1


def test_nobody_disables_themselves(keeper, people, house):
    answer = keeper.post(
        f"/desk/people/{people['admin']}/disable",
        page="/desk/people",
        version=version(keeper, people["admin"]),
    )
    assert answer.status_code == 422
    assert row(house, people["admin"]).disabled_at is None


@pytest.mark.parametrize("what", ["disable", "demote"])
def test_the_last_keeper_of_the_accounts_stays(what, keeper, at_desk, people, house):
    """With two of them one may go; the one who is left may not."""
    assert act(keeper, people["admin_agent"], "disable").status_code == 303
    if what == "demote":
        answer = act(keeper, people["admin"], **WHO)
    else:
        act(keeper, people["admin_agent"], "enable")
        other = at_desk("admin_agent")
        assert act(other, people["admin"], "disable").status_code == 303
        answer = act(other, people["admin_agent"], **WHO)
    assert answer.status_code == 422
    with house.db.reading() as conn:
        assert users.with_role(conn, [role for role, may in ROLES.items() if "accounts" in may])


def test_a_new_password_is_shown_once_and_the_old_one_is_over(keeper, at_desk, browser, people, house):
    page = at_desk()
    shown = act(keeper, people["agent"], "password").get_data(as_text=True)
    password = found(r"<code>([^<]+)</code>", shown)
    assert page.get("/desk/").status_code == 303
    assert browser().log_in("agent", PASSWORD).status_code == 401
    assert browser().log_in("agent", password).status_code == 303
    assert password not in keeper.get(f"/desk/people/{people['agent']}").get_data(as_text=True)
    (event,) = kept(house, "password_reset")
    assert password not in str(event.data)


def test_all_logins_of_somebody_end(keeper, at_desk, people, house):
    one, two = at_desk(), at_desk()
    assert act(keeper, people["agent"], "end-sessions").status_code == 303
    assert [page.get("/desk/").status_code for page in (one, two)] == [303, 303]
    assert len(kept(house, "sessions_ended")) == 1


def test_a_link_to_the_login_service_is_taken_away(keeper, people, house):
    with house.db.writing() as conn:
        users.change(conn, people["agent"], subject="https://login.example#1")
    assert act(keeper, people["agent"], "unlink").status_code == 303
    assert row(house, people["agent"]).subject is None


def test_a_new_account_is_written(keeper, people, house):
    data = {"login": "new", "public_name": "新人", "role": "agent", "phone": ""}
    keeper.post("/desk/people", page="/desk/people", **data)
    (event,) = kept(house, "account_added")
    assert event.user_id == people["admin"]
    assert row(house, event.data["account"]).login == "new"


def test_an_unknown_account_is_not_found(keeper):
    assert keeper.get("/desk/people/999999").status_code == 404
    assert keeper.post("/desk/people/999999/disable", page="/desk/people").status_code == 404


def test_a_name_is_shown_as_it_is_and_never_runs(keeper, people, house):
    with house.db.writing() as conn:
        users.change(conn, people["agent"], public_name='<b onclick="x">\u202e李', department="<i>")
    for where in ("/desk/people", f"/desk/people/{people['agent']}", "/desk/audit"):
        page = keeper.get(where).get_data(as_text=True)
        assert "<b onclick" not in page
        assert "<i>" not in page.replace("<i></i>", "").replace('<i aria-hidden="true"></i>', "")


def test_whose_complaints_are_left_is_counted(house, people, customer):
    customer.says("送来就坏了")
    with house.db.writing() as conn:
        complaints.change(conn, customer.complaint.id, state="investigating", owner_id=people["agent"])
        assert complaints.count_owned(conn, people["agent"]) == 1
        complaints.change(conn, customer.complaint.id, state="closed")
        assert complaints.count_owned(conn, people["agent"]) == 0
